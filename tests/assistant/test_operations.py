"""What the server tells of itself: logs, metrics, traces, health and the audit, and what it keeps to itself."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import sys
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from assistant import cli, health, logs, server
from assistant.assistant import Assistant
from assistant.audit import FILE
from assistant.config import Config, ConfigError
from assistant.server import create_app
from assistant.tracing import Tracing, open_tracing
from assistant.web.metrics import STAGES
from assistant.web.security import failure
from index import Index, read_articles
from index.stages import stage
from tests.assistant.scripted import ScriptedLLM
from tests.conftest import ROOT

BUDGET = "Berapa tambahan anggaran pertahanan Kazakhstan?"
TOKEN = "rahasia-dapur-4711"
MARKER = "zxqumarkerwort"


@contextlib.contextmanager
def site(index: Index, config: Config, assistant: Assistant | None = None) -> Iterator[TestClient]:
    """The whole application with its beginning and end, for a client on this machine."""
    app = create_app(index, assistant or Assistant(index, config=config), config)
    with TestClient(app, "http://localhost", client=("127.0.0.1", 50000), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Index]:
    """An archive of this test alone."""
    with Index.open(tmp_path / "own") as opened:
        opened.add(read_articles(ROOT / "seeds"))
        yield opened


@pytest.fixture
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What is logged as the server logs it; the parameter is the form and whether questions are in it."""
    import logging

    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    written = io.StringIO()
    form, questions = getattr(request, "param", ("json", False))
    logs.start_logging(form, questions, written)
    yield written
    root.handlers[:], root.level = before, level


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    """The log's lines as objects."""
    return [json.loads(line) for line in log.getvalue().splitlines()]


# ---- logs ---------------------------------------------------------------------------------------------------------


def test_a_request_is_a_line(own: Index, log: io.StringIO) -> None:
    """Its id (the client's where that is one), method, route, status, time and role; the answer carries the id."""
    with site(own, Config(operator_token=TOKEN)) as client:
        given = client.get("/api/articles/harian-sangalaya-0214", headers={"X-Request-ID": "red.aksi-7"})
        made = client.get("/api/articles/tidak-ada", headers={"X-Request-ID": "nicht gültig\t".encode("latin-1")})
        client.delete("/api/articles/tidak-ada", headers={"Authorization": f"Bearer {TOKEN}"})
        client.get("/tidak/ada")
    assert "red.aksi-7" == given.headers["X-Request-ID"]
    first, second, third, fourth = [line for line in lines(log) if line["message"] == "request"]
    assert first["ms"] > 0
    assert ("red.aksi-7", "GET", "/api/articles/{article_id:path}", 200, "reader") == tuple(
        first[name] for name in ("request", "method", "route", "status", "role")
    )
    assert re.fullmatch(r"[0-9a-f]{12}", second["request"])
    assert made.headers["X-Request-ID"] == second["request"]
    assert (404, "operator") == (third["status"], third["role"])
    assert ("(none)", 404) == (fourth["route"], fourth["status"])


class Broken(Assistant):
    """Fails with the question in its mouth."""

    def stream(self, question: str, *_: object, **__: object) -> Any:
        raise RuntimeError(f"cannot work with {question}")


def ask_everywhere(client: TestClient) -> list[str]:
    """Ask with a marker word through each door; gives what was answered."""
    conversation = [{"role": "user", "content": f"Siapa {MARKER}?"}]
    return [
        client.get("/api/search", params={"q": MARKER}).text,
        client.post("/api/ask", json={"question": f"Siapa {MARKER}?"}).text,
        client.post("/api/ask", json={"question": f"Siapa {MARKER}?"}, headers={"Accept": "text/event-stream"}).text,
        client.post("/v1/chat/completions", json={"messages": conversation}).text,
        client.post("/api/verify", json={"text": f"Ini {MARKER}."}).text,
        client.get(f"/article/{MARKER}").text,
        client.get(f"/{MARKER}?q={MARKER}").text,
    ]


@pytest.mark.parametrize("log", [("json", False), ("text", False)], indirect=True)
@pytest.mark.parametrize("kind", [Assistant, Broken])
def test_nothing_that_was_asked_is_in_the_log(own: Index, log: io.StringIO, kind: type[Assistant]) -> None:
    """Not where it is answered, and not where it fails; nor is the token, right or wrong."""
    with site(own, Config(operator_token=TOKEN), kind(own)) as client:
        ask_everywhere(client)
        for token in (TOKEN, "salah-4712"):
            client.delete("/api/articles/tidak-ada", headers={"Authorization": f"Bearer {token}"})
    assert "/api/ask" in log.getvalue()
    assert ("RuntimeError" in log.getvalue()) is (kind is Broken)
    for secret in (MARKER, TOKEN, "salah-4712"):
        assert secret not in log.getvalue()


