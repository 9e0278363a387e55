"""How a generation is filled: Chroma persists now and then, and surely with the last row."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Article, Index
from index.archive import Archive
from index.chroma import CALL, LOGGED, calls
from index.embedding import open_embedder
from index.generation import build


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
