"""A writer to be killed: ``python -m tests.faults.writing FOLDER STEP...`` says what it begins and what is done.

A step is ``add:NUMBER:EDITION``, ``remove:NUMBER`` or ``rebuild``. Each prints "begin STEP" and "done STEP"; an
ArchiveError ends the run with its sentence and exit status 3.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from index import ArchiveError, Article, Index
from tests.conftest import ROOT
from tests.faults.wholeness import text

__all__ = ["REFUSED", "replay", "start"]

REFUSED: Final = 3


def start(folder: Path, steps: Sequence[str], tracer: Sequence[str] = ()) -> subprocess.Popen[str]:
    """A writer in a session of its own, so that a kill of its group takes the builder of generations too."""
    return subprocess.Popen(
        [*tracer, sys.executable, "-m", "tests.faults.writing", str(folder), *steps],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )


def replay(said: str, before: Mapping[str, str | None]) -> tuple[dict[str, str | None], set[str]]:
    """What a writer has acknowledged on top of what was there, and the articles it was at when it ended."""
    acknowledged = dict(before)
    in_flight: set[str] = set()
    for line in said.splitlines():
        word, _, step = line.partition(" ")
        verb, *numbers = step.split(":")
        if word not in ("begin", "done") or not numbers:
            continue
        article_id = f"berita-{numbers[0]}"
        if word == "begin":
            acknowledged.setdefault(article_id, None)
            in_flight = {article_id}
        else:
            acknowledged[article_id] = text(*map(int, numbers)) if verb == "add" else None
            in_flight = set()
    return acknowledged, in_flight


def _say(line: str) -> None:
    os.writev(1, [f"{line}\n".encode()])  # not by write, which is where faults are injected


def main(folder: str, steps: Sequence[str]) -> int:
    """Do the steps one after the other."""
    try:
        with Index.open(folder) as index:
            _say("open")
            for step in steps:
                _say(f"begin {step}")
                verb, *numbers = step.split(":")
                if verb == "rebuild":
                    index.rebuild()
                elif verb == "remove":
                    index.remove([f"berita-{numbers[0]}"])
                else:
                    index.add([Article(id=f"berita-{numbers[0]}", text=text(*map(int, numbers)))])
                _say(f"done {step}")
    except ArchiveError as error:
        _say(f"refused {error}")
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
