"""Vectors on a Chroma server: the same answers, one rebuild for all machines, and what happens while it is away."""

from __future__ import annotations

import base64
import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import pytest

from assistant.health import look
from index import ArchiveError, Article, Index
from index.chroma import KEPT
from index.chroma_server import ServerGenerations
from index.errors import AwayError
from tests.contract.chroma import Server
from tests.contract.conftest import Place

ARTICLES = [
    Article(
        f"Kapal {name} berlayar ke {port} membawa {cargo}.",
        id=f"{name}-{port}",
        source=source,
        published=date(2025, 1 + number, 3),
    )
    for number, (port, source) in enumerate([("Muria", "Harian"), ("Wanareja", "Kabar"), ("Seroja", "Pos")])
    for name in ("Cakrawala", "Dewaruci", "Elang")
    for cargo in ("beras dan gula",)
]
QUESTIONS = ("kapal Elang berlayar", "beras ke Wanareja", "rice ship to Muria", "siapa membawa gula", "Dewaruci")


def _found(index: Index, question: str, **only: object) -> list[tuple[str, int | None, float]]:
    results = index.search(question, 4, **only)  # type: ignore[arg-type]
    return [(hit.passage.article_id, hit.dense_rank, round(hit.dense_score or 0.0, 4)) for hit in results]


def _names(server: Server) -> set[str]:
    """The collections on a server."""
    there = "/api/v2/tenants/default_tenant/databases/default_database/collections"
    answer = httpx.get(server.address.replace("chroma://", "http://") + there, timeout=60)
    return {one["name"] for one in answer.json()}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A Chroma server of this test alone."""
    folder = tmp_path / "chroma"
    folder.mkdir()
    with Server(folder) as running:
        yield running


def test_the_same_answers_as_from_a_folder(chroma_server: Server, tmp_path: Path) -> None:
    """To the same questions, with and without filters, with newer and removed articles beside the generation."""
    with (
        Index.open(tmp_path / "one") as embedded,
        Index.open(tmp_path / "two", vectors=chroma_server.address) as served,
    ):
        for index in (embedded, served):
            index.add(ARTICLES[:-1])
            index.rebuild()
            index.add(ARTICLES[-1:])
            index.remove([ARTICLES[0].id])
            # Copies in another outlet: of what is in the generation, and of what came after it.
            index.add(replace(one, id=f"copy-{one.id}", source="Salinan") for one in (ARTICLES[4], ARTICLES[-1]))
            assert (1, 1) == ((status := index.status()).generation, status.tail)
        assert (None, chroma_server.address) == (embedded.status().vectors, served.status().vectors)
        only: tuple[dict[str, object], ...] = (
            {},
            {"source": "Kabar"},
            {"source": "Salinan"},
            {"since": date(2025, 2, 1)},
            {"until": date(2025, 2, 10), "language": "id"},
        )
        for question in QUESTIONS:
            for filters in only:
                assert _found(embedded, question, **filters) == _found(served, question, **filters)
        copied = {article for article, *_ in _found(served, QUESTIONS[0], source="Salinan")}
        assert {ARTICLES[4].id, ARTICLES[-1].id} == copied
        assert served.away() is None
    assert not (tmp_path / "two" / "generations").exists()


def test_one_rebuild_serves_all_machines(chroma_server: Server, database: Place, tmp_path: Path) -> None:
    """Whoever builds, everybody uses it; the newest are kept, and nothing of another archive is touched."""
    place, vectors = database(), chroma_server.address
    before = _names(chroma_server)
    with (
        Index.open(tmp_path / "one", archive=place, vectors=vectors) as one,
        Index.open(tmp_path / "two", archive=place, vectors=vectors) as two,
    ):
        one.add(ARTICLES)
        for number in range(1, KEPT + 2):
            (one if number % 2 else two).rebuild()
            for index in (one, two):
                assert (number, 0) == ((status := index.status()).generation, status.tail)
                assert _found(one, QUESTIONS[0]) == _found(index, QUESTIONS[0])
                assert () == index.damaged()
        names = _names(chroma_server)
        assert before <= names
        assert [f"{number:06d}" for number in (KEPT, KEPT + 1)] == sorted(
            name.rpartition("-")[2] for name in names - before
        )
        assert KEPT == two.rollback()
        assert KEPT == one.status().generation
    with Index.open(tmp_path / "three", archive=place, vectors=vectors) as three:
        assert (KEPT, 0) == ((status := three.status()).generation, status.tail)


def test_a_server_that_was_away(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Search goes on exactly, or of many passages by the lexicon; health says so; it is used when it is back."""
    monkeypatch.setattr("index.vectors.AGAIN", 0.0)
    with Index.open(tmp_path / "data", vectors=server.address) as index:
        index.add(ARTICLES)
        index.rebuild()
        before = {question: _found(index, question) for question in QUESTIONS}
        server.kill()
        for question in QUESTIONS:
            assert [hit[:2] for hit in before[question]] == [hit[:2] for hit in _found(index, question)]
        for limit, said in (
            (len(ARTICLES), f"{len(ARTICLES)} passages are searched exactly"),
            (len(ARTICLES) - 1, "the lexicon answers alone"),
        ):
            monkeypatch.setattr("index.vectors.EXACT_LIMIT", limit)
            health = look(index)
            assert health.degraded
            assert any(server.address in why and f"until it is back, {said}" in why for why in health.why)
        assert {None} == {rank for _, rank, _ in _found(index, "kapal Elang berlayar")}
        assert 1 == index.add([Article("Jembatan runtuh.", id="new")]).added
        assert "new" == index.search("jembatan runtuh", 1)[0].passage.article_id
        with pytest.raises(ArchiveError, match=r"rebuild failed .*does not answer .*is still in use"):
            index.rebuild()
        with Index.open(tmp_path / "data", vectors=server.address) as opened:
            assert opened.away()
            assert opened.search("kapal Elang berlayar", 1)

        server.start()
        assert before[QUESTIONS[0]] == [hit for hit in _found(index, QUESTIONS[0]) if hit[0] != "new"]
        assert (1, 1) == ((status := index.status()).generation, status.tail)
        assert not look(index).why


