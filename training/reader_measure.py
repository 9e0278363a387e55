"""How well evidence fits what is asked: exact match, token F1, right sentence, area under the curve."""

from __future__ import annotations

import re
import string
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["OLD_SETS", "Outcome", "area_under_curve", "exact_match", "normalised", "report", "token_f1"]

OLD_SETS = ("idk", "squad", "facqa", "tydi")
_MARKS = re.compile(f"[{re.escape(string.punctuation)}“”‘’–—]")


def normalised(answer: str) -> list[str]:
    """Lower case, no marks, single spaces: how SQuAD compares answers, without dropping articles."""
    return _MARKS.sub(" ", answer.lower()).split()


def exact_match(answer: str, gold: Sequence[str]) -> float:
    """1 when the answer equals any gold one."""
    return float(any(normalised(answer) == normalised(each) for each in gold))


def token_f1(answer: str, gold: Sequence[str]) -> float:
    """The best token F1 against any gold answer."""
    best = 0.0
    words = normalised(answer)
    for each in map(normalised, gold):
        same = sum((Counter(words) & Counter(each)).values())
        if same:
            best = max(best, 2.0 * same / (len(words) + len(each)))
    return best


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The chance that an answerable question's score is above an unanswerable one's (ties count half)."""
    if not positive or not negative:
        return float("nan")
    order = np.asarray(negative)[None] - np.asarray(positive)[:, None]
    return float((order < 0).mean() + 0.5 * (order == 0).mean())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found in one passage for one question. ``holds``: the passage holds a gold answer."""

    group: str
    kind: str
    holds: bool
    gold: tuple[str, ...]
    answer: str
    sentence: str
    score: float


def report(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """By kind ("news" is all of `qa_id_news`), means over questions.

    ``em``, ``f1``, ``sentence``: on the passage that holds the answer. ``ranked``: of all passages read for the
    question, the one with the best score has the right sentence. ``auc``: the kind's best scores against those of
    unanswerable questions of the same set. ``n`` questions.
    """
    groups: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.kind, outcome.group].append(outcome)
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    scores: dict[str, list[float]] = defaultdict(list)
    refused: dict[str, list[float]] = defaultdict(list)
    for (kind, _), members in groups.items():
        top = max(members, key=lambda member: member.score)
        holding = [member for member in members if member.holds]
        if not holding:
            refused["news" if kind == "unanswerable" else kind].append(top.score)
            continue
        best = max(holding, key=lambda member: member.score)
        for name in (kind,) if kind in OLD_SETS else (kind, "news"):
            values[name]["em"].append(exact_match(best.answer, best.gold))
            values[name]["f1"].append(token_f1(best.answer, best.gold))
            values[name]["sentence"].append(float(any(each in best.sentence for each in best.gold)))
            values[name]["ranked"].append(float(any(each in top.sentence for each in top.gold)))
            scores[name].append(top.score)
    result = {name: {each: float(np.mean(row)) for each, row in found.items()} for name, found in values.items()}
    for name, measures in result.items():
        measures["auc"] = area_under_curve(scores[name], refused[name if name in OLD_SETS else "news"])
        measures["n"] = len(scores[name])
    return result
