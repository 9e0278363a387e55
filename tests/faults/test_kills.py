"""``kill -9`` while the index is written, at random moments and at chosen system calls."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from index import Index
from tests.faults.wholeness import FULL, assert_whole, text
from tests.faults.writing import REFUSED, replay, start

BEFORE = {f"berita-{number}": text(number) if number != 45 else None for number in range(46)}
EDITS = ["add:50:1", "remove:3", "add:4:2", "remove:41", "add:51:1", "add:50:2"]
REBUILD = ["add:60:1", "rebuild", "remove:60"]
CALLS = ("write", "pwrite64", "fsync", "fdatasync", "rename", "unlink")


@cache
def _cannot_trace() -> str:
    """Why system calls cannot be injected with faults here; empty if they can."""
    if shutil.which("strace") is None:
        return "needs strace (apt-get install strace)"
    tried = subprocess.run(["strace", "-f", "-e", "trace=fsync", "true"], capture_output=True)
    return "" if tried.returncode == 0 else "needs ptrace, which is forbidden here"


needs_strace = pytest.mark.skipif(bool(_cannot_trace()), reason=_cannot_trace() or "strace is here")


def injecting(call: str, fault: str, occurrence: str) -> list[str]:
    """The command that runs another with a fault at the n-th such system call of a thread."""
    quiet = ["-f", "-qq", "-o", os.devnull]  # with --seccomp-bpf, strace 6.1 traces every call and injects no signal
    return ["strace", *quiet, "-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={occurrence}"]


def _edits(first: int) -> list[str]:
    """Adds, an edit and removals of articles from this number on, which nobody has seen before."""
    added = [f"add:{first}:1", f"add:{first + 1}:1", f"add:{first}:2"]
    return [*added, f"remove:{first}", f"add:{first + 2}:1", f"remove:{first + 1}"]


def _rebuild(first: int) -> list[str]:
    return [f"add:{first}:1", "rebuild", f"remove:{first}"]


@pytest.mark.parametrize("steps", [pytest.param(_edits, id="add and remove"), pytest.param(_rebuild, id="rebuild")])
def test_killed_at_a_random_moment(
    tmp_path: Path, prepared: Path, count: Callable[[str], None], steps: Callable[[int], list[str]]
) -> None:
    """The folder lives on through all the kills; after each it is whole and nothing acknowledged is missing."""
    folder = tmp_path / "data"
    shutil.copytree(prepared, folder)
    acknowledged: dict[str, str | None] = dict(BEFORE)
    what = "a rebuild" if steps is _rebuild else "adding and removing"
    moments = random.Random(2026)
    duration = 0.0
    rounds, left = itertools.count(), 100 if FULL else 3
    while left:
        number = next(rounds)
        with start(folder, steps(100 + 10 * number)) as process:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said == "open\n"
            began = time.monotonic()
            if number:
                time.sleep(moments.uniform(0, duration))
                os.killpg(process.pid, signal.SIGKILL)
            else:  # how long the steps take, without the end of the process
                said += "".join(itertools.islice(process.stdout, 2 * len(steps(0))))
                duration = time.monotonic() - began
            more, errors = process.communicate()
        said += more
        acknowledged, in_flight = replay(said, acknowledged)
        if not number:
            assert 0 == process.returncode, errors
            continue
        assert_whole(folder, acknowledged, in_flight)
        for article_id in in_flight:  # whichever it became, from now on it stays so
            acknowledged |= _as_found(folder, article_id)
        inside = said.splitlines()[-1].startswith("begin ")
        left -= inside
        count(f"kill -9 at a random moment of {what}" if inside else "kill -9 before or after the steps")
    with Index.open(folder) as index:
        index.rebuild()
    assert [] == list(folder.glob("generations/*.tmp"))


def _as_found(folder: Path, article_id: str) -> dict[str, str | None]:
    with Index.open(folder) as index:
        article = index.article(article_id)
        return {article_id: article.text if article else None}


@needs_strace
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("steps", [pytest.param(EDITS, id="add and remove"), pytest.param(REBUILD, id="rebuild")])
def test_killed_at_a_system_call(
    tmp_path: Path, prepared: Path, count: Callable[[str], None], steps: list[str], call: str
) -> None:
    """Just before the n-th write, sync, rename or unlink of a thread, in the writer or in the builder it started."""
    if not FULL and steps is REBUILD and call not in ("fsync", "rename"):
        pytest.skip("in the full form (make faults)")
    if steps is EDITS and call == "fsync":
        pytest.skip("adding and removing sync by fdatasync alone")
    numbers = random.Random(call)
    most = (4 if call in ("rename", "unlink") else 30) if FULL else 1
    for attempt in range(12 if FULL else 1):
        folder = tmp_path / str(attempt)
        shutil.copytree(prepared, folder)
        tracer = injecting(call, "signal=KILL", str(numbers.randint(1, most)))
        with start(folder, steps, tracer) as process:
            said, errors = process.communicate()
        assert process.returncode in (0, REFUSED, -signal.SIGKILL, 128 + signal.SIGKILL), errors
        assert_whole(folder, *replay(said, BEFORE))
        happened = "killed" if process.returncode else "not reached"
        assert FULL or happened == "killed"  # the first such call is always reached
        count(f"kill at the n-th {call} ({happened})")
        with Index.open(folder) as index:
            index.rebuild()
        shutil.rmtree(folder)
