"""Faults are counted, so that a run ends with how many of each kind there were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from index import Index
from tests.faults.wholeness import news

_COUNTED: Counter[str] = Counter()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test below this folder carries the marker."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture
def count() -> Callable[[str], None]:
    """Note a fault that was survived: call it when the archive has been found whole."""
    return lambda kind: _COUNTED.update([kind])


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with forty articles in two generations, five newer ones, and one removed. To be copied."""
    folder = tmp_path_factory.mktemp("faults") / "data"
    with Index.open(folder) as index:
        index.add(news(20))
        index.rebuild()
        index.add(news(40))
        index.rebuild()
        index.add(news(46))
        index.remove(["berita-45"])
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many faults of each kind there were."""
    if _COUNTED:
        terminalreporter.section("faults survived, nothing lost")
        for kind, number in sorted(_COUNTED.items()):
            terminalreporter.write_line(f"{number:6}  {kind}")
