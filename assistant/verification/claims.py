"""What a sentence claims that can be checked by rule: its quotations, dates, quantities and names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

from assistant.verification.alignment import Alignment, claim_words
from assistant.verification.days import Day, days
from assistant.verification.evidence import value_key
from assistant.verification.names import Name, NameIndex, missing, names
from assistant.verification.quantities import Quantity, quantities
from assistant.verification.slots import Item, Slot, slots, taken_by_another
from assistant.verification.support import days_agree, places_of_day, places_of_quantity, quantities_agree
from index.language import Word, fold

__all__ = ["Claims", "read_claims", "substituted"]

_QUOTE_MARK: Final = re.compile('["“”„«»]')
_CLOSE_TO_LITERAL: Final = 0.7  # benchmarks/verifier.py, development half


@dataclass(frozen=True, slots=True)
class Claims:
    """A sentence, read for checking. Quotations are (start, end) inside the marks."""

    text: str
    language: str
    words: tuple[Word, ...]
    quotations: tuple[tuple[int, int], ...]
    days: tuple[Day, ...]
    quantities: tuple[Quantity, ...]
    names: tuple[Name, ...]


@lru_cache(maxsize=2048)
def read_claims(text: str, language: str) -> Claims:
    """Read one sentence; linear in its length."""
    named = days(text)
    taken = [(day.start, day.end) for day in named]
    counted = _outside(quantities(text, language), taken)
    taken = sorted(taken + [(quantity.start, quantity.end) for quantity in counted if not quantity.implied])
    return Claims(
        text,
        language,
        tuple(_outside(claim_words(text, language), taken)),
        tuple(_quotations(text)),
        tuple(day for day in named if not day.doubtful),
        tuple(quantity for quantity in counted if not quantity.implied),
        tuple(names(text, language, taken)),
    )


def _quotations(text: str) -> list[tuple[int, int]]:
    """What stands between quotation marks; a quotation may have begun before the sentence or end after it."""
    marks = list(_QUOTE_MARK.finditer(text))
    if not marks:
        return []
    first = marks[0].start()
    straight = sum(mark[0] == '"' for mark in marks)
    began_before = marks[0][0] in "”»" or (
        marks[0][0] == '"' and straight % 2 == 1 and text[:first].rstrip()[-1:] in (",", ".", "!", "?", "…")
    )
    spans = []
    start = 0 if began_before else None
    for mark in marks:
        if start is None:
            start = mark.end()
        elif mark[0] in '"”»':
            spans.append((start, mark.start()))
            start = None
    if start is not None:
        spans.append((start, len(text)))
    return [(start, end) for start, end in spans if any(character.isalnum() for character in text[start:end])]


_Placed = TypeVar("_Placed", Quantity, Word)


def _outside(row: Sequence[_Placed], spans: Sequence[tuple[int, int]]) -> list[_Placed]:
    """What touches none of the spans; both are in order."""
    kept = []
    behind = 0
    for one in row:
        while behind < len(spans) and spans[behind][1] <= one.start:
            behind += 1
        if behind == len(spans) or one.end <= spans[behind][0]:
            kept.append(one)
    return kept


def _day_item(day: Day) -> Item | None:
    """A date as an item: its year, which a source may leave out, matters only where it stands alone."""
    for type_, value in (("day", day.day), ("month", day.month), ("year", day.year), ("weekday", day.weekday)):
        if value is not None:
            return Item(day.start, day.end, type_, frozenset({f"{value} {day.month if type_ == 'day' else ''}"}))
    return None


def _quantity_item(one: Quantity) -> Item | None:
    if not one.values or one.label or one.highest is not None:
        return None
    return Item(one.start, one.end, f"quantity {one.unit}", frozenset(value_key(v * one.size) for v in one.values))


def _name_item(name: Name) -> Item:
    return Item(name.start, name.end, "name", frozenset(fold(word.written) for word in name.words))


@lru_cache(maxsize=2048)
def _name_index(text: str, language: str) -> NameIndex:
    return NameIndex.of(text, language)


def _items(claims: Claims) -> list[Item]:
    """What a sentence fills slots with."""
    return [
        *(item for one in claims.quantities if (item := _quantity_item(one))),
        *(item for day in claims.days if (item := _day_item(day))),
        *(_name_item(name) for name in claims.names),
    ]


@lru_cache(maxsize=2048)
def _slots(text: str, language: str) -> list[tuple[Item, Slot]]:
    return slots(text, _items(read_claims(text, language)), language)


def substituted(claims: Claims, alignment: Alignment) -> list[Item]:
    """The items of a near-literal claim that stand where its evidence has another one of their type."""
    piece = alignment.evidence
    if alignment.best is None or alignment.best_cover < _CLOSE_TO_LITERAL:
        return []
    near = [piece.sentences[place].text for place in sorted(alignment.near)]
    found: list[Item] = []
    if claims.language == piece.language:
        source = [entry for text in near for entry in _slots(text, piece.language)]
        found += [item for item, slot in _slots(claims.text, claims.language) if taken_by_another(item, slot, source)]

    own = read_claims(piece.sentences[alignment.best].text, piece.language)
    days_ = [(day, item) for day in claims.days if (item := _day_item(day))]
    for type_ in sorted({item.type for _, item in days_}):
        others = [day for day in own.days if (twin := _day_item(day)) and twin.type == type_]
        mine = [(day, item) for day, item in days_ if item.type == type_]
        found += _misplaced(
            mine,
            others,
            lambda day, other: days_agree(piece, day, other),
            lambda day: places_of_day(piece, day).isdisjoint(alignment.near),
        )
    counted = [(one, item) for one in claims.quantities if (item := _quantity_item(one))]
    for type_ in sorted({item.type for _, item in counted}):
        found += _misplaced(
            [(one, item) for one, item in counted if item.type == type_],
            [one for one in own.quantities if (twin := _quantity_item(one)) and twin.type == type_],
            lambda one, other: quantities_agree(one, other, own.text),
            lambda one: places_of_quantity(piece, one).isdisjoint(alignment.near),
        )
    index, own_index = _name_index("\n".join(near), piece.language), _name_index(claims.text, claims.language)
    away = [_name_item(name) for name in claims.names if missing(name, index, claims.language)]
    left_out = any(missing(name, own_index, piece.language) for name in own.names)
    if away and left_out and len(claims.names) == len(own.names):
        found += away
    return found


_Mention = TypeVar("_Mention", Day, Quantity)


def _misplaced(
    mine: list[tuple[_Mention, Item]],
    others: list[_Mention],
    agree: Callable[[_Mention, _Mention], bool],
    away: Callable[[_Mention], bool],
) -> list[Item]:
    """The claim's items of one type that its evidence sentence does not hold, or not so often, and has another for."""
    if all(any(agree(one, other) for one, _ in mine) for other in others):
        return []
    found = [item for one, item in mine if away(one)]
    if not found and len(mine) == len(others):
        held = Counter(value for other in others for value in _once(other))
        for one, item in mine:
            keys_ = _once(one)
            held.subtract(keys_)
            if any(held[key] < 0 for key in keys_) and any(agree(one, other) for other in others):
                found.append(item)
    return found


def _once(mention: Day | Quantity) -> list[str]:
    item = _day_item(mention) if isinstance(mention, Day) else _quantity_item(mention)
    return sorted(item.key) if item else []
