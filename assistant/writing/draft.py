"""What a language model writes, as it comes: without its thinking, with proper marks, or why it failed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator
from typing import Final

from assistant.writing.failures import WriterFailure, WritingError
from assistant.writing.marks import MarkParser
from index.language import folded_words
from prompts import refusals

__all__ = ["Draft"]


class Draft:
    """A text that is being written: iterate it once for the pieces, then ask what became of it.

    The pieces joined are ``text``, in which ``[n]`` always is a mark: it stands for the passage ``marks[n - 1]``.
    ``dropped_marks`` counts marks that pointed nowhere. ``failed`` says why the text must not be used, else it is
    None. ``refused`` is true where the model said that the articles do not answer; that phrase is not shown as
    a piece. Leaving the iteration early ends the call.
    """

    def __init__(
        self,
        deltas: Generator[str, None, None],
        known: Collection[int],
        ended: Callable[[WriterFailure | None], None],
        seconds: float,
    ) -> None:
        """``deltas`` raises WritingError where writing fails; ``ended`` is told once how it went."""
        self.failed: WriterFailure | None = None
        self.refused = False
        self._deltas = deltas
        self._marks = MarkParser(known)
        self._ended = ended
        self._seconds = seconds
        self._shown: list[str] = []
        self._begun = False

    @property
    def text(self) -> str:
        """All pieces that were shown so far."""
        return "".join(self._shown)

    @property
    def marks(self) -> tuple[int, ...]:
        """The numbers of the passages that were cited, in the order of first use."""
        return self._marks.used

    @property
    def dropped_marks(self) -> int:
        """How many marks pointed at no passage."""
        return self._marks.dropped

    def read(self) -> str:
        """The whole text, when nobody wants the pieces."""
        for _ in self:
            pass
        return self.text

    def __iter__(self) -> Iterator[str]:
        if self._begun:
            return
        self._begun = True
        thinking, held = _Thinking(), ""
        try:
            for delta in self._deltas:
                held += self._marks.feed(thinking.feed(delta))
                if not held.strip() or _may_refuse(held if not self._shown else ""):
                    continue
                yield self._show(held)
                held = ""
            held += self._marks.feed(thinking.close()) + self._marks.close()
            self.refused = not self._shown and _refuses(held)
            if held.strip() and not self.refused:
                yield self._show(held)
            if not self._shown and not self.refused:
                raise WritingError("empty")
        except WritingError as error:
            kind = "slow" if error.kind == "late" and self._shown else error.kind
            self.failed = WriterFailure(kind, error.status, self._seconds)
        finally:
            self._deltas.close()
        self._ended(self.failed)

    def _show(self, piece: str) -> str:
        if not self._shown:
            piece = piece.lstrip()
        self._shown.append(piece)
        return piece


_REFUSALS: Final = tuple(tuple(folded_words(phrase)) for phrase in refusals().values())
_BEGINNING: Final = 200  # characters in which the phrase stands, with whatever dresses it, if it does


def _refuses(text: str) -> bool:
    """Whether a text begins with the refusal phrase, in either language."""
    words = folded_words(text[:_BEGINNING])
    return any(tuple(words[: len(phrase)]) == phrase for phrase in _REFUSALS)


def _may_refuse(text: str) -> bool:
    """Whether a text that goes on could still be, or is, a refusal. The last word may be half of one."""
    words = folded_words(text[:_BEGINNING])
    if not words:
        return False
    *whole, last = words
    for phrase in _REFUSALS:
        if len(words) > len(phrase):
            if tuple(words[: len(phrase)]) == phrase:
                return True
        elif tuple(whole) == phrase[: len(whole)] and phrase[len(whole)].startswith(last):
            return True
    return False


class _Thinking:
    """Leaves out ``<think>…</think>`` at the start, which some servers send as if it were the answer."""

    _OPEN, _CLOSE = "<think>", "</think>"

    def __init__(self) -> None:
        self._held = ""
        self._state = "start"

    def feed(self, chunk: str) -> str:
        if self._state == "answer":
            return chunk
        self._held += chunk
        if self._state == "start":
            begun = self._held.lstrip()
            if not begun.startswith(self._OPEN):
                return "" if self._OPEN.startswith(begun) else self._answer(self._held)
            self._state = "thinking"
        before, found, behind = self._held.partition(self._CLOSE)
        if found:
            return self._answer(behind)
        self._held = before[-len(self._CLOSE) :]
        return ""

    def close(self) -> str:
        """What was held back and turned out to be no thinking."""
        return self._answer(self._held) if self._state == "start" else ""

    def _answer(self, text: str) -> str:
        self._state, self._held = "answer", ""
        return text
