"""Opens .zip archives without trusting them."""

from __future__ import annotations

import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from index.reading.draft import Unreadable

__all__ = ["BROKEN", "BadMember", "is_bomb", "members", "refuse_bomb"]

MOST_MEMBERS: Final = 20_000
# What an archive may unpack to, in files of the largest size.
MOST_FILES_UNPACKED: Final = 10
# Text packs about 3:1, and repetitive text up to 30:1; a bomb more than 1,000:1.
MOST_RATIO: Final = 200
RATIO_FROM: Final = 1024 * 1024
DOCUMENT_UNPACKED: Final = 200 * 1024 * 1024

# What zipfile raises for a damaged archive.
BROKEN: Final = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, NotImplementedError)


class BadMember(Unreadable):
    """A file in an archive that cannot be read; ``name`` is its path there."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name


def is_bomb(info: zipfile.ZipInfo) -> bool:
    """Whether a member would unpack to more than any text."""
    return info.file_size > RATIO_FROM and info.file_size > MOST_RATIO * max(1, info.compress_size)


def refuse_bomb(package: zipfile.ZipFile) -> None:
    """Raise Unreadable where an Office document would unpack to more than a document can need."""
    infos = package.infolist()
    total = sum(info.file_size for info in infos)
    if len(infos) > MOST_MEMBERS or total > DOCUMENT_UNPACKED or any(map(is_bomb, infos)):
        raise Unreadable("it unpacks to far more than a document needs: save it again with Word")


def _leaves(name: str) -> bool:
    """Whether a member's path points outside the folder that it would be unpacked into."""
    path = name.replace("\\", "/")
    return path.startswith("/") or path[1:2] == ":" or ".." in PurePosixPath(path).parts or "\x00" in name


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any((part.startswith(".") and part != "..") or part == "__MACOSX" for part in parts)


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, max_bytes: int) -> bytes:
    """A member's bytes. Raises Unreadable, with the reason, for one that is unsafe, locked, too large or broken."""
    if _leaves(info.filename):
        raise Unreadable("its path leads out of the archive: such archives are made to overwrite files")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Unreadable("it is a link, not a file: put the file itself into the archive")
    if info.flag_bits & 0x1:
        raise Unreadable("it is protected with a password: make the archive again without one")
    if is_bomb(info):
        raise Unreadable(f"it unpacks to more than {MOST_RATIO} times its size, as only a zip bomb does")
    if info.file_size > max_bytes:
        raise Unreadable(f"it unpacks to more than the {max_bytes // 1024} kB that a file may have: split it")
    try:
        with archive.open(info) as member:
            data = member.read(max_bytes + 1)
    except (*BROKEN, RuntimeError) as error:
        raise Unreadable("it is damaged inside the archive: make the archive again") from error
    if len(data) > max_bytes:
        raise Unreadable(f"it unpacks to more than the {max_bytes // 1024} kB that a file may have: split it")
    return data


def members(data: bytes, max_bytes: int) -> Iterator[tuple[str, bytes] | BadMember]:
    """Each file of an archive by name, hidden ones aside, or why it cannot be read.

    Raises Unreadable for bytes that are no whole archive, and once it unpacks to more than it may.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except BROKEN as error:
        raise Unreadable("it is damaged, cut off or not a zip archive: make it again") from error
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir() and not _hidden(info.filename)]
        if len(infos) > MOST_MEMBERS:
            raise Unreadable(f"it holds {len(infos)} files, more than {MOST_MEMBERS}: split it")
        if not infos:
            raise Unreadable("it holds no files")
        left = MOST_FILES_UNPACKED * max_bytes
        for info in infos:
            try:
                unpacked = _unpack(archive, info, max_bytes)
            except Unreadable as error:
                yield BadMember(info.filename, str(error))
                continue
            left -= len(unpacked)
            if left < 0:
                raise Unreadable(
                    f"it unpacks to more than {MOST_FILES_UNPACKED} full files: split it; {info.filename} "
                    "and what follows were not read"
                )
            yield info.filename, unpacked
