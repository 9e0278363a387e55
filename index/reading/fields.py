"""The names that fields of an article go by in JSON, CSV and front matter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from index.reading.cleaning import strip_tags
from index.reading.draft import Draft, Unreadable

__all__ = ["TEXT_NAMES", "canonical", "draft_of", "month_first"]

TEXT_NAMES: Final = "text, content, body or isi"
# The first name of a row that is present wins.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "text": (
        "text",
        "content",
        "body",
        "isi",
        "teks",
        "konten",
        "isiberita",
        "artikel",
        "article",
        "fulltext",
        "articlebody",
    ),
    "title": ("title", "judul", "headline", "judulberita"),
    "published": (
        *("date", "published", "tanggal", "publishedat", "datepublished", "publishdate", "publisheddate", "pubdate"),
        *("publicationdate", "waktu", "tanggalterbit", "tgl", "createdat", "timestamp"),
    ),
    "url": ("url", "link", "tautan", "permalink", "canonicalurl"),
    "source": ("source", "outlet", "sumber", "publisher", "media", "newspaper", "koran", "sitename"),
    "authors": ("author", "authors", "penulis", "byline", "reporter", "wartawan"),
    "place": ("place", "tempat", "lokasi", "location"),
    "language": ("language", "lang", "bahasa", "inlanguage"),
    "id": ("id", "articleid"),
}
_FIELD: Final = {name: (field, rank) for field, names in _NAMES.items() for rank, name in enumerate(names)}
_SLASHED: Final = re.compile(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}\b")


@lru_cache(maxsize=1000)
def canonical(name: str) -> tuple[str, int] | None:
    """The field that a name means, and its rank among the field's names; None for a name of none."""
    return _FIELD.get(re.sub(r"[\W_]", "", name[:100]).lower())


def month_first(values: list[str]) -> bool:
    """Whether the slashed dates of one file can only be American: some "10/20/2025" and no "20/10/2025"."""
    pairs = [(int(match[1]), int(match[2])) for match in map(_SLASHED.match, values) if match]
    return any(second > 12 for _, second in pairs) and not any(first > 12 for first, _ in pairs)


def _plain(value: object) -> str:
    """A single value as text; a list of paragraphs on lines; the name of a named thing."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return "\n".join(filter(None, (_plain(item) if not isinstance(item, list) else "" for item in value)))
    if isinstance(value, dict):
        named = value.get("name")
        return named if isinstance(named, str) else ""
    return ""


def _authors(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(filter(None, (_plain(item) for item in items[:50])))


def _id(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Unreadable("its id is neither text nor a whole number")
    return str(value)


def draft_of(row: Mapping[str, object], day_first: bool = True, headline_in_text: bool = False) -> Draft:
    """The article of a row of named values. Raises Unreadable where the row has no text or an unusable id."""
    best: dict[str, tuple[int, object]] = {}
    for name, value in row.items():
        found = canonical(name)
        if found is None or value is None or value == "":
            continue
        field, rank = found
        if field not in best or rank < best[field][0]:
            best[field] = (rank, value)

    def value_of(field: str) -> object:
        return best[field][1] if field in best else None

    text = _plain(value_of("text"))
    if not text:
        raise Unreadable(f"it has no text: name the field with the article's text {TEXT_NAMES}")
    return Draft(
        text=strip_tags(text),
        title=strip_tags(_plain(value_of("title"))),
        id=_id(value_of("id")),
        source=_plain(value_of("source")),
        published=_plain(value_of("published")),
        authors=_authors(value_of("authors")),
        place=_plain(value_of("place")),
        url=_plain(value_of("url")),
        language=_plain(value_of("language")),
        day_first=day_first,
        headline_in_text=headline_in_text,
    )
