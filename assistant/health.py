"""How it is: whether it can answer at all, and whether something is not as it should be although it does."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from assistant.assistant import Assistant
from index import ArchiveError, Index, IndexStatus

__all__ = ["Health", "look"]

SPARE: Final = 256 * 1024 * 1024  # bytes that are never little
_COPIES: Final = 2  # a rebuild writes what is there anew, beside what is in use and the one before


@dataclass(frozen=True, slots=True)
class Health:
    """``why`` has a sentence for each thing that is wrong; ``status`` is None where the archive cannot be read."""

    ready: bool
    why: tuple[str, ...]
    status: IndexStatus | None

    @property
    def degraded(self) -> bool:
        """Whether it answers, but not as it should."""
        return self.ready and bool(self.why)


def look(index: Index, assistant: Assistant | None = None) -> Health:
    """Look at the archive, its indexes, the disk they are on, and the language model of ``assistant``. Never raises."""
    try:
        status = index.status()
        unusable = index.unusable()
    except (ArchiveError, OSError, SQLAlchemyError) as error:
        return Health(False, (f"The archive cannot be read ({type(error).__name__}): see the log.",), None)
    if unusable is not None:
        return Health(False, (f"{unusable[:1].upper()}{unusable[1:]}.",), status)
    return Health(True, tuple(_wrong(index, status, assistant)), status)


def _wrong(index: Index, status: IndexStatus, assistant: Assistant | None) -> list[str]:
    found = []
    damaged = index.damaged()
    if damaged:
        numbers = ", ".join(map(str, damaged))
        instead = (
            "all vectors are searched exactly, which is slow"
            if status.generation is None
            else (f"generation {status.generation} serves instead")
        )
        found.append(f"The vectors of generation {numbers} are damaged, and {instead}: run tanya rebuild.")
    unbuilt = index.unbuilt()
    if unbuilt is not None:
        found.append(f"What was added is searched exactly, which takes time and memory: {unbuilt}")
    away = index.away()
    if away is not None:
        found.append(f"{away[:1].upper()}{away[1:]}.")
    if status.lexicon_behind:
        found.append(
            f"The lexicon is {status.lexicon_behind} changes behind the archive. That of a shared one catches up by "
            "itself; otherwise run tanya rebuild."
        )
    if assistant is not None and assistant.writer_rests:
        found.append("The language model failed several times and rests for a minute: answers are made of quotes.")
    try:
        free, needed = shutil.disk_usage(index.folder).free, max(SPARE, _COPIES * index.size())
    except OSError as error:
        return [*found, f"The data folder cannot be looked at ({error.strerror}): is its disk still there?"]
    if free < needed:
        found.append(
            f"The disk is nearly full: {free // 2**20:,} MB are free, and a rebuild may need {needed // 2**20:,} MB."
        )
    return found
