"""What stands before every route: headers, who may ask at all, an allow-list for Gradio, and one face for failures."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import logging
import re
import secrets
from collections.abc import Sequence
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.logs import request_id
from assistant.refusals import problem_at
from assistant.web.session import COOKIE, WINDOW, Attempts, is_session, is_token

__all__ = ["Guard", "bearer", "failure", "is_local_name", "operator_name", "operator_refusal"]

SOMETHING_WENT_WRONG: Final = "Terjadi kesalahan. / Something went wrong."

# What the page itself calls; all else under /gradio_api is refused: file= and proxy= fetch foreign addresses for
# whoever asks, upload takes files although the page has no use for one (docs/design.md, STACK.md 2).
_GRADIO_ALLOWED: Final = re.compile(
    r"/gradio_api/(?:queue/(?:join|data)|heartbeat/[\w-]{1,64}|cancel|reset/?|startup-events|app_id)"
)
_GRADIO_CLOSED: Final = re.compile(
    r"/(?:gradio_api|login|logout|config|svelte|monitoring|runs|pwa_icon|manifest\.json)(?:[/=?].*)?"
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")  # Starlette's routes end in "$", which a final line break gets past
# Where a token is looked at, and so where it could be guessed. Elsewhere a bearer may be somebody else's key.
_TOKEN_PATHS: Final = re.compile(r"/(?:api/.*|archive|metrics)", re.DOTALL)
# What a proxy may add to a request. One that adds nothing is not noticed.
_OF_PROXIES: Final = (
    *("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "x-client-ip"),
    *("true-client-ip", "cf-connecting-ip"),
)

log = logging.getLogger(__name__)


def _content_security_policy(nonce: str) -> str:
    """Scripts of ours alone, and nothing from or to another origin.

    Stricter than 'unsafe-inline' for scripts: a handler or script smuggled into the page has no nonce and does not
    run. 'unsafe-eval' stays, because Gradio makes its HTML component's template with ``Function``; it helps only
    who runs scripts already.
    """
    return (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self'; "
        "frame-src 'none'; frame-ancestors 'none'; object-src 'none'; base-uri 'self'; form-action 'self'"
    )


_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

# Gradio leaves it to the browser, which then asks again for each of fifty files at each visit.
_KEPT: Final = {
    "/assets/": "public, max-age=31536000, immutable",  # whose names hold a digest
    "/static/fonts/": "public, max-age=86400",
}


# ---- who may write ------------------------------------------------------------------------------------------------


def operator_refusal(scope: Scope, token: str) -> tuple[int, str] | None:
    """Why a request may not change the archive, as status and sentence; None where it may.

    With an operator token the request must carry it, or the cookie that our own page got for it. Without one only
    this machine may write: from a loopback address, to a loopback name (else a foreign page could reach us under its
    own name), and through no proxy (which makes the whole world look local). No other site's page ever may.
    """
    headers = Headers(scope=scope)
    if token:
        given = bearer(headers)
        if given is not None and is_token(given, token):
            return None
        if given is not None or not is_session(cookie_parser(headers.get("cookie", "")).get(COOKIE, ""), token):
            return 401, "This changes the archive: send the operator token as “Authorization: Bearer …”."
    else:
        client = scope.get("client")
        local = client is not None and _is_loopback(client[0]) and is_local_name(headers.get("host", ""))
        if not local or any(name in headers for name in _OF_PROXIES):
            return 403, "The archive is changed from its own machine alone, until an operator token is configured."
    origin = headers.get("origin")
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin") or (
        origin is not None and origin.partition("://")[2] != headers.get("host")
    ):
        return 403, "Another site's page asked for this: the archive is not changed for it."
    return None


def operator_name(scope: Scope, token: str) -> str:
    """Who it is that may write, for the audit: the token, one of the sessions made with it, or this machine."""
    if not token:
        return "this machine"
    headers = Headers(scope=scope)
    if bearer(headers) is not None:
        return "operator token"
    session = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
    return f"session {hashlib.sha256(session.encode()).hexdigest()[:8]}"


def bearer(headers: Headers) -> str | None:
    """The token that a request carries, None where it carries none."""
    kind, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() if kind.lower() == "bearer" else None


def _is_foreign(headers: Headers) -> bool:
    """Whether a browser says that another site's page sends this; a program says neither.

    Sec-Fetch-Site comes over HTTPS and to localhost, and no page can forge it. Elsewhere there is Origin alone.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("none", "same-origin")
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def is_local_name(host: str) -> bool:
    """Whether a Host header, or a host from the settings, names this machine to itself."""
    name = host.rsplit(":", 1)[0] if host.count(":") == 1 or "]" in host else host
    return name.lower() == "localhost" or _is_loopback(name.strip("[]"))


# ---- the guard ----------------------------------------------------------------------------------------------------


