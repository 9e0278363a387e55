"""Files that move, archives that are replaced, adds that were cut short: nothing is lost and nothing goes stale."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

import index.index
from index import Article, Index, read_articles

OLD = "Wali Kota Waringin meresmikan Pasar Apung pada 3 Maret 2025. Pasar itu menelan biaya Rp 3 miliar."
NEW = "Gubernur Kalea membuka Jembatan Tambo pada 5 April 2025. Jembatan itu sepanjang 400 meter."


def texts(archive: Index) -> set[str]:
    """All texts in the archive."""
    return {one.text for one in archive.articles().articles}


def test_what_lies_where_a_moved_file_was_is_another_article(tmp_path: Path) -> None:
    """The moved one keeps its id, whichever of the two is read first."""
    folder = tmp_path / "berita"
    folder.mkdir()
    (folder / "terbaru.txt").write_text(OLD)
    with Index.open(tmp_path / "data") as archive:
        archive.add(read_articles(folder))
        before = archive.articles().articles[0].id
        (folder / "terbaru.txt").rename(folder / "z-rabu.txt")
        (folder / "terbaru.txt").write_text(NEW)
        archive.add(read_articles(folder))
        assert {OLD, NEW} == texts(archive)
        kept = archive.article(before)
        assert kept is not None
        assert OLD == kept.text


def test_the_two_in_batches_of_their_own(tmp_path: Path) -> None:
    """Then the moved one gets a new id; it is not lost."""
    place = tmp_path / "terbaru.txt"
    place.write_text(OLD)
    with Index.open(tmp_path / "data") as archive:
        archive.add(read_articles(place))
        place.rename(tmp_path / "z-rabu.txt")
        place.write_text(NEW)
        archive.add(read_articles(place))
        archive.add(read_articles(tmp_path / "z-rabu.txt"))
        assert {OLD, NEW} == texts(archive)
        report = archive.add(read_articles([place, tmp_path / "z-rabu.txt"]))
        assert (2, 0, 0) == (report.unchanged, report.added, report.updated)


def test_moved_and_then_edited(tmp_path: Path) -> None:
    """The new version takes the place of the old."""
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_text(OLD)
    with Index.open(tmp_path / "data") as archive:
        archive.add(read_articles(first))
        first.rename(second)
        archive.add(read_articles(second))
        second.write_text(OLD.replace("3 miliar", "4 miliar"))
        archive.add(read_articles(second))
        assert {OLD.replace("3 miliar", "4 miliar")} == texts(archive)


def test_a_corrected_title_stays_with_its_article(tmp_path: Path) -> None:
    """Its copies stay copies; the list of articles names them."""
    with Index.open(tmp_path) as archive:
        archive.add([Article(text=OLD, id="a", title="Pasra"), Article(text=OLD, id="b", title="Salinan")])
        archive.add([Article(text=OLD, id="a", title="Pasar")])
        found = archive.article("b")
        assert found is not None
        assert ("a", "Pasar") == (found.id, found.title)
        assert ["b"] == [copy.id for copy in found.copies]
        assert {"a": ["b"], "b": []} == {
            one.id: [copy.id for copy in one.copies] for one in archive.articles().articles
        }
        assert ["Pasar"] == [result.passage.title for result in archive.search("Pasar Apung")]


def test_another_archive_in_the_same_folder(tmp_path: Path) -> None:
    """The lexicon of the one that was there is made again."""
    with Index.open(tmp_path) as archive:
        archive.add([Article(text=f"{OLD} Nomor {number}.") for number in range(10)])
    for path in tmp_path.glob("archive.sqlite3*"):
        path.unlink()
    with Index.open(tmp_path) as archive:
        archive.add([Article(text=NEW, id="new")])
    with Index.open(tmp_path) as archive:
        (found,) = archive.search("Jembatan Tambo")
        assert 1 == found.lexical_rank
        assert archive.search("Pasar Apung")[0].lexical_rank is None


def test_an_add_that_was_cut_short_stops_no_later_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it stored without vectors gets them when a generation is built."""
    monkeypatch.setattr(index.index, "TAIL_LIMIT", 20)
    random, words = Random(1), [*sorted(set(OLD.split() + NEW.split()))]
    numbered = [Article(text=f"{' '.join(random.choices(words, k=12))} Nomor {n}.", id=str(n)) for n in range(400)]

    def cut_short() -> Iterator[Article]:
        yield from numbered[:300]
        raise KeyboardInterrupt

    with Index.open(tmp_path) as archive, pytest.raises(KeyboardInterrupt):
        archive.add(cut_short())
    with Index.open(tmp_path) as archive:
        assert 0 < archive.status().articles < 400
        archive.add(numbered[300:])
        assert archive.search("Nomor 399")


def test_several_open_a_new_folder_at_once(tmp_path: Path) -> None:
    """Each finds it or makes it."""
    code = "import sys; from index import Index; Index.open(sys.argv[1]).close()"
    opening = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "new")]) for _ in range(4)]
    assert [0, 0, 0, 0] == [process.wait() for process in opening]
