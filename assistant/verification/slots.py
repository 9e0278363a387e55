"""Numbers, dates and names that a claim puts in another's place.

A value that stands somewhere in the source can still be the wrong one: "13 tewas, 24 luka" for "24 tewas, 13 luka".
A *slot* is what stands around an item in a sentence: the nearest content word on each side, other items left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.language import STOP_WORDS, stem, words

__all__ = ["Item", "Slot", "slots", "taken_by_another"]


@dataclass(frozen=True, slots=True)
class Item:
    """Something that fills a slot: its place, its type ("name", a unit, ...) and what makes it itself."""

    start: int
    end: int
    type: str
    key: frozenset[str]


@dataclass(frozen=True, slots=True)
class Slot:
    """The stems beside an item; "" at a sentence's end."""

    before: str
    after: str


def slots(text: str, items: Sequence[Item], language: str) -> list[tuple[Item, Slot]]:
    """Each item, in order, with its slot."""
    ordered = sorted(items, key=lambda item: (item.start, item.end))
    inside = 0
    row = []
    for word in words(text):
        while inside < len(ordered) and ordered[inside].end <= word.start:
            inside += 1
        hidden = inside < len(ordered) and ordered[inside].start <= word.start
        if not hidden and word.folded not in STOP_WORDS[language] and not word.folded[0].isdecimal():
            row.append((word.start, stem(word.folded, language)))
    found = []
    behind = 0
    for item in ordered:
        while behind < len(row) and row[behind][0] < item.start:
            behind += 1
        before = row[behind - 1][1] if behind else ""
        found.append((item, Slot(before, row[behind][1] if behind < len(row) else "")))
    return found


def taken_by_another(item: Item, slot: Slot, source: Sequence[tuple[Item, Slot]]) -> bool:
    """Whether the source has another item of that type in exactly this slot, and this one nowhere near such words."""
    if not (slot.before or slot.after):
        return False
    others = False
    for found, place in source:
        if found.type.split()[0] != item.type.split()[0]:
            continue
        if not found.key.isdisjoint(item.key):
            if (place.before and place.before == slot.before) or (place.after and place.after == slot.after):
                return False
        elif place == slot and found.type == item.type:
            others = True
    return others
