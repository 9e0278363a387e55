"""Whether confidence means what it says, and what the two thresholds trade: drawn and measured.

    python -m benchmarks.calibration [--data ../shared/data] [--index FOLDER]

Two sets that no training saw: the part "test" of ``qa_id_news`` (split by article as the reader's training splits it),
asked of all articles of ``art_id_indosum``, each answerable question a second time with every article gone that holds
an answer; and the development questions among their own articles. The assistant is asked as shipped, with its threshold
at 0, so that it always shows its best guess. Draws ``docs/plots/reliability.png`` and ``docs/plots/thresholds.png``
and keeps the figures in ``benchmarks/results/calibration.json``.

ECE is the expected calibration error over ten bins of equal width (Guo et al., 2017): the mean distance between what
was said and what was, weighted by how many questions fall into a bin. Cost: a wrong answer shown counts WRONG, a
refusal of a question that has an answer 1, and a refusal of one that has none nothing.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant import Assistant
from assistant.confidence import Confidence
from assistant.config import Config
from assistant.evaluation import KnownQuestion, holds, read_questions
from assistant.figures import ALLOWED, SEED, area_under_curve, refused_at
from assistant.reader import Reader
from benchmarks.quality import RESULTS, ROOT, commit, digest, index_of
from index import Index, SearchResult
from training.corpus import part_of, rows

PLOTS = ROOT / "docs" / "plots"
WRONG = 3.0  # what a wrong answer costs, in refusals (issue 3)
# Of what readers ask, how much has no answer; half of that near misses, half answers that are not archived. A guess
# that training/reader_confidence.py shares: real logs are what would replace it.
UNANSWERABLE_SHARE = 1 / 3
SPARE = 40  # more passages searched where those of the removed articles are dropped
BINS = 10
THRESHOLDS = np.linspace(0.0, 1.0, 101)

INK, GRID = "#1f2933", "#d9dee4"
RIGHT, FALSE, REFUSED = "#2a7f62", "#c8553d", "#c9d1d9"
SORTS = {"near miss": "#8a5a9e", "removed": "#2f6fab", "unanswerable": "#8a5a9e"}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: of which ``sort`` it is, how sure the best guess was, and whether that was right."""

    sort: str  # "answerable", or why there is no answer: "near miss", "removed", "unanswerable"
    confidence: float
    right: bool


class Without:
    """An index as it would be if some articles were not there."""

    def __init__(self, index: Index, article: str, answers: Sequence[str]) -> None:
        """Without the article, and without every passage that holds one of the answers."""
        self._index = index
        self._article = article
        self._answers = answers

    def search(self, question: str, top_k: int = 5, **only: Any) -> list[SearchResult]:
        found = self._index.search(question, top_k + SPARE, **only)
        return [one for one in found if not self._gone(one)][:top_k]

    def _gone(self, result: SearchResult) -> bool:
        return result.passage.article_id == self._article or holds(result.passage.text, self._answers)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)


def ask(index: Any, known: KnownQuestion, sort: str, reader: Reader) -> Asked:
    """The best guess at one question, and whether its first quote holds an answer."""
    answer = Assistant(index, reader, config=Config(answer_threshold=0.0)).ask(known.question, known.history)
    quote = answer.citations[0].quote if answer.citations else ""
    right = sort == "answerable" and holds(quote, known.answers or (known.evidence,))
    return Asked(sort, answer.confidence, right)


def news(data: Path, index: Index, reader: Reader) -> list[Asked]:
    """The held-out questions on news, with and without their answers."""
    asked = []
    for row in track(list(rows(data, "qa_id_news")), "qa_id_news, test", console=Console(stderr=True)):
        article = row["article_id"] or row["related_article_id"]
        if part_of(article) != "test":
            continue
        known = KnownQuestion(row["id"], row["question"], row["type"], row["lang"], answers=tuple(row["answers"]))
        if not row["answerable"]:
            asked.append(ask(index, known, "near miss", reader))
            continue
        asked.append(ask(index, known, "answerable", reader))
        asked.append(ask(Without(index, article, known.answers), known, "removed", reader))
    return asked


def development(data: Path, index: Index, reader: Reader) -> list[Asked]:
    """The questions of ``data/eval/dev.jsonl``."""
    known, _ = read_questions(data / "eval" / "dev.jsonl")
    return [ask(index, one, "answerable" if one.answerable else "unanswerable", reader) for one in known]


# ---- figures ------------------------------------------------------------------------------------------------------


