"""Columns: what a filter leaves is searched exactly, and the same whether few or many passages fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from index import Article, Index, vectors
from index.archive import PassageText, SealedRow
from index.columns import Columns
from index.lexicon import Filter

FIRST = date(2025, 1, 1)
ROWS = [
    SealedRow(
        id=3 * number + 1,
        source=("Kabar", "Suara", "")[number % 3],
        published=None if number % 7 == 0 else FIRST + timedelta(days=number),
        language="en" if number % 5 == 0 else "id",
        vector=None,
    )
    for number in range(200)
]
VECTORS = np.random.default_rng(1).normal(size=(len(ROWS), 8)).astype(np.float16)
WHOLE = Columns.of(ROWS, VECTORS)
FILTERS = [
    Filter(),
    Filter(sources=("Kabar",)),
    Filter(sources=("Kabar", "Suara"), language="en"),
    Filter(language="id", since=FIRST + timedelta(days=50)),
    Filter(until=FIRST + timedelta(days=20)),
    Filter(since=FIRST + timedelta(days=20), until=FIRST + timedelta(days=120), sources=("Suara",)),
    Filter(sources=("Tidak dikenal",)),
]


def fits(row: PassageText | SealedRow, only: Filter) -> bool:
    """The same said passage by passage."""
    dated = only.since is None and only.until is None
    if row.published is not None and not dated:
        dated = (only.since or date.min) <= row.published <= (only.until or date.max)
    return dated and row.source in (only.sources or (row.source,)) and row.language == (only.language or row.language)


@pytest.mark.parametrize("only", FILTERS, ids=str)
def test_a_filter_leaves_what_fits(only: Filter) -> None:
    """Row by row or by columns, the same passages fit; one without a date fits no window."""
    expected = [row.id for row in ROWS if fits(row, only)]
    assert expected == WHOLE.ids[WHOLE.fitting(only)].tolist()


def test_the_nearest_are_the_nearest() -> None:
    """By the cosines of all vectors."""
    question = np.ones(8, np.float32)
    rows = np.arange(0, len(ROWS), 2)
    some = VECTORS[rows].astype(np.float32)
    cosines = some @ question / np.linalg.norm(some, axis=1)
    expected = {ROWS[rows[place]].id: cosines[place] for place in np.argsort(-cosines)[:5]}
    assert expected == pytest.approx(dict(WHOLE.nearest(question, 5, rows)))
    assert len(rows) == len(WHOLE.nearest(question, 500, rows))
    assert [] == WHOLE.nearest(question, 5, rows[:0])


def test_written_in_parts_and_read_again(tmp_path: Path) -> None:
    """Parts with outlets of their own come back as one; none at all comes back as none."""
    parts = [Columns.of(ROWS[start : start + 30], VECTORS[start : start + 30]) for start in range(0, len(ROWS), 30)]
    for read in (Columns.joined(parts), Columns.save(tmp_path, parts), Columns.load(tmp_path)):
        assert read is not None
        assert [row.id for row in ROWS] == read.ids.tolist()
        assert [(row.source, row.language) for row in ROWS] == [tuple(one) for one in read.kinds[read.kind].tolist()]
        np.testing.assert_array_equal(VECTORS, read.vectors)
        np.testing.assert_array_equal(WHOLE.published, read.published)
    assert 0 == len(Columns.save(tmp_path, []).ids)
    assert Columns.load(tmp_path / "elsewhere") is None


def test_without_some() -> None:
    """What was removed is gone from every column."""
    left = WHOLE.without(np.array([1, 4, 7, 5000]))
    assert [row.id for row in ROWS[3:]] == left.ids.tolist()
    np.testing.assert_array_equal(VECTORS[3:], left.vectors)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """Ninety sealed articles of three outlets."""
    with Index.open(tmp_path_factory.mktemp("columns")) as opened:
        opened.add(
            Article(
                id=f"pasar-{number}",
                text=f"Pasar nomor {number} di kota {'abcdefghij'[number % 10]} dibuka oleh wali kota, kata warga.",
                source=f"Harian {number % 3}",
                published=FIRST + timedelta(days=number),
            )
            for number in range(90)
        )
        opened.rebuild()
        opened.remove(["pasar-30"])
        yield opened


@pytest.mark.parametrize("only", [Filter(sources=("Harian 0",)), Filter(since=FIRST + timedelta(days=10))], ids=str)
def test_one_result_whichever_way_it_is_found(index: Index, only: Filter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly, out of the nearest of all, or by Chroma where an earlier version built the generation."""
    exact = index._vectors.search("pasar nomor 30 dibuka", 10, only)
    sealed = index._vectors._state.sealed
    assert sealed is not None
    assert sealed.columns is not None
    fitting = {one.id for one in index._archive.passage_texts(1, 90) if fits(one, only)}
    assert 10 == len(exact)

    monkeypatch.setattr(vectors, "EXACT", 0)
    spread = index._vectors.search("pasar nomor 30 dibuka", 10, only)
    monkeypatch.setattr(index._vectors, "_state", replace(index._vectors._state, sealed=replace(sealed, columns=None)))
    older = index._vectors.search("pasar nomor 30 dibuka", 10, only)
    for found in (exact, spread, older):  # the last places may go to another of equal score: half precision
        assert {one for one, _ in found} <= fitting
        assert exact[0][0] == found[0][0]
        np.testing.assert_allclose([score for _, score in exact], [score for _, score in found], atol=1e-5)


def test_many_that_are_alike_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left is found although all that Chroma finds nearest is gone; and what is gone begins a rebuild."""
    monkeypatch.setattr(vectors, "_MOST_RESULTS", 20)
    monkeypatch.setattr("index.index.TAIL_LIMIT", 30)
    bulletins = [
        Article(f"Gempa bumi berkekuatan {number / 10} di Muria.", id=f"gempa-{number}") for number in range(40)
    ]
    others = [Article("Pasar apung dibuka wali kota.", id="pasar"), Article("Harga padi turun.", id="padi")]
    with Index.open(tmp_path) as index:
        index.add([*bulletins, *others])
        assert 1 == index.status().generation
        index.remove([one.id for one in bulletins[:30]])
        found = index._vectors.search("gempa bumi berkekuatan berapa", 12, Filter())
        assert 12 == len(found)
        index.remove([one.id for one in bulletins[30:]])
        found = index._vectors.search("gempa bumi berkekuatan berapa", 12, Filter())
        assert {41, 42} == {one for one, _ in found}
        index.add([Article("Sungai meluap.", id="sungai")])
        assert (2, 0) == ((status := index.status()).generation, status.tail)
