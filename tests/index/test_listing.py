"""Lists and counts of articles: pages, orders, months."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from index import Article, Index, MonthCount

ARTICLES = [
    Article("Panen padi di Wanareja melimpah.", title="panen", id="1", source="Harian", published=date(2025, 1, 9)),
    Article("Harga padi turun.", title="Harga", id="2", source="Kabar", published=date(2025, 1, 9)),
    Article(
        "The rice harvest in Wanareja was large.", title="Zebra", id="3", source="Post", published=date(2025, 3, 1)
    ),
    Article("Sawah dijual, padi tidak.", title="Apa", id="4", source="Harian"),
    Article("Rel kereta diperbaiki.", title="Rel", id="5", source="Harian", published=date(2024, 12, 31)),
    Article("Rel kereta diperbaiki.", title="Rel", id="6", source="Kabar", published=date(2025, 1, 2)),
]


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """Six articles, the last a copy."""
    with Index.open(tmp_path_factory.mktemp("listing")) as index:
        index.add(ARTICLES)
        yield index


@pytest.mark.parametrize(
    ("order", "ids"),
    [("newest", "312654"), ("oldest", "562134"), ("title", "421563"), ("outlet", "154263")],
)
def test_orders(listed: Index, order: str, ids: str) -> None:
    """By date with the undated last, by title whatever its capitals, by outlet; pages are slices of the whole."""
    assert ids == "".join(one.id for one in listed.articles(order=order).articles)  # type: ignore[arg-type]
    for text in ("", "e"):
        whole = listed.articles(text, order=order)  # type: ignore[arg-type]
        pages = [listed.articles(text, offset=start, limit=2, order=order) for start in range(0, 8, 2)]  # type: ignore[arg-type]
        assert whole.articles == [one for page in pages for one in page.articles]
        assert {len(whole.articles)} == {page.total for page in pages}


def test_a_searched_title_may_hold_what_sql_means_otherwise(listed: Index) -> None:
    """Capitals do not matter, and % and _ are letters."""
    assert ["1"] == [one.id for one in listed.articles("PANEN").articles]
    assert [] == listed.articles("%").articles
    assert [] == listed.articles("_").articles


def test_months_of_outlets(listed: Index) -> None:
    """Copies and undated articles do not count."""
    assert [
        MonthCount(date(2024, 12, 1), "Harian", 1),
        MonthCount(date(2025, 1, 1), "Harian", 1),
        MonthCount(date(2025, 1, 1), "Kabar", 1),
        MonthCount(date(2025, 3, 1), "Post", 1),
    ] == listed.timeline()


def test_coverage_of_a_topic(listed: Index) -> None:
    """Articles with all of its words, in any form; a topic of stop words alone or of nothing finds what it says."""
    assert ["Harian", "Post"] == [one.source for one in listed.coverage("di Wanareja")]
    assert [1, 1] == [one.articles for one in listed.coverage("padi")]
    assert [] == listed.coverage("padi kereta")
    assert [] == listed.coverage("")


def test_changed_changes_with_every_article(tmp_path: Path) -> None:
    """Also with a copy, which has no passages of its own."""
    with Index.open(tmp_path) as index:
        seen = {index.changed()}
        for article in ARTICLES[-2:]:
            index.add([article])
            seen.add(index.changed())
        index.remove(["6"])
        assert 3 == len(seen)
        index.remove(["5"])
        assert index.changed() not in seen


def test_an_archive_of_before_lists_as_fast(tmp_path: Path) -> None:
    """Listings answer from indexes that hold all they need, in an archive that was made without them too."""
    Index.open(tmp_path).close()
    with sqlite3.connect(tmp_path / "archive.sqlite3") as database:
        for name in ("newest", "outlet", "title"):
            database.execute(f"DROP INDEX ix_articles_{name}")
        database.execute("DROP TABLE tanya_version")  # it says that they are there
    Index.open(tmp_path).close()
    with sqlite3.connect(tmp_path / "archive.sqlite3") as database:
        for query in (
            "SELECT id FROM articles WHERE title LIKE '%a%' OR source LIKE '%a%' ORDER BY published DESC, id",
            "SELECT id FROM articles WHERE source = 'a' AND language = 'id' ORDER BY published DESC, id LIMIT 9 OFFSET 99",
            "SELECT id FROM articles WHERE language = 'id' ORDER BY title COLLATE NOCASE, id LIMIT 9 OFFSET 99",
            "SELECT source, count(*) FROM articles GROUP BY source",
        ):
            (plan,) = (row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {query}"))
            assert "USING COVERING INDEX" in plan


def test_size_is_what_lies_in_the_folder(tmp_path: Path) -> None:
    """All files of all parts."""
    with Index.open(tmp_path) as index:
        index.add(ARTICLES[:1])
        assert sum(one.stat().st_size for one in tmp_path.rglob("*") if one.is_file()) == index.size()
