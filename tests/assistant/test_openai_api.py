"""The archive as a model, through OpenAI's own client and a running server; POST /api/verify."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi.testclient import TestClient

from assistant import verify_api
from assistant.assistant import Assistant
from assistant.config import Config
from assistant.openai_api import openai_app
from assistant.refusals import problem
from assistant.server import create_app
from assistant.verify_api import MAX_SENTENCES
from assistant.web.session import GUESSES
from index import Index
from tests.assistant.scripted import ScriptedLLM
from tests.assistant.serving import served
from tests.conftest import PATIENCE

if TYPE_CHECKING:
    from openai import OpenAI

BUDGET = "Berapa tambahan anggaran pertahanan Kazakhstan?"
VICTIMS = "Berapa jumlah korban tewas feri Nusa Tambo?"
TRUE = "Jumlah korban tewas feri Nusa Tambo mencapai 12 orang"


@pytest.fixture(scope="module")
def url(index: Index, assistant: Assistant) -> Iterator[str]:
    """The whole application, served."""
    with served(create_app(index, assistant, Config())) as address:
        yield address


@pytest.fixture(scope="module")
def openai(url: str) -> OpenAI:
    """OpenAI's client, told of our address; any key will do."""
    return pytest.importorskip("openai").OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0)


def ask(question: str, *before: tuple[str, str]) -> list[dict[str, str]]:
    """A conversation in OpenAI's format."""
    spoken = [
        {"role": role, "content": text}
        for pair in before
        for role, text in zip(("user", "assistant"), pair, strict=True)
    ]
    return [{"role": "system", "content": "You are a pirate."}, *spoken, {"role": "user", "content": question}]


def test_openais_client_asks_a_question(openai: Any, assistant: Assistant, index: Index) -> None:
    """The answer is the archive's, whatever the client's system message; its quotes are an extra field."""
    completion = openai.chat.completions.create(model="tanya", messages=ask(BUDGET))
    answer = assistant.ask(BUDGET)
    assert (answer.text, "stop") == (completion.choices[0].message.content, completion.choices[0].finish_reason)
    assert answer.outcome == completion.outcome
    for citation in completion.citations:
        article = index.article(citation["article_id"])
        assert article is not None
        assert article.text[citation["start"] : citation["end"]] == citation["quote"]


def test_openais_client_streams(openai: Any, assistant: Assistant) -> None:
    """The pieces joined are the answer; the last chunk carries the quotes; the usage comes where it is wanted."""
    chunks = list(
        openai.chat.completions.create(
            model="tanya", messages=ask(BUDGET), stream=True, stream_options={"include_usage": True}
        )
    )
    answer = assistant.ask(BUDGET)
    assert answer.text == "".join(one.choices[0].delta.content or "" for one in chunks if one.choices)
    *_, last, usage = chunks
    assert ("stop", len(answer.citations)) == (last.choices[0].finish_reason, len(last.citations))
    assert ([], 0) == (usage.choices, usage.usage.total_tokens)


def test_the_conversation_is_understood(openai: Any) -> None:
    """Earlier messages are the history of a follow-up; content in parts is read too."""
    messages: list[Any] = ask("", (BUDGET, "441 miliar tenge"))
    messages[-1]["content"] = [{"type": "text", "text": "Itu sekitar berapa rupiah?"}]
    completion = openai.chat.completions.create(model="tanya", messages=messages)
    alone = openai.chat.completions.create(model="tanya", messages=ask("Itu sekitar berapa rupiah?"))
    assert completion.choices[0].message.content != alone.choices[0].message.content


def test_models_are_listed(openai: Any) -> None:
    """There is one."""
    assert ["tanya"] == [model.id for model in openai.models.list()]
    assert "tanya" == openai.models.retrieve("tanya").id


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ([{"role": "assistant", "content": "Halo"}], "The last message must be the question"),
        ([{"role": "user", "content": "a" * 1001}], "longer than 1,000 characters"),
        ([{"role": "user", "content": "a\0"}], "NUL"),
        ([], "it needs “messages”"),
    ],
)
def test_mistakes_are_errors_that_openais_client_understands(openai: Any, messages: list[Any], says: str) -> None:
    """With a sentence each."""
    from openai import BadRequestError

    with pytest.raises(BadRequestError, match=says) as caught:
        openai.chat.completions.create(model="tanya", messages=messages)
    assert "invalid_request_error" == caught.value.type


