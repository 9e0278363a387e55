"""Reads .jsonl and .csv: one article a row, and a row that is broken never stops the others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from index.reading.draft import Draft, Unreadable
from index.reading.encoding import decode
from index.reading.fields import draft_of, month_first

__all__ = ["BadRow", "read_jsonl"]


_JSON_DATE: Final = re.compile(r'"(?:date|published|tanggal|[a-z_]{0,12}date|date_?published|published_?at)"\s{0,3}:\s{0,3}"([^"]{6,40})"', re.IGNORECASE)


class BadRow(Unreadable):
    """A row that is no article; ``line`` is where it stands in its file, counted from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def _row(line: str, day_first: bool) -> Draft:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        what = str(error) if isinstance(error, json.JSONDecodeError) else "too deep or too large a value"
        raise Unreadable(f"it is not valid JSON ({what}): write one object a line") from error
    if not isinstance(row, dict):
        raise Unreadable('it is not a JSON object: write one object a line, as {"title": ..., "text": ...}')
    return draft_of(row, day_first)


def read_jsonl(data: bytes) -> Iterator[tuple[int, Draft] | BadRow]:
    """Each line's number and article, or what is wrong with it. Raises Unreadable for a file that is not text."""
    content = decode(data)
    day_first = not month_first(_JSON_DATE.findall(content))
    # Not splitlines: U+2028 may stand inside a JSON string.
    for number, line in enumerate(content.split("\n"), start=1):
        if not line or line.isspace():
            continue
        try:
            yield number, _row(line, day_first)
        except Unreadable as error:
            yield BadRow(number, str(error))
