"""How well each leg of the search finds the right passage, and their fusion: BM25, dictionary, cosine.

Everything is in memory and by the recipe of ``index/lexicon.py`` and ``index/ranking.py``. The sets are held out
of training by ``training/corpus.py``; ``data/eval`` is only ever measured.

    OMP_NUM_THREADS=1 .venv/bin/python -m benchmarks.retrieval --data ../shared/data
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import tantivy
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from index.dictionary import Dictionary
from index.embedding import Embedder, StaticEmbedder, open_embedder
from index.language import STOP_WORDS, formal, stem, words
from index.splitting import passages
from training.corpus import (
    DEFAULT_DATA,
    documents,
    held_out,
    news_questions,
    questions,
)

CANDIDATES: Final = 50  # of each leg
DEPTH: Final = 10  # nDCG@10, R@10

# The recipe, chosen on the held-out news questions; training/embedder.md has the tables.
TRANSLATIONS: Final = 6  # of each word, each with its probability as weight
SURFACE_WEIGHT: Final = 0.3  # of the folded form, beside 1 for the stem
DENSE_WEIGHT: Final = 0.75
MATCH_WEIGHT: Final = 1.0
MATCHED: Final = 10  # best fused passages whose tokens are compared one by one


@dataclass(frozen=True, slots=True)
class Unit:
    """A passage to be found: right answers are counted by ``article``."""

    article: str
    title: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question, the articles that answer it, and the group it is reported in."""

    text: str
    language: str
    gold: frozenset[str]
    group: str


@dataclass(frozen=True, slots=True)
class Task:
    """One archive and its questions."""

    name: str
    units: list[Unit]
    queries: list[Query]


def passages_of(article: str, title: str, text: str, language: str) -> list[Unit]:
    """The passages of one article as the product splits it."""
    return [Unit(article, title, text[span.start : span.end], language) for span in passages(text, language)]


def news_task(data: Path, measured: bool = True) -> Task:
    """Questions on whole news articles: the held-out ones, among all articles of ``art_id_indosum``."""
    units = []
    for document in documents(data, "art_id_indosum"):
        units += passages_of(document.id, document.title, document.text, "id")
    asked = [
        Query(q.text, q.language, frozenset([q.key]), "English" if q.language == "en" else "Indonesian")
        for q in news_questions(data)
        if q.answerable and held_out(q.key) == measured
    ]
    return Task("news held out", units, asked)


