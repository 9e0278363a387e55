"""A generation: all vectors up to one change, in a Chroma folder that is written once, checked, and sealed.

Chroma does not survive a kill while it writes, and does not notice damaged files (STACK.md 1). So a
generation is built beside the others in a process of its own, its files' digests are kept in a manifest, it is
opened and queried once in that throw-away process, and only then made the current one by a single
transaction in the archive. ``python -m index.generation FOLDER MODEL`` is that process; its environment says which
archive.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from index.archive import Archive, Generation, SealedRow
from index.columns import Columns
from index.errors import ArchiveError
from index.sealing import damaged, digests

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection
    from chromadb.config import Settings

__all__ = ["ARCHIVE_VARIABLE", "BUSY", "build", "generation_folder", "open_collection", "verify"]

BUSY: Final = 75  # exit status when another build is running (sysexits.h: EX_TEMPFAIL)
ARCHIVE_VARIABLE: Final = "TANYA_ARCHIVE"  # says the archive's address to the process that builds
COLLECTION: Final = "passages"
KEPT: Final = 2  # generations on disk: the current one, and the one before for whoever still reads it
_BATCH: Final = 2000  # rows a Chroma call: its own limit is 5,461
_PROBES: Final = 50  # passages that must find themselves before a generation is sealed
MOST_LOST: Final = 0.1  # of the probes: HNSW misses one in a hundred by nature, a damaged index every third (STACK.md)
_MANIFEST: Final = "manifest.json"
_DATABASE: Final = "chroma.sqlite3"
_SEALING: Final = (
    "VACUUM",  # half of the folder is where the log was that Chroma deletes when the graph is persisted
    # Whoever opens a folder leaves a row in a table that nobody reads. Without it the sealed file stays as it is, and
    # its digest holds.
    "CREATE TRIGGER sealed BEFORE INSERT ON acquire_write BEGIN SELECT RAISE(IGNORE); END",
)


@dataclass(frozen=True, slots=True)
class _Manifest:
    number: int
    model: str
    seq: int
    passages: int
    dimensions: int
    files: dict[str, str]  # path inside the folder -> SHA-256
    archive: str  # the id of the archive that the vectors are of


def generation_folder(folder: Path, number: int) -> Path:
    """Where a generation lies inside the data folder."""
    return folder / "generations" / f"{number:06d}"


@cache  # Chroma compares the settings of two clients on one folder, class included
def _settings() -> type[Settings]:
    """Chroma's settings as they are given: a variable would name classes to import, and MIGRATIONS=none stops it."""
    from chromadb.config import Settings

    class Given(Settings):
        @classmethod
        def settings_customise_sources(cls, settings_cls: Any, init_settings: Any, *_: Any, **__: Any) -> tuple[Any]:
            return (init_settings,)

    return Given


def open_client(folder: Path) -> Client:
    """A Chroma client on a folder; neither ``.env`` nor the environment of this process has a say."""
    import chromadb

    settings = _settings()(
        chroma_api_impl="chromadb.api.rust.RustBindingsAPI",
        is_persistent=True,
        persist_directory=str(folder),
        allow_reset=False,
        anonymized_telemetry=False,
    )
    return cast("Client", chromadb.PersistentClient(path=str(folder), settings=settings))


def open_collection(folder: Path) -> tuple[Client, Collection]:
    """The client and the collection of a sealed generation, for reading."""
    client = open_client(folder)
    return client, client.get_collection(COLLECTION, embedding_function=None)


def fields(passage: SealedRow) -> dict[str, str | int]:
    """What Chroma can filter a passage by; dates are day numbers, 0 for none."""
    return {
        "published": passage.published.toordinal() if passage.published else 0,
        "source": passage.source,
        "language": passage.language,
    }


def build(folder: Path, url: str, model: str, progress: Callable[[int, int], None]) -> Generation:
    """Build, check, seal and publish a generation of every passage whose vector is in the archive's cache.

    Holds the build lock; raises Timeout at once when another build has it. Articles may be added and removed
    meanwhile: what is newer than the generation's ``seq`` is not part of it.
    """
    with FileLock(folder / "build.lock", timeout=0):
        archive = Archive.open(url)
        _remove_leftovers(folder, archive)
        number, seq = archive.next_generation(), archive.seq()
        ids = archive.passage_ids()
        ids = ids[ids <= archive.last_passage(seq)]
        final = generation_folder(folder, number)
        temporary = final.with_name(f"{final.name}.tmp")
        shutil.rmtree(final, ignore_errors=True)  # sealed but never published: its builder was killed in between
        temporary.mkdir(parents=True)

        try:
            count, dimensions = Columns.save(temporary, _fill(temporary, archive, model, ids, progress)).vectors.shape
            _seal(temporary, _Manifest(number, model, seq, count, dimensions, {}, archive.id))
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)  # what filled the disk must not keep it full
            raise
        os.replace(temporary, final)
        _sync(final.parent)
        verify(final, archive.id)
        _probe(final, archive, model, ids)

        generation = Generation(number, model, seq, count, datetime.now(UTC).replace(tzinfo=None, microsecond=0))
        archive.publish(generation)
        _remove_leftovers(folder, archive)
        archive.close()
    return generation


