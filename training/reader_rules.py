"""Training examples made by rule from the answerable ones; what each sort brings is in training/reader.md.

- "removed": the passage without the sentences that hold an answer: about this text, and yet not answered.
- "swapped": another name, year or number in the question. Nearly every word fits, and yet it is not answered.
- "english": the question word by word in English through the dictionary. Read back through the same dictionary it has
  the gaps and the wrong senses that a real English question has.
- "chat": the question in lower case and without its smallest words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from index.dictionary import Dictionary
from index.language import STOP_WORDS, fold, stem
from index.splitting import sentences
from training.reader_data import Example

__all__ = ["SHARES", "by_rule"]

SHARES: Final = {"removed": 0.25, "swapped": 0.15, "english": 0.2, "chat": 0.1}  # of the answerable examples
_NAME: Final = re.compile(r"(?<=[^\W\d_] )[A-Z][\w-]+(?: [A-Z][\w-]+)*")  # not at the start of the question
_NUMBER: Final = re.compile(r"\b\d+(?:[.,]\d+)*\b")
_WORD: Final = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’-][^\W\d_]+)*|[^\w\s]")
_SMALL: Final = frozenset("yang adalah itu tersebut pada oleh dari di ke untuk dengan ini dalam para sebuah".split())
_ASKING: Final = {
    "siapa": "who", "siapakah": "who", "kapan": "when", "kapankah": "when", "berapa": "how many",
    "berapakah": "how many", "mana": "where", "dimana": "where", "dimanakah": "where", "mengapa": "why",
    "kenapa": "why", "bagaimana": "how", "apa": "what", "apakah": "what", "yang": "that", "dan": "and", "di": "in",
    "dari": "of", "untuk": "for", "oleh": "by", "pada": "on", "dengan": "with", "dalam": "in", "adalah": "is",
    "menurut": "according to", "saja": "all", "ke": "to", "setelah": "after", "sebelum": "before", "saat": "when",
    "para": "the", "tersebut": "the", "itu": "the", "akan": "will", "tidak": "not", "bisa": "can",
    "karena": "because", "atas": "over", "terhadap": "against",
}  # fmt: skip


def by_rule(examples: Sequence[Example], kinds: Sequence[str], words: Sequence[str], seed: int = 3) -> list[Example]:
    """More examples of the given sorts, drawn from the answerable Indonesian ones.

    ``words`` are those of the vocabulary, commonest first: the dictionary gives stems, a question has words.
    """
    draw = random.Random(seed)
    whole: dict[str, str] = {}
    for word in words:
        whole.setdefault(stem(word, "en"), word)
    source = [each for each in examples if each.answers and each.question_language == "id" and each.kind != "squad"]
    names = [match[0] for each in source for match in _NAME.finditer(each.question)]
    makers: dict[str, Callable[[Example], Example | None]] = {
        "removed": _removed,
        "swapped": partial(_swapped, names=names, draw=draw),
        "english": partial(_english, whole=whole, draw=draw),
        "chat": partial(_chat, draw=draw),
    }
    made = []
    for each in source:
        for kind in kinds:
            if draw.random() < SHARES[kind]:
                new = makers[kind](each)
                if new is not None:
                    made.append(new)
    return made


def _removed(example: Example) -> Example | None:
    kept = [
        example.text[span.start : span.end]
        for span in sentences(example.text, example.language)
        if not any(gold.lower() in example.text[span.start : span.end].lower() for gold in example.gold)
        and not any(span.start <= start < span.end for start, _ in example.answers)
    ]
    if len(kept) < 2:
        return None
    return replace(example, text=" ".join(kept), answers=(), gold=())


def _swapped(example: Example, names: Sequence[str], draw: random.Random) -> Example | None:
    question = example.question
    found = [*_NAME.finditer(question), *_NUMBER.finditer(question)]
    found = [match for match in found if match[0].lower() in f"{example.title} {example.text}".lower()]
    if not found:
        return None
    match = draw.choice(found)
    if match[0][0].isdigit():
        other = "".join(draw.choice("123456789") if digit.isdigit() else digit for digit in match[0])
        if len(match[0]) == 4:
            other = match[0][:2] + other[2:]
    else:
        other = draw.choice(names)
    if other.lower() in f"{example.title} {example.text}".lower():
        return None
    changed = question[: match.start()] + other + question[match.end() :]
    return replace(example, question=changed, answers=(), gold=(), group=f"{example.group}/swapped")


def _english(example: Example, whole: dict[str, str], draw: random.Random) -> Example | None:
    if example.language != "id":
        return None
    words = []
    for place, match in enumerate(_WORD.finditer(example.question)):
        word, folded = match[0], fold(match[0])
        ways = Dictionary.load().translations(stem(folded, "id"), "id")
        if folded in _ASKING:
            words.append(_ASKING[folded])
        elif folded in STOP_WORDS["id"] or not word[0].isalpha():
            words += [] if word[0].isalpha() else [word]
        elif ways and (place == 0 or not word[0].isupper()):
            drawn = draw.choices([way.stem for way in ways], [way.probability for way in ways])[0]
            words.append(whole.get(drawn, drawn))
        else:
            words.append(word)
    return replace(example, question=" ".join(words), question_language="en", group=f"{example.group}/english")


def _chat(example: Example, draw: random.Random) -> Example | None:
    words = example.question.lower().rstrip("?. ").split()
    kept = [word for word in words if word not in _SMALL or draw.random() < 0.4]
    return replace(example, question=" ".join(kept), group=f"{example.group}/chat")
