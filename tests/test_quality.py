"""The gate of ``make quality``: what it compares with, and when it fails."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import quality
from index import Index, read_articles
from tests.conftest import ROOT, SHARED, needs_shared

QUESTIONS = [
    ("Berapa tambahan anggaran pertahanan Kazakhstan?", ["441 miliar tenge"]),
    ("Siapa yang membiayai sensor banjir Kalisura?", ["Yayasan"]),
]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """``python -m benchmarks.quality`` on the seeds, with its results in a folder of the test."""
    monkeypatch.setattr(quality, "RESULTS", tmp_path / "results")
    with Index.open(tmp_path / "names") as index:
        index.add(read_articles(ROOT / "seeds"))
        rows = [
            {
                "id": str(number),
                "question": question,
                "type": "factoid",
                "lang": "id",
                "answerable": True,
                "answers": answers,
                "article_id": index.search(question)[0].passage.article_id,
            }
            for number, (question, answers) in enumerate(QUESTIONS)
        ]
    rows += [{"id": "x", "question": "Siapa presiden Brasil?", "type": "unanswerable", "answerable": False}]
    (tmp_path / "q.jsonl").write_text("\n".join(json.dumps(row) for row in rows))

    def run(*arguments: str) -> str:
        given = ["--questions", str(tmp_path / "q.jsonl"), "--articles", str(ROOT / "seeds/004_suara-sekanti.jsonl")]
        monkeypatch.setattr(sys, "argv", ["quality", *given, "--index", str(tmp_path / "data"), *arguments])
        quality.main()
        return capsys.readouterr().out

    return run


def test_a_run_is_kept_and_compared_with(run: Any, tmp_path: Path) -> None:
    """The first has nothing beside it but BM25; the second differs from the first by nothing."""
    first = run("--save")
    kept = json.loads((tmp_path / "results/quality-baseline.json").read_text())
    assert "nothing to compare with" in first
    assert {"commit", "questions", "articles", "figures", "groups", "bm25", "judged"} <= set(kept)
    assert ["0", "1", "x"] == [one["id"] for one in kept["judged"]]
    second = run()
    assert "+0.000 (+0.00 to +0.00)" in second
    assert "FELL" not in second


def test_a_fall_fails(run: Any, tmp_path: Path) -> None:
    """Against a baseline on the same questions in which everything was right."""
    run("--save")
    path = tmp_path / "results/quality-baseline.json"
    kept = json.loads(path.read_text())
    for one in kept["judged"]:
        one.update(outcome="answer" if one["answerable"] else "none", citations=1, exact=1)
        if one["answerable"]:
            one.update(hit1=True, hit5=True, evidence=True, f1=1.0, shown=True, confidence=1.0)
    path.write_text(json.dumps(kept))
    with pytest.raises(SystemExit, match=r"fell by more than its noise: .*answered right"):
        run("--threshold", "1")


def test_another_archive_is_not_compared(run: Any, tmp_path: Path) -> None:
    """Nor mixed up with the index that is kept."""
    run("--save")
    path = tmp_path / "results/quality-baseline.json"
    path.write_text(path.read_text().replace('"articles": "', '"articles": "0'))
    assert "made of other questions or articles" in run()
    with pytest.raises(SystemExit, match="holds another index"):
        run("--noise", str(ROOT / "seeds/004_suara-sekanti.jsonl"))


@needs_shared
def test_the_plain_baseline_finds_sentences(tmp_path: Path) -> None:
    """BM25 over sentences alone has a sensible share of the development questions right, so that it is worth a beat."""
    with quality.index_of([SHARED / "data/eval/dev_articles.jsonl"], tmp_path / "data") as index:
        bm25 = quality.Bm25(index)
    known, _ = quality.read_questions(SHARED / "data/eval/dev.jsonl")
    judged = [quality.judge_bm25(bm25, one) for one in known if one.answerable]
    assert 0.25 < sum(bool(one.evidence) for one in judged) / len(judged) < 0.6
