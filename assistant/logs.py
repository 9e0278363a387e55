"""What the server writes down while it runs: a line of text or of JSON for each event, and nothing that was asked.

Every line carries the id of its request. Questions, tokens, keys and the words of articles are in none of them, not
even by way of an exception: its message is left out, as it may quote what it could not work with. ``log_questions``
lets questions and messages in.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final, TextIO

__all__ = ["REQUEST_ID", "begin_request", "request_id", "start_logging"]

REQUEST_ID: Final = "X-Request-ID"
_VALID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_OURS: Final = ("assistant", "index")  # what other packages say at this level (httpx: every address) is left out
_CURRENT: Final[ContextVar[str]] = ContextVar("request_id", default="")


def begin_request(given: str = "") -> str:
    """The id of a request that begins: the one that came with it, if it is one, else a new one."""
    number = given if _VALID.fullmatch(given) else secrets.token_hex(6)
    _CURRENT.set(number)
    return number


def request_id() -> str:
    """The id of the request that this code works for; a new one where it works for none."""
    return _CURRENT.get() or begin_request()


def start_logging(form: str, questions: bool, stream: TextIO | None = None) -> logging.Handler:
    """Write to ``stream`` (stderr), as "text" or "json" lines; ``questions`` lets messages of exceptions through.

    Returns the handler. Our own packages are heard from INFO, all others from WARNING.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_JsonLines(questions) if form == "json" else _TextLines(questions))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    return handler


class _Lines(logging.Formatter):
    def __init__(self, questions: bool) -> None:
        super().__init__()
        self._questions = questions

    def _fields(self, record: logging.LogRecord) -> dict[str, object]:
        """What goes with the message: ``extra={"fields": {...}}`` of the call, the request, the traceback."""
        fields = dict(getattr(record, "fields", {}))
        if _CURRENT.get():
            fields.setdefault("request", _CURRENT.get())
        if record.exc_info and record.exc_info[1] is not None:
            fields["traceback"] = _traceback(record.exc_info[1], self._questions)
        return fields


class _JsonLines(_Lines):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **self._fields(record),
        }
        return json.dumps(line, ensure_ascii=True, default=str)


class _TextLines(_Lines):
    """The same for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        fields = self._fields(record)
        below = fields.pop("traceback", "")
        told = " ".join(f"{name}={_shown(value)}" for name, value in fields.items())
        when = datetime.fromtimestamp(record.created).isoformat(" ", "seconds")
        line = f"{when} {record.levelname} {record.name}: {_printable(record.getMessage())} {told}".rstrip()
        return f"{line}\n{below}" if below else line


def _shown(value: object) -> str:
    text = str(value)
    return text if _VALID.fullmatch(text) else json.dumps(text)


def _printable(text: str) -> str:
    """A line stays one line, whatever was sent to be logged."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _traceback(error: BaseException, questions: bool) -> str:
    """Where it went wrong, and in words only where words may be shown (the system's own errors hold none of ours)."""
    if questions:
        return "".join(traceback.format_exception(error)).rstrip()
    parts: list[str] = []
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        reason = f": {one.strerror}" if isinstance(one, OSError) and one.strerror else ""
        parts.append("".join(traceback.format_tb(one.__traceback__)) + type(one).__qualname__ + reason)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return "\n\n".join(reversed(parts))
