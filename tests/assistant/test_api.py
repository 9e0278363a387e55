"""The HTTP API, driven through its own OpenAPI description."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from assistant.api import _added, add_api
from assistant.assistant import Assistant
from assistant.audit import Entry
from assistant.config import Config, ConfigError
from assistant.server import create_app, serve
from assistant.web.bodies import BODY_LIMIT, Bodies
from assistant.web.security import Guard
from index import Article, Index
from tests.assistant.operations import OPERATIONS
from tests.conftest import ROOT

BUDGET = "Berapa tambahan anggaran pertahanan Kazakhstan?"
TOKEN = "rahasia-dapur"
BRIDGE = {
    "id": "jembatan-1",
    "title": "Jembatan baru dibuka",
    "text": "Jembatan baru di Kota Seroja dibuka pada 3 Maret 2025. Biaya jembatan itu Rp 12 miliar.",
    "source": "Kabar Seroja",
    "published": "2025-03-03",
}


@pytest.fixture(scope="module")
def app(index: Index, assistant: Assistant) -> Any:
    """The whole application on the shared archive."""
    return create_app(index, assistant, Config())


@pytest.fixture(scope="module")
def client(app: Any) -> Iterator[TestClient]:
    """A client on this machine."""
    with TestClient(app, "http://localhost", client=("127.0.0.1", 50000)) as opened:
        yield opened


@pytest.fixture
def own(tmp_path: Any) -> Iterator[Index]:
    """An archive of this test alone, for what writes."""
    with Index.open(tmp_path / "own") as opened:
        yield opened


def api(
    index: Index, config: Config | None = None, host: str = "http://localhost", peer: str = "127.0.0.1"
) -> TestClient:
    """The API and its guard without the page, as seen from an address."""
    config = config or Config()
    app = FastAPI()
    add_api(app, index, Assistant(index), config)
    bodies = Bodies(app, token=config.operator_token, article_bytes=1024 * 1024)
    guarded = Guard(bodies, token=config.operator_token, head="")
    return TestClient(guarded, host, client=(peer, 50000), raise_server_exceptions=False)


def valid(client: TestClient, method: str, path: str, answer: Any, status: int = 200) -> Any:
    """The body of an answer, checked against what the description promises of that route and status."""
    assert status == answer.status_code, answer.text
    description = client.get("/openapi.json").json()
    shape = description["paths"][path][method]["responses"][str(status)]["content"]["application/json"]["schema"]
    body = answer.json()
    Draft202012Validator({**shape, "components": description["components"]}).validate(body)
    return body


# ---- every route --------------------------------------------------------------------------------------------------


def test_every_route_is_described_and_in_the_docs(client: TestClient) -> None:
    """The routes of the design, each with a summary, a description, and a heading in docs/http-api.md."""
    paths = client.get("/openapi.json").json()["paths"]
    described = {(method.upper(), path) for path, operations in paths.items() for method in operations}
    assert set(OPERATIONS) == described
    handbook = (ROOT / "docs" / "http-api.md").read_text("utf-8")
    for path, operations in paths.items():
        for method, operation in operations.items():
            assert operation["summary"]
            assert operation["description"]
            assert f"## {method.upper()} {path}" in handbook


def test_search_gives_ranked_passages(client: TestClient) -> None:
    """The passage that fits best is first, with the ranks of both legs."""
    body = valid(
        client,
        "get",
        "/api/search",
        client.get("/api/search", params={"q": "anggaran pertahanan Kazakhstan", "top_k": 3}),
    )
    assert 3 == len(body["results"])
    assert "441 miliar tenge" in body["results"][0]["passage"]["text"]
    assert 1 == body["results"][0]["lexical_rank"]


def test_search_obeys_its_filters(client: TestClient) -> None:
    """Outlet and dates limit what is found."""
    found = client.get(
        "/api/search", params={"q": "korban feri", "source": "Kabar Selat", "since": "2025-03-05"}
    ).json()
    assert ["ferry-3"] == [one["passage"]["article_id"] for one in found["results"]]
    assert [] == client.get("/api/search", params={"q": "korban feri", "until": "1999-01-01"}).json()["results"]


def test_a_source_may_be_repeated(client: TestClient) -> None:
    """Any of the outlets: in a search, in the list of articles, and as a list in the body of a question."""
    outlets = ["Kabar Selat", "Harian Tambo"]
    found = client.get("/api/search", params={"q": "korban feri", "source": outlets, "top_k": 20}).json()
    assert set(outlets) == {one["passage"]["source"] for one in found["results"]}
    listed = client.get("/api/articles", params={"source": outlets}).json()
    assert set(outlets) == {one["source"] for one in listed["articles"]}
    apart = [client.get("/api/articles", params={"source": one}).json()["total"] for one in outlets]
    assert sum(apart) == listed["total"]

    asked = {"question": "Berapa jumlah korban tewas feri Nusa Tambo?", "source": outlets}
    body = valid(client, "post", "/api/ask", client.post("/api/ask", json=asked))
    assert outlets == body["source"]
    assert set(outlets) >= {one["source"] for one in body["citations"] or [lead["passage"] for lead in body["leads"]]}
    refused = client.post("/api/ask", json={**asked, "source": ["x"] * 501})
    assert (422, "source") == (refused.status_code, refused.json()["error"][1:7])


def test_ask_answers_with_a_quote_that_is_in_the_article(client: TestClient) -> None:
    """Law 1 holds over HTTP."""
    body = valid(client, "post", "/api/ask", client.post("/api/ask", json={"question": BUDGET}))
    assert (True, "answer") == (body["answered"], body["outcome"])
    citation = body["citations"][0]
    assert "441 miliar tenge (US$918 juta)" in citation["quote"]
    assert body["short"] in citation["quote"]
    path = f"/api/articles/{citation['article_id']}"
    article = valid(client, "get", "/api/articles/{article_id}", client.get(path))
    assert citation["quote"] == article["text"][citation["start"] : citation["end"]]


def test_ask_says_that_it_is_not_in_the_archive(client: TestClient) -> None:
    """An answer with a reason, and no error."""
    body = valid(client, "post", "/api/ask", client.post("/api/ask", json={"question": "Siapa presiden Brasil?"}))
    assert (False, "none", []) == (body["answered"], body["outcome"], body["citations"])
    assert "Brasil" in body["reason"]


def test_ask_follows_up(client: TestClient) -> None:
    """A question that leans on the one before is answered as it was understood."""
    first = client.post("/api/ask", json={"question": BUDGET}).json()
    body = client.post(
        "/api/ask",
        json={"question": "Kapan itu dilaporkan?", "history": [{"question": BUDGET, "answer": first["text"]}]},
    ).json()
    assert "Kazakhstan" in body["rewritten"]


def test_ask_keeps_to_an_outlet_and_dates(client: TestClient) -> None:
    """What may answer is limited by the request."""
    asked = {"question": "Berapa jumlah korban tewas feri Nusa Tambo?", "until": "2025-03-05"}
    body = client.post("/api/ask", json=asked).json()
    assert {"ferry-1", "ferry-2"} >= {citation["article_id"] for citation in body["citations"]}
    body = client.post("/api/ask", json={**asked, "until": None, "source": "Kabar Selat"}).json()
    assert {"ferry-3"} >= {one["article_id"] for one in body["citations"]}


def test_ask_streams_the_same_answer(client: TestClient) -> None:
    """The pieces joined are the text of the answer that ends the stream."""
    answer = client.post("/api/ask", json={"question": BUDGET}, headers={"Accept": "text/event-stream"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [
        (event.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for event, data in (block.split("\n") for block in answer.text.strip().split("\n\n"))
    ]
    assert "answer" == events[-1][0]
    assert events[-1][1]["text"] == "".join(told["text"] for name, told in events if name == "text")
    assert events[-1][1] == client.post("/api/ask", json={"question": BUDGET}).json()


def test_articles_are_listed_in_pages(client: TestClient) -> None:
    """Two pages of two are the first four; the text filter finds titles."""
    four = valid(client, "get", "/api/articles", client.get("/api/articles", params={"limit": 4}))
    pages = [client.get("/api/articles", params={"limit": 2, "offset": offset}).json() for offset in (0, 2)]
    assert [one["id"] for one in four["articles"]] == [one["id"] for page in pages for one in page["articles"]]
    found = client.get("/api/articles", params={"text": "Korban feri", "source": "Suara Kalea"}).json()
    assert (1, "ferry-2") == (found["total"], found["articles"][0]["id"])


def test_health_counts(client: TestClient, index: Index) -> None:
    """What the archive holds."""
    assert index.status().articles == valid(client, "get", "/api/health", client.get("/api/health"))["articles"]


def test_articles_are_added_replaced_rebuilt_and_removed(own: Index) -> None:
    """The life of an article over HTTP."""
    client = api(own)
    added = valid(client, "post", "/api/articles", client.post("/api/articles", json=BRIDGE))
    assert (1, []) == (added["added"], added["rejected"])
    assert 1 == client.post("/api/articles", json=[BRIDGE]).json()["unchanged"]
    assert 1 == client.post("/api/articles", json={**BRIDGE, "title": "Jembatan Seroja dibuka"}).json()["updated"]
    assert "Jembatan Seroja dibuka" == client.get("/api/articles/jembatan-1").json()["title"]
    assert (
        "Rp 12 miliar"
        in client.post("/api/ask", json={"question": "Berapa biaya jembatan Kota Seroja?"}).json()["text"]
    )

    built = valid(client, "post", "/api/rebuild", client.post("/api/rebuild"))
    assert (1, 0) == (built["generation"], built["tail"])

    removed = client.delete("/api/articles/jembatan-1")
    assert {"removed": 1} == valid(client, "delete", "/api/articles/{article_id}", removed)
    assert [] == client.get("/api/search", params={"q": "jembatan Seroja"}).json()["results"]


def test_two_articles_without_an_id_both_stay(own: Index) -> None:
    """What comes over HTTP has no file that a later article would replace."""
    client = api(own)
    for number in (1, 2):
        client.post("/api/articles", json={"text": f"Pasar nomor {number} di Kota Seroja dibuka kembali hari ini."})
    assert 2 == client.get("/api/health").json()["articles"]


# ---- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"q": ""}, "q"),
        ({"q": "   "}, "empty"),
        ({"q": "a\0b"}, "NUL"),
        ({"q": "x" * 1001}, "1000"),
        ({"q": "feri", "top_k": "0"}, "top_k"),
        ({"q": "feri", "top_k": "51"}, "top_k"),
        ({"q": "feri", "top_k": "banyak"}, "top_k"),
        ({"q": "feri", "since": "25/7/2022"}, "YYYY-MM-DD"),
        ({"q": "feri", "since": "1658707200"}, "YYYY-MM-DD"),
        ({"q": "feri", "since": "2025-02-30"}, "since"),
        ({"q": "feri", "since": "2025-02-02", "until": "2025-01-01"}, "after"),
        ({"q": "feri", "language": "fr"}, "language"),
        ({"q": "feri", "source": ""}, "source"),
        ({}, "q"),
    ],
)
def test_a_bad_search_is_refused_in_a_sentence(client: TestClient, params: dict[str, str], says: str) -> None:
    """422, and the sentence names what is wrong."""
    sentence = valid(client, "get", "/api/search", client.get("/api/search", params=params), 422)["error"]
    assert says in sentence
    assert re.fullmatch(r"[“A-Z].*[.!]", sentence)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "body"),
        (b"{", "JSON"),
        (b"[]", "body"),
        (b'{"question": ""}', "question"),
        (b'{"question": "\\u0000"}', "NUL"),
        (b'{"question": "\\ud800"}', "question"),
        (b'{"question": 7}', "question"),
        (b'{"question": "Siapa?", "since": 0}', "YYYY-MM-DD"),
        (b'{"question": "Siapa?", "history": [{"question": "a"}]}', "history"),
        (b'{"question": "Siapa?", "\\ud800": 1}', "not as it should be"),
        (b'{"question": "Siapa?", "llm": "gpt"}', "llm"),
        (
            b'{"question": "Siapa?", "history": ' + json.dumps([{"question": "a", "answer": "b"}] * 21).encode() + b"}",
            "20",
        ),
    ],
)
def test_a_bad_question_is_refused_in_a_sentence(client: TestClient, body: bytes, says: str) -> None:
    """422, and the sentence names what is wrong; nothing of the request breaks the answer."""
    answer = client.post("/api/ask", content=body, headers={"Content-Type": "application/json"})
    assert says.lower() in valid(client, "post", "/api/ask", answer, 422)["error"].lower()


@pytest.mark.parametrize("body", [b'\xff{"question"}', b"[" * 20_000])
def test_a_body_that_is_no_json_is_refused_in_a_sentence(client: TestClient, body: bytes) -> None:
    """400 for what no parser takes."""
    answer = client.post("/api/ask", content=body, headers={"Content-Type": "application/json"})
    assert "JSON" in valid(client, "post", "/api/ask", answer, 400)["error"]


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'{"text": ""}',
        b'{"text": "a\\u0000b"}',
        b'{"text": "a\\ud800b"}',
        b'{"title": "tanpa teks"}',
        b'{"text": "Berita.", "published": "kemarin"}',
        b'{"text": "Berita.", "id": "' + b"x" * 201 + b'"}',
        b'[{"text": "Berita."}, 7]',
    ],
)
def test_a_bad_article_is_refused_in_a_sentence(own: Index, body: bytes) -> None:
    """422, and nothing is added."""
    client = api(own)
    answer = client.post("/api/articles", content=body, headers={"Content-Type": "application/json"})
    assert valid(client, "post", "/api/articles", answer, 422)["error"]
    assert 0 == own.status().articles


def test_an_unknown_article_is_not_found(client: TestClient) -> None:
    """404 with the id, for reading and removing, also for odd ids."""
    for article_id in ("tidak-ada", "a/b", "%E2%80%9C", "x" * 900):
        answer = client.get(f"/api/articles/{article_id}")
        assert "No article has the id" in valid(client, "get", "/api/articles/{article_id}", answer, 404)["error"]
    answer = client.delete("/api/articles/tidak-ada")
    assert "tidak-ada" in valid(client, "delete", "/api/articles/{article_id}", answer, 404)["error"]


def test_a_second_writer_is_told_who_writes(own: Index, tmp_path: Any) -> None:
    """409 while another process holds the writer lock, and the archive is as it was."""
    client = api(own)
    with FileLock(tmp_path / "own" / "writer.lock"):
        answer = client.post("/api/articles", json=BRIDGE)
        assert "is being written by" in valid(client, "post", "/api/articles", answer, 409)["error"]
    assert 0 == own.status().articles


def test_a_large_body_is_refused(client: TestClient) -> None:
    """413 for more than 64 kB, whether its length is declared or not."""
    large = b'{"question": "' + b"x" * BODY_LIMIT + b'"}'
    declared = client.post("/api/ask", content=large)
    chunked = client.post("/api/ask", content=iter([large[:1000], large[1000:]]))
    for answer in (declared, chunked):
        assert "64 kB" in valid(client, "post", "/api/ask", answer, 413)["error"]


def test_a_failure_is_a_sentence_with_a_number(index: Index, caplog: pytest.LogCaptureFixture) -> None:
    """500 tells the reader nothing but a number, which the log has with the cause."""

    class Broken(Assistant):
        def stream(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError("kunci rahasia /home/redaksi")

    app = FastAPI()
    add_api(app, index, Broken(index), Config())
    client = TestClient(Guard(app, token="", head=""), raise_server_exceptions=False)
    answer = client.post("/api/ask", json={"question": "Siapa?"})
    assert 500 == answer.status_code
    number = re.fullmatch(r"Terjadi kesalahan\. / Something went wrong\. \((\w{12})\)", answer.json()["error"])
    assert number is not None
    assert number[1] in caplog.text
    assert "rahasia" not in answer.text

    streamed = client.post("/api/ask", json={"question": "Siapa?"}, headers={"Accept": "text/event-stream"})
    assert streamed.text.startswith("event: error\n")
    assert "rahasia" not in streamed.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["question", "history", "since", "until", "source", "answer", "text", "id"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.text(max_size=60),
    top_k=st.integers() | st.text(max_size=9),
    body=JSON | st.dictionaries(st.sampled_from(FIELDS), JSON),
)
def test_no_request_makes_it_fail(client: TestClient, asked: str, top_k: Any, body: Any) -> None:
    """Whatever is sent, it is answered or refused in a sentence, never 5xx."""
    params = {"q": asked.encode(errors="replace"), "top_k": str(top_k).encode(errors="replace"), "since": b"2020-01-01"}
    answers = [
        client.get("/api/search", params=params),
        client.get("/api/articles", params={"text": params["q"], "offset": params["top_k"]}),
        client.post("/api/ask", content=json.dumps(body).encode()),
        client.post("/api/articles", content=json.dumps({"text": "", "extra": body}).encode()),
        client.get(f"/api/articles/{quote(params['q'] or b'x', safe='')}"),
        client.get(f"/article/{quote(params['q'] or b'x', safe='')}"),
    ]
    assert [] == [answer.text for answer in answers if answer.status_code >= 500]


# ---- who may write ------------------------------------------------------------------------------------------------

WRITES = [("POST", "/api/articles"), ("DELETE", "/api/articles/x"), ("POST", "/api/rebuild")]


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_only_this_machine_writes_without_a_token(own: Index, method: str, path: str) -> None:
    """403 from elsewhere, through a proxy, under a foreign name, and for another site's page."""
    body = BRIDGE if path == "/api/articles" else None
    refused = [
        api(own, peer="10.1.2.3").request(method, path, json=body),
        api(own, host="http://evil.example").request(method, path, json=body),
        api(own).request(method, path, json=body, headers={"X-Forwarded-For": "127.0.0.1"}),
        api(own).request(method, path, json=body, headers={"Origin": "http://evil.example"}),
        api(own).request(method, path, json=body, headers={"Sec-Fetch-Site": "cross-site"}),
    ]
    assert [403] * 5 == [answer.status_code for answer in refused]
    for name in ("Forwarded", "Via", "X-Forwarded-Host", "X-Forwarded-Proto", "CF-Connecting-IP", "True-Client-IP"):
        assert 403 == api(own).request(method, path, json=body, headers={name: "https"}).status_code
    assert 403 == api(own).request(method, path, json=body, headers={"X-Client-IP": "10.1.2.3"}).status_code
    assert 0 == own.status().articles


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_token_is_asked_of_everyone(own: Index, method: str, path: str) -> None:
    """401 without it or with another, from this machine too; with it, from anywhere."""
    config = Config(operator_token=TOKEN)
    body = BRIDGE if path == "/api/articles" else None
    for headers in ({}, {"Authorization": "Bearer salah"}, {"Authorization": TOKEN}, {"Authorization": "Bearer é"}):
        sent = {name: value.encode() for name, value in headers.items()}
        answer = api(own, config).request(method, path, json=body, headers=sent)
        assert (401, "Bearer") == (answer.status_code, answer.headers["www-authenticate"])
    answer = api(own, config, "http://tanya.example", "10.1.2.3").request(
        method, path, json=body, headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert answer.status_code in (200, 404)


def test_only_an_operator_may_send_much(own: Index) -> None:
    """A long list of articles passes the guard with the right to write, and stops at 64 kB without."""
    many = [{"text": f"Berita ke-{number}: " + "Pasar Seroja ramai sekali. " * 60} for number in range(50)]
    assert 413 == api(own, peer="10.1.2.3").post("/api/articles", json=many).status_code
    assert 50 == api(own).post("/api/articles", json=many).json()["added"]


# ---- the frame ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/api/health", "/article/ferry-1", "/article/x", "/nowhere", "/web/tanya.css"]
)
def test_every_answer_has_the_safe_headers(client: TestClient, path: str) -> None:
    """Also pages that are not there."""
    headers = client.get(path).headers
    assert "nosniff" == headers["x-content-type-options"]
    assert "no-referrer" == headers["referrer-policy"]
    assert "DENY" == headers["x-frame-options"]
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "'unsafe-inline'" not in re.findall(r"script-src [^;]*", policy)[0]


