"""What grows with the archive, from ten thousand passages to a million.

    python -m benchmarks.scale --folder FOLDER [--sizes 10000 100000 1000000] [--save scale.json]
        [--plot docs/plots/scale.png]

FOLDER keeps the articles (``benchmarks.recombined`` says what they are) and an index of each size; what is built there
already is not built again, unless the code that it was built by matters: then delete it. Each figure is taken in a
process of its own, so that its memory is its own. CPU is what the work takes of a core, whatever else the machine does.

build     read, clean, split, archive, embed, index and seal, by one ``add``; peak memory of that process and of the
          process that builds the generation
disk      the archive, the lexicon, one generation
open      ``Index.open`` and the first search, with the files in the page cache
search    every development question, after one pass to warm up; then with an outlet, with a year, with a week
ask       the same through ``Assistant.ask``
server    memory after it was asked; a page of the archive far down, the overview, and suggestions, each the first time
add       one article, until another index that is open finds it
rebuild   a fresh generation of everything
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from assistant import Assistant
from benchmarks.crowd import memory, serving
from benchmarks.quality import EVAL, RESULTS, commit
from benchmarks.recombined import recombined
from benchmarks.speed import dev_questions, timed
from index import Article, Index, Progress, read_articles
from index.splitting import passages

SIZES = (10_000, 100_000, 1_000_000)
MEASURED = "measured.json"  # the figures of a size, beside its index
SHARD = 20_000  # articles a file
YEAR = {"since": date(2020, 1, 1), "until": date(2020, 12, 31)}
WEEK = {"since": date(2020, 3, 2), "until": date(2020, 3, 8)}
OUTLET = {"source": "Harian 00"}
Figures = dict[str, float]


def bars() -> Bar:
    """Progress bars as all parts of this program show them."""
    return Bar(
        TextColumn("{task.description:>30}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), expand=False
    )


def alone(work: Callable[..., Figures], *given: object) -> Figures:
    """What ``work`` finds in a fresh process."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *given).result()


def peak(who: int) -> float:
    """The most memory in MB that this process, or the largest of its children that have ended, ever had."""
    return resource.getrusage(who).ru_maxrss / 1024


def cpu() -> float:
    """Seconds of a core that this process and its children that have ended have taken."""
    return sum(os.times()[:4])


def cost(name: str, work: Callable[[str], object], questions: Iterable[str]) -> Figures:
    """Milliseconds of a question, after one pass to warm up: half take less than p50, 95 % less than p95."""
    for question in questions:
        work(question)
    before = cpu()
    spent = [1000 * timed(lambda asked=question: work(asked)) for question in questions]
    return {
        f"{name} p50 ms": median(spent),
        f"{name} p95 ms": quantiles(spent, n=20)[18],
        f"{name} CPU ms": 1000 * (cpu() - before) / len(spent),
    }


