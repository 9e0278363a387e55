"""A bounded queue in front of the work: so many are answered at once, so many wait, and who comes then is told so.

Reading is arithmetic, and more threads than cores only make each other late. What is not a question (pages, files,
health) never stands in this queue. Who leaves frees their place, and ends a language model's call made for them.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Set
from contextlib import asynccontextmanager, contextmanager
from typing import Final, TypeVar
from urllib.parse import parse_qs

import anyio
import anyio.to_thread
from anyio import CapacityLimiter
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.config import Config
from assistant.refusals import problem_at
from assistant.writing.deadline import Asker, Gone

__all__ = ["BUSY", "RETRY_AFTER", "Crowd", "Gate", "TooMany"]

T = TypeVar("T")

WITH_MODEL: Final = 32  # answers of a language model written at once
PATIENCE: Final = 30.0  # seconds that somebody waits for a place at most
MOMENT: Final = 2.0  # seconds that waits at most what nobody has asked
_LOOK: Final = 0.05  # seconds between two looks meanwhile
RETRY_AFTER: Final = 10  # seconds in which two cores work off a full queue (docs/crowds.md)
# The routes that search or ask. The chat asks through Gradio's queue, and stands in this one by itself (page.py).
_ASKING: Final = frozenset(
    {
        ("GET", "/api/search"),
        ("POST", "/api/ask"),
        ("POST", "/api/verify"),
        ("POST", "/v1/chat/completions"),
    }
)
# What the page asks by itself after each answer: as much work as seven questions, which nobody has put.
_UNASKED: Final = ("GET", "/api/follow-ups")
_LISTENING: Final = "/gradio_api/queue/data"  # the stream that a visitor of the chat gets all answers by


def _too_many(seconds: int) -> str:
    return f"Too many questions are being asked at this moment: try again in {seconds} seconds."


BUSY: Final = _too_many(RETRY_AFTER)


class TooMany(Exception):
    """All places are taken, and so are those to wait in."""


class Crowd:
    """Places at work and places to wait in, first come first served. For one event loop."""

    def __init__(self, at_work: int, waiting: int) -> None:
        """How many are worked for at once, and how many may wait beside them."""
        self._places = asyncio.Semaphore(at_work)
        self._threads = CapacityLimiter(at_work)
        self._at_once = at_work
        self._most_waiting = waiting
        self._visitors: defaultdict[str, set[Asker]] = defaultdict(set)
        self.at_work = 0
        self.waiting = 0
        self.refused = 0

    @classmethod
    def of(cls, config: Config) -> Crowd:
        """As many at once as are set, or suit: reading takes a core, and waiting for a language model takes none."""
        suiting = WITH_MODEL if config.llm else (os.cpu_count() or 1) + 1
        return cls(config.answers_at_once or suiting, config.answers_waiting)

    @asynccontextmanager
    async def place(self, asker: Asker, asked: bool = True) -> AsyncIterator[None]:
        """A place at work, waited for if need be. Raises TooMany, and Gone if the asker leaves the queue.

        What nobody ``asked`` takes no place that would be the last, and waits a MOMENT for another.
        """
        if not asked:
            await self._beside_the_last()
        await self._take(asker)
        self.at_work += 1
        try:
            yield
        finally:
            self.at_work -= 1
            self._places.release()

    async def _beside_the_last(self) -> None:
        """The answer that a page has just shown may still be giving its place back, or the one before be suggesting."""
        until = time.monotonic() + MOMENT
        while self.at_work >= max(1, self._at_once - 1):
            if time.monotonic() >= until:
                raise TooMany
            await asyncio.sleep(_LOOK)

    async def _take(self, asker: Asker) -> None:
        if self._places.locked() and self.waiting >= self._most_waiting:
            self.refused += 1
            raise TooMany
        self.waiting += 1
        try:
            with anyio.fail_after(PATIENCE) as queueing:
                asker.when_leaving(queueing.cancel)
                await self._places.acquire()
                return
        except TimeoutError:
            self.refused += 1
            raise TooMany from None
        finally:
            self.waiting -= 1
        raise Gone

    async def work(self, work: Callable[[], T]) -> T:
        """Have something done in a thread of those that are kept for this queue."""
        return await anyio.to_thread.run_sync(work, limiter=self._threads)

    @contextmanager
    def visitor(self, session: str) -> Iterator[Asker]:
        """Somebody who asks on the page; they have left when the stream of their session ends."""
        asker = Asker()
        self._visitors[session].add(asker)
        try:
            yield asker
        finally:
            asker.leave()
            self._visitors[session].discard(asker)
            if not self._visitors[session]:
                del self._visitors[session]

    def left(self, session: str) -> None:
        """A visitor's stream has ended."""
        for asker in tuple(self._visitors.get(session, ())):
            asker.leave()


class Gate:
    """Has every request that asks or searches stand in the queue. Behind what has read the body (bodies.py)."""

    def __init__(self, app: ASGIApp, crowd: Crowd, asking: Set[tuple[str, str]] = _ASKING) -> None:
        """``asking`` are the routes, as method and path, that stand in the queue."""
        self._app = app
        self._crowd = crowd
        self._asking = asking

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == _LISTENING:
            try:
                await self._app(scope, receive, send)
            finally:
                self._crowd.left(parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0])
            return
        route = (scope["method"], scope["path"]) if scope["type"] == "http" else ()
        if route in self._asking or route == _UNASKED:
            await self._queued(scope, receive, send, route != _UNASKED)
        else:
            await self._app(scope, receive, send)

    async def _queued(self, scope: Scope, receive: Receive, send: Send, asked: bool) -> None:
        asker = Asker()
        body = await receive()
        gone = asyncio.Event()

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            gone.set()
            asker.leave()

        first = True

        async def replay() -> Message:
            nonlocal first
            if first:
                first = False
                return body
            await gone.wait()
            return {"type": "http.disconnect"}

        watching = asyncio.create_task(watch())
        try:
            async with self._crowd.place(asker, asked):
                with asker.asking():
                    await self._app(scope, replay, send)
        except TooMany:
            body = problem_at(scope["path"], 503, BUSY)
            await JSONResponse(body, 503, {"Retry-After": str(RETRY_AFTER)})(scope, receive, send)
        except Gone:
            return
        finally:
            watching.cancel()
