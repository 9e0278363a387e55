"""What the tests share: a quiet offline environment, and places that are there only sometimes."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import _lru_cache_wrapper
from pathlib import Path
from typing import TypeVar

import anyio
import pytest

T = TypeVar("T")

# Python looks for cycles after each 700 new objects, in the hundred thousands that the imports made: a tenth of the time.
gc.set_threshold(20_000, 20, 10)

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
PATIENCE = 120  # seconds for what takes a moment, on cores that others may use too
CHROMIUM = shutil.which("chromium")

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared, which is not part of the repository")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (apt-get install chromium)")


@pytest.fixture(autouse=True)
def forget_applications() -> Iterator[None]:
    """FastAPI keeps the last 4,096 functions that it has looked at, and with them each application and its index."""
    yield
    models = sys.modules.get("fastapi.dependencies.models")
    if models is not None:
        caches = [one for one in vars(models).values() if isinstance(one, _lru_cache_wrapper)]
        assert caches, "FastAPI keeps them elsewhere now"
        for one in caches:
            one.cache_clear()


def eventually(seen: Callable[[], bool]) -> None:
    """Wait for something to become so."""
    deadline = time.monotonic() + PATIENCE
    while not seen():
        assert time.monotonic() < deadline, "it never came to it"
        time.sleep(0.02)


def run(work: Callable[[], Awaitable[T]]) -> T:
    """What it gives, in a thread of its own: that of the tests may have a browser's loop running."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        return beside.submit(anyio.run, work).result()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many faults of each kind there were."""
    reports = (one for many in terminalreporter.stats.values() for one in many if getattr(one, "when", "") == "call")
    counted = Counter(kind for report in reports for name, kind in report.user_properties if name == "fault")
    if counted:
        terminalreporter.section("faults survived, nothing lost")
        for kind, number in sorted(counted.items()):
            terminalreporter.write_line(f"{number:6}  {kind}")