def test_what_never_changes_is_asked_for_once(client: TestClient) -> None:
    """Gradio's scripts, whose names hold a digest; a page and what is not there are asked for again."""
    script = re.findall(r"/assets/index-[\w-]+\.js", client.get("/").text)[0]
    assert "public, max-age=31536000, immutable" == client.get(script).headers["cache-control"]
    font = "/static/fonts/SourceSansPro/SourceSansPro-Regular.woff2"
    assert "public, max-age=86400" == client.get(font).headers["cache-control"]
    assert "private, no-store" == client.get("/").headers["cache-control"]
    assert "cache-control" not in client.get("/assets/nowhere.js").headers


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=https://example.com/",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/proxy=https://example.com/",
        "/gradio_api/upload",
        "/gradio_api/upload%0A",
        "/gradio_api/file=/etc/passwd%0A",
        "/config%0A",
        "/archive%0A",
        "/gradio_api/info",
        "/gradio_api/openapi.json",
        "/gradio_api/run/ask",
        "/gradio_api/call/ask",
        "/gradio_api/runs",
        "/gradio_api/queue/../upload",
        "/config",
        "/config/",
        "/monitoring",
        "/login",
        "/manifest.json",
    ],
)
def test_gradios_other_routes_are_closed(client: TestClient, path: str) -> None:
    """What the page does not use is not there, by any method."""
    for method in ("GET", "POST", "HEAD"):
        assert client.request(method, path).status_code in (404, 405)


