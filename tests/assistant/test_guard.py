"""What gets past the guard: for which site's page, under which name, how large, how slow, and what of it Gradio sees."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from assistant import logs, server
from assistant.assistant import Assistant
from assistant.config import Config
from assistant.web import bodies
from assistant.web.bodies import BODY_LIMIT, Bodies
from index import Index
from tests.assistant.operations import OPERATIONS
from tests.assistant.serving import served
from tests.conftest import PATIENCE, run

TOKEN = "rahasia-para-pengelola"
READER = "rahasia-para-pembaca"
JOIN = "/gradio_api/queue/join"
EVIL = "http://evil.example"


@pytest.fixture(scope="module")
def private(index: Index, assistant: Assistant) -> Any:
    """An archive on this machine that has no token."""
    return server.create_app(index, assistant, Config())


@pytest.fixture(scope="module")
def shared(index: Index, assistant: Assistant) -> Any:
    """An archive of a newsroom, which everyone there reads."""
    return server.create_app(index, assistant, Config(operator_token=TOKEN))


def visitor(app: Any, host: str = "localhost", **headers: str) -> TestClient:
    """Somebody who reaches the server by this name."""
    return TestClient(app, f"http://{host}", client=("127.0.0.1", 50000), headers=headers)


# ---- what Gradio is given -----------------------------------------------------------------------------------------


class Heard:
    """Stands for Gradio, and remembers what it was sent."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.bodies.append(json.loads((await receive())["body"]))
        await Response("{}")(scope, receive, send)


def join(app: Any, body: object) -> int:
    """Put something into the chat's queue; gives the status."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return visitor(app).post(JOIN, content=sent, headers={"Content-Type": "application/json"}).status_code


def file(path: str) -> dict[str, object]:
    """What Gradio takes for a file."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


EVENT = {"fn_index": 0, "data": ["Siapa?", None], "session_hash": "sess0009"}
FORGED: list[object] = [
    *({**EVENT, "data": [file(path), ""]} for path in ("/dev/zero", "/etc/hostname", "http://127.0.0.1:1/x")),
    {**EVENT, "data": ["Siapa?", [file("/etc/hostname")]]},
    {**EVENT, "data": ["Siapa?", {"deep": [{"er": file("/etc/hostname")}]}]},
    {**EVENT, "data": file("/etc/hostname")},
    *({**EVENT, "data": data} for data in (["Siapa?"], ["Siapa?", None, None], [], ["Siapa?", 7], ["Siapa?", True])),
    *({**EVENT, "fn_index": number} for number in (1, 4, 5, 99, -1, "0", True, 0.5, None)),
    *({**EVENT, "session_hash": name} for name in ("", "a" * 65, "../x", "a\n", None, 7)),
    {"data": ["Siapa?", None]},
    *([EVENT], "x", None, b"", b"{", b"\xff", b"[" * 20_000, b'{"data": ["\\ud800", null]}'),
]


@pytest.mark.parametrize("body", FORGED)
def test_only_the_pages_own_events_reach_gradio(body: object) -> None:
    """No file, no address, no other function, not more or fewer texts: refused before Gradio looks at it."""
    gradio = Heard()
    assert 422 == join(Bodies(gradio, token="", article_bytes=0, events={0: 2, 5: 0}), body)
    assert [] == gradio.bodies


def test_an_event_is_written_anew() -> None:
    """What the page sends goes through; what else could come with it does not."""
    gradio = Heard()
    more = {"trigger_id": 9, "event_data": file("/etc/hostname"), "batched": True, "oauth_token": "x", "lebih": 1}
    assert 200 == join(Bodies(gradio, token="", article_bytes=0, events={0: 2}), {**EVENT, **more})
    assert [EVENT] == gradio.bodies


def test_the_events_are_those_of_the_page(private: Any) -> None:
    """A question with its two texts, and opening the page; a file in the place of a text is none of them."""
    client = visitor(private)
    numbers = [
        number for number in range(20) if client.post(JOIN, json={**EVENT, "fn_index": number}).status_code == 200
    ]
    assert 1 == len(numbers)
    assert 422 == client.post(JOIN, json={**EVENT, "data": [file("/etc/hostname"), ""]}).status_code


