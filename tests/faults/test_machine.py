"""Any sequence of what can be done to an archive, kills included, against a plain dictionary."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from index import Article, Index
from tests.faults.wholeness import FULL, assert_whole, text
from tests.faults.writing import replay, start

numbers = st.integers(0, 9)
steps = st.lists(
    st.one_of(
        st.builds("add:{}:{}".format, numbers, st.integers(1, 3)),
        st.builds("remove:{}".format, numbers),
        st.just("rebuild"),
    ),
    min_size=1,
    max_size=6,
)


class Archiving(RuleBasedStateMachine):
    """The dictionary is what the archive must hold: the text of each article by its id."""

    @initialize()
    def begin(self) -> None:
        """An empty folder."""
        self.folder = Path(tempfile.mkdtemp(prefix="tanya-machine-"))
        self.index = Index.open(self.folder)
        self.expected: dict[str, str] = {}
        self.rebuilds = 0

    @rule(number=numbers, edition=st.integers(1, 3))
    def add_or_edit(self, number: int, edition: int) -> None:
        """Add an article, or another edition of it."""
        self.index.add([Article(id=f"berita-{number}", text=text(number, edition))])
        self.expected[f"berita-{number}"] = text(number, edition)

    @rule(number=numbers)
    def add_a_copy(self, number: int) -> None:
        """The same text under another id, where it is there: what a kill left differs from run to run."""
        original = self.expected.get(f"berita-{number}")
        if original is not None:
            self.index.add([Article(id=f"salinan-{number}", text=original)])
            self.expected[f"salinan-{number}"] = original

    @rule(number=numbers)
    def remove(self, number: int) -> None:
        """Remove an article that may be there."""
        was_there = self.expected.pop(f"berita-{number}", None) is not None
        assert int(was_there) == self.index.remove([f"berita-{number}"])

    @rule()
    def rebuild(self) -> None:
        """A new generation."""
        self.index.rebuild()
        self.rebuilds += 1

    @precondition(lambda self: self.rebuilds >= 2)
    @rule()
    def rebuild_and_roll_back(self) -> None:
        """What is newer than the older generation is searched beside it."""
        self.index.rebuild()
        self.index.rollback()

    @rule()
    def reopen(self) -> None:
        """Close, look at all three, and open again."""
        self.index.close()
        assert_whole(self.folder, self.expected)
        self.index = Index.open(self.folder)

    @rule(todo=steps, moment=st.floats(0, 1))
    def kill_in_the_middle(self, todo: list[str], moment: float) -> None:
        """Another process works and is killed; this one goes on with whatever that one has done."""
        with start(self.folder, todo) as process:
            assert process.stdout is not None
            said = process.stdout.readline()
            time.sleep(moment)
            os.killpg(process.pid, signal.SIGKILL)
            said += process.communicate()[0]
        acknowledged, in_flight = replay(said, self.expected)
        assert_whole(self.folder, acknowledged, in_flight)
        for article_id in in_flight:
            article = self.index.article(article_id)
            acknowledged[article_id] = article.text if article else None
        self.expected = {one: found for one, found in acknowledged.items() if found is not None}

    @rule(number=numbers, edition=st.integers(1, 3))
    def search(self, number: int, edition: int) -> None:
        """What is there is found, what is not there is not."""
        wanted = text(number, edition)
        found = {one.passage.text for one in self.index.search(wanted, top_k=20)}
        assert (wanted in self.expected.values()) == (wanted in found)
        assert found <= set(self.expected.values())

    @rule()
    def list_all(self) -> None:
        """The listing is the dictionary."""
        assert self.expected == {one.id: one.text for one in self.index.articles(limit=100).articles}

    def teardown(self) -> None:
        """At the end all three agree once more."""
        if hasattr(self, "index"):
            self.index.close()
            assert_whole(self.folder, self.expected)
            shutil.rmtree(self.folder)


TestArchiving = Archiving.TestCase
TestArchiving.settings = settings(
    max_examples=60 if FULL else 3,
    stateful_step_count=40 if FULL else 12,
    deadline=None,
    derandomize=not FULL,
    suppress_health_check=list(HealthCheck),
)
