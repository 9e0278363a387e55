"""Citation marks in a stream of text: one pass, one character after the other, whatever the chunks are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

__all__ = ["MarkParser"]

_CLOSED_BY: Final = {"[": "]", "【": "】"}
_CLOSING: Final = frozenset(_CLOSED_BY.values())
_INSIDE: Final = frozenset("0123456789, ")
_ASIDE: Final = "†"  # OpenAI's models write 【1†source】
_LONGEST: Final = 64  # characters inside brackets that can still be a mark
_DIGITS: Final = 3  # "[2024]" is a year in brackets, not the 2024th source


class MarkParser:
    """Turns ``[1]``, ``[1][2]``, ``[1, 2]`` and ``【1】`` into marks numbered in the order of their first use.

    Feed it chunks, then close it; what both return, joined, is the text, and is the same for any chunking. A
    mark whose number is not ``known`` is removed and counted in ``dropped``. Brackets that are no mark become
    round ones, so that in the text every ``[n]`` is a mark, and there is no link or image in Markdown.
    Time is linear in the text; at most 64 characters are held back.
    """

    def __init__(self, known: Collection[int]) -> None:
        self.dropped = 0
        self._known = known
        self._shown: dict[int, int] = {}
        self._candidate = ""  # an open bracket and what may still become a mark
        self._space = False  # one space held back: it goes where a removed mark goes
        self._after_removed = False

    @property
    def used(self) -> tuple[int, ...]:
        """The known numbers that were used: ``used[0]`` is shown as [1]."""
        return tuple(self._shown)

    def feed(self, chunk: str) -> str:
        """What can be shown of the text so far and was not returned before."""
        out: list[str] = []
        for char in chunk:
            if self._candidate:
                self._inside(char, out)
            else:
                self._outside(char, out)
        return "".join(out)

    def close(self) -> str:
        """The rest, when no more will come."""
        out: list[str] = []
        self._give_up(out)
        if self._space and not self._after_removed:
            out.append(" ")
        self._space = False
        return "".join(out)

    def _outside(self, char: str, out: list[str]) -> None:
        if char in _CLOSED_BY:
            self._candidate = char
            return
        if self._space and (not self._after_removed or char.isalnum()):
            out.append(" ")
        self._after_removed = False
        self._space = char == " "
        if not self._space:
            out.append(")" if char in _CLOSING else char)

    def _inside(self, char: str, out: list[str]) -> None:
        opening, aside = self._candidate[0], _ASIDE in self._candidate
        if char == _CLOSED_BY[opening]:
            self._resolve(out)
            return
        fits = char in _INSIDE or (opening == "【" and char == _ASIDE) or (aside and char not in "[]【\n")
        if fits and len(self._candidate) <= _LONGEST:
            self._candidate += char
            return
        self._give_up(out)
        self._outside(char, out)

    def _resolve(self, out: list[str]) -> None:
        """The bracket closes: marks, or text in round brackets."""
        parts = [part.strip() for part in self._candidate[1:].split(_ASIDE)[0].split(",")]
        if not all(part.isdigit() and len(part) <= _DIGITS for part in parts):
            self._give_up(out)
            self._outside(")", out)
            return
        self._candidate = ""
        numbers = list(dict.fromkeys(map(int, parts)))
        known = [number for number in numbers if number in self._known]
        self.dropped += len(numbers) - len(known)
        if not known:
            self._after_removed = True
            return
        self._settle_space(out)
        out += [f"[{self._shown.setdefault(number, len(self._shown) + 1)}]" for number in known]

    def _give_up(self, out: list[str]) -> None:
        """What was held back is text."""
        if self._candidate:
            self._settle_space(out)
            out.append("(" + self._candidate[1:])
            self._candidate = ""

    def _settle_space(self, out: list[str]) -> None:
        if self._space:
            out.append(" ")
        self._space = self._after_removed = False
