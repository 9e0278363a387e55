"""Archives of both kinds: a file of this machine's, and a database that many machines share."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from index import Index
from tests.contract import chroma, postgres

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


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chroma.Server]:
    """A Chroma server."""
    with chroma.Server(tmp_path_factory.mktemp("chroma")) as server:
        yield server


@pytest.fixture(params=["embedded", "postgresql", "chroma"])
def place(request: pytest.FixtureRequest) -> str:
    """The address of an archive: empty for the embedded one, which "chroma" has too."""
    return request.getfixturevalue("database")() if request.param == "postgresql" else ""


@pytest.fixture
def index(request: pytest.FixtureRequest, place: str, tmp_path: Path) -> Iterator[Index]:
    """An empty index; its vectors are on a server where it is called "chroma"."""
    on_server = "chroma" in request.node.callspec.params.values()
    vectors = request.getfixturevalue("chroma_server").address if on_server else ""
    with Index.open(tmp_path / "data", archive=place, vectors=vectors) as opened:
        yield opened
