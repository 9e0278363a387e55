"""How a generation is filled: Chroma persists now and then, and surely with the last row."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.health import look
from index import ArchiveError, Article, Index, chroma_folder
from index.archive import Archive, Generation
from index.chroma import CALL, LOGGED, calls, configuration
from index.embedding import open_embedder
from index.generation import build
from index.lexicon import Filter

WORDS = "banjir desa warga feri tarif wali kota pasar sawah kapal karam padi panen jembatan sekolah hujan".split()


@given(st.integers(0, 3_000_000) | st.integers(20_000_000, 60_000_000))
def test_the_last_row_persists_them_all(rows: int) -> None:
    """However many rows: no call is too big, the log stays short, and nothing is left in it."""
    size, threshold = calls(rows)
    assert 0 < size <= CALL
    logged = longest = 0
    for start in range(0, rows, size):
        logged += min(size, rows - start)
        longest = max(longest, logged)
        if logged >= threshold:
            logged = 0
    assert 0 == logged
    assert rows > 20_000_000 or longest <= LOGGED + CALL


def _build(folder: Path) -> Generation:
    archive = Archive.open(f"sqlite:///{folder / 'archive.sqlite3'}")
    archive.close()
    return build(folder, archive.url, "", open_embedder("").name, lambda done, total: None)


def test_passages_that_are_nearly_alike(tmp_path: Path) -> None:
    """A graph of Chroma's own loses one in five of these; one with more edges is built, and finds them."""
    with Index.open(tmp_path) as index:
        index.add(
            Article(f"Harga emas hari ini naik {number} rupiah per gram di pasar.", id=f"{number:03}")
            for number in range(1000)
        )
        assert 1000 == _build(tmp_path).passages
        assert (1, 0) == ((status := index.status()).generation, status.tail)
        asked = index._archive.passage_texts(1, 1000)[::20]
        found = [index._vectors.search(one.text, 1, Filter())[0][0] for one in asked]
        assert 45 <= sum(one.id == nearest for one, nearest in zip(asked, found, strict=True))


def test_a_broken_graph_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where also a second one does not find what it holds, nothing is published and nothing stays."""
    broken = {"max_neighbors": 2, "ef_construction": 2, "ef_search": 1}
    monkeypatch.setattr(
        chroma_folder, "configuration", lambda *given: {"hnsw": {**configuration(*given)["hnsw"], **broken}}
    )
    with Index.open(tmp_path) as index:
        index.add(
            Article(f"{' '.join(Random(number).choices(WORDS, k=20))} nomor {number}.", id=f"{number:03}")
            for number in range(600)
        )
        with pytest.raises(ArchiveError, match=r"does not find \d+ of 50 passages; it was not put to use"):
            _build(tmp_path)
        assert [] == list((tmp_path / "generations").iterdir())
        assert (None, 600) == ((status := index.status()).generation, status.tail)


def test_an_add_outlives_a_generation_that_cannot_be_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was added is searched exactly, and health says why; as much again begins another."""
    monkeypatch.setattr("index.index.TAIL_LIMIT", 10)
    (tmp_path / "generations").write_text("in the way")
    articles = [Article(f"Kapal nomor {number} berlayar ke Muria.", id=f"{number:03}") for number in range(40)]
    with Index.open(tmp_path) as index:
        assert 15 == index.add(articles[:15]).added
        assert (None, 15) == ((status := index.status()).generation, status.tail)
        assert "007" == index.search("kapal nomor 7", top_k=1)[0].passage.article_id
        (why,) = look(index).why
        assert "searched exactly" in why
        assert "the rebuild failed" in why
        (tmp_path / "generations").unlink()
        index.add(articles[15:20])
        assert index.unbuilt()
        index.add(articles[20:])
        assert (1, 0) == ((status := index.status()).generation, status.tail)
        assert () == look(index).why


def test_a_generation_that_was_persisted_several_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds every row, finds them, and nothing waits in its log, where the last part is not full."""
    monkeypatch.setattr("index.chroma.CALL", 7)
    monkeypatch.setattr("index.chroma.LOGGED", 30)
    steps: list[tuple[int, int]] = []
    with Index.open(tmp_path) as index:
        index.add([Article(f"Kapal nomor {number} berlayar ke Muria.", id=f"{number:03}") for number in range(101)])
        archive = Archive.open(f"sqlite:///{tmp_path / 'archive.sqlite3'}")
        url, model = archive.url, open_embedder("").name
        archive.close()
        made = build(tmp_path, url, "", model, lambda done, total: steps.append((done, total)))
        assert (101, 1) == (made.passages, made.number)
        assert len(steps) > 101 // 7
        assert (101, 101) == steps[-1]
        with closing(sqlite3.connect(tmp_path / "generations/000001/chroma.sqlite3")) as database:
            (waiting,) = database.execute("SELECT count(*) FROM embeddings_queue").fetchone()
            assert waiting <= 1  # Chroma keeps the newest
        assert (1, 0) == ((status := index.status()).generation, status.tail)
        assert "077" == index.search("kapal nomor 77", top_k=1)[0].passage.article_id
