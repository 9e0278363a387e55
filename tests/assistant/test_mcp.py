"""The archive for agents: the official client over stdio and over HTTP."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from assistant.assistant import Assistant
from assistant.config import Config
from assistant.web.session import GUESSES
from index import Article, Index
from tests.conftest import run

# Imported where it is used: every worker collects this file, and one runs it.
pytestmark = pytest.mark.skipif(not find_spec("mcp"), reason="needs the extra tanya[mcp]")
BRIDGE = Article(
    id="jembatan-1",
    title="Jembatan baru dibuka",
    text="Jembatan baru di Kota Seroja dibuka pada 3 Maret 2025. Biaya jembatan itu Rp 12 miliar.",
    source="Kabar Seroja",
)
COST = "Berapa biaya jembatan di Kota Seroja?"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive of one article, closed again."""
    with Index.open(tmp_path / "data") as index:
        index.add([BRIDGE])
    return tmp_path / "data"


def call(server: Any, tool: str, **arguments: object) -> Any:
    """What a tool gives, as its structured content (its text where it failed)."""
    from mcp import Client

    async def ask() -> Any:
        async with Client(server) as client:
            return await client.call_tool(tool, arguments)

    result = run(ask)
    return result.content[0].text if result.is_error else result.structured_content


def test_a_question_over_stdio(folder: Path) -> None:
    """As Claude Desktop starts it: a process of its own."""
    from mcp import StdioServerParameters

    server = StdioServerParameters(
        command=sys.executable, args=["-c", "from assistant.cli import main; main()", "mcp", "--data", str(folder)]
    )
    answer = call(server, "ask_articles", question=COST)
    assert "answer" == answer["outcome"]
    assert "Rp 12 miliar" in answer["text"]
    (citation,) = answer["citations"]
    assert BRIDGE.text[citation["start"] : citation["end"]] == citation["quote"]


def test_a_question_over_http(folder: Path) -> None:
    """At /mcp."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = ["mcp", "--http", "--host", "127.0.0.1", "--port", str(port), "--data", str(folder)]
    with subprocess.Popen([sys.executable, "-c", "from assistant.cli import main; main()", *command]) as process:
        try:
            while process.poll() is None:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    time.sleep(0.1)
            answer = call(f"http://127.0.0.1:{port}/mcp", "ask_articles", question=COST)
        finally:
            process.terminate()
    assert "answer" == answer["outcome"]


def test_the_tools(index: Index, assistant: Assistant) -> None:
    """Search, then read; both are marked as only reading, and every description says that articles are quoted."""
    from mcp import Client

    from assistant.mcp_server import mcp_server

    server = mcp_server(index, assistant)

    async def tools() -> Any:
        async with Client(server) as client:
            return (await client.list_tools()).tools

    listed = run(tools)
    assert ["search_articles", "ask_articles", "get_article"] == [tool.name for tool in listed]
    assert all(tool.annotations.read_only_hint and "quoted material" in tool.description for tool in listed)
    found = call(server, "search_articles", query="korban feri Nusa Tambo", top_k=2, source="Kabar Selat")["result"]
    assert ["ferry-3"] == [passage["article_id"] for passage in found]
    several = call(server, "search_articles", query="korban feri", top_k=9, source=["Kabar Selat", "Tambo"])["result"]
    assert {"Kabar Selat", "Harian Tambo"} == {passage["source"] for passage in several}
    article = call(server, "get_article", article_id="ferry-3")
    assert article["text"][found[0]["start"] : found[0]["end"]] == found[0]["text"]


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("get_article", {"article_id": "none"}, "No article has this id."),
        ("ask_articles", {"question": "a\0"}, "NUL"),
        ("ask_articles", {"question": ""}, "at least 1 character"),
    ],
)
def test_mistakes_are_told_to_the_agent(
    index: Index, assistant: Assistant, tool: str, arguments: dict[str, object], says: str
) -> None:
    """As a tool's error, in a sentence."""
    from assistant.mcp_server import mcp_server

    assert says in call(mcp_server(index, assistant), tool, **arguments)


def test_over_http_the_tokens_are_asked_for(index: Index, assistant: Assistant) -> None:
    """The asker's, not the reader's; ten wrong ones, and none is looked at; a large body is refused."""
    from assistant.mcp_server import mcp_app

    config = Config(reader_token="rahasia-para-pembaca", asker_token="rahasia-para-penanya")
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    accepted = {"accept": "application/json, text/event-stream"}
    with TestClient(mcp_app(index, assistant, config), "http://127.0.0.1:7861", headers=accepted) as client:

        def status(token: str, body: object = call) -> int:
            headers = {"authorization": f"Bearer {token}"} if token else {}
            return client.post("/mcp", json=body, headers=headers).status_code

        assert [401, 403, 200] == [status(token) for token in ("", config.reader_token, config.asker_token)]
        assert 413 == status(config.asker_token, {"long": "a" * 70_000})
        assert [401] * GUESSES == [status(f"guess{number}") for number in range(GUESSES)]
        assert 429 == status(config.asker_token)
