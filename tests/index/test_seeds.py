"""The articles that a first chat answers from."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from index import Article
from index.articles import content_digest
from index.reading import read_articles
from tests.conftest import ROOT

SEEDS = ROOT / "seeds"
MARKS = (
    "(Artikel contoh Tanya: tempat dan tokohnya rekaan.)",
    "(Tanya sample article: the place and people are invented.)",
)

# Question, expected answer, and the words of an article that hold it: docs/reading.md shows the same.
QUESTIONS = [
    ("Berapa tambahan anggaran pertahanan Kazakhstan?", "441 miliar tenge (US$918 juta)"),
    ("Berapa jumlah pengungsi banjir di Sangalaya?", "1.612 orang"),
    ("Berapa tarif feri Sekanti-Welira sekarang?", "Rp 52.000"),
    ("Berapa panjang Jembatan Kalisura?", "412 meter"),
    ("Siapa ketua Koperasi Kakao Arunika?", "Suharyati Lembayung"),
    ("Berapa penumpang yang dapat diangkut KM Arunika?", "420 passengers"),
    ("Siapa yang membiayai sensor banjir Kalisura?", "Nordhjelp"),
    ("How many visitors did Sangalaya receive in 2025?", "86,300 visitors"),
]


@pytest.fixture(scope="module")
def seeds() -> list[Article]:
    found = list(read_articles(SEEDS))
    assert [] == [one for one in found if not isinstance(one, Article)]
    return [one for one in found if isinstance(one, Article)]


def test_there_are_enough_in_both_languages_and_all_formats(seeds: list[Article]) -> None:
    """Eight in Indonesian and four in English beside the user's own, in six formats."""
    languages = Counter(article.language for article in seeds)
    assert languages["id"] >= 9
    assert languages["en"] >= 4
    assert {".txt", ".md", ".html", ".jsonl", ".docx", ".pdf"} == {path.suffix for path in SEEDS.iterdir()}


def test_each_says_what_it_is(seeds: list[Article]) -> None:
    """Title, outlet, place and date are known of every one."""
    for article in seeds:
        assert all((article.title, article.source, article.place, article.published)), article.title


def test_the_users_own_article(seeds: list[Article]) -> None:
    """No title line, a dateline, and a date whose year the text gives away."""
    own = seeds[0]
    assert Path(own.origin).name == "000_3ad7391fbc28d9be.txt"
    assert ("Gatra.com", "Nursultan", "2022-07-25") == (own.source, own.place, str(own.published))
    assert own.text.startswith("Nursultan, Gatra.com - Kazakhstan secara signifikan")
    assert own.title.startswith("Kazakhstan secara signifikan meningkatkan pengeluaran pertahanan")


def test_each_sample_is_marked_as_one(seeds: list[Article]) -> None:
    """Nobody should take the invented island for a real one."""
    assert all(article.text.endswith(MARKS) for article in seeds[1:])


def test_one_is_a_syndicated_copy_of_another(seeds: list[Article]) -> None:
    """The same text under another id and outlet."""
    digests = Counter(content_digest(article.text) for article in seeds)
    assert [2] == [count for count in digests.values() if count > 1]


@pytest.mark.parametrize(("question", "answer"), QUESTIONS)
def test_the_documented_questions_have_their_answer_in_a_seed(seeds: list[Article], question: str, answer: str) -> None:
    """What docs/reading.md promises is in the articles, word for word."""
    assert any(answer in article.text for article in seeds)
    page = (ROOT / "docs" / "reading.md").read_text(encoding="utf-8")
    assert question in page
    assert answer in page
