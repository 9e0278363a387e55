"""What may be sent: so much, in so long, and to Gradio nothing that its page would not send."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BaseModel, StringConstraints, ValidationError
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.refusals import problem_at
from assistant.web.security import operator_refusal

__all__ = ["Bodies"]

BODY_LIMIT: Final = 64 * 1024  # bytes; a question of 1,000 characters with its history stays far below
CONVERSATION_LIMIT: Final = 1024 * 1024  # OpenAI's clients send a whole conversation with each of its questions
BODY_SECONDS: Final = 30.0  # for a body to arrive; for an operator's, so long for each megabyte that it may have
_OPERATOR_PATHS: Final = re.compile(r"/api/(?:articles|rebuild|upload|fetch|session)(?:/.*)?")
_JOINING: Final = "/gradio_api/queue/join"


class _Refusal(Exception):
    """A body is not taken: a status and a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class _Event(BaseModel, strict=True):
    """What Gradio is told of an event on its page. All else that could be sent with it is left out."""

    fn_index: int
    session_hash: Annotated[str, StringConstraints(pattern=r"^[\w-]{1,64}$")]
    data: list[str | None]


class Bodies:
    """Reads each body whole before anything works with it. Behind the login: who may not ask sends for nothing."""

    def __init__(
        self, app: ASGIApp, *, token: str, article_bytes: int, events: Mapping[int, int] | None = None
    ) -> None:
        """``token`` is the operator's, who may send ``article_bytes``.

        ``events`` are those that the chat page sends: Gradio's number of each, and how many texts come with it.
        """
        self._app = app
        self._token = token
        self._article_bytes = article_bytes
        self._events = events or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await self._body(scope, receive)
        except _Refusal as refused:
            problem = problem_at(scope["path"], refused.status, refused.sentence)
            ending = {"Connection": "close"} if refused.status == 408 else None  # the rest may never come
            await JSONResponse(problem, refused.status, ending)(scope, receive, send)
            return
        await self._app(scope, _again(body, receive), send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        limit = self._limit(scope)
        if _declared_length(scope) > limit:
            raise _Refusal(413, _too_large(limit))
        seconds = BODY_SECONDS * max(1, limit / CONVERSATION_LIMIT)
        try:
            async with asyncio.timeout(seconds):
                body = await _read(receive, limit)
        except TimeoutError as error:
            raise _Refusal(
                408, f"The request had not arrived after {seconds:.0f} seconds: send less, or over a better line."
            ) from error
        return self._event(body) if scope["path"] == _JOINING else body

    def _limit(self, scope: Scope) -> int:
        path = scope["path"]
        if _OPERATOR_PATHS.fullmatch(path) and operator_refusal(scope, self._token) is None:
            return self._article_bytes
        return CONVERSATION_LIMIT if path == "/v1/chat/completions" else BODY_LIMIT

    def _event(self, body: bytes) -> bytes:
        """An event of the page, written anew: an object that looks like a file, Gradio would read or fetch."""
        try:
            event = _Event.model_validate_json(body)
        except ValidationError:
            event = None
        if event is None or self._events.get(event.fn_index) != len(event.data):
            raise _Refusal(422, "The page does not send this: load it again.")
        return event.model_dump_json().encode()


def _declared_length(scope: Scope) -> int:
    declared = Headers(scope=scope).get("content-length", "0")
    return int(declared) if declared.isdecimal() else 0


def _too_large(limit: int) -> str:
    return f"The request is larger than {limit // 1024:,} kB: send less at once."


async def _read(receive: Receive, limit: int) -> bytes:
    """The whole body, up to a limit: one that is sent in chunks declares no length."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise _Refusal(413, _too_large(limit))
        parts.append(part)
        if not message.get("more_body"):  # the end, or the client has gone
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """The body that was read, and after it whatever comes."""
    unread = True

    async def replay() -> Message:
        nonlocal unread
        if unread:
            unread = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replay
