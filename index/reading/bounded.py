"""Runs ``extraction.py``: what libraries do with a file of strangers, in a process that may not take long or much.

A file of 2 kB can keep pypdf busy for hours, and nothing inside the process would notice.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from index.reading.draft import Unreadable
from index.reading.extraction import NO_MEMORY

__all__ = ["Spent", "extract", "weigh"]

SECONDS: Final = 60  # of a processor for a document: 500 pages of close print take 15 to 30
WEIGHING: Final = 2  # for a web page to be parsed once; the largest of news sites take 0.05
MEMORY: Final = 1024 * 1024 * 1024  # bytes of addresses, of which Python and its libraries take 0.2 GB

# Processes that wait for the next file: one is kept, for starting one takes 0.3 s.
_waiting: list[subprocess.Popen[bytes]] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_waiting.clear)  # they are the parent's


@dataclass(slots=True)
class Spent:
    """The time of a processor that reading has taken so far."""

    seconds: float = 0.0


def extract(kind: str, data: bytes, spent: Spent) -> tuple[list[str], str]:
    """The texts of a ".pdf" (by page) or a ".docx" (by paragraph), and its title. Raises Unreadable."""
    said = _asked(kind, data, SECONDS, spent)
    return said["texts"], said["title"]


def weigh(page: bytes, spent: Spent) -> None:
    """Raise Unreadable for a web page that would take too long to parse or to read."""
    _asked(".html", page, WEIGHING, spent)


def _asked(kind: str, data: bytes, seconds: int, spent: Spent) -> Any:
    try:
        process = _ready()
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from error
    assert process.stdin is not None
    assert process.stdout is not None
    header = {"kind": kind, "size": len(data), "seconds": seconds, "memory": MEMORY}
    try:
        process.stdin.write(json.dumps(header).encode() + b"\n")
        process.stdin.write(data)
        process.stdin.flush()
        line = process.stdout.readline()
    except BrokenPipeError:
        line = b""
    except BaseException:  # half a file is under way
        process.kill()
        _ended(process)
        raise
    if not line.endswith(b"\n"):
        status = _ended(process)
        spent.seconds += seconds
        if status == NO_MEMORY:
            raise Unreadable("it takes more memory than a file may: save its text as .txt and add that")
        if status == -signal.SIGXCPU:
            raise Unreadable(f"reading it takes more than {seconds} seconds: save its text as .txt and add that")
        raise Unreadable(f"cannot be read: the process that reads such files ended with status {status}")
    if _waiting:
        _ended(process)
    else:
        _waiting.append(process)
    said = json.loads(line)
    spent.seconds += said["seconds"]
    if "refused" in said:
        raise Unreadable(said["refused"])
    return said


def _ready() -> subprocess.Popen[bytes]:
    """A process that waits for a file."""
    try:
        process = _waiting.pop()
    except IndexError:
        pass
    else:
        if process.poll() is None:
            return process
        _ended(process)
    # -P: the folder of the program is no place to import from.
    command = [sys.executable, "-P", str(Path(__file__).with_name("extraction.py"))]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def _ended(process: subprocess.Popen[bytes]) -> int:
    """Let a process end, which it does at the end of its input; returns its status."""
    process.communicate()
    return process.returncode
