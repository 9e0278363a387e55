"""Article to sentences, sentences to passages, with exact offsets.

A sentence ends at a line break, or at a full stop, question or exclamation mark that is not part of an
abbreviation, an initial, a number or a domain name. A passage is a run of whole sentences of about
``PASSAGE_WORDS`` words; the last sentence of one is the first of the next, so that a sentence and the one
it leans on are always found together once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["PASSAGE_WORDS", "Span", "passages", "sentences"]

PASSAGE_WORDS: Final = 120  # MODELS.md measured retrieval and reading on passages of about this length
_FULL: Final = PASSAGE_WORDS + 20  # a passage takes one more sentence while it stays under this
_SHORT: Final = PASSAGE_WORDS // 3  # fewer new words than this join the passage before
_LONGEST_SENTENCE: Final = 2 * PASSAGE_WORDS  # longer ones (tables, lists run together) are cut at a word border


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text: ``text[start:end]``."""

    start: int
    end: int


# A mark that may end a sentence, the quotes and brackets that close with it, and what separates it from the next.
_END: Final = re.compile(r"(?P<mark>[.!?…]+)(?P<close>[\"'”’»)\]]*(?: [”»])?)(?P<gap>\s*)")
_LAST_WORD: Final = re.compile(r"[^\W_]+(?:\.[^\W_]+)*\Z")

# Followed by a name or a number rather than by the end of a sentence. Lower case, no final stop.
_ABBREVIATIONS: Final = frozenset(
    """rp dr drs dra prof ir h hj kh ust tn ny sdr sdri no nomor jl jln gg kel kec kab prov kol letkol mayjen brigjen
    letjen
    jend kapt lettu serka irjen kombes akbp kompol akp iptu ipda aiptu bripka pdt r ra rm st tgl hlm hal vol ed cet
    a.l a.n u.b u.p d.a s.d y.l ybs yth bpk ttd pt cv ud ph phd m.si m.pd s.pd s.h s.e s.t s.kom
    mr mrs ms messrs sr jr rev hon gov sen rep gen col lt capt sgt cmdr adm vs etc e.g i.e cf al approx fig nos
    inc ltd co corp bros dept est jan feb mar apr jun jul aug agt sep sept oct okt nov dec des u.s u.k u.n""".split()
)
# These may also close a sentence: a capital after them starts a new one.
_MAY_CLOSE: Final = frozenset(
    "etc al inc ltd co corp jr jan feb mar apr jun jul aug agt sep sept oct okt nov dec des".split()
)


def sentences(text: str, language: str = "id") -> list[Span]:
    """The sentences of a text in order; white space between them belongs to none.

    The rules are the same for both languages: their abbreviations do not collide. ``language`` is part
    of the signature because callers know it and a third language would need it.
    """
    spans: list[Span] = []
    start = 0
    for line in re.finditer(r"[^\n]+", text):
        start = line.start()
        for match in _END.finditer(text, line.start(), line.end()):
            if _ends_sentence(text, start, match, line.end()):
                _append(spans, text, start, match.end("close"))
                start = match.end()
        _append(spans, text, start, line.end())
    return spans


def _ends_sentence(text: str, start: int, match: re.Match[str], line_end: int) -> bool:
    """Whether the mark found really ends the sentence that began at ``start``."""
    after = match.end()
    if after >= line_end:
        return True

    follows = text[after]
    if not match["gap"]:
        # "jelas Nunung.Sekolah": no space, but a word before and a capital after, unlike "Gatra.com" and "1.5".
        glued = follows.isupper() and text[after + 1 : after + 2].islower() and not match["close"]
        if not (glued and text[match.start() - 1 : match.start()].islower()) or len(match["mark"]) > 1:
            return False
    elif follows.islower():
        return False  # '"... berikutnya?" ungkap pejabat': the sentence goes on

    if match["mark"] != "." or match["close"]:
        return True
    last = _LAST_WORD.search(text, max(start, match.start() - 24), match.start())
    if last is None:
        return True
    word = last[0]
    if len(word) == 1 and word.isupper():
        return False  # an initial
    lowered = word.lower()
    if lowered in _MAY_CLOSE:
        return follows.isupper() and match["gap"] != ""
    return lowered not in _ABBREVIATIONS


def _append(spans: list[Span], text: str, start: int, end: int) -> None:
    """Add a sentence without its outer white space, if any word is in it; cut one that is far too long."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if not any(character.isalnum() for character in text[start:end]):
        if spans and end > start and "\n" not in text[spans[-1].end : start]:
            spans[-1] = Span(spans[-1].start, end)  # a lone closing quote belongs to the sentence before
        return
    if end - start <= 4 * _LONGEST_SENTENCE:
        spans.append(Span(start, end))
        return
    words = list(re.finditer(r"\S+", text[start:end]))
    for first in range(0, len(words), _LONGEST_SENTENCE):
        last = words[min(first + _LONGEST_SENTENCE, len(words)) - 1]
        spans.append(Span(start + words[first].start(), start + last.end()))


def passages(text: str, language: str = "id") -> list[Span]:
    """Runs of whole sentences of about ``PASSAGE_WORDS`` words, one sentence of overlap; [] for a text with no word."""
    spans = sentences(text, language)
    counts = [text.count(" ", span.start, span.end) + 1 for span in spans]
    runs: list[Span] = []
    first = 0  # the first sentence of the current run
    fresh = 0  # the first sentence that no earlier run holds
    while fresh < len(spans):
        last, total = fresh, sum(counts[first : fresh + 1])
        while last + 1 < len(spans) and total + counts[last + 1] <= _FULL:
            last += 1
            total += counts[last]
        rest = sum(counts[last + 1 :][:_SHORT])
        if rest < _SHORT:
            last = len(spans) - 1  # too little is left for a passage of its own
        runs.append(Span(spans[first].start, spans[last].end))
        fresh = last + 1
        first = last if counts[last] <= _SHORT * 2 else fresh
    return runs
