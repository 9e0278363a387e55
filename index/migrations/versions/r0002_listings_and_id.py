"""Indexes for the listings, and the archive's id: some archives from before Alembic have them, some have not."""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sql
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make what is missing; the schema's version is Alembic's to keep from now on."""
    title, published = sql.column("title", sql.Text), sql.column("published", sql.Date)
    listings: dict[str, dict[str, tuple[Any, ...]]] = {
        "sqlite": {
            "ix_articles_newest": (published.desc(), "id", "source", "language", "title", "canonical"),
            "ix_articles_outlet": ("source", published.desc(), "id", "language", "title"),
            "ix_articles_title": (title.collate("NOCASE"), "id", "source", "language", "published"),
        },
        "postgresql": {
            "ix_articles_newest_first": (published.desc().nulls_last(), "id"),
            "ix_articles_source": ("source",),
        },
    }
    for name, columns in listings[op.get_context().dialect.name].items():
        using = {"postgresql_using": "hash"} if name == "ix_articles_source" else {}
        op.create_index(name, "articles", list(columns), if_not_exists=True, **using)  # type: ignore[arg-type]

    settings = sql.table("settings", sql.column("name", sql.Text), sql.column("value", sql.Text))
    connection = op.get_bind()
    if connection.scalar(sql.select(settings.c.value).where(settings.c.name == "id")) is None:
        connection.execute(settings.insert().values(name="id", value=secrets.token_hex(8)))
    connection.execute(settings.delete().where(settings.c.name == "schema"))
