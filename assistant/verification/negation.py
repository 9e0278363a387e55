"""What a sentence negates, in Indonesian and English."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from assistant.verification.alignment import Alignment, keys
from index.language import STOP_WORDS, Word, words

__all__ = ["contradicted"]

_NEGATORS: Final = frozenset(
    """tidak tak bukan belum tanpa jangan enggak nggak gak ngga tiada tidaklah bukanlah belumlah tidakkah
    not no never without none nobody nothing neither nor cannot dont doesnt didnt isnt arent wasnt werent hasnt havent
    hadnt wont wouldnt cant couldnt shouldnt mustnt aint""".split()
)
# "tidak hanya", "not only": nothing is negated. "tidak kurang dari" says how many.
_NOT_NEGATING: Final = frozenset(
    "hanya cuma sekadar sekedar saja lain kurang only just merely least sampai more longer less other doubt".split()
)
# Verbs that deny by themselves; a claim may say either ("menolak hadir", "tidak hadir").
_DENYING: Final = frozenset(
    """gagal menolak ditolak tolak membantah dibantah bantah melarang dilarang larang mencegah cegah menghindari hindari
    kurang sulit batal dibatalkan membatalkan berhenti enggan hilang habis kehilangan mustahil absen kecuali nihil nol
    fail failed fails failing refuse refused refuses deny denied denies reject rejected prevent prevented avoid avoided
    lack lacks lacked unable stop stopped ban banned prohibited forbidden hardly barely rarely cancel cancelled canceled
    impossible absent except lost""".split()
)
_DENYING_FORM: Final = re.compile(r"(?:un|in|im|ir|il|non|dis|mis)\w{4,}|\w{3,}less")
_BORDER: Final = re.compile(
    r"[,;:.!?()\"“”]|\b(?:tetapi|tapi|namun|melainkan|but|however|because|karena|yang|who|which)\b"
)
_SAME_WORDS: Final = 0.8  # this and the next two: benchmarks/verifier.py, development half
_SAME_WORDS_TRANSLATED: Final = 0.65
_LITERAL: Final = 0.95
_REACH: Final = 4  # words between a negator and what it negates, stop words included


@dataclass(frozen=True, slots=True)
class _Polarity:
    """A content word and how it is said: "yes", "no" (``negator`` is where), or "either" near a denying verb."""

    word: Word
    said: str
    negator: Word | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    """The content words of a sentence with their polarity, and its negators."""

    polarities: tuple[_Polarity, ...]
    negators: tuple[Word, ...]


@lru_cache(maxsize=2048)
def _read(text: str, language: str) -> _Reading:
    """Each content word of a sentence with its polarity: the first one within reach behind a negator is negated."""
    stop = STOP_WORDS[language] | _NEGATORS
    borders = [match.start() for match in _BORDER.finditer(text)]
    passed = 0  # borders behind us
    found: list[_Polarity] = []
    negators: list[Word] = []
    negator: Word | None = None
    negated = False  # whether the negator's own word has come
    since_negator = since_denial = _REACH + 1
    row = words(text)
    for position, word in enumerate(row):
        while passed < len(borders) and borders[passed] <= word.start:
            negator = None
            passed += 1
        since_negator += 1
        since_denial += 1
        if word.folded in _NEGATORS:
            after = row[position + 1].folded if position + 1 < len(row) else ""
            # A second negation takes the first back.
            twice = negator is not None and not negated
            negator = None if after in _NOT_NEGATING or twice else word
            negators += [word] if negator is word else []
            negated, since_negator = False, 0
            continue
        if word.folded in _DENYING or _DENYING_FORM.fullmatch(word.folded):
            since_denial = 0
        if word.folded in stop or (len(word.folded) < 2 and not word.folded.isdecimal()):
            continue
        reached = negator is not None and since_negator <= _REACH
        if reached and not negated and since_denial:
            found.append(_Polarity(word, "no", negator))
        else:
            # What else stands behind a negator may or may not be negated with it.
            found.append(_Polarity(word, "either" if reached or since_denial <= _REACH else "yes"))
        negated = True
    return _Reading(tuple(found), tuple(negators))


def contradicted(text: str, language: str, alignment: Alignment) -> list[tuple[int, int]]:
    """What a sentence negates and its evidence does not, or the other way round, as (start, end) in ``text``."""
    if alignment.best is None:
        return []
    piece = alignment.evidence
    claimed = _read(text, language)
    best = _read(piece.sentences[alignment.best].text, piece.language)
    said: dict[str, set[str]] = {}
    nearby: dict[str, set[str]] = {}
    for place in alignment.near:
        table = said if place == alignment.best else nearby
        for polarity in _read(piece.sentences[place].text, piece.language).polarities:
            for key in keys(polarity.word.folded, piece.language, piece.language):
                table.setdefault(key, set()).add(polarity.said)
    found = []
    for polarity in claimed.polarities:
        own = keys(polarity.word.folded, language, piece.language)
        seen = {how for key in own for how in said.get(key, ())}
        seen = seen or {how for key in own for how in nearby.get(key, ())}
        opposite = {"yes": "no", "no": "yes"}.get(polarity.said)
        if opposite is not None and seen == {opposite}:
            found.append(((polarity.negator or polarity.word).start, polarity.word.end))
    if not found and _differ(claimed, best, language, alignment):
        shown = claimed.negators or [polarity.word for polarity in claimed.polarities]
        found = [(shown[0].start, shown[-1].end)]
    return found


def _differ(claimed: _Reading, best: _Reading, language: str, alignment: Alignment) -> bool:
    """Whether a sentence and its evidence say all the same words, one with a negation and one without."""
    piece = alignment.evidence
    mine = {key for polarity in claimed.polarities for key in keys(polarity.word.folded, language, piece.language)}
    theirs = [keys(polarity.word.folded, piece.language, piece.language) for polarity in best.polarities]
    literal = language == piece.language
    enough = _SAME_WORDS if literal else _SAME_WORDS_TRANSLATED
    shared = sum(not mine.isdisjoint(own) for own in theirs)
    if not claimed.polarities or alignment.best_cover < enough or shared < enough * len(theirs):
        return False
    if literal and alignment.best_cover >= _LITERAL:
        return len(claimed.negators) != len(best.negators)
    plain = claimed if best.negators else best
    return bool(claimed.negators) != bool(best.negators) and all(one.said == "yes" for one in plain.polarities)
