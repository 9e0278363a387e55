"""Generations in the data folder: each a folder of Chroma's, whose files are sealed with their digests."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import weakref
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from index.chroma import Fill, Manifest, Sealed, configuration, settings
from index.columns import Columns
from index.errors import ArchiveError
from index.sealing import damaged, digests

if TYPE_CHECKING:
    from chromadb.api.client import Client

__all__ = ["FolderGenerations", "open_client"]

COLLECTION: Final = "passages"
_MANIFEST: Final = "manifest.json"
_DATABASE: Final = "chroma.sqlite3"
_SEALING: Final = (
    "VACUUM",  # half of the folder is where the log was that Chroma deletes when the graph is persisted
    # Whoever opens a folder leaves a row in a table that nobody reads. Without it the sealed file stays as it is, and
    # its digest holds.
    "CREATE TRIGGER sealed BEFORE INSERT ON acquire_write BEGIN SELECT RAISE(IGNORE); END",
)


@dataclass(frozen=True, slots=True)
class _FileManifest(Manifest):
    files: dict[str, str] = field(default_factory=dict)  # path inside the folder -> SHA-256


class FolderGenerations:
    """Those of one archive in a data folder. Another machine's are not seen."""

    def __init__(self, folder: Path, archive_id: str) -> None:
        self._folder = folder / "generations"
        self._archive_id = archive_id

    @property
    def place(self) -> str:
        """Nothing: they are in the data folder."""
        return ""

    @property
    def url(self) -> str:
        """Nothing, as ``place``."""
        return ""

    def write(self, manifest: Manifest, rows: int, fill: Fill, dense: bool = False) -> None:
        """Build beside the others, seal, and rename. Raises ArchiveError, and OSError for a disk that is full."""
        final = self._at(manifest.number)
        temporary = final.with_name(f"{final.name}.tmp")
        shutil.rmtree(final, ignore_errors=True)  # sealed but never published: its builder was killed in between
        temporary.mkdir(parents=True)
        try:
            client = open_client(temporary)
            collection = client.create_collection(
                COLLECTION, configuration=cast("Any", configuration(rows, dense)), embedding_function=None
            )
            count, dimensions = Columns.save(temporary, fill(collection)).vectors.shape
            client.close()
            _seal(temporary, replace(manifest, passages=count, dimensions=dimensions))
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)  # what filled the disk must not keep it full
            raise
        os.replace(temporary, final)
        _sync(final.parent)

    def open(self, number: int) -> Sealed:
        """A generation whose files are those that were sealed. Raises ArchiveError."""
        folder = self._at(number)
        manifest = _verify(folder, self._archive_id)
        client = open_client(folder)
        collection = client.get_collection(COLLECTION, embedding_function=None)
        weakref.finalize(collection, client.close)
        # Its own word, not the archive's: where two machines built at once, only one of them was published.
        return Sealed(manifest.number, manifest.seq, manifest.passages, manifest.mark, collection, Columns.load(folder))

    def expected(self, number: int) -> bool:
        """Whether its folder is here; else another machine built it, and has it."""
        return self._at(number).is_dir()

    def keep(self, numbers: Iterable[int]) -> None:
        """Delete half-built folders and the generations nobody needs any more."""
        kept = {self._at(number).name for number in numbers}
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            if path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)

    def close(self) -> None:
        """Nothing to let go: a client is closed with its generation."""

    def _at(self, number: int) -> Path:
        return self._folder / f"{number:06d}"


def open_client(folder: Path) -> Client:
    """A Chroma client on a folder; neither ``.env`` nor the environment of this process has a say."""
    import chromadb

    given = settings(
        chroma_api_impl="chromadb.api.rust.RustBindingsAPI", is_persistent=True, persist_directory=str(folder)
    )
    return cast("Client", chromadb.PersistentClient(path=str(folder), settings=given))


def _seal(folder: Path, manifest: Manifest) -> None:
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


def _verify(folder: Path, archive_id: str) -> Manifest:
    """Check a sealed generation's files against its manifest. Raises ArchiveError if any is missing, new or differs."""
    try:
        manifest = _FileManifest(**json.loads((folder / _MANIFEST).read_text()))
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


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
