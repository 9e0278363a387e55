"""Two machines with one archive, one of them cut off and back again: network namespaces, joined by a bridge.

A port that is taken from the bridge keeps its carrier: packets vanish without a word, as behind a dead switch.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.conftest import ROOT
from tests.contract import chroma, postgres
from tests.faults.wholeness import FULL, text

CENTRE = "198.18.0.1"  # where PostgreSQL and Chroma are (RFC 2544: addresses for tests)
TOKEN = "token-of-the-operator"
PATIENCE = 180  # seconds for what takes a minute at most (docs/deployment.md), on cores that others may use too
WRITE = """
import os, sys
from index import Article, Index
index = Index.open(sys.argv[1], archive=os.environ["TANYA_ARCHIVE"], vectors=os.environ["TANYA_VECTORS"])
def articles():
    yield Article("Kapal karam di Selat Muria.", id="karam")
    print("writing", flush=True)
    sys.stdin.read()
try:
    index.add(articles())
except Exception as error:
    print(type(error).__name__, error)
"""


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Machine:
    """A namespace with a link to the bridge, and another that the tests look through."""

    def __init__(self, number: int, folder: Path, environment: dict[str, str]) -> None:
        self.name = f"tanya-{os.getpid()}-{number}"
        self._link, self._window = f"tw{os.getpid() % 10**7}l{number}", f"tw{os.getpid() % 10**7}w{number}"
        self._number = number
        self._environment = {**environment, "TANYA_DATA": str(folder / f"machine-{number}")}

    @contextmanager
    def up(self, bridge: str) -> Iterator[httpx.Client]:
        """Connected, with ``tanya serve`` running; gives a client that reaches it whatever becomes of the link."""
        near, here = f"198.19.{self._number}.1", f"198.19.{self._number}.2"
        _ip("netns", "add", self.name)
        try:
            for link in (self._link, self._window):
                _ip("link", "add", link, "type", "veth", "peer", "name", f"{link}b", "netns", self.name)
                _ip("link", "set", link, "up")
                _ip("-n", self.name, "link", "set", f"{link}b", "up")
            _ip("-n", self.name, "link", "set", "lo", "up")
            _ip("link", "set", self._link, "master", bridge)
            self._bridge = bridge
            _ip("-n", self.name, "addr", "add", f"198.18.0.1{self._number}/24", "dev", f"{self._link}b")
            _ip("addr", "add", f"{near}/24", "dev", self._window)
            _ip("-n", self.name, "addr", "add", f"{here}/24", "dev", f"{self._window}b")
            with (
                self.run("from assistant.cli import main; main()", "serve", "--host", "0.0.0.0", "--port", "7860"),
                httpx.Client(
                    base_url=f"http://{here}:7860/api",
                    headers={"Authorization": f"Bearer {TOKEN}"},
                    timeout=PATIENCE,
                    trust_env=False,
                ) as client,
            ):
                yield client
        finally:
            _ip("netns", "del", self.name)  # its links go with it

    @contextmanager
    def run(self, code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Python on this machine, once it has said its first line."""
        command = ["ip", "netns", "exec", self.name, sys.executable, "-c", code, *arguments]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self._environment
        ) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline()
                yield process
            finally:
                process.kill()

    def cut(self) -> None:
        """Nothing that it sends arrives, and nothing reaches it."""
        _ip("link", "set", self._link, "nomaster")

    def heal(self) -> None:
        """As before."""
        _ip("link", "set", self._link, "master", self._bridge)


@pytest.fixture
def bridge() -> Iterator[str]:
    """A bridge of its own, with the address of what all machines share."""
    if not FULL:
        pytest.skip("takes a minute and more: TANYA_FAULTS=full")
    if postgres.MISSING:
        pytest.skip(postgres.MISSING)
    name = f"tw{os.getpid() % 10**7}"
    try:
        _ip("link", "add", name, "type", "bridge")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs the right to make network namespaces (root) and the command ip (iproute2)")
    try:
        _ip("addr", "add", f"{CENTRE}/24", "dev", name)
        _ip("link", "set", name, "up")
        yield name
    finally:
        _ip("link", "del", name)


def _found(client: httpx.Client, number: int) -> list[str]:
    answer = client.get("/search", params={"q": text(number), "top_k": 1})
    assert 200 == answer.status_code, answer.text
    return [one["passage"]["text"] for one in answer.json()["results"]]


def _add(client: httpx.Client, number: int) -> httpx.Response:
    return client.post("/articles", json={"id": f"berita-{number}", "text": text(number)})


def _until(true: Callable[[], bool]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_cut_off_and_healed(bridge: str, tmp_path: Path, count: Callable[[str], None]) -> None:
    """The one that is cut off says so and loses nothing; the other takes over the lock; healed, both agree."""
    with ExitStack() as open_:
        kept = tmp_path / "chroma"
        kept.mkdir()
        place = open_.enter_context(postgres.server(CENTRE))
        with psycopg.connect(f"{place}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE tanya")
        vectors = open_.enter_context(chroma.Server(kept, CENTRE)).address
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TANYA_")},
            "PYTHONPATH": str(ROOT),
            "TANYA_ARCHIVE": f"{place}/tanya",
            "TANYA_VECTORS": vectors,
            "TANYA_OPERATOR_TOKEN": TOKEN,
        }
        machines = [Machine(number, tmp_path, environment) for number in (1, 2)]
        lost, other = (open_.enter_context(machine.up(bridge)) for machine in machines)
        assert (
            200 == lost.post("/articles", json=[{"id": f"berita-{n}", "text": text(n)} for n in range(9)]).status_code
        )
        assert 200 == other.post("/rebuild").status_code
        for client in (lost, other):
            assert [text(3)] == _found(client, 3)
            health = client.get("/health").json()
            assert (1, vectors, []) == (health["generation"], health["vectors"], health["why"])

        writer = open_.enter_context(machines[0].run(WRITE, str(tmp_path / "writer")))
        assert 409 == _add(other, 10).status_code
        machines[0].cut()
        refused = [lost.get("/search", params={"q": text(3)}), _add(lost, 11)]
        for answer in refused:
            assert 503 == answer.status_code
            assert "could not be read or written" in answer.text
            assert postgres.PASSWORD not in answer.text
        assert 503 == lost.get("/health/ready").status_code
        assert 200 == lost.get("/health/live").status_code
        count("a machine cut off from its archive: refused with a sentence")

        assert [text(3)] == _found(other, 3)
        _until(lambda: 200 == _add(other, 10).status_code)
        count("a lock freed whose holder was cut off")
        assert 200 == other.post("/rebuild").status_code
        assert 200 == other.delete("/articles/berita-4").status_code

        machines[0].heal()
        _until(lambda: 200 == lost.get("/health/ready").status_code)
        said = writer.communicate("")[0]
        stored = lost.get("/articles/karam").status_code == 200
        assert stored != said.startswith(("ArchiveError ", "BusyError ")), said
        count(f"a writer cut off in the middle: {'stored' if stored else 'refused with a sentence, nothing stored'}")
        assert 200 == _add(lost, 12).status_code
        for client in (lost, other):
            for number in (3, 10, 12):
                assert [text(number)] == _found(client, number)
            assert [404, 404] == [client.get(f"/articles/berita-{number}").status_code for number in (4, 11)]
        first, second = (client.get("/health").json() for client in (lost, other))
        assert first == second
        assert (2, [], 0) == (first["generation"], first["why"], first["lexicon_behind"])
        count("a machine that was cut off caught up: both agree")
