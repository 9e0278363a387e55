"""Faults are counted, so that a run ends with how many of each kind there were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from index import Index
from tests.faults.wholeness import news


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test below this folder carries the marker."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture
def count(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Note a fault that was survived, also where several processes run the tests: when the archive is found whole."""
    return lambda kind: record_property("fault", kind)


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
