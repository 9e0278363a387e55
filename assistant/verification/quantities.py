"""The quantities of a text: numbers in digits or words, with their units, in Indonesian and English.

"Rp 1,5 triliun", "1.5 trillion rupiah" and "Rp 1.500 miliar" are one quantity; so are "dua puluh lima", "twenty-five"
and "25". One pass over the tokens, with a look at no more than a few tokens around each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from assistant.verification.number_words import IMPLIED, ORDINALS, VAGUE, Token, at, number_at, readings, tokens
from assistant.verification.units import CURRENCIES, MONEY, SCALE_LETTERS, SCALES, UNITS

__all__ = ["CLOCK", "Quantity", "quantities"]

CLOCK: Final = "clock"
_CLOCK: Final = re.compile(r"([01]?\d|2[0-4])(?:[.:]([0-5]\d))?")
_CLOCK_BEFORE: Final = frozenset("pukul jam pkl".split())
_CLOCK_AFTER: Final = frozenset("wib wita wit gmt utc".split())
_ROMAN: Final = {"II": 2, "III": 3, "IV": 4, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "XI": 11, "XII": 12, "XIII": 13}
_RANGE: Final = re.compile(r"-?\s?(?:[-–—]|hingga|sampai|to|s/d|s\.d\.)\s?")
# "salah satu", "one of", "no one": no count is claimed.
_UNCOUNTED_BEFORE: Final = frozenset("salah no any each every this that which the another some tak tidak".split())
_UNCOUNTED_AFTER: Final = frozenset("of another satunya sama per by day in demi".split())
_OWNERS: Final = frozenset("the his her its their our my s".split())
_ONE_UNIT: Final = {
    "se" + unit: unit
    for unit in "orang tahun hari bulan minggu pekan jam menit detik abad dekade meter kilometer liter".split()
}
_TIMES: Final = {"once": 1.0, "sekali": 1.0, "twice": 2.0, "thrice": 3.0, "double": 2.0, "triple": 3.0}
_SUFFIXES: Final = frozenset("st nd rd th".split())


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a text: ``text[start:end]``.

    ``values`` are its readings with their scale, the usual one first; minutes after midnight for a time of day; empty
    for digits too many to be a number. ``unit`` is "" where none is known; a value times ``size`` is in the unit's base
    (metres, kilograms, seconds, months). ``scale`` is the part of the value that is not in its digits. ``highest`` is
    the upper end of a vague count ("ratusan"). An ``implied`` one ("seorang", "both") proves a number and claims none.
    A ``label`` is part of a name ("COVID-19", "G20"). ``written`` is how its first token is written.
    """

    values: tuple[float, ...]
    unit: str
    start: int
    end: int
    written: str
    highest: float | None = None
    implied: bool = False
    ordinal: bool = False
    label: bool = False
    size: float = 1.0
    scale: float = 1.0

    @property
    def money(self) -> bool:
        """Whether it is an amount of money."""
        return self.unit in MONEY


def quantities(text: str, language: str = "id") -> list[Quantity]:
    """Every quantity of a text, in order. ``language`` decides how "1.500" may be read."""
    row = tokens(text)
    found: list[Quantity] = []
    index = 0
    while index < len(row):
        quantity, index = _quantity(row, index, language)
        if quantity is None:
            continue
        if found and found[-1].end < quantity.start and quantity.start - found[-1].end < 12:
            between = text[found[-1].end : quantity.start]
            if _RANGE.fullmatch(between):
                found[-1], quantity = _as_range(found[-1], quantity)
        found.append(quantity)
    return found


def _as_range(low: Quantity, high: Quantity) -> tuple[Quantity, Quantity]:
    """The two ends of "Rp 1-2 triliun" or "10 hingga 15 persen": each gets the unit and scale that the other states."""
    if low.money and not high.unit:
        high = replace(high, unit=low.unit)
    if (
        (not low.unit or (low.money and low.unit == high.unit))
        and high.unit != CLOCK
        and low.scale == 1.0
        and not high.implied
        and not low.label
    ):
        scaled = tuple(value * high.scale for value in low.values) if high.scale != 1.0 else ()
        low = replace(low, unit=high.unit, size=high.size, values=(*scaled, *low.values))
    return low, high


