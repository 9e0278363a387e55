"""Reads .jsonl and .csv: one article a row, and a row that is broken never stops the others."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Final

from index.reading.draft import Draft, Unreadable
from index.reading.encoding import decode
from index.reading.fields import TEXT_NAMES, canonical, draft_of, month_first

__all__ = ["BadRow", "read_csv", "read_jsonl"]


CELL_LENGTH: Final = 5_000_000

_JSON_DATE: Final = re.compile(
    r'"(?:date|published|tanggal|[a-z_]{0,12}date|date_?published|published_?at)"\s{0,3}:\s{0,3}"([^"]{6,40})"',
    re.IGNORECASE,
)

# The csv module's own limit, 131,072, is less than the length of a long report.
csv.field_size_limit(CELL_LENGTH)


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


def _delimiter(header: str) -> str:
    """The mark between columns: the commonest one of the header."""
    return max(",;\t|", key=header.count)


def _named(header: list[str], cells: list[str], day_first: bool) -> Draft:
    if len(cells) > len(header):
        raise Unreadable(
            f"it has {len(cells)} values under {len(header)} columns: put values with commas in quotation marks"
        )
    return draft_of(dict(zip(header, cells, strict=False)), day_first)


def read_csv(data: bytes) -> Iterator[tuple[int, Draft] | BadRow]:
    """Each row's line number and article, or what is wrong with it. The first line names the columns.

    Raises Unreadable for a file that is not text or has no column of texts.
    """
    content = decode(data).lstrip("\ufeff")
    delimiter = _delimiter(content[:20_000].split("\n", 1)[0])
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
    try:
        header = next(reader, [])
        rows = [(reader.line_num, cells) for cells in reader if any(cells)]
    except csv.Error as error:
        raise Unreadable(f"it is not a table ({error}): save it again as CSV") from error

    fields = [canonical(name) for name in header]
    if not any(field and field[0] == "text" for field in fields):
        columns = ", ".join(header)[:200]
        raise Unreadable(f"it has no column with the articles' text: name one {TEXT_NAMES} (its columns are {columns})")
    dated = [field is not None and field[0] == "published" for field in fields]
    # Cell by cell: a thousand columns of dates over a thousand rows without them are a million look-ups.
    dates = [cell for _, cells in rows for cell, of_date in zip(cells, dated, strict=False) if of_date]
    day_first = not month_first(dates)
    for line, cells in rows:
        try:
            yield line, _named(header, cells, day_first)
        except Unreadable as error:
            yield BadRow(line, str(error))
