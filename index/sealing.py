"""Digests that tell whether the files of something derived are still those that were written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

__all__ = ["damaged", "digests"]


def digests(folder: Path, paths: Iterable[Path], known: Mapping[str, str] | None = None) -> dict[str, str]:
    """SHA-256 of each file by its path inside the folder; ``known`` ones are not read again."""
    names = {str(path.relative_to(folder)): path for path in paths}
    return {name: (known or {}).get(name) or _digest(path) for name, path in sorted(names.items())}


def damaged(folder: Path, files: Mapping[str, str]) -> str | None:
    """The first file that is missing, unreadable or not what its digest says; None if all are whole."""
    for name, digest in files.items():
        try:
            if _digest(folder / name) != digest:
                return name
        except OSError:
            return name
    return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
