"""The one writer: a file lock for an archive of this machine, an advisory lock of PostgreSQL's for a shared one.

Either is let go when its process dies, however it dies.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

import sqlalchemy as sql
from filelock import FileLock, Timeout

from index.archive import Archive
from index.errors import ArchiveError, BusyError

__all__ = ["PATIENCE", "WriterLock", "writer_lock"]

PATIENCE: Final = 1.0  # seconds that a writer waits for another: enough for a small add, and for no rebuild
_AGAIN: Final = 0.05  # seconds between two tries at a shared archive
_WRITING: Final = 7_241_003  # the number of PostgreSQL's advisory lock
# A machine that was cut off lets go within a minute: the server looks whether it is still there.
_LOOK: Final = ("tcp_keepalives_idle", "20"), ("tcp_keepalives_interval", "10"), ("tcp_keepalives_count", "3")


class WriterLock(Protocol):
    """Held by one writer at a time, among threads as among processes."""

    def holding(self, what: str, timeout: float = PATIENCE) -> AbstractContextManager[None]:
        """Hold it, for ``what``, after at most ``timeout`` seconds. Raises BusyError, which says who holds it."""


def writer_lock(archive: Archive, folder: Path) -> WriterLock:
    """The writer lock of this archive, whose derived parts are in ``folder``."""
    return _SharedLock(archive) if archive.shared else _FileLock(folder)


class _FileLock:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def holding(self, what: str, timeout: float = PATIENCE) -> Iterator[None]:
        holder = self._folder / "writer.json"
        lock = FileLock(self._folder / "writer.lock", timeout=timeout)
        try:
            lock.acquire()
        except Timeout as error:
            with suppress(OSError):
                raise _busy(str(self._folder), holder.read_text()) from error
            raise _busy(str(self._folder), "") from error
        except OSError as error:
            raise ArchiveError(f"{self._folder} cannot be written ({error.strerror}).") from error
        try:
            with suppress(OSError):  # it only tells others who writes, and a full disk may still let an article go
                holder.write_text(_note(what))
            yield
        finally:
            lock.release()


class _SharedLock:
    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    @contextmanager
    def holding(self, what: str, timeout: float = PATIENCE) -> Iterator[None]:
        with self._archive.session() as session:
            for name, seconds in _LOOK:
                session.execute(sql.select(sql.func.set_config(name, seconds, False)))
            patience = time.monotonic() + timeout
            while not session.scalar(sql.select(sql.func.pg_try_advisory_lock(_WRITING))):
                if time.monotonic() >= patience:
                    raise _busy(self._archive.place, self._archive.noted("writer"))
                time.sleep(_AGAIN)
            self._archive.note("writer", _note(what))
            yield


def _note(what: str) -> str:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "what": what, "since": since})


def _busy(place: str, noted: str) -> BusyError:
    """Who holds the writer lock, from the note that the holder left."""
    try:
        note = json.loads(noted)
        holder = f"process {note['pid']} on {note['host']} ({note['what']}, since {note['since']})"
    except (ValueError, KeyError, TypeError):
        holder = "another process"
    return BusyError(f"{place} is being written by {holder}. Try again when it is done.")
