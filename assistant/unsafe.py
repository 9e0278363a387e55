"""What of a language model's text is never shown, whatever the sources say: links, markup, code, its instructions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from index.language import folded_words
from index.splitting import sentences
from prompts import Prompts

__all__ = ["Prompted", "is_unsafe"]

_RUN: Final = 5  # words in a row that are found in the prompts are taken for a repetition of them
_SHORT: Final = 3  # of the words that a whole sentence of the prompts must have to be known by itself
# An address with a scheme, or a host with a path ("evil.test/x"); a bare name ("Gatra.com") is an outlet.
_LINK: Final = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}:\s?//|\bwww\.|\b(?:mailto:|data:\w+/|javascript:|vbscript:)"
    r"|//[\w-]+\.[\w-]|\b[\w-]+\.[a-z]{2,}(?::\d+)?/",
    re.IGNORECASE,
)
_MARKUP: Final = re.compile(r"<[a-z/!?]|&(?:#\w+|[a-z]{2,8});|\]\(|!\(|\$\$", re.IGNORECASE)
_NO_WORD: Final = re.compile(r"[^\s\-–—/]{41,}")  # the longest of ../shared/data/eval has 38 letters
_UNSEEN: Final = re.compile(
    r"[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ue000-\uf8ff\U000e0000-\U0010ffff]"
)


def is_unsafe(text: str) -> bool:
    """Whether a sentence holds an address, HTML, an image, code that is no prose, or characters nobody sees."""
    return any(pattern.search(text) for pattern in (_LINK, _MARKUP, _NO_WORD, _UNSEEN))


class Prompted:
    """Knows the words of the prompts, so that a model that repeats its instructions is noticed."""

    def __init__(self, prompts: Prompts) -> None:
        self._runs: set[tuple[str, ...]] = set()
        for text in prompts.texts.values():
            for line in _sentences(text):
                words = tuple(folded_words(line))
                self._runs |= set(_runs(words))
                if _SHORT <= len(words) < _RUN:
                    self._runs.add(words)

    def repeated_in(self, text: str) -> bool:
        """Whether a sentence is one of the prompts', or holds a long enough part of one."""
        words = tuple(folded_words(text))
        return words in self._runs or any(run in self._runs for run in _runs(words))


def _runs(words: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    return (words[start : start + _RUN] for start in range(len(words) - _RUN + 1))


def _sentences(text: str) -> Iterable[str]:
    return (text[span.start : span.end] for span in sentences(text))