def _fill(
    folder: Path,
    archive: Archive,
    model: str,
    ids: NDArray[np.int64],
    progress: Callable[[int, int], None],
) -> Iterator[Columns]:
    """Write all vectors, and give what was written."""
    client = open_client(folder)
    # One persist, when the last row is in: the threshold is the number of rows (STACK.md 1.1).
    threshold = max(len(ids), 2)
    collection = client.create_collection(
        COLLECTION,
        configuration={"hnsw": {"space": "cosine", "sync_threshold": threshold, "batch_size": min(threshold, 100)}},
        embedding_function=None,
    )
    for start in range(0, len(ids), _BATCH):
        chunk = ids[start : start + _BATCH]
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
        progress(min(start + _BATCH, len(ids)), len(ids))
    client.close()


def _seal(folder: Path, manifest: _Manifest) -> None:
    """Force every file to the disk and write the manifest with their digests last."""
    with closing(sqlite3.connect(folder / _DATABASE, isolation_level=None)) as connection:
        for statement in _SEALING:
            connection.execute(statement)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in paths:
        _sync(path)
    target = folder / _MANIFEST
    target.write_text(json.dumps({**asdict(manifest), "files": digests(folder, paths)}, indent=1))
    _sync(target)
    _sync(folder)


def verify(folder: Path, archive_id: str) -> _Manifest:
    """Check a sealed generation's files against its manifest. Raises ArchiveError if any is missing, new or differs."""
    try:
        manifest = _Manifest(**json.loads((folder / _MANIFEST).read_text()))
        present = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        whole = present == {*manifest.files, _MANIFEST} and manifest.number == int(folder.name)
    except (OSError, ValueError, TypeError) as error:
        raise ArchiveError(f"{folder} is not a whole generation ({error})") from error
    if not whole:
        raise ArchiveError(f"{folder} is not a whole generation (its files are not those of its manifest)")
    if manifest.archive != archive_id:
        raise ArchiveError(f"{folder} is of another archive")
    name = damaged(folder, manifest.files)
    if name is not None:
        raise ArchiveError(f"{folder / name} is damaged")
    return manifest


def _probe(folder: Path, archive: Archive, model: str, ids: NDArray[np.int64]) -> None:
    """Open what was built as a reader will, and let some passages look for themselves."""
    client, collection = open_collection(folder)
    step = max(len(ids) // _PROBES, 1)
    passages = [one for wanted in ids[::step].tolist() for one in archive.passage_texts(wanted, wanted)]
    vectors = archive.embeddings(model, [passage.digest for passage in passages])
    lost = 0
    for passage in passages:
        query = vectors[passage.digest][np.newaxis]
        if query.any():
            answer = collection.query(query_embeddings=query, n_results=1, include=["distances"])
            # The nearest may be another passage with the same words: something must be as near as itself.
            lost += not answer["ids"][0] or answer["distances"] is None or answer["distances"][0][0] > 1e-3
    client.close()
    if lost > MOST_LOST * len(passages):
        raise ArchiveError(
            f"the new generation does not find {lost} of {len(passages)} passages; it was not put to use"
        )


def _remove_leftovers(folder: Path, archive: Archive) -> None:
    """Delete half-built folders and the generations nobody needs any more."""
    kept = {generation_folder(folder, one.number).name for one in archive.generations()[:KEPT]}
    parent = folder / "generations"
    for path in parent.iterdir() if parent.is_dir() else ():
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def main(arguments: list[str]) -> int:
    """Build a generation and report progress, a JSON line each, on standard output."""
    folder, model = arguments

    def report(done: int, total: int) -> None:
        print(json.dumps({"done": done, "total": total}), flush=True)

    try:
        build(Path(folder), os.environ[ARCHIVE_VARIABLE], model, report)
    except Timeout:
        return BUSY
    except ArchiveError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