def on_disk(folder: Path) -> float:
    """MB of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


# ---- building -----------------------------------------------------------------------------------------------------


def write_articles(data: Path, target: Path, wanted: int) -> None:
    """Files of JSON lines that make ``wanted`` passages."""
    target.mkdir(parents=True)
    articles, made, number = recombined(data), 0, count()
    with bars() as shown:
        bar = shown.add_task("articles", total=wanted)
        while made < wanted:
            with (target / f"{next(number):03}.jsonl").open("w", encoding="utf-8") as out:
                for _ in range(SHARD):
                    article = next(articles)
                    told = {name: getattr(article, name) for name in ("id", "title", "text", "source")}
                    told["published"] = f"{article.published}"
                    out.write(json.dumps(told, ensure_ascii=False) + "\n")
                    made += len(passages(article.text))
                    if made >= wanted:
                        break
            shown.update(bar, completed=min(made, wanted))


def build(source: Path, folder: Path) -> Figures:
    """Add everything to an empty index."""
    stages: Figures = {}
    last = [time.perf_counter()]
    with bars() as shown, Index.open(folder) as index:
        tasks = {}

        def tell(progress: Progress) -> None:
            now = time.perf_counter()
            stages[f"build: {progress.stage} s"] = stages.get(f"build: {progress.stage} s", 0.0) + now - last[0]
            last[0] = now
            if progress.stage not in tasks:
                tasks[progress.stage] = shown.add_task(progress.stage, total=progress.total)
            shown.update(tasks[progress.stage], completed=progress.done, total=progress.total)

        seconds = timed(lambda: index.add(read_articles(source, max_bytes=2**31), tell))
        if index.status().tail:
            seconds += timed(lambda: index.rebuild(tell))
        status = index.status()
    return {
        "passages": status.passages,
        "articles": status.articles,
        "build s": seconds,
        "build passages/s": status.passages / seconds,
        "build CPU s": cpu(),
        "build: CPU of the generation's process s": sum(os.times()[2:4]),
        **stages,
        "build: memory MB": peak(resource.RUSAGE_SELF),
        "build: memory of the generation's process MB": peak(resource.RUSAGE_CHILDREN),
    }


def built(data: Path, folder: Path, wanted: int) -> Figures:
    """The figures of the build, now or when it was made."""
    kept = folder / "build.json"
    if not kept.is_file():
        shutil.rmtree(folder / "data", ignore_errors=True)
        if not (folder / "articles.whole").is_file():
            shutil.rmtree(folder / "articles", ignore_errors=True)
            write_articles(data, folder / "articles", wanted)
            (folder / "articles.whole").touch()
        kept.write_text(json.dumps(alone(build, folder / "articles", folder / "data")))
    figures: Figures = json.loads(kept.read_text())
    return figures


# ---- what is built ------------------------------------------------------------------------------------------------


def opening(folder: Path, question: str) -> Figures:
    """Open, and search once."""
    import chromadb  # noqa: F401  # the time of its import is none of the archive's

    began, taken = time.perf_counter(), cpu()
    with Index.open(folder) as index:
        opened, after = time.perf_counter(), cpu()
        index.search(question)
        return {
            "open s": opened - began,
            "open CPU s": after - taken,
            "first search after opening s": time.perf_counter() - opened,
            "first search after opening CPU s": cpu() - after,
        }


def searching(folder: Path, questions: list[str]) -> Figures:
    """Search and ask."""
    figures: Figures = {}
    with Index.open(folder) as index:
        assistant = Assistant(index)
        for name, work in {
            "search": index.search,
            "search in an outlet": partial(index.search, **OUTLET),
            "search in a year": partial(index.search, **YEAR),
            "search in a week": partial(index.search, **WEEK),
            "ask": assistant.ask,
        }.items():
            figures |= cost(name, work, questions)
        figures["memory of a process that asks MB"] = peak(resource.RUSAGE_SELF)
    return figures


def served(folder: Path, questions: list[str]) -> Figures:
    """A server: what it takes, and pages whose work grows with the archive, the first time they are asked for."""
    figures: Figures = {}
    began = time.perf_counter()
    with serving(folder) as (address, pid):

        def get(path: str) -> None:
            with urllib.request.urlopen(f"{address.rstrip('/')}{path}", timeout=600) as answer:
                answer.read()

        def ask(question: str) -> None:
            asked = urllib.request.Request(
                f"{address.rstrip('/')}/api/ask",
                json.dumps({"question": question}).encode(),
                {"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(asked, timeout=600) as answer:
                answer.read()

        get("/api/health/ready")
        figures["server: start s"] = time.perf_counter() - began
        ask(questions[0])
        figures["server: first answer after the start s"] = time.perf_counter() - began
        for question in questions:
            ask(question)
        figures["server: memory after answers MB"] = memory(pid)
        for name, path in {
            "chat page": "/",
            "first page of the archive": "/archive",
            "page 100 of the archive": "/archive?page=100",
            "archive by a word in the title": "/archive?q=banjir",
            "overview": "/overview",
            "health": "/api/health",
        }.items():
            figures[f"server: {name}, first time s"] = timed(partial(get, path))
            figures[f"server: {name}, again s"] = timed(partial(get, path))
        figures["server: memory after pages MB"] = memory(pid)
    return figures


def adding(folder: Path) -> Figures:
    """Add one article while another index, opened before, is asked for it."""
    with Index.open(folder) as server, Index.open(folder) as writer:
        server.search("pemanasan")
        began, taken = time.perf_counter(), cpu()
        writer.add([Article(text="Bupati Qalembara meresmikan pasar terapung Zuhrandi.", id="scale-one-more")])
        added = time.perf_counter()
        assert "scale-one-more" == server.search("pasar terapung Zuhrandi")[0].passage.article_id
        found, after = time.perf_counter(), cpu()
        writer.remove(["scale-one-more"])
    return {
        "add of one article s": added - began,
        "add of one article until it is found s": found - began,
        "add of one article until it is found CPU s": after - taken,
    }


def rebuilding(folder: Path) -> Figures:
    """Rebuild everything."""
    with Index.open(folder) as index, bars() as shown:
        task = shown.add_task("rebuild", total=None)
        seconds = timed(lambda: index.rebuild(lambda step: shown.update(task, completed=step.done, total=step.total)))
    return {
        "rebuild s": seconds,
        "rebuild CPU s": cpu(),
        "rebuild: memory of the generation's process MB": peak(resource.RUSAGE_CHILDREN),
    }


def disk(folder: Path) -> Figures:
    """What each part takes."""
    with Index.open(folder) as index:
        number = index.status().generation
    assert number is not None
    return {
        "disk: archive MB": sum(path.stat().st_size for path in folder.glob("archive.sqlite3*")) / 2**20,
        "disk: lexicon MB": on_disk(folder / "lexicon"),
        "disk: generation MB": on_disk(folder / "generations" / f"{number:06d}"),
    }


def measure(data: Path, folder: Path, wanted: int, rebuild: bool) -> None:
    """All figures of one size, written beside its index."""
    questions = dev_questions(data)
    figures = built(data, folder, wanted)
    index = folder / "data"
    if rebuild:  # first, so that what follows is of this code's own generation
        figures |= alone(rebuilding, index)
    figures |= alone(disk, index)
    figures |= alone(opening, index, questions[0])
    figures |= alone(searching, index, questions)
    figures |= alone(adding, index)
    figures |= alone(served, index, questions)
    (folder / MEASURED).write_text(json.dumps(figures))


# ---- telling ------------------------------------------------------------------------------------------------------


def draw(sizes: Mapping[int, Figures], path: Path) -> None:
    """The growth curves, both axes logarithmic: what grows with the archive is a line of slope one."""
    import matplotlib.pyplot as plt

    panels = {
        "minutes of a core": {
            "build": ("build CPU s", 60),
            "of it the generation": ("build: CPU of the generation's process s", 60),
            "rebuild": ("rebuild CPU s", 60),
        },
        "seconds of a core": {
            "opening": ("open CPU s", 1),
            "first search after it": ("first search after opening CPU s", 1),
            "one article, until it is found": ("add of one article until it is found CPU s", 1),
        },
        "milliseconds of a core": {
            name: (f"{name} CPU ms", 1)
            for name in ("search", "search in an outlet", "search in a year", "search in a week", "ask")
        },
        "gigabytes": {
            "archive": ("disk: archive MB", 1024),
            "lexicon": ("disk: lexicon MB", 1024),
            "generation": ("disk: generation MB", 1024),
            "memory of a server": ("server: memory after answers MB", 1024),
            "memory of who builds a generation": ("build: memory of the generation's process MB", 1024),
        },
    }
    figure, axes = plt.subplots(2, 2, figsize=(11, 8), sharex=True)
    for axis, (unit, lines) in zip(axes.flat, panels.items(), strict=True):
        for label, (name, unit_size) in lines.items():
            points = [(one["passages"], one[name] / unit_size) for one in sizes.values() if name in one]
            axis.plot(*zip(*points, strict=True), marker="o", label=label)
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_ylabel(unit)
        axis.grid(alpha=0.3)
        axis.legend(fontsize="small")
    for axis in axes[-1]:
        axis.set_xlabel("passages")
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def tell(sizes: Mapping[int, Figures]) -> None:
    """One row a figure, one column a size."""
    table = Table(title=f"scale at {commit()}")
    table.add_column("figure")
    for size in sizes:
        table.add_column(f"{size:,}", justify="right")
    for name in dict.fromkeys(name for figures in sizes.values() for name in figures):
        table.add_row(name, *(f"{one[name]:,.3g}" if name in one else "" for one in sizes.values()))
    Console().print(table)


def main() -> None:
    """Build, measure, print, keep, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where the indexes are built and kept")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="in passages")
    parser.add_argument("--data", type=Path, default=EVAL.parent)
    parser.add_argument("--build-only", action="store_true", help="build what is missing and measure nothing else")
    parser.add_argument(
        "--no-rebuild", action="store_true", help="leave out the rebuild, the longest but for the build"
    )
    parser.add_argument("--draw-only", action="store_true", help="tell, keep and draw what was measured before")
    parser.add_argument("--save", type=Path, help=f"where to keep the figures (a name inside {RESULTS.name}/)")
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    if not (arguments.data / "train").is_dir():
        parser.error(f"{arguments.data} has no folder train; give --data")
    folders = {size: arguments.folder / str(size) for size in sorted(arguments.sizes)}
    if arguments.build_only:
        for size, folder in folders.items():
            built(arguments.data, folder, size)
        return
    if not arguments.draw_only:
        for size, folder in folders.items():
            measure(arguments.data, folder, size, not arguments.no_rebuild)
    sizes = {size: json.loads((folder / MEASURED).read_text()) for size, folder in folders.items()}
    tell(sizes)
    if arguments.save:
        kept = {"commit": commit(), "cores": os.cpu_count(), "sizes": sizes}
        (RESULTS / arguments.save.name).write_text(json.dumps(kept, indent=1) + "\n")
    if arguments.plot:
        draw(sizes, arguments.plot)


if __name__ == "__main__":
    main()
