"""Several who write, and many who read meanwhile."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from assistant import Assistant
from index import ArchiveError, Article, BusyError, Index
from tests.faults.test_kills import BEFORE
from tests.faults.wholeness import FULL, assert_whole, news, text
from tests.faults.writing import REFUSED, start


def _holder(folder: Path, processes: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    """The one of these that rebuilds, once one does."""
    while True:
        with suppress(ValueError):  # the note is just being written
            note = json.loads((folder / "writer.json").read_text())
            for process in processes:
                if (process.pid, "rebuild") == (note["pid"], note["what"]):
                    return process
        assert any(process.poll() is None for process in processes), "none ever did"
        time.sleep(0.005)


def test_three_rebuilds_at_once(tmp_path: Path, prepared: Path, count: Callable[[str], None]) -> None:
    """One wins; each of the others says which process holds the lock, while the winner is still at work."""
    folder = tmp_path / "data"
    shutil.copytree(prepared, folder)
    for _ in range(10 if FULL else 1):
        processes = [start(folder, ["rebuild"]) for _ in range(3)]
        winner = _holder(folder, processes)
        winner.send_signal(signal.SIGSTOP)  # at work for as long as the others take to start
        for process in processes:
            if process is not winner:
                said = process.communicate()[0]
                assert REFUSED == process.returncode
                assert f"is being written by process {winner.pid} on" in said
                assert "(rebuild, since" in said
                count("a rebuild refused with the name of the one that runs")
        winner.send_signal(signal.SIGCONT)
        winner.communicate()
        assert 0 == winner.returncode
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
    """Twenty clients search and ask while generations change, and articles that they cite: no error, no wrong quote.

    Each quote stands where it is said to be in its article as that is or has just been, and the article is there unless
    it was removed.
    """
    folder = tmp_path / "data"
    shutil.copytree(prepared, folder)
    stop = threading.Event()
    failures: list[str] = []
    asked: list[int] = []
    editions = {one.id: [one.text] for one in news(45)}  # all that each article has been
    removed: set[str] = set()
    cited: set[str] = set()

    with Index.open(folder) as index:
        assistant = Assistant(index)

        def client(number: int) -> None:
            while not stop.wait(0.02):
                about = (number * 7 + len(asked)) % 40
                place = text(about)
                try:
                    found = [one.passage.text for one in index.search(place, top_k=5)]
                    if about < 30 and place not in found:
                        failures.append(f"not found: {place}")
                    for citation in assistant.ask(f"Siapa yang {place[:-1].split(' ', 2)[2]}?").citations:
                        cited.add(citation.article_id)
                        quoted = [one[citation.start : citation.end] for one in editions[citation.article_id]]
                        if citation.quote not in quoted:
                            failures.append(f"is no quote: {citation}")
                        if index.article(citation.article_id) is None and citation.article_id not in removed:
                            failures.append(f"does not resolve: {citation}")
                except BaseException as error:
                    failures.append(repr(error))
                asked.append(number)

        def write(writer: Index, number: int, edition: int) -> None:
            editions.setdefault(f"berita-{number}", []).append(text(number, edition))
            writer.add([Article(id=f"berita-{number}", text=text(number, edition))])

        clients = [threading.Thread(target=client, args=(number,)) for number in range(20)]
        for one in clients:
            one.start()
        for turn in range(30 if FULL else 2):
            edited, gone = 30 + turn % 5, 35 + turn % 5
            with Index.open(folder) as writer:
                write(writer, 100 + turn, 1)
                write(writer, edited, 2 + turn)
                removed.add(f"berita-{gone}")
                writer.remove([f"berita-{gone}"])
                writer.rebuild()
                write(writer, gone, 2 + turn)
            count("a generation swapped under 20 clients")
        stop.set()
        for one in clients:
            one.join()
    assert [] == failures[:3]
    assert set(range(20)) == set(asked)
    assert cited & {f"berita-{number}" for number in range(30, 40)}
    assert_whole(folder, {**BEFORE, **{one: texts[-1] for one, texts in editions.items()}})
