"""How good the answers are, by type of question.

    python -m benchmarks.quality [--questions QUESTIONS.jsonl --articles ARTICLES.jsonl] [--noise ARTICLES.jsonl.gz ...]

Questions and articles are in the format of ``../shared/data/eval`` (the default). What the columns mean:

hit@1, hit@5    the right article is the first, or among the first five different articles, of ``index.search``
evidence@1      the quote of the first citation holds an accepted answer; a refusal counts as a miss
token F1        of ``answer.short`` against the nearest accepted answer (SQuAD's measure)
refused         share of questions with ``answered`` false (right for the unanswerable, wrong for the others)
exact           share of citations whose quote is the article's text at their place; must be 1
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import re
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, quantiles

from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant import Assistant, Turn
from assistant.config import Config
from index import Index, read_articles

ROOT = Path(__file__).resolve().parent.parent
EVAL = ROOT.parent / "shared" / "data" / "eval"
RESULTS = Path(__file__).parent / "results"
SHORT_TYPES = {"factoid", "informal", "followup", "crosslingual"}
HITS = ("hit1", "hit5")
BOOTSTRAPS = 1000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question came to."""

    id: str
    type: str
    language: str
    answerable: bool
    refused: bool
    hit1: bool
    hit5: bool
    evidence: bool
    f1: float
    citations: int
    exact: int
    seconds: float
    confidence: float


def normalise(text: str) -> list[str]:
    """The words of an answer for comparison: lower case, no punctuation outside numbers."""
    return re.findall(r"\d+(?:[.,]\d+)*|\w+", text.lower().replace("\xa0", " "))


def holds(quote: str, answers: Iterable[str]) -> bool:
    """Whether a quote holds one of the answers, word by word."""
    words = f" {' '.join(normalise(quote))} "
    return any(f" {' '.join(normalise(answer))} " in words for answer in answers)


def token_f1(given: str, answers: Iterable[str]) -> float:
    """SQuAD's token F1 against the nearest of the accepted answers."""
    best = 0.0
    mine = Counter(normalise(given))
    for answer in answers:
        theirs = Counter(normalise(answer))
        common = (mine & theirs).total()
        if common:
            best = max(best, 2 * common / (mine.total() + theirs.total()))
    return best


def ask(index: Index, assistant: Assistant, row: dict[str, object]) -> Outcome:
    """Put one question and judge what comes back."""
    question = str(row["question"])
    history = [Turn(turn["question"], turn["answer"]) for turn in row.get("history") or ()]  # type: ignore[attr-defined]
    right = {str(row["article_id"]), *(row.get("alt_article_ids") or ())}  # type: ignore[misc]
    answers = [str(answer) for answer in row["answers"]]  # type: ignore[attr-defined]

    began = time.perf_counter()
    answer = assistant.ask(question, history=history)
    seconds = time.perf_counter() - began

    found = list(
        dict.fromkeys(result.passage.article_id for result in index.search(answer.rewritten or question, top_k=20))
    )
    exact = 0
    for citation in answer.citations:
        article = index.article(citation.article_id)
        exact += article is not None and article.text[citation.start : citation.end] == citation.quote
    return Outcome(
        id=str(row["id"]),
        type=str(row["type"]),
        language=str(row["lang"]),
        answerable=bool(row["answerable"]),
        refused=not answer.answered,
        hit1=bool(right & set(found[:1])),
        hit5=bool(right & set(found[:5])),
        evidence=answer.answered and holds(answer.citations[0].quote, answers),
        f1=token_f1(answer.short or answer.citations[0].quote, answers) if answer.answered else 0.0,
        citations=len(answer.citations),
        exact=exact,
        seconds=seconds,
        confidence=answer.confidence,
    )


def interval(values: Sequence[float], seed: int = 2026) -> tuple[float, float]:
    """A 95 % bootstrap interval of the mean."""
    draw = random.Random(seed)
    means = sorted(mean(draw.choices(values, k=len(values))) for _ in range(BOOTSTRAPS))
    return means[int(0.025 * BOOTSTRAPS)], means[int(0.975 * BOOTSTRAPS)]


