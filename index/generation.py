"""Building a generation: all vectors up to one change, written once, checked, sealed and published.

Chroma does not survive a kill while it writes, and does not notice damaged files (STACK.md 1). So a
generation is built beside the others in a process of its own, opened and queried once in that throw-away process, and
only then made the current one by a single transaction in the archive. It is a folder of this machine's
(``chroma_folder.py``) or a collection on a server that many machines share (``chroma_server.py``).
``python -m index.generation FOLDER MODEL`` is that process; its environment says which archive and which server.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from index.archive import Archive, Generation, SealedRow
from index.chroma import KEPT, Generations, Manifest, Sealed, calls
from index.chroma_folder import FolderGenerations
from index.chroma_server import ASKING, BUILDING, ServerGenerations
from index.columns import Columns
from index.errors import ArchiveError, AwayError

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

__all__ = ["ARCHIVE_VARIABLE", "BUSY", "VECTORS_VARIABLE", "build", "open_generations"]

BUSY: Final = 75  # exit status when another build is running (sysexits.h: EX_TEMPFAIL)
ARCHIVE_VARIABLE: Final = "TANYA_ARCHIVE"  # says the archive's address to the process that builds,
VECTORS_VARIABLE: Final = "TANYA_VECTORS"  # and the Chroma server's: not arguments, which are shown to everybody
_PROBES: Final = 50  # passages that must find themselves before a generation is published
MOST_LOST: Final = 0.1  # of the probes: HNSW misses one in a hundred by nature, a damaged index every third (STACK.md)


def open_generations(folder: Path, server: str, archive_id: str, patience: float = ASKING) -> Generations:
    """Where an archive's generations are: on a server, or in the data folder where its address is empty.

    ``patience`` is how many seconds each answer of a server may take. Raises ArchiveError for a wrong address.
    """
    return ServerGenerations(server, archive_id, patience) if server else FolderGenerations(folder, archive_id)


def fields(passage: SealedRow) -> dict[str, str | int]:
    """What Chroma can filter a passage by; dates are day numbers, 0 for none."""
    return {
        "published": passage.published.toordinal() if passage.published else 0,
        "source": passage.source,
        "language": passage.language,
    }


def build(folder: Path, url: str, server: str, model: str, progress: Callable[[int, int], None]) -> Generation:
    """Build, check, seal and publish a generation of every passage whose vector is in the archive's cache.

    Holds the build lock; raises Timeout at once when another build of this machine has it. Articles may be added and
    removed meanwhile: what is newer than the generation's ``seq`` is not part of it.
    """
    with FileLock(folder / "build.lock", timeout=0):
        archive = Archive.open(url)
        generations = open_generations(folder, server, archive.id, BUILDING)
        _keep_newest(generations, archive)
        number, seq = archive.next_generation(), archive.seq()
        ids = archive.passage_ids()
        ids = ids[ids <= archive.last_passage(seq)]

        def fill(collection: Collection) -> Iterator[Columns]:
            return _fill(collection, archive, model, ids, progress)

        manifest = Manifest(number, model, seq, archive.id, mark=archive.mark(seq))
        for dense in (False, True):
            generations.write(manifest, len(ids), fill, dense)
            passages, probes, lost = _probe(generations.open(number), archive, model, ids)
            if lost <= MOST_LOST * probes:
                break
            _keep_newest(generations, archive)
        else:
            raise ArchiveError(f"the new generation does not find {lost} of {probes} passages; it was not put to use")

        generation = Generation(number, model, seq, passages, _now())
        archive.publish(generation)
        with suppress(AwayError):  # it is published; whoever builds next deletes what is old
            _keep_newest(generations, archive)
        generations.close()
        archive.close()
    return generation


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _keep_newest(generations: Generations, archive: Archive) -> None:
    """Delete what was half built and the generations nobody needs any more."""
    generations.keep([one.number for one in archive.generations()[:KEPT]])


def _fill(
    collection: Collection,
    archive: Archive,
    model: str,
    ids: NDArray[np.int64],
    progress: Callable[[int, int], None],
) -> Iterator[Columns]:
    """Write all vectors, and give what was written."""
    size, _ = calls(len(ids))
    for start in range(0, len(ids), size):
        chunk = ids[start : start + size]
        rows = archive.sealed_rows(model, int(chunk[0]), int(chunk[-1]))
        vectors = [row.vector for row in rows if row.vector is not None]
        if len(vectors) < len(rows):
            missing = len(rows) - len(vectors)
            raise ArchiveError(f"{missing} passages have no vector of model {model} yet. Run: tanya rebuild")
        if rows:
            part = Columns.of(rows, np.stack(vectors))
            records: dict[str, Any] = {
                "ids": [str(row.id) for row in rows],
                "embeddings": part.vectors,
                "metadatas": [fields(row) for row in rows],
            }
            collection.add(**records)
            if len(ids) == 1:
                collection.upsert(**records)  # the smallest threshold is two: a single row would never be persisted
            yield part
        progress(min(start + size, len(ids)), len(ids))


def _probe(sealed: Sealed, archive: Archive, model: str, ids: NDArray[np.int64]) -> tuple[int, int, int]:
    """Let some passages look for themselves in what was built, as a reader will.

    Gives how many passages it holds, how many looked and how many were lost: of many that are nearly alike, HNSW leaves
    some without an edge that leads to them.
    """
    step = max(len(ids) // _PROBES, 1)
    passages = [one for wanted in ids[::step].tolist() for one in archive.passage_texts(wanted, wanted)]
    vectors = archive.embeddings(model, [passage.digest for passage in passages])
    lost = 0
    for passage in passages:
        query = vectors[passage.digest][np.newaxis]
        if query.any():
            nearest = sealed.nearest(query, 1)
            # The nearest may be another passage with the same words: something must be as near as itself.
            lost += not nearest or nearest[0][1] < 1 - 1e-3
    return sealed.passages, len(passages), lost


def main(arguments: list[str]) -> int:
    """Build a generation and report progress, a JSON line each, on standard output."""
    folder, model = arguments

    def report(done: int, total: int) -> None:
        print(json.dumps({"done": done, "total": total}), flush=True)

    try:
        build(Path(folder), os.environ[ARCHIVE_VARIABLE], os.environ[VECTORS_VARIABLE], model, report)
    except Timeout:
        return BUSY
    except ArchiveError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
