"""``kill -9`` while the index is written: what was acknowledged is there, and the index works."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index import Article, Index
from tests.conftest import ROOT

REBUILD = "import sys; from index import Index; Index.open(sys.argv[1]).rebuild()"
ADD = """
import sys
from index import Article, Index
index = Index.open(sys.argv[1])
for number in range(1000):
    index.add([Article(id=f"baru-{number}", text=f"Berita baru nomor {number} tentang panen kopi.")])
    print(number, flush=True)
"""
KILLS = 20


def _start(script: str, folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,  # so that the kill takes the builder's process too
    )


def _kill(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _assert_whole(folder: Path, articles: list[str]) -> None:
    """Archive, lexicon and vectors agree, and each article is found."""
    with Index.open(folder) as index:
        status = index.status()
        assert (len(articles), 0) == (status.articles, status.lexicon_behind)
        for article_id in articles[:: max(len(articles) // 10, 1)]:
            article = index.article(article_id)
            assert article is not None
            (result, *_) = index.search(article.text, top_k=1)
            assert (article.text, 1, 1) == (result.passage.text, result.lexical_rank, result.dense_rank)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A folder with 300 articles and a first generation."""
    folder = tmp_path_factory.mktemp("kill") / "data"
    places = ["Wanareja", "Sangalaya", "Tirtalaya", "Batuhita", "Muaraputih"]
    articles = [
        Article(
            id=f"berita-{n}", text=f"Warga {places[n % 5]} menanam {n} pohon dan panen {n * 7} karung padi nomor {n}."
        )
        for n in range(300)
    ]
    with Index.open(folder) as index:
        index.add(articles)
        index.rebuild()
    return folder, [article.id for article in articles]


def test_a_killed_rebuild_leaves_a_working_index(archive: tuple[Path, list[str]]) -> None:
    """Twenty kills at random moments of a rebuild: each time the index opens, agrees with itself and finds all."""
    folder, articles = archive
    began = time.monotonic()
    assert _start(REBUILD, folder).wait() == 0
    duration = time.monotonic() - began
    moments = random.Random(2026)
    for _ in range(KILLS):
        process = _start(REBUILD, folder)
        time.sleep(moments.uniform(0.2, 1.0) * duration)
        _kill(process)
        _assert_whole(folder, articles)
    with Index.open(folder) as index:
        index.rebuild()
        assert index.status().tail == 0
    assert list(folder.glob("generations/*.tmp")) == []


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """Law 3: every article whose add returned is there after a kill, and searchable."""
    moments = random.Random(7)
    for attempt in range(5):
        folder = tmp_path / str(attempt)
        process = _start(ADD, folder)
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(moments.randrange(1, 12))]
        _kill(process)
        acknowledged += [int(line) for line in process.stdout if line.endswith("\n")]
        with Index.open(folder) as index:
            assert index.status().lexicon_behind == 0
            for number in acknowledged:
                (result, *_) = index.search(f"Berita baru nomor {number} tentang panen kopi", top_k=1)
                assert f"baru-{number}" == result.passage.article_id
