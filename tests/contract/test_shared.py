"""Many machines with one archive on PostgreSQL: each data folder stands for a machine."""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sql

from index import ArchiveError, Article, Index
from index.archive import Archive
from index.lexicon import Lexicon
from tests.conftest import PATIENCE, eventually
from tests.contract.conftest import Place
from tests.contract.postgres import PASSWORD


def test_a_replica_follows_and_catches_up(database: Place, tmp_path: Path) -> None:
    """What one machine writes the other finds by its words and by its meaning, also after having been away."""
    place = database()
    with Index.open(tmp_path / "one", archive=place) as one:
        with Index.open(tmp_path / "two", archive=place) as two:
            one.add([Article("Gunung Sari meletus.", id="a"), Article("Sungai meluap.", id="b")])
            (result, *_) = two.search("Gunung Sari meletus", top_k=1)
            assert ("a", 1, 1) == (result.passage.article_id, result.lexical_rank, result.dense_rank)
            two.add([Article("Jembatan runtuh.", id="c")])
            assert 1 == one.search("jembatan runtuh", top_k=1)[0].lexical_rank
        one.remove(["a"])
        one.add([Article("Sungai surut.", id="b")])
        with Index.open(tmp_path / "two", archive=place) as two:  # was away
            assert (2, 2, 0) == ((status := two.status()).articles, status.passages, status.lexicon_behind)
            assert [result.passage.id for result in one.search("sungai surut")] == [
                result.passage.id for result in two.search("sungai surut")
            ]


