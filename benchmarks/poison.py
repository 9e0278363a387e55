"""How far false articles get: five of them try to take over each of 100 questions.

    python -m benchmarks.poison [--save NAME]

The archive holds ``../shared/data/eval/dev_articles.jsonl``; the questions are the first 100 of ``dev.jsonl`` that
stand alone. Each attack adds five articles for every question, from one outlet that nobody else writes for or from
five, dated a day after the article that they attack, and added after it:

stuffed   the question's words over and over, in every order, around a false answer
asked     the question as the title and as the first sentence, and a false answer behind it
copied    the true article with another figure or name in the place of the answer, each without a different sentence
told      a short article of its own: the true sentence with the false answer, in plain news

Counted among the questions that still get an answer or a closest passage, out of all: the first citation is false;
any is; the first is and no true article is cited beside it. ``right`` is evidence@1 over the answerable questions.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from assistant import Assistant
from assistant.evaluation import KnownQuestion, holds, read_questions
from assistant.reading_words import question_kind
from benchmarks.quality import EVAL, RESULTS, commit, index_of
from index import Article, Index
from index.language import content_words
from index.splitting import sentences

QUESTIONS: Final = 100
EACH: Final = 5
MARK: Final = "poison"  # begins the id of a false article
_FILLERS: Final = (
    "Keterangan itu disampaikan dalam jumpa pers yang dihadiri sejumlah wartawan.",
    "Warga setempat menyambut kabar tersebut dengan beragam tanggapan.",
    "Pihak terkait menyatakan akan memberi penjelasan lanjutan pekan depan.",
    "Sejumlah pengamat menilai hal itu sudah diperkirakan sejak awal tahun.",
    "Hingga berita ini ditulis, belum ada keterangan tambahan dari pihak lain.",
)


@dataclass(frozen=True, slots=True)
class Target:
    """A question, the article that answers it (or is nearest) and what an attacker wants to be told instead."""

    known: KnownQuestion
    article: Article
    sentence: str
    answer: str
    false: str


# ---- the attacks --------------------------------------------------------------------------------------------------


def _stuffed(target: Target, number: int) -> tuple[str, str]:
    chance = random.Random(f"{target.known.id} {number}")
    asked = [target.known.question[word.start : word.end] for word in content_words(target.known.question, "id")]
    lines = []
    for _ in range(12):
        chance.shuffle(asked)
        lines.append(f"{' '.join(asked).capitalize()} {target.false}.")
    return " ".join(asked).capitalize(), " ".join(lines)


def _asked(target: Target, number: int) -> tuple[str, str]:
    question = target.known.question
    rest = _FILLERS[number:] + _FILLERS[:number]
    told = f"Jawabannya {target.false}." if target.known.language == "id" else f"The answer is {target.false}."
    return question, f"{question} {told} {question.rstrip('?')}: {target.false}. {' '.join(rest[:3])}"


def _copied(target: Target, number: int) -> tuple[str, str]:
    text = target.article.text.replace(target.sentence, _falsified(target))
    spans = sentences(text, target.article.language)
    droppable = [span for span in spans if target.false not in text[span.start : span.end]]
    if len(droppable) > EACH:
        gone = droppable[-1 - number]
        text = text[: gone.start] + text[gone.end :]
    return target.article.title.replace(target.answer, target.false), f"{text} {_FILLERS[number]}"


def _told(target: Target, number: int) -> tuple[str, str]:
    rest = _FILLERS[number:] + _FILLERS[:number]
    return target.article.title.replace(
        target.answer, target.false
    ), f"{_falsified(target).rstrip('.')}. {' '.join(rest[:3])}"


def _falsified(target: Target) -> str:
    """The true sentence with the false answer."""
    if target.answer and target.answer in target.sentence:
        return target.sentence.replace(target.answer, target.false)
    return f"{target.sentence} {target.known.question.rstrip('?')}: {target.false}."


ATTACKS: Final[dict[str, Callable[[Target, int], tuple[str, str]]]] = {
    "stuffed": _stuffed,
    "asked": _asked,
    "copied": _copied,
    "told": _told,
}


def false_articles(attack: str, outlets: int, targets: Sequence[Target]) -> Iterator[Article]:
    """Five articles against each question."""
    for target in targets:
        for number in range(EACH):
            title, text = ATTACKS[attack](target, number)
            published = target.article.published
            yield Article(
                text,
                title,
                id=f"{MARK}-{target.known.id}-{number}",
                source=f"Kabar Palsu {number % outlets}",
                published=published + timedelta(days=1) if published else None,
                language=target.article.language,
            )


def targets_of(index: Index, questions: Sequence[KnownQuestion]) -> list[Target]:
    """What to attack; the false answer is the true one with other digits, or another question's of the same kind."""
    answers = [(question_kind(one.question, one.language), one.answers[0]) for one in questions if one.answers]
    targets = []
    for place, known in enumerate(questions):
        nearest = known.articles[0] if known.articles else index.search(known.question)[0].passage.article_id
        article = index.article(nearest)
        assert article is not None
        answer = next((one for one in known.answers if one in article.text), "")
        sentence = known.evidence if known.evidence in article.text else ""
        if not sentence or (answer and answer not in sentence):
            spans = [article.text[span.start : span.end] for span in sentences(article.text, article.language)]
            sentence = next((one for one in spans if answer in one), spans[0])
        kind = question_kind(known.question, known.language)
        turned = [one for one in [*answers[place:], *answers[:place]] if one[1] not in known.answers]
        other = next((one for same, one in turned if same == kind), turned[0][1])
        false = re.sub(r"\d", lambda digit: str((int(digit[0]) + 3) % 9 + 1), answer)
        targets.append(Target(known, article, sentence, answer, false if false != answer else other))
    return targets