def weights(asked: Sequence[Asked]) -> Floats:
    """How much each question counts, so that the sorts are mixed as readers ask them; they sum to 1."""
    sorts = sorted({one.sort for one in asked} - {"answerable"})
    share = {"answerable": 1 - UNANSWERABLE_SHARE, **dict.fromkeys(sorts, UNANSWERABLE_SHARE / len(sorts))}
    counts = {sort: sum(one.sort == sort for one in asked) for sort in share}
    return np.array([share[one.sort] / counts[one.sort] for one in asked])


@dataclass(frozen=True, slots=True)
class Bin:
    """The questions of one bin of confidence: what was said, what was, how many, and how much of all they are.

    ``worth`` is how many equally weighted questions would tell as much (Kish, 1965).
    """

    said: float
    was: float
    n: int
    share: float
    worth: float


def bins(asked: Sequence[Asked]) -> list[Bin]:
    """The bins that are not empty, lowest first; means are weighted."""
    said, was, counted = _columns(asked)
    number = np.minimum((said * BINS).astype(int), BINS - 1)
    found = []
    for place in range(BINS):
        rows_ = number == place
        share = float(counted[rows_].sum())
        if share > 0:
            mean = [float((counted * values)[rows_].sum() / share) for values in (said, was)]
            worth = share**2 / float((counted[rows_] ** 2).sum())
            found.append(Bin(mean[0], mean[1], int(rows_.sum()), share, worth))
    return found


def calibration_error(found: Sequence[Bin]) -> float:
    """ECE: the mean distance between said and was."""
    return sum(each.share * abs(each.said - each.was) for each in found)


def chance_error(found: Sequence[Bin]) -> float:
    """The ECE that perfect calibration would show on average with so few questions."""
    draw = np.random.default_rng(SEED)
    error = 0.0
    for each in found:
        worth = max(round(each.worth), 1)
        error += each.share * float(np.abs(draw.binomial(worth, each.said, 1000) / worth - each.said).mean())
    return error


@dataclass(frozen=True, slots=True)
class Traded:
    """What one threshold does: shares of all questions, and what it costs a question."""

    threshold: float
    right: float
    wrong: float
    refused: float
    cost: float


def trade(asked: Sequence[Asked], threshold: float) -> Traded:
    """Answer from this confidence on."""
    said, was, counted = _columns(asked)
    answerable = np.array([one.sort == "answerable" for one in asked])
    shown = said >= threshold
    right, wrong = float((counted * shown * was).sum()), float((counted * shown * (1 - was)).sum())
    withheld = float((counted * ~shown * answerable).sum())
    return Traded(threshold, right, wrong, 1 - right - wrong, WRONG * wrong + withheld)


def _columns(asked: Sequence[Asked]) -> tuple[Floats, Floats, Floats]:
    said = np.array([one.confidence for one in asked])
    return said, np.array([float(one.right) for one in asked]), weights(asked)


def _confidences(asked: Sequence[Asked], sort: str) -> Floats:
    return np.array([one.confidence for one in asked if one.sort == sort])


# ---- drawings -----------------------------------------------------------------------------------------------------


def draw_reliability(sets: dict[str, list[Asked]], told: Confidence) -> Figure:
    """Said against was, with 95 % Wilson intervals, and how often each confidence is said."""
    figure, axes = plt.subplots(
        2, len(sets), figsize=(10.5, 6.2), sharex=True, sharey="row", height_ratios=(3.2, 1), layout="constrained"
    )
    for column, (name, asked) in enumerate(sets.items()):
        upper, lower = axes[0][column], axes[1][column]
        found = bins(asked)
        said, was = np.array([each.said for each in found]), np.array([each.was for each in found])
        low, high = wilson(was, np.array([each.worth for each in found]))
        upper.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=(0, (4, 3)), label="perfect calibration")
        upper.vlines(said, low, high, color=SORTS["removed"], linewidth=1.6, alpha=0.55)
        upper.plot(
            said,
            was,
            color=SORTS["removed"],
            marker="o",
            markersize=6,
            linewidth=1.8,
            label="measured, with 95 % interval",
        )
        upper.set_title(f"{name} (n = {len(asked)}), ECE {calibration_error(found):.3f}")
        upper.set_ylim(0, 1.02)
        edges = np.linspace(0, 1, 2 * BINS + 1)
        sorts = list(dict.fromkeys(one.sort for one in asked))
        mine = weights(asked)
        parts = [
            (np.array([one.confidence for one in asked if (one.sort, one.right) == key]),
             np.array([w for one, w in zip(asked, mine, strict=True) if (one.sort, one.right) == key]), label, colour)
            for key, label, colour in [
                (("answerable", True), "right", RIGHT),
                (("answerable", False), "answerable, wrong", FALSE),
                *((((sort, False)), sort, SORTS[sort]) for sort in sorts if sort != "answerable"),
            ]
        ]  # fmt: skip
        lower.hist(
            [part[0] for part in parts], edges, weights=[part[1] for part in parts], stacked=True,
            label=[part[2] for part in parts], color=[part[3] for part in parts],
        )  # fmt: skip
        lower.set_xlabel("confidence said")
        upper.legend(loc="lower right", fontsize=9)
        lower.set_ylim(0, 0.16)
        lower.legend(loc="upper right", ncols=4, fontsize=8, columnspacing=1, handlelength=1.2)
        for axis in (upper, lower):
            _thresholds(axis, told, "top" if axis is upper else "")
            _plain(axis)
    axes[0][0].set_ylabel("share that was right")
    axes[1][0].set_ylabel("share of questions")
    return figure


