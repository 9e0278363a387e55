"""Dates as news writes them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dates import find_dates, parse_date, resolve, weekday


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2025-10-20", date(2025, 10, 20)),
        ("2025-10-20T21:36:00+07:00", date(2025, 10, 20)),
        ("2025/10/20 21:36", date(2025, 10, 20)),
        ("20251020", date(2025, 10, 20)),
        ("20/10/2025 21:36", date(2025, 10, 20)),
        ("20-10-2025", date(2025, 10, 20)),
        ("20.10.2025", date(2025, 10, 20)),
        ("9/10/2025", date(2025, 10, 9)),
        ("10/20/2025 21:36", date(2025, 10, 20)),
        ("Senin, 20 Oktober 2025", date(2025, 10, 20)),
        ("Senin, 20 Okt 2025 21:36 WIB", date(2025, 10, 20)),
        ("05 Juli 2019", date(2019, 7, 5)),
        ("3 Agt 2021", date(2021, 8, 3)),
        ("3 Agustus 2021", date(2021, 8, 3)),
        ("17 Pebruari 2017", date(2017, 2, 17)),
        ("October 20, 2025", date(2025, 10, 20)),
        ("Oct. 20, 2025", date(2025, 10, 20)),
        ("20th of October 2025", date(2025, 10, 20)),
        ("Mon, 20 Oct 2025 21:36:00 +0700", date(2025, 10, 20)),
        ("1760968800", date(2025, 10, 20)),
        ("1760968800000", date(2025, 10, 20)),
    ],
)
def test_reads_the_usual_ways_of_writing_a_date(written: str, day: date) -> None:
    """Indonesian, English, ISO, American and Unix dates all name their day."""
    assert day == parse_date(written)


@pytest.mark.parametrize(
    "written",
    ["", "kemarin", "30/02/2025", "31 April 2025", "2025-13-45", "20/20/2025", "25 Juli", "99999", "0000-00-00"],
)
def test_an_impossible_or_unfinished_date_is_none(written: str) -> None:
    """A mistyped date is no date, and never an error."""
    assert parse_date(written) is None


def test_an_american_file_reads_its_months_first() -> None:
    """Where both readings are possible, the file's own habit decides."""
    assert date(2025, 9, 10) == parse_date("9/10/2025", day_first=False)
    assert date(2025, 10, 20) == parse_date("20/10/2025", day_first=False)


@given(st.text(max_size=300))
def test_any_text_is_parsed_or_none(text: str) -> None:
    """No metadata value stops the reading."""
    assert parse_date(text) is None or isinstance(parse_date(text), date)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)))
def test_iso_dates_come_back_as_they_were(day: date) -> None:
    """What is written in ISO is read exactly."""
    assert day == parse_date(day.isoformat())


@pytest.mark.parametrize(
    ("text", "quote", "parts"),
    [
        ("dilaporkan Senin (25/7) lalu", "Senin (25/7)", (25, 7, None, 0)),
        ("kata dia, Senin (20/10/2025).", "Senin (20/10/2025)", (20, 10, 2025, 0)),
        ("pada 25 Juli lalu", "25 Juli", (25, 7, None, None)),
        ("pada Senin, 25 Juli 2022,", "Senin, 25 Juli 2022", (25, 7, 2022, 0)),
        ("on July 25, 2022, he", "July 25, 2022", (25, 7, 2022, None)),
        ("on Monday, July 25, he", "Monday, July 25", (25, 7, None, 0)),
        ("sejak Juli 2022.", "Juli 2022", (None, 7, 2022, None)),
        ("pada awal 2022, di tengah", "2022", (None, None, 2022, None)),
        ("tanggal 20/10/2025 itu", "20/10/2025", (20, 10, 2025, None)),
        ("sejak 2025-10-20 pagi", "2025-10-20", (20, 10, 2025, None)),
    ],
)
def test_finds_dates_inside_a_text(text: str, quote: str, parts: tuple[int | None, ...]) -> None:
    """A mention has its exact place and leaves open what is not written."""
    (mention,) = find_dates(text)
    assert quote == text[mention.start : mention.end]
    assert parts == (mention.day, mention.month, mention.year, mention.weekday)


@pytest.mark.parametrize(
    "text",
    [
        "sekitar 1/2 dari jumlah itu",
        "skor 2/1 untuk tuan rumah",
        "sebanyak 2022 orang mengungsi",
        "senilai Rp 2022",
        "sebesar 1,5 triliun",
        "kenaikan 2.022 persen",
        "they may 20 times a day",
        "nomor 20251020123",
    ],
)
def test_numbers_that_are_no_dates_are_left_alone(text: str) -> None:
    """Fractions, scores, amounts and counts are not dates."""
    assert [] == find_dates(text)


def test_a_missing_year_comes_from_the_day_of_publication() -> None:
    """The nearest such day, and not more than a month ahead."""
    (july,) = find_dates("pada 25 Juli")
    (december,) = find_dates("pada 30 Desember")
    assert date(2022, 7, 25) == resolve(july, date(2022, 7, 26))
    assert date(2022, 7, 25) == resolve(july, date(2022, 7, 1))
    assert date(2021, 12, 30) == resolve(december, date(2022, 1, 3))
    assert resolve(july, None) is None


def test_a_month_or_year_alone_is_no_day() -> None:
    """Only a day resolves to a day."""
    (month,) = find_dates("sejak Juli 2022")
    assert resolve(month, date(2022, 8, 1)) is None


def test_names_of_weekdays() -> None:
    """Both languages, Monday first."""
    assert (0, 0, 4, 6, None) == tuple(weekday(name) for name in ("Senin", "Monday", "Jum'at", "Ahad", "besok"))


@given(st.text(alphabet="0123456789/.,-() SeninJuliMay", max_size=200))
def test_mentions_lie_in_order_inside_the_text(text: str) -> None:
    """Places are exact and never overlap, whatever the text."""
    mentions = find_dates(text)
    assert all(0 <= mention.start < mention.end <= len(text) for mention in mentions)
    assert sorted(mentions, key=lambda mention: mention.start) == mentions
