"""What readers thought of answers: kept in a small database of its own beside the archive, exported to its operator."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    func,
    select,
)
from sqlalchemy.dialects.sqlite import JSON, insert

from assistant.api_schema import OPERATORS, READS, Line
from assistant.incoming import MAX_CITED, MAX_QUESTION
from assistant.refusals import problem
from assistant.web.security import operator_refusal
from assistant.web.session import WINDOW, Attempts

__all__ = ["FILE", "REASONS", "Feedback", "Vote", "feedback_router"]

FILE: Final = "feedback.sqlite3"
REASONS: Final = {
    "up": ("correct", "clear", "good_sources"),
    "down": ("wrong", "incomplete", "wrong_source", "outdated"),
}
# Anybody may vote, so the oldest go before the disk is full: there are at most so many, and in all so many bytes.
KEPT: Final = 100_000
KEPT_BYTES: Final = 200_000_000
_DROPPED: Final = 100  # votes at a time, until the rest has room
A_MINUTE: Final = 120  # votes from one address: 40 people behind one proxy, each with a reason and a note
ANSWER: Final = 2_000  # characters of an answer that are kept, as many as the page sends
_LONGEST_ID: Final = 200  # characters of an article's id, which the archive holds to
TOO_MANY: Final = f"Too many votes came from this address: wait {WINDOW:.0f} seconds."
_PAGE: Final = 1_000  # votes in one export


def _beginning(answer: str) -> str:
    return answer[:ANSWER]


def _cited(articles: list[str]) -> list[str]:
    """Those that an answer could have cited."""
    return [one for one in articles if len(one) <= _LONGEST_ID][:MAX_CITED]


class Vote(BaseModel):
    """A reader's verdict on one answer. The same ``id`` again replaces it."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[\w-]+$", description="That of the answer.")]
    verdict: Literal["up", "down"]
    reason: Annotated[
        str,
        Field(
            description="One of those that fit the verdict, or nothing.",
            json_schema_extra={"enum": ["", *REASONS["up"], *REASONS["down"]]},
        ),
    ] = ""
    note: Annotated[Line, Field(max_length=500)] = ""
    question: Annotated[Line, Field(max_length=MAX_QUESTION)]
    answer: Annotated[Line, Field(max_length=8_000), AfterValidator(_beginning)]
    outcome: Literal["answer", "closest", "none"]
    articles: Annotated[
        list[Annotated[Line, Field(max_length=1_000)]],
        Field(max_length=20),
        AfterValidator(_cited),
    ] = []

    @model_validator(mode="after")
    def _fitting(self) -> Vote:
        fitting = REASONS[self.verdict]
        if self.reason and self.reason not in fitting:
            raise ValueError(f"“reason” must be one of {', '.join(fitting)}, or empty.")
        return self


class GivenVote(Vote):
    """A vote with the moment it was given, in UTC."""

    given: datetime


class VoteList(BaseModel):
    """A page of votes, newest first, and how many there are in all."""

    feedback: list[GivenVote]
    total: int


