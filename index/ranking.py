"""How two legs become one list: the measured fusion, and near-duplicates folded together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from index.articles import Copy, SearchResult

__all__ = ["DENSE_WEIGHT", "NEAR_DUPLICATE", "Fused", "collapse", "fuse"]

# Chosen on held-out news questions by benchmarks/retrieval.py (training/embedder.md has the table).
DENSE_WEIGHT: Final = 1.0
# Two passages that share this part of the shorter one's words tell the same thing in the same words.
NEAR_DUPLICATE: Final = 0.8
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Fused:
    """A passage id with its fused score and what each leg gave it."""

    id: int
    score: float
    lexical_rank: int | None
    lexical_score: float | None
    dense_rank: int | None
    dense_score: float | None


def fuse(
    lexical: Sequence[tuple[int, float]], dense: Sequence[tuple[int, float]], dense_weight: float = DENSE_WEIGHT
) -> list[Fused]:
    """Score = BM25 / (the best BM25 of this question) + weight * cosine; a leg that missed a passage adds nothing.

    Both legs are (id, score), best first. MODELS.md measured this sum above BM25 alone, reciprocal rank
    fusion below it. Ties go to the lower id, so that the order is always the same.
    """
    best = lexical[0][1] if lexical else 1.0
    lexical_of = {passage_id: (rank, score) for rank, (passage_id, score) in enumerate(lexical, 1)}
    dense_of = {passage_id: (rank, score) for rank, (passage_id, score) in enumerate(dense, 1)}
    fused = []
    for passage_id in lexical_of.keys() | dense_of.keys():
        lexical_rank, lexical_score = lexical_of.get(passage_id, (None, None))
        dense_rank, dense_score = dense_of.get(passage_id, (None, None))
        score = (lexical_score or 0.0) / best + dense_weight * (dense_score or 0.0)
        fused.append(Fused(passage_id, score, lexical_rank, lexical_score, dense_rank, dense_score))
    return sorted(fused, key=lambda one: (-one.score, one.id))


def collapse(results: Sequence[SearchResult], limit: int) -> list[SearchResult]:
    """The first ``limit`` results that differ; a near-copy from another article joins the ``also_in`` of the first."""
    kept: list[SearchResult] = []
    vocabularies: list[frozenset[str]] = []
    for result in results:
        vocabulary = frozenset(_WORD.findall(result.passage.text.lower()))
        twin = next(
            (
                number
                for number, other in enumerate(vocabularies)
                if kept[number].passage.article_id != result.passage.article_id and _alike(vocabulary, other)
            ),
            None,
        )
        if twin is not None:
            kept[twin] = _with_copy(kept[twin], result)
        elif len(kept) < limit:
            kept.append(result)
            vocabularies.append(vocabulary)
        else:
            break
    return kept


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    shorter = min(len(one), len(other))
    return shorter > 0 and len(one & other) >= NEAR_DUPLICATE * shorter and 2 * shorter >= max(len(one), len(other))


def _with_copy(result: SearchResult, twin: SearchResult) -> SearchResult:
    passage = twin.passage
    copy = Copy(passage.article_id, passage.title, passage.source, passage.published, passage.url)
    also_in = tuple({other.id: other for other in (*result.also_in, copy, *twin.also_in)}.values())
    return SearchResult(
        result.passage,
        result.score,
        result.lexical_rank,
        result.lexical_score,
        result.dense_rank,
        result.dense_score,
        also_in,
    )
