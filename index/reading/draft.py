"""An article as its format gave it, and how it becomes an ``Article``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from index.articles import Article
from index.dates import parse_date
from index.language import detect_language
from index.reading.cleaning import clean_line, clean_text
from index.reading.metadata import date_in_text, display_title, read_dateline, read_header, split_headline

__all__ = ["Draft", "Unreadable", "to_article"]

ID_LENGTH: Final = 200
NAME_LENGTH: Final = 300
MOST_AUTHORS: Final = 20
LANGUAGE_SAMPLE: Final = 1000  # characters that tell the language of a report


class Unreadable(Exception):
    """What a file or a row lacks to be an article, as a sentence for its owner."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The fields of one article before cleaning; "" where the format does not give one.

    ``published`` is as written; ``day_first`` says how to read "9/10/2025". ``headline_in_text`` is for formats that
    have no place for a title but the first line.
    """

    text: str
    title: str = ""
    id: str = ""
    source: str = ""
    published: str = ""
    authors: tuple[str, ...] = ()
    place: str = ""
    url: str = ""
    language: str = ""
    day_first: bool = True
    headline_in_text: bool = field(default=False)


_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_AUTHOR_BORDER: Final = re.compile(r"\s*[;|\n]\s*|\s+(?:dan|and|&)\s+|,\s+(?=[A-Z][a-z]+\s)")
_BY: Final = re.compile(r"(?:oleh|by|penulis|reporter|pewarta|editor)\b\s*:?\s*", re.IGNORECASE)
_LANGUAGES: Final = {
    **dict.fromkeys(("id", "in", "ind", "indonesia", "indonesian", "bahasa", "bahasa indonesia"), "id"),
    **dict.fromkeys(("en", "eng", "english", "inggris"), "en"),
}


def _language(written: str, text: str) -> str:
    named = written.strip().lower()
    given = _LANGUAGES.get(named) or _LANGUAGES.get(re.split(r"[-_]", named)[0])
    return given or detect_language(text[:LANGUAGE_SAMPLE])


def _url(written: str) -> str:
    """The address if it is one of the web, else "": it becomes a link in the chat."""
    url = clean_line(written)
    if not re.match(r"https?://[^\s\"'<>]{3,2000}$", url, re.IGNORECASE):
        return ""
    try:
        return url if urlsplit(url).hostname else ""
    except ValueError:
        return ""


def _outlet(url: str) -> str:
    """The outlet as its address names it: "www.harian.id" -> "harian.id"."""
    host = urlsplit(url).hostname or "" if url else ""
    return host.removeprefix("www.").removeprefix("m.")


def _authors(written: tuple[str, ...]) -> tuple[str, ...]:
    names = (clean_line(name) for entry in written for name in _AUTHOR_BORDER.split(entry[:2000]))
    short = (_BY.sub("", name, count=1).strip(" ,") for name in names)
    return tuple(dict.fromkeys(name for name in short if 1 < len(name) <= 120))[:MOST_AUTHORS]


def to_article(draft: Draft, origin: str = "") -> Article:
    """The cleaned article, with what its format left out taken from the text where the text says it.

    Raises Unreadable for an id that cannot be one and for a text with nothing to read.
    """
    article_id = draft.id.strip()
    if len(article_id) > ID_LENGTH or _CONTROL.search(article_id):
        raise Unreadable(f"its id is not usable: give one of at most {ID_LENGTH} characters, all printable")

    text = clean_text(draft.text)
    title = clean_line(draft.title)[:NAME_LENGTH]
    if draft.headline_in_text and not title:
        title, text = split_headline(text)
    if title and text.startswith(f"{title}\n"):
        text = text[len(title) :].lstrip("\n")
    if not text:
        raise Unreadable("it holds no text once promotions and markup are taken away")

    url = _url(draft.url)
    header = read_header(text)
    report = text[header.end :]
    dateline = read_dateline(report)
    written = draft.published or header.published
    published = parse_date(written, draft.day_first) if written else None
    return Article(
        text=text,
        title=title or display_title(report),
        id=article_id,
        source=clean_line(draft.source)[:NAME_LENGTH] or dateline.source or _outlet(url),
        published=published or date_in_text(report, date.today()),
        authors=_authors(draft.authors or header.authors),
        place=clean_line(draft.place)[:NAME_LENGTH] or dateline.place,
        url=url,
        language=_language(draft.language, text),
        origin=origin,
    )
