"""Holders of an office of another place than the asked one."""

from __future__ import annotations

import pytest

from assistant import offices
from assistant.offices import holders_elsewhere
from assistant.reader import Reader, ReadingPassage
from index import Article, read_articles
from tests.conftest import ROOT

TEXT = (
    "Berbicara dengan Presiden Rusia Vladimir Putin, Presiden Kazakh Kassym-Jomart Tokayev menolak. "
    "Emmanuel Macron, president of France, and British Prime Minister Keir Starmer agreed."
)
FORMS = [
    ("Siapa presiden Kazakhstan?", "Vladimir Putin, Macron, Starmer"),
    ("presiden kazakhstan siapa", "Vladimir Putin, Macron, Starmer"),
    ("Siapakah nama Presiden Rusia saat ini?", "Tokayev, Macron, Starmer"),
    ("Who is the president of Kazakhstan?", "Vladimir Putin, Macron, Starmer"),
    ("Who is Russia's president?", "Tokayev, Macron, Starmer"),
    ("Who is the French president now?", "Vladimir Putin, Tokayev, Starmer"),
    ("Siapa perdana menteri Inggris?", "Vladimir Putin, Tokayev, Macron"),
    ("Siapa gubernur Jawa Timur?", "Vladimir Putin, Tokayev, Macron, Starmer"),
]


def test_who_asks_for_no_office_waits_for_no_places() -> None:
    """The expressions with all places in them are compiled when an office is asked for, not at each start."""
    for compiled in (offices._asked, offices._held):
        compiled.cache_clear()
    assert [] == holders_elsewhere("Berapa jumlah korban tewas?", TEXT)
    assert [0, 0] == [compiled.cache_info().currsize for compiled in (offices._asked, offices._held)]


@pytest.mark.parametrize(("question", "elsewhere"), FORMS)
def test_holders_of_other_places_are_told_apart(question: str, elsewhere: str) -> None:
    """By country and by who comes from there, in front of the office and behind it, in either language."""
    named = " / ".join(TEXT[first:last] for first, last in holders_elsewhere(question, TEXT))
    assert set(elsewhere.split(", ")) == {
        name for name in ("Vladimir Putin", "Tokayev", "Macron", "Starmer") if name in named
    }


@pytest.mark.parametrize(
    "question",
    ["Siapa yang bertemu presiden Kazakhstan?", "Siapa presiden pertama Kazakhstan?", "Apa kata presiden Kazakhstan?"],
)
def test_other_questions_are_left_alone(question: str) -> None:
    """Whoever met the president of one place may be the president of another."""
    assert [] == holders_elsewhere(question, TEXT)


@pytest.mark.parametrize("question", ["Siapa presiden Kazakhstan?", "Who is the president of Kazakhstan?"])
def test_the_reader_names_the_holder(question: str) -> None:
    """Of two presidents in one sentence of the first article the asked one; of another country's alone none."""
    reader = Reader.load()
    (article,) = [one for one in read_articles(ROOT / "seeds") if isinstance(one, Article) and "Tokayev" in one.text]
    sentence = next(one for one in article.text.split("\n") if one.startswith("Berbicara dengan Presiden Rusia"))
    (found,) = reader.read(question, [ReadingPassage(sentence)])
    assert "Kassym-Jomart Tokayev".startswith(sentence[found.start : found.end])
    (elsewhere,) = reader.read(question.replace("Kazakhstan", "Ukraine"), [ReadingPassage(sentence)])
    assert not {"Vladimir", "Putin", "Tokayev"} & set(sentence[elsewhere.start : elsewhere.end].split())
