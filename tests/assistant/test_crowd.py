"""The bounded queue: a real server, more people than places, and some who hang up."""

from __future__ import annotations

import contextlib
import html
import io
import json
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from llama_index.core.llms import ChatMessage, ChatResponse, ChatResponseGen

from assistant.assistant import Assistant
from assistant.config import Config
from assistant.logs import start_logging
from assistant.refusals import in_indonesian
from assistant.server import create_app
from assistant.verify_api import MAX_SENTENCES
from assistant.web import crowd
from assistant.web.chat import busy_html
from assistant.web.crowd import BUSY, RETRY_AFTER
from assistant.writing.providers import open_llm
from index import Index, SearchResult
from tests.assistant import browsing
from tests.assistant.misbehaving import ModelServer
from tests.assistant.scripted import ScriptedLLM
from tests.assistant.serving import served
from tests.conftest import PATIENCE, eventually, needs_browser

BUDGET = "Berapa tambahan anggaran pertahanan Kazakhstan?"


class Held(ScriptedLLM):
    """Writes nothing until it is let go."""

    def stream_chat(self, messages: Any, **kwargs: Any) -> ChatResponseGen:
        self._next(messages)
        LET_GO.wait(PATIENCE)
        yield ChatResponse(message=ChatMessage(role="assistant", content="Ya [1]."), delta="Ya [1].")


LET_GO = threading.Event()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody loses patience because this machine is busy."""
    monkeypatch.setattr(crowd, "PATIENCE", PATIENCE)


@pytest.fixture
def held() -> Iterator[Held]:
    """A language model that keeps everybody waiting."""
    LET_GO.clear()
    yield Held(replies=["Ya [1]."])
    LET_GO.set()


@contextlib.contextmanager
def site(index: Index, llm: Any, at_once: int, waiting: int) -> Iterator[str]:
    """A real server with so many places."""
    config = Config(answers_at_once=at_once, answers_waiting=waiting)
    assistant = Assistant(index, llm=llm, config=Config(answer_threshold=0.0, llm_deadline=PATIENCE))
    with served(create_app(index, assistant, config)) as at:
        yield at


def queue(address: str) -> dict[str, float]:
    """The queue as /metrics tells it."""
    found = re.findall(
        r"^tanya_queue_(\w+) ([\d.]+)$", httpx.get(f"{address}/metrics", timeout=PATIENCE).text, re.MULTILINE
    )
    return {name: float(value) for name, value in found}


def asking(address: str, path: str = "/api/ask", accept: str = "application/json") -> socket.socket:
    """Ask over a bare socket, to hang up whenever."""
    body = {
        "/api/ask": {"question": BUDGET},
        "/v1/chat/completions": {
            "messages": [{"role": "user", "content": BUDGET}],
            "stream": accept != "application/json",
        },
        "/api/verify": {"text": "Pasar dibuka. " * MAX_SENTENCES},
    }[path]
    sent = json.dumps(body).encode()
    host, _, port = address.removeprefix("http://").partition(":")
    opened = socket.create_connection((host, int(port)))
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: {accept}\r\n"
    opened.sendall(f"{head}Content-Length: {len(sent)}\r\n\r\n".encode() + sent)
    return opened


def test_too_many_are_told_so_at_once(index: Index, held: Held) -> None:
    """One at work, two waiting, and the others get a polite 503 in the shape of each route; health answers on."""
    with site(index, held, 1, 2) as at, contextlib.ExitStack() as open_sockets:
        for _ in range(3):
            open_sockets.enter_context(contextlib.closing(asking(at)))
        eventually(lambda: (1, 2) == (queue(at)["at_work"], queue(at)["waiting"]))
        conversation = {"messages": [{"role": "user", "content": BUDGET}]}
        with httpx.Client(base_url=at, timeout=PATIENCE) as client:
            refused = [
                client.post("/api/ask", json={"question": BUDGET}),
                client.get("/api/search", params={"q": BUDGET}),
                client.post("/v1/chat/completions", json=conversation),
            ]
            for answer in refused:
                assert (503, str(RETRY_AFTER)) == (answer.status_code, answer.headers["Retry-After"])
            assert {"error": BUSY, "error_indonesian": in_indonesian(BUSY)} == refused[0].json() == refused[1].json()
            assert "Terlalu banyak" in refused[0].json()["error_indonesian"]
            assert BUSY == refused[2].json()["error"]["message"]
            for path in ("/api/health", "/api/health/ready", "/web/tanya.css", "/", "/api/articles", "/metrics"):
                assert 200 == client.get(path).status_code
        assert 3 == queue(at)["refused_total"]
        LET_GO.set()
        eventually(lambda: (0, 0) == (queue(at)["at_work"], queue(at)["waiting"]))
        assert 200 == httpx.post(f"{at}/api/ask", json={"question": BUDGET}, timeout=PATIENCE).status_code


def test_nobody_waits_for_ever(index: Index, held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who finds no place in good time is told so as if the queue had been full."""
    monkeypatch.setattr(crowd, "PATIENCE", 0.1)
    with site(index, held, 1, 2) as at, contextlib.closing(asking(at)):
        eventually(lambda: queue(at)["at_work"] == 1)
        assert 503 == httpx.post(f"{at}/api/ask", json={"question": BUDGET}, timeout=PATIENCE).status_code
        assert (1, 0, 1) == tuple(queue(at).values())
        LET_GO.set()


