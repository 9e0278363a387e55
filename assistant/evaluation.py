"""How good the answers are: questions with known answers in, a judgement of each out.

`tanya evaluate` and ``benchmarks/quality.py`` both judge with this, and ``assistant/figures.py`` sums it up;
``docs/evaluation.md`` says what each column of a questions file means and what is made of one that is missing.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from assistant.answer import Answer, Turn
from assistant.assistant import Assistant
from assistant.config import Config
from index import Index, SearchResult
from index.language import detect_language

__all__ = [
    "BadLine", "Judged", "KnownQuestion", "evaluate", "holds", "judge", "normalise", "read_questions", "token_f1",
]  # fmt: skip

DEEPEST: Final = 5  # different articles that hit@5 looks at
_SEARCHED: Final = 20  # passages, of which the first DEEPEST articles are taken


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """A question and what is known about its answer.

    ``articles`` are the ids of those that hold it (empty: not known). ``answers`` are the accepted ones and
    ``evidence`` the sentence, as far as they are known. ``answerable`` is None where nothing is known.
    """

    id: str
    question: str
    type: str = ""
    language: str = "id"
    history: tuple[Turn, ...] = ()
    answerable: bool | None = None
    answers: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of a questions file that is no question, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What one question came to. None stands where too little is known to judge.

    ``hit1``, ``hit5``: a right article is the first, or among the first five different ones, that the search finds.
    ``evidence``: the first quote holds an answer, whatever the confidence; ``f1``: of its short answer against the
    nearest accepted one. ``outcome`` is what the reader sees, and ``shown`` whether the first quote of an answer
    given as a sure one holds an answer. ``exact`` of the ``citations`` are the article's text at their place.
    """

    id: str
    type: str
    language: str
    answerable: bool | None
    outcome: str
    confidence: float
    hit1: bool | None
    hit5: bool | None
    evidence: bool | None
    f1: float | None
    shown: bool | None
    citations: int
    exact: int
    seconds: float

    @property
    def refused(self) -> bool:
        """Whether no sure answer was given."""
        return self.outcome != "answer"


# ---- what is right ------------------------------------------------------------------------------------------------


def normalise(text: str) -> list[str]:
    """The words of an answer for comparison: lower case, no punctuation outside numbers."""
    return re.findall(r"\d+(?:[.,]\d+)*|\w+", text.lower())


def holds(quote: str, answers: Iterable[str]) -> bool:
    """Whether a quote holds one of the answers, word by word."""
    words = f" {' '.join(normalise(quote))} "
    return any(f" {' '.join(normalise(answer))} " in words for answer in answers if normalise(answer))


def token_f1(given: str, answers: Iterable[str]) -> float:
    """The F1 of the words against the nearest of the accepted answers (SQuAD's measure; Rajpurkar et al., 2016)."""
    best = 0.0
    mine = Counter(normalise(given))
    for answer in answers:
        theirs = Counter(normalise(answer))
        common = (mine & theirs).total()
        if common:
            best = max(best, 2 * common / (mine.total() + theirs.total()))
    return best


def judge(
    known: KnownQuestion, answer: Answer, guess: Answer, found: Sequence[SearchResult], seconds: float, index: Index
) -> Judged:
    """Judge ``answer``, which took ``seconds``, the best ``guess`` at any confidence, and what the search found."""
    texts = known.answers or ((known.evidence,) if known.evidence else ())
    right = set(known.articles)
    for article_id in known.articles:
        article = index.article(article_id)  # a copy is archived under another id
        right |= {article.id} if article else set()
    ranked: dict[str, set[str]] = {}  # a near-copy was folded into the article that stands for it
    for result in found:
        ids = ranked.setdefault(result.passage.article_id, {result.passage.article_id})
        ids.update(copy.id for copy in result.also_in)
    hits = [bool(right & ids) for ids in ranked.values()]

    def proves(one: Answer) -> bool:
        quote = one.citations[0].quote if one.citations else ""
        # Evidence alone may be longer than the quote of it.
        return holds(quote, texts) or (not known.answers and bool(normalise(quote)) and holds(known.evidence, [quote]))

    judged = bool(known.answerable and texts)
    exact = 0
    for citation in answer.citations:
        article = index.article(citation.article_id)
        exact += article is not None and article.text[citation.start : citation.end] == citation.quote
    short = guess.short or (guess.citations[0].quote if guess.citations else "")
    return Judged(
        id=known.id,
        type=known.type,
        language=known.language,
        answerable=known.answerable,
        outcome=answer.outcome,
        confidence=answer.confidence,
        hit1=any(hits[:1]) if right else None,
        hit5=any(hits[:DEEPEST]) if right else None,
        evidence=proves(guess) if judged else None,
        f1=token_f1(short, known.answers) if judged and known.answers else None,
        shown=answer.answered and proves(answer) if judged else None,
        citations=len(answer.citations),
        exact=exact,
        seconds=seconds,
    )


