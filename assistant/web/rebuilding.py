"""A rebuild that runs while the server goes on answering, and how far it is."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from assistant.web.security import failure
from index import ArchiveError, Index, Progress

__all__ = ["RebuildState", "Rebuilding"]


@dataclass(frozen=True, slots=True)
class RebuildState:
    """How far the rebuild of now is, or how the last one ended; ``total`` is None while unknown."""

    running: bool = False
    stage: str | None = None
    done: int = 0
    total: int | None = None
    error: str | None = None


class Rebuilding:
    """The one rebuild of this server. ``state`` may be read at any time."""

    def __init__(self, index: Index) -> None:
        """Nothing runs yet."""
        self._index = index
        self._lock = threading.Lock()
        self.state = RebuildState()

    def run(self) -> None:
        """Rebuild, and come back when it is done. Raises what ``Index.rebuild`` raises."""
        with self._lock:
            self.state = RebuildState(running=True)
            try:
                self._index.rebuild(self._follow)
            finally:
                self.state = RebuildState()

    def start(self, surrounding: AbstractContextManager[object]) -> None:
        """Rebuild beside everything else, inside of ``surrounding``; where one runs already, that is the one."""
        if not self._lock.acquire(blocking=False):
            return
        self.state = RebuildState(running=True)
        threading.Thread(target=self._run_beside, args=(surrounding,), name="rebuild", daemon=True).start()

    def _run_beside(self, surrounding: AbstractContextManager[object]) -> None:
        error = None
        try:
            with surrounding:
                self._index.rebuild(self._follow)
        except ArchiveError as problem:
            error = f"{str(problem)[:1].upper()}{str(problem)[1:]}"
        except Exception as problem:  # a thread's outermost edge: whoever waits gets a sentence, the log the rest
            error = failure(problem, "rebuild")
        finally:
            self.state = RebuildState(error=error)
            self._lock.release()

    def _follow(self, progress: Progress) -> None:
        self.state = replace(self.state, stage=progress.stage, done=progress.done, total=progress.total)
