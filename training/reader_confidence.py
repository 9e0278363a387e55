"""Fit the confidence of answers: `python training/reader_confidence.py --data ../shared/data`.

Held-out questions (the part "valid" of `qa_id_news`) are searched among all articles of `art_id_indosum` with the
real index and read by the shipped reader. Three sorts of outcome are learned from: questions with an answer,
questions that their article does not answer, and questions whose answer's articles were taken out of the results.
Writes `assistant/model/confidence.json`; prints calibration and costs on the part "test".
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from assistant.confidence import FEATURES, best_evidence, features_of
from assistant.reader import MODEL, Evidence, Reader, ReadingPassage
from index import Article, Index, SearchResult
from training.corpus import part_of
from training.reader_data import News
from training.reader_measure import area_under_curve

READ = 6  # passages, as the assistant reads
DEEP = 18  # searched, so that READ are left when an article is taken out
WRONG = 3.0  # cost of a wrong answer, in refusals of a question that has one (issue 3)
MOST_REFUSED = 0.15  # of the answerable questions on these articles; on those of data/eval it is one in ten
MOST_DENIED = 0.03  # of the answerable questions that may hear "not in the archive"; the rest get the closest passage
UNANSWERABLE_SHARE = 1.0 / 3.0  # of the questions that readers ask; half of them removed answers, half near misses
RIDGE = 1.0
WEIGHTS = (0.0, 2.0, 4.0, 8.0, 12.0, 16.0, 20.0, 24.0, 32.0)

Floats = NDArray[np.float64]
Search = Callable[[str], list[SearchResult]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as it was searched and read. ``sort``: "answerable", "near miss" or "removed"."""

    question: str
    language: str
    sort: str
    type: str
    gold: tuple[str, ...]
    results: list[SearchResult]
    evidence: list[Evidence]

    def right(self, chosen: int) -> bool:
        """Whether the sentence of this evidence holds a gold answer."""
        found = self.evidence[chosen]
        sentence = self.results[chosen].passage.text[found.sentence_start : found.sentence_end]
        return self.sort == "answerable" and any(gold in sentence for gold in self.gold)


def ask_all(news: News, part: str, reader: Reader, search: Search) -> list[Asked]:
    """Every question of a part, the answerable ones a second time without their article."""
    asked = []
    for row in news.questions:
        article = row["article_id"] or row["related_article_id"]
        if part_of(article) != part:
            continue
        found = search(row["question"])
        without = [
            result for result in found
            if result.passage.article_id != article
            and not any(answer in result.passage.text for answer in row["answers"])
        ]  # fmt: skip
        sorts = [("answerable", found), ("removed", without)] if row["answerable"] else [("near miss", found)]
        for sort, results in sorts:
            read = results[:READ]
            if not read:
                continue
            evidence = reader.read(
                row["question"], [ReadingPassage(r.passage.text, r.passage.title, r.passage.language) for r in read]
            )
            asked.append(Asked(row["question"], row["lang"], sort, row["type"], tuple(row["answers"]), read, evidence))
    return asked


def table(asked: Sequence[Asked], weight: float) -> tuple[Floats, Floats, Floats]:
    """Features (n, f), right or not (n,), and how much each question counts (n,)."""
    chosen = [best_evidence(each.results, each.evidence, weight) for each in asked]
    features = [
        features_of(each.question, each.language, each.results, each.evidence, place).values()
        for each, place in zip(asked, chosen, strict=True)
    ]
    right = [each.right(place) for each, place in zip(asked, chosen, strict=True)]
    half = UNANSWERABLE_SHARE / 2
    share = {"answerable": 1.0 - UNANSWERABLE_SHARE, "near miss": half, "removed": half}
    counts = {sort: sum(each.sort == sort for each in asked) for sort in share}
    counted = [len(asked) * share[each.sort] / counts[each.sort] for each in asked]
    return np.array(features), np.array(right, float), np.array(counted)


def fit(features: Floats, right: Floats, counted: Floats) -> Floats:
    """Weights (f + 1, the bias last) of a ridge logistic regression, by Newton's method on standardised features."""
    mean, scale = features.mean(0), features.std(0) + 1e-9
    rows = np.hstack([(features - mean) / scale, np.ones((len(features), 1))])
    ridge = np.diag([RIDGE] * features.shape[1] + [0.0])
    weights = np.zeros(rows.shape[1])
    for _ in range(50):
        chance = 1.0 / (1.0 + np.exp(-rows @ weights))
        slope = rows.T @ (counted * (right - chance)) - ridge @ weights
        bend = (rows * (counted * chance * (1.0 - chance))[:, None]).T @ rows + ridge
        weights += np.linalg.solve(bend, slope)
    plain = weights[:-1] / scale
    return np.append(plain, weights[-1] - plain @ mean)