@pytest.mark.parametrize("log", [("json", True)], indirect=True)
def test_questions_are_logged_where_that_was_wanted(own: Index, log: io.StringIO) -> None:
    """Searches and questions by their own line, with the request's id, and messages of errors."""
    config = Config(log_questions=True)
    with site(own, config) as client:
        ask_everywhere(client)
    asked = [line for line in lines(log) if "question" in line]
    assert [MARKER, *[f"Siapa {MARKER}?"] * 3] == [line["question"] for line in asked]
    assert all(line["request"] for line in asked)
    try:
        raise RuntimeError(MARKER)
    except RuntimeError as error:
        failure(error, "/api/ask")
    assert MARKER in lines(log)[-1]["traceback"]


def test_a_failure_has_one_number(own: Index, log: io.StringIO) -> None:
    """The sentence of the error, the header and the log say the same."""
    with site(own, Config(), Broken(own)) as client:
        answer = client.post("/api/ask", json={"question": "Siapa?"}, headers={"X-Request-ID": "nomor-1"})
    assert 500 == answer.status_code
    assert "(nomor-1)" in answer.json()["error"]
    assert "nomor-1" == answer.headers["X-Request-ID"]
    (failed,) = [line for line in lines(log) if line["level"] == "error"]
    assert "nomor-1" == failed["request"]
    assert "test_operations.py" in failed["traceback"]


def test_a_line_stays_a_line() -> None:
    """What was sent cannot begin a line of its own."""
    import logging

    record = logging.LogRecord("assistant", logging.INFO, "", 0, "satu\nERROR dua\x1b[31m", None, None)
    record.fields = {"route": "a\nb", "n": 1}
    assert "satu\\nERROR dua\\x1b[31m" in logs._TextLines(False).format(record)
    for form in (logs._TextLines, logs._JsonLines):
        assert 1 == len(form(False).format(record).splitlines())


# ---- metrics ------------------------------------------------------------------------------------------------------


