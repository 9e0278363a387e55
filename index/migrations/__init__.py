"""The archive's schema from one release to the next, by Alembic.

``versions/`` has a step for each change, oldest first; which of them an archive has taken stands in its table
VERSION_TABLE. A new archive is made whole and stamped with the last (Alembic's cookbook: "Building an Up to Date
Database from Scratch"); a test holds that both ways lead to the same.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["FIRST", "HEAD", "REVISIONS", "VERSION_TABLE", "upgrade"]

VERSION_TABLE: Final = "tanya_version"  # not Alembic's usual name: another program's may be in the same database
REVISIONS: Final = ("0001", "0002")  # a test compares them with the files
FIRST: Final = REVISIONS[0]  # what an archive from before Alembic has
HEAD: Final = REVISIONS[-1]


def upgrade(connection: Connection, stamped: bool, revision: str = HEAD) -> None:
    """Bring the schema up to a revision, in the transaction that the connection is in.

    An archive that is not ``stamped`` is one from before Alembic.
    """
    from alembic import command
    from alembic.config import Config

    with as_file(files(__package__)) as folder:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        if not stamped:
            command.stamp(config, FIRST)
        command.upgrade(config, revision)
