"""The short form of ``benchmarks.soak``: what a server takes does not grow with what it is asked."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.soak import WARM, soak

SPARE = 4  # files and threads that come and go: a connection, a worker thread that is put away when it is idle
MOST_MEMORY = 1.15  # of what it was after 200 questions; the long form draws a line through 10,000


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc, where a process sees what it takes")
def test_three_hundred_questions_and_five_swaps_leave_it_as_it_was(tmp_path: Path) -> None:
    """On the page, at the API and at the search, while generations are swapped: files, threads and memory stay."""
    with ThreadPoolExecutor(1) as beside:  # Playwright keeps a loop running in the thread of the tests
        looks = beside.submit(soak, tmp_path, questions=300, swaps=5).result()
    first, last = looks[int(WARM * len(looks))], looks[-1]
    assert 5 == last.swaps
    assert last.files <= first.files + SPARE
    assert last.threads <= first.threads + SPARE
    assert last.memory <= MOST_MEMORY * first.memory