def draw_thresholds(sets: dict[str, list[Asked]], told: Confidence) -> Figure:
    """For each set, what a threshold trades; below, what it refuses of either kind of question."""
    figure, axes = plt.subplots(2, len(sets), figsize=(10.5, 9), layout="constrained")
    for column, (name, asked) in enumerate(sets.items()):
        upper, lower = axes[0][column], axes[1][column]
        curve = [trade(asked, float(threshold)) for threshold in THRESHOLDS]
        upper.stackplot(
            THRESHOLDS, [each.right for each in curve], [each.wrong for each in curve],
            [each.refused for each in curve], colors=[RIGHT, FALSE, REFUSED], alpha=0.85,
            labels=["answered right", "answered wrong", "refused"],
        )  # fmt: skip
        costs = np.array([each.cost for each in curve])
        upper.plot(THRESHOLDS, costs, color=INK, linewidth=2, label=f"cost: {WRONG:.0f} × wrong + refused answerable")
        best = int(costs.argmin())
        upper.plot(THRESHOLDS[best], costs[best], color=INK, marker="o", markersize=7)
        upper.annotate(
            f"least cost {costs[best]:.2f} at {THRESHOLDS[best]:.2f}", (THRESHOLDS[best], costs[best]), (0, -14),
            textcoords="offset points", ha="center", color=INK, fontsize=9,
        )  # fmt: skip
        upper.set(title=name, xlabel="threshold", xlim=(0, 1), ylim=(0, 1))
        upper.set_ylabel("share of questions; cost a question" if column == 0 else "")
        _thresholds(upper, told, "bottom")
        _draw_refused(lower, asked, told)
        lower.set_ylabel("unanswerable refused" if column == 0 else "")
        for axis in (upper, lower):
            _plain(axis)
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
    return figure


def _draw_refused(axis: Axes, asked: Sequence[Asked], told: Confidence) -> None:
    positive = _confidences(asked, "answerable")
    axis.axvspan(0, ALLOWED, color=GRID, alpha=0.6, linewidth=0)
    axis.text(ALLOWED / 2, 0.97, f"≤ {ALLOWED:.0%}", ha="center", fontsize=8, color=INK)
    for sort in dict.fromkeys(one.sort for one in asked if one.sort != "answerable"):
        negative = _confidences(asked, sort)
        curve = np.array([[(positive < each).mean(), (negative < each).mean()] for each in np.append(THRESHOLDS, 1.01)])
        label = f"{sort} (n = {len(negative)}), AUC {area_under_curve(positive, negative):.2f}"
        axis.plot(curve[:, 0], curve[:, 1], color=SORTS[sort], linewidth=2, label=label)
        for threshold, marker in ((told.closest, "s"), (told.answer, "D")):
            place = (positive < threshold).mean(), (negative < threshold).mean()
            axis.plot(*place, color=SORTS[sort], marker=marker, markersize=7, markeredgecolor="white")
    axis.plot([], [], color=INK, marker="s", linestyle="", label=f"closest passage from {told.closest:.2f}")
    axis.plot([], [], color=INK, marker="D", linestyle="", label=f"answer from {told.answer:.2f}")
    axis.set(xlabel="answerable refused", xlim=(0, 1), ylim=(0, 1.02))
    axis.legend(loc="lower right", fontsize=8)