def test_no_question_waits_for_much_that_is_new(
    database: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vectors alone find what other machines wrote until the lexicon has followed, and closing does not wait for it."""
    monkeypatch.setattr("index.index.FOLLOWED_AT_ONCE", 3)
    address, going_on = database(), threading.Event()
    follow = Lexicon.follow

    def slowly(*given: object, **named: object) -> None:
        if threading.current_thread().name == "lexicon":
            assert going_on.wait(PATIENCE)
        follow(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Lexicon, "follow", slowly)
    with Index.open(tmp_path / "one", archive=address) as one, Index.open(tmp_path / "two", archive=address) as two:
        one.add([Article(f"Kapal nomor {number} berlayar ke Muria.", id=str(number)) for number in range(3)])
        assert 1 == two.search("kapal nomor 2", top_k=1)[0].lexical_rank
        one.add([Article(f"Jembatan {place} runtuh.", id=place) for place in ("Wanareja", "Muria", "Sari", "Dermaga")])
        for _ in range(2):  # asking does not wait, and asking again begins nothing anew
            (found, *_) = two.search("jembatan runtuh", top_k=1)
            assert (None, 1) == (found.lexical_rank, found.dense_rank)
        assert 4 == two.status().lexicon_behind
        going_on.set()
        eventually(lambda: two.status().lexicon_behind == 0)
        assert two.search("jembatan runtuh", top_k=1)[0].lexical_rank
        one.add(
            [
                Article(f"Kereta {place} anjlok.", id=f"kereta-{place}")
                for place in ("Wanareja", "Muria", "Sari", "Dermaga")
            ]
        )
        going_on.clear()
        assert 4 == two.status().lexicon_behind
        threading.Timer(0.2, going_on.set).start()
    with Index.open(tmp_path / "two", archive=address) as two:
        assert two.search("kereta anjlok", top_k=1)[0].lexical_rank


def test_a_rebuild_elsewhere_is_no_damage(database: Place, tmp_path: Path) -> None:
    """Who has not the published generation searches its own older one, or exactly, and finds the same."""
    place = database()
    with Index.open(tmp_path / "one", archive=place) as one, Index.open(tmp_path / "two", archive=place) as two:
        one.add([Article(f"Kapal nomor {number} berlayar ke Muria.", id=str(number)) for number in range(20)])
        one.rebuild()
        assert (1, 0) == ((status := one.status()).generation, status.tail)
        assert (None, 20) == ((status := two.status()).generation, status.tail)
        two.rebuild()
        one.add([Article("Jembatan runtuh.", id="c")])
        for index, generation in ((one, 1), (two, 2)):
            assert (generation, 1) == ((status := index.status()).generation, status.tail)
            assert () == index.damaged()
        for _ in range(3):  # only the newest are kept where they are built: here it is what this one built
            two.rebuild()
        assert (1, 1) == ((status := one.status()).generation, status.tail)
        for question in ("kapal nomor 7", "jembatan runtuh"):
            first, second = ([hit.passage.article_id for hit in index.search(question, 3)] for index in (one, two))
            assert first == second


def test_a_folder_of_another_archive_is_not_taken(database: Place, tmp_path: Path) -> None:
    """The same data folder with another archive: neither its lexicon nor its generation is believed."""
    folder, places = tmp_path / "data", [database(), database()]
    for number, place in enumerate(places):
        with Index.open(folder, archive=place) as index:
            index.add([Article(f"Kapal {'karam' if number else 'berlayar'} di Muria.", id=f"only-{number}")])
            index.rebuild()
    with Index.open(folder, archive=places[0]) as index:
        assert (None, 1, 0) == ((status := index.status()).generation, status.tail, status.lexicon_behind)
        assert ["only-0"] == [hit.passage.article_id for hit in index.search("kapal karam")]


def test_a_server_that_was_away(database: Place, tmp_path: Path) -> None:
    """While it is away, an error says so in a sentence; when it is back, everything goes on without a restart."""
    place = database()
    server, name = place.rsplit("/", 1)
    with (
        Index.open(tmp_path / "one", archive=place) as index,
        psycopg.connect(f"{server}/postgres", autocommit=True) as operator,
    ):
        index.add([Article("Kapal berlayar.", id="a")])
        for away in (True, False):
            operator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {'false' if away else 'true'}")
            operator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            if away:
                for use in (lambda: index.search("kapal"), lambda: index.remove(["a"])):
                    with pytest.raises(ArchiveError, match=f"{name} could not be read or written") as caught:
                        use()
                    assert PASSWORD not in str(caught.value)
        assert ["a"] == [hit.passage.article_id for hit in index.search("kapal")]
        assert 1 == index.remove(["a"])


def test_whoever_loses_the_lock_corrupts_nothing(database: Place, tmp_path: Path) -> None:
    """A writer that was cut off from its lock goes on beside a new one: numbers and passages stay in order."""
    place = database()
    with Index.open(tmp_path / "one", archive=place) as one, Index.open(tmp_path / "two", archive=place) as two:

        def articles() -> Iterator[Article]:
            for number in range(600):
                if number == 300:  # in its second batch
                    with psycopg.connect(place, autocommit=True) as operator:
                        operator.execute(
                            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                        )
                    assert 1 == two.add([Article("Jembatan runtuh.", id="other")]).added
                yield Article(f"Kapal nomor {number} berlayar.", id=f"{number:03}")

        try:
            assert 600 == one.add(articles()).added
        finally:
            for index in (one, two):
                assert 0 == index.status().lexicon_behind
        for index in (one, two):
            assert (601, 601) == ((status := index.status()).articles, status.passages)
            assert "599" in [hit.passage.article_id for hit in index.search("kapal nomor 599")]
            assert "other" == index.search("jembatan runtuh", top_k=1)[0].passage.article_id


def test_forgetting_vectors_is_planned_for_many(database: Place) -> None:
    """However little memory the server has for it, the list of live passages is not gone through for each vector."""
    place = database()
    with psycopg.connect(place, autocommit=True) as operator:
        operator.execute(f"ALTER DATABASE {place.rpartition('/')[2]} SET work_mem = '64kB'")  # as 4 MB at 200,000
    archive = Archive.open(place)
    plans: list[str] = []

    @sql.event.listens_for(archive._engine, "before_cursor_execute")
    def explain(connection: sql.Connection, cursor: psycopg.Cursor, statement: str, given: object, *_: object) -> None:
        if statement.startswith("DELETE"):
            cursor.execute(f"EXPLAIN {statement}", given)  # type: ignore[call-overload]
            plans.append("\n".join(line for (line,) in cursor))

    with archive._engine.begin() as connection:
        for statement in (
            "INSERT INTO passages SELECT n, n, 0, 1, md5(n::text) FROM generate_series(1, 5000) n",
            "INSERT INTO embeddings SELECT model, md5(n::text), 'v' FROM generate_series(3, 5002) n,"
            " unnest(ARRAY['used', 'other']) model",
            "ANALYZE",
        ):
            connection.exec_driver_sql(statement)
    archive.forget_embeddings("used")
    with archive._engine.begin() as connection:
        assert 4998 == connection.exec_driver_sql("SELECT count(*) FROM embeddings").scalar()
    archive.close()
    assert plans
    assert "SubPlan" not in "".join(plans)


@pytest.mark.parametrize("running", [True, False], ids=["running", "started again"])
def test_a_backup_was_put_back(database: Place, tmp_path: Path, running: bool) -> None:
    """What a machine derived from changes that are lost is not believed, when others have used their numbers again."""
    place = database()
    server, name = place.rsplit("/", 1)

    def copy(source: str, target: str) -> None:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as operator:
            operator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [source])
            operator.execute(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
            operator.execute(f"CREATE DATABASE {target} TEMPLATE {source}")

    with ExitStack() as opened:
        one = opened.enter_context(Index.open(tmp_path / "one", archive=place))
        one.add([Article("Gunung Sari meletus.", id="a"), Article("Sungai meluap.", id="b")])
        one.rebuild()
        copy(name, f"{name}_backup")
        one.add([Article("Jembatan runtuh.", id="lost"), Article("Kereta anjlok.", id="lost too")])
        one.rebuild()
        assert 1 == one.search("jembatan runtuh", top_k=1)[0].lexical_rank
        if not running:
            one.close()

        copy(f"{name}_backup", name)
        with Index.open(tmp_path / "two", archive=place) as two:
            two.add([Article("Harga beras naik.", id="c"), Article("Kapal karam.", id="d")])
            two.rebuild()
        if not running:
            one = opened.enter_context(Index.open(tmp_path / "one", archive=place))
        for question, article in (("harga beras", "c"), ("kapal karam", "d"), ("gunung sari", "a")):
            (found,) = one.search(question, top_k=1)
            assert (article, 1, 1) == (found.passage.article_id, found.lexical_rank, found.dense_rank)
        assert {None} == {one.lexical_rank for one in one.search("jembatan runtuh kereta anjlok")}
        assert (1, 2, 0) == ((status := one.status()).generation, status.tail, status.lexicon_behind)
        assert (2,) == one.damaged()
        one.rebuild()
        assert (3, 0) == ((status := one.status()).generation, status.tail)


def test_no_password_is_shown(
    database: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither for a wrong address, nor a wrong password, nor a server that is not there, nor by the status."""
    from assistant.cli import cli

    place = database()
    wrong = [
        (place.replace(PASSWORD, "salah-sekali"), "cannot be opened"),
        (place.rsplit(":", 1)[0] + ":1/tanya", "cannot be opened"),
        (place.rsplit(":", 1)[0] + ":port/tanya", "looks like this"),
        (place.replace("postgresql", "mysql"), "looks like this"),
    ]
    for address, said in wrong:
        with pytest.raises(ArchiveError, match=said) as caught:
            Index.open(tmp_path / "data", archive=address)
        assert not {PASSWORD, "salah-sekali"} & set(str(caught.value).replace("@", ":").split(":"))
        assert PASSWORD not in str(caught.value)
    monkeypatch.setenv("TANYA_ARCHIVE", place)
    cli(["status", "--data", str(tmp_path / "data")], standalone_mode=False)
    assert PASSWORD not in "".join(capfd.readouterr())


def test_the_driver_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, one sentence says what to type."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ArchiveError, match=r"type pip install 'tanya\[postgres\]'"):
        Archive.open("postgresql://server/tanya")


def test_an_archive_has_one_id(tmp_path: Path) -> None:
    """Made once, also for one of an earlier version, and borne by its lexicon."""
    file = tmp_path / "archive.sqlite3"
    ids = []
    for _ in range(2):
        with Index.open(tmp_path) as index:
            index.add([Article("Kapal berlayar.", id="a")])
            assert 1 == index.search("kapal berlayar", top_k=1)[0].lexical_rank
        for _ in range(2):
            archive = Archive.open(f"sqlite:///{file}")
            ids.append(archive.id)
            archive.close()
        assert ids[-1] == json.loads((tmp_path / "lexicon" / "followed.json").read_text())["archive"]
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("DELETE FROM settings WHERE name = 'id'")
    assert (True, True, True) == (ids[0] == ids[1], ids[1] != ids[2], ids[2] == ids[3])
