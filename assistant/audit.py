"""Who changed the archive: a line for each write, in a file of its own beside the archive, which is only added to.

Each line is a JSON object: ``at`` (UTC), ``who``, ``what``, ``from``, ``request``, ``ids``, ``counts``, ``result``.
Words of articles are in none.
"""

from __future__ import annotations

import getpass
import json
import logging
import os
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from assistant.logs import request_id
from index import AddReport, Article, Rejected

__all__ = ["FILE", "Audit", "Entry"]

FILE: Final = "audit.jsonl"
_MOST_IDS: Final = 100  # in one line; ``counts`` has how many there were

log = logging.getLogger(__name__)


@dataclass
class Entry:
    """One write: fill in what became of it before it ends."""

    who: str
    what: str
    where: str
    request: str
    ids: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    result: str = "done"

    def noting(self, articles: Iterable[Article | Rejected]) -> Iterator[Article | Rejected]:
        """The same articles; the ids that they bring are noted (others are made of their content)."""
        for one in articles:
            if isinstance(one, Article) and one.id and len(self.ids) < _MOST_IDS:
                self.ids = (*self.ids, one.id)
            yield one

    def added(self, report: AddReport) -> None:
        """What an add has done."""
        counts = {name: value for name, value in asdict(report).items() if name != "rejected"}
        self.counts = {**counts, "rejected": len(report.rejected)}


class Audit:
    """The file. Threads and processes may share it: a line is one write at its end."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """``folder`` is the archive's."""
        self._path = Path(folder) / FILE

    @contextmanager
    def write(self, what: str, who: str, where: str, ids: Sequence[str] = ()) -> Iterator[Entry]:
        """Surrounds one write; the line is written when it has ended, also where it failed."""
        entry = Entry(who, what, where, request_id(), tuple(ids))
        try:
            yield entry
        except BaseException as error:
            entry.result = f"failed: {type(error).__name__}"
            raise
        finally:
            self._append(entry)

    def on_the_command_line(self, what: str, ids: Sequence[str] = ()) -> AbstractContextManager[Entry]:
        """A write of whoever is logged in on this machine."""
        return self.write(what, f"command line ({_login()})", socket.gethostname(), ids)

    def _append(self, entry: Entry) -> None:
        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "who": entry.who,
            "what": entry.what,
            "from": entry.where,
            "request": entry.request,
            "ids": entry.ids[:_MOST_IDS],
            "counts": entry.counts,
            "result": entry.result,
        }
        try:
            with self._path.open("ab") as file:
                file.write(json.dumps(line).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            # The write itself is done and cannot be taken back: the line goes to the log instead.
            log.exception("no line could be written to the audit file", extra={"fields": {"audit": line}})


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
