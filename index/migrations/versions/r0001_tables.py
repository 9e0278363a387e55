"""The tables, as the first release made them."""

from __future__ import annotations

import sqlalchemy as sql
from alembic import op

revision = "0001"
down_revision = None

_TEXT = sql.Text().with_variant(sql.Text(collation="C"), "postgresql")
_ID = sql.BigInteger().with_variant(sql.Integer, "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "articles",
        sql.Column("id", _TEXT, primary_key=True),
        *(sql.Column(name, _TEXT, nullable=False) for name in ("digest", "canonical", "title", "text", "source")),
        sql.Column("published", sql.Date, nullable=True),
        *(sql.Column(name, _TEXT, nullable=False) for name in ("authors", "place", "url", "language", "origin")),
    )
    op.create_index("ix_articles_digest", "articles", ["digest"])
    op.create_index("ix_articles_canonical", "articles", ["canonical"])
    op.create_index("ix_articles_origin", "articles", ["origin"], postgresql_using="hash")
    op.create_table(
        "passages",
        sql.Column("id", _ID, primary_key=True),
        sql.Column("article_id", _TEXT, nullable=False),
        sql.Column("start", sql.Integer, nullable=False),
        sql.Column("end", sql.Integer, nullable=False),
        sql.Column("digest", _TEXT, nullable=False),
    )
    op.create_index("ix_passages_article_id", "passages", ["article_id"])
    op.create_table(
        "embeddings",
        sql.Column("model", _TEXT, primary_key=True),
        sql.Column("digest", _TEXT, primary_key=True),
        sql.Column("vector", sql.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "changes",
        sql.Column("seq", _ID, primary_key=True),
        sql.Column("kind", _TEXT, nullable=False),
        sql.Column("article_id", _TEXT, nullable=False),
        sql.Column("first", _ID, nullable=False),
        sql.Column("last", _ID, nullable=False),
        sql.Column("at", sql.DateTime, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_last", "changes", ["last"])
    op.create_table(
        "generations",
        sql.Column("number", sql.Integer, primary_key=True),
        sql.Column("model", _TEXT, nullable=False),
        sql.Column("seq", _ID, nullable=False),
        sql.Column("passages", sql.Integer, nullable=False),
        sql.Column("built", sql.DateTime, nullable=False),
        sql.Column("current", sql.Boolean, nullable=False),
    )
    op.create_table(
        "settings",
        sql.Column("name", _TEXT, primary_key=True),
        sql.Column("value", _TEXT, nullable=False),
    )
