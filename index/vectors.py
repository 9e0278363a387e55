"""The dense leg: the current sealed generation in Chroma, and an exact search over what is newer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from numpy.typing import NDArray

from index.archive import Archive, Generation, PassageText
from index.articles import embedded_text
from index.chroma import KEPT, Generations, Sealed
from index.columns import Columns
from index.embedding import Embedder
from index.errors import ArchiveError, AwayError, WrongModelError
from index.lexicon import Filter

if TYPE_CHECKING:
    from chromadb.api.types import Where

__all__ = ["Vectors"]

_CHUNK: Final = 4096
_MOST_IDS: Final = 10_000  # named to Chroma at once: SQLite takes 32,766 variables
_MOST_RESULTS: Final = 2000  # asked of Chroma at once: where all of them were removed, the others are searched exactly
EXACT: Final = 10_000  # passages that a filter leaves are searched exactly up to here (9 ms; Chroma finds 1,000 in 10)
EXACT_LIMIT: Final = 20_000  # passages searched exactly while their server is away; of more, the lexicon answers alone
AGAIN: Final = 5.0  # seconds before a server that did not answer is asked again


@dataclass(frozen=True, slots=True)
class _Tail:
    """What is newer than change ``after``; and which of the older passages are gone."""

    after: int
    seq: int
    mark: str  # of change ``seq``, where any was followed
    columns: Columns
    removed: NDArray[np.int64]  # ids that the generation still holds


@dataclass(frozen=True, slots=True)
class _State:
    sealed: Sealed | None
    tail: _Tail
    blind: bool = False  # the server is away, and what it holds is too much to be searched exactly


class Vectors:
    """Vectors of one archive. ``search`` may be called from many threads and never writes."""

    def __init__(self, archive: Archive, generations: Generations, embedder: Embedder) -> None:
        """Open the current generation and load what is newer."""
        self._archive = archive
        self._generations = generations
        self._embedder = embedder
        self._lock = threading.Lock()
        self._away: str | None = None
        self._ask_again = 0.0
        self._broken: set[Generation] = set()
        self._wrong_model: str | None = None
        self._state = _State(None, self._empty_tail(0))
        self.refresh()

    @property
    def generation(self) -> int | None:
        """The number of the generation in use, or None."""
        return self._state.sealed.number if self._state.sealed else None

    @property
    def tail_size(self) -> int:
        """How many passages are searched outside the generation."""
        return len(self._state.tail.columns.ids)

    @property
    def damaged(self) -> tuple[int, ...]:
        """Published generations that were passed over because they are damaged, as far as nothing newer is in use."""
        return tuple(sorted(one.number for one in self._broken if one.number > (self.generation or 0)))

    @property
    def unusable(self) -> str | None:
        """Why nothing can be searched, as a sentence; None where it can."""
        return self._wrong_model

    @property
    def away(self) -> str | None:
        """What is wrong with the server of the vectors and how it is searched meanwhile; None where nothing is."""
        if self._away is None:
            return None
        state = self._state
        instead = (
            "the lexicon answers alone"
            if state.blind
            else f"{len(state.tail.columns.ids):,} passages are searched exactly instead"
        )
        return f"{self._away}; until it is back, {instead}"

    @property
    def overdue(self) -> bool:
        """Whether ``refresh`` should ask a server again that did not answer."""
        return self._away is not None and time.monotonic() >= self._ask_again

    def embed_missing(self, progress: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Compute and keep the vectors that the archive's cache lacks: all of them after a change of the model."""
        ids = self._archive.unembedded_ids(self._embedder.name)
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            passages = self._archive.unembedded(self._embedder.name, int(chunk[0]), int(chunk[-1]))
            if passages:
                vectors = self._embedder.embed_passages([embedded_text(one.title, one.text) for one in passages])
                self._archive.put_embeddings(self._embedder.name, [one.digest for one in passages], vectors)
            progress(min(start + _CHUNK, len(ids)), len(ids))

    def close(self) -> None:
        """Let go of the generation; Chroma's files close when the last search in it is done."""
        with self._lock:
            self._state = _State(None, self._empty_tail(0))
            self._generations.close()

    # ---- following the archive -----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Take up a newer generation and newer changes, whichever process made them."""
        with self._lock:
            self._refresh()

    def _refresh(self) -> None:
        sealed = self._newest_sealed()
        if self._wrong_model is not None:
            return
        after, blind = (sealed.seq, False) if sealed else self._without_server() if self._away else (0, False)
        tail = self._state.tail
        if tail.after != after or not self._archive.holds(tail.seq, tail.mark):
            tail = self._empty_tail(after)
        self._state = _State(sealed, self._follow(tail), blind)

    def _without_server(self) -> tuple[int, bool]:
        """From which change on everything is searched exactly, and whether that is too little to search at all."""
        newest = self._archive.generations()[0]
        return (newest.seq, True) if newest.passages > EXACT_LIMIT else (0, False)

    def _newest_sealed(self) -> Sealed | None:
        """The first published generation that is whole; damaged ones are passed over, the tail stands in for them."""
        self._wrong_model = None
        published = self._archive.generations()
        # Where each machine has its own, what it built last may be older than those that are kept where they are built.
        own = (
            []
            if self._generations.place
            else [one for one in published[KEPT:] if self._generations.expected(one.number)]
        )
        for generation in (*published[:KEPT], *own):
            current = self._state.sealed
            if current is not None and current.number == generation.number and self._is_of_now(current):
                return current
            if generation in self._broken:
                continue
            if generation.model != self._embedder.name:
                if generation is not published[0]:
                    continue
                self._wrong_model = (
                    f"this index was built with the embedding model {generation.model}, and {self._embedder.name} "
                    "is configured now. Go back to that model, or build the vectors again with: tanya rebuild"
                )
                return None
            if self._away is not None and not self.overdue:
                return None
            try:
                self._ask_again = time.monotonic() + AGAIN  # before the answer: who searches meanwhile asks nothing
                sealed = self._generations.open(generation.number)
                if not self._is_of_now(sealed):
                    raise ArchiveError(f"generation {generation.number} is of what the archive held before a backup")
            except AwayError as error:
                self._away = str(error)
                return None
            except ArchiveError:
                if not self._archive.shared or self._generations.expected(generation.number):
                    self._broken.add(generation)
                self._away = None  # it answered
                continue
            self._away = None
            return sealed
        self._away = None
        return None

    def _is_of_now(self, sealed: Sealed) -> bool:
        """Whether a generation is of what the archive holds, not of what it lost when a backup was put back."""
        return self._archive.holds(sealed.seq, sealed.mark)

    def _lose(self, sealed: Sealed, error: AwayError) -> None:
        """Go on without a server that was in use; it is asked again when somebody next looks."""
        with self._lock:
            if self._state.sealed is not sealed:
                return
            self._away, self._ask_again = str(error), time.monotonic() + AGAIN
            self._state = _State(None, self._state.tail)
            self._refresh()
            self._ask_again = 0.0  # it may only have been started again

    def _empty_tail(self, seq: int) -> _Tail:
        none = np.empty((0, self._embedder.dimensions), dtype=np.float32)
        return _Tail(seq, seq, "", Columns.of((), none), np.empty(0, dtype=np.int64))

    def _follow(self, tail: _Tail) -> _Tail:
        changes = self._archive.changes(tail.seq)
        if not changes:
            return tail
        gone = [np.arange(one.first, one.last + 1) for one in changes if one.kind == "remove"]
        removed = np.concatenate([tail.removed, *gone])
        new = [one for one in changes if one.kind == "add"]
        passages: list[PassageText] = []
        if new:
            first, last = min(one.first for one in new), max(one.last for one in new)
            for start in range(first, last + 1, _CHUNK):
                passages += self._archive.passage_texts(start, min(start + _CHUNK - 1, last))
        kept = tail.columns.without(removed)
        columns = Columns.joined([kept, Columns.of(passages, self._vectors(passages))])
        return _Tail(tail.after, changes[-1].seq, self._archive.mark(changes[-1].seq), columns, removed)

    def _vectors(self, passages: Sequence[PassageText]) -> NDArray[np.float32]:
        """From the cache where it has them, else computed now and not kept: asking writes nothing."""
        cached = self._archive.embeddings(self._embedder.name, [passage.digest for passage in passages])
        missing = {one.digest: embedded_text(one.title, one.text) for one in passages if one.digest not in cached}
        if missing:
            vectors = self._embedder.embed_passages(list(missing.values()))
            cached.update(zip(missing, vectors, strict=True))
        rows = [cached[passage.digest] for passage in passages]
        return np.stack(rows) if rows else np.empty((0, self._embedder.dimensions), dtype=np.float32)

    # ---- searching -----------------------------------------------------------------------------------------------

    def search(self, question: str, limit: int, only: Filter) -> list[tuple[int, float]]:
        """The nearest passages as (id, cosine similarity), best first; ties by id. Raises WrongModelError."""
        if self._wrong_model is not None:
            raise WrongModelError(self._wrong_model)
        vector = self._embedder.embed_questions([question])
        if not np.isfinite(vector).all() or not vector.any():
            return []
        while True:
            state = self._state
            if state.blind:
                return []
            tail = state.tail.columns
            found = tail.nearest(vector[0], limit, tail.fitting(only))
            try:
                if state.sealed is not None and state.sealed.passages > 0:
                    # Chroma errs for an id that it does not hold; columns know theirs.
                    by_id = only.copied and state.sealed.columns is None
                    last = self._archive.last_passage(state.sealed.seq) if by_id else 0
                    found += _search_sealed(state.sealed, state.tail.removed, last, vector, limit, only)
            except AwayError as error:
                assert state.sealed is not None
                self._lose(state.sealed, error)
                continue
            return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:limit]