@pytest.fixture
def unguarded(index: Index, assistant: Assistant, tmp_path: Path) -> Iterator[str]:
    """The application without what stands before it, served; Gradio keeps files in the test's folder."""
    made: list[FastAPI] = []

    def remembered(*args: Any, **options: Any) -> FastAPI:
        made.append(FastAPI(*args, **options))
        return made[-1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
        patched.setattr(server, "FastAPI", remembered)
        server.create_app(index, assistant, Config())
        with served(made[0]) as address:
            yield address


def told(address: str, data: list[object]) -> str:
    """What becomes of an event in Gradio's queue."""
    with httpx.Client(base_url=address, timeout=PATIENCE) as client:
        client.post(JOIN, json={**EVENT, "data": data}).raise_for_status()
        with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": EVENT["session_hash"]}) as events:
            return next(line for line in events.iter_lines() if '"process_completed"' in line)


def test_gradio_itself_copies_no_file(unguarded: str, tmp_path: Path) -> None:
    """A second line behind the first: it knows that the page is launched, and which files may be named."""
    secret = tmp_path / "rahasia.txt"
    secret.write_text("rahasia")
    assert '"success":false' in told(unguarded, [file(str(secret)), ""])
    assert [secret] == list(tmp_path.rglob("*.txt"))


def test_what_gradio_prints_is_a_line_of_the_log(unguarded: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Without the question, and without a line that somebody made up."""
    import logging

    root, written = logging.getLogger(), io.StringIO()
    before, level = list(root.handlers), root.level
    logs.start_logging("json", False, written)
    try:
        assert '"success":false' in told(unguarded, ["x\n2026-11-28 00:00:00 INFO assistant.audit: FORGED LINE"])
    finally:
        root.handlers[:], root.level = before, level
    assert "the chat's queue failed" in [json.loads(line)["message"] for line in written.getvalue().splitlines()]
    for said in (written.getvalue(), *capfd.readouterr()):
        assert "FORGED" not in said


# ---- other sites' pages -------------------------------------------------------------------------------------------

ASKING = [path for method, path in OPERATIONS if method == "POST" and path in ("/api/ask", "/api/verify")]
NEWSROOM = "tanya.newsroom.local:7860"


@pytest.mark.parametrize("path", [*ASKING, JOIN, "/v1/chat/completions", "/api/session"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "http://tanya.newsroom.local"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": EVIL, "Sec-Fetch-Site": "cross-site", "Authorization": "Basic eDp5"},
    ],
)
def test_another_sites_page_does_not_ask(shared: Any, path: str, headers: dict[str, str]) -> None:
    """403 in a sentence: a reader's browser would send it with the reader's cookie, and from inside the network."""
    answer = visitor(shared, NEWSROOM, **headers).post(path, json={"question": "Siapa?"})
    assert 403 == answer.status_code
    assert "Another site's page" in answer.text


@pytest.mark.parametrize(
    ("host", "headers"),
    [
        (NEWSROOM, {}),
        (NEWSROOM, {"Origin": f"http://{NEWSROOM}"}),
        ("tanya.example", {"Origin": "https://tanya.example", "X-Forwarded-Proto": "https"}),
        ("127.0.0.1:7860", {"Origin": "https://tanya.example", "Sec-Fetch-Site": "same-origin"}),
        (NEWSROOM, {"Origin": EVIL, "Authorization": "Bearer kunci-orang-lain"}),
    ],
)
def test_our_own_page_and_programs_ask(shared: Any, host: str, headers: dict[str, str]) -> None:
    """Directly, through a proxy with TLS, through one that changes the name, and with a token."""
    assert 200 == visitor(shared, host, **headers).post("/api/ask", json={"question": "Siapa?"}).status_code


def test_no_other_site_is_let_read(shared: Any) -> None:
    """No answer allows it, a preflight is none of any route, and a link to us is answered."""
    client = visitor(shared, NEWSROOM, Origin=EVIL, **{"Sec-Fetch-Site": "cross-site"})
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    answers = [
        *(client.get(path) for path in ("/", "/api/articles", "/gradio_api/app_id", "/nowhere", "/web/chat.js")),
        *(client.options(path, headers=asked) for path in ("/", "/api/ask", "/api/articles", JOIN)),
    ]
    assert [200, 200, 200, 404, 200, 405, 405, 405, 405] == [answer.status_code for answer in answers]
    assert [] == [name for answer in answers for name in answer.headers if name.startswith("access-control")]


def test_a_private_archive_has_its_machines_name(private: Any, shared: Any) -> None:
    """A page that has its own name lead to this machine reads nothing; with a token a proxy may hand on any name."""
    for path in ("/api/articles", "/", "/web/tanya.js"):
        refused = visitor(private, "evil.example").get(path)
        assert 421 == refused.status_code
        assert "localhost" in refused.json()["error"]
        assert 200 == visitor(shared, "tanya.example").get(path).status_code
    for name in ("localhost", "LOCALHOST:7860", "127.0.0.1:7860", "127.8.8.8", "[::1]:7860"):
        assert 200 == visitor(private, name).get("/api/articles").status_code
    for name in ("localhost.evil.example", "evil.example:7860", "192.168.1.7"):
        assert 421 == visitor(private, name).get("/api/articles").status_code


# ---- how much, and how long it takes ------------------------------------------------------------------------------


def answered(app: Any, path: str, receive: Receive, **headers: str) -> Message:
    """The beginning of the answer to a request whose body comes as it likes."""
    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    given = {"host": "localhost", **headers}
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "client": ("127.0.0.1", 50000),
    }
    run(lambda: app(scope, receive, send))
    return said[0]


async def never() -> Message:
    """A body that does not arrive."""
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize("path", ["/api/ask", "/v1/chat/completions", "/api/articles", "/nowhere", JOIN])
def test_the_token_is_asked_for_before_the_body(index: Index, assistant: Assistant, path: str) -> None:
    """Nothing is read for who may not ask."""
    app = server.create_app(index, assistant, Config(reader_token=READER, operator_token=TOKEN))
    assert 401 == answered(app, path, never)["status"]
    assert 401 == answered(app, path, never, authorization="Bearer salah")["status"]


def test_a_body_has_to_arrive(private: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """408, and the line is cut: half a request holds nothing for long."""
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.05)
    answer = answered(private, "/api/ask", never)
    assert 408 == answer["status"]
    assert (b"connection", b"close") in answer["headers"]


def test_only_a_conversation_may_be_long(private: Any) -> None:
    """A megabyte where OpenAI's clients send one, and nowhere else below /v1."""
    long = {"messages": [{"role": "user", "content": "x"}], "user": "x" * BODY_LIMIT}
    client = visitor(private)
    assert 200 == client.post("/v1/chat/completions", json=long).status_code
    for path in ("/v1/models", "/v1/nowhere", "/nowhere", "/api/ask"):
        assert 413 == client.post(path, json=long).status_code
