"""What judged questions sum up to: figures with bootstrap intervals, by type and language, and what fell."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assistant.evaluation import Judged

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = [
    "HEADLINE", "Change", "Figure", "Group", "Measure", "Report", "area_under_curve", "change", "figure", "figures",
    "print_report", "refused_at", "report",
]  # fmt: skip

Floats = NDArray[np.float64]

BOOTSTRAPS: Final = 1000
SEED: Final = 2026  # the same questions give the same intervals
ALLOWED: Final = 0.10  # of the answerable refused, where the share of the unanswerable refused is read off
_WIDTH: Final = 150  # columns of the tables where they go into a pipe
# Types whose short answer is not compared word by word: it is a sentence, or in another language than the question.
LONG_TYPES: Final = frozenset({"explain", "list", "crosslingual"})


@dataclass(frozen=True, slots=True)
class Measure:
    """Something measured over questions: each counts with a row of numbers, or not at all, and the rows make a number.

    ``better`` is 1 where more is better and -1 where less is.
    """

    name: str
    row: Callable[[Judged], tuple[float, ...] | None]
    of: Callable[[Floats], float]
    better: int = 1

    def rows(self, judged: Sequence[Judged]) -> Floats:
        """The rows of all questions, (n, k); NaN for those that do not count."""
        found = [self.row(one) for one in judged]
        width = max((len(row) for row in found if row is not None), default=1)
        return np.array([row if row is not None else (np.nan,) * width for row in found], float).reshape(-1, width)


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure's value over ``n`` questions and the 95 % bootstrap interval around it."""

    name: str
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Change:
    """How a measure differs from an earlier run on the same questions, with the 95 % interval of the difference."""

    name: str
    before: float
    difference: float
    low: float
    high: float
    fell: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The questions of one type or language and their figures."""

    name: str
    n: int
    figures: tuple[Figure, ...]


# ---- what is measured ---------------------------------------------------------------------------------------------


def area_under_curve(positive: Floats, negative: Floats) -> float:
    """The chance that a positive's score is above a negative's; ties count half. NaN where either is empty."""
    if not len(positive) or not len(negative):
        return float("nan")
    ordered = np.sort(negative)
    below, not_above = np.searchsorted(ordered, positive, "left"), np.searchsorted(ordered, positive, "right")
    return float((below + not_above).mean() / (2 * len(negative)))


def refused_at(positive: Floats, negative: Floats, allowed: float = ALLOWED) -> float:
    """The largest share of the negatives under a threshold that at most ``allowed`` of the positives are under.

    The threshold is found on the scores given, so this is an upper bound for one chosen elsewhere.
    """
    if not len(positive) or not len(negative):
        return float("nan")
    threshold = np.sort(positive)[int(allowed * len(positive) + 1e-9)]
    return float((negative < threshold).mean())


def _mean(rows: Floats) -> float:
    return float(rows[:, 0].mean()) if len(rows) else float("nan")


def _split(statistic: Callable[[Floats, Floats], float]) -> Callable[[Floats], float]:
    def of(rows: Floats) -> float:
        return statistic(rows[rows[:, 1] == 1, 0], rows[rows[:, 1] == 0, 0]) if len(rows) else float("nan")

    return of


def _share(
    name: str,
    value: Callable[[Judged], bool | float | None],
    among: Callable[[Judged], bool] = lambda one: True,
    better: int = 1,
) -> Measure:
    def row(one: Judged) -> tuple[float, ...] | None:
        told = value(one) if among(one) else None
        return None if told is None else (float(told),)

    return Measure(name, row, _mean, better)


def _confidence(one: Judged) -> tuple[float, ...] | None:
    return None if one.answerable is None else (one.confidence, float(one.answerable))


def _answerable(one: Judged) -> bool:
    return one.answerable is True


def _unanswerable(one: Judged) -> bool:
    return one.answerable is False


def _wrong(one: Judged) -> bool | None:
    """Whether a sure answer was given that is none; None where it cannot be told."""
    if _unanswerable(one):
        return not one.refused
    return None if one.shown is None else not one.shown and not one.refused


def _in(language: str) -> Callable[[Judged], bool]:
    return lambda one: one.language == language


HIT1: Final = _share("hit@1", lambda one: one.hit1)
HIT5: Final = _share("hit@5", lambda one: one.hit5)
EVIDENCE: Final = _share("evidence@1", lambda one: one.evidence)
F1: Final = _share("token F1", lambda one: None if one.type in LONG_TYPES else one.f1)
RIGHT: Final = _share("answered right", lambda one: one.shown)
WRONG: Final = _share("answered wrong", _wrong, better=-1)
REFUSED: Final = _share("refused", lambda one: one.refused)

HEADLINE: Final = (
    HIT1,
    HIT5,
    _share("hit@1 Indonesian", lambda one: one.hit1, _in("id")),
    _share("hit@1 English", lambda one: one.hit1, _in("en")),
    EVIDENCE,
    _share("evidence@1 Indonesian", lambda one: one.evidence, _in("id")),
    _share("evidence@1 English", lambda one: one.evidence, _in("en")),
    _share("evidence@1 where hit@1", lambda one: one.evidence, lambda one: one.hit1 is True),
    F1,
    RIGHT,
    WRONG,
    _share("answerable refused", lambda one: one.refused, _answerable, better=-1),
    _share("unanswerable refused", lambda one: one.refused, _unanswerable),
    _share("refused, answer unknown", lambda one: one.refused, lambda one: one.answerable is None, better=-1),
    Measure("confidence AUC", _confidence, _split(area_under_curve)),
    Measure(f"unanswerable refused at {ALLOWED:.0%} of the answerable", _confidence, _split(refused_at)),
    _share("exact citations", lambda one: one.exact / one.citations if one.citations else None),
)
COLUMNS: Final = (HIT1, HIT5, EVIDENCE, F1, RIGHT, WRONG, REFUSED)


# ---- with their noise ---------------------------------------------------------------------------------------------


def _draws(n: int) -> Iterator[NDArray[np.intp]]:
    """Bootstrap samples of ``n`` questions."""
    draw = np.random.default_rng(SEED)
    for _ in range(BOOTSTRAPS):
        yield draw.integers(0, n, n)


def _interval(values: Sequence[float]) -> tuple[float, float]:
    known = [value for value in values if not np.isnan(value)]  # a sample may hold no unanswerable question
    low, high = np.percentile(known, [2.5, 97.5]) if known else (np.nan, np.nan)
    return float(low), float(high)


def figure(measure: Measure, judged: Sequence[Judged]) -> Figure | None:
    """The measure over these questions; None where none of them counts."""
    rows = measure.rows(judged)
    rows = rows[~np.isnan(rows[:, 0])]
    value = measure.of(rows)
    if np.isnan(value):
        return None
    low, high = _interval([measure.of(rows[sample]) for sample in _draws(len(rows))])
    return Figure(measure.name, value, low, high, len(rows))


def figures(judged: Sequence[Judged], measures: Sequence[Measure] = HEADLINE) -> list[Figure]:
    """Every measure that these questions allow."""
    return [found for measure in measures if (found := figure(measure, judged)) is not None]


def _by_group(judged: Sequence[Judged]) -> list[Group]:
    """The figures of each type and of each language, in the order of first appearance."""
    names = [("type", one.type or "-") for one in judged] + [("language", one.language) for one in judged]
    groups = []
    for kind, name in dict.fromkeys(names):
        members = [one for one in judged if (one.type or "-" if kind == "type" else one.language) == name]
        groups.append(Group(name, len(members), tuple(figures(members, COLUMNS))))
    return groups


def change(measure: Measure, before: Sequence[Judged], after: Sequence[Judged]) -> Change | None:
    """How a measure differs between two runs on the same questions; None where it has no value in one of them.

    It fell when the 95 % interval of the paired bootstrap lies wholly on the worse side. Raises ValueError when
    the questions are not the same.
    """
    if [one.id for one in before] != [one.id for one in after]:
        raise ValueError("the two runs did not ask the same questions")
    then, now = measure.rows(before), measure.rows(after)

    def difference(sample: NDArray[np.intp]) -> float:
        return measure.of(_counted(now[sample])) - measure.of(_counted(then[sample]))

    value = difference(np.arange(len(before)))
    if np.isnan(value):
        return None
    low, high = _interval([difference(sample) for sample in _draws(len(before))])
    fell = high < 0 if measure.better > 0 else low > 0
    return Change(measure.name, measure.of(_counted(then)), value, low, high, fell)


def _counted(rows: Floats) -> Floats:
    return rows[~np.isnan(rows[:, 0])]


@dataclass(frozen=True, slots=True)
class Report:
    """All that is told of judged questions; ``p50_ms`` and ``p95_ms`` are milliseconds a question."""

    figures: tuple[Figure, ...]
    groups: tuple[Group, ...]
    p50_ms: float
    p95_ms: float


def report(judged: Sequence[Judged]) -> Report:
    """Sum up at least one judged question."""
    p50, p95 = np.percentile([1000 * one.seconds for one in judged], [50, 95])
    return Report(tuple(figures(judged)), tuple(_by_group(judged)), float(p50), float(p95))


# ---- on paper -----------------------------------------------------------------------------------------------------


def _figure_table(found: Sequence[Figure], beside: Mapping[str, Mapping[str, str]] | None = None) -> Table:
    """A row for each figure."""
    from rich.table import Table

    beside = beside or {}
    table = Table(title="headline figures")
    table.add_column("")
    for title in ("n", "value", "95 %", *beside):
        table.add_column(title, justify="right")
    for each in found:
        cells = [column.get(each.name, "") for column in beside.values()]
        table.add_row(each.name, str(each.n), f"{each.value:.3f}", f"{each.low:.2f}–{each.high:.2f}", *cells)
    return table


def _group_table(groups: Sequence[Group]) -> Table:
    """A row for each group: values, each with its interval in small."""
    from rich.markup import escape
    from rich.table import Table

    names = [measure.name for measure in COLUMNS if any(measure.name == one.name for g in groups for one in g.figures)]
    table = Table(title="by type of question and by language")
    table.add_column("")
    for title in ("n", *names):
        table.add_column(title, justify="right")
    for group in groups:
        cells = {each.name: f"{each.value:.2f} [dim]{each.low:.2f}–{each.high:.2f}[/dim]" for each in group.figures}
        table.add_row(escape(group.name), str(group.n), *(cells.get(name, "") for name in names))
    return table


def print_report(
    told: Report, beside: Mapping[str, Mapping[str, str]] | None = None, console: Console | None = None
) -> None:
    """Print both tables and the time; ``beside`` holds further columns of the
    headline: their titles, and a cell for a figure's name."""
    from rich.console import Console

    console = console or Console(width=None if sys.stdout.isatty() else _WIDTH)
    console.print(_group_table(told.groups))
    console.print(_figure_table(told.figures, beside))
    console.print(f"ask: p50 {told.p50_ms:.0f} ms, p95 {told.p95_ms:.0f} ms")
