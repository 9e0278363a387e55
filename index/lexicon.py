"""The lexical leg: one live tantivy index that follows the archive.

Each passage is indexed with its title, outlet and date: stems of its language, and the folded surface form
beside them (names keep their form, and a question in either language finds them). tantivy's
commits are atomic and survive a kill; the number of the last change followed is written after the commit, so
that a crash in between only means that the lexicon is built again. Beside it stand the digests of all files
(tantivy notices few damages, and panics or finds nonsense at the others): they are compared on opening, and a
lexicon that is not whole finds nothing until it has been built again.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final

import tantivy
from filelock import FileLock, Timeout

from index.archive import Archive, Change, PassageText
from index.dictionary import Dictionary
from index.errors import ArchiveError
from index.language import LANGUAGES, STOP_WORDS, fold, folded_words, stem
from index.sealing import damaged, digests

__all__ = ["Filter", "Lexicon"]

_VERSION: Final = 1  # raise it when a passage is indexed differently: the lexicon is then built again
_META: Final = "meta.json"  # tantivy's list of segments
_CHANGING: Final = (_META, ".managed.json")  # every other file of tantivy's is written once
_COUNTED_EXACTLY: Final = 10_000  # passages with a word: counting them takes .4 ms
_CHUNK: Final = 4096  # passages read from the archive at a time
_HEAP: Final = 128_000_000  # bytes for tantivy's writer
_NO_DATE: Final = 0

SURFACE_WEIGHT: Final = 0.3
TRANSLATIONS: Final = 6


@dataclass(frozen=True, slots=True)
class Filter:
    """Which passages may be found: published in a range of days (both included), in some outlets, in one language.

    ``copied`` are the ids of passages that stand in one of the ``sources`` as well, in a copy of their article.
    """

    since: date | None = None
    until: date | None = None
    sources: tuple[str, ...] | None = None
    language: str | None = None
    copied: tuple[int, ...] = ()

    @property
    def active(self) -> bool:
        """Whether anything is left out at all."""
        return self != Filter()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", stored=False, indexed=True, fast=True)
    for field in ("stems", "surface"):
        builder.add_text_field(field, stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("source", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("language", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("published", stored=False, indexed=True, fast=True)
    return builder.build()


@dataclass(frozen=True, slots=True)
class _Marker:
    seq: int  # the last change followed
    version: int
    archive: str  # the id of the archive that it followed
    files: dict[str, str]  # name -> SHA-256
    mark: str = ""  # of that change; an earlier version noted none


class Lexicon:
    """An open lexicon. ``search`` may be called from many threads; one at a time of this machine writes it."""

    def __init__(self, folder: Path, dictionary: Dictionary, archive: Archive) -> None:
        """Open the folder; where nothing in it is whole and of this archive, ``follow`` starts another."""
        self._folder = folder
        self._archive = archive
        self._marker = folder / "followed.json"
        self._dictionary = dictionary
        self._schema = _schema()
        self._nothing = tantivy.Index(self._schema)
        self._opened: tantivy.Index | None = None
        self.reopen()

    def reopen(self) -> None:
        """Open what is on disk if every file of it is what was committed; else find nothing."""
        self.put_aside()
        marker = self._read_marker()
        if marker is not None and damaged(self._folder, marker.files) is None:
            with self._stumbling():
                index = tantivy.Index.open(str(self._folder))
                index.searcher()
                self._opened = index

    def put_aside(self) -> None:
        """Let go of every file and find nothing."""
        self._opened = None

    @property
    def whole(self) -> bool:
        """Whether it can be searched."""
        return self._opened is not None

    @property
    def _index(self) -> tantivy.Index:
        return self._opened or self._nothing

    @contextlib.contextmanager
    def _stumbling(self) -> Iterator[None]:
        """Put the lexicon aside when tantivy stumbles over a file that was damaged while it was open."""
        try:
            yield
        except BaseException as error:
            if not _by_tantivy(error):
                raise
            self.put_aside()

    def _start_anew(self) -> tantivy.Index:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        index = tantivy.Index(self._schema, path=str(self._folder), reuse=False)
        self._write_marker(0)
        self._opened = index
        return index

    @property
    def followed(self) -> int:
        """The number of the last change of the archive that this lexicon holds; 0 while it is not whole."""
        marker = self._read_marker()
        return marker.seq if self.whole and marker is not None else 0

    def _read_marker(self) -> _Marker | None:
        try:
            marker = _Marker(**json.loads(self._marker.read_text()))
            own = (marker.version, marker.archive) == (_VERSION, self._archive.id) and _META in marker.files
        except (OSError, ValueError, TypeError):
            return None
        # The number alone may be another change's, after the archive was put back from a backup.
        return marker if own and self._archive.holds(marker.seq, marker.mark) else None

    def _write_marker(self, seq: int) -> None:
        """Note what has been followed, and the digests of the files that hold it."""
        before = self._read_marker()
        known = {name: digest for name, digest in before.files.items() if name not in _CHANGING} if before else {}
        meta = json.loads((self._folder / _META).read_text())
        segments = {one["segment_id"].replace("-", "") for one in meta["segments"]}
        paths = [one for one in self._folder.iterdir() if one.name in _CHANGING or one.name.split(".")[0] in segments]
        temporary = self._marker.with_suffix(".tmp")
        files = digests(self._folder, paths, known)
        marker = _Marker(seq, _VERSION, self._archive.id, files, self._archive.mark(seq))
        temporary.write_text(json.dumps(asdict(marker)))
        os.replace(temporary, self._marker)

    # ---- writing -------------------------------------------------------------------------------------------------

    def follow(self, progress: Callable[[int, int], None] = lambda done, total: None, wait: bool = True) -> None:
        """Replay the archive's changes since the last one followed. Harmless when repeated.

        Where another process of this machine is at it, wait for it, or leave it to that process.
        """
        with contextlib.suppress(Timeout), self._lock(wait):
            if not self.whole:
                self.reopen()  # another process may have built it again
            index = self._opened
            self._replay(index, self.followed if index else 0, progress)

    def _lock(self, wait: bool = True) -> FileLock:
        return FileLock(self._folder.with_suffix(".lock"), blocking=wait)

    def rebuild(self, progress: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Index every passage again in one commit; who searches meanwhile sees the old state until then."""
        with self._lock():
            self._replay(self._opened, 0, progress)

    def _replay(self, index: tantivy.Index | None, followed: int, progress: Callable[[int, int], None]) -> None:
        """Do to an index what was done to the archive since; to all of it from 0, to a new one where there is none."""
        changes = self._archive.changes(followed)
        if not changes:
            return
        with self._writer(index, changes[-1].seq) as writer:
            if followed == 0:
                writer.delete_all_documents()
            for change in changes if followed else ():
                # What an "add" brought goes as well: a crash may have left it in the index without the marker.
                # By query: by term, tantivy's binding takes an id for a signed number, and deletes nothing.
                ids = (change.first, change.last)
                writer.delete_documents_by_query(
                    tantivy.Query.range_query(self._schema, "id", tantivy.FieldType.Unsigned, *ids)
                )
            self._add(writer, changes, progress)

    @contextlib.contextmanager
    def _writer(self, index: tantivy.Index | None, seq: int) -> Iterator[tantivy.IndexWriter]:
        """A writer whose work, up to change ``seq``, is committed and seen at the end. Raises ArchiveError."""
        try:
            index = index or self._start_anew()
            writer = index.writer(heap_size=_HEAP)
            yield writer
            writer.commit()
            writer.wait_merging_threads()
            self._write_marker(seq)
            index.reload()
            self._opened = index
        except BaseException as error:
            # The writer goes without a commit. What of it is on the disk already fits no digest.
            if not _by_tantivy(error):
                raise
            self.put_aside()
            raise ArchiveError(
                f"{self._folder} could not be written ({error}). The articles are safe in the archive; searching them "
                "by their words begins again when the disk is sound and has space."
            ) from error

    def _add(
        self,
        writer: tantivy.IndexWriter,
        changes: list[Change],
        progress: Callable[[int, int], None],
    ) -> None:
        ranges = [(change.first, change.last) for change in changes if change.kind == "add"]
        total = sum(last - first + 1 for first, last in ranges)
        done = 0
        for first, last in _joined(ranges):
            for start in range(first, last + 1, _CHUNK):
                end = min(start + _CHUNK - 1, last)
                for passage in self._archive.passage_texts(start, end):
                    writer.add_document(self._document(passage))
                done += end - start + 1
                progress(done, total)

    def _document(self, passage: PassageText) -> tantivy.Document:
        text = f"{passage.title}\n{passage.source}\n{_date_words(passage.published)}\n{passage.text}"
        folded = folded_words(text)
        document = tantivy.Document()
        document.add_unsigned("id", passage.id)
        document.add_text("stems", " ".join([_tagged(word, passage.language) for word in folded]))
        document.add_text("surface", " ".join(folded))
        document.add_text("source", passage.source)
        document.add_text("language", passage.language)
        document.add_unsigned("published", passage.published.toordinal() if passage.published else _NO_DATE)
        return document

    # ---- reading -------------------------------------------------------------------------------------------------

    def reload(self) -> None:
        """See what has been committed since, by whichever process, while it is of the archive as it is."""
        if not self.whole or self._read_marker() is None:
            self.reopen()
            return
        with self._stumbling():
            self._index.reload()

    def __len__(self) -> int:
        """How many passages are indexed."""
        with self._stumbling():
            return int(self._index.searcher().num_docs)
        return 0

    def document_frequency(self, word: str) -> int:
        """In how many passages the word stands (as it is, folded), titles included; of very many, some may be gone."""
        with self._stumbling():
            searcher, folded = self._index.searcher(), fold(word)
            # tantivy's own figure counts removed passages until their segment is merged.
            if not 0 < (known := searcher.doc_freq("surface", folded)) <= _COUNTED_EXACTLY:
                return int(known)
            found = searcher.search(tantivy.Query.term_query(self._schema, "surface", folded), 1)
            return int(found.count)  # type: ignore[attr-defined]  # tantivy's own stubs leave it out
        return 0

    def search(self, question: str, language: str, limit: int, only: Filter) -> list[tuple[int, float]]:
        """The best passages as (id, BM25 score), best first; ties by id. None while the lexicon is not whole."""
        query = self._query(question, language, only)
        if query is None:
            return []
        with self._stumbling():
            searcher = self._index.searcher()
            hits = searcher.search(query, limit=limit, count=False).hits
            ids = searcher.fast_field_values("id", [address for _, address in hits])
            found = [(int(passage_id or 0), float(score)) for passage_id, (score, _) in zip(ids, hits, strict=True)]
            return sorted(found, key=lambda hit: (-hit[1], hit[0]))
        return []

    def holding_all(self, words: str, limit: int) -> list[int]:
        """The ids of passages that hold every word, in whatever form or language's stem; stop words do not count."""
        folded = list(dict.fromkeys(folded_words(words)))
        content = [word for word in folded if not any(word in stop for stop in STOP_WORDS.values())] or folded
        if not content:
            return []
        every = []
        for word in content:
            forms = [("surface", word), *(("stems", _tagged(word, language)) for language in LANGUAGES)]
            either = [(tantivy.Occur.Should, self._term(field, term)) for field, term in forms]
            every.append((tantivy.Occur.Must, tantivy.Query.boolean_query(either)))
        with self._stumbling():
            searcher = self._index.searcher()
            hits = searcher.search(tantivy.Query.boolean_query(every), limit=limit, count=False).hits
            return [int(one or 0) for one in searcher.fast_field_values("id", [address for _, address in hits])]
        return []

    def _query(self, question: str, language: str, only: Filter) -> tantivy.Query | None:
        """The stems of the question, their translations weighted by probability, and the words as they stand."""
        stop = STOP_WORDS["en" if language == "en" else "id"]
        folded = list(dict.fromkeys(folded_words(question)))
        content = [word for word in folded if word not in stop] or folded
        other = "id" if language == "en" else "en"
        weights: dict[tuple[str, str], float] = {}
        for word in content:
            _raise(weights, ("stems", _tagged(word, language)), 1.0)
            _raise(weights, ("surface", word), SURFACE_WEIGHT)
            translations = self._dictionary.translations(stem(word, language), language)[:TRANSLATIONS]
            for translation in translations:
                _raise(weights, ("stems", _tag(translation.stem, other)), translation.probability)
            if not translations:
                _raise(weights, ("stems", _tagged(word, other)), 1.0)
        if not weights:
            return None
        should = [
            (tantivy.Occur.Should, tantivy.Query.boost_query(self._term(field, term), weight))
            for (field, term), weight in weights.items()
        ]
        query = tantivy.Query.boolean_query(should)
        return (
            tantivy.Query.boolean_query([(tantivy.Occur.Must, query), *self._filters(only)]) if only.active else query
        )

    def _term(self, field: str, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, term, "freq")

    def _filters(self, only: Filter) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        queries = []
        if only.sources is not None:
            own = tantivy.Query.term_set_query(self._schema, "source", list(only.sources))
            copied = tantivy.Query.term_set_query(self._schema, "id", list(only.copied))
            queries.append(tantivy.Query.boolean_query([(tantivy.Occur.Should, own), (tantivy.Occur.Should, copied)]))
        if only.language is not None:
            queries.append(tantivy.Query.term_query(self._schema, "language", only.language, "basic"))
        if only.since is not None or only.until is not None:
            first = only.since.toordinal() if only.since else 1
            last = only.until.toordinal() if only.until else date.max.toordinal()
            queries.append(
                tantivy.Query.range_query(self._schema, "published", tantivy.FieldType.Unsigned, first, last)
            )
        return [(tantivy.Occur.Must, tantivy.Query.const_score_query(query, 0.0)) for query in queries]


