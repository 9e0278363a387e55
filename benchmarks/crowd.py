"""What a crowd meets: people on the page, programs at the search, and more than can be answered.

    python -m benchmarks.crowd --index FOLDER [--data ../shared/data] [--seconds 30] [--save crowd.json]

FOLDER holds an archive (docs/crowds.md says how to make one of 100,000 passages). The server runs in a process of its
own and the crowd in another on the same machine, which therefore takes a part of its cores. Beside every figure stands
the bare search: ``Index.search`` called one after the other in a process without a server, before and after.

people      150 visitors of the page, each of whom asks, reads (exponential, 10 s on average) and asks again
at once     150 visitors who press Enter at the same moment
search      50 programs that ask GET /api/search as fast as they are answered
flood       500 programs that ask POST /api/ask; who is refused comes back when Retry-After says so
after       one question a second, until it is answered as fast as before the flood
"""

from __future__ import annotations

import argparse
import asyncio
import html
import json
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median, quantiles

import aiohttp
from rich.console import Console

from assistant.web.crowd import RETRY_AFTER
from benchmarks.quality import EVAL, ROOT
from benchmarks.speed import dev_questions, milliseconds, tell
from index import Index

PEOPLE, PROGRAMS, FLOOD = 150, 50, 500
READING = 10.0  # seconds that somebody reads an answer, on average
NORMAL = 1.5  # times the median before: then latency is back to normal
_JOINED = re.compile(r'"id":(\d+),"targets":\[\[\d+,"(?:submit|click)"\],\[')


@dataclass
class Seen:
    """What a crowd met: milliseconds by status, and how long it all took."""

    spent: dict[int, list[float]] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, status: int, began: float) -> None:
        """One more answer."""
        self.spent.setdefault(status, []).append(1000 * (time.perf_counter() - began))

    def figures(self, name: str, bare_ms: float) -> dict[str, float]:
        """Throughput and latency, with what they are to the bare search."""
        answered = sorted(self.spent.get(200, [])) or [0.0]
        cut = quantiles(answered, n=100) if len(answered) > 1 else answered * 99
        rate = len(self.spent.get(200, [])) / self.seconds
        return {
            f"{name}: answered": len(self.spent.get(200, [])),
            f"{name}: refused (503)": len(self.spent.get(503, [])),
            f"{name}: failed": sum(len(many) for status, many in self.spent.items() if status not in (200, 503)),
            f"{name}: answers/s": rate,
            f"{name}: answers/s, ratio to bare search": rate * bare_ms / 1000,
            f"{name}: p50 ms": cut[49],
            f"{name}: p95 ms": cut[94],
            f"{name}: p99 ms": cut[98],
            f"{name}: p50, ratio to bare search": cut[49] / bare_ms,
        }


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, int]]:
    """A server as people start it; gives its address and its process id."""
    code = "from assistant.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", "--data", str(folder), "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1], process.pid
        finally:
            process.terminate()


class Crowd:
    """Many clients of one server."""

    def __init__(self, client: aiohttp.ClientSession, questions: list[str], function: int) -> None:
        self._client = client
        self._questions = questions
        self._function = function
        self._numbers = count()
        self._unasked: set[asyncio.Task[None]] = set()
        self.offered: Counter[int] = Counter()  # answers to what the page asks by itself

    def _question(self) -> str:
        return self._questions[next(self._numbers) % len(self._questions)]

    async def search(self) -> int:
        """One search; gives its status."""
        async with self._client.get("/api/search", params={"q": self._question()}) as answer:
            await answer.read()
            return answer.status

    async def ask(self) -> int:
        """One question of a program."""
        async with self._client.post("/api/ask", json={"question": self._question()}) as answer:
            await answer.read()
            return answer.status

    async def page(self) -> int:
        """One question of a visitor, from Enter until the whole answer has come."""
        status, _ = await self._shown()
        return status

    async def _shown(self) -> tuple[int, bytes]:
        """What a visitor gets, and the event that it comes in."""
        session = f"v{next(self._numbers)}"
        sent = {
            "data": [self._question(), None],
            "fn_index": self._function,
            "session_hash": session,
            "event_data": None,
        }
        async with self._client.post("/gradio_api/queue/join", json=sent) as joined:
            if joined.status != 200:
                return joined.status, b""
        async with self._client.get("/gradio_api/queue/data", params={"session_hash": session}) as events:
            async for line in events.content:
                if b'"process_completed"' in line:
                    return 503 if b"Too many people" in line else 200 if b"verdict" in line else 500, line
        return 500, b""

    async def visit(self) -> int:
        """The same, and then the page asks for questions to go on with, as its script does."""
        status, event = await self._shown()
        if status != 200:
            return status
        shown = json.loads(event.removeprefix(b"data: "))["output"]["data"][1]
        kept = json.loads(html.unescape(re.findall(r'data-turn="([^"]*)"', shown)[0]))
        if kept["articles"]:
            self._unasked.add(asyncio.create_task(self._follow_ups(kept["question"], kept["articles"])))
        return status

    async def _follow_ups(self, asked: str, articles: list[str]) -> None:
        query = [("asked", asked), *(("article", one) for one in articles[:6])]
        async with self._client.get("/api/follow-ups", params=query) as answer:
            self.offered[answer.status] += 1

    async def health(self) -> int:
        """What a watcher asks."""
        async with self._client.get("/api/health/live") as answer:
            return answer.status


