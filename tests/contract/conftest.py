"""Archives of both kinds: a file of this machine's, and a database that many machines share."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from index import Index
from tests.contract import postgres

Place = Callable[[], str]
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def database() -> Iterator[Place]:
    """Makes a new, empty database and gives its address."""
    if postgres.MISSING:
        pytest.skip(postgres.MISSING)
    with postgres.server() as address:

        def new() -> str:
            name = f"tanya_{next(_NUMBERS)}"
            with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            return f"{address}/{name}"

        yield new


@pytest.fixture(params=["embedded", "postgresql"])
def place(request: pytest.FixtureRequest) -> str:
    """The address of an archive: empty for the embedded one."""
    return "" if request.param == "embedded" else request.getfixturevalue("database")()


@pytest.fixture
def index(place: str, tmp_path: Path) -> Iterator[Index]:
    """An empty index."""
    with Index.open(tmp_path / "data", archive=place) as opened:
        yield opened
