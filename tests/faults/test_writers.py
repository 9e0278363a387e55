"""Several who write, and many who read meanwhile."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant import Assistant
from index import ArchiveError, Article, BusyError, Index
from tests.faults.test_kills import BEFORE
from tests.faults.wholeness import FULL, assert_whole, news, text
from tests.faults.writing import REFUSED, start


def test_three_rebuilds_at_once(tmp_path: Path, prepared: Path, count: Callable[[str], None]) -> None:
    """One wins; each of the others says which process holds the lock, while the winner is still at work."""
    folder = tmp_path / "data"
    shutil.copytree(prepared, folder)
    for _ in range(10 if FULL else 1):
        processes = [start(folder, ["rebuild"]) for _ in range(3)]
        said = {process.pid: process.communicate()[0] for process in processes}
        statuses = sorted(process.returncode for process in processes)
        assert statuses[0] == 0
        assert {0, REFUSED} >= set(statuses)
        winners = [process.pid for process in processes if process.returncode == 0]
        for process in processes:
            if process.returncode == REFUSED:
                assert any(f"is being written by process {pid} on" in said[process.pid] for pid in winners)
                assert "(rebuild, since" in said[process.pid]
                count("a rebuild refused with the name of the one that runs")
        assert_whole(folder, BEFORE)


def test_a_thread_is_refused_like_a_process(tmp_path: Path, prepared: Path) -> None:
    """An add during a rebuild of the same process does not wait for its end."""
    folder = tmp_path / "data"
    shutil.copytree(prepared, folder)
    with Index.open(folder) as index:
        building, refused = threading.Event(), threading.Event()

        def hold(_: object) -> None:
            building.set()
            refused.wait(60)

        thread = threading.Thread(target=index.rebuild, args=(hold,))
        thread.start()
        assert building.wait(60)
        with pytest.raises(BusyError, match=r"\(rebuild, since"):
            index.add(news(80, 79))
        refused.set()
        thread.join()
        assert 1 == index.add(news(80, 79)).added


def _held(folder: Path) -> list[Path]:
    """The files of a folder that this process has open."""
    links = [link.resolve() for link in Path("/proc/self/fd").glob("*")] if Path("/proc/self/fd").exists() else []
    return [path for path in links if folder in path.parents]


def test_a_closed_index_says_so(tmp_path: Path) -> None:
    """No file stays open, and each use is refused with a sentence."""
    index = Index.open(tmp_path)
    index.add(news(3))
    index.rebuild()
    assert index.search(text(1))
    index.close()
    deadline = time.monotonic() + 60  # Chroma closes its files in a thread of its own
    while held := _held(tmp_path):
        assert time.monotonic() < deadline, held
        time.sleep(0.01)
    for use in (lambda: index.search("padi"), lambda: index.add(news(4)), lambda: index.article("berita-1")):
        with pytest.raises(ArchiveError, match="closed"):
            use()


def test_removals_hide_no_newer_passages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A generation that holds removed passages does not make the newer ones look sealed."""
    monkeypatch.setattr("index.index.TAIL_LIMIT", 10)
    with Index.open(tmp_path) as index:
        index.add(news(10))
        index.rebuild()
        index.remove([f"berita-{number}" for number in range(10)])
        index.add(news(21, 10))
        assert (2, 0) == (index.status().generation, index.status().tail)


def test_swaps_under_load(tmp_path: Path, prepared: Path, count: Callable[[str], None]) -> None:
    """Twenty clients search and ask while generations change: no error, and each citation resolves when it is given."""
    folder = tmp_path / "data"
    shutil.copytree(prepared, folder)
    stop = threading.Event()
    failures: list[str] = []
    asked: list[int] = []

    with Index.open(folder) as index:
        assistant = Assistant(index)

        def client(number: int) -> None:
            while not stop.wait(0.02):
                place = text((number * 7 + len(asked)) % 40)
                try:
                    if place not in [one.passage.text for one in index.search(place, top_k=5)]:
                        failures.append(f"not found: {place}")
                    for citation in assistant.ask(f"Siapa yang {place[:-1].split(' ', 2)[2]}?").citations:
                        article = index.article(citation.article_id)
                        if article is None or article.text[citation.start : citation.end] != citation.quote:
                            failures.append(f"does not resolve: {citation}")
                except BaseException as error:
                    failures.append(repr(error))
                asked.append(number)

        clients = [threading.Thread(target=client, args=(number,)) for number in range(20)]
        for one in clients:
            one.start()
        for number in range(30 if FULL else 2):
            with Index.open(folder) as writer:
                writer.add([Article(id=f"berita-{100 + number}", text=text(100 + number))])
                writer.rebuild()
            count("a generation swapped under 20 clients")
        stop.set()
        for one in clients:
            one.join()
    assert [] == failures[:3]
    assert set(range(20)) == set(asked)
    assert_whole(folder, BEFORE)
