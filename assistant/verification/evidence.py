"""A source, read once for checking: its sentences, words, quantities, dates, names and quotable text."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Final

from assistant.verification.days import Day, days, found_under
from assistant.verification.names import NameIndex
from assistant.verification.quantities import Quantity, quantities
from index.language import STOP_WORDS, folded_words, stem
from index.splitting import Span, sentences

__all__ = ["NOWHERE", "Evidence", "EvidenceSentence", "Source", "literal", "value_key"]

# A word found in more sentences than this says little about which one a claim rests on.
_MOST_POSTINGS: Final = 64
_MOST_DAYS: Final = 4000  # different dates of one source
_NO_SPAN: Final = (1 << 60, 1 << 60)
NOWHERE: Final = -1  # the sentence number of what the source's own date says
_QUOTES: Final = str.maketrans(
    {**dict.fromkeys("“”„‟«»\"‘’‚‛`´'ʼ", "'"), **dict.fromkeys("–—‐‑", "-"), "…": "...", "\u00ad": None, "\u200b": None}
)
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Source:
    """Something a claim may rest on: a passage or a whole article."""

    text: str
    title: str = ""
    published: date | None = None
    language: str = "id"


@dataclass(frozen=True, slots=True)
class EvidenceSentence:
    """A sentence of a source: ``source.text[span.start:span.end]``; None for the title."""

    span: Span | None
    text: str


@dataclass(slots=True)
class Evidence:
    """One source, indexed. Sentence numbers point into ``sentences``; the title, if any, is the last."""

    source: Source
    language: str
    names: NameIndex
    quotable: str
    sentences: list[EvidenceSentence] = field(default_factory=list)
    postings: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    quantities: list[list[Quantity]] = field(default_factory=list)  # of each sentence
    values: dict[str, list[tuple[Quantity, int]]] = field(default_factory=lambda: defaultdict(list))
    ordered: list[tuple[float, int, Quantity]] = field(default_factory=list)  # by value; the int keeps the sort apart
    written: dict[str, int] = field(default_factory=dict)  # numbers as they stand -> a sentence
    days: dict[Day, list[int]] = field(default_factory=dict)  # without their places in the text -> sentences
    dated: dict[tuple[int | None, int], list[Day]] = field(default_factory=lambda: defaultdict(list))
    ordinals: dict[float, list[int]] = field(default_factory=lambda: defaultdict(list))  # day of a month -> sentences
    years: dict[float, list[int]] = field(default_factory=lambda: defaultdict(list))  # named -> sentences

    @classmethod
    def of(cls, source: Source) -> Evidence:
        """The index of a source; the last few are remembered."""
        return _evidence(source)


@lru_cache(maxsize=64)
def _evidence(source: Source) -> Evidence:
    language = "en" if source.language == "en" else "id"
    whole = f"{source.title}\n{source.text}"
    evidence = Evidence(source, language, NameIndex.of(whole, language), literal(whole))
    spans = sentences(source.text, language)
    evidence.sentences = [EvidenceSentence(span, source.text[span.start : span.end]) for span in spans]
    if source.title:
        evidence.sentences.append(EvidenceSentence(None, source.title))
    for number, sentence in enumerate(evidence.sentences):
        _add(evidence, number, sentence.text)
    if source.published is not None:
        # The day an article came out is not the day of what it tells; the month and the year may be.
        _add_day(evidence, Day(0, 0, month=source.published.month, year=source.published.year), NOWHERE)
    evidence.ordered.sort(key=lambda entry: entry[:2])
    return evidence


def _add_day(evidence: Evidence, day: Day, number: int) -> None:
    bare = replace(day, start=0, end=0)
    if bare not in evidence.days:
        if len(evidence.days) >= _MOST_DAYS:
            return
        evidence.days[bare] = []
        for key in found_under(bare, evidence.source.published):
            evidence.dated[key].append(bare)
    _post(evidence.days[bare], number)
    if day.day is not None:
        _post(evidence.ordinals[day.day], number)
    if day.year is not None:
        _post(evidence.years[day.year], number)


def _post(places: list[int], number: int) -> None:
    if len(places) < _MOST_POSTINGS:
        places.append(number)


def _add(evidence: Evidence, number: int, text: str) -> None:
    """Index one sentence."""
    language = evidence.language
    named = days(text)
    for day in named:
        _add_day(evidence, day, number)
    dated = iter([(day.start, day.end) for day in named if day.day is not None and not day.doubtful])
    start, end = next(dated, _NO_SPAN)
    counted: list[Quantity] = []
    evidence.quantities.append(counted)
    for quantity in quantities(text, language):
        while end <= quantity.start:
            start, end = next(dated, _NO_SPAN)
        # The day in "25 Juli" proves no 25 of anything else; a year may stand in a name.
        if start <= quantity.start and quantity.end <= end:
            continue
        counted.append(quantity)
        evidence.written.setdefault(quantity.written.replace(":", "."), number)
        for key in {value_key(value * by) for value in quantity.values for by in (1.0, quantity.size)}:
            places = evidence.values[key]
            if len(places) < _MOST_POSTINGS:
                places.append((quantity, number))
        if quantity.values and quantity.highest is None and not quantity.implied:
            evidence.ordered.append((quantity.values[0], number, quantity))
    for word in dict.fromkeys(folded_words(text)):
        if word in STOP_WORDS[language]:
            continue
        for key in {word, stem(word, language)}:
            _post(evidence.postings[key], number)


def value_key(value: float) -> str:
    """A number for comparison: ten digits, so that 0.1 + 0.2 is 0.3."""
    return f"{value:.10g}"


def literal(text: str) -> str:
    """A text for literal comparison: one style of quotes, dashes and white space, no case."""
    return _SPACE.sub(" ", text.translate(_QUOTES)).strip().lower()
