"""The days, weeks, months and years that a sentence speaks of, and whether a source speaks of them too.

On top of ``index.dates``: words that lean on the day of the article ("kemarin", "last week"), weekdays and months that
stand alone, both ends of a range ("25-27 Juli"), and numeric dates with dots or dashes.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from assistant.verification.units import UNITS
from index.dates import DateMention, find_dates, parse_date, resolve, weekday

__all__ = ["ANY", "Day", "days", "found_under", "looked_for", "says"]

ANY: Final = -1  # any year, or any month


@dataclass(frozen=True, slots=True)
class Day:
    """A time that a text names: ``text[start:end]``; what it leaves open is None.

    ``weekday`` is 0 for Monday. ``offset`` counts days from the article's own day ("kemarin" is -1). ``period`` is
    "week", "month" or "year" with how many after the article's own ("bulan lalu" is ("month", -1)). A ``doubtful`` one
    ("25/7" may be a fraction, "May" a verb) proves a date and claims none.
    """

    start: int
    end: int
    day: int | None = None
    month: int | None = None
    year: int | None = None
    weekday: int | None = None
    offset: int | None = None
    period: tuple[str, int] | None = None
    doubtful: bool = False


_WEEKDAYS: Final = (
    "Senin Selasa Rabu Kamis Jumat Jum'at Jum’at Sabtu Minggu Ahad"
    " Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
)
_MONTHS: Final = (
    "Januari Februari Pebruari Maret April Mei Juni Juli Agustus September Oktober November Nopember Desember"
    " January February March May June July August October December"
)
_OFFSETS: Final[dict[str, int]] = {
    **dict.fromkeys(
        ("hari ini", "malam ini", "pagi ini", "siang ini", "sore ini", "tadi pagi", "tadi siang", "tadi sore"), 0
    ),
    **dict.fromkeys(("today", "tonight", "this morning", "this afternoon", "this evening"), 0),
    **dict.fromkeys(("kemarin", "yesterday", "tadi malam", "last night", "semalam"), -1),
    **dict.fromkeys(("kemarin lusa", "kemarin dulu", "two days ago", "dua hari lalu", "2 hari lalu"), -2),
    **dict.fromkeys(("besok", "esok", "tomorrow"), 1),
    "lusa": 2,
}
_PERIODS: Final[dict[str, tuple[str, int]]] = {
    **{
        f"{word} {when}": (unit, after)
        for unit, words in (("week", ("pekan", "minggu")), ("month", ("bulan",)), ("year", ("tahun",)))
        for word in words
        for when, after in (
            ("lalu", -1), ("silam", -1), ("kemarin", -1), ("ini", 0), ("depan", 1), ("mendatang", 1), ("berikutnya", 1)
        )
    },
    **{
        f"{when} {word}": (word, after)
        for word in ("week", "month", "year")
        for when, after in (("last", -1), ("this", 0), ("next", 1))
    },
}  # fmt: skip
_RELATIVE: Final = re.compile(
    r"\b(?:" + "|".join(sorted((*_OFFSETS, *_PERIODS), key=len, reverse=True)) + r")\b", re.IGNORECASE
)
_NAMED: Final = re.compile(
    r"\b(?:(?P<weekday>" + "|".join(_WEEKDAYS.split()) + r")|(?P<month>" + "|".join(_MONTHS.split()) + r"))\b"
)
_NUMERIC: Final = re.compile(r"(?<![\d/.-])\d{1,4}([.-])\d{1,2}\1\d{2,4}(?![\d.-]\d)")
_YEARS: Final = re.compile(r"(?<!\d)((?:1[89]|20)\d\d)[-–/](\d\d)(?![\d/-]|\.\d)")  # "2019-20"
_WORD_BEHIND: Final = re.compile(r"[ -]([^\W\d_]+)")
_BARE: Final = re.compile(r"(?<![\d/.,-])(\d{1,2})/(\d{1,2})(?![\d/]|[.,]\d)")
_RANGE_BEFORE: Final = re.compile(
    r"(?<![\d.,/])(\d{1,2})\s?(?:[-–—&/]|hingga|sampai|s\.d\.|s/d|dan|and|to|atau|or)\s?$"
)
_RANGE_AFTER: Final = re.compile(r"\s?(?:[-–—]|to|and)\s?(\d{1,2})(?![\d%/]|[.,]\d)")
# "25-27 Juli": the second day stands behind a hyphen, where ``find_dates`` looks for none.
_SECOND_DAY: Final = re.compile(r"(?<=\d[-–—/])\d{1,2}(?: [^\W\d_]{3,10}(?:,? \d{4})?(?!\d)|/\d{1,2}/\d{4}(?!\d))")
# Common words, or names of people, too, so that the month alone is no claim.
_DOUBTFUL_MONTHS: Final = frozenset({"May", "March", "August", "April", "Juni", "Juli", "Mei", "June"})
_MONTH_SIGN: Final = re.compile(
    r"(?:\b(?:in|since|until|by|early|late|mid|last|next|this|of|from|pada|bulan|sejak|hingga|awal|akhir|pertengahan)"
    r"|-) $",
    re.IGNORECASE,
)


def days(text: str) -> list[Day]:
    """The days, months, years and weekdays that a text names, in order; none overlaps another."""
    found = [_from_mention(text, mention) for mention in find_dates(text) if not _counts(text, mention)]
    for match in _YEARS.finditer(text):
        last = int(match[1][:2] + match[2])
        if last > int(match[1]):
            found.append(Day(match.start(2), match.end(2), year=last))
    for match in _NUMERIC.finditer(text):
        day = parse_date(match[0])
        if day is not None:
            found.append(Day(match.start(), match.end(), day.day, day.month, day.year))
    for match in _SECOND_DAY.finditer(text):
        for mention in find_dates(match[0]):
            moved = (mention.start + match.start(), mention.end + match.start())
            found.append(Day(*moved, mention.day, mention.month, mention.year))
    found += _ranges(text, found)
    for match in _BARE.finditer(text):
        found += _bare(match)
    for match in _RELATIVE.finditer(text):
        word = match[0].lower()
        offset, period = _OFFSETS.get(word), _PERIODS.get(word)
        # "Minggu ini" is this Sunday or this week; a capital inside a sentence decides nothing here.
        found.append(Day(match.start(), match.end(), offset=offset, period=period))
    for match in _NAMED.finditer(text):
        found.append(_from_name(text, match))
    return _apart(found)


def _counts(text: str, mention: DateMention) -> bool:
    """Whether a lone year counts something: "2000 months"."""
    lone = mention.month is None and mention.day is None
    behind = _WORD_BEHIND.match(text, mention.end) if lone else None
    return behind is not None and len(behind[1]) > 1 and behind[1].lower() in UNITS


def _from_mention(text: str, mention: DateMention) -> Day:
    end = mention.end - text.endswith(".", mention.start, mention.end)  # "Oct.", or the end of the sentence
    return Day(mention.start, end, mention.day, mention.month, mention.year, mention.weekday)


def _ranges(text: str, found: Iterable[Day]) -> list[Day]:
    """The other end of each range: the first day of "25-27 Juli", the last of "July 25-27"."""
    others = []
    for day in found:
        if day.day is None or day.month is None:
            continue
        if match := _RANGE_BEFORE.search(text, max(0, day.start - 12), day.start):
            if 0 < int(match[1]) <= 31:
                others.append(Day(match.start(1), match.end(1), int(match[1]), day.month, day.year))
        elif (match := _RANGE_AFTER.match(text, day.end)) and day.day < int(match[1]) <= 31:
            others.append(Day(match.start(1), match.end(1), int(match[1]), day.month, day.year))
    return others


def _bare(match: re.Match[str]) -> list[Day]:
    """ "25/7" without brackets: a day, or a fraction."""
    day, month = int(match[1]), int(match[2])
    if month > 12 >= day:
        day, month = month, day
    return [Day(match.start(), match.end(), day, month, doubtful=True)] if 0 < day <= 31 and 0 < month <= 12 else []


def _from_name(text: str, match: re.Match[str]) -> Day:
    """A weekday or a month that stands alone."""
    if match["weekday"]:
        # "Minggu" at the start of a sentence may be "week".
        first = match["weekday"] == "Minggu" and not text[: match.start()].strip()[-1:].isalnum()
        return Day(match.start(), match.end(), weekday=weekday(match["weekday"]), doubtful=first)
    mention = find_dates(f"1 {match['month']}")
    month = mention[0].month if mention else None
    signed = _MONTH_SIGN.search(text, max(0, match.start() - 14), match.start())
    return Day(match.start(), match.end(), month=month, doubtful=match["month"] in _DOUBTFUL_MONTHS and not signed)


def _apart(found: list[Day]) -> list[Day]:
    """The mentions in order, without those that lie in another that starts earlier or says more."""
    kept: list[Day] = []
    for day in sorted(found, key=lambda day: (day.start, -day.end)):
        if not kept or day.start >= kept[-1].end:
            kept.append(day)
        elif kept[-1].day is None and day.day is not None:
            kept[-1] = day
    return kept


def _dates(day: Day, published: date | None) -> list[date]:
    """The calendar days that a mention may mean in an article of that day; [] where it names no single day."""
    if day.day is not None and day.month is not None:
        mention = DateMention(day.start, day.end, day.day, day.month, day.year)
        resolved = resolve(mention, published)
        return [resolved] if resolved else []
    if published is None:
        return []
    try:
        if day.offset is not None:
            return [published + timedelta(days=day.offset)]
        if day.weekday is not None:
            back = (published.weekday() - day.weekday) % 7
            return [published - timedelta(days=back), published + timedelta(days=7 - back)]
    except OverflowError:
        pass
    return []


def _years(day: Day, published: date | None) -> set[int]:
    """The years that a mention may lie in."""
    if day.year is not None:
        return {day.year}
    if resolved := _dates(day, published):
        return {one.year for one in resolved}
    if published is None:
        return set()
    if day.period is not None:
        unit, after = day.period
        return {published.year + after} if unit == "year" else set()
    return {published.year, published.year - 1} if day.month is not None else set()


def _in_period(day: Day, period: tuple[str, int], published: date | None) -> bool:
    """Whether a mention lies in "last week", "this month", "next year" of an article of ``published``."""
    if day.period is not None:
        return day.period == period
    if published is None:
        return False
    unit, after = period
    if unit == "year":
        return published.year + after in _years(day, published)
    if unit == "month":
        months = published.year * 12 + published.month - 1 + after
        if day.month is not None and day.day is None:
            return day.month == months % 12 + 1
        return any(one.year * 12 + one.month - 1 == months for one in _dates(day, published))
    monday = published - timedelta(days=published.weekday())
    return any((one - monday).days // 7 == after for one in _dates(day, published))


def found_under(source: Day, published: date | None) -> set[tuple[int | None, int]]:
    """The (year, month) that a mention in a source is indexed under; None is a year that it leaves open."""
    months = {one.month for one in _dates(source, published)} | ({source.month} if source.month is not None else set())
    known = _years(source, published)
    years: list[int | None] = [ANY, *known] if known else [ANY, None]
    return {(year, month) for year in years for month in {*months, ANY}}


def looked_for(claim: Day) -> list[tuple[int | None, int]]:
    """Under which (year, month) to look for what ``says`` a claim; each mention that does is under one of them."""
    if claim.period is not None or claim.offset is not None:
        return [(ANY, ANY)]
    month = ANY if claim.month is None else claim.month
    return [(ANY, month)] if claim.year is None else [(claim.year, month), (None, month)]


def says(source: Day, claim: Day, published: date | None, years: Container[float]) -> bool:
    """Whether a mention in a source of ``published`` says what a claim says; the source may say more.

    ``years`` are those that the source names anywhere: where neither the mention nor the source's own day gives the
    year, one of them must be the claim's.
    """
    if claim.period is not None:
        return _in_period(source, claim.period, published)
    if claim.offset is not None:
        return source.offset == claim.offset or _share(claim, source, published)
    if claim.day is None and claim.month is None and claim.year is None:
        if source.weekday is not None or claim.weekday is None:
            return source.weekday == claim.weekday
        return any(one.weekday() == claim.weekday for one in _dates(source, published))

    possible = _dates(source, published)
    if claim.year is not None:
        known = _years(source, published)
        if claim.year not in (known or years):
            return False
        possible = [one for one in possible if one.year == claim.year]
    if claim.month is None:
        return True
    if claim.day is None:
        return source.month == claim.month or any(one.month == claim.month for one in possible)
    if source.day is not None and source.month is not None:
        same = (source.day, source.month) == (claim.day, claim.month)
    else:
        same = any((one.day, one.month) == (claim.day, claim.month) for one in possible)
    if not same or claim.weekday is None:
        return same
    if source.weekday is not None:
        return source.weekday == claim.weekday
    return not possible or any(one.weekday() == claim.weekday for one in possible)


def _share(first: Day, second: Day, published: date | None) -> bool:
    """Whether two mentions in an article of one day may mean the same day."""
    return not set(_dates(first, published)).isdisjoint(_dates(second, published))
