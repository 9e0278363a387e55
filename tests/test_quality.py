"""The gate of ``make quality``: what it compares with, and when it fails."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
from pathlib import Path

import pytest

from benchmarks import quality
from index import Index, read_articles
from tests.conftest import ROOT, SHARED, needs_shared

QUESTIONS = [
    ("Berapa tambahan anggaran pertahanan Kazakhstan?", ["441 miliar tenge"]),
    ("Siapa yang membiayai sensor banjir Kalisura?", ["Yayasan"]),
]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """``python -m benchmarks.quality --save`` on the seeds: its folder, and what it printed."""
    folder = tmp_path_factory.mktemp("quality")
    with Index.open(folder / "names") as index:
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
    (folder / "q.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return folder, _run(folder, "--save")


def _run(folder: Path, *arguments: str) -> str:
    """What it prints, with its results in this folder."""
    given = ["--questions", str(folder / "q.jsonl"), "--articles", str(ROOT / "seeds/004_suara-sekanti.jsonl")]
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as told:
        patch.setattr(quality, "RESULTS", folder / "results")
        patch.setattr(sys, "argv", ["quality", *given, "--index", str(folder / "data"), *arguments])
        quality.main()
    return told.getvalue()


@pytest.fixture
def folder(kept: tuple[Path, str], tmp_path: Path) -> Path:
    """A copy of what the first run left, to run in once more."""
    return Path(shutil.copytree(kept[0], tmp_path / "copy"))


def _baseline(folder: Path) -> Path:
    return folder / "results/quality-baseline.json"


def test_a_run_is_kept_and_compared_with(kept: tuple[Path, str], folder: Path) -> None:
    """The first has nothing beside it but BM25; the second differs from the first by nothing."""
    first = json.loads(_baseline(folder).read_text())
    assert "nothing to compare with" in kept[1]
    assert {"commit", "questions", "articles", "figures", "groups", "bm25", "judged"} <= set(first)
    assert ["0", "1", "x"] == [one["id"] for one in first["judged"]]
    second = _run(folder)
    assert "+0.000 (+0.00 to +0.00)" in second
    assert "FELL" not in second


def test_a_fall_fails(folder: Path) -> None:
    """Against a baseline on the same questions in which everything was right."""
    first = json.loads(_baseline(folder).read_text())
    for one in first["judged"]:
        one.update(outcome="answer" if one["answerable"] else "none", citations=1, exact=1)
        if one["answerable"]:
            one.update(hit1=True, hit5=True, evidence=True, f1=1.0, shown=True, confidence=1.0)
    _baseline(folder).write_text(json.dumps(first))
    with pytest.raises(SystemExit, match=r"fell by more than its noise: .*answered right"):
        _run(folder, "--threshold", "1")


def test_another_archive_is_not_compared(folder: Path) -> None:
    """Nor mixed up with the index that is kept."""
    _baseline(folder).write_text(_baseline(folder).read_text().replace('"articles": "', '"articles": "0'))
    assert "made of other questions or articles" in _run(folder)
    with pytest.raises(SystemExit, match="holds another index"):
        _run(folder, "--noise", str(ROOT / "seeds/004_suara-sekanti.jsonl"))


@needs_shared
def test_the_plain_baseline_finds_sentences(tmp_path: Path) -> None:
    """BM25 over sentences alone has a sensible share of the development questions right, so that it is worth a beat."""
    with quality.index_of([SHARED / "data/eval/dev_articles.jsonl"], tmp_path / "data") as index:
        bm25 = quality.Bm25(index)
    known, _ = quality.read_questions(SHARED / "data/eval/dev.jsonl")
    judged = [quality.judge_bm25(bm25, one) for one in known if one.answerable]
    assert 0.25 < sum(bool(one.evidence) for one in judged) / len(judged) < 0.6
