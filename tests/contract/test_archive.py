"""What an archive does, whether it is a file or a database on PostgreSQL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from index import Article, BusyError, Copy, Index, MonthCount
from tests.conftest import ROOT

ARTICLES = [
    Article("Panen padi di Wanareja melimpah.", title="panen", id="1", source="Harian", published=date(2025, 1, 9)),
    Article("Harga padi turun.", title="Harga", id="2", source="Kabar", published=date(2025, 1, 9)),
    Article(
        "The rice harvest in Wanareja was large.", title="Zebra", id="3", source="Post", published=date(2025, 3, 1)
    ),
    Article("Sawah dijual, padi tidak.", title="Apa", id="4", source="harian"),
    Article("Rel kereta diperbaiki.", title="Rel", id="5", source="Harian", published=date(2024, 12, 31)),
    Article("Rel kereta diperbaiki.", title="Rel", id="6", source="Kabar", published=date(2025, 1, 2)),
    Article("Kapal berlayar.", title="Énergi 50%", id="É", source="Élan", published=date(2025, 1, 3)),
]
WRITE = """
import os, sys
from index import Article, Index
index = Index.open(sys.argv[1], archive=os.environ["PLACE"])
def articles():
    yield Article("Kapal karam di Selat Muria.", id="karam")
    print("writing", flush=True)
    sys.stdin.read()
index.add(articles())
"""


def _ids(index: Index, **asked: object) -> list[str]:
    return [one.id for one in index.articles(**asked).articles]  # type: ignore[arg-type]


def _writer(folder: Path, place: str) -> subprocess.Popen[str]:
    """Another process that holds the writer lock until its standard input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITE, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PLACE": place},
    )
    assert process.stdout is not None
    assert "writing\n" == process.stdout.readline()
    return process


def test_articles_come_change_and_go(index: Index) -> None:
    """Each is found with its words as long as it is there, and its passage ids are never used again."""
    assert 2 == index.add([Article("Gunung Sari meletus.", id="a"), Article("Sungai meluap.", id="b")]).added
    assert ["a"] == [one.passage.article_id for one in index.search("Gunung Sari meletus", top_k=1)]
    first = [one.id for one in index.passages("b")]

    assert 1 == index.add([Article("Sungai surut.", id="b")]).updated
    assert "Sungai surut." == index.search("sungai surut", top_k=1)[0].passage.text
    assert 1 == index.remove(["b", "nobody"])
    assert index.article("b") is None
    assert 1 == index.add([Article("Sungai meluap.", id="b")]).added
    assert [one.id for one in index.passages("b")] > [one + 1 for one in first]
    assert 1 == index.add([Article("Sungai meluap.", id="b")]).unchanged
    assert (2, 0, 2, 0) == (
        (status := index.status()).articles,
        status.copies,
        status.passages,
        status.lexicon_behind,
    )


def test_passages_are_cut_by_characters(index: Index) -> None:
    """Letters of many bytes count as one: what is quoted is what stands there."""
    text = " ".join(f"Café “Ñandú” 🦉 nomor {number} dibuka — pengunjung senang." for number in range(120))
    index.add([Article(text, id="a")])
    passages = index.passages("a")
    assert len(passages) > 1
    assert [one.text for one in passages] == [text[one.start : one.end] for one in passages]


def test_copies(index: Index) -> None:
    """The first stands for the text; when it goes, the copy takes its place."""
    report = index.add(ARTICLES)
    assert (6, 1) == (report.added, report.copied)
    found = index.article("6")
    assert found is not None
    assert ("5", (Copy("6", "Rel", "Kabar", date(2025, 1, 2), ""),)) == (found.id, found.copies)
    assert ("6",) == tuple(copy.id for copy in index.search("rel kereta", top_k=1)[0].also_in)
    index.remove(["5"])
    assert "6" == index.search("rel kereta diperbaiki", top_k=1)[0].passage.article_id


def test_counts_follow_whoever_writes(index: Index, place: str) -> None:
    """What is counted once is counted again when anybody has added an article, also a copy, or removed one."""
    index.add(ARTICLES[:4])
    assert ["Harian", "Kabar", "harian"] == [one for one in index.sources() if one != "Post"]
    with Index.open(index.folder, archive=place) as other:
        other.add(
            [Article("Kapal karam.", id="karam", source="Warta"), Article("Kapal karam.", id="lagi", source="Post")]
        )
        assert (5, 1) == (index.status().articles, index.status().copies)
        assert "Warta" in index.sources()
        assert "karam" == index.search("Kapal karam", source="Post")[0].passage.article_id
        other.remove(["lagi"])
        assert "karam" not in [one.passage.article_id for one in index.search("Kapal karam", source="Post")]
        assert (5, 0) == (index.status().articles, index.status().copies)
        other.remove(["karam"])
    assert 4 == index.status().articles
    assert "Warta" not in index.sources()