def test_what_a_server_lost(server: Server, tmp_path: Path) -> None:
    """A collection that is gone, or not whole, is passed over and named; its passages are searched exactly."""
    with Index.open(tmp_path / "data", vectors=server.address) as index:
        index.add(ARTICLES)
        index.rebuild()
    (name,) = _names(server)
    there = "/api/v2/tenants/default_tenant/databases/default_database/collections"
    url = server.address.replace("chroma://", "http://") + there
    collection = httpx.get(f"{url}/{name}", timeout=60).json()["id"]
    httpx.post(f"{url}/{collection}/delete", json={"ids": ["1"]}, timeout=60).raise_for_status()
    for _ in range(2):
        with Index.open(tmp_path / "data", vectors=server.address) as index:
            assert ((1,), len(ARTICLES)) == (index.damaged(), index.status().tail)
            assert "Cakrawala-Muria" == _found(index, "Cakrawala Muria")[0][0]
        httpx.delete(f"{url}/{name}", timeout=60)


@pytest.mark.parametrize(
    "address", ["chroma://", "chroma:8000", "http://host:8000", "chroma://host:port", "chroma://host/tenant", "host"]
)
def test_an_address_that_is_none(tmp_path: Path, address: str) -> None:
    """One sentence says what it looks like."""
    with pytest.raises(ArchiveError, match="looks like this: chroma://host:8000"):
        Index.open(tmp_path / "data", vectors=address)


@pytest.mark.parametrize(
    ("login", "header", "value"),
    [
        (":rahasia-sekali@", "X-Chroma-Token", "rahasia-sekali"),
        ("ani:rahasia-sekali@", "Authorization", f"Basic {base64.b64encode(b'ani:rahasia-sekali').decode()}"),
    ],
)
def test_a_login_is_sent_and_shown_nowhere(login: str, header: str, value: str) -> None:
    """As Chroma's token or as a proxy's user and password; who is refused reads why, and no secret."""
    got = []

    class Refusing(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            got.append(self.headers.get(header))
            self.send_response(401)
            self.end_headers()
            self.wfile.write(b"who are you?")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as proxy:
        threading.Thread(target=proxy.serve_forever).start()
        try:
            vectors = f"chroma://{login}127.0.0.1:{proxy.server_port}/penyewa/berita"
            generations = ServerGenerations(vectors, "archive")
            with pytest.raises(AwayError, match="who are you") as caught:
                generations.keep([])
            assert "rahasia" not in f"{caught.value} {generations.place}"
        finally:
            proxy.shutdown()
    assert {value} == set(got)