def evaluate(
    index: Index,
    questions: Sequence[KnownQuestion],
    config: Config | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Judged]:
    """Ask every question as a reader would and judge what comes back. Raises what ``Assistant.ask`` raises."""
    config = config or Config()
    assistant, guesser = Assistant(index, config=config), Assistant(index, config=replace(config, answer_threshold=0.0))
    for each in (assistant, guesser):
        each.ask(questions[0].question)  # the models load with the first question, which must not count
    judged = []
    for known in questions:
        began = time.perf_counter()
        answer = assistant.ask(known.question, known.history)
        seconds = time.perf_counter() - began
        guess = answer if answer.answered else guesser.ask(known.question, known.history)
        found = index.search(answer.rewritten or known.question, _SEARCHED)
        judged.append(judge(known, answer, guess, found, seconds, index))
        progress(len(judged), len(questions))
    return judged


# ---- the file -----------------------------------------------------------------------------------------------------


def read_questions(path: Path) -> tuple[list[KnownQuestion], list[BadLine]]:
    """The questions of a JSONL file, and its bad lines. Raises OSError."""
    questions: list[KnownQuestion] = []
    bad: list[BadLine] = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            questions.append(_question(json.loads(line.decode("utf-8-sig")), number))
        except UnicodeDecodeError:
            bad.append(BadLine(number, "it is not UTF-8 text"))
        except json.JSONDecodeError as error:
            bad.append(BadLine(number, f"it is not JSON: {error.msg}"))
        except (ValueError, RecursionError) as error:
            bad.append(BadLine(number, str(error)))
    return questions, bad


def _question(row: object, line: int) -> KnownQuestion:
    """One row, checked. Raises ValueError, whose message says what is wrong."""
    if not isinstance(row, Mapping):
        raise ValueError("it is not a JSON object")
    question = _text(row, "question")
    if not question.strip():
        raise ValueError('it has no "question"')
    answers = _texts(row, "answers")
    articles = [id_ for id_ in (_text(row, "article_id"), *_texts(row, "alt_article_ids")) if id_]
    evidence = _text(row, "evidence")
    answerable = row.get("answerable")
    if answerable is not None and not isinstance(answerable, bool):
        raise ValueError('"answerable" is neither true nor false')
    if answerable is None and (answers or articles or evidence):
        answerable = True
    return KnownQuestion(
        id=_text(row, "id") or f"line {line}",
        question=question,
        type=_text(row, "type"),
        language=_text(row, "lang") or detect_language(question),
        history=tuple(_turns(row)),
        answerable=answerable,
        answers=tuple(answers),
        # What an unanswerable question is about is no place to find its answer.
        articles=tuple(articles) if answerable else (),
        evidence=evidence,
    )


def _text(row: Mapping[str, object], key: str) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if key in ("id", "article_id") and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f'"{key}" is not a text')


def _texts(row: Mapping[str, object], key: str) -> list[str]:
    value = row.get(key)
    if value is None:
        return []
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise ValueError(f'"{key}" is not a list of texts')
    return [one for one in values if one.strip()]


def _turns(row: Mapping[str, object]) -> list[Turn]:
    turns = row.get("history") or []
    if not isinstance(turns, list) or not all(isinstance(turn, Mapping) for turn in turns):
        raise ValueError('"history" is not a list of {"question", "answer"}')
    return [Turn(_text(turn, "question"), _text(turn, "answer")) for turn in turns]
