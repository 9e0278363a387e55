"""The three roles: who reads, who also asks, who also writes. Nothing is asked of anybody where no token is set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.config import Config
from assistant.refusals import problem_at
from assistant.web.archive_words import said, script_words
from assistant.web.pages import page
from assistant.web.security import bearer
from assistant.web.session import ASKER_COOKIE, COOKIE, READER_COOKIE, is_session, is_token
from assistant.web.words import both, preferred_language, word

__all__ = ["Login", "Tokens"]

NEEDED: Final = "This archive is read with a token: send it as “Authorization: Bearer …”."
ASKING_NEEDED: Final = "Questions are asked with a token: send it as “Authorization: Bearer …”."
NO_ASKING: Final = "This token reads the archive; asking needs another one."
# What is answered to everyone: whether the server runs and can answer, which orchestrators and proxies ask, and what
# the sign-in page is made of. None of it is of the archive. Who signs in sends the token itself to POST /api/session.
_OPEN: Final = frozenset(
    f"/{path}"
    for path in (
        "api/health/live",
        "api/health/ready",
        *(f"web/{name}" for name in "tanya.css tanya.js archive.css login.js mark.svg newsreader.woff2".split()),
        *(f"static/fonts/SourceSansPro/SourceSansPro-{weight}.woff2" for weight in ("Regular", "Bold")),
    )
)
# Files of the program, which its browser keeps: of the archive there is nothing in them.
_FILES: Final = re.compile(r"/(?:web|assets|static)/.+")
# What a reader may have who may not ask. All else asks: the chat with its Gradio, /v1, and whatever is added to them.
_READS: Final = re.compile(
    r"/(?:archive|overview|docs|openapi\.json|metrics|(?:article|web)/.+"
    r"|api/(?:search|articles|health|session|rebuild|upload|fetch)(?:/.*)?)"
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """One for each role, empty where there is none; each opens what the one before it does.

    Without ``reader`` everyone reads; without ``asker`` everyone who reads may ask.
    """

    reader: str = ""
    asker: str = ""
    operator: str = ""

    @classmethod
    def of(cls, config: Config) -> Tokens:
        """Those that are set."""
        return cls(config.reader_token, config.asker_token, config.operator_token)

    def closes(self, path: str) -> bool:
        """Whether a path is answered to none without a token."""
        return path not in _OPEN and bool(self.reader or self._asks(path))

    def _asks(self, path: str) -> bool:
        return bool(self.asker) and _READS.fullmatch(path) is None

    def refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Why a request is not answered, as status and sentence; None where it is."""
        if not self.closes(scope["path"]):
            return None
        asks = self._asks(scope["path"])
        may_ask = [(self.asker, ASKER_COOKIE), (self.operator, COOKIE)]
        reads = [(self.reader, READER_COOKIE)]
        if _holds_one(scope, may_ask if asks else reads + may_ask):
            return None
        if asks and _holds_one(scope, reads):
            return 403, NO_ASKING
        return 401, ASKING_NEEDED if asks else NEEDED


def _holds_one(scope: Scope, roles: Sequence[tuple[str, str]]) -> bool:
    """Whether a request carries one of the tokens, or the cookie that a page got for it."""
    headers = Headers(scope=scope)
    given = bearer(headers)
    if given is not None:
        # All are compared, so that the time tells nothing about which of them was nearly right.
        return True in [is_token(given, token) for token, _ in roles]
    cookies = cookie_parser(headers.get("cookie", ""))
    return any(is_session(cookies.get(cookie, ""), token) for token, cookie in roles)


class Login:
    """Stands behind the guard, which limits guesses, and before all that reads or asks."""

    def __init__(self, app: ASGIApp, tokens: Tokens) -> None:
        self._app = app
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._tokens.refusal(scope) if scope["type"] == "http" else None
        if refused is not None:
            await _refusal(scope, *refused)(scope, receive, send)
        elif scope["type"] == "http" and self._tokens.closes(scope["path"]) and not _FILES.fullmatch(scope["path"]):
            await self._app(scope, receive, _privately(send))
        else:
            await self._app(scope, receive, send)


def _privately(send: Send) -> Send:
    """Answers for one visitor: no proxy keeps them for the next, who may have no token."""

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Cache-Control"] = "private, no-store"
            headers.add_vary_header("Cookie, Authorization")
        await send(message)

    return answer


def _refusal(scope: Scope, status: int, sentence: str) -> Response:
    """The sign-in page for a browser that opens a page, under the page's own address; a sentence for the rest."""
    headers = Headers(scope=scope)
    refused = {"Cache-Control": "no-store", "Vary": "Accept, Accept-Language, Cookie"}
    if status == 401:
        refused["WWW-Authenticate"] = "Bearer"
    if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
        language = preferred_language(headers.get("accept-language", ""))
        shown = page(word("sign_in", language), _sign_in_html(sentence), language, "login", "archive.css", "login.js")
        return HTMLResponse(shown, status, refused)
    return JSONResponse(problem_at(scope["path"], status, sentence), status, refused)


def _sign_in_html(sentence: str) -> str:
    note = "sign_in_note" if sentence == NEEDED else "ask_note"
    return (
        f'<section class="panel panel--closed"><h1>{both("sign_in")}</h1><p class="soft">{both(note)}</p>'
        f'<form data-login><label class="field"><span>{both("reader_token")}</span>'
        '<input type="password" name="token" autocomplete="current-password" required autofocus></label>'
        f'<button class="push">{said("enter")}</button><p class="told" role="alert" data-told></p></form>'
        f"</section>{script_words()}"
    )
