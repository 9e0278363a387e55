"""The bilingual dictionary: what a stem of one language may be in the other.

Made by ``training/dictionary.py``; keyed on the stems of ``index.language``.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

__all__ = ["Dictionary", "Translation"]

_FILE: Final = Path(__file__).parent / "model" / "dictionary.tsv.gz"


@dataclass(frozen=True, slots=True)
class Translation:
    """A stem of the other language and how probable it is, 0 to 1."""

    stem: str
    probability: float


class Dictionary:
    """Translations of single stems between Indonesian and English."""

    def __init__(self, lines: dict[str, str]) -> None:
        """``lines`` maps "LANGUAGE TAB STEM" to its translations as they stand in the file."""
        self._lines = lines
        self.translations = lru_cache(maxsize=50_000)(self._translations)

    @classmethod
    @cache
    def load(cls) -> Dictionary:
        """The shipped dictionary, read once (about 20 ms)."""
        lines = {}
        for line in gzip.decompress(_FILE.read_bytes()).decode("utf-8").split("\n"):
            second_tab = line.index("\t", 3)
            lines[line[:second_tab]] = line[second_tab + 1 :]
        return cls(lines)

    def _translations(self, stem: str, language: str) -> tuple[Translation, ...]:
        line = self._lines.get(f"{language}\t{stem}")
        if line is None:
            return ()
        ways = (way.rsplit(" ", 1) for way in line.split("\t"))
        return tuple(Translation(other, float(probability)) for other, probability in ways)
