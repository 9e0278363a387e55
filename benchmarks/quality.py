"""How good the answers are, beside plain BM25 and beside the last release; fails when a figure fell.

    python -m benchmarks.quality [--save] [--noise ARTICLES.jsonl.gz ...] [--index FOLDER]

Questions and articles are in the format of ``../shared/data/eval`` (the default), and are judged as `tanya evaluate`
judges them: docs/evaluation.md says what each figure means. Two columns stand beside the figures:

BM25        tantivy over the sentences alone (stems, no title, no vectors, no reader): the best sentence is the quote,
            its article the first hit; a follow-up is asked with the question before it in front; its score is its
            confidence, and it never refuses
before      the run that ``--baseline`` names (benchmarks/results/quality-baseline.json), where that was made of the
            same questions and articles, with the 95 % interval of the difference (paired bootstrap over questions)

The exit status is 1 when a figure fell by more than its noise: the whole interval lies on the worse side.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import tantivy
from rich.console import Console
from rich.progress import track

from assistant.config import Config
from assistant.evaluation import Judged, KnownQuestion, evaluate, holds, read_questions
from assistant.figures import HEADLINE, Change, change, figures, print_report, report
from index import Article, Index, read_articles
from index.language import STOP_WORDS, folded_words, stem
from index.splitting import sentences

ROOT = Path(__file__).resolve().parent.parent
EVAL = ROOT.parent / "shared" / "data" / "eval"
RESULTS = Path(__file__).parent / "results"
BASELINE = "quality-baseline.json"
LARGEST = 2**31  # bytes of a file of articles; readers' own files are held to a smaller limit
BEST = 50  # sentences of the baseline, of which the first five articles are taken
# It always answers, so what it answers right and wrong says nothing beside a program that may refuse.
NOT_FOR_BM25 = {"answered right", "answered wrong", "answerable refused", "unanswerable refused", "token F1"}


# ---- the plain baseline -------------------------------------------------------------------------------------------


class Bm25:
    """BM25 over the sentences of an index's articles."""

    def __init__(self, index: Index) -> None:
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("stems", stored=False, tokenizer_name="whitespace")
        schema.add_integer_field("place", stored=True)
        self._index = tantivy.Index(schema.build())
        self._sentences: list[tuple[str, str]] = []
        writer = self._index.writer()
        for article in all_articles(index):
            for span in sentences(article.text, article.language):
                text = article.text[span.start : span.end]
                document = tantivy.Document()
                document.add_text("stems", " ".join(_stems(text, article.language)))
                document.add_integer("place", len(self._sentences))
                writer.add_document(document)
                self._sentences.append((article.id, text))
        writer.commit()
        self._index.reload()

    def search(self, question: str, language: str) -> list[tuple[float, str, str]]:
        """The best sentences: (score, article, text)."""
        terms = list(dict.fromkeys(_stems(question, language)))
        query = tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, tantivy.Query.term_query(self._index.schema, "stems", term)) for term in terms]
        )
        searcher = self._index.searcher()
        hits = searcher.search(query, limit=BEST).hits
        return [(score, *self._sentences[searcher.doc(address)["place"][0]]) for score, address in hits]


def _stems(text: str, language: str) -> list[str]:
    return [stem(word, language) for word in folded_words(text) if word not in STOP_WORDS[language]]


def all_articles(index: Index) -> list[Article]:
    """Every article of an index."""
    return index.articles(limit=index.status().articles).articles


def judge_bm25(bm25: Bm25, known: KnownQuestion) -> Judged:
    """What the best sentence is worth."""
    asked = " ".join([*(turn.question for turn in known.history[-1:]), known.question])
    found = bm25.search(asked, known.language if known.language in STOP_WORDS else "id")
    ids = list(dict.fromkeys(article for _, article, _ in found))
    evidence = bool(found) and holds(found[0][2], known.answers or (known.evidence,))
    return Judged(
        id=known.id,
        type=known.type,
        language=known.language,
        answerable=known.answerable,
        outcome="answer",
        confidence=found[0][0] if found else 0.0,
        hit1=bool(set(known.articles) & set(ids[:1])) if known.articles else None,
        hit5=bool(set(known.articles) & set(ids[:5])) if known.articles else None,
        evidence=evidence if known.answerable else None,
        f1=None,
        shown=None,
        citations=0,
        exact=0,
        seconds=0.0,
    )


# ---- what a result belongs to -------------------------------------------------------------------------------------


def digest(*paths: Path) -> str:
    """Which data a result belongs to."""
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.read_bytes())
    return whole.hexdigest()[:12]


def commit() -> str:
    """Which code a result belongs to; a trailing + means that files had changed since."""
    run = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--exclude=*"]
    return subprocess.run(run, capture_output=True, text=True, check=False).stdout.strip()


