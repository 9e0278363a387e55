"""Questions with passages to train and measure the reader on, and how they are split.

Nothing is shared between parts: `qa_id_news` is split by article, FacQA by context, IDK-MRC as it was published.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from index.splitting import passages
from training.corpus import part_of, rows
from training.reader_bm25 import BM25

__all__ = ["Example", "News", "occurrences", "old_examples"]

NEAR_MISS_SHARE = 0.35  # of the answerables of the old sets that get a passage without the answer
NEAR_MISS_DEPTH = 8
TRANSLATED_UNANSWERABLES = 0.45  # MODELS.md, recipe C


@dataclass(frozen=True, slots=True)
class Example:
    """A question and one passage. ``answers`` are accepted (start, end) in the passage, empty for "not here".

    Examples of one ``group`` are passages read for the same question; ``kind`` is what results are reported by.
    """

    question: str
    question_language: str
    text: str
    title: str
    language: str
    answers: tuple[tuple[int, int], ...]
    group: str
    kind: str
    gold: tuple[str, ...] = ()


def occurrences(
    text: str, answers: Sequence[str], start: int = 0, end: int | None = None
) -> tuple[tuple[int, int], ...]:
    """Where the answers stand between two places, at word borders where there is such a place."""
    end = len(text) if end is None else end
    found = []
    for answer in dict.fromkeys(filter(None, map(str.strip, answers))):
        places = [(m.start(), m.end()) for m in re.finditer(re.escape(answer), text[:end]) if m.start() >= start]
        bordered = [
            (first, last)
            for first, last in places
            if not (first > 0 and text[first - 1].isalnum() and text[first].isalnum())
            and not (last < len(text) and text[last].isalnum() and text[last - 1].isalnum())
        ]
        found += bordered or places[:1]
    return tuple(found)


def old_examples(data: Path, part: str) -> list[Example]:
    """IDK-MRC, translated SQuAD, FacQA and English TyDi QA, with near misses from the same set in training."""
    draw = random.Random(2)
    examples: list[Example] = []
    for name, file, title_language in (
        ("idk", "qa_id_idkmrc", "id"),
        ("squad", "qa_id_transsquad2_noxquad", "id"),
        ("facqa", "qa_id_facqa_resplit", "id"),
        ("tydi", "qa_en_tydiqa", "en"),
    ):
        if part != "train" and name not in ("idk", "facqa"):
            continue
        published = {"idk": {"train": "train", "valid": "valid"}.get(part, "")}.get(name, "train")
        if not published:
            continue
        taken = []
        for row in rows(data, f"{file}.{published}"):
            if name == "facqa" and part_of(row["context"]) != part:
                continue
            if name == "squad" and not row["answerable"] and draw.random() > TRANSLATED_UNANSWERABLES:
                continue
            taken.append(row)
        contexts = list(dict.fromkeys(row["context"] for row in taken))
        near = BM25(contexts, title_language) if part == "train" else None
        for row in taken:
            example = Example(
                row["question"], row["lang"], row["context"], row["title"], title_language,
                occurrences(row["context"], row["answers"]), row["id"], name, tuple(row["answers"]),
            )  # fmt: skip
            examples.append(example)
            if near and row["answers"] and draw.random() < NEAR_MISS_SHARE:
                misses = [
                    contexts[place]
                    for place, _ in near.search(row["question"], row["lang"], NEAR_MISS_DEPTH)
                    if contexts[place] != row["context"] and not _mentions(contexts[place], row["answers"])
                ]
                if misses:
                    examples.append(replace(example, text=draw.choice(misses), answers=(), gold=()))
    return examples


def _mentions(text: str, answers: Sequence[str]) -> bool:
    return any(answer.lower() in text.lower() for answer in answers)


@dataclass(frozen=True, slots=True)
class NewsPassage:
    """One passage of a news article."""

    article: str
    title: str
    text: str
    start: int


class News:
    """`qa_id_news` on the articles of `art_id_indosum`, cut into passages and searched by BM25."""

    def __init__(self, data: Path) -> None:
        self.articles = {row["id"]: row for row in rows(data, "art_id_indosum")}
        self.questions = list(rows(data, "qa_id_news"))
        self.passages: dict[str, list[NewsPassage]] = {}
        for key, row in self.articles.items():
            cut = passages(row["text"], "id")
            self.passages[key] = [
                NewsPassage(key, row["title"], row["text"][span.start : span.end], span.start) for span in cut
            ]
        self.searches = lru_cache(maxsize=4)(self._search)

    def _search(self, part: str) -> tuple[list[NewsPassage], BM25]:
        """Passages of one part's articles (training), or of all articles (measuring)."""
        pool = [
            each for key, cut in self.passages.items() if part != "train" or part_of(key) == "train" for each in cut
        ]
        return pool, BM25([f"{each.title}\n{each.text}" for each in pool], "id")

    def examples(self, part: str, misses: int = 2) -> list[Example]:
        """Each question with the passages that hold its evidence, then ``misses`` near misses; no answer is in those.

        Half of the near misses come from the same article where it has any. A question without an answer is read
        with passages of the article it was asked of.
        """
        pool, search = self.searches(part)
        made: list[Example] = []
        for row in self.questions:
            article = row["article_id"] or row["related_article_id"]
            if part_of(article) != part:
                continue
            ranked = [pool[place] for place, _ in search.search(row["question"], row["lang"], 40)]
            own = [each for each in ranked if each.article == article]
            own += [each for each in self.passages[article] if each not in own]
            gold = tuple(row["answers"])
            base = Example(row["question"], row["lang"], "", "", "id", (), row["id"], row["type"], gold)
            if not row["answerable"]:
                other = [each for each in ranked if each.article != article][:1]
                made += [replace(base, text=each.text, title=each.title) for each in own[:misses] + other]
                continue
            place = self.articles[article]["text"].find(row["evidence"])
            holding = []
            for each in self.passages[article]:
                first, last = place - each.start, place - each.start + len(row["evidence"])
                if first >= 0 and last <= len(each.text):
                    holding.append(each)
                    answers = occurrences(each.text, row["answers"], first, last)
                    made.append(replace(base, text=each.text, title=each.title, answers=answers))
            lacking = [
                [each for each in own if each not in holding and not _mentions(each.text, row["answers"])],
                [each for each in ranked if each.article != article and not _mentions(each.text, row["answers"])],
            ]
            chosen = lacking[0][: misses // 2] + lacking[1]
            made += [replace(base, text=each.text, title=each.title) for each in chosen[:misses]]
        return made
