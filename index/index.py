"""Index: an archive with its lexicon and its vectors, opened together and kept in step."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from index.archive import Archive, ArticlePage, MonthCount, Order
from index.articles import Article, Passage, Rejected, SearchResult, outlets
from index.chroma import Generations
from index.dictionary import Dictionary
from index.embedding import Embedder, StaticEmbedder, open_embedder
from index.errors import ArchiveError, AwayError, BusyError
from index.generation import ARCHIVE_VARIABLE, BUSY, VECTORS_VARIABLE, open_generations
from index.language import detect_language, formal
from index.lexicon import Filter, Lexicon
from index.locking import writer_lock
from index.ranking import MATCHED, Fused, collapse, fuse, rematch
from index.stages import stage
from index.stuffing import stuffed
from index.vectors import Vectors

if TYPE_CHECKING:
    from llama_index.core.retrievers import BaseRetriever

__all__ = ["AddReport", "Index", "IndexStatus", "Limits", "Progress"]

CANDIDATES: Final = 50  # passages asked of each leg (MODELS.md: the union of both top 50s)
TAIL_LIMIT: Final = 20_000  # newer passages searched exactly (2 ms) before they are folded into a generation
COVERED: Final = 10_000  # passages counted for a topic over time; reading their dates takes 0.03 ms each
SPARE: Final = 3  # passages fetched for each asked for, to stand in for near-copies and what is one outlet too much
FULL: Final = "the archive holds as much as it may: remove articles or raise its limits"
UPGRADING: Final = 60.0  # seconds that opening waits for whoever upgrades the archive already
FOLLOWED_AT_ONCE: Final = 2_000  # passages from other machines that the lexicon takes up (0.7 s) before a question
_UNBUILT: Final = "unbuilt"  # the name of a note: an add brought enough for a generation that could not be built
_BATCH: Final = 256  # articles in one transaction


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long job is: ``stage`` is "read", "lexicon", "embed" or "vectors"; ``total`` is None while unknown.

    What is read is embedded with it; "embed" is what another model left to do.
    """

    stage: str
    done: int
    total: int | None = None


ProgressCallback = Callable[[Progress], None]


class _Closing(Exception):
    """The index is being closed, and what is under way should end."""


def _silent(progress: Progress) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class AddReport:
    """What became of the articles given: counts of articles, the passages of the new ones, and what was refused."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    copied: int = 0
    passages: int = 0
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """What the index holds. ``tail`` passages are newer than the sealed ``generation`` (None before the first).

    ``vectors`` is the Chroma server of the generations, None where they are in the data folder.
    """

    articles: int
    copies: int
    passages: int
    generation: int | None
    built: datetime | None
    tail: int
    model: str
    lexicon_behind: int
    vectors: str | None


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive takes at most: articles, copies too, and bytes on disk with all that is derived; 0 is any number.

    Bytes are counted before each batch of articles, and so may be exceeded by one.
    """

    articles: int = 0
    bytes: int = 0


