"""Words, stems, amounts, and which language a text is in."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language import amounts, detect_language, fold, formal, stem, stems, words
from tests.conftest import SHARED, needs_shared


@given(st.text(max_size=300))
def test_words_know_their_place(text: str) -> None:
    """Each word is the folded form of exactly the characters it points to."""
    for word in words(text):
        assert fold(text[word.start : word.end]) == word.folded


def test_numbers_are_one_word_in_either_spelling() -> None:
    """Grouped thousands and decimals fold to the same form whichever mark they use."""
    assert fold("2.706") == fold("2,706") == "2706"
    assert fold("1,5") == fold("1.5") == "1.5"
    assert stems("Rp13 triliun", "id") == ["rp", "13", "triliun"]


def test_stems_join_the_forms_of_a_word() -> None:
    """Affixes of Indonesian and endings of English do not keep a question from its passage."""
    assert stem("diumumkan", "id") == stem("mengumumkan", "id")
    assert stem("anggarannya", "id") == stem("anggaran", "id")
    assert stem("floods", "en") == stem("flooding", "en")


def test_chat_spelling_is_written_out() -> None:
    """Known short forms become words; everything else stays as typed."""
    assert formal("brp Harga tiket yg baru") == "berapa Harga tiket yang baru"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rp 1,5 triliun", "1.500 miliar rupiah"),
        ("US$918 juta", "918 million dollars"),
        ("2,65 persen", "2.65%"),
        ("24 orang", "24 orang"),
    ],
)
def test_equal_amounts_are_equal_however_written(one: str, other: str) -> None:
    """Value and unit do not depend on language, marks or scale words."""
    (first,), (second,) = amounts(one), amounts(other)
    assert (first.value, first.unit) == (second.value, second.unit)


def test_detects_the_language_of_a_question() -> None:
    """A short question is enough."""
    assert detect_language("lifting minyak ri skrg brp barel sehari kata bahlil") == "id"
    assert detect_language("On what date did the government carry out its first transaction?") == "en"


@needs_shared
def test_detects_the_language_of_thousands_of_questions() -> None:
    """At most one hand-written question in a thousand is taken for the other language."""
    with gzip.open(SHARED / "data/train/qa_id_news.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    wrong = [row["question"] for row in rows if detect_language(row["question"]) != row["lang"]]
    assert len(wrong) <= len(rows) / 1000, wrong
