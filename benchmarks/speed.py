"""How fast it is on 100,000 passages, beside bare Chroma in the same run.

    python -m benchmarks.speed [--passages 100000] [--data ../shared/data] [--save speed.json]

Every figure of ours stands beside Chroma doing the least that it can: storing the same vectors with nothing else,
querying them with a vector that is already there, and being imported. Ratios travel between machines; seconds do not.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median, quantiles

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from assistant import Assistant
from benchmarks.quality import EVAL, RESULTS, ROOT, commit
from index import Article, Index, Progress, read_articles
from index.chroma_folder import open_client
from index.splitting import passages

SOURCES = ("art_id_clickid", "art_id_indosum", "art_id_wikilead")
BATCH = 2000  # rows a Chroma call, for both sides
COLD_STARTS = 5
MEMORY = """
import resource, sys
from assistant import Assistant
from index import Index
Assistant(Index.open(sys.argv[1])).ask("Berapa anggaran pertahanan?")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def make_articles(data: Path, target: Path, wanted: int) -> int:
    """Write real articles as JSON lines until they make ``wanted`` passages; returns how many articles."""
    made = articles = 0
    with target.open("w", encoding="utf-8") as out:
        for source in SOURCES:
            with gzip.open(data / "train" / f"{source}.jsonl.gz", "rt", encoding="utf-8") as lines:
                for line in lines:
                    made += len(passages(json.loads(line)["text"]))
                    articles += 1
                    out.write(line)
                    if made >= wanted:
                        return articles
    return articles


def tell(title: str, figures: Mapping[str, float], console: Console, save: Path | None) -> None:
    """Print figures as a table; keep them in ``results/`` under the name of ``save``."""
    table = Table(title=f"{title} at {commit()}")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in figures.items():
        table.add_row(name, f"{value:,.2f}")
    console.print(table)
    if save:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / save.name).write_text(json.dumps({"commit": commit(), **figures}, indent=1) + "\n")


def timed(work: Callable[[], object]) -> float:
    """Seconds that something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def milliseconds(work: Callable[[str], object], questions: Iterable[str]) -> tuple[float, float]:
    """Median and 95th percentile over the questions, after one pass to warm up."""
    for question in questions:
        work(question)
    spent = [1000 * timed(lambda asked=question: work(asked)) for question in questions]
    return median(spent), quantiles(spent, n=20)[18]


def bare_chroma(folder: Path, vectors: NDArray[np.float32]) -> tuple[float, Callable[[NDArray[np.float32]], object]]:
    """Chroma with its default settings and cosine: seconds to store the vectors alone, and its bare query."""
    client = open_client(folder)
    collection = client.create_collection("bare", configuration={"hnsw": {"space": "cosine"}}, embedding_function=None)

    def store() -> None:
        for start in range(0, len(vectors), BATCH):
            chunk = vectors[start : start + BATCH]
            collection.add(ids=[str(start + row) for row in range(len(chunk))], embeddings=chunk)

    return timed(store), lambda vector: collection.query(query_embeddings=vector, n_results=10)


def add_and_find(data: Path) -> None:
    """Add one article to the archive while another index, opened before, is asked for it."""
    with Index.open(data) as server, Index.open(data) as writer:
        server.search("pemanasan")
        writer.add([Article(text="Bupati Qalembara meresmikan pasar terapung Zuhrandi.", id="speed-one-more")])
        assert "speed-one-more" == server.search("pasar terapung Zuhrandi")[0].passage.article_id


def cold_start(command: list[str]) -> float:
    """Median seconds of a command from start to exit."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def run() -> None:
        ran = subprocess.run(command, capture_output=True, env=environment, check=False)
        if ran.returncode not in (0, 3):  # 3: not in the archive
            raise RuntimeError(ran.stderr.decode())

    return median(timed(run) for _ in range(COLD_STARTS))


def dev_questions(data: Path) -> list[str]:
    """The development questions, as they are asked."""
    lines = (data / "eval" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines]


def main() -> None:
    """Build, measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--data", type=Path, default=EVAL.parent)
    parser.add_argument("--save", type=Path, help=f"where to keep the figures (a name inside {RESULTS.name}/)")
    arguments = parser.parse_args()
    if not (arguments.data / "train").is_dir():
        parser.error(f"{arguments.data} has no folder train; give --data")
    console = Console()
    questions = dev_questions(arguments.data)
    figures: dict[str, float] = {}

    with tempfile.TemporaryDirectory() as folder:
        source, data = Path(folder) / "articles.jsonl", Path(folder) / "data"
        console.print(f"{make_articles(arguments.data, source, arguments.passages)} articles")
        index = Index.open(data)
        stages: dict[str, float] = {}
        last = [time.perf_counter()]

        def stage(progress: Progress) -> None:
            now = time.perf_counter()
            stages[progress.stage] = stages.get(progress.stage, 0.0) + now - last[0]
            last[0] = now

        began = time.perf_counter()
        index.add(read_articles(source, max_bytes=2**40), stage)
        seconds = time.perf_counter() - began
        status = index.status()
        if status.tail:
            seconds += timed(index.rebuild)
            status = index.status()
        figures["passages"] = status.passages
        figures["build seconds"] = seconds
        figures["build passages/s"] = status.passages / seconds
        console.print("seconds by stage:", {name: round(spent, 1) for name, spent in stages.items()})

        archive = index._archive
        rows = [
            one
            for start in range(0, status.passages + BATCH, BATCH)
            for one in archive.passage_texts(start + 1, start + BATCH)
        ]
        cached = archive.embeddings(index._embedder.name, [row.digest for row in rows])
        vectors = np.stack([cached[row.digest] for row in rows])
        del rows, cached
        bare_seconds, bare_query = bare_chroma(Path(folder) / "bare", vectors)
        figures["bare Chroma insertion passages/s"] = len(vectors) / bare_seconds
        figures["build / bare Chroma insertion (throughput)"] = bare_seconds / seconds
        del vectors

        embedded = {question: index._embedder.embed_questions([question]) for question in questions}
        figures["bare Chroma query p50 ms"], figures["bare Chroma query p95 ms"] = milliseconds(
            lambda question: bare_query(embedded[question]), questions
        )
        figures["search p50 ms"], figures["search p95 ms"] = milliseconds(index.search, questions)
        figures["search / bare Chroma query (p50)"] = figures["search p50 ms"] / figures["bare Chroma query p50 ms"]
        assistant = Assistant(index)
        figures["ask p50 ms"], figures["ask p95 ms"] = milliseconds(assistant.ask, questions)
        figures["index on disk MB"] = sum(path.stat().st_size for path in data.rglob("*") if path.is_file()) / 2**20
        index.close()

        figures["add of one article until it is found s"] = timed(lambda: add_and_find(data))
        code = "import sys; from assistant.cli import main; sys.argv[1:] = ['ask', '--data', *sys.argv[1:]]; main()"
        figures["cold start of tanya ask s"] = cold_start([sys.executable, "-c", code, str(data), questions[0]])
        figures["memory of a process that asks MB"] = float(
            subprocess.run(
                [sys.executable, "-c", MEMORY, str(data)], check=True, capture_output=True, text=True, cwd=ROOT
            ).stdout
        )
        figures["cold start of import chromadb s"] = cold_start([sys.executable, "-c", "import chromadb"])
        figures["tanya ask / import chromadb"] = (
            figures["cold start of tanya ask s"] / figures["cold start of import chromadb s"]
        )

    tell("speed", figures, console, arguments.save)


if __name__ == "__main__":
    main()