class Index:
    """A searchable archive. Many threads and processes may search; one at a time may write."""

    def __init__(
        self,
        folder: Path,
        archive: Archive,
        lexicon: Lexicon,
        generations: Generations,
        embedder: Embedder,
        limits: Limits = Limits(),
    ) -> None:
        """Take the parts; ``Index.open`` makes them."""
        self._limits = limits
        self._folder = folder
        self._archive = archive
        self._lexicon = lexicon
        self._generations = generations
        self._vectors = Vectors(archive, generations, embedder)
        self._embedder = embedder
        self._seen = (-1, -1, "")
        self._refreshing = threading.Lock()
        self._following = threading.Thread()  # the last that followed other machines beside questions
        self._closing = threading.Event()
        self._writer = writer_lock(archive, folder)

    @classmethod
    def open(
        cls,
        folder: str | os.PathLike[str],
        embedder: Embedder | str = "",
        query_prefix: str = "",
        passage_prefix: str = "",
        archive: str = "",
        vectors: str = "",
        limits: Limits = Limits(),
    ) -> Index:
        """Open the index in a data folder, or start one there.

        ``archive`` is the address of one on PostgreSQL that other machines share ("postgresql://host/database"), or
        "" for one in the folder itself. ``vectors`` is the address of a Chroma server that they share too
        ("chroma://host:port"), or "" for generations in the folder. What else is derived is in the folder either way.
        ``embedder`` is "" for the shipped one, the name or folder of a sentence-transformers model, or an
        object of the Embedder protocol. Whatever a crash left behind is caught up first. Raises ArchiveError.
        """
        path = Path(folder).expanduser().resolve()
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(f"{path} cannot be used as a data folder ({error.strerror}).") from error
        if isinstance(embedder, str):
            embedder = open_embedder(embedder, query_prefix, passage_prefix)
        opened = Archive.open(archive or f"sqlite:///{path / 'archive.sqlite3'}")
        if opened.outdated:
            with writer_lock(opened, path).holding("upgrade", timeout=UPGRADING):
                opened.upgrade()
        lexicon = Lexicon(path / "lexicon", Dictionary.load(), opened)
        index = cls(path, opened, lexicon, open_generations(path, vectors, opened.id), embedder, limits)
        index._catch_up()
        return index

    def close(self) -> None:
        """Let go of every file. Whoever uses the index afterwards gets an ArchiveError."""
        self._closing.set()
        with self._refreshing:  # so that none begins to follow
            following = self._following
        if following.is_alive():
            following.join()
        self._archive.close()
        self._vectors.close()
        self._lexicon.put_aside()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- writing -------------------------------------------------------------------------------------------------

    def _catch_up(self) -> None:
        """Bring the lexicon up to the archive after a crash; if somebody is writing, that is their work.

        Where it cannot be done, for want of space perhaps, the vectors answer alone, and ``status`` says so.
        """
        if self._lexicon.followed == self._archive.seq():
            return
        try:
            # What other machines share has its writer anywhere, and each follows it for itself.
            with nullcontext() if self._archive.shared else self._writer.holding("recovery", timeout=0):
                self._lexicon.follow()
        except ArchiveError:
            return

    def add(self, articles: Iterable[Article | Rejected], progress: ProgressCallback = _silent) -> AddReport:
        """Add, update or recognise articles; what is reported as added is durable and searchable.

        Takes what ``read_articles`` yields: what was rejected there is passed on in the report. Raises
        BusyError when another process is writing.
        """
        counts = dict.fromkeys(("added", "updated", "unchanged", "copied", "full"), 0)
        rejected: list[Rejected] = []
        done = 0
        with self._writer.holding("add"):
            newest = self._archive.last_passage()
            stream = iter(articles)
            while batch := list(itertools.islice(stream, _BATCH)):
                rejected += [one for one in batch if isinstance(one, Rejected)]
                sound = []
                for one in batch:
                    if isinstance(one, Article):
                        reason = _unfit(one)
                        if reason is None:
                            sound.append(one)
                        else:
                            rejected.append(Rejected(_name(one), reason))
                outcomes = self._archive.add(sound, self._room(), self._embedder)
                for article, (_, outcome) in zip(sound, outcomes, strict=True):
                    counts[outcome] += 1
                    if outcome == "full":
                        rejected.append(Rejected(_name(article), FULL))
                done += len(batch)
                progress(Progress("read", done))
            passages = self._derive_added(newest, progress)
        self._refresh()
        del counts["full"]
        return AddReport(**counts, passages=passages, rejected=tuple(rejected))

    def _room(self) -> int | None:
        """How many new articles the archive takes; None for any number."""
        if self._full():
            return 0
        if not self._limits.articles:
            return None
        counts = self._archive.counts()
        return max(0, self._limits.articles - counts.articles - counts.copies)

    def _full(self) -> bool:
        """Whether the archive takes as many bytes as it may."""
        return bool(self._limits.bytes) and self.size() - self._archive.spare() >= self._limits.bytes

    def restore(self, articles: Iterable[Article], progress: ProgressCallback = _silent) -> AddReport:
        """Add articles, all of them or none: what stands for a text comes before its copies, as ``stored`` gives them.

        Raises BusyError, and ArchiveError for an article that cannot be archived.
        """

        def batches() -> Iterator[list[Article]]:
            stream, done = iter(articles), 0
            while batch := list(itertools.islice(stream, _BATCH)):
                for one in batch:
                    reason = _unfit(one)
                    if reason is not None:
                        raise ArchiveError(f"article {_name(one)} cannot be archived: {reason}. Nothing was added.")
                if room != 0 and self._full():  # filled by the batches before; what it had no room for is known
                    raise ArchiveError(f"{FULL}. Nothing was added.")
                yield batch
                done += len(batch)
                progress(Progress("read", done))

        with self._writer.holding("import"):
            newest = self._archive.last_passage()
            room = self._room()
            counts = self._archive.add_all(batches(), room, self._embedder)
            passages = self._derive_added(newest, progress)
        self._refresh()
        return AddReport(counts["added"], counts["updated"], counts["unchanged"], counts["copied"], passages)

    def remove(self, ids: Iterable[str]) -> int:
        """Remove articles for good, from every search at once. Returns how many were there. Raises BusyError."""
        with self._writer.holding("remove"):
            removed = self._archive.remove(ids, self._embedder)
            self._derive(_silent)
        self._refresh()
        return removed

    def rebuild(self, progress: ProgressCallback = _silent) -> None:
        """Build a fresh generation of all vectors, and the lexicon again if it is not sound.

        The vectors are built in a process of their own and put to use when they are whole and checked; who
        searches meanwhile keeps the old ones. Raises BusyError, ArchiveError.
        """
        with self._writer.holding("rebuild"):
            self._lexicon.reopen()
            if len(self._lexicon) != self._archive.counts().passages or self._lexicon.followed != self._archive.seq():
                self._lexicon.rebuild(_staged(progress, "lexicon"))
            self._vectors.embed_missing(_staged(progress, "embed"))
            self._build(progress)
            self._archive.forget_embeddings(self._embedder.name)
        self._refresh()

    def rollback(self) -> int:
        """Go back to the generation before the current one; returns its number.

        No article is lost: what is newer than that generation is searched beside it. Raises ArchiveError when
        there is no other whole generation, BusyError when somebody writes.
        """
        with self._writer.holding("rollback"):
            for generation in self._archive.generations()[1:]:
                if generation.model != self._embedder.name:
                    continue
                try:
                    sealed = self._generations.open(generation.number)
                except AwayError:
                    raise
                except ArchiveError:
                    continue
                if not self._archive.holds(sealed.seq, sealed.mark):
                    continue
                self._archive.make_current(generation.number)
                break
            else:
                raise ArchiveError(
                    f"{self._generations.place or self._folder} keeps no earlier generation to go back to."
                )
        self._refresh()
        return generation.number

    def _derive_added(self, newest: int, progress: ProgressCallback) -> int:
        """Let everything derived follow an add; returns how many passages it brought. Many are sealed at once."""
        passages = len(self._archive.passage_ids(above=newest))
        # Where the vectors' server is away they wait for it: what was added is searched meanwhile.
        waiting = TAIL_LIMIT + self._unbuilt()[0]
        many = bool(passages) and self._vectors.away is None and self._unsealed() > waiting
        self._derive(progress, self._try_to_build if many else None)
        return passages

    def _try_to_build(self, progress: ProgressCallback) -> None:
        """Build, or note why not: what was added is stored and searched exactly, and as much again begins another."""
        try:
            self._build(progress)
        except ArchiveError as error:
            self._archive.note(_UNBUILT, json.dumps([self._unsealed(), str(error)]))

    def _unbuilt(self) -> tuple[int, str]:
        """How many passages no generation held when one could not be built for them, and why; 0 for never."""
        passages, why = json.loads(self._archive.noted(_UNBUILT) or '[0, ""]')
        return passages, why

    def _derive(self, progress: ProgressCallback, build: Callable[[ProgressCallback], None] | None = None) -> None:
        """Let everything derived follow the archive.

        A generation is built in a process of its own, and the lexicon follows meanwhile.
        """
        if build is None:
            self._lexicon.follow(_staged(progress, "lexicon"))
            return
        # A generation holds all passages, also those that were added with another model.
        self._vectors.embed_missing(_staged(progress, "embed"))
        with ThreadPoolExecutor(max_workers=1) as beside:
            following = beside.submit(self._lexicon.follow)
            build(progress)
            following.result()

    def _unsealed(self) -> int:
        """How many passages the generation in use does not hold, or holds although they are gone."""
        sealed = [one.seq for one in self._archive.generations() if one.number == self._vectors.generation]
        if not sealed:
            return len(self._archive.passage_ids())
        newer = self._archive.passage_ids(above=self._archive.last_passage(sealed[0]))
        return len(newer) + self._archive.removed_after(sealed[0])

    def _build(self, progress: ProgressCallback) -> None:
        """Run ``index.generation`` as its own process, with nothing of this environment that Chroma would obey."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("CHROMA", "ALLOW_"))}
        environment[ARCHIVE_VARIABLE], environment[VECTORS_VARIABLE] = self._archive.url, self._generations.url
        environment["PYTHONPATH"] = os.pathsep.join(
            [str(Path(__file__).resolve().parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        )
        command = [sys.executable, "-m", "index.generation", str(self._folder), self._embedder.name]
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self._folder,
            env=environment,
        ) as process:
            errors: list[str] = []
            assert process.stdout is not None
            assert process.stderr is not None
            reader = threading.Thread(target=errors.extend, args=(process.stderr,), daemon=True)
            reader.start()
            for line in process.stdout:
                step = json.loads(line)
                progress(Progress("vectors", step["done"], step["total"]))
            status = process.wait()
            reader.join()
        if status == BUSY:
            raise BusyError(f"another process is rebuilding {self._folder}. Try again when it is done.")
        if status != 0:
            reason = errors[-1].strip() if errors else f"exit status {status}"
            raise ArchiveError(f"the rebuild failed ({reason}). What was there before is still in use.")
        if self._unbuilt()[0]:
            self._archive.note(_UNBUILT, "")

    # ---- reading -------------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        """Take up what any process has changed since the last look."""
        seen = self._archive.state()
        if seen == self._seen and not self._vectors.overdue:
            return
        with self._refreshing:
            if seen == self._seen and not self._vectors.overdue:
                return
            if self._archive.shared:  # another machine may have written, and no writer of this one is at it
                self._follow_others()
            followed = self._lexicon.followed  # before it is opened again: what comes in between is not seen yet
            self._lexicon.reload()
            self._vectors.refresh()
            if followed >= seen[0]:
                self._seen = seen

    def _follow_others(self) -> None:
        """Let the lexicon follow what other machines wrote: at once, or beside the questions where that takes long.

        Until then the vectors alone find what is new.
        """
        if self._following.is_alive() or self._closing.is_set():
            return
        if self._archive.changed_after(self._lexicon.followed) <= FOLLOWED_AT_ONCE:
            self._lexicon.follow(wait=False)
            return
        self._following = threading.Thread(target=self._follow_beside, name="lexicon", daemon=True)
        self._following.start()

    def _follow_beside(self) -> None:
        def going_on(done: int, total: int) -> None:
            if self._closing.is_set():
                raise _Closing

        with suppress(_Closing, ArchiveError):  # of what cannot be followed, status tells how much it is
            self._lexicon.follow(going_on, wait=False)

    def search(
        self,
        question: str,
        top_k: int = 5,
        since: date | None = None,
        until: date | None = None,
        source: str | Sequence[str] | None = None,
        language: str | None = None,
    ) -> list[SearchResult]:
        """The passages that fit the question best, best first, near-copies folded together.

        ``since`` and ``until`` are days of publication, both included; ``source`` is an outlet's name or part
        of it, or several of them, any of which will do (none of them is no filter), and an article that an outlet has
        a copy of counts as its own; ``language`` is "id" or "en".
        A filter never lets an article through whose date or outlet is unknown. Raises WrongModelError.
        """
        self._refresh()
        sources = self._matching_sources(source)
        if sources == () or not question.strip():
            return []
        with stage("search"):
            copied = self._archive.copied_in(sources) if sources else ()
            return self._ranked(question, top_k, Filter(since, until, sources, language, copied))

    def _ranked(self, question: str, top_k: int, only: Filter) -> list[SearchResult]:
        """Both legs, fused, with near-copies folded."""
        asked_in = detect_language(question)
        if asked_in == "id":
            question = formal(question)
        limit = max(CANDIDATES, 2 * top_k)
        # One after the other: handing half of it to a thread and back costs more than the lexical leg takes.
        with stage("lexical"):
            lexical = self._lexicon.search(question, asked_in, limit, only)
            # Damaged while it was open: built again once, or searched without.
            if not self._lexicon.whole and not self._following.is_alive():
                self._catch_up()
                lexical = self._lexicon.search(question, asked_in, limit, only)
        with stage("dense"):
            dense = self._vectors.search(question, limit, only)

        # Some spare, because near-copies are folded together, outlets have a cap and removed passages are dropped.
        wide = max(SPARE * top_k, MATCHED)
        results = self._passages(fuse(lexical, dense, limit, wide))
        bait = stuffed(question, asked_in, [one.passage for one in results])
        baited = [one for one in results if one.passage.id in bait]
        if bait:  # they would be the measure of all others
            lexical, dense = ([hit for hit in leg if hit[0] not in bait] for leg in (lexical, dense))
            results = self._passages(fuse(lexical, dense, limit, wide))
        crossing = sum(result.passage.language != asked_in for result in results[:MATCHED])
        if 2 * crossing > len(results[:MATCHED]) and isinstance(self._embedder, StaticEmbedder):
            results = rematch(results, question, self._embedder.token_match)
        lowest = min((one.score for one in results), default=1.0)
        results += [replace(one, score=min(one.score, lowest), stuffed=True) for one in baited]
        kept = collapse(results, top_k)
        copies = self._archive.copies([result.passage.article_id for result in kept])
        return [
            replace(result, also_in=(*copies[result.passage.article_id], *result.also_in))
            if result.passage.article_id in copies
            else result
            for result in kept
        ]

    def _passages(self, fused: Sequence[Fused]) -> list[SearchResult]:
        """The passages that are still there."""
        passages = self._archive.passages([one.id for one in fused])
        return [
            SearchResult(
                passages[one.id], one.score, one.lexical_rank, one.lexical_score, one.dense_rank, one.dense_score
            )
            for one in fused
            if one.id in passages
        ]

    def _matching_sources(self, source: str | Sequence[str] | None) -> tuple[str, ...] | None:
        """The outlets whose name is, else contains, one of those asked for; None for no filter."""
        given = outlets(source)
        if not given:
            return None
        sources = [(name, name.casefold()) for name in self._archive.sources()]
        found: dict[str, None] = {}
        for one in given:
            wanted = one.casefold().strip()
            exact = [name for name, folded in sources if folded == wanted]
            found |= dict.fromkeys(exact or [name for name, folded in sources if wanted and wanted in folded])
        return tuple(found)

    def article(self, article_id: str) -> Article | None:
        """The article with this id, or the one that this id is a copy of; None if there is none."""
        return self._archive.article(article_id)

    def passages(self, article_id: str) -> list[Passage]:
        """The passages of an article, in order."""
        return self._archive.passages_of(article_id)

    def articles(
        self,
        text: str = "",
        source: str | Sequence[str] | None = None,
        since: date | None = None,
        until: date | None = None,
        language: str | None = None,
        offset: int = 0,
        limit: int = 50,
        order: Order = "newest",
    ) -> ArticlePage:
        """A page of articles, newest first; ``text`` must occur in the title, the outlet or the id.

        ``source`` is an outlet's whole name, or several.
        """
        return self._archive.articles(text, source, since, until, language, offset, limit, order)

    def stored(self) -> Iterator[tuple[Article, str]]:
        """Every article, copies too, with the id whose passages stand for its text; those ids first."""
        return self._archive.stored()

    @property
    def folder(self) -> Path:
        """The data folder."""
        return self._folder

    def damaged(self) -> tuple[int, ...]:
        """The numbers of generations that should be in use and are damaged."""
        self._refresh()
        return self._vectors.damaged

    def away(self) -> str | None:
        """What is wrong with the server of the vectors and how it is searched meanwhile; None where nothing is."""
        self._refresh()
        return self._vectors.away

    def unbuilt(self) -> str | None:
        """Why many added articles are in no generation and are searched exactly, as a sentence; None where they are."""
        return self._unbuilt()[1] or None

    def unusable(self) -> str | None:
        """Why nothing can be searched here, as a sentence (it was built with another model); None where it can."""
        return self._vectors.unusable

    def changed(self) -> str:
        """A word that is another one as soon as an article has come or gone."""
        return self._archive.version()

    def size(self) -> int:
        """How many bytes the archive and everything derived from it take on disk."""
        total = self._archive.size()
        for place, _, names in os.walk(self._folder):
            for name in names:
                with suppress(OSError):  # a file of a generation that has just been put away
                    total += os.stat(os.path.join(place, name)).st_size
        return total

    def timeline(self) -> list[MonthCount]:
        """How many articles each outlet published in each month; copies and articles without a date do not count."""
        return self._archive.timeline()

    def coverage(self, topic: str) -> list[MonthCount]:
        """How many articles of each outlet and month hold all words of the topic in one passage.

        Of more than ``COVERED`` passages those that fit best count.
        """
        self._refresh()
        return self._archive.months_of(self._lexicon.holding_all(topic, COVERED))

    def sources(self) -> list[str]:
        """The outlets in the archive, those with most articles first."""
        return self._archive.sources()

    def document_frequency(self, word: str) -> int:
        """In how many passages a word stands, titles included."""
        return self._lexicon.document_frequency(word)

    def status(self) -> IndexStatus:
        """What the index holds and how its parts stand."""
        self._refresh()
        counts = self._archive.counts()
        generations = [one for one in self._archive.generations() if one.number == self._vectors.generation]
        return IndexStatus(
            articles=counts.articles,
            copies=counts.copies,
            passages=counts.passages,
            generation=self._vectors.generation,
            built=generations[0].built if generations else None,
            tail=self._vectors.tail_size,
            model=self._embedder.name,
            lexicon_behind=self._archive.seq() - self._lexicon.followed,
            vectors=self._generations.place or None,
        )

    def as_retriever(self, top_k: int = 5) -> BaseRetriever:
        """This index as a llama-index retriever: nodes carry the passage's text, place and article."""
        from index.retriever import IndexRetriever

        return IndexRetriever(self, top_k)


def _staged(progress: ProgressCallback, stage: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(Progress(stage, done, total))


def _name(article: Article) -> str:
    """How an article is called in what is reported; what is no valid Unicode is written out."""
    name = article.origin or article.id or article.title or "article"
    return name.encode("utf-8", "backslashreplace").decode()


def _unfit(article: Article) -> str | None:
    """Why an article cannot be archived, or None."""
    if not any(character.isalnum() for character in article.text):
        return "the article has no text"
    if len(article.id) > 200 or any(ord(character) < 32 for character in article.id):
        return "the article's id is longer than 200 characters or holds control characters"
    texts = "".join(
        (
            *(article.text, article.title, article.id, article.source, article.place, article.url),
            *(article.language, article.origin, *article.authors),
        )
    )
    if "\0" in texts:
        return "the article holds NUL characters, which no archive keeps"
    try:
        texts.encode()
    except UnicodeEncodeError:
        return "the article holds characters that are not valid Unicode (lone surrogates)"
    return None
