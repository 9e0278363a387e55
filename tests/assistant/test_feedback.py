"""Votes on answers: who gives them, who reads them, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant import Assistant, Config
from assistant.refusals import problem
from assistant.server import create_app
from assistant.web import feedback
from assistant.web.feedback import Feedback, Vote
from index import Index

VOTE = {
    "id": "jawaban-0001",
    "verdict": "down",
    "reason": "wrong",
    "question": "Siapa?",
    "answer": "Dia [1]",
    "outcome": "answer",
    "articles": ["ferry-1"],
}


def test_everybody_votes_and_the_operator_reads(index: Index, assistant: Assistant, tmp_path: Path) -> None:
    """Without the token the votes are not shown; with it, newest first, each answer once."""
    config = Config(data=str(tmp_path), operator_token="rahasia-operator")
    client = TestClient(create_app(index, assistant, config))
    signed = {"Authorization": "Bearer rahasia-operator"}
    assert {"feedback": [], "total": 0} == client.get("/api/feedback", headers=signed).json()
    for vote in (VOTE, {**VOTE, "id": "jawaban-0002"}, {**VOTE, "verdict": "up", "reason": "clear", "note": "bagus"}):
        assert 204 == client.post("/api/feedback", json=vote).status_code
    assert 401 == client.get("/api/feedback").status_code
    told = client.get("/api/feedback", headers=signed).json()
    assert 2 == told["total"]
    assert ["jawaban-0001", "jawaban-0002"] == [vote["id"] for vote in told["feedback"]]
    assert ("up", "clear", "bagus") == tuple(told["feedback"][0][name] for name in ("verdict", "reason", "note"))
    page = client.get("/api/feedback?offset=1&limit=1", headers=signed).json()
    assert ["jawaban-0002"] == [vote["id"] for vote in page["feedback"]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"verdict": "left"},
        {"reason": "clear"},
        {"note": "x" * 501},
        {"note": "a\0b"},
        {"id": "x"},
        {"id": "../../etc/passwd"},
        {"more": 1},
        {"articles": ["a"] * 21},
    ],
)
def test_a_vote_that_is_none_is_refused(
    index: Index, assistant: Assistant, tmp_path: Path, wrong: dict[str, object]
) -> None:
    """In a sentence, and nothing is kept."""
    client = TestClient(create_app(index, assistant, Config(data=str(tmp_path))), "http://localhost")
    answer = client.post("/api/feedback", json={**VOTE, **wrong})
    assert 422 == answer.status_code
    assert answer.json()["error"].endswith(".")
    assert [] == list(tmp_path.iterdir())


def test_a_vote_keeps_what_an_answer_could_be(tmp_path: Path) -> None:
    """The beginning of a long answer, and of the articles as many as it cites, with ids that an archive may hold."""
    kept = Feedback(tmp_path / "votes.sqlite3")
    ids = ["x" * 1_000, *(f"ferry-{number}" for number in range(10))]
    kept.give(Vote.model_validate({**VOTE, "answer": "😀" * 8_000, "articles": ids}))
    (vote,) = kept.given(0, 10).feedback
    assert ("😀" * 2_000, ids[1:7]) == (vote.answer, vote.articles)


def test_votes_take_so_many_bytes_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However large they are; the newest stay."""
    monkeypatch.setattr(feedback, "KEPT_BYTES", 500_000)
    kept = Feedback(tmp_path / "votes.sqlite3")
    large = {"question": "😀" * 1_000, "answer": "😀" * 8_000, "note": "😀" * 500}
    for number in range(300):
        kept.give(Vote.model_validate({**VOTE, **large, "id": f"jawaban-{number:04}"}))
    assert 600_000 > (tmp_path / "votes.sqlite3").stat().st_size
    (newest,) = kept.given(0, 1).feedback
    assert "jawaban-0299" == newest.id


def test_an_address_votes_so_often_in_a_minute(index: Index, assistant: Assistant, tmp_path: Path) -> None:
    """Then it is told so in both languages, and nothing is kept."""
    client = TestClient(create_app(index, assistant, Config(data=str(tmp_path), operator_token="rahasia-operator")))
    for number in range(feedback.A_MINUTE):
        assert 204 == client.post("/api/feedback", json={**VOTE, "id": f"jawaban-{number:04}"}).status_code
    refused = client.post("/api/feedback", json={**VOTE, "id": "jawaban-terlalu-banyak"})
    assert (429, "60") == (refused.status_code, refused.headers["Retry-After"])
    assert problem(feedback.TOO_MANY) == refused.json()
    assert feedback.A_MINUTE == Feedback(tmp_path / feedback.FILE).given(0, 1).total


def test_the_oldest_votes_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many vote, the file stays small."""
    monkeypatch.setattr(feedback, "KEPT", 3)
    kept = Feedback(tmp_path / "votes.sqlite3")
    for number in range(5):
        kept.give(Vote.model_validate({**VOTE, "id": f"jawaban-000{number}"}))
    assert ["jawaban-0004", "jawaban-0003", "jawaban-0002"] == [vote.id for vote in kept.given(0, 10).feedback]
