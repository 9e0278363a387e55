"""What an article's own text says about it."""

from __future__ import annotations

from datetime import date

import pytest

from index.reading.metadata import date_in_text, display_title, read_dateline, read_header, split_headline

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("opening", "place", "source"),
    [
        ("Nursultan, Gatra.com - Kazakhstan", "Nursultan", "Gatra.com"),
        ("Liputan6.com, Jakarta - Polisi", "Jakarta", "Liputan6.com"),
        ("Liputan6.com, Jakarta -Polisi", "Jakarta", "Liputan6.com"),
        ("JAKARTA, KOMPAS.com - Polisi", "Jakarta", "KOMPAS.com"),
        ("JAKARTA, KOMPAS.com — Polisi", "Jakarta", "KOMPAS.com"),
        ("Kelapa Muda (Harian Nusa) -- Polisi", "Kelapa Muda", "Harian Nusa"),
        ("Bulacan, Filipina (ANTARA News) - Polisi", "Bulacan, Filipina", "ANTARA News"),
        ("Jakarta, CNN Indonesia -- Polisi", "Jakarta", "CNN Indonesia"),
        ("REPUBLIKA.CO.ID, JAKARTA -- Polisi", "Jakarta", "REPUBLIKA.CO.ID"),
        ("TEMPO.CO, Jakarta - Polisi", "Jakarta", "TEMPO.CO"),
        ("Suara.com - Polisi", "", "Suara.com"),
        ("Jakarta - Polisi", "Jakarta", ""),
        ("KAB. CIREBON -- Polisi", "Kab. Cirebon", ""),
        ("Muara Sekanti, Suara Sekanti - Polisi", "Muara Sekanti", "Suara Sekanti"),
        ("LONDON, July 5 (Reuters) - Police", "London", "Reuters"),
        ("WASHINGTON (Reuters) - Police", "Washington", "Reuters"),
    ],
)
def test_reads_place_and_outlet_from_a_dateline(opening: str, place: str, source: str) -> None:
    """The ways in which agencies and newspapers open a report."""
    dateline = read_dateline(f"{opening} itu datang.")
    assert (place, source) == (dateline.place, dateline.source)
    assert dateline.end > 0


@pytest.mark.parametrize(
    "opening",
    [
        "Persib - Persija berakhir imbang.",
        "Polisi datang - lalu pergi.",
        "Harga naik 5 - 10 persen.",
        "Presiden Joko Widodo, yang baru tiba - kata ajudannya - langsung rapat.",
        "Ia (Rudi) - yang tertua - pergi.",
        "",
    ],
)
def test_a_dash_alone_is_no_dateline(opening: str) -> None:
    """What is not a place or an outlet before the dash belongs to the report."""
    assert read_dateline(opening).end == 0


def test_a_first_line_like_a_headline_is_the_title() -> None:
    """Short, no full stop, and a report below it."""
    text = "Pasar Baru Dibuka\nWali kota membuka pasar baru di tepi sungai pada Senin pagi."
    assert ("Pasar Baru Dibuka", "Wali kota membuka pasar baru di tepi sungai pada Senin pagi.") == split_headline(text)


@pytest.mark.parametrize(
    "text",
    [
        "Wali kota membuka pasar.\nPedagang senang dengan pasar yang baru itu.",
        "Nursultan, Gatra.com - Kazakhstan meningkatkan anggaran\nWSJ melaporkan hal itu pada hari Senin lalu.",
        "Senin, 20 Oktober 2025\nWali kota membuka pasar baru di tepi sungai.",
        "Oleh: Rina Wulandari\nWali kota membuka pasar baru di tepi sungai.",
        "Hanya satu baris tanpa titik",
    ],
)
def test_a_first_line_of_the_report_is_no_title(text: str) -> None:
    """Sentences, datelines, dates and bylines are not headlines."""
    assert ("", text) == split_headline(text)


def test_lines_between_headline_and_report() -> None:
    """A byline and a line with the date are read, and the report starts behind them."""
    text = "Oleh: Rina Wulandari dan Budi Santika\nSenin, 20 Oktober 2025 21:36 WIB\nSekanti (Harian Sagara) - Pasar dibuka."
    header = read_header(text)
    assert (("Rina Wulandari dan Budi Santika",), "Senin, 20 Oktober 2025 21:36 WIB") == (
        header.authors,
        header.published,
    )
    assert "Sekanti" == read_dateline(text[header.end :]).place
    assert 0 == read_header("Oleh karena itu pasar ditutup\nPedagang pulang.").end
    assert 0 == read_header("By Monday the market was open\nTraders came.").end


def test_an_article_without_a_title_is_shown_by_its_first_words() -> None:
    """Cut between words, without the dateline, at most 90 characters."""
    text = (
        "Nursultan, Gatra.com - Kazakhstan secara signifikan meningkatkan pengeluaran pertahanan dan mencari hubungan "
        "yang lebih dekat dengan China dan negara-negara NATO."
    )
    title = display_title(text)
    assert "Kazakhstan secara signifikan meningkatkan pengeluaran pertahanan dan mencari hubungan…" == title
    assert len(title) <= 90


def test_a_short_first_sentence_is_the_whole_title() -> None:
    """No mark of omission where nothing is left out."""
    assert "Wali kota membuka pasar" == display_title("Wali kota membuka pasar. Pedagang senang.")
    assert len(display_title("a" * 500)) <= 91


def test_a_full_date_near_the_start_is_the_day_of_publication() -> None:
    """Beside its weekday or in brackets, as reports write it."""
    assert date(2025, 10, 20) == date_in_text("Pasar dibuka, kata dia, Senin (20/10/2025).", TODAY)
    assert date(2025, 10, 20) == date_in_text("The market opened on Monday, October 20, 2025.", TODAY)


def test_a_date_without_year_needs_a_year_in_the_text_that_fits_its_weekday() -> None:
    """25 July is a Monday in 2022, which the text mentions; without such a year there is no date."""
    assert date(2022, 7, 25) == date_in_text("WSJ melaporkan Senin (25/7). Rusia datang pada awal 2022.", TODAY)
    assert date_in_text("WSJ melaporkan Senin (25/7). Rusia datang pada awal 2021.", TODAY) is None
    assert date_in_text("WSJ melaporkan Senin (25/7).", TODAY) is None
    assert date_in_text("Ia menikah Senin (25/7). Putranya lahir pada 2005.", TODAY) is None


def test_history_and_the_future_are_not_the_day_of_publication() -> None:
    """A bare date is part of the story, and no report is from tomorrow."""
    assert date_in_text("Proklamasi dibacakan pada 17 Agustus 1945 di Jakarta.", TODAY) is None
    assert date_in_text("Pasar dibuka Senin (20/10/2031).", TODAY) is None
