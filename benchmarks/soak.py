"""Whether a server that is asked and rebuilt for a long time keeps what it takes: memory, file descriptors, threads.

    python -m benchmarks.soak [--questions 10000] [--swaps 50] [--save soak.json] [--plot docs/plots/soak.png]

A server of the seeds runs in a process of its own. It is asked on the page, by POST /api/ask and by GET /api/search in
turn, by eight clients; between, an article is added or removed and the generation is built anew, and it swaps it under
those who ask. After each hundred questions it says itself what it takes (/metrics). ``tests/test_soak.py`` is the
short form.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp
import numpy as np
from rich.console import Console

from benchmarks.crowd import Crowd, function_of, serving
from benchmarks.quality import ROOT
from benchmarks.speed import tell
from index import Index, read_articles

CLIENTS = 8
STEP = 100  # questions between two looks
WARM = 1 / 3  # of the run, in which models are loaded and buffers find their size
QUESTIONS = (
    "Berapa tambahan anggaran pertahanan Kazakhstan?",
    "Siapa presiden Brasil?",
    "Berapa jumlah pengungsi banjir di Pulau Sangalaya?",
    "Who is the mayor of Lima?",
    "Kapan jembatan dibuka?",
)


@dataclass(frozen=True)
class Look:
    """What the server takes after so many questions and swaps; memory in MB."""

    questions: int
    swaps: int
    memory: float
    files: int
    threads: int


def growth(looks: Sequence[Look]) -> float:
    """MB for each thousand questions, by a line through what came after the warm-up."""
    settled = looks[int(WARM * len(looks)) :]
    slope = np.polyfit([one.questions for one in settled], [one.memory for one in settled], 1)[0]
    return float(slope) * 1000


def soak(folder: Path, questions: int, swaps: int) -> list[Look]:
    """Ask and swap; gives every look. ``folder`` is an empty data folder."""
    with Index.open(folder) as index:
        index.add(read_articles(ROOT / "seeds"))
        index.rebuild()
    with serving(folder) as (address, _):
        return asyncio.run(_soak(address, questions, swaps))


async def _soak(address: str, questions: int, swaps: int) -> list[Look]:
    looks: list[Look] = []
    rounds = questions // STEP
    swapped = 0
    # A connection for each request: kept ones would be counted with the server's files.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(address, connector=connector) as client:
        crowd = Crowd(client, list(QUESTIONS), await function_of(client))
        for number in range(rounds):
            wanted = (number + 1) * swaps // rounds
            swapping = asyncio.create_task(_swaps(client, swapped, wanted))
            await asyncio.gather(*(_share(crowd, place) for place in range(CLIENTS)))
            await swapping
            swapped = wanted
            looks.append(await _look(client, (number + 1) * STEP, swapped))
    return looks


async def _share(crowd: Crowd, place: int) -> None:
    """One client's part of a hundred questions, through each door in turn."""
    doors = (crowd.page, crowd.ask, crowd.search)
    for number in range(place, STEP, CLIENTS):
        status = await doors[number % len(doors)]()
        assert status == 200, f"a question was answered with {status}"


async def _swaps(client: aiohttp.ClientSession, done: int, wanted: int) -> None:
    for number in range(done, wanted):
        article = {"id": "soak", "text": f"Pasar Melati nomor {number} dibuka di Seroja pada 3 Maret 2025."}
        async with client.post("/api/articles", json=article) as answer:
            answer.raise_for_status()
        async with client.post("/api/rebuild") as answer:
            answer.raise_for_status()


async def _look(client: aiohttp.ClientSession, questions: int, swaps: int) -> Look:
    async with client.get("/metrics") as answer:
        told = dict(re.findall(r"^(process_\w+) (\S+)$", await answer.text(), re.MULTILINE))
    memory = float(told["process_resident_memory_bytes"]) / 2**20
    return Look(questions, swaps, memory, int(float(told["process_open_fds"])), int(float(told["process_threads"])))


def draw(looks: Sequence[Look], path: Path) -> None:
    """Three curves over the questions, one below the other."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(3, 1, figsize=(8, 7), sharex=True)
    for axis, name, label in zip(
        axes, ("memory", "files", "threads"), ("memory, MB", "open files", "threads"), strict=True
    ):
        axis.plot([one.questions for one in looks], [getattr(one, name) for one in looks])
        axis.set_ylim(bottom=0)
        axis.set_ylabel(label)
        axis.grid(alpha=0.3)
    axes[-1].set_xlabel(f"questions asked; {looks[-1].swaps} swaps of the generation among them")
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main() -> None:
    """Soak, print, keep, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--swaps", type=int, default=50)
    parser.add_argument("--save", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--looks", type=Path, help="where to keep every look, as JSON lines")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        looks = soak(Path(scratch), arguments.questions, arguments.swaps)
    if arguments.looks:
        arguments.looks.write_text("".join(json.dumps(asdict(one)) + "\n" for one in looks), "utf-8")
    first, last = looks[int(WARM * len(looks))], looks[-1]
    figures = {"questions": float(last.questions), "swaps": float(last.swaps)}
    for name, unit in (("memory", " MB"), ("files", ""), ("threads", "")):
        figures[f"{name}{unit} after the warm-up"] = getattr(first, name)
        figures[f"{name}{unit} at the end"] = getattr(last, name)
    figures["memory MB for each further 1,000 questions"] = growth(looks)
    if arguments.plot:
        draw(looks, arguments.plot)
    tell("soak", figures, Console(), arguments.save)


if __name__ == "__main__":
    main()
