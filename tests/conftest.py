"""What the tests share: a quiet offline environment, and places that are there only sometimes."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import anyio
import pytest

T = TypeVar("T")

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
PATIENCE = 120  # seconds for what takes a moment, on cores that others may use too
CHROMIUM = shutil.which("chromium")

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared, which is not part of the repository")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (apt-get install chromium)")


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