def test_the_description_is_readable_offline(client: TestClient) -> None:
    """/docs shows every route and loads nothing from elsewhere."""
    page = client.get("/docs").text
    for path in client.get("/openapi.json").json()["paths"]:
        assert path in page
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)


def test_refuses_to_start_open_to_the_world(
    index: Index, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gradio's tunnel is never opened because a variable says so."""
    monkeypatch.setenv("GRADIO_SHARE", "True")
    with pytest.raises(ConfigError, match="GRADIO_SHARE"):
        create_app(index, assistant, Config())


def test_the_page_speaks_the_browsers_language(client: TestClient) -> None:
    """Accept-Language decides; English where it asks for neither."""
    for wanted, spoken in (("id-ID,id;q=0.9", "id"), ("en-US,id;q=0.4", "en"), ("fr", "en"), ("fr,in;q=0.2", "id")):
        for path in ("/", "/article/ferry-1"):
            assert (
                f'lang="{spoken}" data-language="{spoken}"'
                in client.get(path, headers={"Accept-Language": wanted}).text[:200]
            )


def test_an_article_page_holds_its_text_exactly(client: TestClient, index: Index) -> None:
    """The paragraphs with their places give back the article, escaped."""
    import html

    article = index.article("hostile")
    assert isinstance(article, Article)
    page = client.get("/article/hostile").text
    for start, text in re.findall(r'<p data-start="(\d+)">(.*?)</p>', page):
        shown = html.unescape(text)
        assert shown == article.text[int(start) : int(start) + len(shown)]
    assert "<img src=http" not in page
    assert 404 == client.get("/article/tidak-ada").status_code


# ---- starting and stopping ----------------------------------------------------------------------------------------


def test_serves_on_another_port_where_the_default_is_taken(tmp_path: Path) -> None:
    """A second server on this machine finds a free port."""
    with socket.socket() as default:
        with contextlib.suppress(OSError):  # taken by somebody else is taken too
            default.bind(("127.0.0.1", Config().port))
            default.listen()
        assert str(Config().port) != started(tmp_path, []).group(2)


def test_a_port_that_was_asked_for_is_not_exchanged(tmp_path: Path) -> None:
    """The sentence names the port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port}"):
            serve(Config(data=str(tmp_path), port=port))


def started(data: Path, options: list[str]) -> re.Match[str]:
    """Start the server as people do, read the address that it prints, ask for its health, interrupt it."""
    command = [sys.executable, "-c", "from assistant.cli import main; main()", "serve", "--data", str(data), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://([\d.]+):(\d+)", line)
        assert found is not None, line
        with httpx.stream("GET", f"{found[0]}/gradio_api/heartbeat/pengunjung", timeout=60):  # an open page
            assert "ok" == httpx.get(f"{found[0]}/api/health", timeout=60).json()["status"]
            process.send_signal(signal.SIGINT)
            assert process.wait() in (0, 130)
    return found


def test_stops_when_it_is_interrupted_though_pages_are_open(tmp_path: Path) -> None:
    """A visitor's open stream does not hold the server; port 0 is any free one."""
    assert "0" != started(tmp_path, ["--port", "0"]).group(2)


def test_who_reads_a_file_keeps_nobody_from_writing(own: Index) -> None:
    """A file is read before the archive is locked for it."""

    def read() -> Iterator[Article]:
        own.add([Article("Kapal lain karam.", id="b")])
        yield Article("Kapal karam.", id="a")

    assert 1 == _added(own, read(), Entry("who", "upload", "", "")).added
    assert {"a", "b"} == {article.id for article, _ in own.stored()}