def _quantity(row: Sequence[Token], index: int, language: str) -> tuple[Quantity | None, int]:
    """The quantity that starts at a token, if any, and where to go on."""
    token = row[index]
    if token.lower[0].isdecimal() and (clock := _time_of_day(row, index)) is not None:
        return clock, index + 1
    if token.lower in VAGUE:
        return _vague(row, index)
    values, after = number_at(row, index, language)
    if not values:
        return _without_value(row, index)

    end = after + (at(row, after) in _SUFFIXES and _touches(row, after))
    ordinal = end > after or (at(row, index - 1) == "-" and at(row, index - 2) == "ke")
    unit, first = _currency_before(row, index)
    size = scale = 1.0
    letter = at(row, end)
    if letter in ("k", "m", "b", "t") and (
        (unit and row[end].written.isupper()) or (_touches(row, end) and (unit or letter == "k"))
    ):
        scale, end = SCALE_LETTERS[letter, unit == "rp"], end + 1
    if not unit:
        unit, size, end = _unit_after(row, end)
    own = readings(token.lower, language) if token.lower[0].isdecimal() else ()
    stated = values[0] / own[-1 if end > index + 1 and at(row, index + 1) in SCALES else 0] if own and own[0] else 1.0
    quantity = Quantity(
        tuple(value * scale for value in values),
        unit,
        row[first].start,
        row[end - 1].end,
        token.written,
        implied=values == (1.0,) and token.lower in ("satu", "one", "a") and _uncounted(row, index, after),
        ordinal=ordinal,
        label=_is_label(row, index) and not unit,
        size=size,
        scale=stated * scale,
    )
    return quantity, end


def _is_label(row: Sequence[Token], index: int) -> bool:
    """Whether digits belong to the letters before them: "COVID-19", "G20", "F-16"."""
    if not row[index].lower[0].isdecimal() or not _touches(row, index):
        return False
    before = index - 1
    if row[before].lower == "-" and _touches(row, before):
        before -= 1
    return row[before].lower.isalpha() and row[before].lower not in ("rp", "idr", "usd", "ke", "us")


def _uncounted(row: Sequence[Token], index: int, after: int) -> bool:
    """Whether a "satu" or "one" counts nothing."""
    return at(row, index - 1) in _UNCOUNTED_BEFORE or at(row, after) in _UNCOUNTED_AFTER or at(row, after) == "-"


def _touches(row: Sequence[Token], index: int) -> bool:
    """Whether the token at ``index`` stands right behind the one before it."""
    return 0 < index < len(row) and row[index - 1].end == row[index].start


def _currency_before(row: Sequence[Token], index: int) -> tuple[str, int]:
    """The currency in front of a number, and the index it starts at; "" and the number's own where there is none."""
    before = index - 2 if at(row, index - 1) == "." and at(row, index - 2) in ("rp", "idr") else index - 1
    word = at(row, before)
    pair = at(row, before - 1) + word
    if word == "$" and _touches(row, before) and pair in CURRENCIES:
        return CURRENCIES[pair], before - 1
    return (CURRENCIES[word], before) if word in CURRENCIES and len(word) < 4 else ("", index)


def _unit_after(row: Sequence[Token], after: int) -> tuple[str, float, int]:
    """The unit behind a number, its factor, and the index behind the unit."""
    index = after + (at(row, after) == "-" and _touches(row, after) and _touches(row, after + 1))
    first, second = at(row, index), at(row, index + 1)
    pair = f"{first}{'' if _touches(row, index + 1) else ' '}{second}"
    for form, width in ((pair, 2), (first, 1)):
        if form in UNITS and not (form in ("m", "g") and row[index].written.isupper()):
            return *UNITS[form], index + width
    return "", 1.0, after


