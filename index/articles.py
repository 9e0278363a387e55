"""The nouns of an archive: what was read, what is searched, what is found."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

__all__ = ["Article", "Copy", "Passage", "Rejected", "SearchResult", "content_digest", "embedded_text", "outlets"]


@dataclass(frozen=True, slots=True)
class Copy:
    """The same text under another id: a syndicated copy, or the same story filed twice."""

    id: str
    title: str = ""
    source: str = ""
    published: date | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """One news article, cleaned. ``text`` is what every citation points into.

    ``id`` is empty until the archive gives it one, unless the article brought its own.
    ``origin`` is where it was read from (a path, or a path inside an archive file); it
    lets an edited file replace what was read from it before.
    """

    text: str
    title: str = ""
    id: str = ""
    source: str = ""
    published: date | None = None
    authors: tuple[str, ...] = ()
    place: str = ""
    url: str = ""
    language: str = ""
    origin: str = ""
    copies: tuple[Copy, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something that could not be read, and why, in a sentence for its owner."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences: ``article.text[start:end] == text``.

    ``id`` grows with every passage ever added and is never used again. Title, source and
    date belong to the article; they are searched with the passage, never quoted from it.
    """

    id: int
    article_id: str
    start: int
    end: int
    text: str
    title: str = ""
    source: str = ""
    published: date | None = None
    url: str = ""
    language: str = "id"
    place: str = ""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A passage, how well it fits (higher is better) and what each leg thought of it.

    Ranks count from 1; None where a leg did not find the passage. ``also_in`` names the
    copies and near-copies that were folded into this result. A ``stuffed`` passage says little but the question,
    and comes behind all others.
    """

    passage: Passage
    score: float
    lexical_rank: int | None = None
    lexical_score: float | None = None
    dense_rank: int | None = None
    dense_score: float | None = None
    also_in: tuple[Copy, ...] = field(default=())
    stuffed: bool = False


def outlets(source: str | Sequence[str] | None) -> tuple[str, ...]:
    """A filter on outlets as a tuple: none, one, or any of several."""
    return (source,) if isinstance(source, str) else tuple(source or ())


def content_digest(text: str) -> str:
    """SHA-256 of the text with its white space made single, so that a re-wrapped file is the same article."""
    return hashlib.sha256(re.sub(r"\s+", " ", text).strip().encode("utf-8", "surrogatepass")).hexdigest()


def embedded_text(title: str, text: str) -> str:
    """What is embedded of a passage: its words with the article's title in front.

    An opening paragraph is missing in one news article of eight; who and where are then in the title alone.
    """
    return f"{title}. {text}" if title else text
