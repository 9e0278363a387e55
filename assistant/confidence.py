"""How sure an answer is: one calibrated probability, and the two thresholds that turn it into three outcomes.

A logistic regression on a few plain numbers, fitted by `training/reader_confidence.py` on held-out questions of
three sorts: answerable, asked of an article that does not answer them, and answerable with the answer's article
taken out of the archive.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from assistant.reader import MODEL, Evidence
from assistant.reading_words import question_kind
from index import SearchResult

__all__ = ["FEATURES", "Confidence", "ConfidenceFeatures", "best_evidence", "features_of"]

FEATURES: Final = (
    "best", "margin", "coverage", "sentence_coverage", "retrieval", "gap", "dense", "explains", "crosses_languages",
)  # fmt: skip
_EXPLAINS: Final = ("why", "how")
_STEEPEST: Final = 30.0  # beyond this a logistic is 0 or 1 in any case, and exp would overflow


@dataclass(frozen=True, slots=True)
class ConfidenceFeatures:
    """What confidence is judged by.

    ``best`` is the score of the evidence shown first, ``margin`` what it has more than the best other passage;
    ``coverage`` and ``sentence_coverage`` are the evidence's. ``retrieval`` is its passage's search score over the
    highest one read, ``gap`` the share by which the first search result leads the second, ``dense`` its passage's
    cosine (0 without one). ``kind`` is one of `assistant.reading_words.QUESTION_KINDS`.
    """

    best: float
    margin: float
    coverage: float
    sentence_coverage: float
    retrieval: float
    gap: float
    dense: float
    kind: str
    crosses_languages: bool

    def values(self) -> tuple[float, ...]:
        """The numbers of FEATURES, in their order."""
        return (
            self.best, self.margin, self.coverage, self.sentence_coverage, self.retrieval, self.gap, self.dense,
            float(self.kind in _EXPLAINS), float(self.crosses_languages),
        )  # fmt: skip


def features_of(
    question: str, language: str, results: Sequence[SearchResult], evidence: Sequence[Evidence], chosen: int
) -> ConfidenceFeatures:
    """``results[i]`` is the search result that ``evidence[i]`` was read in; ``chosen`` is the one shown first."""
    found = evidence[chosen]
    others = [each.score for each in evidence if each.passage != found.passage]
    scores = sorted((result.score for result in results), reverse=True)
    top = max(scores[0], 1e-6)
    return ConfidenceFeatures(
        best=found.score,
        margin=found.score - max(others) if others else 0.0,
        coverage=found.coverage,
        sentence_coverage=found.sentence_coverage,
        retrieval=results[chosen].score / top,
        gap=(scores[0] - scores[1]) / top if len(scores) > 1 else 1.0,
        dense=results[chosen].dense_score or 0.0,
        kind=question_kind(question, language),
        crosses_languages=results[chosen].passage.language != language,
    )


@dataclass(frozen=True, slots=True)
class Confidence:
    """The fitted numbers.

    At ``answer`` and above, an answer is shown as one; from ``closest`` to there, as the closest passage; below,
    as not in the articles. ``retrieval_weight`` is what a passage's search score counts for beside the reader's.
    """

    answer: float
    closest: float
    retrieval_weight: float
    bias: float
    weights: tuple[float, ...]  # in the order of FEATURES

    @classmethod
    def load(cls, folder: Path | None = None) -> Confidence:
        """The shipped numbers, or those of another folder."""
        told = json.loads(((folder or MODEL) / "confidence.json").read_text(encoding="utf-8"))
        weights = tuple(float(told["weights"][name]) for name in FEATURES)
        return cls(told["answer"], told["closest"], told["retrieval_weight"], told["bias"], weights)

    def probability(self, features: ConfidenceFeatures) -> float:
        """The chance, 0..1, that the evidence shown first answers the question."""
        total = self.bias + sum(w * v for w, v in zip(self.weights, features.values(), strict=True))
        return 1.0 / (1.0 + math.exp(-max(-_STEEPEST, min(_STEEPEST, total))))


@cache
def _shipped() -> Confidence:
    return Confidence.load()


def best_evidence(results: Sequence[SearchResult], evidence: Sequence[Evidence], weight: float | None = None) -> int:
    """Which evidence to show first: the reader's score plus ``weight`` times the search score over the highest."""
    weight = _shipped().retrieval_weight if weight is None else weight
    top = max(1e-6, *(result.score for result in results))
    return max(range(len(evidence)), key=lambda place: evidence[place].score + weight * results[place].score / top)
