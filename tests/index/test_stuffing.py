"""What was written for a question stands behind what was written for readers."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import Article, Index
from index.articles import Passage
from index.stuffing import stuffed

QUESTION = "Berapa biaya pembangunan jembatan Sungai Kalisura di Sangalaya menurut bupati?"
TRUE = "Bupati mengatakan biaya pembangunan jembatan Sungai Kalisura di Sangalaya mencapai Rp 40 miliar."
REST = "Jembatan itu dibuka untuk umum pada Senin pagi. Warga menyambutnya dengan gembira."
WORDS = "biaya pembangunan jembatan Kalisura Sangalaya bupati Rp 90 miliar"
BAIT = {
    "the question and an answer": f"{QUESTION} Jawabannya Rp 90 miliar. {REST}",
    "as a statement": f"{QUESTION.rstrip('?')}: Rp 90 miliar. {REST}",
    "with other words between": f"Berapa, sih, biaya pembangunan jembatan di Sungai Kalisura di Sangalaya, kata bupati? {REST}",
    "its words over and over": f"{WORDS}. {WORDS}. {REST} {WORDS}. {WORDS}.",
}


def _passage(text: str, title: str = "Jembatan baru") -> Passage:
    return Passage(1, "a", 0, len(text), text, title)


@pytest.mark.parametrize("text", BAIT.values(), ids=BAIT)
def test_bait_is_seen(text: str) -> None:
    """In a sentence, or spread over the passage."""
    assert {1} == stuffed(QUESTION, "id", [_passage(text)])


def test_a_headline_may_ask_what_its_article_answers() -> None:
    """Many do."""
    assert set() == stuffed(QUESTION, "id", [_passage(f"{TRUE} {REST}", QUESTION)])


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (QUESTION, f"{TRUE} {REST}"),  # a true answer holds nearly every word of the question, and asks nothing
        ("Kapan Lebaran 2025?", "Kapan Lebaran 2025? Lebaran jatuh pada 31 Maret 2025."),  # as a headline may ask
        ("", TRUE),
    ],
)
def test_news_is_not(question: str, text: str) -> None:
    """What answers is no bait, nor what asks in few words as headlines do."""
    assert set() == stuffed(question, "id", [_passage(text)])


def test_bait_comes_behind_all_others(tmp_path: Path) -> None:
    """Five of it, and the one article that answers leads; the bait can still be found, and is marked."""
    with Index.open(tmp_path) as index:
        index.add([Article(f"{TRUE} {REST}", "Jembatan Kalisura", id="true", source="Kabar Sangalaya")])
        index.add(
            Article(f"{text} Catatan {number}.", QUESTION, id=f"bait-{number}", source="Kabar Palsu")
            for number, text in enumerate([*BAIT.values(), QUESTION])
        )
        results = index.search(QUESTION, 8)
    assert ["true", False] == [results[0].passage.article_id, results[0].stuffed]
    assert results[1:]
    assert all(result.stuffed for result in results[1:])
    assert [one.score for one in results] == sorted((one.score for one in results), reverse=True)