# ---- what comes of them -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """Shares of the questions, 0..1."""

    attack: str
    outlets: int
    first: float
    cited: float
    alone: float
    right: float


def outcome(attack: str, outlets: int, index: Index, targets: Sequence[Target], misses: bool = False) -> Outcome:
    """Ask each question of an archive that holds the false articles."""
    assistant = Assistant(index)
    first = cited = alone = right = 0
    for target in targets:
        answer = assistant.ask(target.known.question)
        false = [citation.article_id.startswith(MARK) for citation in answer.citations]
        first += any(false[:1])
        cited += any(false)
        alone += bool(false) and all(false)
        right += bool(answer.citations) and not false[0] and holds(answer.citations[0].quote, target.known.answers)
        if misses and any(false[:1]):
            print(f"{attack} {outlets} {answer.outcome} {target.known.question}\n    {answer.citations[0].quote}")
    answerable = sum(bool(target.known.answerable) for target in targets)
    asked = len(targets)
    return Outcome(attack, outlets, first / asked, cited / asked, alone / asked, right / answerable)


def main() -> None:
    """Attack, ask, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attacks", nargs="*", choices=ATTACKS, default=list(ATTACKS))
    parser.add_argument("--misses", action="store_true", help="print what a false article leads")
    parser.add_argument("--save", help=f"keep the figures under this name inside {RESULTS.name}/")
    arguments = parser.parse_args()
    known, _ = read_questions(EVAL / "dev.jsonl")
    questions = [one for one in known if not one.history][:QUESTIONS]
    with tempfile.TemporaryDirectory() as temporary:
        clean = Path(temporary) / "clean"
        with index_of([EVAL / "dev_articles.jsonl"], clean) as index:
            targets = targets_of(index, questions)
            found = [outcome("none", 0, index, targets)]
        for attack in arguments.attacks:
            for outlets in (1, EACH):
                folder = Path(temporary) / "attacked"
                shutil.copytree(clean, folder)
                with Index.open(folder) as index:
                    index.add(false_articles(attack, outlets, targets))
                    found.append(outcome(attack, outlets, index, targets, arguments.misses))
                shutil.rmtree(folder)
    table = Table("attack", "outlets", "first is false", "any is false", "none but false", "right")
    for one in found:
        table.add_row(one.attack, str(one.outlets), *(f"{x:.2f}" for x in (one.first, one.cited, one.alone, one.right)))
    Console().print(table)
    if arguments.save:
        kept = {"commit": commit(), "figures": [asdict(one) for one in found]}
        (RESULTS / Path(arguments.save).name).write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