@pytest.mark.parametrize(
    ("order", "ids"),
    [("newest", "312É654"), ("oldest", "56É2134"), ("title", "421563É"), ("outlet", "152634É")],
)
def test_orders(index: Index, order: str, ids: str) -> None:
    """By date with the undated last, by title whatever its capitals, by outlet; bytes decide what is equal else."""
    index.add(ARTICLES)
    listed = "".join(_ids(index, order=order))
    assert ids == listed
    assert listed == "".join(_ids(index, order=order, offset=0, limit=3) + _ids(index, order=order, offset=3))


def test_filters(index: Index) -> None:
    """Capitals of ASCII do not matter to what is looked for; % and _ are letters; an outlet is named exactly."""
    index.add(ARTICLES)
    assert ["1"] == _ids(index, text="PANEN")
    assert ["É"] == _ids(index, text="50%")
    assert ["É"] == _ids(index, text="ÉNERGI")
    assert [] == _ids(index, text="énergi")
    assert [] == _ids(index, text="_")
    assert ["1", "5"] == _ids(index, source="Harian")
    assert ["1", "2", "6", "5"] == _ids(index, source=["Harian", "Kabar"])
    assert ["2", "É", "6"] == [one for one in _ids(index, since=date(2025, 1, 2), until=date(2025, 1, 9)) if one != "1"]
    assert ["Harian", "Kabar", "Post", "harian", "Élan"] == index.sources()
    assert MonthCount(date(2024, 12, 1), "Harian", 1) == index.timeline()[0]
    assert [MonthCount(date(2025, 1, 1), "Harian", 1)] == [
        one for one in index.coverage("panen padi Wanareja") if one.source == "Harian"
    ]
    assert index.size() > 0


def test_long_names_are_kept(index: Index) -> None:
    """Titles, outlets and places longer than a page of an index."""
    long = "".join(f"{number:x}é" for number in range(4_000))
    index.add([Article("Kapal berlayar.", id="a", title=long, source=long, url=long, origin=long)])
    found = index.article("a")
    assert found is not None
    assert [long] * 4 == [found.title, found.source, found.url, found.origin]
    assert ["a"] == _ids(index, source=long, order="title")


def test_what_no_archive_keeps_is_refused(index: Index) -> None:
    """A NUL character is refused with a reason, and the others go in."""
    report = index.add([Article("Kapal\0karam.", id="a"), Article("Kapal karam.", id="b")])
    assert (1, ["the article holds NUL characters, which no archive keeps"]) == (
        report.added,
        [one.reason for one in report.rejected],
    )


def test_rebuild_and_rollback(index: Index) -> None:
    """What is newer than the generation in use is searched beside it."""
    index.add(ARTICLES[:3])
    index.rebuild()
    index.add(ARTICLES[3:])
    index.rebuild()
    assert (2, 0) == ((status := index.status()).generation, status.tail)
    assert 1 == index.rollback()
    assert (1, 3) == ((status := index.status()).generation, status.tail)
    for article in ARTICLES[:5]:
        (result, *_) = index.search(article.text, top_k=1)
        assert (article.text, 1) == (result.passage.text, result.dense_rank)
    assert () == index.damaged()
    index.rebuild()
    assert (3, 0) == ((status := index.status()).generation, status.tail)


def test_one_writer_and_a_killed_one_lets_go(index: Index, place: str, tmp_path: Path) -> None:
    """Who comes second is told who writes; ``kill -9`` frees the lock, and what was half done is not there."""
    other = tmp_path / ("data" if not place else "elsewhere")
    process = _writer(other, place)
    with pytest.raises(BusyError, match=f"process {process.pid} on .* \\(add, since"):
        index.add([Article("Kapal berlayar.", id="a")])
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert 1 == index.add([Article("Kapal berlayar.", id="a")]).added
    assert ["a"] == _ids(index)


@pytest.mark.parametrize("field", ["text", "title", "id", "source", "authors", "place", "url", "language", "origin"])
def test_each_field_is_looked_at(index: Index, field: str) -> None:
    """What no database keeps is refused wherever it stands, and the others go in."""
    whole = Article("Kapal karam.", id="a")
    odd = [f"Rina{one}" for one in ("\0", "\ud800")]
    spoilt = [replace(whole, **{field: (one,) if field == "authors" else one}) for one in odd]
    report = index.add([*spoilt, Article("Kapal lain karam.", id="b")])
    assert (1, 2) == (report.added, len(report.rejected))
    assert all(one.path.encode() and one.reason.startswith("the article") for one in report.rejected)
    assert ["b"] == [article.id for article, _ in index.stored()]
