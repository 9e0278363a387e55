"""The archive: articles, passages, embedding cache, change sequence and generations, in one SQL database.

The database is a file of SQLite's, or one of PostgreSQL's that many machines share; both behave the same.

This is the truth. The lexicon and the vectors are derived from it and follow it by sequence number: each
change (an article's passages came, or went) has a growing number, and an index that knows up to which number
it has followed can replay the rest. Passage ids only grow and are never used again.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import numpy as np
import sqlalchemy as sql
from numpy.typing import NDArray
from sqlalchemy.dialects import postgresql, sqlite

from index import splitting
from index.articles import Article, Copy, Passage, content_digest, embedded_text, outlets
from index.errors import ArchiveError
from index.language import LANGUAGES, detect_language
from index.migrations import HEAD, REVISIONS, VERSION_TABLE, upgrade

if TYPE_CHECKING:
    from index.embedding import Embedder

__all__ = [
    "Archive",
    "ArticlePage",
    "Change",
    "Counts",
    "Generation",
    "MonthCount",
    "Order",
    "Outcome",
    "PassageText",
    "SealedRow",
]

Outcome = Literal["added", "updated", "unchanged", "copied", "full"]
Order = Literal["newest", "oldest", "title", "outlet"]
T = TypeVar("T")
_COUNTED: Final = 64  # answers that are kept as long as the archive stays as it is
_VERSION: Final = "version"  # the name of a word that every change of articles makes anew
_IN_CHUNK = 500  # ids in one IN (...): well under SQLite's limit on variables

_OPENING = 7_241_001  # PostgreSQL's advisory locks, by number: who makes the tables,
_COMMITTING = 7_241_002  # and who commits: the numbers of changes are then seen in their order
_SILENT: Final = 5  # seconds until a server that does not answer is given up, in connecting and afterwards:
# a machine that is cut off would else wait for a quarter of an hour
_GIVING_UP: Final = {
    "connect_timeout": _SILENT,
    "tcp_user_timeout": _SILENT * 1000,
    "keepalives_idle": _SILENT,
    "keepalives_interval": 1,
    "keepalives_count": _SILENT,
}
_POSTGRESQL: Final = ("postgresql", "postgres")

# Text is compared and folded byte by byte on both, whatever language the server was set up in.
_TEXT: Final = sql.Text().with_variant(sql.Text(collation="C"), "postgresql")
_ID: Final = sql.BigInteger().with_variant(sql.Integer, "sqlite")  # only SQLite's INTEGER counts by itself

_metadata = sql.MetaData()
_articles = sql.Table(
    "articles",
    _metadata,
    sql.Column("id", _TEXT, primary_key=True),
    sql.Column("digest", _TEXT, nullable=False, index=True),  # of the text alone: equal digests are copies
    sql.Column("canonical", _TEXT, nullable=False, index=True),  # the id whose passages stand for this text
    sql.Column("title", _TEXT, nullable=False),
    sql.Column("text", _TEXT, nullable=False),
    sql.Column("source", _TEXT, nullable=False),
    sql.Column("published", sql.Date, nullable=True),
    sql.Column("authors", _TEXT, nullable=False),  # a JSON list
    sql.Column("place", _TEXT, nullable=False),
    sql.Column("url", _TEXT, nullable=False),
    sql.Column("language", _TEXT, nullable=False),
    sql.Column("origin", _TEXT, nullable=False),
    sql.Index("ix_articles_origin", "origin", postgresql_using="hash"),  # its B-trees hold no long path
)
_passages = sql.Table(
    "passages",
    _metadata,
    sql.Column("id", _ID, primary_key=True),
    sql.Column("article_id", _TEXT, nullable=False, index=True),
    sql.Column("start", sql.Integer, nullable=False),
    sql.Column("end", sql.Integer, nullable=False),
    sql.Column("digest", _TEXT, nullable=False),  # of what is embedded: title and text
)
_embeddings = sql.Table(
    "embeddings",
    _metadata,
    sql.Column("model", _TEXT, primary_key=True),
    sql.Column("digest", _TEXT, primary_key=True),
    sql.Column("vector", sql.LargeBinary, nullable=False),  # float16
    sqlite_with_rowid=False,
)
_changes = sql.Table(
    "changes",
    _metadata,
    sql.Column("seq", _ID, primary_key=True),
    sql.Column("kind", _TEXT, nullable=False),  # "add" or "remove"
    sql.Column("article_id", _TEXT, nullable=False),
    sql.Column("first", _ID, nullable=False),  # passage ids, first..last
    sql.Column("last", _ID, nullable=False, index=True),
    sql.Column("at", sql.DateTime, nullable=False),
    sqlite_autoincrement=True,
)
_generations = sql.Table(
    "generations",
    _metadata,
    sql.Column("number", sql.Integer, primary_key=True),
    sql.Column("model", _TEXT, nullable=False),
    sql.Column("seq", _ID, nullable=False),
    sql.Column("passages", sql.Integer, nullable=False),
    sql.Column("built", sql.DateTime, nullable=False),
    sql.Column("current", sql.Boolean, nullable=False),
)
_settings = sql.Table(
    "settings",
    _metadata,
    sql.Column("name", _TEXT, primary_key=True),
    sql.Column("value", _TEXT, nullable=False),
)
_version = sql.Table(VERSION_TABLE, _metadata, sql.Column("version_num", sql.String(32), nullable=False))
_version.append_constraint(sql.PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"))
# Each holds all that a listing filters on, so that none of its pages reads the texts: at 100,000 articles a page far
# down takes milliseconds instead of two seconds. PostgreSQL keeps long texts apart anyway, and its B-trees hold no long
# title or outlet.
sql.Index(
    "ix_articles_newest",
    _articles.c.published.desc(),
    *(_articles.c[name] for name in ("id", "source", "language", "title", "canonical")),
).ddl_if(dialect="sqlite")
sql.Index(
    "ix_articles_outlet",
    _articles.c.source,
    _articles.c.published.desc(),
    *(_articles.c[name] for name in ("id", "language", "title")),
).ddl_if(dialect="sqlite")
sql.Index(
    "ix_articles_title",
    _articles.c.title.collate("NOCASE"),
    *(_articles.c[name] for name in ("id", "source", "language", "published")),
).ddl_if(dialect="sqlite")
sql.Index("ix_articles_newest_first", _articles.c.published.desc().nulls_last(), _articles.c.id).ddl_if(
    dialect="postgresql"
)
sql.Index("ix_articles_source", _articles.c.source, postgresql_using="hash").ddl_if(dialect="postgresql")


@dataclass(frozen=True, slots=True)
class Change:
    """Passages ``first..last`` of an article came ("add") or went ("remove")."""

    seq: int
    kind: str
    article_id: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Generation:
    """A sealed set of vectors: built with ``model``, holding all passages up to change ``seq``."""

    number: int
    model: str
    seq: int
    passages: int
    built: datetime


@dataclass(frozen=True, slots=True)
class PassageText:
    """What an index needs of a passage: its words, its article's title, and what it is filtered by."""

    id: int
    text: str
    title: str
    source: str
    published: date | None
    language: str
    digest: str