@pytest.mark.parametrize("path", ["/api/ask", "/v1/chat/completions"])
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_who_hangs_up_frees_their_place(index: Index, path: str, accept: str) -> None:
    """At work and in the queue: their places are free, and the call to the language model is broken off."""
    with ModelServer("hang") as model, site(index, open_llm("openai-like:tanya", model.url), 2, 2) as at:
        clients = [asking(at, path, accept) for _ in range(4)]
        eventually(lambda: (2, 2) == (queue(at)["at_work"], queue(at)["waiting"]) and len(model.requests) == 2)
        for client in clients:
            client.close()
        eventually(lambda: (0, 0) == (queue(at)["at_work"], queue(at)["waiting"]))
        for _ in range(2):
            assert model.left.acquire(timeout=PATIENCE)
        assert 200 == httpx.get(f"{at}/api/search", params={"q": BUDGET}, timeout=PATIENCE).status_code
        assert 2 == len(model.requests)
        assert (
            "tanya_writer_failures_total{" not in httpx.get(f"{at}/metrics", timeout=PATIENCE).text
        )  # it is not the model that failed


def test_a_check_ends_when_who_sent_it_hangs_up(index: Index, held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the sentence it is at, and not after all two hundred."""
    searched = []

    def slowly(*_: object) -> list[SearchResult]:
        searched.append(time.sleep(0.1))
        return []

    monkeypatch.setattr(index, "search", slowly)
    with site(index, held, 1, 1) as at:
        with contextlib.closing(asking(at, "/api/verify")):
            eventually(lambda: len(searched) > 1)
        eventually(lambda: queue(at)["at_work"] == 0)
        assert MAX_SENTENCES > len(searched)


def test_forty_five_slow_answers_hold_up_nothing_else(index: Index, held: Held) -> None:
    """More than the server has worker threads: health, pages and articles are answered while all of them wait."""
    with site(index, held, 32, 256) as at, contextlib.ExitStack() as open_sockets:
        for _ in range(45):
            open_sockets.enter_context(contextlib.closing(asking(at)))
        eventually(lambda: (32, 13) == (queue(at)["at_work"], queue(at)["waiting"]))
        with httpx.Client(base_url=at, timeout=PATIENCE) as client:
            for path in ("/api/health", "/api/health/live", "/web/tanya.css", "/article/ferry-1", "/api/articles"):
                assert 200 == client.get(path).status_code
        LET_GO.set()


# ---- the chat -----------------------------------------------------------------------------------------------------


class Visitor:
    """Somebody on the page, as Gradio's script speaks for them."""

    def __init__(self, address: str, session: str) -> None:
        self._address = address
        self._session = session
        page = httpx.get(f"{address}/", timeout=PATIENCE).text
        self._function = int(re.findall(r'"id":(\d+),"targets":\[\[\d+,"(?:submit|click)"\],\[', page)[0])

    def asks(self, **headers: str) -> None:
        """Put a question."""
        sent = {"data": [BUDGET, None], "fn_index": self._function, "session_hash": self._session, "event_data": None}
        httpx.post(
            f"{self._address}/gradio_api/queue/join", json=sent, headers=headers, timeout=PATIENCE
        ).raise_for_status()

    def listens(self) -> contextlib.AbstractContextManager[httpx.Response]:
        """The stream that the answer comes by."""
        address = f"{self._address}/gradio_api/queue/data"
        return httpx.stream("GET", address, params={"session_hash": self._session}, timeout=PATIENCE)

    def answer(self, **headers: str) -> str:
        """Ask and hear it to its end."""
        self.asks(**headers)
        told = ""
        with self.listens() as events:
            for line in events.iter_lines():
                told += line
                if '"process_completed"' in line:
                    break
        return told


def test_the_chat_stands_in_the_same_queue(index: Index, held: Held) -> None:
    """A full one is said on the page in both languages; others wait their turn and are answered."""
    with site(index, held, 1, 1) as at, ThreadPoolExecutor(2) as people:
        first = people.submit(Visitor(at, "satu").answer)
        eventually(lambda: queue(at)["at_work"] == 1)
        second = people.submit(Visitor(at, "dua").answer)
        eventually(lambda: queue(at)["waiting"] == 1)
        told = Visitor(at, "tiga").answer()
        assert "Terlalu banyak yang bertanya" in told
        assert "Too many people are asking" in told
        assert 503 == httpx.post(f"{at}/api/ask", json={"question": BUDGET}, timeout=PATIENCE).status_code
        LET_GO.set()
        for one in (first, second):
            assert "441 miliar tenge" in one.result(PATIENCE)


def test_a_visitor_who_closes_the_page_frees_the_place(index: Index) -> None:
    """At work and in the queue; the language model's call is broken off."""
    with ModelServer("hang") as model, site(index, open_llm("openai-like:tanya", model.url), 1, 8) as at:
        with contextlib.ExitStack() as pages:
            for number in range(3):
                visitor = Visitor(at, f"tamu{number}")
                visitor.asks()
                pages.enter_context(visitor.listens())
            eventually(lambda: (1, 2) == (queue(at)["at_work"], queue(at)["waiting"]) and len(model.requests) == 1)
        eventually(lambda: (0, 0) == (queue(at)["at_work"], queue(at)["waiting"]))
        assert model.left.acquire(timeout=PATIENCE)
        assert 1 == len(model.requests)


def test_a_failure_on_the_page_has_the_requests_number(index: Index) -> None:
    """The one that the reader sees, the header had and the log has; what was asked is not in the log."""

    class Broken(Assistant):
        def stream(self, question: str, *_: object, **__: object) -> Any:
            raise RuntimeError(f"cannot work with {question}")

    root, written = logging.getLogger(), io.StringIO()
    before = list(root.handlers)
    start_logging("json", False, written)
    try:
        with served(create_app(index, Broken(index), Config())) as at:
            assert "halaman-1" in Visitor(at, "empat").answer(**{"X-Request-ID": "halaman-1"})
            eventually(lambda: '"route": "chat", "status": 500' in written.getvalue())
    finally:
        root.handlers[:] = before
    failed = [line for line in map(json.loads, written.getvalue().splitlines()) if line["level"] == "error"]
    assert ["halaman-1"] == [line["request"] for line in failed]
    assert "Kazakhstan" not in written.getvalue()


def test_what_nobody_asked_waits_for_nobody(index: Index, held: Held) -> None:
    """Questions to go on with are drafted while places are free for people, and are left out while not."""
    query = {"asked": BUDGET, "article": "ferry-1"}
    with site(index, held, 2, 2) as at:
        assert 200 == httpx.get(f"{at}/api/follow-ups", params=query, timeout=PATIENCE).status_code
        waiting = asking(at)
        eventually(lambda: queue(at)["at_work"] == 1)
        assert 503 == httpx.get(f"{at}/api/follow-ups", params=query, timeout=PATIENCE).status_code
        assert 0 == queue(at)["refused_total"]
        waiting.close()


def test_a_full_queue_keeps_the_question_and_its_limits() -> None:
    """To be asked again as it was; a question that is none is shown as far as it can be."""
    request = json.dumps({"question": BUDGET, "source": ["Gatra"], "since": "2025-01-01"})
    shown = html.unescape(busy_html(BUDGET, request, RETRY_AFTER))
    kept = json.loads(re.findall(r'data-turn="(\{.*?\})"', shown)[0])
    assert (True, BUDGET, ["Gatra"], "2025-01-01") == (kept["failed"], kept["question"], kept["source"], kept["since"])
    assert f"coba lagi dalam {RETRY_AFTER} detik" in shown.lower()
    assert "\ud800" not in busy_html("a\ud800" + "x" * 2_000, "", RETRY_AFTER)


@needs_browser
def test_refused_twice_is_shown_twice(index: Index, held: Held, visit: browsing.Visitor) -> None:
    """Who asks again on the page and finds the queue full once more reads so, and can ask a third time."""
    with site(index, held, 1, 1) as at, contextlib.ExitStack() as open_sockets:
        for _ in range(2):
            open_sockets.enter_context(contextlib.closing(asking(at)))
        eventually(lambda: (1, 1) == (queue(at)["at_work"], queue(at)["waiting"]))
        page = visit(at)
        assert "Terlalu banyak" in browsing.ask(page, BUDGET)
        page.locator("#current [data-retry]").click()
        eventually(lambda: queue(at)["refused_total"] == 2)
        assert "Terlalu banyak" in browsing.answered(page, BUDGET)
        LET_GO.set()
        eventually(lambda: (0, 0) == (queue(at)["at_work"], queue(at)["waiting"]))
        page.locator("#current [data-retry]").click()
        page.locator("#current .verdict").wait_for()