def test_a_written_answer_streams_through(index: Index) -> None:
    """The language model's sentences, checked, arrive in OpenAI's format with the quotes that prove them."""
    assistant = Assistant(
        index, config=Config(answer_threshold=0.0), llm=ScriptedLLM(replies=[f"{TRUE} [1]. Salah 8."])
    )
    with TestClient(openai_app(assistant)) as client:
        body = client.post("/chat/completions", json={"messages": ask(VICTIMS), "stream": True}).text
    assert body.endswith("data: [DONE]\n\n")
    assert "~~Salah 8.~~" in body


# ---- /api/verify --------------------------------------------------------------------------------------------------


def test_a_text_is_verified_against_the_archive(url: str, index: Index) -> None:
    """Each sentence with its best source, and what is not in it."""
    text = f"{TRUE}. Jumlah korban tewas feri Nusa Tambo mencapai 99 orang."
    verified = httpx.post(f"{url}/api/verify", json={"text": text}).json()
    assert (False, [True, False]) == (verified["supported"], [one["supported"] for one in verified["sentences"]])
    first, second = verified["sentences"]
    article = index.article(first["article_id"])
    assert article is not None
    assert article.text[first["start"] : first["end"]] == first["quote"]
    assert ["99 orang"] == [second["text"][one["start"] : one["end"]] for one in second["problems"]]


def test_a_text_is_verified_against_sources_sent_along(url: str) -> None:
    """They are numbered from 1."""
    sources = [{"text": "Kota tidur."}, {"text": "Pasar dibuka pada 3 Maret 2025.", "title": "Pasar"}]
    verified = httpx.post(f"{url}/api/verify", json={"text": "Pasar dibuka pada 3/3/2025.", "sources": sources}).json()
    (sentence,) = verified["sentences"]
    assert (True, "2", "Pasar dibuka pada 3 Maret 2025.") == (
        verified["supported"],
        sentence["article_id"],
        sentence["quote"],
    )


def test_a_text_that_is_too_long_is_refused(url: str) -> None:
    """With a sentence."""
    refused = httpx.post(f"{url}/api/verify", json={"text": "a" * 20_001})
    assert 422 == refused.status_code
    assert "text" in refused.json()["error"]


@pytest.mark.parametrize(("count", "status"), [(MAX_SENTENCES, 200), (MAX_SENTENCES + 1, 422)])
def test_so_many_sentences_are_checked_at_once(url: str, count: int, status: int) -> None:
    """Each of them is a search: a few thousand in one small request would hold up everybody."""
    answer = httpx.post(f"{url}/api/verify", json={"text": "Pasar dibuka. " * count}, timeout=PATIENCE)
    assert status == answer.status_code
    if status == 200:
        assert count == len(answer.json()["sentences"])
    else:
        assert f"has {count} sentences, more than the {MAX_SENTENCES}" in answer.json()["error"]


@pytest.mark.parametrize("sources", [[], [{"text": "Pasar dibuka."}]])
def test_a_check_ends_at_its_deadline(url: str, sources: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the archive and against sources: a sentence in both languages instead of a verdict."""
    monkeypatch.setattr(verify_api, "SECONDS", 0.0)
    answer = httpx.post(f"{url}/api/verify", json={"text": "Pasar dibuka.", "sources": sources}, timeout=PATIENCE)
    assert (503, problem(verify_api.TOO_SLOW)) == (answer.status_code, answer.json())


def test_what_stands_before_the_door_refuses_in_openais_words(index: Index, assistant: Assistant) -> None:
    """Too large, a wrong key, too many of them: the error is one that OpenAI's client reads."""
    openai = pytest.importorskip("openai")
    config = Config(reader_token="rahasia-para-pembaca")
    with served(create_app(index, assistant, config)) as address:
        right, wrong = (
            openai.OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0)
            for key in (config.reader_token, "kunci-milik-orang-lain")
        )
        with pytest.raises(openai.APIStatusError, match="larger than 1,024 kB") as large:
            right.chat.completions.create(model="tanya", messages=ask(BUDGET, (BUDGET, "a" * 1_100_000)))
        with pytest.raises(openai.AuthenticationError, match="read with a token") as stranger:
            wrong.models.list()
        for _ in range(GUESSES - 1):
            with suppress(openai.AuthenticationError):
                wrong.models.list()
        with pytest.raises(openai.RateLimitError, match="Too many wrong tokens") as guesser:
            wrong.models.list()
    assert (413, "invalid_request_error") == (large.value.status_code, large.value.type)
    assert ["invalid_request_error"] * 2 == [stranger.value.type, guesser.value.type]


def test_a_long_conversation_is_sent_whole(openai: Any) -> None:
    """As OpenAI's clients do, with every question."""
    earlier = [(BUDGET, "a" * 5000)] * 20
    completion = openai.chat.completions.create(model="tanya", messages=ask(BUDGET, *earlier))
    assert "441 miliar tenge" in completion.choices[0].message.content