def _search_sealed(
    sealed: Sealed, removed: NDArray[np.int64], last: int, vector: NDArray[np.float32], limit: int, only: Filter
) -> list[tuple[int, float]]:
    """What fits and was not removed: out of the nearest of all where they are enough, else exactly.

    ``last`` is the highest id that a generation without columns can hold.
    """
    columns = sealed.columns
    if columns is None or not only.active:
        wanted = min(limit + len(removed), _MOST_RESULTS)
        nearest = sealed.nearest(vector, wanted, _where(only))
        # Chroma knows no "one of these ids, or of those outlets".
        copied = [one for one in only.copied if one <= last]
        for start in range(0, len(copied), _MOST_IDS):
            some = copied[start : start + _MOST_IDS]
            nearest += sealed.nearest(vector, wanted, _where(replace(only, sources=None)), some)
        gone = set(removed.tolist())
        kept = [(one, score) for one, score in dict(nearest).items() if one not in gone]
        if columns is None or not gone or len(kept) >= limit:
            return sorted(kept, key=lambda hit: -hit[1])[:limit]

    rows = columns.fitting(only)
    if len(removed):
        rows = rows[~np.isin(columns.ids[rows], removed)]
    if only.active and len(rows) > EXACT:
        ids = columns.ids[rows]
        nearest = sealed.nearest(vector, min(2 * limit * sealed.passages // len(rows), _MOST_RESULTS))
        places = np.searchsorted(ids, [one for one, _ in nearest])
        fits = ids.take(places, mode="clip") == [one for one, _ in nearest]
        if np.count_nonzero(fits) >= limit:
            return [hit for hit, fit in zip(nearest, fits, strict=True) if fit][:limit]
    return columns.nearest(vector[0], limit, rows)


def _where(only: Filter) -> Where | None:
    """The filter in Chroma's words."""
    conditions: list[dict[str, object]] = []
    if only.since is not None or only.until is not None:
        conditions.append({"published": {"$gte": only.since.toordinal() if only.since else 1}})
    if only.until is not None:
        conditions.append({"published": {"$lte": only.until.toordinal()}})
    if only.sources is not None:
        conditions.append({"source": {"$in": list(only.sources)}})
    if only.language is not None:
        conditions.append({"language": only.language})
    if not conditions:
        return None
    where = conditions[0] if len(conditions) == 1 else {"$and": conditions}
    return cast("Where", where)
