"""A web process on another machine than the one that writes, over real HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from index import Article, Index, Progress
from tests.conftest import ROOT
from tests.contract.conftest import Place
from tests.contract.postgres import PASSWORD


@contextmanager
def _serving(place: str, folder: Path) -> Iterator[str]:
    """``tanya serve`` in a process of its own; gives its address."""
    command = [sys.executable, "-c", "from assistant.cli import main; main()", "serve", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TANYA_ARCHIVE": place, "TANYA_DATA": str(folder)}
    with (
        folder.with_suffix(".log").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment) as process,
    ):
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def _found(address: str, question: str) -> list[tuple[str, int | None]]:
    answer = httpx.get(f"{address}/api/search", params={"q": question, "top_k": 3}, timeout=60)
    assert 200 == answer.status_code
    return [(one["passage"]["article_id"], one["lexical_rank"]) for one in answer.json()["results"]]


def test_a_server_follows_a_writer_elsewhere(database: Place, tmp_path: Path) -> None:
    """What another machine adds, removes and rebuilds is served at the next question, and no question fails."""
    place = database()
    with Index.open(tmp_path / "one", archive=place) as writer, _serving(place, tmp_path / "two") as address:
        assert [] == _found(address, "Gunung Sari meletus")
        writer.add([Article("Gunung Sari meletus.", id="a"), Article("Sungai meluap.", id="b")])
        assert ("a", 1) == _found(address, "Gunung Sari meletus")[0]

        asked: list[list[tuple[str, int | None]]] = []
        done = threading.Event()

        def ask() -> None:
            while not done.wait(0.01):
                asked.append(_found(address, "Sungai meluap"))

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            writer.rebuild()
            writer.remove(["a"])
            writer.add([Article("Jembatan runtuh.", id="c")])
        finally:
            done.set()
            asking.join()
        assert asked
        assert all("b" == found[0][0] for found in asked)
        assert ["c", "b"] == [one for one, _ in _found(address, "Jembatan runtuh")]
        health = httpx.get(f"{address}/api/health/ready", timeout=60).json()
        assert (False, []) == (health["degraded"], health["why"])
    assert PASSWORD not in (tmp_path / "two.log").read_text()


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc to see what other processes are told")
def test_the_builder_is_not_told_the_password_where_others_see_it(database: Place, tmp_path: Path) -> None:
    """The command line of every process is everybody's to read; the environment is not."""
    builders = []

    def look(progress: Progress) -> None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = path.read_bytes()
            except OSError:  # it has ended
                continue
            assert PASSWORD.encode() not in command
            if b"index.generation" in command and str(tmp_path).encode() in command:
                builders.append(command)

    with Index.open(tmp_path / "data", archive=database()) as index:
        index.add([Article("Kapal berlayar.", id="a")])
        index.rebuild(look)
    assert builders
