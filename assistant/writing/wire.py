"""The way to a language model's server: a transport for HTTP clients that trusts neither side.

Each request gets a connection of its own, which ends with the call that it belongs to. The key is added here and
nowhere else, so that no client object, log or error has one to show, and goes to the configured address only.
A reply that cannot be an answer is refused by its header, before a byte of it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from assistant.writing.deadline import Call, current_call
from assistant.writing.failures import WritingError, kind_of, kind_of_status

__all__ = ["Wire"]

_MOST_BYTES: Final = 16_000_000  # of one reply; a long answer with all its wrapping has under one million
_LONGEST_LINE: Final = 1_000_000  # bytes; an event of a stream has a few hundred, and clients wait for its end
# Of the headers that a client library sets, these are sent. Others tell of the machine, or of other services.
_SENT: Final = frozenset(
    "host content-type content-length transfer-encoding accept connection anthropic-version".split()
)


class Wire:
    """An HTTP transport for ``httpx.Client(transport=...)``, and for ``httpx2``'s.

    ``http`` is the library that the client is of. ``headers`` are added to requests to the origin of ``url``:
    the key. ``must_see`` is what the last part of a complete reply holds, for servers whose client library
    does not pass that part on.
    """

    def __init__(self, http: ModuleType, url: str, headers: Mapping[str, str], must_see: bytes = b"") -> None:
        self._http: Any = http
        self._origin = _origin(url)
        self._headers = dict(headers)
        self._must_see = must_see
        self._tls = self._http.create_ssl_context() if url.startswith("https") else False

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is kept between requests."""

    def close(self) -> None:
        """Nothing is kept between requests."""

    def handle_request(self, request: Any) -> Any:
        """Send one request and give back its response, unless it cannot be an answer (WritingError)."""
        call = current_call()
        if call is None:
            raise WritingError("other")  # a request that nobody bounds is not made
        self._prepare(request, call)
        transport = self._http.HTTPTransport(verify=self._tls, proxy=_proxy(str(request.url)))
        call.close_with(transport.close)
        try:
            response = transport.handle_request(request)
        except Exception as error:
            raise kind_of(error) from error
        _check(response)
        return self._http.Response(response.status_code, headers=response.headers, content=self._body(response, call))

    def _prepare(self, request: Any, call: Call) -> None:
        for name in [name for name in request.headers if name.lower() not in _SENT]:
            del request.headers[name]
        request.headers["user-agent"] = "tanya"
        request.headers["accept-encoding"] = "identity"  # so that no small reply unpacks to a large one
        if _origin(str(request.url)) == self._origin:
            request.headers.update(self._headers)
        left = call.deadline.remaining
        request.extensions = {
            "timeout": dict.fromkeys(("connect", "read", "write", "pool"), left),
            "trace": lambda event, info: _traced(call, event, info),
        }

    def _body(self, response: Any, call: Call) -> Iterator[bytes]:
        size, line, tail, seen = 0, 0, b"", not self._must_see
        try:
            for chunk in response.stream:
                size += len(chunk)
                line = len(chunk) - chunk.rfind(b"\n") - 1 + (0 if b"\n" in chunk else line)
                if size > _MOST_BYTES or line > _LONGEST_LINE:
                    raise WritingError("endless")
                if call.over:
                    raise WritingError("late")
                seen = seen or self._must_see in tail + chunk
                tail = chunk[-len(self._must_see) :]
                yield chunk
            if not seen:
                raise WritingError("cut")
        except WritingError:
            raise
        except Exception as error:
            raise kind_of(error) from error


def _traced(call: Call, event: str, info: Mapping[str, Any]) -> None:
    """Hear of a new connection (``trace`` is httpx's own extension for it)."""
    if event.endswith(("connect_tcp.complete", "start_tls.complete")):
        call.opened(info["return_value"].get_extra_info("socket"))


def _check(response: Any) -> None:
    """Refuse by its header what no answer can be in."""
    if response.status_code >= 300:
        raise WritingError(kind_of_status(response.status_code), response.status_code)
    if response.headers.get("content-type", "").lower().startswith("text/html"):
        raise WritingError("web page")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise WritingError("unreadable")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _proxy(url: str) -> str | None:
    """The machine's proxy for this address, if it has one: a client with a transport of its own asks for none."""
    scheme, host, _ = _origin(url)
    return None if proxy_bypass(host or "") else getproxies().get(scheme)
