"""Generations on a Chroma server that many machines share: each a collection, which is written once.

A collection gets its final name when it is whole, and its metadata are its manifest. Several archives may share a
server: each name bears the archive's id. The address is ``chroma://[[user][:secret]@]host[:port][/tenant/database]``,
or ``chromas://`` with TLS. A secret alone is a token of Chroma's (its Cloud wants one), with a user a password for
whatever stands before the server: Chroma's own has no login at all.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote, urlsplit

import httpx

from index.chroma import Fill, Manifest, Sealed, configuration, settings
from index.errors import ArchiveError, AwayError

if TYPE_CHECKING:
    from chromadb.api.fastapi import FastAPI
    from chromadb.api.models.Collection import Collection as ChromaCollection
    from chromadb.types import Collection as Described

__all__ = ["ASKING", "BUILDING", "ServerGenerations"]

# Seconds for one answer to whoever builds: 2,000 rows took up to nine on two busy cores, and a call is 5,000.
BUILDING: Final = 600.0
ASKING: Final = 5.0  # the same for whoever searches: it takes milliseconds, and a question does not wait for ever
_CONNECTING: Final = 2.0
_PORTS: Final = {"chroma": 8000, "chromas": 443}
_PAGE: Final = 100  # names listed at once
_SAID: Final = 200  # characters of what the server said
_NO_ADDRESS: Final = (
    "the address of a Chroma server looks like this: chroma://host:8000, or with TLS and more: "
    "chromas://host:443/tenant/database."
)


@dataclass(frozen=True, slots=True)
class _Address:
    host: str
    port: int
    tls: bool
    tenant: str
    database: str
    headers: dict[str, str]

    @classmethod
    def read(cls, url: str) -> _Address:
        """Raises ArchiveError, which says nothing of what stands in the address: it may be a secret."""
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS[parts.scheme]
            path = [unquote(part) for part in parts.path.strip("/").split("/") if part]
            tenant, database = path or ("default_tenant", "default_database")
            if parts.scheme not in _PORTS or not parts.hostname or parts.query or parts.fragment:
                raise ValueError
        except (ValueError, KeyError):
            raise ArchiveError(_NO_ADDRESS) from None
        user, secret = unquote(parts.username or ""), unquote(parts.password or "")
        headers = {}
        if user:
            headers["Authorization"] = f"Basic {base64.b64encode(f'{user}:{secret}'.encode()).decode()}"
        elif secret:
            headers["X-Chroma-Token"] = secret
        return cls(parts.hostname, port, parts.scheme == "chromas", tenant, database, headers)

    @property
    def shown(self) -> str:
        """Without what is secret."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'chromas' if self.tls else 'chroma'}://{host}:{self.port}"


