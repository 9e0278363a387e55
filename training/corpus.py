"""The open training sets as plain values, and the parts of them that are held out for measuring.

What is held out is decided by a hash of the article or context, so that every script agrees without a list
of ids. Nothing here reads ``data/eval``.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__all__ = [
    "DEFAULT_DATA",
    "Document",
    "Pair",
    "Question",
    "documents",
    "held_out",
    "lemma_pairs",
    "news_questions",
    "parallel",
    "part_of",
    "questions",
    "rows",
]

DEFAULT_DATA: Final = "../shared/data"
_PARALLEL: Final = ("tatoeba", "tico19", "sib200", "pud", "nusax")


@dataclass(frozen=True, slots=True)
class Document:
    """An article or a Wikipedia lead."""

    id: str
    title: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the text that answers it; ``key`` is the article or context that is held out as a whole."""

    text: str
    language: str
    kind: str
    answerable: bool
    key: str
    context: str
    title: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same sentence, or the same word, in both languages."""

    indonesian: str
    english: str


def rows(data: Path, name: str) -> Iterator[dict[str, Any]]:
    """The rows of ``train/NAME.jsonl.gz``."""
    with gzip.open(data / "train" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def part_of(key: str) -> str:
    """ "test", "valid" (a tenth each) or "train", by a fixed hash of an article's id or a context's text."""
    return {0: "test", 1: "valid"}.get(zlib.crc32(key.encode("utf-8")) % 10, "train")


def held_out(key: str) -> bool:
    """Whether this article or context is kept away from training: the same answer everywhere, for ever."""
    return part_of(key) != "train"


def parallel(data: Path) -> list[Pair]:
    """All Indonesian-English sentence pairs."""
    return [Pair(row["id_text"], row["en_text"]) for name in _PARALLEL for row in rows(data, f"par_{name}")]


def lemma_pairs(data: Path) -> list[Pair]:
    """One-word lemmas of one synset, every Indonesian one with every English one."""
    pairs = []
    for row in rows(data, "lex_wordnet_bahasa"):
        english = [lemma for lemma in row["en_lemmas"] if lemma.isalpha()]
        indonesian = [lemma for lemma in row["id_lemmas"] if lemma.isalpha()]
        pairs += [Pair(own, other) for own in indonesian for other in english]
    return pairs


def documents(data: Path, name: str, limit: int | None = None) -> list[Document]:
    """The articles of ``art_id_*``; a title that is a URL slug is kept as it is."""
    found = []
    for row in rows(data, name):
        found.append(Document(row["id"], str(row.get("title") or ""), row["text"], row["lang"]))
        if limit is not None and len(found) >= limit:
            break
    return found


def questions(data: Path, name: str) -> list[Question]:
    """The questions of ``qa_*`` sets that carry their context; the context is the key."""
    return [
        Question(
            row["question"],
            row["lang"],
            "",
            bool(row["answerable"]),
            row["context"],
            row["context"],
            row.get("title") or "",
        )
        for row in rows(data, name)
    ]


def news_questions(data: Path) -> list[Question]:
    """The hand-written questions on whole news articles; the article id is the key, the article the context."""
    articles = {document.id: document for document in documents(data, "art_id_indosum")}
    found = []
    for row in rows(data, "qa_id_news"):
        article = articles[row.get("article_id") or row["related_article_id"]]
        found.append(
            Question(
                row["question"],
                row["lang"],
                row["type"],
                bool(row["answerable"]),
                article.id,
                article.text,
                article.title,
                row.get("evidence") or "",
            )
        )
    return found