def _by_tantivy(error: BaseException) -> bool:
    """Whether this is how tantivy meets a file that it cannot read or write; a panic in Rust is no Exception."""
    return isinstance(error, (OSError, ValueError)) or type(error).__name__ == "PanicException"


def _tag(stemmed: str, language: str) -> str:
    """English stems are marked, so that both languages share one field and one average length.

    With a field for each language, tantivy counts the passages without it as empty ones, and those of the
    smaller language look far too long: hit@1 of English questions falls from .90 to .71 (training/embedder.md).
    """
    return f"={stemmed}" if language == "en" else stemmed


def _tagged(word: str, language: str) -> str:
    return _tag(stem(word, language), language)


def _raise(weights: dict[tuple[str, str], float], key: tuple[str, str], weight: float) -> None:
    weights[key] = max(weights.get(key, 0.0), weight)


_MONTHS: Final = (
    "januari january",
    "februari february",
    "maret march",
    "april",
    "mei may",
    "juni june",
    "juli july",
    "agustus august",
    "september",
    "oktober october",
    "november",
    "desember december",
)


def _date_words(published: date | None) -> str:
    """How a question may write the date: day, month in both languages, year."""
    return "" if published is None else f"{published.day} {_MONTHS[published.month - 1]} {published.year}"


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbouring (first, last) pairs joined, so that they are read in few large steps."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined
