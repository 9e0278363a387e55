"""``tanya verify``, ``tanya doctor``, ``tanya mcp``, and a language model from the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.assistant.misbehaving import ModelServer
from tests.assistant.test_cli import ARTICLE, Tanya, market, tanya

__all__ = ["market", "tanya"]

TRUE = "Pasar Apung menelan biaya Rp 3 miliar."
FALSE = "Pasar Apung menelan biaya Rp 9 miliar."


# ---- verify -------------------------------------------------------------------------------------------------------


def test_verify_says_what_no_article_says(market: Tanya, tmp_path: Path) -> None:
    """Status 3, the part that is wrong, and the sentence that comes nearest."""
    (tmp_path / "draft.txt").write_text(f"{TRUE} {FALSE}")
    ran = market("verify", "draft.txt")
    assert 3 == ran.status
    assert f"✓ {TRUE}" in ran.out
    assert f"✗ {FALSE}\n  not in the source: “Rp 9 miliar” (amount)" in ran.out
    assert "[market]" in ran.out


def test_verify_as_json(market: Tanya, tmp_path: Path) -> None:
    """All of it is supported: status 0. The quote is the article's own text."""
    (tmp_path / "draft.txt").write_text(TRUE)
    ran = market("verify", "draft.txt", "--json")
    (sentence,) = json.loads(ran.out)
    assert (0, True, "market") == (ran.status, sentence["supported"], sentence["article_id"])
    assert ARTICLE[sentence["start"] : sentence["end"]] == sentence["quote"]


def test_verify_against_given_texts(tanya: Tanya, tmp_path: Path) -> None:
    """Without an archive."""
    (tmp_path / "draft.txt").write_text(TRUE)
    (tmp_path / "source.txt").write_text(ARTICLE)
    assert 0 == tanya("verify", "draft.txt", "--against", "source.txt").status
    assert not (tmp_path / "data").exists()


def test_verify_refuses_what_is_no_text(tanya: Tanya, tmp_path: Path) -> None:
    """With a sentence."""
    (tmp_path / "draft.txt").write_bytes(b"\xff\xfe\x00")
    ran = tanya("verify", "draft.txt")
    assert (1, "Error: draft.txt is not a text in UTF-8.\n") == (ran.status, ran.err)


# ---- doctor -------------------------------------------------------------------------------------------------------


def test_doctor_says_what_works(market: Tanya) -> None:
    """Every part; a model is not needed."""
    ran = market("doctor")
    assert 0 == ran.status, ran.out
    parts = [line.split(":")[0].split(None, 1) for line in ran.out.splitlines()]
    assert [
        ["ok", "data folder"],
        ["ok", "index"],
        ["ok", "reader"],
        ["ok", "embedder"],
        ["-", "language model"],
    ] == parts


def test_doctor_without_an_archive(tanya: Tanya, tmp_path: Path) -> None:
    """It makes none."""
    ran = tanya("doctor", "--json")
    works = {check["part"]: check["works"] for check in json.loads(ran.out)}
    assert (1, False, False, True) == (ran.status, works["data folder"], works["index"], works["reader"])
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("fault", "reply", "status", "says"),
    [
        ("", "Jembatan itu dibuka pada 3 Maret 2025 [1].", 0, "and cited it"),
        ("", "Jembatan itu dibuka pada 3 Maret 2025.", 0, "without citing it"),
        ("401", "", 1, "The language model refused the key (HTTP 401)."),
    ],
)
def test_doctor_asks_the_language_model(
    market: Tanya, monkeypatch: pytest.MonkeyPatch, fault: str, reply: str, status: int, says: str
) -> None:
    """One real call to a real server."""
    pytest.importorskip("llama_index.llms.openai_like")
    with ModelServer(fault=fault, reply=reply) as server:
        monkeypatch.setenv("TANYA_LLM", "openai-like:m")
        monkeypatch.setenv("TANYA_LLM_URL", server.url)
        ran = market("doctor")
        assert 1 == len(server.requests)
    assert (status, True) == (ran.status, says in ran.out), ran.out


# ---- a language model ---------------------------------------------------------------------------------------------


def test_ask_with_a_language_model(market: Tanya, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it writes is shown with the quote that proves it."""
    pytest.importorskip("llama_index.llms.openai_like")
    with ModelServer(reply=TRUE) as server:
        monkeypatch.setenv("TANYA_LLM", "openai-like:m")
        monkeypatch.setenv("TANYA_LLM_URL", server.url)
        ran = market("ask", "Berapa biaya Pasar Apung?", "--json")
    answer = json.loads(ran.out)
    assert (0, "openai-like:m") == (ran.status, answer["written_by"])
    assert answer["text"].startswith("Pasar Apung menelan biaya Rp 3 miliar [1].")


def test_a_model_that_cannot_be_opened_is_an_error(market: Tanya, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence, before anything is asked."""
    monkeypatch.setenv("TANYA_LLM", "gpt")
    ran = market("ask", "Berapa biaya Pasar Apung?")
    assert 1 == ran.status
    assert ran.err.startswith("tanya: 'gpt' names no language model: write one like ollama:qwen3")


def test_mcp_without_its_extra(tanya: Tanya, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to type."""
    monkeypatch.setitem(sys.modules, "mcp", None)
    ran = tanya("mcp")
    assert (1, "Error: tanya mcp needs an extra: type pip install 'tanya[mcp]'.\n") == (ran.status, ran.err)
