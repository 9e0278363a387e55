"""A deadline by the clock on the wall around a call that may never come back.

The call runs in a thread of its own, and what it produces comes through a queue that is read with the time
that is left. A timeout of an HTTP client is not such a deadline: it starts again with every byte.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, TypeVar

__all__ = ["Asker", "Call", "Deadline", "Gone", "current_call", "leave_if_gone", "produced_in_time"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment of ``time.monotonic()``; ``seconds`` is how long it was away when it was set."""

    ends: float
    seconds: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """So many seconds from now."""
        return cls(time.monotonic() + seconds, seconds)

    @property
    def remaining(self) -> float:
        """Seconds that are left, 0 when it has passed."""
        return max(0.0, self.ends - time.monotonic())

    def part(self, share: float, longest: float) -> Deadline:
        """An earlier deadline: a share of what is left, and no longer than ``longest`` seconds."""
        return Deadline.after(min(self.remaining * share, longest))


class Call:
    """One call to a language model: until when it may last, and the connections that it opened.

    Ending it shuts their sockets down, which wakes up a thread that waits for one; closing them would not. They
    are closed by the thread that used them, when it is done.
    """

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.ended = False
        self._sockets: list[socket.socket] = []
        self._closers: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    @property
    def over(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.ended or self.deadline.remaining == 0

    def opened(self, opened: socket.socket) -> None:
        """Tell of a connection, so that it ends with the call."""
        with self._lock:
            self._sockets.append(opened)
        if self.ended:
            self.end()

    def close_with(self, close: Callable[[], None]) -> None:
        """Have something closed when the work is done, however it ends."""
        self._closers.append(close)

    def close(self) -> None:
        """Close what was opened. For the thread that did the work."""
        for close in self._closers:
            close()

    def end(self) -> None:
        """Shut every connection down. May be said by any thread, and again."""
        with self._lock:
            self.ended = True
            sockets, self._sockets = self._sockets, []
        for one in sockets:
            with contextlib.suppress(OSError):  # it was closed already, or became part of an encrypted one
                one.shutdown(socket.SHUT_RDWR)


class Gone(BaseException):
    """Nobody waits for the answer any more. Like a cancellation, it is no failure that code may catch by accident."""


class Asker:
    """Somebody who waits for an answer and may leave before it is there, which ends the calls made for them."""

    def __init__(self) -> None:
        self.gone = False
        self._told: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def leave(self) -> None:
        """Say that they have gone. May be said by any thread, and again."""
        with self._lock:
            self.gone = True
            told, self._told = self._told, []
        for tell in told:
            tell()

    def when_leaving(self, tell: Callable[[], None]) -> None:
        """Have something done as they leave; at once where they have left."""
        with self._lock:
            if not self.gone:
                self._told.append(tell)
                return
        tell()

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """What is done in here, in whichever thread, is done for them."""
        before = _ASKER.set(self)
        try:
            yield
        finally:
            _ASKER.reset(before)


_CURRENT: Final[ContextVar[Call | None]] = ContextVar("call", default=None)
_ASKER: Final[ContextVar[Asker | None]] = ContextVar("asker", default=None)


def current_call() -> Call | None:
    """The call that this thread works for."""
    return _CURRENT.get()


def leave_if_gone() -> None:
    """Work on for whoever asked. Raises Gone where they have left."""
    asker = _ASKER.get()
    if asker is not None and asker.gone:
        raise Gone


def produced_in_time(call: Call, produce: Callable[[], Generator[T, None, None]]) -> Iterator[T]:
    """What ``produce`` yields, as it comes, until the call's deadline.

    Raises TimeoutError at the deadline, Gone when the asker leaves, else what ``produce`` raised. However the
    iteration ends, the call has ended with it; a thread that cannot be woken up (it looks up a name) is left behind
    and holds nobody up.
    """
    results: queue.SimpleQueue[T | _End] = queue.SimpleQueue()

    def work() -> None:
        _CURRENT.set(call)
        try:
            with contextlib.closing(produce()) as products:
                for product in products:
                    results.put(product)
                    if call.over:
                        return
            results.put(_End())
        except Exception as error:
            results.put(_End(error))
        except BaseException as error:  # a library that exits or is cancelled ends its own thread, not the caller
            results.put(_End(RuntimeError(type(error).__name__)))
        finally:
            call.close()

    def left() -> None:
        results.put(_End(Gone()))  # first: a call that is broken off ends with an error, which is nobody's failure
        call.end()

    asker = _ASKER.get()
    if asker is not None:
        asker.when_leaving(left)
    threading.Thread(target=work, name="tanya-writer", daemon=True).start()
    try:
        while True:
            try:
                result = results.get(timeout=call.deadline.remaining)
            except queue.Empty:
                raise TimeoutError("the deadline has passed") from None
            if isinstance(result, _End):
                if result.error is not None:
                    raise result.error
                return
            yield result
    finally:
        call.end()


@dataclass(frozen=True, slots=True)
class _End:
    """There is no more, or there was an error."""

    error: BaseException | None = None