class ServerGenerations:
    """Those of one archive on a server, the same for every machine."""

    def __init__(self, url: str, archive_id: str, patience: float = ASKING) -> None:
        """``patience`` is in seconds for each answer. Raises ArchiveError for what is no address of a server."""
        self._url = url
        self._address = _Address.read(url)
        self._archive_id = archive_id
        self._patience = patience

    @property
    def place(self) -> str:
        """The address of the server, without secrets."""
        return self._address.shown

    @property
    def url(self) -> str:
        """The address as it was given, for a process of our own. Never show it."""
        return self._url

    def write(self, manifest: Manifest, rows: int, fill: Fill, dense: bool = False) -> None:
        """Build under a name of its own, then rename: of two builders of one number the second fails."""
        name = f"{self._name(manifest.number)}-{secrets.token_hex(4)}"
        with self.asking():
            made = self._api.create_collection(
                name,
                configuration=cast("Any", configuration(rows, dense)),
                tenant=self._address.tenant,
                database=self._address.database,
            )
            try:
                collection = self._collection(made)
                for part in fill(collection):
                    passages, dimensions = manifest.passages + len(part.ids), part.vectors.shape[1]
                    manifest = replace(manifest, passages=passages, dimensions=dimensions)
                if collection.count() != manifest.passages:
                    raise ArchiveError(
                        f"{self.place} did not keep all of generation {manifest.number}; it was not put to use."
                    )
                collection.modify(name=self._name(manifest.number), metadata=asdict(manifest))
            except BaseException:
                with suppress(AwayError):  # whoever builds next deletes it then
                    self._delete(name)
                raise

    def open(self, number: int) -> Sealed:
        """A generation that is there and whole, as far as its number of rows tells. Raises AwayError, ArchiveError."""
        from chromadb.errors import NotFoundError

        with self.asking():
            try:
                collection = self._collection(self._api.get_collection(self._name(number), **self._there))
            except NotFoundError as error:
                raise ArchiveError(f"{self.place} has no generation {number} of this archive") from error
            try:
                manifest = Manifest(**cast("Any", collection.metadata or {}))
            except TypeError as error:
                raise ArchiveError(f"{self.place} does not say what generation {number} is") from error
            if (manifest.archive, manifest.passages) != (self._archive_id, collection.count()):
                raise ArchiveError(f"{self.place} has not all of generation {number}")
        return Sealed(manifest.number, manifest.seq, manifest.passages, manifest.mark, collection, asking=self.asking)

    def expected(self, number: int) -> bool:
        """Always: what is published was built there, by whichever machine."""
        return True

    def keep(self, numbers: Iterable[int]) -> None:
        """Delete this archive's other collections, half-built ones too. Raises AwayError."""
        kept = {self._name(number) for number in numbers}
        with self.asking():
            names: list[str] = []
            while page := self._api.list_collections(limit=_PAGE, offset=len(names), **self._there):
                names += [one.name for one in page]
        for name in names:
            if name.startswith(self._prefix) and name not in kept:
                self._delete(name)

    def close(self) -> None:
        """Give the connections back, where any were made."""
        if "_api" in self.__dict__:
            self._api._system.stop()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Make one AwayError of all that Chroma's client raises when its server is not there or not well."""
        from chromadb.errors import ChromaError

        try:
            yield
        except (httpx.HTTPError, ChromaError, JSONDecodeError) as error:
            raise self._away(error) from error
        except Exception as error:
            if type(error) is not Exception:  # the client raises just that for an answer which it does not know
                raise
            raise self._away(error) from error

    def _away(self, error: Exception) -> AwayError:
        why = str(error).strip().partition("\n")[0][:_SAID] or type(error).__name__
        return AwayError(f"the Chroma server {self.place} does not answer as it should ({why})")

    @property
    def _prefix(self) -> str:
        return f"tanya-{self._archive_id}-"

    def _name(self, number: int) -> str:
        return f"{self._prefix}{number:06d}"

    @property
    def _there(self) -> dict[str, str]:
        return {"tenant": self._address.tenant, "database": self._address.database}

    @cached_property
    def _api(self) -> FastAPI:
        """Chroma's client below its ``HttpClient``, which waits for ever and asks before a limit can be set."""
        from chromadb.api.fastapi import FastAPI
        from chromadb.config import System

        given = settings(
            chroma_api_impl="chromadb.api.fastapi.FastAPI",
            chroma_server_host=self._address.host,
            chroma_server_http_port=self._address.port,
            chroma_server_ssl_enabled=self._address.tls,
            chroma_server_headers=self._address.headers,
        )
        api = System(given).instance(FastAPI)
        api._session.timeout = httpx.Timeout(self._patience, connect=_CONNECTING)
        return api

    def _collection(self, described: Described) -> ChromaCollection:
        from chromadb.api.models.Collection import Collection

        return Collection(client=self._api, model=described, embedding_function=None)

    def _delete(self, name: str) -> None:
        from chromadb.errors import NotFoundError

        with self.asking(), suppress(NotFoundError):
            self._api.delete_collection(name, **self._there)
