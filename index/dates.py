"""Dates as news writes them, in Indonesian and English: in metadata, and inside a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

__all__ = ["DateMention", "find_dates", "parse_date", "resolve", "weekday"]

FIRST_YEAR: Final = 1800
LAST_YEAR: Final = 2100
# How long after its article a mentioned day can lie ("akan dibuka 12 Agustus") before it is read as last year's.
DAYS_AHEAD: Final = 30

_MONTHS: Final[dict[str, int]] = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february pebruari feb peb",
            "maret march mar mrt",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "agustus august agt agu ags aug",
            "september sept sep",
            "oktober october okt oct",
            "november nopember nov nop",
            "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAYS: Final[dict[str, int]] = {
    name: number
    for number, names in enumerate(
        (
            "senin monday mon",
            "selasa tuesday tue",
            "rabu wednesday wed",
            "kamis thursday thu",
            "jumat jum'at jum’at friday fri",
            "sabtu saturday sat",
            "minggu ahad sunday sun",
        )
    )
    for name in names.split()
}
_MONTH: Final = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")"
_WEEKDAY: Final = "(?:" + "|".join(sorted(_WEEKDAYS, key=len, reverse=True)) + ")"

_ISO: Final = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?\d{4,6}Z?)?")
_EPOCH: Final = re.compile(r"\d{9,10}(?:\.\d+)?|\d{12,13}")
_NUMERIC: Final = re.compile(r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_DAY_MONTH: Final = re.compile(
    rf"(?<![\d/.,])(\d{{1,2}})(?:st|nd|rd|th)?(?: of)?[ -]({_MONTH})\b\.?(?:,?[ -](\d{{4}})(?!\d))?", re.IGNORECASE
)
_MONTH_DAY: Final = re.compile(
    rf"\b({_MONTH})\b\.? (\d{{1,2}})(?:st|nd|rd|th)?(?![\d/:]|[.,]\d)(?:,? (\d{{4}})(?!\d))?", re.IGNORECASE
)


def _date(year: int, month: int, day: int) -> date | None:
    """The day, or None where the calendar has no such day."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _numeric(first: int, second: int, year: str, day_first: bool) -> date | None:
    """A day from "20/10/2025" or "10/20/2025"; ``day_first`` decides only where both readings are possible."""
    full = int(year) if len(year) == 4 else 2000 + int(year)
    usual, other = ((second, first), (first, second)) if day_first else ((first, second), (second, first))
    return _date(full, *usual) or _date(full, *other)


def parse_date(text: str, day_first: bool = True) -> date | None:
    """The day that a metadata value names, as written (no time zone is applied), or None.

    Reads ISO 8601, "20/10/2025 21:36", "10/20/2025 21:36" (the 20th month does not exist),
    "Senin, 20 Oktober 2025", "October 20, 2025", RFC 2822 and Unix seconds or milliseconds (UTC).
    """
    text = " ".join(text[:200].split())
    if match := _ISO.search(text):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if match := _NUMERIC.search(text):
        return _numeric(int(match[1]), int(match[3]), match[4], day_first)
    if match := _DAY_MONTH.search(text):
        return _date(int(match[3]), _MONTHS[match[2].lower()], int(match[1])) if match[3] else None
    if match := _MONTH_DAY.search(text):
        return _date(int(match[3]), _MONTHS[match[1].lower()], int(match[2])) if match[3] else None
    if match := _COMPACT.fullmatch(text):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if _EPOCH.fullmatch(text):
        seconds = float(text) if len(text.partition(".")[0]) <= 10 else int(text) / 1000
        return datetime.fromtimestamp(seconds, UTC).date()
    return None


