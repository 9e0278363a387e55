"""An archive takes as much as it may, and says so of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index import ArchiveError, Article, Index, Limits
from index.index import FULL


def _articles(first: int, last: int) -> list[Article]:
    return [Article(f"Berita nomor {number} dari Sangalaya.", id=f"a{number}") for number in range(first, last)]


def test_the_first_articles_are_taken_and_the_rest_refused(tmp_path: Path) -> None:
    """With a reason for each; what is there may be read again and corrected, and room is made by removing."""
    with Index.open(tmp_path, limits=Limits(articles=5)) as index:
        report = index.add(_articles(0, 8))
        assert (5, ["a5", "a6", "a7"]) == (report.added, [one.path for one in report.rejected])
        assert {FULL} == {one.reason for one in report.rejected}
        again = index.add([*_articles(0, 4), Article("Berita yang dibetulkan.", id="a4"), *_articles(9, 10)])
        assert (4, 1, 0, ["a9"]) == (again.unchanged, again.updated, again.added, [one.path for one in again.rejected])
        index.remove(["a0"])
        assert (1, ()) == ((report := index.add(_articles(9, 10))).added, report.rejected)
        assert 5 == index.status().articles


def test_copies_count(tmp_path: Path) -> None:
    """They take a place of the archive too."""
    with Index.open(tmp_path, limits=Limits(articles=1)) as index:
        report = index.add([Article("Berita yang sama.", id="a"), Article("Berita yang sama.", id="b")])
        assert (1, 0, 1) == (report.added, report.copied, len(report.rejected))


def test_bytes_on_disk(tmp_path: Path) -> None:
    """What is derived counts; an archive that is over its limit can still be searched."""
    with Index.open(tmp_path) as index:
        index.add(_articles(0, 3))
        size = index.size()  # its write-ahead log too, which goes when it is closed
    with Index.open(tmp_path, limits=Limits(bytes=size // 2)) as index:
        report = index.add(_articles(3, 5))
        assert (0, 2) == (report.added, len(report.rejected))
        assert index.search("berita Sangalaya")
    with Index.open(tmp_path, limits=Limits(bytes=100 * size)) as index:
        assert 2 == index.add(_articles(3, 5)).added


def test_an_import_that_does_not_fit_brings_nothing(tmp_path: Path) -> None:
    """It is all or nothing."""
    with Index.open(tmp_path, limits=Limits(articles=5)) as index:
        index.add(_articles(0, 3))
        with pytest.raises(ArchiveError, match="Nothing was added"):
            index.restore(_articles(3, 6))
        assert 3 == index.status().articles
        assert 2 == index.restore(_articles(3, 5)).added


def test_bytes_are_counted_while_an_import_runs(tmp_path: Path) -> None:
    """Before each batch, so that a file cannot fill the disk; what is there may be brought in again."""
    brought = 0

    def growing() -> Iterator[Article]:
        nonlocal brought
        for brought, one in enumerate(_articles(0, 1_000), 1):
            if brought == 300:  # SQLite writes what one transaction brings when it is more than 64 MB
                (tmp_path / "written").write_bytes(bytes(4_000_000))
            yield one

    with Index.open(tmp_path, limits=Limits(bytes=3_000_000)) as index:
        with pytest.raises(ArchiveError, match="Nothing was added"):
            index.restore(growing())
        assert brought == 512
        assert 0 == index.status().articles
    with Index.open(tmp_path) as index:
        index.restore(_articles(0, 300))
    with Index.open(tmp_path, limits=Limits(bytes=1_000_000)) as index:
        assert 300 == index.restore(_articles(0, 300)).unchanged
