"""What a search and an answer are made of, told to whoever listens; nobody has to.

The rooms say where they are (``with stage("lexical")``) and what happened (``count("answers", "none")``), and know
nothing of metrics or traces. While nobody listens that costs under a microsecond.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Final, Protocol

__all__ = ["Listener", "count", "listening", "stage"]

_NOBODY: Final = nullcontext()
_listeners: tuple[Listener, ...] = ()  # replaced as a whole: many threads read it


class Listener(Protocol):
    """Hears of every stage and every count of this process."""

    def stage(self, name: str) -> AbstractContextManager[object]:
        """Stays open while the stage lasts, in whichever threads that is."""

    def count(self, what: str, kind: str) -> None:
        """Something happened once more."""


def stage(name: str) -> AbstractContextManager[object]:
    """Surrounds one stage of the work."""
    heard = _listeners
    return _all_of(heard, name) if heard else _NOBODY


def count(what: str, kind: str) -> None:
    """Tell that something happened: an outcome, a failure."""
    for listener in _listeners:
        listener.count(what, kind)


@contextmanager
def listening(*listeners: Listener) -> Iterator[None]:
    """Let these hear of everything for as long as this is open."""
    global _listeners
    _listeners = (*_listeners, *listeners)
    try:
        yield
    finally:
        _listeners = tuple(one for one in _listeners if one not in listeners)


@contextmanager
def _all_of(listeners: tuple[Listener, ...], name: str) -> Iterator[None]:
    with ExitStack() as stages:
        for listener in listeners:
            stages.enter_context(listener.stage(name))
        yield