def chances(weights: Floats, features: Floats) -> Floats:
    """The probability of being right for each row."""
    return np.asarray(1.0 / (1.0 + np.exp(-(features @ weights[:-1] + weights[-1]))))


def held_out_chances(features: Floats, right: Floats, counted: Floats, folds: int = 10) -> Floats:
    """Each row's probability from a fit that did not see it."""
    chance = np.zeros(len(right))
    for fold in range(folds):
        out = np.arange(len(right)) % folds == fold
        chance[out] = chances(fit(features[~out], right[~out], counted[~out]), features[out])
    return chance


def thresholds(chance: Floats, answerable: NDArray[np.bool_]) -> tuple[float, float]:
    """(answer, closest): from which probability something is shown as an answer, and as the closest passage.

    Least cost would be to answer from WRONG / (1 + WRONG) on, .75: then two answerable questions of three are
    refused. So the limit on refusals decides where it is the lower of the two, and the words beside an answer
    say how sure it is. Whoever wants the least cost sets ``answer_threshold = 0.75``.
    """
    least_cost = WRONG / (1.0 + WRONG)
    answer = min(least_cost, float(np.quantile(chance[answerable], MOST_REFUSED)))
    return round(answer, 3), round(min(answer, float(np.quantile(chance[answerable], MOST_DENIED))), 3)


def cost_of(chance: Floats, right: Floats, counted: Floats, answer: float) -> float:
    """The mean cost of a question, in refusals: 1 for a right answer that is withheld, WRONG for a wrong one shown."""
    return float(np.average(np.where(chance >= answer, (1.0 - right) * WRONG, right), weights=counted))


def describe(asked: Sequence[Asked], chance: Floats, right: Floats, answer: float, closest: float) -> None:
    """Log what the thresholds do to each sort of question."""
    for sort in ("answerable", "near miss", "removed"):
        rows = np.array([each.sort == sort for each in asked])
        shown = chance[rows] >= answer
        logging.info(
            "%-10s n %d: answered %.3f (right %.3f), closest %.3f, none %.3f", sort, rows.sum(), shown.mean(),
            (right[rows] * shown).mean(), ((chance[rows] >= closest) & ~shown).mean(), (chance[rows] < closest).mean(),
        )  # fmt: skip
    answerable = np.array([each.sort == "answerable" for each in asked])
    logging.info("evidence@1 of answerable: %.3f", right[answerable].mean())
    for sort in ("near miss", "removed"):
        rows = np.array([each.sort == sort for each in asked])
        tenth = np.quantile(chance[answerable], 0.10)
        logging.info(
            "%s: AUC %.3f, refused at 10 %% of the answerable refused %.3f", sort,
            area_under_curve(list(chance[answerable]), list(chance[rows])), float((chance[rows] < tenth).mean()),
        )  # fmt: skip
    for low in np.arange(0.0, 1.0, 0.2):
        rows = (chance >= low) & (chance < low + 0.2)
        if rows.any():
            logging.info("  said %.2f, was %.2f (n %d)", chance[rows].mean(), right[rows].mean(), rows.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--index", type=Path, help="keep the index of the articles in this folder")
    parser.add_argument("--out", type=Path, default=MODEL)
    options = parser.parse_args()
    logging.basicConfig(format="%(message)s", level=logging.INFO)

    news = News(options.data)
    reader = Reader.load(options.out)
    with tempfile.TemporaryDirectory() as folder:
        index = Index.open(str(options.index or folder))
        index.add(Article(text=row["text"], title=row["title"], id=row["id"]) for row in news.articles.values())
        index.rebuild()
        parts = {part: ask_all(news, part, reader, lambda q: index.search(q, DEEP)) for part in ("valid", "test")}
        index.close()

    hits = {each: table(parts["valid"], each)[1].sum() for each in WEIGHTS}
    logging.info("right first evidence by weight of the search score: %s", hits)
    weight = max(WEIGHTS, key=lambda each: hits[each])
    features, right, counted = table(parts["valid"], weight)
    chance = held_out_chances(features, right, counted)
    answer, closest = thresholds(chance, np.array([each.sort == "answerable" for each in parts["valid"]]))
    weights = fit(features, right, counted)
    told = {
        "answer": answer, "closest": closest, "retrieval_weight": weight, "bias": round(float(weights[-1]), 4),
        "weights": {name: round(float(each), 4) for name, each in zip(FEATURES, weights[:-1], strict=True)},
    }  # fmt: skip
    (options.out / "confidence.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    logging.info("%s", told)
    logging.info("held out of the fit (cross-validated on valid):")
    describe(parts["valid"], chance, right, answer, closest)
    for each in (answer, 0.25, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9):
        logging.info("  cost of a question at %.2f: %.3f", each, cost_of(chance, right, counted, each))
    features, right, counted = table(parts["test"], weight)
    logging.info("part test:")
    describe(parts["test"], chances(weights, features), right, answer, closest)


if __name__ == "__main__":
    main()