def weekday(name: str) -> int | None:
    """Monday is 0; None where the word names no day of the week."""
    return _WEEKDAYS.get(name.lower())


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date inside a text: ``text[start:end]`` is how it is written; what it leaves open is None.

    ``weekday`` is 0 for Monday.
    """

    start: int
    end: int
    day: int | None = None
    month: int | None = None
    year: int | None = None
    weekday: int | None = None


_MENTION: Final = re.compile(
    rf"""
    (?:\b(?P<weekday>{_WEEKDAY})\b(?:\ (?:pagi|siang|sore|malam))?,?\ ?\(?)?
    (?:
        (?<![\d/.,-])(?P<iso_y>\d{{4}})-(?P<iso_m>\d{{2}})-(?P<iso_d>\d{{2}})(?!\d)
      | (?<![\d/.,-])(?P<num_d>\d{{1,2}})/(?P<num_m>\d{{1,2}})(?:/(?P<num_y>\d{{4}}))?(?![\d/]|[.,]\d)
      | (?<![\d/.,-])(?P<dm_d>\d{{1,2}})(?:st|nd|rd|th)?(?:\ of)?\ (?P<dm_m>{_MONTH})\b\.?(?:,?\ (?P<dm_y>\d{{4}})(?!\d))?
      | \b(?P<md_m>{_MONTH})\b\.?\ (?P<md_d>\d{{1,2}})(?:st|nd|rd|th)?(?![\d/:%]|[.,]\d)(?:,?\ (?P<md_y>\d{{4}})(?!\d))?
      | \b(?P<my_m>{_MONTH})\b,?\ (?P<my_y>\d{{4}})(?![\d/]|[.,]\d)
      | (?<![\d/.,-])(?P<y>(?:1[89]|20)\d{{2}})(?![\d/%]|[.,]\d)
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Capital letters tell "Mei 2022" from "mei"; English "may 20 people" is no date.
_LOWER_MAY: Final = re.compile(r"(?:may|mar|march) ")
_COUNTED: Final = re.compile(
    r" (?:orang|warga|unit|rumah|jiwa|korban|kali|ribu|juta|miliar|people|houses|tons?|ton|hektare|meter|km|kg|million)\b"
)
_MONEY: Final = re.compile(r"(?:Rp\.?|\$|€|£) ?$")


def find_dates(text: str) -> list[DateMention]:
    """The dates that a text mentions, in order: "25 Juli", "Senin (25/7)", "July 25, 2022", "Juli 2022", "2022".

    A fraction ("1/2") without a weekday or a year, an amount ("Rp 2022") and a count ("2022 orang") are no dates.
    """
    found = []
    for match in _MENTION.finditer(text):
        group = match.groupdict()
        day = group["iso_d"] or group["num_d"] or group["dm_d"] or group["md_d"]
        month_name = group["dm_m"] or group["md_m"] or group["my_m"]
        month = _MONTHS[month_name.lower()] if month_name else int(group["iso_m"] or group["num_m"] or 0) or None
        year = group["iso_y"] or group["num_y"] or group["dm_y"] or group["md_y"] or group["my_y"] or group["y"]
        if group["num_d"] and not (group["weekday"] or group["num_y"] or _in_brackets(text, match)):
            continue
        if group["y"] and (_COUNTED.match(text, match.end()) or _MONEY.search(text[max(0, match.start() - 4) : match.start()])):
            continue
        if group["md_m"] and _LOWER_MAY.match(text, match.start("md_m")):
            continue

        day_number = int(day) if day else None
        if day_number is not None and month is not None:
            swapped = group["num_d"] is not None and month > 12 >= day_number
            if swapped:
                day_number, month = month, day_number
            if _date(int(year) if year else 2000, month, day_number) is None:
                continue
        named = group["weekday"]
        closes = text.startswith(")", match.end()) and "(" in match[0]
        found.append(
            DateMention(
                start=match.start(),
                end=match.end() + closes,
                day=day_number,
                month=month,
                year=int(year) if year else None,
                weekday=_WEEKDAYS[named.lower()] if named else None,
            )
        )
    return found


def _in_brackets(text: str, match: re.Match[str]) -> bool:
    """Whether a mention stands alone in round brackets: "(25/7)"."""
    return text[match.start() - 1 : match.start()] == "(" and text[match.end() : match.end() + 1] == ")"


def resolve(mention: DateMention, published: date | None) -> date | None:
    """The day that a mention means in an article of ``published``; None where it names no single day.

    A missing year is filled so that the day is the nearest to publication and not more than ``DAYS_AHEAD`` after it.
    """
    if mention.day is None or mention.month is None:
        return None
    if mention.year is not None:
        return _date(mention.year, mention.month, mention.day)
    if published is None:
        return None

    latest = published + timedelta(days=DAYS_AHEAD)
    days = (_date(year, mention.month, mention.day) for year in range(latest.year, latest.year - 5, -1))
    return next((day for day in days if day is not None and day <= latest), None)