def headline(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """The figures a release is judged by."""
    answerable = [one for one in outcomes if one.answerable]
    figures: dict[str, Callable[[Outcome], bool]] = {
        "all": lambda one: True,
        "indonesian": lambda one: one.language == "id",
        "english": lambda one: one.language == "en",
    }
    result: dict[str, float] = {}
    for name, chosen in figures.items():
        rows = [one for one in answerable if chosen(one)]
        if rows:
            result[f"hit@1 {name}"] = mean(one.hit1 for one in rows)
            result[f"evidence@1 {name}"] = mean(one.evidence for one in rows)
    unanswerable = [one for one in outcomes if not one.answerable]
    if unanswerable:
        result["unanswerable refused"] = mean(one.refused for one in unanswerable)
    result["answerable refused"] = mean(one.refused for one in answerable)
    result["wrong answers shown"] = mean(not one.refused and not one.evidence for one in outcomes)
    result["exact citations"] = sum(one.exact for one in outcomes) / max(sum(one.citations for one in outcomes), 1)
    seconds = [one.seconds for one in outcomes]
    result["ask p50 ms"] = 1000 * quantiles(seconds, n=20)[9]
    result["ask p95 ms"] = 1000 * quantiles(seconds, n=20)[18]
    return result


def show(outcomes: Sequence[Outcome], console: Console) -> None:
    """Print the table by type, and the headline figures with their intervals."""
    table = Table(title="by type of question")
    for column in ("type", "n", "hit@1", "hit@5", "evidence@1", "token F1", "refused"):
        table.add_column(column, justify="left" if column == "type" else "right")
    for kind in dict.fromkeys(one.type for one in outcomes):
        rows = [one for one in outcomes if one.type == kind]
        answerable = [one for one in rows if one.answerable]
        cells = [
            f"{mean(getattr(one, name) for one in answerable):.2f}" if answerable else "" for name in ("hit1", "hit5")
        ]
        cells.append(f"{mean(one.evidence for one in answerable):.2f}" if answerable else "")
        cells.append(f"{mean(one.f1 for one in answerable):.2f}" if answerable and kind in SHORT_TYPES else "")
        table.add_row(kind, str(len(rows)), *cells, f"{mean(one.refused for one in rows):.2f}")
    console.print(table)
    answerable = [one for one in outcomes if one.answerable]
    low, high = interval([float(one.evidence) for one in answerable])
    for name, value in headline(outcomes).items():
        console.print(f"{name:24} {value:8.3f}" + (f"   [{low:.3f}, {high:.3f}]" if name == "evidence@1 all" else ""))


def digest(path: Path) -> str:
    """Which data a result belongs to."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def commit() -> str:
    """Which code a result belongs to; a trailing + means that files had changed since."""
    run = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--exclude=*"]
    return subprocess.run(run, capture_output=True, text=True, check=False).stdout.strip()


def main() -> None:
    """Build an index of the articles, ask every question, print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=Path, default=EVAL / "dev.jsonl")
    parser.add_argument("--articles", type=Path, default=EVAL / "dev_articles.jsonl")
    parser.add_argument("--noise", type=Path, nargs="*", default=[], help="more articles (.jsonl.gz)")
    parser.add_argument("--save", type=Path, help=f"where to keep the figures (a name inside {RESULTS.name}/)")
    parser.add_argument(
        "--threshold", type=float, help="answer from this confidence on, instead of the shipped threshold"
    )
    parser.add_argument("--misses", action="store_true", help="print the questions that went wrong")
    arguments = parser.parse_args()
    if not arguments.questions.is_file():
        parser.error(f"{arguments.questions} is not there; give --questions and --articles")
    rows = [json.loads(line) for line in arguments.questions.read_text(encoding="utf-8").splitlines() if line.strip()]

    console = Console()
    with tempfile.TemporaryDirectory() as folder, Index.open(Path(folder) / "data") as index:
        index.add(read_articles(arguments.articles))
        for noise in arguments.noise:
            plain = Path(folder) / noise.name.removesuffix(".gz")
            plain.write_bytes(gzip.decompress(noise.read_bytes()))
            index.add(read_articles(plain, max_bytes=2**31))
        index.rebuild()
        assistant = Assistant(index, config=Config(answer_threshold=arguments.threshold))
        assistant.ask(rows[0]["question"])  # the models load with the first question
        outcomes = [ask(index, assistant, row) for row in track(rows, "asking", console=console)]
        console.print(f"{index.status().articles} articles, {index.status().passages} passages")
    show(outcomes, console)
    if arguments.misses:
        for one, row in zip(outcomes, rows, strict=True):
            if one.answerable != one.evidence or (not one.answerable and not one.refused):
                console.print(
                    one.id, one.type, f"refused={one.refused} hit1={one.hit1} p={one.confidence:.2f}", row["question"]
                )
    if arguments.save:
        RESULTS.mkdir(exist_ok=True)
        kept = {
            "commit": commit(),
            "questions": digest(arguments.questions),
            "articles": digest(arguments.articles),
            "headline": headline(outcomes),
            "outcomes": [asdict(one) for one in outcomes],
        }
        (RESULTS / arguments.save.name).write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