@dataclass(frozen=True, slots=True)
class SealedRow:
    """What a generation keeps of a passage: its vector, and what it is filtered by."""

    id: int
    source: str
    published: date | None
    language: str
    vector: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the archive holds. ``copies`` are articles whose text another id already has."""

    articles: int
    copies: int
    passages: int


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """A page of a listing, and how many articles match in all."""

    articles: list[Article]
    total: int


@dataclass(frozen=True, slots=True)
class MonthCount:
    """How many articles (copies aside) an outlet published in a month, which its first day stands for."""

    month: date
    source: str
    articles: int


class Archive:
    """An open archive. Readers may be many; whoever writes must hold the index's writer lock."""

    def __init__(self, engine: sql.Engine) -> None:
        """Take an engine; create the tables if there are none. Raises ArchiveError for a foreign or newer archive."""
        self._engine = engine
        self._dialect: Final = engine.dialect.name
        try:
            with engine.begin() as connection:
                if not sql.inspect(connection).has_table(_settings.name):  # who only reads waits for no writer
                    self._make(connection)
                self._schema = self._stamp(connection)
        except sql.exc.DatabaseError as error:
            raise ArchiveError(_cannot_open(self.place, self.shared, error)) from error
        if self._schema is not None and self._schema not in REVISIONS:
            raise ArchiveError(
                f"{self.place} was written by a newer version of Tanya (schema {self._schema}, this one knows up to "
                f"{HEAD}). Install that version, or start a new archive."
            )
        self._counted: dict[str, tuple[str, Any]] = {}
        sql.event.listen(engine, "handle_error", self._explain)

    def _make(self, connection: sql.Connection) -> None:
        """Make a new archive, unless another process has just done so."""
        self._one_at_a_time(connection, _OPENING)
        if self.shared and connection.scalar(sql.text("SHOW server_encoding")) != "UTF8":
            raise ArchiveError(f"{self.place} is not in UTF-8. Create the database with ENCODING 'UTF8'.")
        if not sql.inspect(connection).has_table(_settings.name):
            _metadata.create_all(connection)
            connection.execute(_version.insert().values(version_num=HEAD))
            connection.execute(_settings.insert().values(name="id", value=secrets.token_hex(8)))

    def _stamp(self, connection: sql.Connection) -> str | None:
        """Which schema the archive has; None for one from before Alembic."""
        if not sql.inspect(connection).has_table(_version.name):
            return None
        return connection.scalar(sql.select(_version.c.version_num))

    @property
    def outdated(self) -> bool:
        """Whether an earlier version of Tanya made its tables; ``upgrade`` then comes before all else."""
        return self._schema != HEAD

    def upgrade(self) -> None:
        """Bring the tables up to this version, all or nothing. The caller holds the writer lock."""
        with self._engine.begin() as connection:
            self._one_at_a_time(connection, _OPENING)
            self._schema = self._stamp(connection)
            if self.outdated:
                upgrade(connection, stamped=self._schema is not None)
                self._schema = HEAD

    @classmethod
    def open(cls, url: str) -> Archive:
        """Open or create the archive at an address: "sqlite:///data/archive.sqlite3", "postgresql://host/database".

        Raises ArchiveError, which never says a password.
        """
        try:
            address = sql.make_url(url)
        except (sql.exc.ArgumentError, ValueError):
            raise ArchiveError(_NO_ADDRESS) from None  # its own message may hold the password
        if address.drivername in _POSTGRESQL:
            return cls(_postgresql(address))
        if address.drivername != "sqlite":
            raise ArchiveError(_NO_ADDRESS)
        engine = sql.create_engine(address)

        @sql.event.listens_for(engine, "connect")
        def _durable(connection: object, _record: object) -> None:
            cursor = connection.cursor()  # type: ignore[attr-defined]  # a DB-API connection
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")  # a commit that returned survives power loss
            cursor.execute("PRAGMA busy_timeout=30000")
            cursor.execute("PRAGMA cache_size=-65536")
            cursor.close()

        return cls(engine)

    @cached_property
    def id(self) -> str:
        """A random name, made once: what is derived from this archive bears it, and is never taken for another's."""
        return self.noted("id")

    @property
    def shared(self) -> bool:
        """Whether other machines may read and write this archive."""
        return self._dialect == "postgresql"

    @property
    def url(self) -> str:
        """The address with its password, for a process of our own. Never show it."""
        return self._engine.url.set(drivername=self._dialect).render_as_string(hide_password=False)

    @property
    def place(self) -> str:
        """Where the archive is, to be shown: the file, or the server and the database."""
        url = self._engine.url
        return f"postgresql://{url.host or ''}/{url.database or ''}" if self.shared else str(url.database)

    @contextmanager
    def session(self) -> Iterator[sql.Connection]:
        """A connection of its own, each statement a transaction: what it holds is let go with it."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.detach()
            yield connection

    def note(self, name: str, value: str) -> None:
        """Keep a word to other processes, in the place of the last one of this name."""
        with self._engine.begin() as connection:
            self._note(connection, name, value)

    def _note(self, connection: sql.Connection, name: str, value: str) -> None:
        insert = self._insert(_settings).values(name=name, value=value)
        connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_={"value": value}))

    def noted(self, name: str) -> str:
        """The last word of this name; empty for none."""
        with self._engine.connect() as connection:
            return str(connection.scalar(sql.select(_settings.c.value).where(_settings.c.name == name)) or "")

    def close(self) -> None:
        """Give the connections back; whoever asks for one afterwards is told that the archive is closed."""
        self._engine.dispose()
        sql.event.listen(self._engine, "do_connect", _refuse)

    def _explain(self, context: sql.engine.ExceptionContext) -> None:
        """Say in a sentence that the disk, the file or the server failed; a mistake of ours stays as it is."""
        error = context.sqlalchemy_exception
        if context.is_pre_ping:  # a connection that has died in the pool: another is made
            return
        if isinstance(error, sql.exc.OperationalError) or type(error) is sql.exc.DatabaseError:
            look = "the server and the way to it" if self.shared else "the disk (its space, its errors)"
            raise ArchiveError(
                f"{self.place} could not be read or written ({_why(error)}). What was acknowledged before is kept. "
                f"Look after {look} and try again."
            ) from error

    def _insert(self, table: sql.Table) -> sqlite.Insert | postgresql.Insert:
        return postgresql.insert(table) if self.shared else sqlite.insert(table)

    def _one_at_a_time(self, connection: sql.Connection, what: int) -> None:
        """Wait for whoever does the same, until the end of the transaction."""
        if self.shared:
            connection.execute(sql.select(sql.func.pg_advisory_xact_lock(what)))
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    @contextmanager
    def _transaction(self) -> Iterator[sql.Connection]:
        """A transaction that changes articles or generations: one after the other, so that a reader who has seen a
        change has seen all with lower numbers."""
        with self._engine.begin() as connection:
            if self.shared:  # SQLite's own lock does as much
                self._one_at_a_time(connection, _COMMITTING)
            yield connection
            self._note(connection, _VERSION, secrets.token_hex(8))

    # ---- writing -------------------------------------------------------------------------------------------------

    def add(
        self, articles: Sequence[Article], room: int | None = None, embedder: Embedder | None = None
    ) -> list[tuple[str, Outcome]]:
        """Store articles, with their vectors, in one durable transaction; say of each its id and what became of it.

        An article with an id replaces what has that id. One without takes the id of what was read from the
        same origin before, else an id made from its content; a file that moved keeps its id. An article whose
        text is there already under another id is kept as a copy of it. Of new ones only the first ``room`` are stored
        (None: all); the others are "full".
        """
        with self._transaction() as connection:
            newest = self._last_passage(connection)
            outcomes = self._add(connection, articles, room)
            self._embed(connection, embedder, newest)
            return outcomes

    def add_all(
        self, batches: Iterable[Sequence[Article]], room: int | None = None, embedder: Embedder | None = None
    ) -> Counter[str]:
        """Store all batches in one transaction, as ``add`` does one; counts what became of them.

        Nothing is stored where reading them fails, or where they bring more than ``room`` new ones: ArchiveError.
        """
        outcomes: Counter[str] = Counter()
        with self._transaction() as connection:
            for batch in batches:
                left = None if room is None else room - outcomes["added"] - outcomes["copied"]
                newest = self._last_passage(connection)
                outcomes.update(outcome for _, outcome in self._add(connection, batch, left))
                self._embed(connection, embedder, newest)
                if outcomes["full"]:
                    raise ArchiveError("the archive would hold more than it may: raise its limits. Nothing was added.")
        return outcomes

    def _add(
        self, connection: sql.Connection, articles: Sequence[Article], room: int | None
    ) -> list[tuple[str, Outcome]]:
        batch = _Batch.read(connection, articles)
        outcomes: list[tuple[str, Outcome]] = []
        for article, digest in zip(batch.articles, batch.digests, strict=True):
            old = batch.known.get(article.id)
            if old is not None and _same(old, article):
                if article.origin not in ("", old.origin):
                    moved = sql.update(_articles).where(_articles.c.id == article.id).values(origin=article.origin)
                    batch.write(connection)
                    connection.execute(moved)
                outcomes.append((article.id, "unchanged"))
                continue
            if old is None and room is not None:
                if room <= 0:
                    outcomes.append((article.id, "full"))
                    continue
                room -= 1
            if old is not None:
                batch.write(connection)
                before = content_digest(old.text)
                # Its copies stay copies of it while its text stays: only what is told of it was corrected.
                self._remove(connection, article.id, promote=before != digest)
                batch.forget(connection, before)
            outcome: Outcome = "updated" if old else "copied" if digest in batch.canonical else "added"
            outcomes.append((article.id, outcome))
            batch.append(article, digest)
        batch.write(connection)
        return outcomes

    def remove(self, ids: Iterable[str], embedder: Embedder | None = None) -> int:
        """Remove articles for good; a copy of a removed article takes its place. Returns how many were there."""
        with self._transaction() as connection:
            newest = self._last_passage(connection)
            removed = sum(self._remove(connection, article_id) for article_id in ids)
            self._embed(connection, embedder, newest)
            return removed

    def _remove(self, connection: sql.Connection, article_id: str, promote: bool = True) -> bool:
        row = connection.execute(sql.delete(_articles).where(_articles.c.id == article_id).returning(_articles)).first()
        if row is None:
            return False
        if row.canonical != article_id:
            return True

        first, last = connection.execute(
            sql.select(sql.func.min(_passages.c.id), sql.func.max(_passages.c.id)).where(
                _passages.c.article_id == article_id
            )
        ).one()
        if first is not None:
            connection.execute(sql.delete(_passages).where(_passages.c.article_id == article_id))
            connection.execute(_changes.insert().values(_change("remove", article_id, first, last)))

        if not promote:
            return True
        heir = connection.execute(
            sql.select(_articles).where(_articles.c.canonical == article_id).order_by(_articles.c.id)
        ).first()
        if heir is not None:
            connection.execute(
                sql.update(_articles).where(_articles.c.canonical == article_id).values(canonical=heir.id)
            )
            _Batch.promote(connection, _article(heir))
        return True

    def _embed(self, connection: sql.Connection, embedder: Embedder | None, above: int) -> None:
        """Give the passages above an id their vectors: whoever sees them finds these in the cache.

        Without a join, which PostgreSQL plans badly for what it has not counted yet.
        """
        last = self._last_passage(connection)
        if embedder is None or last <= above:
            return
        passages = {one.digest: one for one in self._passage_texts(connection, above + 1, last)}
        cached = sql.select(_embeddings.c.digest).where(_embeddings.c.model == embedder.name)
        for chunk in _chunks(list(passages)):
            for digest in connection.scalars(cached.where(_embeddings.c.digest.in_(chunk))).all():
                del passages[digest]
        if passages:
            vectors = embedder.embed_passages([embedded_text(one.title, one.text) for one in passages.values()])
            self._put_embeddings(connection, embedder.name, list(passages), vectors)

    def put_embeddings(self, model: str, digests: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep vectors, shape (len(digests), dimensions), under the digests of what was embedded."""
        with self._engine.begin() as connection:
            self._put_embeddings(connection, model, digests, vectors)

    def _put_embeddings(
        self, connection: sql.Connection, model: str, digests: Sequence[str], vectors: NDArray[np.float32]
    ) -> None:
        rows = [
            {"model": model, "digest": digest, "vector": vector.tobytes()}
            for digest, vector in zip(digests, vectors.astype(np.float16), strict=True)
        ]
        if rows:
            connection.execute(self._insert(_embeddings).on_conflict_do_nothing(), rows)

    def forget_embeddings(self, model: str) -> None:
        """Drop the cached vectors that no passage or other model needs any more: all but ``model``'s live ones."""
        # For NOT IN, PostgreSQL goes through the list again for each row where it is too long for its memory, and for
        # NOT EXISTS SQLite does.
        dead = sql.except_(sql.select(_embeddings.c.digest), sql.select(_passages.c.digest))
        with self._engine.begin() as connection:
            connection.execute(sql.delete(_embeddings).where(_embeddings.c.model != model))
            connection.execute(sql.delete(_embeddings).where(_embeddings.c.digest.in_(dead)))

    def next_generation(self) -> int:
        """The number of the generation to build now."""
        with self._engine.connect() as connection:
            return (connection.scalar(sql.select(sql.func.max(_generations.c.number))) or 0) + 1

    def publish(self, generation: Generation) -> None:
        """Make a sealed generation the current one, in one transaction. Raises ArchiveError if its number is taken."""
        try:
            with self._transaction() as connection:
                connection.execute(sql.update(_generations).values(current=False))
                connection.execute(
                    _generations.insert().values(
                        number=generation.number,
                        model=generation.model,
                        seq=generation.seq,
                        passages=generation.passages,
                        built=generation.built,
                        current=True,
                    )
                )
        except sql.exc.IntegrityError as error:  # a builder whose machine was cut off may come back late
            raise ArchiveError(
                f"another process has published generation {generation.number} meanwhile, which is in use"
            ) from error

    def make_current(self, number: int) -> None:
        """Point to another published generation, in one transaction."""
        with self._transaction() as connection:
            connection.execute(sql.update(_generations).values(current=_generations.c.number == number))

    # ---- reading -------------------------------------------------------------------------------------------------

    def seq(self) -> int:
        """The number of the newest change; 0 for an empty archive."""
        with self._engine.connect() as connection:
            return connection.scalar(sql.select(sql.func.max(_changes.c.seq))) or 0

    def version(self) -> str:
        """A word that is another one as soon as an article, a copy too, has come or gone."""
        return self.noted(_VERSION)

    def _once(self, what: str, count: Callable[[], T]) -> T:
        """Count what takes a look at every article (80 ms for 300,000) once for each version of the archive."""
        version = self.version()
        kept = self._counted.get(what)
        if kept is None or kept[0] != version:
            while len(self._counted) >= _COUNTED:
                self._counted.pop(next(iter(self._counted)), None)
            kept = self._counted[what] = version, count()
        return kept[1]

    def changes(self, after: int) -> list[Change]:
        """All changes with a number above ``after``, in order."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                sql.select(*(_changes.c[name] for name in ("seq", "kind", "article_id", "first", "last")))
                .where(_changes.c.seq > after)
                .order_by(_changes.c.seq)
            )
            return [Change(*row) for row in rows]

    def changed_after(self, seq: int) -> int:
        """How many passages came or went by the changes with a number above ``seq``."""
        return self._moved(_changes.c.seq > seq)

    def mark(self, seq: int) -> str:
        """What tells change ``seq`` from another of this number, after a backup was put back; empty for none."""
        query = sql.select(*(_changes.c[name] for name in ("kind", "article_id", "first", "last", "at")))
        with self._engine.connect() as connection:
            row = connection.execute(query.where(_changes.c.seq == seq)).first()
        return hashlib.sha256("\x1f".join(map(str, row)).encode()).hexdigest()[:16] if row else ""

    def holds(self, seq: int, mark: str) -> bool:
        """Whether what followed up to change ``seq``, of this mark, followed this archive as it is; "" is any mark."""
        if seq == 0:
            return True
        found = self.mark(seq)
        return bool(found) and mark in ("", found)

    def removed_after(self, seq: int) -> int:
        """How many of the passages that were there at change ``seq`` went later."""
        there = _changes.c.last <= self.last_passage(seq)
        return self._moved(_changes.c.seq > seq, _changes.c.kind == "remove", there)

    def _moved(self, *which: sql.ColumnElement[bool]) -> int:
        """How many passages came or went by some of the changes."""
        query = sql.select(sql.func.sum(_changes.c.last - _changes.c.first + 1)).where(*which)
        with self._engine.connect() as connection:
            return int(connection.scalar(query) or 0)

    def state(self) -> tuple[int, int, str]:
        """The number of the newest change, and of the current generation, 0 for none; and the version."""
        with self._engine.connect() as connection:
            seq, generation, version = connection.execute(_STATE).one()
        return seq or 0, generation or 0, version or ""

    def generations(self) -> list[Generation]:
        """All published generations, the current one first, then from the newest."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                sql.select(_generations).order_by(_generations.c.current.desc(), _generations.c.number.desc())
            )
            return [Generation(row.number, row.model, row.seq, row.passages, row.built) for row in rows]

    def passage_texts(self, first: int, last: int) -> list[PassageText]:
        """The passages with ids in first..last that still exist, by id."""
        with self._engine.connect() as connection:
            return self._passage_texts(connection, first, last)

    def _passage_texts(self, connection: sql.Connection, first: int, last: int) -> list[PassageText]:
        rows = connection.execute(_PASSAGE_TEXTS.where(_passages.c.id.between(first, last)))
        return [PassageText(*row) for row in rows]

    def last_passage(self, seq: int | None = None) -> int:
        """The highest passage id ever given, or given up to change ``seq``; 0 for none."""
        with self._engine.connect() as connection:
            return self._last_passage(connection, seq)

    def _last_passage(self, connection: sql.Connection, seq: int | None = None) -> int:
        query = sql.select(sql.func.max(_changes.c.last))
        return connection.scalar(query if seq is None else query.where(_changes.c.seq <= seq)) or 0

    def sealed_rows(self, model: str, first: int, last: int) -> list[SealedRow]:
        """What a generation keeps of the passages first..last that exist; no vector where the cache has none."""
        query = (
            sql.select(
                _passages.c.id,
                _articles.c.source,
                _articles.c.published,
                _articles.c.language,
                _embeddings.c.vector,
            )
            .join(_articles, _articles.c.id == _passages.c.article_id)
            .outerjoin(_embeddings, _cached(model))
            .where(_passages.c.id.between(first, last))
            .order_by(_passages.c.id)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [
            SealedRow(
                row.id,
                row.source,
                row.published,
                row.language,
                None if row.vector is None else np.frombuffer(row.vector, np.float16).astype(np.float32),
            )
            for row in rows
        ]

    def passage_ids(self, above: int = 0) -> NDArray[np.int64]:
        """The ids of all live passages above ``above``, ascending."""
        query = sql.select(_passages.c.id).where(_passages.c.id > above).order_by(_passages.c.id)
        with self._engine.connect() as connection:
            return np.fromiter(connection.scalars(query), dtype=np.int64)

    def unembedded_ids(self, model: str) -> NDArray[np.int64]:
        """The ids of the live passages that the cache has no vector of ``model`` for, ascending."""
        query = sql.select(_passages.c.id).outerjoin(_embeddings, _cached(model)).where(_embeddings.c.digest.is_(None))
        with self._engine.connect() as connection:
            return np.fromiter(connection.scalars(query.order_by(_passages.c.id)), dtype=np.int64)

    def unembedded(self, model: str, first: int, last: int) -> list[PassageText]:
        """Those with ids in first..last, by id."""
        query = _PASSAGE_TEXTS.outerjoin(_embeddings, _cached(model)).where(_embeddings.c.digest.is_(None))
        with self._engine.connect() as connection:
            return [PassageText(*row) for row in connection.execute(query.where(_passages.c.id.between(first, last)))]

    def copied_in(self, sources: Sequence[str]) -> tuple[int, ...]:
        """The ids of the passages of other outlets' articles that one of these outlets has a copy of, ascending."""
        return self._once("\0".join(("copied in", *sources)), lambda: self._copied_in(sources))

    def _copied_in(self, sources: Sequence[str]) -> tuple[int, ...]:
        with self._engine.connect() as connection:
            return tuple(connection.scalars(_COPIED_IN, {"sources": list(sources)}))

    def embeddings(self, model: str, digests: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The cached vectors among ``digests``, each of shape (dimensions,)."""
        found: dict[str, NDArray[np.float32]] = {}
        with self._engine.connect() as connection:
            for chunk in _chunks(digests):
                rows = connection.execute(
                    sql.select(_embeddings.c.digest, _embeddings.c.vector).where(
                        _embeddings.c.model == model, _embeddings.c.digest.in_(chunk)
                    )
                )
                found.update((digest, np.frombuffer(vector, np.float16).astype(np.float32)) for digest, vector in rows)
        return found

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """The passages among ``ids`` that exist, by id, with their article's title, source, date, URL and language."""
        found: dict[int, Passage] = {}
        with self._engine.connect() as connection:
            for chunk in _chunks(ids):
                for row in connection.execute(_PASSAGES_BY_ID, {"ids": list(chunk)}):
                    found[row[0]] = Passage(*row)
        return found

    def passages_of(self, article_id: str) -> list[Passage]:
        """The passages of an article (or of the article that this id is a copy of), in order."""
        canonical = sql.select(_articles.c.canonical).where(_articles.c.id == article_id).scalar_subquery()
        query = _PASSAGE_QUERY.where(_passages.c.article_id == canonical).order_by(_passages.c.id)
        with self._engine.connect() as connection:
            return [Passage(*row) for row in connection.execute(query)]

    def article(self, article_id: str) -> Article | None:
        """The article with this id, or that this id is a copy of; ``copies`` names the other ids of its text."""
        canonical = sql.select(_articles.c.canonical).where(_articles.c.id == article_id).scalar_subquery()
        with self._engine.connect() as connection:
            row = connection.execute(sql.select(_articles).where(_articles.c.id == canonical)).first()
        if row is None:
            return None
        return replace(_article(row), copies=self.copies([row.id]).get(row.id, ()))

    def copies(self, ids: Sequence[str]) -> dict[str, tuple[Copy, ...]]:
        """The copies of each of these articles that has any."""
        found: dict[str, tuple[Copy, ...]] = {}
        with self._engine.connect() as connection:
            for chunk in _chunks(ids):
                for canonical, *rest in connection.execute(_COPIES_BY_ID, {"ids": list(chunk)}):
                    found[canonical] = (*found.get(canonical, ()), Copy(*rest))
        return found

    def articles(
        self,
        text: str = "",
        source: str | Sequence[str] | None = None,
        since: date | None = None,
        until: date | None = None,
        language: str | None = None,
        offset: int = 0,
        limit: int = 50,
        order: Order = "newest",
    ) -> ArticlePage:
        """A page of articles, newest first; ``text`` must occur in the title, the source or the id."""
        # SQLite's LIKE takes a for A by itself, three times faster than after lower(); PostgreSQL has another for it.
        contains = "icontains" if self.shared else "contains"
        conditions = [
            getattr(_articles.c[column], contains)(text, autoescape=True)
            for column in ("title", "source", "id")
            if text
        ]
        where = [sql.or_(*conditions)] if conditions else []
        names = outlets(source)
        if names:
            where.append(_articles.c.source == names[0] if len(names) == 1 else _articles.c.source.in_(names))
        if since is not None:
            where.append(_articles.c.published >= since)
        if until is not None:
            where.append(_articles.c.published <= until)
        if language is not None:
            where.append(_articles.c.language == language)
        listed = sql.select(_articles.c.id).where(*where).order_by(*_ORDERS[order])
        if order == "title" and self.shared:
            listed = listed.order_by(None).order_by(sql.func.lower(_articles.c.title), _articles.c.id)
        with self._engine.connect() as connection:
            if text:  # every row is looked at anyway: once is enough for the page and the count
                matching = list(connection.scalars(listed))
                ids, total = matching[offset : offset + limit], len(matching)
            else:
                total = connection.scalar(sql.select(sql.func.count()).select_from(_articles).where(*where)) or 0
                ids = list(connection.scalars(listed.offset(offset).limit(limit)))
            found: dict[str, Article] = {}
            for chunk in _chunks(ids):
                rows = connection.execute(sql.select(_articles).where(_articles.c.id.in_(chunk)))
                found.update((row.id, _article(row)) for row in rows)
        copies = self.copies(ids)
        listed_articles = [
            replace(found[article_id], copies=copies.get(article_id, ())) for article_id in ids if article_id in found
        ]
        return ArticlePage(listed_articles, total)

    def sources(self) -> list[str]:
        """The outlets in the archive, those with most articles first."""
        return list(self._once("sources", self._sources))

    def _sources(self) -> list[str]:
        query = (
            sql.select(_articles.c.source)
            .where(_articles.c.source != "")
            .group_by(_articles.c.source)
            .order_by(sql.func.count().desc(), _articles.c.source)
        )
        with self._engine.connect() as connection:
            return list(connection.scalars(query))

    def timeline(self) -> list[MonthCount]:
        """How many articles each outlet published in each month, copies and articles without a date aside."""
        year, month = sql.extract("year", _articles.c.published), sql.extract("month", _articles.c.published)
        query = (
            sql.select(year, month, _articles.c.source, sql.func.count())
            .where(_articles.c.published.is_not(None), _articles.c.canonical == _articles.c.id)
            .group_by(year, month, _articles.c.source)
            .order_by(year, month, _articles.c.source)
        )
        with self._engine.connect() as connection:
            return [
                MonthCount(date(int(y), int(m), 1), source, count) for y, m, source, count in connection.execute(query)
            ]

    def months_of(self, passage_ids: Sequence[int]) -> list[MonthCount]:
        """The same for the articles that these passages belong to."""
        found: dict[str, tuple[date, str]] = {}
        with self._engine.connect() as connection:
            for chunk in _chunks(passage_ids):
                query = (
                    sql.select(_articles.c.id, _articles.c.published, _articles.c.source)
                    .join(_passages, _articles.c.id == _passages.c.article_id)
                    .where(_passages.c.id.in_(chunk), _articles.c.published.is_not(None))
                )
                for article_id, published, source in connection.execute(query):
                    found[article_id] = (published.replace(day=1), source)
        counted = Counter(found.values())
        return [MonthCount(month, source, counted[month, source]) for month, source in sorted(counted)]

    def counts(self) -> Counts:
        """How many articles (without copies), copies and passages there are."""
        return self._once("counts", self._counts)

    def _counts(self) -> Counts:
        canonical = sql.func.sum(sql.case((_articles.c.canonical == _articles.c.id, 1), else_=0))
        with self._engine.connect() as connection:
            articles, all_articles = connection.execute(sql.select(canonical, sql.func.count(_articles.c.id))).one()
            passages = connection.scalar(sql.select(sql.func.count()).select_from(_passages)) or 0
        return Counts(articles or 0, all_articles - (articles or 0), passages)

    def size(self) -> int:
        """How many bytes a shared archive takes on its server; 0 for a file, which the data folder holds."""
        if not self.shared:
            return 0
        sizes = [sql.func.pg_total_relation_size(table.name) for table in _metadata.sorted_tables]
        with self._engine.connect() as connection:
            return sum(connection.execute(sql.select(*sizes)).one())

    def spare(self) -> int:
        """How many bytes of a file are empty, and are filled before it grows; 0 for a shared archive."""
        if self.shared:
            return 0
        with self._engine.connect() as connection:
            pages, size = (
                connection.exec_driver_sql(f"PRAGMA {one}").scalar_one() for one in ("freelist_count", "page_size")
            )
        return int(pages * size)

    def stored(self) -> Iterator[tuple[Article, str]]:
        """Every article with the id whose passages stand for its text, those ids first; as of one moment."""
        query = sql.select(_articles).order_by(_articles.c.id != _articles.c.canonical, _articles.c.id)
        with self._engine.connect() as connection:
            if self.shared:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            for row in connection.execution_options(yield_per=_IN_CHUNK).execute(query):
                yield _article(row), row.canonical


_NO_ADDRESS: Final = "the address of a shared archive looks like this: postgresql://user:password@host:5432/database."


def _postgresql(address: sql.URL) -> sql.Engine:
    """PostgreSQL by psycopg, whatever the address calls it."""
    try:
        import psycopg  # noqa: F401  # only whether it is there
    except ImportError as error:
        raise ArchiveError("an archive on PostgreSQL needs an extra: type pip install 'tanya[postgres]'.") from error
    return sql.create_engine(
        address.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,  # the server may have been restarted since the last question
        connect_args={**_GIVING_UP, "client_encoding": "utf8"},
    )


def _why(error: sql.exc.DatabaseError) -> str:
    """What the database said, its first line."""
    return str(error.orig).strip().partition("\n")[0]


def _cannot_open(place: str, shared: bool, error: sql.exc.DatabaseError) -> str:
    if shared:
        return f"{place} cannot be opened as an archive ({_why(error)}). Look after the server and the setting archive."
    return (
        f"{place} cannot be opened as an archive ({_why(error)}). Restore it from a backup, or move it away and add "
        "the articles again."
    )


def _refuse(*_: object) -> None:
    raise ArchiveError("this index is closed. Open it again with Index.open.")


_ORDERS: Final[dict[Order, tuple[sql.ColumnElement[Any], ...]]] = {
    "newest": (_articles.c.published.desc().nulls_last(), _articles.c.id),
    "oldest": (_articles.c.published.asc().nulls_last(), _articles.c.id.desc()),
    "title": (_articles.c.title.collate("NOCASE"), _articles.c.id),
    "outlet": (_articles.c.source, _articles.c.published.desc().nulls_last(), _articles.c.id),
}
_passage_text = sql.func.substr(
    _articles.c.text, _passages.c.start + 1, _passages.c.end - _passages.c.start, type_=sql.Text
)
_PASSAGE_TEXTS = (
    sql.select(
        _passages.c.id,
        _passage_text,
        _articles.c.title,
        _articles.c.source,
        _articles.c.published,
        _articles.c.language,
        _passages.c.digest,
    )
    .join(_articles, _articles.c.id == _passages.c.article_id)
    .order_by(_passages.c.id)
)
_PASSAGE_QUERY = sql.select(
    _passages.c.id,
    _passages.c.article_id,
    _passages.c.start,
    _passages.c.end,
    _passage_text,
    _articles.c.title,
    _articles.c.source,
    _articles.c.published,
    _articles.c.url,
    _articles.c.language,
    _articles.c.place,
).join(_articles, _articles.c.id == _passages.c.article_id)
# Made once: building a statement takes longer than running it, and every search runs these.
_PASSAGES_BY_ID = _PASSAGE_QUERY.where(_passages.c.id.in_(sql.bindparam("ids", expanding=True)))
_COPIES_BY_ID = (
    sql.select(*(_articles.c[name] for name in ("canonical", "id", "title", "source", "published", "url")))
    .where(_articles.c.canonical.in_(sql.bindparam("ids", expanding=True)), _articles.c.id != _articles.c.canonical)
    .order_by(_articles.c.id)
)
_COPY = _articles.alias()
_COPIED_IN = (
    sql.select(_passages.c.id)
    .join(_articles, _articles.c.id == _passages.c.article_id)
    .where(
        _articles.c.source.not_in(sql.bindparam("sources", expanding=True)),
        _articles.c.id.in_(
            sql.select(_COPY.c.canonical).where(
                _COPY.c.source.in_(sql.bindparam("sources", expanding=True)), _COPY.c.id != _COPY.c.canonical
            )
        ),
    )
    .order_by(_passages.c.id)
)
_STATE = sql.select(
    sql.select(sql.func.max(_changes.c.seq)).scalar_subquery(),
    sql.select(sql.func.max(_generations.c.number)).where(_generations.c.current).scalar_subquery(),
    sql.select(_settings.c.value).where(_settings.c.name == _VERSION).scalar_subquery(),
)


class _Batch:
    """Articles to store in one transaction: what the database knows about them, and the rows to insert."""

    def __init__(self, articles: Sequence[Article], digests: Sequence[str], next_passage: int) -> None:
        self.articles = articles  # each with its final id and language
        self.digests = digests  # of their texts
        self.known: dict[str, Article] = {}  # by id, as stored
        self.canonical: dict[str, str] = {}  # text digest -> the id whose passages stand for it
        self._next_passage = next_passage
        self._rows: dict[sql.Table, list[dict[str, object]]] = {_articles: [], _passages: [], _changes: []}

    @classmethod
    def read(cls, connection: sql.Connection, articles: Sequence[Article]) -> _Batch:
        """Give each article its id, and fetch in few queries what is stored under these ids, texts and origins."""
        origins = {article.origin for article in articles if article.origin and not article.id}
        by_origin: dict[str, str] = {}
        for chunk in _chunks(sorted(origins)):
            query = sql.select(_articles.c.origin, _articles.c.id).where(_articles.c.origin.in_(chunk))
            by_origin.update((origin, article_id) for origin, article_id in connection.execute(query))
        digests = [content_digest(article.text) for article in articles]
        ids = cls._ids(connection, articles, digests, by_origin)
        identified = [
            replace(
                article,
                id=article_id,
                language=article.language if article.language in LANGUAGES else detect_language(article.text),
                copies=(),
            )
            for article, article_id in zip(articles, ids, strict=True)
        ]
        last = connection.scalar(sql.select(sql.func.max(_changes.c.last))) or 0
        batch = cls(identified, digests, last + 1)
        for chunk in _chunks([article.id for article in identified]):
            for row in connection.execute(sql.select(_articles).where(_articles.c.id.in_(chunk))):
                batch.known[row.id] = _article(row)
        for chunk in _chunks(digests):
            batch._read_canonical(connection, chunk)
        return batch

    @staticmethod
    def _ids(
        connection: sql.Connection, articles: Sequence[Article], digests: Sequence[str], by_origin: Mapping[str, str]
    ) -> list[str]:
        """The id of each article: its own, else that of the same content, else of what was last read at its place.

        A file that moved keeps its id, and what lies now where it was is another article.
        """
        derived = [
            "" if article.id else _content_id(article, digest)
            for article, digest in zip(articles, digests, strict=True)
        ]
        stored: dict[str, str] = {}  # id -> digest of its text
        for chunk in _chunks(sorted({one for one in derived if one})):
            query = sql.select(_articles.c.id, _articles.c.digest).where(_articles.c.id.in_(chunk))
            stored.update((article_id, digest) for article_id, digest in connection.execute(query))
        taken = {one for one, digest in zip(derived, digests, strict=True) if stored.get(one) == digest}
        ids = []
        for article, content_id, digest in zip(articles, derived, digests, strict=True):
            before = by_origin.get(article.origin)
            if article.id:
                ids.append(article.id)
            elif stored.get(content_id) == digest:
                ids.append(content_id)
            elif before is not None and before not in taken:
                ids.append(before)
                taken.add(before)
            elif stored.get(content_id, digest) != digest:  # what began with this content is another text by now
                ids.append(_content_id(article, digest, article.origin))
            else:
                ids.append(content_id)
        return ids

    @classmethod
    def promote(cls, connection: sql.Connection, article: Article) -> None:
        """Give a stored copy passages of its own, now that what it was a copy of is gone."""
        last = connection.scalar(sql.select(sql.func.max(_changes.c.last))) or 0
        batch = cls((), (), last + 1)
        batch._append_passages(article)
        batch.write(connection)

    def _read_canonical(self, connection: sql.Connection, digests: Sequence[str]) -> None:
        query = sql.select(_articles.c.digest, _articles.c.id).where(
            _articles.c.digest.in_(digests), _articles.c.canonical == _articles.c.id
        )
        self.canonical.update((digest, article_id) for digest, article_id in connection.execute(query))

    def forget(self, connection: sql.Connection, digest: str) -> None:
        """Look again who stands for a text and which passage id is free, after an article was removed."""
        self.canonical.pop(digest, None)
        self._read_canonical(connection, [digest])
        self._next_passage = (connection.scalar(sql.select(sql.func.max(_changes.c.last))) or 0) + 1

    def append(self, article: Article, digest: str) -> None:
        """Plan to insert an article, with passages unless it is a copy."""
        canonical = self.canonical.setdefault(digest, article.id)
        self.known[article.id] = article
        self._rows[_articles].append(
            {
                "id": article.id,
                "digest": digest,
                "canonical": canonical,
                "title": article.title,
                "text": article.text,
                "source": article.source,
                "published": article.published,
                "authors": json.dumps(article.authors, ensure_ascii=False),
                "place": article.place,
                "url": article.url,
                "language": article.language,
                "origin": article.origin,
            }
        )
        if canonical == article.id:
            self._append_passages(article)

    def _append_passages(self, article: Article) -> None:
        spans = splitting.passages(article.text, article.language)
        if not spans:
            return
        first = self._next_passage
        self._rows[_passages] += [
            {
                "id": first + number,
                "article_id": article.id,
                "start": span.start,
                "end": span.end,
                "digest": _embedding_digest(article.title, article.text[span.start : span.end]),
            }
            for number, span in enumerate(spans)
        ]
        self._next_passage = first + len(spans)
        self._rows[_changes].append(_change("add", article.id, first, self._next_passage - 1))

    def write(self, connection: sql.Connection) -> None:
        """Insert what was planned."""
        for table, rows in self._rows.items():
            if rows:
                connection.execute(table.insert(), rows)
                rows.clear()


def _cached(model: str) -> sql.ColumnElement[bool]:
    """Joins a passage with its cached vector."""
    return sql.and_(_embeddings.c.model == model, _embeddings.c.digest == _passages.c.digest)


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _IN_CHUNK] for start in range(0, len(items), _IN_CHUNK))


def _change(kind: str, article_id: str, first: int, last: int) -> dict[str, object]:
    now = datetime.now(UTC).replace(tzinfo=None)
    return {"kind": kind, "article_id": article_id, "first": first, "last": last, "at": now}


def _article(row: sql.Row[tuple[object, ...]]) -> Article:
    return Article(
        text=row.text,
        title=row.title,
        id=row.id,
        source=row.source,
        published=row.published,
        authors=tuple(json.loads(row.authors)),
        place=row.place,
        url=row.url,
        language=row.language,
        origin=row.origin,
    )


def _same(old: Article, new: Article) -> bool:
    """Whether nothing a reader sees would change; a file that only moved is the same article."""
    return replace(old, origin="") == replace(new, origin="")


def _content_id(article: Article, digest: str, *more: str) -> str:
    """An id from the content: the same on re-reading, another for a copy in another outlet."""
    parts = "\x1f".join((digest, article.title, article.source, str(article.published or ""), article.url, *more))
    return "a" + hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _embedding_digest(title: str, text: str) -> str:
    content = embedded_text(title, text).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=16).hexdigest()