def _eval_rows(data: Path, name: str) -> Iterator[dict[str, Any]]:
    with open(data / "eval" / f"{name}.jsonl", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def dev_task(data: Path) -> Task:
    """``data/eval/dev.jsonl``; a follow-up is asked together with the question before it."""
    units = []
    for row in _eval_rows(data, "dev_articles"):
        units += passages_of(row["id"], row["title"] or "", row["text"], row["lang"])
    asked = []
    for row in _eval_rows(data, "dev"):
        if not row["answerable"]:
            continue
        text = " ".join([*(turn["question"] for turn in row["history"][-1:]), row["question"]])
        gold = frozenset([row["article_id"], *(row.get("alt_article_ids") or ())])
        asked.append(Query(text, row["lang"], gold, "English" if row["lang"] == "en" else "Indonesian"))
    return Task("dev", units, asked)


def context_task(
    name: str,
    data: Path,
    measured: str,
    others: Iterable[str],
    group: str,
    held: bool = False,
    language: str = "id",
    extra: Sequence[Unit] = (),
) -> Task:
    """Questions whose gold passage is their context, among the contexts of other sets."""
    own = questions(data, measured)
    units = {q.context: Unit(q.context, q.title, q.context, language) for q in own}
    for other in others:
        units |= {q.context: Unit(q.context, q.title, q.context, language) for q in questions(data, other)}
    asked = [
        Query(q.text, q.language, frozenset([q.context]), group)
        for q in own
        if q.answerable and (held_out(q.key) or not held)
    ]
    return Task(name, [*units.values(), *extra], asked)


def tasks(data: Path) -> list[Task]:
    """All that is measured."""
    news, dev = news_task(data), dev_task(data)
    wikipedia = [Unit(d.id, d.title, d.text, "id") for d in documents(data, "art_id_wikilead", 5000)]
    others = [unit for d in documents(data, "art_id_clickid") for unit in passages_of(d.id, d.title, d.text, "id")]
    train = ["qa_id_idkmrc.train"]
    return [
        news,
        Task("news held out, in 25,000 articles", news.units + others, news.queries),
        dev,
        Task("dev, in 25,000 articles", dev.units + news.units + others, dev.queries),
        context_task("IDK-MRC valid", data, "qa_id_idkmrc.valid", train, "Indonesian", extra=wikipedia),
        context_task("FacQA held out", data, "qa_id_facqa_resplit.train", [], "Indonesian", held=True),
        context_task("TyDi dev", data, "qa_en_tydiqa.dev", ["qa_en_tydiqa.train"], "English", language="en"),
        context_task("TyDi dev in news", data, "qa_en_tydiqa.dev", [], "English", language="en", extra=news.units),
    ]


class Lexical:
    """The passages of a task in a tantivy index in memory; English stems are marked, so that one field holds both."""

    def __init__(self, units: Sequence[Unit], dictionary: Dictionary) -> None:
        """Index every unit with its title."""
        self._dictionary = dictionary
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("number", stored=False, indexed=False, fast=True)
        for name in ("stems", "surface"):
            builder.add_text_field(name, stored=False, tokenizer_name="whitespace", index_option="freq")
        self._schema = builder.build()
        index = tantivy.Index(self._schema)
        writer = index.writer(heap_size=200_000_000, num_threads=1)
        for number, unit in enumerate(units):
            folded = [word.folded for word in words(f"{unit.title}\n{unit.text}")]
            document = tantivy.Document()
            document.add_unsigned("number", number)
            document.add_text("stems", " ".join(marked(word, unit.language) for word in folded))
            document.add_text("surface", " ".join(folded))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()

    def search(self, text: str, language: str, expanded: bool) -> dict[int, float]:
        """BM25 scores of the best passages by number; with translations and folded forms if ``expanded``."""
        other = "id" if language == "en" else "en"
        folded = list(dict.fromkeys(word.folded for word in words(text)))
        weights: dict[tuple[str, str], float] = {}
        for word in [word for word in folded if word not in STOP_WORDS[language]] or folded:
            own = stem(word, language)
            weights["stems", marked(word, language)] = 1.0
            if not expanded:
                continue
            weights["surface", word] = SURFACE_WEIGHT
            ways = self._dictionary.translations(own, language)[:TRANSLATIONS]
            for way, weight in [(way.stem, way.probability) for way in ways] or [(stem(word, other), 1.0)]:
                key = "stems", MARK[other] + way
                weights[key] = max(weight, weights.get(key, 0.0))
        clauses = [(tantivy.Occur.Should, self._term(name, term, weight)) for (name, term), weight in weights.items()]
        hits = self._searcher.search(tantivy.Query.boolean_query(clauses), limit=CANDIDATES, count=False).hits
        numbers = self._searcher.fast_field_values("number", [address for _, address in hits])
        return {int(number): float(score) for number, (score, _) in zip(numbers, hits, strict=True)}

    def _term(self, name: str, term: str, weight: float) -> tantivy.Query:
        return tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, name, term, "freq"), weight)


# Two fields would punish the rarer language: tantivy's average length counts passages that lack the field.
MARK: Final = {"id": "", "en": "="}


def marked(folded: str, language: str) -> str:
    """The stem of a folded word as the lexical index holds it."""
    return MARK[language] + stem(folded, language)


@dataclass(slots=True)
class Score:
    """Sums over the questions of one group."""

    number: int = 0
    ndcg: float = 0.0
    recall: float = 0.0
    first: float = 0.0
    misses: list[str] = field(default_factory=list)

    def add(self, query: Query, ranked: Sequence[str]) -> None:
        """Count one question; ``ranked`` are articles, best first, each once."""
        places = [place for place, article in enumerate(ranked[:DEPTH]) if article in query.gold]
        self.number += 1
        if places:
            self.ndcg += 1 / math.log2(places[0] + 2)
            self.recall += 1
        if places[:1] == [0]:
            self.first += 1
        else:
            self.misses.append(query.text)

    def __str__(self) -> str:
        n = max(1, self.number)
        return f"{self.ndcg / n:.3f} {self.recall / n:.3f} {self.first / n:.3f}"


