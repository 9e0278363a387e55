"""Where a source holds a claim's quantities, dates and quotations, in whatever written form."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Final

from assistant.verification.days import Day, looked_for, says
from assistant.verification.evidence import Evidence, literal, value_key
from assistant.verification.quantities import CLOCK, Quantity
from assistant.verification.units import CURRENCIES, MONEY, PERSON

__all__ = ["days_agree", "holds_quotation", "places_of_day", "places_of_quantity", "quantities_agree"]

_YEARS: Final = 12.0  # the size of a year, in the unit "month"
_AGE: Final = re.compile(
    r"\b(?:usia|umur|berusia|berumur|aged?|ages|old|older|over|under|above|between)\b", re.IGNORECASE
)
_MOST_LOOKED_AT: Final = 64
_CURRENCY_WORDS: Final = {
    unit: frozenset(form for form, known in CURRENCIES.items() if known == unit) for unit in MONEY
}


def quantities_agree(claim: Quantity, found: Quantity, sentence: str) -> bool:
    """Whether a quantity of a source's sentence is the one that a claim states."""
    if (claim.highest is None) != (found.highest is None):
        return False
    if claim.highest is not None:
        return (claim.values, claim.highest) == (found.values, found.highest)
    if claim.unit == found.unit:
        mine = {value_key(value * claim.size) for value in claim.values}
        return not mine.isdisjoint(value_key(value * found.size) for value in found.values)
    if {value_key(value) for value in claim.values}.isdisjoint(value_key(value) for value in found.values):
        return False
    if claim.label or found.label:
        return claim.label and found.label
    if not claim.unit:
        return found.unit not in ("%", CLOCK)
    if found.unit or found.implied:
        return False
    aged = claim.unit == "month" and claim.size == _YEARS and _AGE.search(sentence) is not None
    in_brackets = sentence[found.start - 1 : found.start] == "(" and sentence[found.end : found.end + 1] == ")"
    return claim.unit == PERSON or aged or (claim.size == _YEARS and in_brackets)


def places_of_quantity(piece: Evidence, claim: Quantity) -> set[int]:
    """The sentences of a source that hold a quantity; a "ratusan" is held by any count of hundreds."""
    if not claim.values:
        place = piece.written.get(claim.written)
        return set() if place is None else {place}
    entries = [
        entry
        for key in {value_key(value * by) for value in claim.values for by in (1.0, claim.size)}
        for entry in piece.values.get(key, ())
    ]
    places: set[int] = set()
    for found, place in entries:
        if place not in places and _agrees(piece, claim, found, place):
            places.add(place)
    if claim.unit == CLOCK and (place := piece.written.get(claim.written.replace(":", "."))) is not None:
        places.add(place)
    if claim.highest is not None:
        first = bisect_left(piece.ordered, claim.values[0], key=lambda entry: entry[0])
        for value, place, found in piece.ordered[first : first + _MOST_LOOKED_AT]:
            if value > claim.highest:
                break
            if found.unit in ("", PERSON, claim.unit) or not claim.unit:
                places.add(place)
    if claim.ordinal:
        places.update(piece.ordinals.get(claim.values[0], ()))
    elif claim.unit in ("", "month"):
        places.update(piece.years.get(claim.values[0], ()))
    return places


def _agrees(piece: Evidence, claim: Quantity, found: Quantity, place: int) -> bool:
    """As ``quantities_agree``, where a sentence may also state a unit once for several numbers: "10 dan 15 persen"."""
    if quantities_agree(claim, found, piece.sentences[place].text):
        return True
    listed = claim.unit and not (found.unit or found.label or found.implied or claim.label)
    if not listed or any(value_key(value) not in {value_key(v) for v in found.values} for value in claim.values[:1]):
        return False
    if claim.money and not _CURRENCY_WORDS[claim.unit].isdisjoint(piece.sentences[place].text.lower().split()):
        return True  # "500 Congolese francs"
    return any(other.unit == claim.unit and other.size == claim.size for other in piece.quantities[place])


def days_agree(piece: Evidence, claim: Day, found: Day) -> bool:
    """Whether a date of a source says what a claim's date says."""
    return says(found, claim, piece.source.published, piece.years)


def places_of_day(piece: Evidence, claim: Day) -> set[int]:
    """The sentences of a source that name a day, month or year."""
    places = {
        place
        for key in looked_for(claim)
        for day in piece.dated.get(key, ())
        if days_agree(piece, claim, day)
        for place in piece.days[day]
    }
    if claim.year is not None and claim.month is None:
        # A year in a name or in a range, where it is no date: "Piala Dunia 2022", "2019/2020".
        places |= {place for _, place in piece.values.get(value_key(float(claim.year)), ())}
    return places


def holds_quotation(piece: Evidence, quote: str) -> bool:
    """Whether a source holds a quotation literally, up to white space, quote style and what "..." leaves out."""
    parts = [part.strip(" .,;:!?'-") for part in literal(quote).replace("[...]", "...").split("...")]
    return all(part in piece.quotable for part in parts)
