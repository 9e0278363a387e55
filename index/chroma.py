"""What a folder of Chroma's and a Chroma server have in common: how a generation is described, opened and searched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from index.columns import Columns

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection as ChromaCollection
    from chromadb.api.types import Where
    from chromadb.config import Settings

__all__ = ["KEPT", "Fill", "Generations", "Manifest", "Sealed", "calls", "configuration", "settings"]


CALL: Final = 5_000  # rows a Chroma call at most: its own limit is 5,461
LOGGED: Final = 100_000  # rows that Chroma's log holds at most, about
# Of 5,000 sentences that differ in a number alone, Chroma's own graph (16 and 100) loses one in ten, this next to none.
DENSE: Final = {"max_neighbors": 128, "ef_construction": 400}
KEPT: Final = 2  # generations kept: the current one, and the one before for whoever still reads it


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself; ``archive`` is the id of the archive that its vectors are of."""

    number: int
    model: str
    seq: int
    archive: str
    passages: int = 0  # these two are known when it is whole
    dimensions: int = 0
    mark: str = ""  # of change ``seq``; an earlier version noted none


@dataclass(frozen=True, slots=True)
class Sealed:
    """An open generation. Chroma's client is closed when the last search that uses this is done."""

    number: int
    seq: int
    passages: int
    mark: str
    collection: ChromaCollection
    columns: Columns | None = None  # None on a server, and in a folder that an earlier version built
    asking: Callable[[], AbstractContextManager[None]] = nullcontext  # makes an AwayError of what a client raises

    def nearest(
        self,
        vector: NDArray[np.float32],
        limit: int,
        where: Where | None = None,
        among: Sequence[int] | None = None,
    ) -> list[tuple[int, float]]:
        """The passages nearest to a vector of shape (1, dimensions), as (id, cosine similarity). Raises AwayError.

        ``among`` are the ids that may be found; None for all.
        """
        with self.asking():
            answer = self.collection.query(
                query_embeddings=vector,
                ids=None if among is None else [str(one) for one in among],
                n_results=min(limit, self.passages),
                where=where,
                include=["distances"],
            )
        distances = answer["distances"]
        if distances is None:
            return []
        return [(int(one), 1.0 - distance) for one, distance in zip(answer["ids"][0], distances[0], strict=True)]


Fill = Callable[["ChromaCollection"], Iterator[Columns]]


class Generations(Protocol):
    """Where the generations of one archive are kept."""

    @property
    def place(self) -> str:
        """The server, to be shown; empty for the data folder of this machine."""

    @property
    def url(self) -> str:
        """The server's address with its secret, for a process of our own; empty for the data folder. Never show it."""

    def write(self, manifest: Manifest, rows: int, fill: Fill, dense: bool = False) -> None:
        """Make a generation: ``fill`` puts ``rows`` rows into a new collection, and gives what it has put there.

        ``dense`` is for a graph with more edges, which takes longer and more memory. Raises ArchiveError; nothing of it
        stays then.
        """

    def open(self, number: int) -> Sealed:
        """A whole generation, for reading. Raises AwayError, and ArchiveError where it is damaged or not there."""

    def expected(self, number: int) -> bool:
        """Whether a published generation should be here although it cannot be opened."""

    def keep(self, numbers: Iterable[int]) -> None:
        """Delete all generations but these, and what was half built."""

    def close(self) -> None:
        """Give connections back."""


def calls(rows: int) -> tuple[int, int]:
    """How a collection is filled: rows a call, and the number of rows after which Chroma persists them.

    Chroma reads its whole log again at each call, and empties it when it persists. So it persists every LOGGED rows
    or so, and with the very last: what is not persisted is replayed whenever the collection is opened (STACK.md).
    All calls are of one size but the last, which is short by ``lacking``; so is the threshold, which the last call of
    each part reaches.
    """
    rows = max(rows, 1)
    parts = -(-rows // LOGGED)
    in_part = -(-rows // (parts * CALL))
    size = -(-rows // (parts * in_part))
    lacking = parts * in_part * size - rows
    if lacking >= size:  # from 25 million rows on a part's last but one call would reach it
        return size, rows
    return size, in_part * size - lacking


def configuration(rows: int, dense: bool = False) -> dict[str, Any]:
    """A collection for so many rows, put in by calls of ``calls(rows)``; ``dense`` for a graph with more edges."""
    threshold = max(calls(rows)[1], 2)
    hnsw = {"space": "cosine", "sync_threshold": threshold, "batch_size": min(threshold, 100)}
    return {"hnsw": {**hnsw, **(DENSE if dense else {})}}


@cache  # Chroma compares the settings of two clients on one folder, class included
def _given() -> type[Settings]:
    from chromadb.config import Settings

    class Given(Settings):
        @classmethod
        def settings_customise_sources(cls, settings_cls: Any, init_settings: Any, *_: Any, **__: Any) -> tuple[Any]:
            return (init_settings,)

    return Given


def settings(**given: Any) -> Settings:
    """Chroma's settings as they are given: a variable would name classes to import, and MIGRATIONS=none stops it."""
    return _given()(allow_reset=False, anonymized_telemetry=False, **given)
