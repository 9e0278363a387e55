"""The login of readers, where one is set: nothing of the archive leaves the server without a token."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.refusals import problem_at
from assistant.web.archive_words import said, script_words
from assistant.web.pages import page
from assistant.web.security import bearer
from assistant.web.session import COOKIE, READER_COOKIE, is_session, is_token
from assistant.web.words import both, preferred_language, word

__all__ = ["Login", "is_reader"]

NEEDED: Final = "This archive is read with a token: send it as “Authorization: Bearer …”."
# What is answered to everyone: whether the server runs and can answer, which orchestrators and proxies ask, and what
# the sign-in page is made of. None of it is of the archive. Who signs in sends the token itself to POST /api/session.
_OPEN: Final = frozenset(
    f"/{path}"
    for path in (
        "api/health/live",
        "api/health/ready",
        *(f"web/{name}" for name in "tanya.css tanya.js archive.css login.js mark.svg newsreader.woff2".split()),
    )
)


def is_reader(scope: Scope, reader_token: str, operator_token: str) -> bool:
    """Whether a request may read: by one of the tokens, or by the cookie that a page got for it."""
    headers = Headers(scope=scope)
    given = bearer(headers)
    if given is not None:
        # Both are compared, so that the time tells nothing about which of them was nearly right.
        return any([is_token(given, reader_token), is_token(given, operator_token)])
    cookies = cookie_parser(headers.get("cookie", ""))
    return is_session(cookies.get(READER_COOKIE, ""), reader_token) or is_session(
        cookies.get(COOKIE, ""), operator_token
    )


class Login:
    """Stands behind the guard, which limits guesses, and before all that reads."""

    def __init__(self, app: ASGIApp, *, reader_token: str, operator_token: str) -> None:
        """``operator_token`` may be empty: then only the reader's opens."""
        self._app = app
        self._reader_token = reader_token
        self._operator_token = operator_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["path"] in _OPEN
            or is_reader(scope, self._reader_token, self._operator_token)
        ):
            await self._app(scope, receive, send)
        else:
            await _refusal(scope)(scope, receive, send)


def _refusal(scope: Scope) -> Response:
    """The sign-in page for a browser that opens a page, under the page's own address; a sentence for the rest."""
    headers = Headers(scope=scope)
    refused = {"Cache-Control": "no-store", "Vary": "Accept, Accept-Language, Cookie", "WWW-Authenticate": "Bearer"}
    if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
        language = preferred_language(headers.get("accept-language", ""))
        shown = page(word("sign_in", language), _sign_in_html(), language, "login", "archive.css", "login.js")
        return HTMLResponse(shown, 401, refused)
    return JSONResponse(problem_at(scope["path"], 401, NEEDED), 401, refused)


def _sign_in_html() -> str:
    return (
        f'<section class="panel panel--closed"><h1>{both("sign_in")}</h1><p class="soft">{both("sign_in_note")}</p>'
        f'<form data-login><label class="field"><span>{both("reader_token")}</span>'
        '<input type="password" name="token" autocomplete="current-password" required autofocus></label>'
        f'<button class="push">{said("enter")}</button><p class="told" role="alert" data-told></p></form>'
        f"</section>{script_words()}"
    )