_METADATA: Final = MetaData()
_VOTES: Final = Table(
    "feedback",
    _METADATA,
    Column("id", String, primary_key=True),
    Column("given", DateTime, nullable=False, index=True),
    Column("verdict", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("note", String, nullable=False),
    Column("question", String, nullable=False),
    Column("answer", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("articles", JSON, nullable=False),
)


class Feedback:
    """The votes in one file, which is made with the first of them. Threads and processes may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: Engine | None = None
        self._opening = threading.Lock()

    def give(self, vote: Vote) -> None:
        """Keep a vote, in the place of an earlier one with its id."""
        values = {**vote.model_dump(), "given": datetime.now(UTC).replace(tzinfo=None)}
        with self._engine().begin() as connection:
            connection.execute(insert(_VOTES).values(values).on_conflict_do_update(["id"], set_=values))
            _drop_the_oldest(connection)

    def given(self, offset: int, limit: int) -> VoteList:
        """A page of votes, newest first."""
        if not self._path.exists():
            return VoteList(feedback=[], total=0)
        page = select(_VOTES).order_by(_VOTES.c.given.desc(), _VOTES.c.id).offset(offset).limit(limit)
        with self._engine().connect() as connection:
            votes = [
                GivenVote.model_validate({**row, "given": row["given"].replace(tzinfo=UTC)})
                for row in connection.execute(page).mappings()
            ]
            total = connection.execute(select(func.count()).select_from(_VOTES)).scalar_one()
        return VoteList(feedback=votes, total=total)

    def all(self) -> Iterator[GivenVote]:
        """Every vote, the oldest first."""
        if not self._path.exists():
            return
        with self._engine().connect() as connection:
            for row in connection.execute(select(_VOTES).order_by(_VOTES.c.given, _VOTES.c.id)).mappings():
                yield GivenVote.model_validate({**row, "given": row["given"].replace(tzinfo=UTC)})

    def restore(self, votes: Iterable[GivenVote]) -> None:
        """Keep votes with the moments at which they were given, all of them or none; the oldest go if they are many."""
        with self._engine().begin() as connection:
            for vote in votes:
                values = {**vote.model_dump(), "given": vote.given.astimezone(UTC).replace(tzinfo=None)}
                connection.execute(insert(_VOTES).values(values).on_conflict_do_update(["id"], set_=values))
            _drop_the_oldest(connection)

    def _engine(self) -> Engine:
        with self._opening:
            if self._opened is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._opened = create_engine(
                    f"sqlite:///{self._path}",
                    connect_args={"timeout": 10},
                    json_serializer=functools.partial(json.dumps, ensure_ascii=False),  # an emoji takes 4 bytes, not 12
                )
                _METADATA.create_all(self._opened)
            return self._opened


def _drop_the_oldest(connection: Connection) -> None:
    """Until there are no more votes, and they take no more of the file, than are kept."""
    too_many = select(_VOTES.c.id).order_by(_VOTES.c.given.desc()).offset(KEPT).limit(-1)
    connection.execute(delete(_VOTES).where(_VOTES.c.id.in_(too_many)))
    oldest = select(_VOTES.c.id).order_by(_VOTES.c.given).limit(_DROPPED)
    while _bytes(connection) > KEPT_BYTES:
        connection.execute(delete(_VOTES).where(_VOTES.c.id.in_(oldest)))


def _bytes(connection: Connection) -> int:
    """What the votes take of the file; what the deleted ones took is used again."""
    pages, free, size = (
        connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def feedback_router(feedback: Feedback, token: str) -> APIRouter:
    """The routes of votes: everybody gives them, the operator reads them."""
    router = APIRouter(prefix="/api", tags=["feedback"], responses=READS)

    voters = Attempts(A_MINUTE)

    @router.post("/feedback", summary="Vote on an answer", status_code=204, response_model=None)
    def give(vote: Vote, request: Request) -> JSONResponse | None:
        """Say whether an answer helped, and why. A vote with the same `id` replaces the one before."""
        if not voters.another(request.client.host if request.client else ""):
            return JSONResponse(problem(TOO_MANY), 429, {"Retry-After": f"{WINDOW:.0f}"})
        feedback.give(vote)
        return None

    @router.get("/feedback", summary="Export the votes", response_model=VoteList, responses=OPERATORS)
    def export(
        request: Request,
        offset: Annotated[int, Query(ge=0, le=1_000_000_000, description="How many to leave out.")] = 0,
        limit: Annotated[int, Query(ge=1, le=_PAGE, description="How many at most.")] = _PAGE,
    ) -> VoteList | JSONResponse:
        """The votes, newest first. For the operator: from this machine, or with the operator token."""
        refusal = operator_refusal(request.scope, token)
        if refusal is not None:
            return JSONResponse({"error": refusal[1]}, refusal[0])
        return feedback.given(offset, limit)

    return router
