"""Asking on the page: a question with its conversation comes in, HTML goes out, piece by piece.

The server keeps nothing of a visitor: the browser has the conversation and sends along what a follow-up needs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from pydantic import ValidationError

from assistant.answer import Turn
from assistant.api_schema import Ask
from assistant.assistant import Assistant
from assistant.incoming import MAX_QUESTION, unreadable
from assistant.logs import request_id
from assistant.web.turns import answered_html, arriving_html, failed_html
from assistant.web.words import both
from index import Index

__all__ = ["Asking", "busy_html", "converse"]

PIECE_SECONDS: Final = 0.05  # pieces that arrive faster are shown together: each costs a message and a repaint

log = logging.getLogger(__name__)


class Asking(Protocol):
    """How the page asks."""

    def __call__(self, question: str, request: str, failed: Callable[[], None] = ...) -> Iterator[str]:
        """A question, and the request that the page's script made of it (JSON as POST /api/ask takes it, or nothing
        for the question alone). What the page shows comes out, several times as the answer arrives; ``failed`` is
        called where there is none because something failed.
        """


def converse(index: Index, assistant: Assistant) -> Asking:
    """Asking this assistant, about this index."""

    def ask(question: str, request: str, failed: Callable[[], None] = lambda: None) -> Iterator[str]:
        question = question.strip()
        problem = _problem(question)
        if problem:
            yield failed_html(_shortened(question), problem)
            return
        try:
            asked = _asked(question, request)
        except ValidationError:
            yield failed_html(question, both("not_understood"))
            return
        yield arriving_html(question)
        try:
            history = [Turn(turn.question, turn.answer) for turn in asked.history]
            stream = assistant.stream(
                question, history, asked.since, asked.until, asked.source, asked.language, asked.implied
            )
            text, last = "", time.monotonic()
            for piece in stream:
                text += piece
                if time.monotonic() - last >= PIECE_SECONDS:
                    yield arriving_html(question, text)
                    last = time.monotonic()
            whole = answered_html(asked, stream.answer, index)
        except Exception:  # the page's outermost edge: the reader gets a sentence and a number, the log the rest
            number = request_id()
            log.exception("a question on the page failed, id %s", number)
            failed()
            whole = failed_html(asked, both("failed"), both("failed_id", id=number))
        yield whole

    return ask


def busy_html(question: str, request: str, seconds: int) -> str:
    """A question that found too many before it, to be asked again as it was in so many seconds."""
    question = question.strip()
    sentence = both("busy", seconds=seconds)
    try:
        return failed_html(_asked(question, request), sentence)
    except ValidationError:
        return failed_html(_shortened(question), sentence)


def _asked(question: str, request: str) -> Ask:
    return Ask.model_validate_json(request) if request else Ask.model_validate({"question": question})


def _problem(question: str) -> str | None:
    """Why a question is not asked, as HTML."""
    if len(question) > MAX_QUESTION:
        return both("too_long", limit=f"{MAX_QUESTION:,}")
    return both("unreadable") if unreadable(question, "question") else None


def _shortened(question: str) -> str:
    """As much of a refused question as is worth showing, in characters that can be sent."""
    sendable = question[:200].replace("\0", "").encode(errors="replace").decode()
    return sendable + ("…" if len(question) > 200 else "")