async def function_of(client: aiohttp.ClientSession) -> int:
    """The number by which the page's script calls the function that asks."""
    async with client.get("/") as page:
        found = _JOINED.search(await page.text())
    assert found is not None, "the page's function is not found: has Gradio changed?"
    return int(found[1])


async def repeat(
    seen: Seen, one: Callable[[], Awaitable[int]], until: float, pause: Callable[[int], float] = lambda _: 0.0
) -> None:
    """Ask again and again until a moment; ``pause`` is how many seconds go by before the first and after each."""
    status = 0
    while True:
        await asyncio.sleep(min(pause(status), max(0.0, until - time.perf_counter())))
        if time.perf_counter() >= until:
            return
        began = time.perf_counter()
        status = await one()
        seen.add(status, began)


async def many(
    people: int, one: Callable[[], Awaitable[int]], seconds: float, pause: Callable[[int], float] = lambda _: 0.0
) -> Seen:
    """So many do the same for a while."""
    seen, began = Seen(), time.perf_counter()
    await asyncio.gather(*(repeat(seen, one, began + seconds, pause) for _ in range(people)))
    seen.seconds = time.perf_counter() - began
    return seen


async def all_at_once(people: int, one: Callable[[], Awaitable[int]]) -> Seen:
    """So many do the same once, at the same moment."""
    seen, began = Seen(), time.perf_counter()

    async def each() -> None:
        seen.add(await one(), began)

    await asyncio.gather(*(each() for _ in range(people)))
    seen.seconds = time.perf_counter() - began
    return seen


async def crowds(address: str, questions: list[str], seconds: float, bare_ms: float) -> dict[str, float]:
    """All crowds, one after the other."""
    figures: dict[str, float] = {}
    limits = aiohttp.ClientTimeout(total=120)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(address, timeout=limits, connector=connector) as client:
        crowd = Crowd(client, questions, await function_of(client))
        await many(1, crowd.ask, 5)  # what is loaded at the first question
        before = await many(1, crowd.ask, 10)
        figures |= before.figures("one program asks", bare_ms)

        draw = random.Random(1)
        people = await many(PEOPLE, crowd.visit, 2 * seconds, lambda _: draw.expovariate(1 / READING))
        figures |= people.figures(f"{PEOPLE} people on the page", bare_ms)
        figures[f"{PEOPLE} people on the page: given questions to go on with"] = crowd.offered[200]
        figures[f"{PEOPLE} people on the page: given none, because others ask"] = crowd.offered[503]
        figures |= (await all_at_once(PEOPLE, crowd.page)).figures(f"{PEOPLE} on the page at once", bare_ms)
        figures |= (await many(PROGRAMS, crowd.search, seconds)).figures(f"{PROGRAMS} programs search", bare_ms)

        watching = asyncio.create_task(many(1, crowd.health, seconds, lambda _: 0.1))
        flood = await many(FLOOD, crowd.ask, seconds, lambda status: RETRY_AFTER if status == 503 else 0.0)
        told = f"{FLOOD} programs ask"
        figures |= flood.figures(told, bare_ms)
        refused = sorted(flood.spent.get(503, [0.0]))
        figures[f"{told}: refusal p50 ms"] = median(refused)
        figures[f"{told}: refusal p95 ms"] = refused[int(0.95 * (len(refused) - 1))]
        health = await watching
        figures[f"{told}: health meanwhile p95 ms"] = quantiles(health.spent[200], n=20)[18]
        figures[f"{told}: health meanwhile failed"] = sum(map(len, health.spent.values())) - len(health.spent[200])

        ended, normal = time.perf_counter(), NORMAL * median(before.spent[200])
        statuses: Counter[int] = Counter()
        while time.perf_counter() - ended < 60:
            began = time.perf_counter()
            statuses[await crowd.ask()] += 1
            if 1000 * (time.perf_counter() - began) <= normal:
                break
            await asyncio.sleep(1)
        figures["after the flood: seconds until normal"] = time.perf_counter() - ended
        figures |= (await many(1, crowd.ask, 10)).figures("after the flood, one program asks", bare_ms)
    return figures


def memory(pid: int) -> float:
    """Resident memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024


def main() -> None:
    """Serve, let the crowds in, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=EVAL.parent)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--save", type=Path)
    arguments = parser.parse_args()
    questions = dev_questions(arguments.data)
    figures: dict[str, float] = {"cores": os.cpu_count() or 1}

    with Index.open(arguments.index) as index:
        figures["passages"] = index.status().passages
        figures["bare search p50 ms"], figures["bare search p95 ms"] = milliseconds(index.search, questions)
    with serving(arguments.index) as (address, pid):
        figures |= asyncio.run(crowds(address, questions, arguments.seconds, figures["bare search p50 ms"]))
        figures["server memory afterwards MB"] = memory(pid)
    with Index.open(arguments.index) as index:
        figures["bare search p50 ms, again"], _ = milliseconds(index.search, questions)
    tell("crowds", figures, Console(), arguments.save)


if __name__ == "__main__":
    main()
