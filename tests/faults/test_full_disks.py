"""Disks that are full or fail: a sentence, nothing acknowledged is lost, and all is well when there is space again."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index import ArchiveError, Article, Index
from tests.faults.test_kills import BEFORE, EDITS, REBUILD, injecting, needs_strace
from tests.faults.wholeness import FULL, assert_whole, text
from tests.faults.writing import REFUSED, replay, start

# Chroma's threads wake each other by ``write``: an error there is no fault of a disk, and hangs them (STACK.md).
CALLS = ("pwrite64", "fsync", "fdatasync", "rename", "ftruncate")


@needs_strace
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
@pytest.mark.parametrize("call", CALLS)
def test_a_system_call_that_fails(
    tmp_path: Path, prepared: Path, count: Callable[[str], None], call: str, error: str
) -> None:
    """From the n-th on (ENOSPC), or only the n-th (EIO)."""
    if not FULL and (call, error) not in (("pwrite64", "ENOSPC"), ("fdatasync", "EIO"), ("fsync", "ENOSPC")):
        pytest.skip("in the full form (make faults)")
    numbers = random.Random(call + error)
    for attempt in range(12 if FULL else 1):
        folder = tmp_path / str(attempt)
        shutil.copytree(prepared, folder)
        occurrence = f"{numbers.randint(1, 3 if call in ('rename', 'ftruncate') else 30)}{'+' * (error == 'ENOSPC')}"
        with start(folder, EDITS + REBUILD, injecting(call, f"error={error}", occurrence)) as process:
            said, errors = process.communicate()
        assert process.returncode in (0, REFUSED), errors
        assert "Traceback" not in errors
        if process.returncode == REFUSED:
            assert "refused " in said
        acknowledged, in_flight = replay(said, BEFORE)
        assert_whole(folder, acknowledged, in_flight)
        count(f"{error} at {call} ({'refused with a sentence' if process.returncode else 'not noticed'})")
        with Index.open(folder) as index:
            index.rebuild()
        shutil.rmtree(folder)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", place], capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("needs the right to mount a tmpfs")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk(small_disk: Path, count: Callable[[str], None]) -> None:
    """Adding ends with a sentence; what was added is searched on; with more space everything goes on."""
    folder = small_disk / "data"
    acknowledged: dict[str, str | None] = {}
    refused: list[str] = []
    with Index.open(folder) as index:
        for number in range(2000):
            try:
                index.add([Article(id=f"berita-{number}", text=text(number))])
                acknowledged[f"berita-{number}"] = text(number)
                if number % 40 == 39:
                    index.rebuild()
            except ArchiveError as error:
                refused.append(str(error))
                if len(refused) == 5:
                    break
        assert 5 == len(refused)
        first = text(0)
        assert first == index.search(first, top_k=1)[0].passage.text
        assert list(folder.glob("generations/*.tmp")) == []
        with Index.open(folder) as reader:  # also with a lexicon that cannot be brought up now
            assert first == reader.search(first, top_k=1)[0].passage.text
        subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
        index.add([Article(id="berita-3000", text=text(3000))])
        index.rebuild()
    present = {f"berita-{number}" for number in range(2000)} - acknowledged.keys()
    assert_whole(folder, {**acknowledged, "berita-3000": text(3000)}, present)
    count("a tmpfs that is really full (five refusals)")