@contextmanager
def index_of(files: Sequence[Path], folder: Path | None) -> Iterator[Index]:
    """An index of all articles of the files, kept in ``folder`` for the next time if one is given.

    It is used again only by the very code and model that made it.
    """
    with tempfile.TemporaryDirectory() as temporary:
        kept = folder or Path(temporary) / "data"
        marker = kept / "made-of"
        made_of = digest(
            *files, *sorted(path for path in (ROOT / "index").rglob("*") if path.suffix not in ("", ".pyc"))
        )
        known = marker.is_file() and marker.read_text() == made_of
        if folder is not None and not known and folder.exists() and any(folder.iterdir()):
            raise SystemExit(f"{folder} holds another index: name an empty folder.")
        with Index.open(kept) as index:
            if not known:
                for file in files:
                    plain = file
                    if file.suffix == ".gz":
                        plain = Path(temporary) / file.stem
                        plain.write_bytes(gzip.decompress(file.read_bytes()))
                    index.add(read_articles(plain, max_bytes=LARGEST))
                index.rebuild()
                marker.write_text(made_of)
            yield index


# ---- beside the last release --------------------------------------------------------------------------------------


def changes(before: Mapping[str, Any], after: Sequence[Judged]) -> list[Change]:
    """How each headline figure differs from a kept run on the same data."""
    then = [Judged(**row) for row in before["judged"]]
    return [found for measure in HEADLINE if (found := change(measure, then, after)) is not None]


def compared(kept: Path, questions: str, articles: str, judged: Sequence[Judged]) -> tuple[list[Change], str]:
    """The changes since a kept run, or why there is nothing to compare with."""
    if not kept.is_file():
        return [], f"{kept.name} is not there: nothing to compare with."
    before = json.loads(kept.read_text(encoding="utf-8"))
    if (before["questions"], before["articles"]) != (questions, articles):
        return [], f"{kept.name} was made of other questions or articles: nothing to compare with."
    return changes(before, judged), f"before: {kept.name}, commit {before['commit']}"


def column(change: Change) -> str:
    """A cell of the table: the earlier value, the difference and its interval."""
    fell = "  [red]FELL[/red]" if change.fell else ""
    return f"{change.before:.3f}  {change.difference:+.3f} ({change.low:+.2f} to {change.high:+.2f}){fell}"


def main() -> None:
    """Build an index of the articles, ask every question, print, keep and compare the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=Path, default=EVAL / "dev.jsonl")
    parser.add_argument("--articles", type=Path, default=EVAL / "dev_articles.jsonl")
    parser.add_argument("--noise", type=Path, nargs="*", default=[], help="more articles (.jsonl.gz)")
    parser.add_argument("--index", type=Path, help="keep the index of the articles in this folder")
    parser.add_argument("--baseline", default=BASELINE, help=f"the run to compare with (a name inside {RESULTS.name}/)")
    parser.add_argument(
        "--save",
        nargs="?",
        const=BASELINE,
        metavar="NAME",
        help=f"keep this run in {RESULTS.name}/ (default: {BASELINE})",
    )
    parser.add_argument("--threshold", type=float, help="answer from this confidence on, not from the shipped one")
    parser.add_argument("--misses", action="store_true", help="print the questions that went wrong")
    arguments = parser.parse_args()
    if not arguments.questions.is_file():
        parser.error(f"{arguments.questions} is not there; give --questions and --articles")

    console = Console(width=None if sys.stdout.isatty() else 180)
    known, bad = read_questions(arguments.questions)
    for line in bad:
        console.print(f"{arguments.questions.name}, line {line.line}: {line.reason}")
    files = [arguments.articles, *arguments.noise]
    with index_of(files, arguments.index) as index:
        config = Config(answer_threshold=arguments.threshold)
        console.print(f"{index.status().articles} articles, {index.status().passages} passages, commit {commit()}")
        judged = evaluate(index, known, config)
        bm25 = Bm25(index)
    plain = figures([judge_bm25(bm25, one) for one in track(known, "BM25", console=Console(stderr=True))])

    asked, of = digest(arguments.questions), digest(*files)
    since, note = compared(RESULTS / arguments.baseline, asked, of, judged)
    beside = {
        "BM25": {one.name: f"{one.value:.3f}" for one in plain if one.name not in NOT_FOR_BM25},
        "before": {one.name: column(one) for one in since},
    }
    told = report(judged)
    print_report(told, beside if since else {"BM25": beside["BM25"]}, console)
    console.print(note)
    if arguments.misses:
        for one, question in zip(judged, known, strict=True):
            if one.evidence is False or (one.answerable is False and not one.refused):
                console.print(
                    one.id, one.type, f"{one.outcome} hit1={one.hit1} p={one.confidence:.2f}", question.question
                )
    if arguments.save:
        kept = {
            "commit": commit(),
            "questions": asked,
            "articles": of,
            "ask_ms": {"p50": round(told.p50_ms, 1), "p95": round(told.p95_ms, 1)},
            "figures": [_rounded(asdict(one)) for one in told.figures],
            "groups": {group.name: [_rounded(asdict(one)) for one in group.figures] for group in told.groups},
            "bm25": [_rounded(asdict(one)) for one in plain],
            "judged": [asdict(one) for one in judged],  # unrounded: what was not changed must not differ later
        }
        RESULTS.mkdir(exist_ok=True)
        lines = json.dumps(kept, indent=1).replace("\n   ", " ").replace("\n  }", " }")  # a line for each row
        (RESULTS / Path(arguments.save).name).write_text(lines + "\n", encoding="utf-8")
    fallen = [one.name for one in since if one.fell]
    if fallen:
        raise SystemExit(f"fell by more than its noise: {', '.join(fallen)}")


def _rounded(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in row.items()}


if __name__ == "__main__":
    main()