def articles(scores: dict[int, float], units: Sequence[Unit]) -> list[str]:
    """Articles by their best passage."""
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return list(dict.fromkeys(units[number].article for number, _ in ordered))


def fused(lexical: dict[int, float], dense: dict[int, float]) -> dict[int, float]:
    """BM25 over the best BM25 of this question, plus the weighted cosine, over the passages of either leg.

    A passage that a leg did not return scores there what the last one returned did: it cannot be better.
    """
    best = max(lexical.values(), default=1.0)
    lexical_floor = min(lexical.values()) if len(lexical) == CANDIDATES else 0.0
    dense_floor = min(dense.values())
    return {
        n: lexical.get(n, lexical_floor) / best + DENSE_WEIGHT * dense.get(n, dense_floor)
        for n in lexical.keys() | dense.keys()
    }


def matched(
    scores: dict[int, float], question: str, texts: Sequence[str], embedder: StaticEmbedder
) -> dict[int, float]:
    """The best fused passages with the weighted MaxSim added; the others stay behind them."""
    ordered = sorted(scores, key=lambda number: (-scores[number], number))
    first = ordered[:MATCHED]
    match = embedder.token_match(question, [texts[number] for number in first])
    lifted = {n: scores[n] + MATCH_WEIGHT * float(found) for n, found in zip(first, match, strict=True)}
    lowest = min(lifted.values())
    return lifted | {n: lowest - 1 + scores[n] / 10 for n in ordered[MATCHED:]}


def dense_search(vectors: NDArray[np.float32], query: NDArray[np.float32]) -> dict[int, float]:
    """Cosines of the nearest passages by number."""
    cosines = vectors @ query
    nearest = np.argpartition(-cosines, min(CANDIDATES, len(cosines) - 1))[:CANDIDATES]
    return {int(number): float(cosines[number]) for number in nearest}


def measure(task: Task, embedder: Embedder, dictionary: Dictionary) -> dict[str, dict[str, Score]]:
    """Scores by leg, then by group."""
    lexicon = Lexical(task.units, dictionary)
    texts = [f"{unit.title}. {unit.text}" if unit.title else unit.text for unit in task.units]
    vectors = embedder.embed_passages(texts)
    asked = embedder.embed_questions([formal(query.text) for query in task.queries])
    found: dict[str, dict[str, Score]] = {}
    for query, vector in zip(task.queries, asked, strict=True):
        text = formal(query.text)
        expanded, dense = lexicon.search(text, query.language, True), dense_search(vectors, vector)
        both = fused(expanded, dense)
        legs = {
            "BM25": lexicon.search(text, query.language, False),
            "BM25 + dictionary": expanded,
            "cosine": dense,
            "fused": both,
        }
        if isinstance(embedder, StaticEmbedder):
            legs["fused + MaxSim"] = matched(both, text, texts, embedder)
        for leg, scores in legs.items():
            found.setdefault(leg, {}).setdefault(query.group, Score()).add(query, articles(scores, task.units))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(DEFAULT_DATA))
    parser.add_argument("--model", default="", help="a sentence-transformers model instead of the shipped one")
    parser.add_argument("--misses", action="store_true", help="list the questions of dev whose article is not first")
    arguments = parser.parse_args()

    embedder, dictionary = open_embedder(arguments.model), Dictionary.load()
    table = Table("set", "questions", "leg", "nDCG@10", "R@10", "hit@1", title="Finding the right article or context")
    console = Console(width=100)
    for task in tasks(arguments.data):
        by_leg = measure(task, embedder, dictionary)
        for group in sorted({query.group for query in task.queries}, reverse=True):
            for leg, groups in by_leg.items():
                score = groups[group]
                table.add_row(f"{task.name}, {group}", str(score.number), leg, *str(score).split())
            table.add_section()
        if arguments.misses and task.name.startswith("dev"):
            for score in list(by_leg.values())[-1].values():
                console.print(*score.misses, sep="\n")
    console.print(table)


if __name__ == "__main__":
    main()
