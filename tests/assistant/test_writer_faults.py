"""A model's server that fails in every way it can: the caller is told why, and waits no longer than agreed."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from assistant.writer import Writer, open_writer
from assistant.writing import providers
from assistant.writing.draft import Draft
from tests.assistant.misbehaving import FAULTS, REPLY, ModelServer, closed_port
from tests.assistant.test_writer import EVIDENCE, QUESTION

# Imported where it is used: every worker collects this file, and one runs it.
pytestmark = pytest.mark.skipif(
    not find_spec("llama_index.llms.openai_like"), reason="needs pip install 'tanya[openai-like]'"
)

DEADLINE = 0.6
GRACE = 2.0  # seconds after the deadline in which everything has ended

EXPECTED = {
    "hang": "Model bahasa tidak menjawab dalam 0.6 detik.",
    "hang in stream": "Model bahasa tidak selesai menulis dalam 0.6 detik.",
    "slow drip": "Model bahasa tidak selesai menulis dalam 0.6 detik.",
    "500": "Server model bahasa mengalami kesalahan (HTTP 500).",
    "429": "Model bahasa sedang kelebihan permintaan atau kuotanya habis (HTTP 429).",
    "401": "Model bahasa menolak kuncinya (HTTP 401).",
    "error in stream": "Server model bahasa mengalami kesalahan.",
    "web page": "Alamat model bahasa membalas dengan halaman web, bukan jawaban.",
    "broken json": "Balasan model bahasa tidak dapat dibaca.",
    "cut": "Sambungan ke model bahasa terputus sebelum jawabannya selesai.",
    "too long": "Jawaban model bahasa terpotong karena terlalu panjang.",
    "endless": "Model bahasa",  # stopped by its length or by the clock, whichever comes first
    "long line": "Model bahasa menulis tanpa henti dan dihentikan.",
    "zipped": "Balasan model bahasa tidak dapat dibaca.",
    "moved": "Model bahasa menolak permintaan ini (HTTP 307).",
    "silence": "Model bahasa tidak menulis apa-apa.",
}


def opened(url: str, deadline: float = DEADLINE) -> Writer:
    """A writer on a server, through llama-index's OpenAILike and OpenAI's client library."""
    writer = open_writer("openai-like:m", url, deadline, environ={})
    assert writer is not None
    return writer


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """The first call loads the client library, which is not what is measured here."""
    with ModelServer() as server:
        assert REPLY == opened(server.url, 60.0).write(QUESTION, EVIDENCE).read()


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_ends_in_time_with_an_honest_sentence(fault: str) -> None:
    """One request, no retry, no exception, within the deadline and two seconds."""
    with ModelServer(fault) as server:
        writer = opened(server.url)
        began = time.monotonic()
        draft = writer.write(QUESTION, EVIDENCE)
        draft.read()
        took = time.monotonic() - began
        assert took < DEADLINE + GRACE
        assert 1 == len(server.requests)
    assert draft.failed is not None
    assert draft.failed.sentence("id").startswith(EXPECTED[fault])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"http://127.0.0.1:{closed_port()}/v1", "The language model could not be reached."),
        ("http://model.invalid/v1", "The language model's address was not found."),
    ],
    ids=["no port", "no host"],  # a free port is another one in each worker of pytest-xdist
)
def test_nobody_there(url: str, said: str) -> None:
    """A refused connection and a name that does not exist."""
    began = time.monotonic()
    draft = opened(url, 5.0).write(QUESTION, EVIDENCE)
    draft.read()
    assert time.monotonic() - began < 5.0 + GRACE
    assert draft.failed is not None
    assert said == draft.failed.sentence("en")


@pytest.mark.parametrize(("fault", "kind"), [("500", "server"), ("429", "busy"), ("cut", "cut"), ("hang", "late")])
def test_a_model_object_of_ones_own_is_held_to_the_same(fault: str, kind: str) -> None:
    """Made by hand, with its three retries on two levels: one request, the same reason, the same deadline."""
    from llama_index.llms.openai_like import OpenAILike

    with ModelServer(fault) as server:
        llm = OpenAILike(model="m", api_base=server.url, api_key="x", is_chat_model=True)
        writer = open_writer(llm, deadline=DEADLINE)
        assert writer is not None
        draft = writer.write(QUESTION, EVIDENCE)
        began = time.monotonic()
        draft.read()
        assert time.monotonic() - began < DEADLINE + GRACE
        assert draft.failed is not None
        assert kind == draft.failed.kind
        assert 1 == len(server.requests)


def _eventually_no_threads() -> Iterator[bool]:
    for _ in range(200):
        if not [thread for thread in threading.enumerate() if thread.name == "tanya-writer"]:
            yield True
            return
        time.sleep(0.02)


@pytest.mark.parametrize("fault", ["hang", "hang in stream", "slow drip", "long line", "endless"])
def test_connections_and_threads_end_with_the_call(fault: str) -> None:
    """The server sees the connection go, and no thread of ours is left that waits for it."""
    with ModelServer(fault) as server:
        opened(server.url).write(QUESTION, EVIDENCE).read()
        assert server.left.acquire(timeout=10)
        assert any(_eventually_no_threads())


def test_leaving_early_ends_the_connection() -> None:
    """A reader who goes away stops the model, long before the deadline."""
    with ModelServer("hang in stream") as server:
        draft = opened(server.url, 60.0).write(QUESTION, EVIDENCE)
        for piece in draft:
            assert piece.startswith("Feri")
            break
        assert server.left.acquire(timeout=10)
        assert any(_eventually_no_threads())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for loopback that nobody trusts unless told to, with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    path: Path = tmp_path_factory.mktemp("tls") / "server.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
    command += " -addext subjectAltName=IP:127.0.0.1 -out {0} -keyout {0}.key"
    subprocess.run(command.format(path).split(), check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + Path(f"{path}.key").read_bytes())
    return path


PROVIDERS = {"openai-like:m": "url", "anthropic:claude-haiku-5-5": "host", "gemini:gemini-3.7-flash": "host"}


@pytest.mark.parametrize("name", PROVIDERS)
def test_encrypted_connections_end_in_time_too(name: str, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer over TLS; a hang that ends with the call; and no answer where the certificate is not trusted."""
    pytest.importorskip(providers.PROVIDERS[name.split(":")[0]].module)
    environ = {"ANTHROPIC_API_KEY": "k", "GOOGLE_API_KEY": "k"}

    def draft(server: ModelServer) -> Draft:
        writer = open_writer(name, getattr(server, PROVIDERS[name]), 2.0, environ=environ)
        assert writer is not None
        written = writer.write(QUESTION, EVIDENCE)
        written.read()
        return written

    with ModelServer(certificate=certificate) as server:
        failed = draft(server).failed
        assert failed is not None
        assert "unreachable" == failed.kind
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert REPLY == draft(server).text
    with ModelServer("hang", certificate=certificate) as server:
        failed = draft(server).failed
        assert failed is not None
        assert "late" == failed.kind
        assert server.left.acquire(timeout=10)
        assert any(_eventually_no_threads())


def test_a_working_server_after_a_broken_one() -> None:
    """Nothing of a failure stays behind: the same writer writes when its server does."""
    with ModelServer("hang in stream") as server:
        writer = opened(server.url)
        assert REPLY != writer.write(QUESTION, EVIDENCE).read()
        server.fault = ""
        draft = writer.write(QUESTION, EVIDENCE)
        assert (REPLY, None) == (draft.read(), draft.failed)


def test_many_at_once() -> None:
    """Twenty readers of one writer each get their own answer."""
    with ModelServer() as server:
        writer = opened(server.url, 30.0)
        texts: list[str] = []
        threads = [
            threading.Thread(target=lambda: texts.append(writer.write(QUESTION, EVIDENCE).read())) for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [REPLY] * 20 == texts