class Guard:
    """Stands before the whole application, as its outermost ASGI layer."""

    def __init__(
        self, app: ASGIApp, *, token: str, head: str, others: Sequence[str] = (), local_names: bool = False
    ) -> None:
        """``head`` goes into the chat page's head; with ``local_names`` no other name of the server is answered to.

        ``token`` is the operator's; with ``others``, the readers' and askers', any route is one where a token could be
        guessed.
        """
        self._app = app
        self._token = token
        self._others = tuple(filter(None, others))
        self._head = head
        self._local_names = local_names
        self._attempts = Attempts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008})
            return
        nonce = secrets.token_urlsafe(16)
        path = scope["path"]
        answer = _Answer(send, nonce, path)
        refused = self._refusal(scope)
        if refused is not None:
            status, sentence = refused
            await answer.say(status, sentence)
            return
        app = _ChatPage(self._app, self._head, nonce) if path == "/" and scope["method"] == "GET" else self._app
        try:
            await app(scope, receive, answer.send)
        except (
            Exception
        ) as error:  # the outermost edge: whatever it is, the reader gets a sentence and the log the rest
            if not answer.begun:
                await answer.say(500, failure(error, path))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Why a request goes no further, as status and sentence; None where it does. Its body is not looked at."""
        path, method, headers = scope["path"], scope["method"], Headers(scope=scope)
        if self._local_names and not is_local_name(headers.get("host", "localhost")):
            return 421, "Only names of its own machine (localhost) lead here, until an operator token is configured."
        if _CONTROL.search(path) or (_GRADIO_CLOSED.fullmatch(path) and not _GRADIO_ALLOWED.fullmatch(path)):
            return 404, "There is nothing here."
        if method == "OPTIONS":  # Gradio would tell every site's page that it may ask
            return 405, "This route takes another method: /docs lists them."
        # A token that is sent is no cookie that a browser adds by itself: who has it may ask from anywhere.
        if method not in ("GET", "HEAD") and bearer(headers) is None and _is_foreign(headers):
            return 403, "Another site's page asked for this: it is not answered."
        if self._guesses(scope):
            return 429, f"Too many wrong tokens: wait {WINDOW:.0f} seconds."
        return None

    def _guesses(self, scope: Scope) -> bool:
        """Whether a token comes from where too many wrong ones came from. It is not looked at: it may be right."""
        client = scope.get("client")
        asked = self._others or (self._token and _TOKEN_PATHS.fullmatch(scope["path"]))
        given = bearer(Headers(scope=scope)) if asked else None
        if given is None:
            return False
        address = client[0] if client else ""
        if self._attempts.blocked(address):
            return True
        if True not in [is_token(given, token) for token in (self._token, *self._others)]:
            self._attempts.wrong(address)
        return False


def failure(error: Exception, where: str) -> str:
    """Log what nobody foresaw, and give the sentence for the reader: it holds the request's id, as the log does."""
    number = request_id()
    log.error("request failed, id %s: %s", number, where, exc_info=error)
    return f"{SOMETHING_WENT_WRONG} ({number})"


class _Answer:
    """The response of one request: adds the headers, and knows whether it has begun."""

    def __init__(self, send: Send, nonce: str, path: str) -> None:
        self._send = send
        self._path = path
        self._policy = _content_security_policy(nonce)
        self.begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            # Gradio lets every site's page read its answers, and ours with them.
            given = message.get("headers", ())
            ours = [pair for pair in given if not pair[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": ours}
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = self._policy
            for name, value in _HEADERS.items():
                headers[name] = value
            for beginning, kept in _KEPT.items():
                if message["status"] == 200 and self._path.startswith(beginning):
                    headers.setdefault("Cache-Control", kept)
        await self._send(message)

    async def say(self, status: int, sentence: str) -> None:
        """Answer with a sentence; nothing can be said any more once a response has begun."""
        if self.begun:
            return
        body = json.dumps(problem_at(self._path, status, sentence), ensure_ascii=False).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


# ---- the chat page's HTML -----------------------------------------------------------------------------------------

# Gradio's page announces itself to crawlers with an image on GitHub, and asks for a manifest.
_FOREIGN_TAGS: Final = re.compile(
    r'<meta\s[^<>]*?(?:property|name)="(?:og|twitter):[^<>]*>|<link rel="manifest"[^<>]*>', re.DOTALL
)
_SCRIPT: Final = re.compile(r"<script(?=[\s>])")


class _ChatPage:
    """Gradio's page with our head, in the reader's language, its scripts under the nonce and no foreign tags."""

    def __init__(self, app: ASGIApp, head: str, nonce: str) -> None:
        self._app = app
        self._head = head
        self._nonce = nonce

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from assistant.web.words import preferred_language

        headers = Headers(scope=scope)
        language = preferred_language(headers.get("accept-language", ""))
        plain = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}
        start: Message | None = None
        body = b""

        async def rewrite(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body") or start is None:
                return
            headers = MutableHeaders(scope=start)
            if start["status"] == 200 and headers.get("content-type", "").startswith("text/html"):
                body = self._rewritten(body.decode(), language).encode()
                headers["content-length"] = str(len(body))
                headers["cache-control"] = "private, no-store"
                headers.add_vary_header("Accept-Language")
            await send(start)
            await send({"type": "http.response.body", "body": body})

        await self._app(plain, receive, rewrite)

    def _rewritten(self, page: str, language: str) -> str:
        spoken = f'lang="{language}" data-language="{language}"'
        page = _FOREIGN_TAGS.sub("", page).replace('lang="en"', spoken, 1)
        page = page.replace("</head>", f"{self._head}</head>", 1)
        return _SCRIPT.sub(f'<script nonce="{self._nonce}"', page)
