"""The short form of ``benchmarks.crowd``: a real server in a process of its own, and more people than it has places."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import aiohttp
import pytest

from benchmarks.crowd import FLOOD, PROGRAMS, Crowd, all_at_once, function_of, serving
from index import Index, read_articles
from tests.conftest import PATIENCE, ROOT, run

PEOPLE = 30  # the long form has 150, which are more of the same
WAITING = 60  # more than the programs that search
QUESTIONS = ["Berapa tambahan anggaran pertahanan Kazakhstan?", "Siapa presiden Kazakhstan?", "Siapa presiden Brasil?"]


async def _crowds(address: str) -> dict[str, Counter[int]]:
    """How many got which status: on the page, at the search, in the flood, beside it, and after it."""
    client = aiohttp.ClientSession(
        address, timeout=aiohttp.ClientTimeout(total=PATIENCE), connector=aiohttp.TCPConnector(limit=0)
    )
    async with client:
        crowd = Crowd(client, QUESTIONS, await function_of(client))
        page = await all_at_once(PEOPLE, crowd.page)
        search = await all_at_once(PROGRAMS, crowd.search)
        flood, health = await asyncio.gather(all_at_once(FLOOD, crowd.ask), all_at_once(1, crowd.health))
        after = await all_at_once(1, crowd.ask)
        async with client.get("/metrics") as metrics:
            left = [line for line in (await metrics.text()).splitlines() if line.startswith("tanya_queue_waiting ")]
    assert ["tanya_queue_waiting 0.0"] == left
    met = {"page": page, "search": search, "flood": flood, "health": health, "after": after}
    return {name: Counter({status: len(times) for status, times in seen.spent.items()}) for name, seen in met.items()}


def test_five_hundred_at_once_are_answered_or_told_to_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People and programs that find a place are all answered; of five hundred the rest get a 503, and nobody an error."""
    with Index.open(tmp_path) as index:
        index.add(read_articles(ROOT / "seeds"))
    monkeypatch.setenv("TANYA_ANSWERS_WAITING", str(WAITING))
    with serving(tmp_path) as (address, _):
        met = run(lambda: _crowds(address))
    assert {200: PEOPLE} == met["page"]
    assert {200: PROGRAMS} == met["search"]
    assert {200: 1} == met["health"] == met["after"]
    assert {200, 503} == set(met["flood"])
    assert met["flood"][200] >= WAITING
