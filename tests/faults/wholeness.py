"""What must be true after any fault, and the articles that the faults are tried on."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from index import Article, Index
from index.archive import Archive
from index.chroma_folder import FolderGenerations
from index.dictionary import Dictionary
from index.embedding import open_embedder
from index.lexicon import Filter, Lexicon
from index.vectors import Vectors

__all__ = ["FULL", "assert_whole", "news", "text"]

FULL: Final = os.environ.get("TANYA_FAULTS") == "full"
_PLACES: Final = ("Wanareja", "Sangalaya", "Tirtalaya", "Batuhita", "Muaraputih")
_EVERYWHERE: Final = "karung"  # a word that stands in each article


def text(number: int, edition: int = 1) -> str:
    """The text of an article; each holds the same rare word and figures of its own."""
    return f"Warga {_PLACES[number % 5]} memanen {number * 7} karung padi nomor {number} pada edisi {edition}."


def news(end: int, start: int = 0) -> list[Article]:
    """Articles ``berita-start`` to ``berita-(end - 1)``."""
    return [Article(id=f"berita-{number}", text=text(number)) for number in range(start, end)]


def assert_whole(folder: Path, acknowledged: Mapping[str, str | None], in_flight: Collection[str] = ()) -> None:
    """The index opens; archive, vectors and lexicon hold the same passages; and nothing acknowledged was lost.

    ``acknowledged`` is the last acknowledged text of each article, None for a removed one. What was done to the
    articles ``in_flight`` was never acknowledged: it may have happened or not, but not in part.
    """
    with Index.open(folder) as index:
        for article_id, expected in acknowledged.items():
            article = index.article(article_id)
            if article_id not in in_flight:
                assert expected == (article.text if article else None), article_id
            if article is not None:
                assert [article.text] == [passage.text for passage in index.passages(article.id)]
                assert article.text in [one.passage.text for one in index.search(article.text, top_k=3)]

    archive = Archive.open(f"sqlite:///{folder / 'archive.sqlite3'}")
    with closing(sqlite3.connect(folder / "archive.sqlite3")) as database:
        assert ("ok",) == database.execute("PRAGMA quick_check(1)").fetchone()
    vectors, lexicon = (
        Vectors(archive, FolderGenerations(folder, archive.id), open_embedder()),
        Lexicon(folder / "lexicon", Dictionary.load(), archive),
    )
    live = set(archive.passage_ids().tolist())
    assert [] == archive.unembedded_ids(open_embedder().name).tolist()
    assert live == set(lexicon.holding_all(_EVERYWHERE, 2 * len(live) + 10))
    assert live == {passage for passage, _ in vectors.search("panen padi", 2 * len(live) + 10, Filter())}
    assert archive.seq() == lexicon.followed
    vectors.close()
    archive.close()
