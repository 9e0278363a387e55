"""Files, folders, globs and uploads to articles."""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from index.articles import Article, Rejected
from index.reading.bounded import SECONDS, Spent
from index.reading.documents import read_docx, read_pdf
from index.reading.draft import Draft, Unreadable, to_article
from index.reading.plain import read_markdown, read_text
from index.reading.records import BadRow, read_csv, read_jsonl
from index.reading.zipped import MOST_FILES_UNPACKED, BadMember, members

__all__ = ["EXTENSIONS", "MAX_BYTES", "read_articles", "read_bytes"]

MAX_BYTES: Final = 20 * 1024 * 1024


def _webpage(data: bytes, spent: Spent) -> Draft:
    """A saved page. Its libraries load with the first file that needs them: half a second."""
    from index.reading.webpage import read_webpage

    return read_webpage(data, spent)


_TEXTS: Final[dict[str, Callable[[bytes], Draft]]] = {".txt": read_text, ".md": read_markdown}
_DOCUMENTS: Final[dict[str, Callable[[bytes, Spent], Draft]]] = {
    ".html": _webpage,
    ".htm": _webpage,
    ".pdf": read_pdf,
    ".docx": read_docx,
}
_TABLES: Final[dict[str, Callable[[bytes], Iterator[tuple[int, Draft] | BadRow]]]] = {
    ".jsonl": read_jsonl,
    ".csv": read_csv,
}
EXTENSIONS: Final = (*_TEXTS, *_DOCUMENTS, *_TABLES, ".zip")


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB"


def _extension(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()


def _read(name: str, data: bytes, origin: str, max_bytes: int, spent: Spent) -> Iterator[Article | Rejected]:
    """The articles of one file's bytes; ``name`` is how the file is called in what is reported."""
    extension = _extension(name)
    if extension not in EXTENSIONS:
        yield Rejected(
            name, f"cannot read {extension or 'a file without an ending'}: use one of {', '.join(EXTENSIONS)}"
        )
        return
    if len(data) > max_bytes:
        yield Rejected(
            name, f"it is {_megabytes(len(data))}, more than the {_megabytes(max_bytes)} a file may have: split it"
        )
        return
    if not data.strip():
        yield Rejected(name, "it is empty: there is nothing to read in it")
        return
    try:
        if extension == ".zip":
            yield from _members(name, data, origin, max_bytes)
        elif extension in _TABLES:
            yield from _rows(name, _TABLES[extension](data))
        else:
            yield _article(extension, data, origin, spent)
    except Unreadable as error:
        yield Rejected(name, str(error))


def _article(extension: str, data: bytes, origin: str, spent: Spent) -> Article:
    """The one article of a file; the time that it took is added to what was spent."""
    begun = time.thread_time()
    try:
        draft = _TEXTS[extension](data) if extension in _TEXTS else _DOCUMENTS[extension](data, spent)
        return to_article(draft, origin)
    finally:
        spent.seconds += time.thread_time() - begun


def _rows(name: str, rows: Iterable[tuple[int, Draft] | BadRow]) -> Iterator[Article | Rejected]:
    found = False
    for row in rows:
        found = True
        if isinstance(row, BadRow):
            yield Rejected(name, f"line {row.line}: {row}")
            continue
        line, draft = row
        try:
            yield to_article(draft)
        except Unreadable as error:
            yield Rejected(name, f"line {line}: {error}")
    if not found:
        yield Rejected(name, "it holds no rows")


def _members(name: str, data: bytes, origin: str, max_bytes: int) -> Iterator[Article | Rejected]:
    spent = Spent()
    for member in members(data, max_bytes):
        if isinstance(member, BadMember):
            yield Rejected(f"{name}!{member.name}", str(member))
            continue
        path, unpacked = member
        if _extension(path) == ".zip":
            yield Rejected(f"{name}!{path}", "it is an archive inside an archive: unpack it first")
            continue
        if spent.seconds > MOST_FILES_UNPACKED * SECONDS:
            raise Unreadable(
                f"reading its files takes more than {MOST_FILES_UNPACKED * SECONDS} seconds: split it; {path} and what "
                "follows were not read"
            )
        yield from _read(f"{name}!{path}", unpacked, f"{origin}!{path}", max_bytes, spent)


def read_bytes(name: str, data: bytes, max_bytes: int = MAX_BYTES) -> Iterator[Article | Rejected]:
    """The articles in the bytes of a file called ``name``, as an upload brings them. Never raises for bad content."""
    yield from _read(name, data, name, max_bytes, Spent())


def _legible(path: str) -> str:
    """A path that can be shown and stored: of a name that is not UTF-8 the odd bytes are written out, as \\udcff."""
    return path.encode("utf-8", "backslashreplace").decode()


def _read_file(path: Path, max_bytes: int) -> Iterator[Article | Rejected]:
    name = _legible(str(path))
    try:
        if not path.is_file():
            yield Rejected(name, "it is not a regular file")
            return
        size = path.stat().st_size
        if size > max_bytes:
            yield Rejected(
                name, f"it is {_megabytes(size)}, more than the {_megabytes(max_bytes)} a file may have: split it"
            )
            return
        data = path.read_bytes() if _extension(path.name) in EXTENSIONS else b""
    except OSError as error:
        yield Rejected(name, f"cannot be read: {error.strerror or error}")
        return
    yield from _read(name, data, _legible(os.path.abspath(path)), max_bytes, Spent())


def _files(folder: Path) -> Iterator[Path | Rejected]:
    """The files below a folder in the order of their names; hidden ones are left alone."""
    problems: list[Rejected] = []

    def note(error: OSError) -> None:
        problems.append(Rejected(str(error.filename or folder), f"cannot be opened: {error.strerror or error}"))

    found = False
    for root, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                found = True
                yield Path(root, name)
    yield from problems
    if not found and not problems:
        yield Rejected(str(folder), f"the folder holds no files: put articles ({', '.join(EXTENSIONS)}) into it")


def _expand(path: str) -> Iterator[Path | Rejected]:
    """The files that a path, a folder or a glob stands for."""
    try:
        given = Path(path).expanduser()
        if given.is_dir():
            yield from _files(given)
            return
        if os.path.lexists(given):
            yield given
            return
        matches = sorted(glob.glob(str(given), recursive=True)) if glob.has_magic(path) else []
    except (OSError, ValueError, RuntimeError) as error:
        yield Rejected(path, f"is not a usable path: {error}")
        return
    if not matches:
        yield Rejected(
            _legible(path), "no such file or folder" if not glob.has_magic(path) else "no file matches this pattern"
        )
    for match in matches:
        yield from _files(Path(match)) if os.path.isdir(match) else (Path(match),)


def read_articles(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], max_bytes: int = MAX_BYTES
) -> Iterator[Article | Rejected]:
    """Read articles from files, folders (with all below them) and globs, in order.

    Formats: .txt .md .html .pdf .docx .jsonl .csv, and .zip of these. What cannot be read comes back as ``Rejected``
    with the reason; nothing is raised and nothing is left out silently, hidden files aside. ``max_bytes`` limits
    one file, and what one archive unpacks to.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else paths
    for path in given:
        for found in _expand(os.fspath(path)):
            if isinstance(found, Rejected):
                yield replace(found, path=_legible(found.path))
            else:
                yield from _read_file(found, max_bytes)