def samples(client: TestClient) -> dict[str, float]:
    """Every sample of /metrics by its name and labels."""
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    return {
        one.name + "".join(f" {value}" for _, value in sorted(one.labels.items())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_metrics_count_what_happens(own: Index) -> None:
    """Stages, outcomes, failures of the model, requests, and what the archive holds."""
    model = ScriptedLLM(replies=[RuntimeError("putus")])
    with site(own, Config(operator_token=TOKEN), Assistant(own, llm=model)) as client:
        before = samples(client)
        for question in (BUDGET, "Siapa presiden Brasil?"):
            client.post("/api/ask", json={"question": question}).raise_for_status()
        client.get("/api/search", params={"q": BUDGET}).raise_for_status()
        after = samples(client)
    grown = {name: after[name] - before.get(name, 0) for name in after}
    assert 1 == grown["tanya_answers_total answer"] + grown["tanya_answers_total closest"]
    assert 1 == grown["tanya_answers_total none"]
    assert 1 == grown["tanya_writer_failures_total other"]
    counted = {name: grown[f"tanya_stage_seconds_count {name}"] for name in STAGES}
    assert (2, 2, 1) == (counted["whole"], counted["understand"], counted["write"])
    assert 3 <= counted["search"] == counted["lexical"] == counted["dense"]  # what is near may be looked for again
    assert counted["read"] == counted["judge"] == counted["prove"] == 2
    assert 2 == grown["tanya_requests_total POST /api/ask 200"]
    assert own.status().passages == after["tanya_passages"]
    assert 1 == after["tanya_up"]
    assert own.size() * 0.5 < after["tanya_archive_bytes"]
    assert after["process_open_fds"] > 3
    assert after["process_threads"] >= 1


def test_nobody_else_reads_metrics(own: Index) -> None:
    """With a token: who has it. Without one: this machine."""
    with site(own, Config(operator_token=TOKEN)) as client:
        assert 401 == client.get("/metrics").status_code
        assert 200 == client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code
    app = create_app(own, Assistant(own), Config())
    assert 200 == TestClient(app, "http://localhost", client=("127.0.0.1", 1)).get("/metrics").status_code
    assert 403 == TestClient(app, "http://localhost", client=("192.0.2.1", 1)).get("/metrics").status_code


def test_every_metric_is_documented(own: Index) -> None:
    """docs/operations.md names each metric that there is, and no other of ours."""
    with site(own, Config(operator_token=TOKEN)) as client:
        text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    kinds = re.findall(r"^# TYPE (\S+) \S+$", text, re.MULTILINE)
    documented = re.findall(r"`((?:tanya|process|python)_\w+)`", (ROOT / "docs/operations.md").read_text("utf-8"))
    assert set(kinds) == set(documented)
    for name in STAGES:
        assert f"`{name}`" in (ROOT / "docs/operations.md").read_text("utf-8")


# ---- traces -------------------------------------------------------------------------------------------------------


def test_a_request_is_a_trace(own: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """A span with a child for each stage, below the caller's own span; no word of the question in it."""
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(server, "open_tracing", lambda _: Tracing(provider))
    caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with site(own, Config()) as client:
        client.post("/api/ask", json={"question": BUDGET}, headers={"traceparent": caller}).raise_for_status()
        client.post(
            "/api/ask", json={"question": BUDGET}, headers={"traceparent": caller, "Accept": "text/event-stream"}
        ).raise_for_status()
    finished = spans.get_finished_spans()
    for root in [one for one in finished if one.name == "POST /api/ask"]:
        assert root.context is not None
        assert root.parent is not None
        assert (0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331) == (root.context.trace_id, root.parent.span_id)
        assert root.attributes is not None
        assert 200 == root.attributes["http.response.status_code"]
        children = [one.name for one in finished if one.parent and one.parent.span_id == root.context.span_id]
        assert sorted(set(STAGES) - {"write"}) == sorted(children)
    assert 2 == len([one for one in finished if one.name == "POST /api/ask"])
    assert "Kazakhstan" not in "".join(one.to_json() for one in finished)


def test_traces_are_off_until_the_environment_says_where_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its variables there is none, with them there is one, and without the extra a sentence says so."""
    assert open_tracing({}) is None
    assert open_tracing({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"}) is None
    opened = open_tracing({"OTEL_TRACES_EXPORTER": "console"})
    assert opened is not None
    opened.close()
    with pytest.raises(ConfigError, match="otlp, console or none"):
        open_tracing({"OTEL_TRACES_EXPORTER": "zipkin"})
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(ConfigError, match=r"tanya\[otel\]"):
        open_tracing({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})


def test_a_stage_that_nobody_hears_is_nothing() -> None:
    """The same empty context each time."""
    assert stage("search") is stage("read")


# ---- health -------------------------------------------------------------------------------------------------------


def test_health_says_what_is_wrong(own: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model rests, the disk is nearly full: it answers on, and says so."""
    assistant = Assistant(own, llm=ScriptedLLM(replies=[ConnectionError("putus")]))
    with site(own, Config(), assistant) as client:
        assert {"ready": True, "degraded": False, "why": []} == client.get("/api/health/ready").json()
        for _ in range(5):
            assistant.ask(BUDGET)
        usage = namedtuple("usage", "total used free")
        monkeypatch.setattr(health.shutil, "disk_usage", lambda _: usage(10**12, 10**12, 10**8))
        told = client.get("/api/health").json()
        assert ("degraded", True, True) == (told["status"], told["degraded"], told["ready"])
        assert 2 == len(told["why"])
        assert "rests" in told["why"][0]
        assert "95 MB are free" in told["why"][1]


def test_a_damaged_generation_degrades(tmp_path: Path) -> None:
    """It is passed over, the vectors are searched exactly, and health and doctor say which it is."""
    with Index.open(tmp_path) as index:
        index.add(read_articles(ROOT / "seeds"))
        index.rebuild()
    for path in (tmp_path / "generations").rglob("data_level0.bin"):
        path.write_bytes(path.read_bytes()[:100])
    with Index.open(tmp_path) as index, site(index, Config()) as client:
        told = client.get("/api/health/ready").json()
        assert told["degraded"]
        assert "generation 1 are damaged" in told["why"][0]
        assert 200 == client.get("/api/search", params={"q": BUDGET}).status_code
    from assistant.doctor import check_all

    (checked,) = [one for one in check_all(Config(data=str(tmp_path))) if one.part == "index"]
    assert checked.works is False
    assert "damaged" in checked.says


def test_not_ready_is_503(tmp_path: Path) -> None:
    """Another embedding model: alive, not ready, and a sentence with the command."""
    with Index.open(tmp_path) as index:
        index.add(read_articles(ROOT / "seeds"))
        index.rebuild()

    class Other:
        name = "lain"
        dimensions = 8

        def embed_passages(self, texts: Any) -> Any:
            import numpy as np

            return np.ones((len(texts), 8), dtype=np.float32)

        embed_questions = embed_passages

    with Index.open(tmp_path, Other()) as index, site(index, Config()) as client:
        assert 200 == client.get("/api/health/live").status_code
        for path in ("/api/health/ready", "/api/health"):
            answer = client.get(path)
            assert 503 == answer.status_code
            assert "tanya rebuild" in answer.json()["error"]


def test_an_archive_that_cannot_be_read_is_not_ready(own: Index) -> None:
    """The server is alive and says so; what it can tell it tells."""
    with site(own, Config()) as client:
        for path in own.folder.glob("archive.sqlite3*"):
            path.write_bytes(b"x" * path.stat().st_size)
        assert 200 == client.get("/api/health/live").status_code
        assert 503 == client.get("/api/health/ready").status_code
        assert 0 == samples(client)["tanya_up"]


# ---- audit --------------------------------------------------------------------------------------------------------


def audit(folder: Path) -> list[dict[str, Any]]:
    """The lines of the audit."""
    return [json.loads(line) for line in (folder / FILE).read_text("utf-8").splitlines()]


def test_each_write_over_http_is_audited(own: Index) -> None:
    """Who, what, from where, by which request, which articles and with what result; also what failed."""
    article = {"id": "a-1", "title": "Satu", "text": f"Pasar {MARKER} dibuka di Seroja pada 3 Maret 2025."}
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    with site(own, Config(operator_token=TOKEN, allow_fetch=True)) as client:
        client.post("/api/articles", json=article, headers={**bearer, "X-Request-ID": "tulis-1"}).raise_for_status()
        client.post("/api/upload", params={"name": "x.txt"}, content=b"Bupati membuka pasar.", headers=bearer)
        client.post("/api/fetch", json={"url": "http://127.0.0.1/x"}, headers=bearer)
        client.post("/api/session", headers=bearer).raise_for_status()
        ours = {"sec-fetch-site": "same-origin"}
        client.post("/api/articles", json={**article, "id": "a-2"}, headers=ours).raise_for_status()
        client.post("/api/rebuild", headers=ours).raise_for_status()
        client.delete("/api/articles/a-1", headers=ours).raise_for_status()
        client.delete("/api/articles/a-1", headers={"Authorization": "Bearer salah"})
        client.post("/api/rebuild", headers={**bearer, "Prefer": "respond-async"})
        while client.get("/api/rebuild", headers=bearer).json()["running"]:
            pass
    written = audit(own.folder)
    assert ["add", "upload", "fetch", "paste", "rebuild", "remove", "rebuild"] == [one["what"] for one in written]
    add, upload, fetch, paste, _, remove, beside = written
    assert ("operator token", "127.0.0.1", "tulis-1", ["a-1"], "done") == tuple(
        add[name] for name in ("who", "from", "request", "ids", "result")
    )
    assert (1, 1) == (add["counts"]["added"], upload["counts"]["added"])
    assert "failed: _Refusal" == fetch["result"]
    assert re.fullmatch(r"session [0-9a-f]{8}", paste["who"])
    assert paste["who"] == remove["who"]
    assert {"removed": 1} == remove["counts"]
    assert ("operator token", "done") == (beside["who"], beside["result"])
    text = (own.folder / FILE).read_text("utf-8")
    assert MARKER not in text
    assert TOKEN not in text


def test_each_write_on_the_command_line_is_audited(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Add, rebuild, roll back, remove, by whoever is logged in."""
    data = ["--data", str(tmp_path)]
    for words in (["add", str(ROOT / "seeds")], ["rebuild"], ["rebuild"], ["rebuild", "--rollback"], ["remove", "x"]):
        with contextlib.suppress(cli.click.ClickException):
            cli.cli.main([*words, *data], standalone_mode=False)
    written = audit(tmp_path)
    assert ["add", "rebuild", "rebuild", "rollback", "remove"] == [one["what"] for one in written]
    assert written[0]["who"].startswith("command line (")
    assert written[0]["counts"]["added"] > 10
    assert {"generation": 1} == written[3]["counts"]
    assert ["x"] == written[4]["ids"]
    capsys.readouterr()


def test_every_kind_of_write_is_documented() -> None:
    """docs/operations.md names each that the routes and the commands write, and no other."""
    source = "".join((ROOT / "assistant" / name).read_text("utf-8") for name in ("api.py", "cli.py"))
    written = re.findall(r"(?:with audited\(request|on_the_command_line\()([^)]*)\)", source)
    kinds = {kind for arguments in written for kind in re.findall(r'"(\w+)"', arguments)}
    (line,) = re.findall(r"^- `what`: (.*)\.$", (ROOT / "docs/operations.md").read_text("utf-8"), re.MULTILINE)
    assert kinds == set(re.findall(r"`(\w+)`", line))


def test_an_audit_that_cannot_be_written_is_logged(own: Index, log: io.StringIO) -> None:
    """The write is done all the same, and its line is in the log."""
    (own.folder / FILE).mkdir()
    with site(own, Config()) as client:
        assert 200 == client.delete("/api/articles/harian-sangalaya-0214").status_code
    (told,) = [line for line in lines(log) if "audit" in line]
    assert "remove" == told["audit"]["what"]
    shutil.rmtree(own.folder / FILE)
