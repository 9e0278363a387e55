"""Checks sentences against their sources: every number, date, name and quotation, negation, and the rest by its words.

Deterministic and offline; the time grows with the length of the text and of the sources (``docs/verifier.md``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from assistant.verification.alignment import Alignment, align
from assistant.verification.claims import Claims, read_claims, substituted
from assistant.verification.days import Day
from assistant.verification.entailment import Entailment
from assistant.verification.evidence import NOWHERE, Evidence, Source
from assistant.verification.names import Name, missing
from assistant.verification.negation import contradicted
from assistant.verification.quantities import CLOCK, Quantity
from assistant.verification.slots import Item
from assistant.verification.support import holds_quotation, places_of_day, places_of_quantity
from assistant.verification.units import MONEY
from index.language import detect_language, told_language
from index.splitting import sentences

__all__ = ["CheckedSentence", "Problem", "ProblemKind", "Source", "verify", "verify_sentence"]

ProblemKind = Literal[
    "number", "amount", "percentage", "date", "name", "quotation", "translation", "negation", "content", "citation"
]
# The share of a sentence's words that its evidence must hold; benchmarks/verifier.py, development half.
ENOUGH_COVER: Final = 0.5
ENOUGH_COVER_TRANSLATED: Final = 0.4


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a sentence that its sources do not say: ``sentence[start:end] == text``.

    ``translation`` is a notice: a quotation whose words the source has in its other language, so that it is not
    literal. It alone leaves the sentence supported.
    """

    kind: ProblemKind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence and what is wrong with it.

    ``evidence`` is the number of the source that supports it best, and ``source.text[start:end]`` the sentence there;
    all three are None where no source shares a word with it.
    """

    text: str
    supported: bool
    problems: tuple[Problem, ...]
    evidence: int | None = None
    start: int | None = None
    end: int | None = None


_FIGURE: Final = 3.0  # a figure tells as many words where a sentence was taken from; a date is told more often
_DAY: Final = 1.0
_QUOTATIONS: Final = ("quotation", "translation")
_MARK: Final = re.compile(r"\[\d{1,3}(?:, ?\d{1,3})*\]|【\d{1,3}】")


def verify(text: str, sources: Sequence[Source], nli: Entailment | None = None) -> list[CheckedSentence]:
    """Check every sentence of a text against all sources. Citation marks ("[1]") are no part of what is checked."""
    whole = told_language(text)
    spans = sentences(text, detect_language(text))
    return [verify_sentence(text[span.start : span.end], sources, whole, nli) for span in spans]


def verify_sentence(
    sentence: str, sources: Sequence[Source], language: str | None = None, nli: Entailment | None = None
) -> CheckedSentence:
    """Check one sentence against the sources it cites.

    ``language`` ("id" or "en") is that of the text around it, for a sentence whose own words tell none ("Total: 1,500
    crore"); Indonesian unless given. ``nli`` decides ``content`` by meaning, in place of the share of words.
    """
    if not sources:
        return CheckedSentence(sentence, False, (Problem("citation", sentence, 0, len(sentence)),))
    language = told_language(sentence) or language or "id"
    claims = read_claims(_MARK.sub(lambda mark: " " * len(mark[0]), sentence), language)
    pieces = [Evidence.of(source) for source in sources]
    alignments = [align(claims.words, language, piece, _held_names(claims, piece)) for piece in pieces]
    figures = [[places_of_quantity(piece, quantity) for piece in pieces] for quantity in claims.quantities]
    days = [[places_of_day(piece, day) for piece in pieces] for day in claims.days]
    entailed = (
        nli.entails([_premise(alignment) for alignment in alignments], _MARK.sub("", sentence).strip()) if nli else None
    )
    problems = tuple(
        Problem(kind, sentence[start:end], start, end)
        for start, end, kind in sorted(_problems(claims, alignments, figures, days, entailed))
    )
    supported = all(problem.kind == "translation" for problem in problems)

    proofs = [
        _proof(alignment, [places[number] for places in figures], [places[number] for places in days])
        for number, alignment in enumerate(alignments)
    ]
    best = max(range(len(pieces)), key=lambda number: (proofs[number][0], -number))
    where = proofs[best][1]
    if where is None:
        return CheckedSentence(sentence, supported, problems)
    span = pieces[best].sentences[where].span
    return CheckedSentence(
        sentence, supported, problems, best, span.start if span else None, span.end if span else None
    )


def _proof(alignment: Alignment, figures: Sequence[set[int]], days: Sequence[set[int]]) -> tuple[float, int | None]:
    """The sentence of a source to show for a claim, and how much of it that holds: its words, figures and dates."""
    held = dict(alignment.weights)
    for places, share in [*((one, _FIGURE) for one in figures), *((one, _DAY) for one in days)]:
        for place in places - {NOWHERE}:
            held[place] = held.get(place, 0.0) + share
    best = max(held, key=lambda place: (held[place], -place), default=None)
    return (0.0, None) if best is None else (held[best], best)


def _premise(alignment: Alignment) -> str:
    """What an NLI model reads of a source: the title and the sentences that a claim may rest on, with their neighbours.

    Where none shares a word with it, how the source begins.
    """
    rows = alignment.evidence.sentences
    best = 0 if alignment.best is None else alignment.best
    wanted = {best - 1, best, best + 1, *alignment.near, *([len(rows) - 1] if rows and rows[-1].span is None else [])}
    # The title is the last of the sentences, and is read first.
    chosen = sorted(
        (place for place in wanted if 0 <= place < len(rows)), key=lambda place: (rows[place].span is not None, place)
    )
    return " ".join(rows[place].text for place in chosen)


def _held_names(claims: Claims, piece: Evidence) -> set[int]:
    """Where the words of names start that the source holds in any form."""
    held = set()
    for name in claims.names:
        held |= {token.start for token in name.words} - {
            token.start for token in missing(name, piece.names, claims.language)
        }
    return held


def _problems(
    claims: Claims,
    alignments: Sequence[Alignment],
    figures: Sequence[Sequence[set[int]]],
    days: Sequence[Sequence[set[int]]],
    entailed: bool | None,
) -> set[tuple[int, int, ProblemKind]]:
    """Everything that the sources do not say, as (start, end, kind).

    ``figures`` and ``days`` are the places of each quantity and day of the claim, in each of the sources; ``entailed``
    is an NLI model's verdict where there is one.
    """
    pieces = [alignment.evidence for alignment in alignments]
    found: set[tuple[int, int, ProblemKind]] = set()
    for start, end in claims.quotations:
        if not any(holds_quotation(piece, claims.text[start:end]) for piece in pieces):
            foreign = any(piece.language != claims.language for piece in pieces)
            found.add((start, end, "translation" if foreign else "quotation"))

    # What stands in a literal quotation is proven, in one that is not literal it is named already.
    quoted = [(start, end) for start, end in claims.quotations if (start, end, "translation") not in found]
    for day, places in zip(claims.days, days, strict=True):
        if not _inside(day, quoted) and not any(places):
            found.add((day.start, day.end, "date"))
    for quantity, places in zip(claims.quantities, figures, strict=True):
        if not _inside(quantity, quoted) and not any(places):
            found.add((quantity.start, quantity.end, _kind(f"quantity {quantity.unit}")))
    proven = len(claims.days) + len(claims.quantities) - len([one for one in found if one[2] not in _QUOTATIONS])
    for name in claims.names:
        if _inside(name, quoted):
            continue
        absent = min((missing(name, piece.names, claims.language) for piece in pieces), key=len)
        if absent:
            found.add((absent[0].start, absent[-1].end, "name"))

    best = max(alignments, key=lambda alignment: alignment.cover)
    enough = ENOUGH_COVER if best.evidence.language == claims.language else ENOUGH_COVER_TRANSLATED
    # A number or date that the source holds counts as one word of the sentence that it holds.
    covered = best.cover * best.total + proven >= enough * (best.total + proven)
    if claims.words and not (covered if entailed is None else entailed):
        found.add((0, len(claims.text), "content"))
        return found
    for item in substituted(claims, best):
        if not _inside(item, [(start, end) for start, end, _ in found]) and not _inside(item, quoted):
            found.add((item.start, item.end, _kind(item.type)))
    found.update((start, end, "negation") for start, end in contradicted(claims.text, claims.language, best))
    return found


def _inside(mention: Day | Quantity | Name | Item, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= mention.start and mention.end <= end for start, end in spans)


def _kind(type_: str) -> ProblemKind:
    """What to call a wrong item of a type."""
    if type_.startswith("quantity "):
        unit = type_.removeprefix("quantity ")
        return "amount" if unit in MONEY else "percentage" if unit == "%" else "date" if unit == CLOCK else "number"
    return "name" if type_ == "name" else "date"