def _time_of_day(row: Sequence[Token], index: int) -> Quantity | None:
    """The time of day that the digits at ``index`` are, or None."""
    token = row[index]
    match = _CLOCK.fullmatch(token.written)
    if match is None:
        return None
    before, after = at(row, index - 1), at(row, index + 1)
    meridiem = after if after in ("am", "pm") else after + "m" if after in "ap" and at(row, index + 2) == "." else ""
    named = before in _CLOCK_BEFORE or after in _CLOCK_AFTER or meridiem in ("am", "pm")
    if not named and not (match[2] and ":" in token.written):
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    start = row[index - 1].start if before in _CLOCK_BEFORE else token.start
    later = (hour % 12 + 12) * 60 + minute
    if meridiem == "pm" or (after in ("malam", "sore", "petang") and hour < 12):
        values: tuple[float, ...] = (later,)
    elif meridiem == "am":
        values = (hour % 12 * 60 + minute,)
    elif hour > 12 or after in _CLOCK_AFTER or token.written.startswith("0"):
        values = (hour % 24 * 60 + minute,)
    else:
        values = (hour * 60 + minute, later)
    return Quantity(values, CLOCK, start, token.end, token.written)


def _vague(row: Sequence[Token], index: int) -> tuple[Quantity, int]:
    """ "puluhan ribu", "hundreds of thousands": a count between two ends."""
    first, (low, high) = index, VAGUE[row[index].lower]
    index += 1
    while True:
        ahead = index + (at(row, index) == "of")
        word = at(row, ahead)
        scale = SCALES.get(word, VAGUE[word][0] if word in VAGUE else 0.0)
        if scale < 1e3:
            break
        low, high, index = low * scale, high * scale, ahead + 1
    unit, size, end = _unit_after(row, index + (at(row, index) == "of"))
    end = max(index, end) if unit else index
    quantity = Quantity((low,), unit, row[first].start, row[end - 1].end, row[first].written, highest=high, size=size)
    return quantity, end


def _without_value(row: Sequence[Token], index: int) -> tuple[Quantity | None, int]:
    """An ordinal word, a Roman number, a word that implies a number, or digits too many to be one."""
    token = row[index]
    span = (token.start, token.end, token.written)
    if token.lower in ORDINALS:
        value = float(ORDINALS[token.lower])
        after = at(row, index + 1)
        if token.lower.startswith("ke") and after in ("belas", "puluh"):
            value = value + 10 if after == "belas" else value * 10
            return Quantity((value,), "", token.start, row[index + 1].end, token.written, ordinal=True), index + 2
        before = at(row, index - 1)
        # "first" has too many synonyms ("perdana", "awal") to be a claim; "a third" is a part, "per second" a unit.
        implied = value == 1 or before in ("a", "one", "per") or (token.lower == "second" and before not in _OWNERS)
        return Quantity((value,), "", *span, implied=implied, ordinal=True), index + 1
    if token.written in _ROMAN:
        return Quantity((float(_ROMAN[token.written]),), "", *span, implied=True), index + 1
    if token.lower in _TIMES:
        return Quantity((_TIMES[token.lower],), "times", *span, implied=True), index + 1
    if token.lower in _ONE_UNIT:
        unit, size = UNITS[_ONE_UNIT[token.lower]]
        return Quantity((1.0,), unit, *span, implied=True, size=size), index + 1
    if token.lower in IMPLIED:
        unit, size, end = _unit_after(row, index + 1)
        if unit:
            return Quantity((IMPLIED[token.lower],), unit, *span, implied=True, size=size), end
        return Quantity((IMPLIED[token.lower],), "", *span, implied=True), index + 1
    if token.lower[0].isdecimal():
        return Quantity((), "", *span), index + 1
    return None, index + 1
