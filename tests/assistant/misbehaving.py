"""A real HTTP server that speaks the protocols of language models' servers, well or, on demand, badly.

It speaks OpenAI's (also of vLLM, llama.cpp, LM Studio), Ollama's, Anthropic's and Gemini's.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

REPLY = "Feri itu tenggelam pada Sabtu [1]. Korbannya 12 orang [2]."
CHUNK = 7  # characters of the reply in one event
DRIP = 0.1  # seconds between the drops of a slow drip
MEGABYTE = b"a" * 1_000_000


@dataclass(frozen=True)
class Received:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)


class ModelServer:
    """Serves on loopback while it is open: ``with ModelServer(fault="cut") as server: server.url``.

    ``requests`` are those it received; ``left`` counts connections that the client broke off while being answered.
    """

    def __init__(self, fault: str = "", reply: str = REPLY, certificate: Path | None = None) -> None:
        """``certificate`` is a PEM file with its key, for https."""
        if fault and fault not in FAULTS:
            raise ValueError(f"unknown fault {fault!r}")
        self.fault = fault
        self.reply = reply
        self.requests: list[Received] = []
        self.left = threading.Semaphore(0)
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"model": self}))
        self._server.daemon_threads = True
        self._scheme = "http"
        if certificate is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"

    @property
    def host(self) -> str:
        """The address without a path."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """The base URL of OpenAI's protocol."""
        return f"{self.host}/v1"

    def __enter__(self) -> ModelServer:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One request. HTTP/1.0: a reply ends where its connection does, so that a cut one looks whole."""

    model: ModelServer

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """A path that no client of ours has a reason to ask for."""
        self.model.requests.append(Received(self.path, dict(self.headers)))
        self.send_error(404)

    def do_POST(self) -> None:
        """Answer, or do what the fault says."""
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
        self.model.requests.append(
            Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        )
        try:
            FAULTS.get(self.model.fault, _answer)(self)
        except OSError:
            self.model.left.release()

    def start(self, status: int = 200, content_type: str = "text/event-stream", **headers: str) -> None:
        """The header."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def write(self, data: bytes) -> None:
        """Bytes, at once."""
        self.wfile.write(data)
        self.wfile.flush()

    def wait(self) -> None:
        """Do nothing until the client goes away or the server closes."""
        self.connection.settimeout(0.02)
        while not self.model.closing.is_set():
            with contextlib.suppress(TimeoutError):
                if self.connection.recv(1) == b"":
                    raise ConnectionResetError


def _events(handler: _Handler, reply: str) -> Iterator[bytes]:
    """A reply in the protocol of the path that was asked, its last part last."""
    pieces = [reply[start : start + CHUNK] for start in range(0, len(reply), CHUNK)]
    if handler.path == "/api/chat":
        for piece in pieces:
            yield _line({"message": {"role": "assistant", "content": piece}, "done": False})
        yield _line({"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"})
    elif handler.path == "/v1/messages":
        usage = {"input_tokens": 9, "output_tokens": 9}
        message = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": usage}
        yield _event({"type": "message_start", "message": {**message, "stop_reason": None, "stop_sequence": None}})
        yield _event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
        for piece in pieces:
            yield _event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}})
        yield _event({"type": "content_block_stop", "index": 0})
        ended = {"stop_reason": "end_turn", "stop_sequence": None}
        yield _event({"type": "message_delta", "delta": ended, "usage": usage}) + _event({"type": "message_stop"})
    elif "streamGenerateContent" in handler.path:
        for piece in pieces:
            yield _event({"candidates": [{"content": {"role": "model", "parts": [{"text": piece}]}, "index": 0}]})
        yield _event({"candidates": [{"content": {"role": "model"}, "finishReason": "STOP", "index": 0}]})
    else:
        for piece in pieces:
            yield chunk(piece)
        yield chunk(None, "stop") + b"data: [DONE]\n\n"


def chunk(text: str | None, finish: str | None = None) -> bytes:
    """One event of OpenAI's protocol."""
    delta = {} if text is None else {"role": "assistant", "content": text}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _event({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]})


