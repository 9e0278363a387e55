"""What a figure must be measured in."""

from __future__ import annotations

import pytest

from assistant.reader import Reader, ReadingPassage
from assistant.units import figures_in_other_units, with_asked_unit

DEBT = "Pelaku menagih utang Rp 200 ribu dan menusuk korban pada 2024, 100 meter dari rumahnya, kata 3 saksi."
GROWTH = "Ekspor naik 2-3 persen pada 2024, atau 1,5 kali lipat, menjadi 441 miliar tenge (US$918 juta)."


@pytest.mark.parametrize(
    ("question", "text", "closed"),
    [
        ("Berapa besar utang yang memicu penusukan?", DEBT, ["2024", "100 meter", "3 saksi"]),
        ("How much money did the victim owe?", DEBT, ["2024", "100 meter", "3 saksi"]),
        ("Berapa persen ekspor naik?", GROWTH, ["2024", "1,5 kali", "441 miliar tenge", "US$918 juta"]),
        ("Ekspor naik berapa kali lipat?", GROWTH, ["3 persen", "2024", "441 miliar tenge", "US$918 juta"]),
        ("Berapa nilai ekspor dalam mata uang tenge?", GROWTH, ["3 persen", "2024", "1,5 kali", "US$918 juta"]),
        ("Berapa tarif pajaknya?", "Pada 2024, tarif pajak 1 persen dari Rp 4,8 miliar.", ["2024"]),
    ],
)
def test_figures_of_another_kind_are_closed(question: str, text: str, closed: list[str]) -> None:
    """Years, lengths and people where money is asked; the first number of a range belongs to the second."""
    assert closed == [text[start:end].strip() for start, end in figures_in_other_units(question, text)]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Berapa saksi melihatnya?", DEBT),
        ("Kapan utang ditagih?", DEBT),
        ("Tahun berapa harga minyak turun?", "Harga minyak turun menjadi 10 dolar pada 1986."),
        ("Berapa biaya kuliahnya?", "Kuliah dimulai 3 Maret 2024 untuk 40 orang."),
    ],
)
def test_nothing_is_closed_without_need(question: str, text: str) -> None:
    """Where no unit is asked for, or the text has no figure in it."""
    assert [] == figures_in_other_units(question, text)


def test_the_reader_takes_the_figure_that_is_asked() -> None:
    """Of several numbers in a passage the sum of money."""
    (found,) = Reader.load().read("Berapa besar utang yang memicu penusukan?", [ReadingPassage(DEBT)])
    assert "200 ribu" in DEBT[found.start : found.end]


@pytest.mark.parametrize(
    ("question", "cut", "whole"),
    [
        ("Berapa nilainya dalam mata uang tenge?", "441 miliar", "441 miliar tenge"),
        ("Naik berapa kali lipat?", "1,5", "1,5 kali lipat"),
        ("Berapa persen naiknya?", "2-3", "2-3 persen"),
        ("Berapa nilainya?", "441 miliar", "441 miliar"),
    ],
)
def test_a_figure_ends_with_its_unit(question: str, cut: str, whole: str) -> None:
    """Where the unit is what was asked for, it belongs to the answer."""
    start = GROWTH.index(cut)
    assert whole == GROWTH[start : with_asked_unit(question, GROWTH, start + len(cut))]
