"""Which sentence of the sources a claim rests on, and how much of the claim its words cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from assistant.verification.evidence import NOWHERE, Evidence
from index.dictionary import Dictionary
from index.language import STOP_WORDS, Word, stem, words

__all__ = ["Alignment", "align", "claim_words", "keys"]

_RARE: Final = 1.5  # the weight of a word that the dictionary does not know: a name or a special term
_FAINT: Final = 0.3  # the weight of a word that says who speaks rather than what
_LIKELY: Final = 0.05  # translations less probable than this prove nothing
_NEARBY: Final = 0.6  # a sentence that covers this share of what the best one covers may be meant as well
_MOST_NEAR: Final = 8
_SAYING: Final = frozenset(
    """artikel berita sumber laporan tulisan article articles source sources report reports reported according based
    ujar tutur ungkap imbuh tambah sebut jelas papar terang kata katanya ujarnya tuturnya mengatakan menyatakan
    menyebut disebut menyebutkan disebutkan menjelaskan dijelaskan mengungkapkan diungkapkan menuturkan dikatakan
    menurutnya said says stated told added mentioned mentions states explained explains noted quoted""".split()
)


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where a claim rests in one source.

    ``weights`` is what each sentence covers of the claim's weight, ``best`` the one that covers most, ``near`` every
    sentence that covers nearly as much. The covers, 0..1, are those of the best sentence, and of it with its neighbours
    and the near ones; ``total`` is the claim's weight.
    """

    evidence: Evidence
    weights: Mapping[int, float]
    best: int | None
    near: frozenset[int]
    best_cover: float
    cover: float
    total: float


def claim_words(text: str, language: str) -> list[Word]:
    """The words of a claim that say something: no stop words, no digits, no single letters."""
    stop = STOP_WORDS["en" if language == "en" else "id"]
    return [
        word
        for word in words(text)
        if word.folded not in stop and len(word.folded) > 1 and not word.folded[0].isdecimal()
    ]


@lru_cache(maxsize=50_000)
def keys(word: str, language: str, other: str) -> tuple[str, ...]:
    """What a word of a claim may be called in a source of the other language: itself, stems, translations."""
    found = {word, stem(word, other)}
    if language != other:
        ways = Dictionary.load().translations(stem(word, language), language)
        found.update(way.stem for way in ways if way.probability >= _LIKELY)
    return tuple(sorted(found))


@lru_cache(maxsize=50_000)
def weight(word: str, language: str) -> float:
    """How much a word says."""
    if word in _SAYING:
        return _FAINT
    return 1.0 if Dictionary.load().translations(stem(word, language), language) else _RARE


def align(claim: Sequence[Word], language: str, evidence: Evidence, held: Set[int] = frozenset()) -> Alignment:
    """Align the words of a claim with the sentences of one source.

    ``held`` are the starts of words that the source holds in a form that no stem or translation shows ("KPK").
    """
    other = evidence.language
    scores: dict[int, float] = {}
    places: list[tuple[float, set[int]]] = []
    total = 0.0
    for word in claim:
        share = weight(word.folded, language)
        total += share
        hits = {place for key in keys(word.folded, language, other) for place in evidence.postings.get(key, ())}
        if not hits and word.start in held:
            hits = {NOWHERE}
        places.append((share, hits))
        for place in hits:
            scores[place] = scores.get(place, 0.0) + share
    elsewhere = scores.pop(NOWHERE, 0.0)
    if not scores:
        cover = elsewhere / total if total else 0.0
        return Alignment(evidence, scores, None, frozenset(), cover, cover, total)
    best = max(scores, key=lambda place: (scores[place], -place))
    close = [place for place, score in scores.items() if score >= _NEARBY * scores[best]]
    near = frozenset(sorted(close, key=lambda place: (-scores[place], place))[:_MOST_NEAR])
    window = {NOWHERE, best - 1, best, best + 1} | near
    covered = sum(share for share, hits in places if not hits.isdisjoint(window))
    return Alignment(evidence, scores, best, near, (scores[best] + elsewhere) / total, covered / total, total)
