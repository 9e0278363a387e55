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
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?\d{6}Z?|T\d{4}Z?)?")
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


# Every mention has a number, and numbers are rare in a text: look for those first, then at what stands around them.
_DIGITS: Final = re.compile(r"\d+")
_LED: Final = re.compile(
    rf"""
      (?P<iso_y>\d{{4}})-(?P<iso_m>\d{{2}})-(?P<iso_d>\d{{2}})(?!\d)
    | (?P<num_d>\d{{1,2}})/(?P<num_m>\d{{1,2}})(?:/(?P<num_y>\d{{4}}))?(?![\d/]|[.,]\d)
    | (?P<dm_d>\d{{1,2}})(?:st|nd|rd|th)?(?:\ of)?\ (?P<dm_m>{_MONTH})\b\.?(?:,?\ (?P<dm_y>\d{{4}})(?!\d))?
    | (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d/:%]|[.,]\d)(?:,?\ (?P<day_y>\d{{4}})(?!\d))?
    | (?P<year>(?:1[89]|20)\d{{2}})(?![\d/%]|[.,]\d)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MONTH_BEFORE: Final = re.compile(rf"\b({_MONTH})\b\.?,? $", re.IGNORECASE)
_WEEKDAY_BEFORE: Final = re.compile(
    rf"\b({_WEEKDAY})\b(?: (?:pagi|siang|sore|malam|dini hari))?,? ?(\(?)$", re.IGNORECASE
)
_COUNTED: Final = re.compile(
    r" (?:orang|warga|unit|rumah|jiwa|korban|kali|ribu|juta|miliar|people|houses|tons?|hektare|meter|km|kg|million)\b"
)
_MONEY: Final = re.compile(r"(?:Rp\.?|\$|€|£) ?$")


def _month_before(text: str, start: int) -> re.Match[str] | None:
    """A month's name right before a number; in small letters "may" and "mar" are other words."""
    match = _MONTH_BEFORE.search(text, max(0, start - 12), start)
    return None if match is not None and match[1] in ("may", "mar", "march") else match


def _mention(text: str, match: re.Match[str]) -> DateMention | None:
    """The date that a number at ``match`` belongs to, or None."""
    group = match.groupdict()
    start, end = match.span()
    day, month, year = (int(value) if value else None for value in (group["iso_d"], group["iso_m"], group["iso_y"]))
    if group["num_d"]:
        day, month = int(group["num_d"]), int(group["num_m"])
        year = int(group["num_y"]) if group["num_y"] else None
        if month > 12 >= day:
            day, month = month, day
    elif group["dm_d"]:
        day, month = int(group["dm_d"]), _MONTHS[group["dm_m"].lower()]
        year = int(group["dm_y"]) if group["dm_y"] else None
    elif group["day"] or group["year"]:
        before = _month_before(text, start)
        if group["day"]:
            if before is None:
                return None
            day, year = int(group["day"]), int(group["day_y"]) if group["day_y"] else None
        else:
            year = int(group["year"])
        if before is not None:
            month, start = _MONTHS[before[1].lower()], before.start()
        elif _COUNTED.match(text, end) or _MONEY.search(text, max(0, start - 4), start):
            return None

    # A text may tell of 1647, whatever a metadata value may hold; any leap year shows whether the day exists.
    shown = year if year is not None and year >= FIRST_YEAR else 2000
    if day is not None and month is not None and _date(shown, month, day) is None:
        return None
    named = _WEEKDAY_BEFORE.search(text, max(0, start - 24), start)
    closed = text[start - 1 : start] == "(" and text[end : end + 1] == ")"
    if group["num_d"] and year is None and named is None and not closed:
        return None  # a fraction or a score
    if named is not None:
        start, end = named.start(), end + (bool(named[2]) and closed)
    return DateMention(start, end, day, month, year, _WEEKDAYS[named[1].lower()] if named else None)


def find_dates(text: str) -> list[DateMention]:
    """The dates that a text mentions, in order: "25 Juli", "Senin (25/7)", "July 25, 2022", "Juli 2022", "2022".

    A fraction ("1/2") without a weekday, a year or brackets, an amount ("Rp 2022") and a count ("2022 orang") are
    no dates.
    """
    found: list[DateMention] = []
    position = 0
    while digits := _DIGITS.search(text, position):
        position = digits.end()
        if digits.end() - digits.start() > 4 or text[digits.start() - 1 : digits.start()] in tuple("/.,-"):
            continue
        match = _LED.match(text, digits.start())
        mention = _mention(text, match) if match else None
        if mention is not None:
            found.append(mention)
            position = max(position, mention.end)
    return found


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
