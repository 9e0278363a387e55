"""A conversation on the page: a question comes in, HTML for its three places goes out, piece by piece.

A visitor's conversation lives in Gradio's session state: no visitor sees another's, and nothing is shared here.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from assistant.answer import Answer, Turn
from assistant.assistant import Assistant
from assistant.incoming import MAX_HISTORY, MAX_QUESTION, unreadable
from assistant.web.markup import error_html, lead_card, source_card, turn_html
from assistant.web.words import both
from index import Index

__all__ = ["Conversation", "Shown", "converse"]

PIECE_SECONDS: Final = 0.05  # pieces that arrive faster are shown together: each costs a message and a repaint

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What one visitor asked: the turns that a follow-up looks back at, and all turns as they were shown."""

    turns: tuple[Turn, ...] = ()
    shown: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows now. ``sources`` is None where they stay as they are."""

    conversation: Conversation
    current: str
    sources: str | None = None


def converse(index: Index, assistant: Assistant) -> Callable[[str, Conversation], Iterator[Shown]]:
    """How the page asks: question and conversation in, what to show out, several times as the answer arrives."""

    def ask(question: str, conversation: Conversation) -> Iterator[Shown]:
        question = question.strip()
        problem = _problem(question)
        if problem:
            yield Shown(conversation, error_html(_shortened(question), problem), "")
            return
        yield Shown(conversation, turn_html(question), "")
        try:
            stream = assistant.stream(question, conversation.turns)
            text, last = "", time.monotonic()
            for piece in stream:
                text += piece
                if time.monotonic() - last >= PIECE_SECONDS:
                    yield Shown(conversation, turn_html(question, text=text))
                    last = time.monotonic()
            answer = stream.answer
            current, sources = turn_html(question, answer), _sources_html(answer, index)
        except Exception:  # the page's outermost edge: the reader gets a sentence and a number, the log the rest
            number = secrets.token_hex(4)
            log.exception("a question on the page failed, id %s", number)
            yield Shown(conversation, error_html(question, both("failed"), both("failed_id", id=number)), "")
            return
        turns = (*conversation.turns, Turn(question, answer.text))[-MAX_HISTORY:]
        yield Shown(Conversation(turns, (*conversation.shown, current)[-MAX_HISTORY:]), current, sources)

    return ask


def _problem(question: str) -> str | None:
    """Why a question is not asked, as HTML."""
    if len(question) > MAX_QUESTION:
        return both("too_long", limit=f"{MAX_QUESTION:,}")
    return both("unreadable") if unreadable(question, "question") else None


def _shortened(question: str) -> str:
    """As much of a refused question as is worth showing, in characters that can be sent."""
    sendable = question[:200].replace("\0", "").encode(errors="replace").decode()
    return sendable + ("…" if len(question) > 200 else "")


def _sources_html(answer: Answer, index: Index) -> str:
    """The cards beside an answer: its sources, then the nearest passages where it is not sure."""
    parts = []
    if answer.citations:
        cards = [source_card(citation, index.article(citation.article_id)) for citation in answer.citations]
        parts.append(f'<h2 class="sources__title">{both("sources")}</h2>{"".join(cards)}')
    cited = {citation.article_id for citation in answer.citations}
    leads = [lead for lead in answer.leads if lead.passage.article_id not in cited]
    if leads:
        cards = [lead_card(lead.passage, lead.also_in) for lead in leads]
        parts.append(f'<h2 class="sources__title">{both("leads")}</h2>{"".join(cards)}')
    return "".join(parts) or f'<p class="sources__none">{both("no_leads")}</p>'