def _event(data: dict[str, Any]) -> bytes:
    name = f"event: {data['type']}\n" if "type" in data else ""
    return f"{name}data: {json.dumps(data)}\n\n".encode()


def _line(data: dict[str, Any]) -> bytes:
    return json.dumps({"model": "m", "created_at": "2026-01-01T00:00:00Z", **data}).encode() + b"\n"


# ---- well and badly -----------------------------------------------------------------------------------------------


def _answer(handler: _Handler) -> None:
    handler.start()
    for event in _events(handler, handler.model.reply):
        handler.write(event)


def _hang(handler: _Handler) -> None:
    handler.wait()


def _hang_in_stream(handler: _Handler) -> None:
    handler.start()
    handler.write(chunk("Feri itu "))
    handler.wait()


def _drip(handler: _Handler) -> None:
    handler.start()
    while not handler.model.closing.wait(DRIP):
        handler.write(chunk("tetes "))


def _status_500(handler: _Handler) -> None:
    _refuse(handler, 500)


def _status_429(handler: _Handler) -> None:
    _refuse(handler, 429, Retry_After="3600")


def _status_401(handler: _Handler) -> None:
    _refuse(handler, 401)


def _refuse(handler: _Handler, status: int, **headers: str) -> None:
    """An error whose body repeats what was sent, key and all."""
    handler.start(status, "application/json", **headers)
    sent = dict(handler.headers.items())
    handler.write(json.dumps({"error": {"message": f"refused: {sent}", "type": "error", "code": status}}).encode())


def _error_in_stream(handler: _Handler) -> None:
    handler.start()
    sent = dict(handler.headers.items())
    handler.write(chunk("Feri ") + _event({"error": {"message": f"out of memory: {sent}"}}))


def _web_page(handler: _Handler) -> None:
    handler.start(200, "text/html; charset=utf-8")
    handler.write(b"<!doctype html><title>Login</title><h1>Welcome to the hotel's network</h1>")


def _broken_json(handler: _Handler) -> None:
    handler.start()
    handler.write(chunk("Feri itu ") + b'data: {"id": "c", "choices": [{"delta": {"content": \n\n')


def _cut(handler: _Handler) -> None:
    handler.start()
    for event in list(_events(handler, handler.model.reply))[:-1]:
        handler.write(event)


def _too_long(handler: _Handler) -> None:
    handler.start()
    handler.write(chunk("Feri itu tenggelam") + chunk(None, "length") + b"data: [DONE]\n\n")


def _endless(handler: _Handler) -> None:
    handler.start()
    while not handler.model.closing.is_set():
        handler.write(chunk("lagi dan lagi ") * 50)


def _long_line(handler: _Handler) -> None:
    handler.start()
    handler.write(b"data: ")
    for _ in range(1000):
        if handler.model.closing.is_set():
            break
        handler.write(MEGABYTE)


def _zipped(handler: _Handler) -> None:
    handler.start(200, "text/event-stream", Content_Encoding="gzip")
    handler.write(b"\x1f\x8b\x08")


def _moved(handler: _Handler) -> None:
    handler.start(307, "text/plain", Location="http://127.0.0.1:9/v1/chat/completions")


def _silence(handler: _Handler) -> None:
    handler.start()
    handler.write(chunk("  \n") + chunk(None, "stop") + b"data: [DONE]\n\n")


FAULTS: dict[str, Callable[[_Handler], None]] = {
    "hang": _hang,
    "hang in stream": _hang_in_stream,
    "slow drip": _drip,
    "500": _status_500,
    "429": _status_429,
    "401": _status_401,
    "error in stream": _error_in_stream,
    "web page": _web_page,
    "broken json": _broken_json,
    "cut": _cut,
    "too long": _too_long,
    "endless": _endless,
    "long line": _long_line,
    "zipped": _zipped,
    "moved": _moved,
    "silence": _silence,
}


def closed_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
