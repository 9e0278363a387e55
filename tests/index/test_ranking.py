"""Fusion and the folding of near-copies."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles import Passage, SearchResult
from index.ranking import collapse, fuse

legs = st.dictionaries(st.integers(1, 30), st.floats(0.01, 50), max_size=20).map(
    lambda scores: sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))
)


@given(legs, legs)
def test_fusion_keeps_every_passage_once_and_in_order(
    lexical: list[tuple[int, float]], dense: list[tuple[int, float]]
) -> None:
    """The union of both legs comes out, best first, and each leg's rank is what it was."""
    fused = fuse(lexical, dense, 20, 40)
    assert {one for one, _ in lexical} | {one for one, _ in dense} == {one.id for one in fused}
    assert len(fused) == len({one.id for one in fused})
    assert [one.score for one in fused] == sorted((one.score for one in fused), reverse=True)
    for one in fused:
        assert one.lexical_rank is None or lexical[one.lexical_rank - 1] == (one.id, one.lexical_score)
        assert one.dense_rank is None or dense[one.dense_rank - 1] == (one.id, one.dense_score)


@given(legs, legs)
def test_a_better_score_in_one_leg_never_hurts(
    lexical: list[tuple[int, float]], dense: list[tuple[int, float]]
) -> None:
    """Of two passages that one leg scores alike, the other leg's order decides."""
    fused = fuse(lexical, dense, 20, 40)
    for one in fused:
        for other in fused:
            if one.lexical_score == other.lexical_score and (one.dense_score or 0) > (other.dense_score or 0):
                assert one.score >= other.score or other.dense_score is None


def test_a_passage_that_a_leg_left_out_gets_that_legs_last_score() -> None:
    """Missing from a full list means no better than its last entry, not worthless."""
    fused = {one.id: one.score for one in fuse([(1, 4.0), (2, 2.0)], [(3, 0.8), (1, 0.4)], 2, 9)}
    assert {1: 1.0 + 0.75 * 0.4, 2: 0.5 + 0.75 * 0.4, 3: 0.5 + 0.75 * 0.8} == pytest.approx(fused)


def _result(passage_id: int, article_id: str, text: str) -> SearchResult:
    return SearchResult(
        Passage(passage_id, article_id, 0, len(text), text, source=f"Koran {article_id}"), 1.0 / passage_id
    )


def test_a_syndicated_passage_is_folded_into_the_first() -> None:
    """The same story in another outlet takes no place of its own; it is named in ``also_in``."""
    story = "Banjir merendam tiga desa di Sangalaya pada Senin malam dan memaksa ratusan warga mengungsi ke balai kota."
    results = collapse(
        [_result(1, "a", story), _result(2, "b", story + " Demikian."), _result(3, "c", "Harga beras naik.")], 5
    )
    assert [result.passage.article_id for result in results] == ["a", "c"]
    assert [(copy.id, copy.source) for copy in results[0].also_in] == [("b", "Koran b")]


def test_two_passages_of_one_article_are_never_folded() -> None:
    """Overlap inside an article is not syndication."""
    text = "Banjir merendam tiga desa di Sangalaya pada Senin malam."
    assert len(collapse([_result(1, "a", text), _result(2, "a", text)], 5)) == 2


STORY = "Banjir merendam tiga desa di Sangalaya pada Senin malam dan memaksa 250 warga mengungsi ke balai kota."


def test_the_first_archived_stands_for_its_copies() -> None:
    """However well a later copy fits, it is named beside the first, in the place that it would have had."""
    results = collapse([_result(7, "late", STORY + " Demikian."), _result(3, "c", "Beras."), _result(5, "a", STORY)], 5)
    assert [("a", 1 / 7), ("c", 1 / 3)] == [(result.passage.article_id, result.score) for result in results]
    assert ["late"] == [copy.id for copy in results[0].also_in]


def test_a_copy_with_another_figure_is_no_copy() -> None:
    """It says otherwise, and a reader has to see both."""
    results = collapse([_result(1, "a", STORY), _result(2, "b", STORY.replace("250", "950"))], 5)
    assert ["a", "b"] == [result.passage.article_id for result in results]


def _of_outlets(*outlets: str) -> list[SearchResult]:
    return [
        SearchResult(Passage(place, f"a{place}", 0, 9, f"Cerita nomor {place}", source=outlet), 1.0 - place / 100)
        for place, outlet in enumerate(outlets)
    ]


def test_one_outlet_leaves_room_for_others() -> None:
    """Half of the results at most, where another outlet's fit nearly as well; none where nobody else says anything."""
    mixed = collapse(_of_outlets("A", "A", "A", "A", "A", "B", "C"), 4)
    assert ["A", "A", "B", "C"] == [result.passage.source for result in mixed]
    assert ["A"] * 4 == [result.passage.source for result in collapse(_of_outlets(*"AAAAA"), 4)]
    far = [*_of_outlets(*"AAAA"), replace(_of_outlets("B")[0], score=0.1)]
    assert ["A"] * 4 == [result.passage.source for result in collapse(far, 4)]
