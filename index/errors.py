"""What can go wrong below: every error is a sentence that says what happened and what to do.

ArchiveError                the archive or an index over it cannot do what was asked
├── AwayError               the Chroma server of the vectors does not answer
├── BusyError               another process is writing
└── WrongModelError         the index was built with another embedding model
"""

from __future__ import annotations

__all__ = ["ArchiveError", "AwayError", "BusyError", "WrongModelError"]


class ArchiveError(Exception):
    """The archive, or an index over it, cannot do what was asked; the message says why and what to do."""


class AwayError(ArchiveError):
    """The Chroma server of the vectors does not answer as it should; the message names it, and no secret."""


class BusyError(ArchiveError):
    """Another process holds the writer lock; the message says which."""


class WrongModelError(ArchiveError):
    """The index was built with another embedding model; the message gives the command to rebuild."""