def _thresholds(axis: Axes, told: Confidence, labels: str) -> None:
    """The two shipped thresholds as lines, named at the "top", at the "bottom" or not at all."""
    for threshold, name in ((told.closest, "closest"), (told.answer, "answer")):
        axis.axvline(threshold, color=INK, linewidth=1, linestyle=(0, (1, 2)))
        if labels:
            axis.annotate(
                f"{name} {threshold:.2f}", (threshold, labels == "top"), (3, -4 if labels == "top" else 4),
                xycoords=("data", "axes fraction"), textcoords="offset points", va=labels, fontsize=8, rotation=90,
                color=INK,
            )  # fmt: skip


def _plain(axis: Axes) -> None:
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color("#8793a0")
    axis.grid(color=GRID, linewidth=0.6)
    axis.set_axisbelow(True)


def wilson(share: Floats, n: Floats, z: float = 1.96) -> tuple[Floats, Floats]:
    """The 95 % score interval of a share (Wilson, 1927)."""
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return middle - half, middle + half


def summary(asked: Sequence[Asked], told: Confidence) -> dict[str, Any]:
    """What is kept of one set."""
    positive = _confidences(asked, "answerable")
    kept: dict[str, Any] = {"n": len(asked), "ECE": round(calibration_error(bins(asked)), 4)}
    kept["ECE by chance alone"] = round(chance_error(bins(asked)), 4)
    for sort in dict.fromkeys(one.sort for one in asked if one.sort != "answerable"):
        negative = _confidences(asked, sort)
        kept[f"{sort}: AUC"] = round(area_under_curve(positive, negative), 4)
        kept[f"{sort}: refused at {ALLOWED:.0%} of the answerable"] = round(refused_at(positive, negative), 4)
        for name, threshold in (("closest", told.closest), ("answer", told.answer)):
            kept[f"{sort}: below {name}"] = round(float((negative < threshold).mean()), 4)
    for name, threshold in (("closest", told.closest), ("answer", told.answer)):
        kept[f"answerable: below {name}"] = round(float((positive < threshold).mean()), 4)
    curve = [trade(asked, float(threshold)) for threshold in THRESHOLDS]
    best = min(curve, key=lambda each: each.cost)
    kept["shipped"] = {key: round(value, 4) for key, value in asdict(trade(asked, told.answer)).items()}
    kept["least cost"] = {key: round(value, 4) for key, value in asdict(best).items()}
    kept["bins"] = [{key: round(value, 4) for key, value in asdict(each).items()} for each in bins(asked)]
    return kept


def main() -> None:
    """Ask, draw, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--index", type=Path, help="keep the two indexes in this folder")
    options = parser.parse_args()

    train, develop = options.data / "train", options.data / "eval"
    archives = train / "art_id_indosum.jsonl.gz", develop / "dev_articles.jsonl"
    files = train / "qa_id_news.jsonl.gz", develop / "dev.jsonl", *archives
    reader = Reader.load()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.index or Path(temporary)
        with index_of(archives[:1], folder / "news") as index:
            first = news(options.data, index, reader)
        with index_of(archives[1:], folder / "dev") as index:
            second = development(options.data, index, reader)
    sets = {"held-out news questions": first, "development questions": second}

    told = Confidence.load()
    PLOTS.mkdir(parents=True, exist_ok=True)
    plt.rcParams.update({"font.size": 10, "axes.titlesize": 11, "text.color": INK, "axes.labelcolor": INK})
    for name, figure in (("reliability", draw_reliability(sets, told)), ("thresholds", draw_thresholds(sets, told))):
        figure.savefig(PLOTS / f"{name}.png", dpi=130)
    kept = {name: summary(asked, told) for name, asked in sets.items()}
    table = Table(title=f"thresholds: closest {told.closest}, answer {told.answer}; commit {commit()}")
    for title in ("", *sets):
        table.add_column(title, justify="right" if title else "left")
    for key in dict.fromkeys(key for each in kept.values() for key in each if key != "bins"):
        table.add_row(key, *(_cell(each.get(key, "")) for each in kept.values()))
    Console().print(table)
    RESULTS.mkdir(exist_ok=True)
    whole = {
        "commit": commit(), "data": digest(*files), "answer": told.answer, "closest": told.closest, **kept
    }  # fmt: skip
    (RESULTS / "calibration.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


def _cell(value: Any) -> str:
    return "\n".join(f"{key} {one:.3f}" for key, one in value.items()) if isinstance(value, dict) else str(value)


if __name__ == "__main__":
    main()
