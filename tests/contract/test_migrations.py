"""Archives of every earlier schema are brought up to this one with all that they hold; newer ones are refused."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sql
from alembic.config import Config
from alembic.script import ScriptDirectory

from index import ArchiveError, Article, BusyError, Index, archive
from index.migrations import FIRST, HEAD, REVISIONS, upgrade
from tests.conftest import ROOT

MIGRATIONS = ROOT / "index" / "migrations"
TEXT = "Gunung Sari meletus kemarin."


@pytest.fixture(params=["embedded", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an archive can be made."""
    return (
        request.getfixturevalue("database")()
        if request.param == "postgresql"
        else f"sqlite:///{tmp_path / 'archive.sqlite3'}"
    )


@pytest.fixture
def engine(address: str) -> Iterator[sql.Engine]:
    """A connection to it that knows nothing of ours."""
    engine = sql.create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    yield engine
    engine.dispose()


def _opened(address: str, folder: Path) -> Index:
    return Index.open(folder, archive=address if address.startswith("postgresql") else "")


def _schema(engine: sql.Engine) -> dict[str, object]:
    """Every table, column, key and index as the database describes them."""
    looked = sql.inspect(engine)
    return {
        table: (
            [{**column, "type": str(column["type"])} for column in looked.get_columns(table)],
            looked.get_pk_constraint(table),
            sorted(looked.get_indexes(table), key=lambda index: str(index["name"])),
        )
        for table in looked.get_table_names()
    } | {"ddl": _statements(engine)}


def _statements(engine: sql.Engine) -> list[str]:
    """What SQLite wrote down of it, which names more; spaces and quotes aside."""
    if engine.dialect.name != "sqlite":
        return []
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        return [re.sub(r'[\s"]+', " ", row[0]) for row in rows]


def _first(engine: sql.Engine) -> None:
    """The tables of the first release with an article, made without Alembic."""
    with engine.begin() as connection:
        upgrade(connection, stamped=True, revision=FIRST)
        connection.exec_driver_sql("DROP TABLE tanya_version")
        rows = {
            "articles": {
                "id": "a",
                "digest": hashlib.sha256(TEXT.encode()).hexdigest(),
                "canonical": "a",
                "title": "Gunung",
                "text": TEXT,
                **dict.fromkeys(("source", "place", "url", "origin"), ""),
                "authors": "[]",
                "language": "id",
            },
            "passages": {"id": 1, "article_id": "a", "start": 0, "end": len(TEXT), "digest": "x"},
            "changes": {"kind": "add", "article_id": "a", "first": 1, "last": 1, "at": sql.func.current_timestamp()},
            "settings": {"name": "schema", "value": "1"},
        }
        for name, row in rows.items():
            table = sql.Table(name, sql.MetaData(), autoload_with=connection)
            connection.execute(table.insert().values(row))


def _first_with_id(engine: sql.Engine) -> None:
    """The same with what the last release before Alembic made in it."""
    _first(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO settings (name, value) VALUES ('id', 'its-own')")
        for index in archive._articles.indexes:  # it made the indexes of the listings wherever it opened
            index.create(connection, checkfirst=True)


def _at(revision: str) -> Callable[[sql.Engine], None]:
    """The same, brought to a revision by Alembic."""

    def make(engine: sql.Engine) -> None:
        _first(engine)
        with engine.begin() as connection:
            upgrade(connection, stamped=False, revision=revision)

    return make


def test_steps_are_known() -> None:
    """The list of revisions is what lies in the folder, one after the other, and it is installed."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    steps = ScriptDirectory.from_config(config).walk_revisions()
    assert list(REVISIONS) == [step.revision for step in steps][::-1]
    assert f'"{upgrade.__module__}.versions"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_a_new_archive_is_as_an_upgraded_one(address: str, engine: sql.Engine, tmp_path: Path) -> None:
    """What is made at once and what all steps make is the same."""
    _opened(address, tmp_path).close()
    made = _schema(engine)
    with engine.begin() as connection:
        for table in sql.inspect(connection).get_table_names():
            connection.exec_driver_sql(f"DROP TABLE {table}")
        upgrade(connection, stamped=True)
    assert made == _schema(engine)


@pytest.mark.parametrize("make", [_first, _first_with_id, *map(_at, REVISIONS)])
def test_every_earlier_archive_is_brought_up(
    address: str, engine: sql.Engine, tmp_path: Path, make: Callable[[sql.Engine], None]
) -> None:
    """Its article is there and found, its id stays, and it takes new ones."""
    make(engine)
    with _opened(address, tmp_path) as index:
        found = index.article("a")
        assert found is not None
        assert (TEXT, "a") == (found.text, index.search("Gunung Sari", 1)[0].passage.article_id)
        assert 1 == index.add([Article("Sungai meluap.", id="b")]).added
    with engine.connect() as connection:
        settings = dict(iter(connection.exec_driver_sql("SELECT name, value FROM settings")))
        assert HEAD == connection.exec_driver_sql("SELECT version_num FROM tanya_version").scalar()
    assert settings["id"] == "its-own" if make is _first_with_id else len(settings["id"]) == 16
    assert "schema" not in settings


def test_a_newer_archive_is_refused(address: str, engine: sql.Engine, tmp_path: Path) -> None:
    """With its version and ours; nothing in it is changed."""
    _opened(address, tmp_path).close()
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE tanya_version SET version_num = '9999'")
    before = _schema(engine)
    with pytest.raises(ArchiveError, match=rf"newer version of Tanya \(schema 9999, this one knows up to {HEAD}\)"):
        _opened(address, tmp_path)
    assert before == _schema(engine)


def test_nobody_upgrades_under_a_writer(
    address: str, engine: sql.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who opens waits for it, and then is told who writes."""
    _opened(address, tmp_path).close()
    monkeypatch.setattr("index.index.UPGRADING", 0.1)
    with _opened(address, tmp_path) as index, index._writer.holding("rebuild"):
        with engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE tanya_version SET version_num = '{FIRST}'")
        with pytest.raises(BusyError, match=r"\(rebuild, since"):
            _opened(address, tmp_path)
    _opened(address, tmp_path).close()
