"""An archive in one file, to keep or to move: a zip of articles and readers' votes, JSON lines each, and a manifest.

The manifest says of each part how many lines it has and their SHA-256. A file is opened once and read twice: checked
wholly, then brought in, the articles in one transaction. What is derived (passages, vectors, lexicon) is made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from assistant.web.feedback import FILE, Feedback, GivenVote
from index import AddReport, ArchiveError, Article, Index, Progress
from index.reading import MAX_BYTES
from index.reading.zipped import is_bomb

__all__ = ["export_archive", "import_archive"]

_FORMAT: Final = "tanya-archive-1"
_MANIFEST: Final = "manifest.json"
_ARTICLES: Final = "articles.jsonl"
_VOTES: Final = "feedback.jsonl"
_LONGEST_MANIFEST: Final = 64 * 1024  # bytes; it has 300
_LONGEST_LINE: Final = 2  # files of the largest size: an article of a whole one, with some of its characters escaped
_MOST_MARKS: Final = 10_000  # brackets, commas and numbers of a record, which has 40: values take 20 times their bytes
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
# A damaged zip shows in many ways: RuntimeError and NotImplementedError are for a flipped bit of its flags.
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, TypeError, ValueError, RuntimeError)
_FIELDS: Final = ("id", "canonical", "title", "text", "source", "place", "url", "language", "origin")


def export_archive(index: Index, path: Path) -> dict[str, int]:
    """Write everything into a new file at ``path``, whole or not at all; returns how many of each part."""
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        with temporary.open("xb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as whole:
                parts = {
                    _ARTICLES: _write(whole, _ARTICLES, map(_article_record, index.stored())),
                    _VOTES: _write(
                        whole, _VOTES, (one.model_dump(mode="json") for one in Feedback(index.folder / FILE).all())
                    ),
                }
                whole.writestr(_MANIFEST, json.dumps({"format": _FORMAT, "parts": parts}, indent=1))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except FileExistsError as error:
        raise ArchiveError(
            f"{temporary} is there already: another export is writing it, or was cut short (then delete it)."
        ) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return {name.removesuffix(".jsonl"): int(part["lines"]) for name, part in parts.items()}


def import_archive(
    index: Index,
    path: Path,
    progress: Callable[[Progress], None] = lambda progress: None,
    max_bytes: int = MAX_BYTES,
) -> tuple[AddReport, int]:
    """Check a file wholly, then bring it in: its articles, which replace those of their ids, and its votes.

    ``max_bytes`` is the largest file that articles are read from; no line may be much longer. Returns what became of
    the articles, and how many votes there were. Raises ArchiveError, and then nothing of the articles was written.
    """
    longest = _LONGEST_LINE * max(max_bytes, MAX_BYTES)
    try:
        whole = zipfile.ZipFile(path)
    except _DAMAGE as error:
        raise _not_whole(path, error) from error
    with whole:
        try:
            votes = _checked(whole, path, longest)
        except _DAMAGE as error:
            raise _not_whole(path, error) from error
        report = index.restore((_article(one) for one in _records(whole, _ARTICLES, longest)), progress)
        given = (GivenVote.model_validate(one) for one in _records(whole, _VOTES, longest))
        Feedback(index.folder / FILE).restore(given)
    return report, votes


def _not_whole(path: Path, error: Exception) -> ArchiveError:
    return ArchiveError(f"{path} is not a whole export of Tanya ({error}). Nothing was imported.")


def _checked(whole: zipfile.ZipFile, path: Path, longest: int) -> int:
    """Read all of a file; returns how many votes it has. Raises one of ``_DAMAGE`` unless it is whole."""
    bombs = [one.filename for one in whole.infolist() if is_bomb(one)]
    if bombs:
        raise ValueError(f"{bombs[0]} unpacks to more than any text")
    with whole.open(_MANIFEST) as file:
        written = file.read(_LONGEST_MANIFEST + 1)
    if len(written) > _LONGEST_MANIFEST:
        raise ValueError(f"{_MANIFEST} has more than {_LONGEST_MANIFEST // 1024} kB")
    manifest = json.loads(written)
    if manifest["format"] != _FORMAT:
        raise ArchiveError(f"{path} was exported by another version of Tanya ({manifest['format']}).")
    for name, read in ((_ARTICLES, _article), (_VOTES, GivenVote.model_validate)):
        _check(whole, name, manifest["parts"][name], read, longest)
    return int(manifest["parts"][_VOTES]["lines"])


def _write(whole: zipfile.ZipFile, name: str, records: Iterable[dict[str, Any]]) -> dict[str, str | int]:
    digest, lines = hashlib.sha256(), 0
    with whole.open(name, "w", force_zip64=True) as part:
        for record in records:
            line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
            part.write(line)
            digest.update(line)
            lines += 1
    return {"lines": lines, "sha256": digest.hexdigest()}


def _lines(whole: zipfile.ZipFile, name: str, longest: int) -> Iterator[bytes]:
    with whole.open(name) as part:
        while line := part.readline(longest + 1):
            if len(line) > longest:
                raise ValueError(f"{name} has a line of more than {longest // 1024 // 1024} MB")
            yield line


def _record(line: bytes) -> dict[str, Any]:
    """Raises ValueError for what is no record, before it fills memory."""
    if len(_STRING.sub(b"", line)) > _MOST_MARKS:
        raise ValueError
    return json.loads(line)  # type: ignore[no-any-return]


def _records(whole: zipfile.ZipFile, name: str, longest: int) -> Iterator[dict[str, Any]]:
    return map(_record, _lines(whole, name, longest))


def _check(
    whole: zipfile.ZipFile, name: str, part: dict[str, Any], read: Callable[[dict[str, Any]], object], longest: int
) -> None:
    """Raise ValueError unless a part is what its manifest says, and each of its lines can be read."""
    digest, lines = hashlib.sha256(), 0
    for line in _lines(whole, name, longest):
        digest.update(line)
        lines += 1
        try:
            read(_record(line))
        except (ValidationError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"line {lines} of {name} cannot be read") from error
    if (lines, digest.hexdigest()) != (part["lines"], part["sha256"]):
        raise ValueError(f"{name} is not what its manifest says")


def _article_record(stored: tuple[Article, str]) -> dict[str, Any]:
    article, canonical = stored
    record = asdict(replace(article, copies=()))
    del record["copies"]
    return {**record, "canonical": canonical, "published": article.published and article.published.isoformat()}


def _article(record: dict[str, Any]) -> Article:
    """Raises KeyError, TypeError or ValueError for what is no article."""
    texts = {name: record[name] for name in _FIELDS}
    authors = record["authors"]
    if not all(isinstance(one, str) for one in (*texts.values(), *authors)) or not texts["id"]:
        raise TypeError
    del texts["canonical"]  # told by the order: what stands for a text comes before its copies
    published = None if record["published"] is None else date.fromisoformat(record["published"])
    return Article(**texts, authors=tuple(authors), published=published)
