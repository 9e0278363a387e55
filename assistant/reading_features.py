"""A question and a passage as numbers: what the reading network sees.

One implementation for training and for answering. Everything that depends on a word alone is computed
once per word and kept; everything that depends on question and passage together is numpy.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assistant.reading_words import QUESTION_FLAGS, WORD_FLAGS, question_flags, word_flags
from index.dictionary import Dictionary
from index.language import STOP_WORDS, fold, formal, stem
from index.splitting import sentences

__all__ = [
    "GLOBAL_FEATURES",
    "HASHES",
    "HASH_BUCKETS",
    "PASSAGE_FEATURES",
    "QUESTION_FEATURES",
    "EncodedPassage",
    "EncodedQuestion",
    "Translate",
    "Vocabulary",
    "dictionary",
    "encode_passage",
    "encode_question",
    "pad",
]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
# (stem, its language) -> stems of the other language with their probabilities.
Translate = Callable[[str, str], Sequence[tuple[str, float]]]

HASH_BUCKETS: Final = 32_768
HASHES: Final = 5  # the word, its stem, its first three, first five and last three letters
MEANINGS: Final = 4  # a question word stands for itself, or for at most this many translations
LONGEST_TITLE: Final = 32  # tokens
LONGEST_QUESTION: Final = 48
LONGEST_PASSAGE: Final = 400  # with the title; what is behind is not read

# Numbers keep their inner marks and fractions; runs of letters; every other mark alone.
_TOKEN: Final = re.compile(r"\d+(?:[.,:]\d+)*[½¼¾]?|[^\W\d_]+|[^\w\s]|_")
_OPEN: Final = "(["
_CLOSE: Final = ")]"
_WINDOW: Final = 6  # MODELS.md: overlap within 6 tokens
_FAR: Final = 20.0  # a match farther away than this many tokens is as good as none

PASSAGE_FEATURES: Final = WORD_FLAGS + 21
QUESTION_FEATURES: Final = 8
GLOBAL_FEATURES: Final = QUESTION_FLAGS + 8


@dataclass(frozen=True, slots=True)
class _Token:
    """What one written form is, wherever it stands."""

    word: int  # its row in the vocabulary, 0 when unknown
    hashes: tuple[int, ...]
    exact_id: int
    stem_id: int
    prefix_id: int
    stemmed: str
    idf: float
    content: bool
    flags: tuple[float, ...]


class Vocabulary:
    """The words that have a trained vector, each with the inverse document frequency of its stem.

    The file holds one ``word<TAB>idf`` a line; the line number is the row (row 0 stands for all other words).
    """

    def __init__(self, words: Sequence[str], idf: Sequence[float]) -> None:
        self._row = {word: row for row, word in enumerate(words)}
        self._idf = list(idf)
        self._unknown_idf = max(idf)
        self.token = lru_cache(maxsize=200_000)(self._token)

    @classmethod
    def read(cls, path: Path) -> Vocabulary:
        """Load a vocabulary file."""
        rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        return cls([row[0] for row in rows], [float(row[1]) for row in rows])

    @property
    def words(self) -> list[str]:
        """All words, commonest first, behind the empty one that stands for the unknown."""
        return list(self._row)

    def stem_row(self, stemmed: str, language: str) -> int:
        """The row of the commonest word with this stem, 0 when there is none."""
        return self._stem_rows.get((stemmed, language), 0)

    @cached_property
    def _stem_rows(self) -> dict[tuple[str, str], int]:
        """Made as a whole before anybody looks into it: several threads may ask first."""
        rows: dict[tuple[str, str], int] = {}
        for word, row in self._row.items():
            for each in ("id", "en"):
                rows.setdefault((stem(word, each), each), row)
        return rows

    def _token(self, surface: str, language: str) -> _Token:
        surface = surface.encode("utf-8", "replace").decode("utf-8")  # a stemmer takes no lone surrogates
        folded = fold(surface)
        shape = re.sub(r"\d", "0", folded)
        stemmed = stem(folded, language)
        is_word = surface[0].isalnum()
        row = self._row.get(shape, 0) if is_word else 0
        idf = (self._idf[row] if row else self._unknown_idf) if is_word else 0.0
        content = is_word and folded not in STOP_WORDS[language]
        if surface[0].isdigit():
            idf = self._unknown_idf * 0.6  # a number is rarer than its shape, but less telling than a name
        parts = (shape, "s" + re.sub(r"\d", "0", stemmed), "3" + shape[:3], "5" + shape[:5], "e" + shape[-3:])
        return _Token(
            word=row,
            hashes=tuple(zlib.crc32(part.encode("utf-8", "surrogatepass")) % HASH_BUCKETS for part in parts),
            exact_id=_identity(folded),
            stem_id=_identity(stemmed),
            prefix_id=_identity(folded[:5]) if len(folded) > 5 and folded[0].isalpha() else -1,
            stemmed=stemmed,
            idf=idf / 10.0,
            content=content,
            flags=word_flags(surface, folded, language),
        )


def _identity(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class EncodedQuestion:
    """A question of Q tokens. ``meanings`` (Q, MEANINGS) are vocabulary rows weighted by ``weights``."""

    language: str
    meanings: Ints
    weights: Floats
    hashes: Ints  # (Q, HASHES)
    exact: Ints  # (Q,)
    stems: Ints  # (Q, MEANINGS), -1 where there are fewer
    stem_weights: Floats  # (Q, MEANINGS)
    prefixes: Ints
    idf: Floats  # zero for words that carry no content
    features: Floats  # (Q, 4): idf, capital, digit, content
    flags: Floats  # (QUESTION_FLAGS,)


@dataclass(frozen=True, slots=True)
class EncodedPassage:
    """One passage of T tokens (its title's first), seen from one question of Q tokens."""

    words: Ints  # (T,)
    hashes: Ints  # (T, HASHES)
    features: Floats  # (T, PASSAGE_FEATURES)
    question: Floats  # (Q, QUESTION_FEATURES)
    overall: Floats  # (GLOBAL_FEATURES,)
    sentence: Ints  # (T,): the token's sentence, -1 in the title
    starts: Ints  # (T,): character offsets in the passage's text, -1 in the title
    ends: Ints
    sentence_starts: Ints
    sentence_ends: Ints
    overlap: Floats  # (sentences + 1,): share of the question's idf in each sentence; the title's is the last
    coverage: float  # the same for the passage with its title


def dictionary(stemmed: str, language: str) -> Sequence[tuple[str, float]]:
    """What the shipped dictionary knows of a stem."""
    return [(way.stem, way.probability) for way in Dictionary.load().translations(stemmed, language)]


def encode_question(
    question: str, language: str, passage_language: str, vocabulary: Vocabulary, translate: Translate = dictionary
) -> EncodedQuestion:
    """The question's side, once per language of the passages; chat spellings are written out first."""
    text = formal(question) if language == "id" else question
    surfaces = _TOKEN.findall(text)[:LONGEST_QUESTION] or ["?"]
    tokens = [vocabulary.token(surface, language) for surface in surfaces]
    size = len(tokens)
    meanings, weights = np.zeros((size, MEANINGS), np.int64), np.zeros((size, MEANINGS), np.float32)
    stem_ids, stem_weights = np.full((size, MEANINGS), -1, np.int64), np.zeros((size, MEANINGS), np.float32)
    for place, token in enumerate(tokens):
        found = []
        if language != passage_language and token.content and not surfaces[place][0].isdigit():
            found = sorted(translate(token.stemmed, language), key=lambda pair: -pair[1])[: MEANINGS - 1]
        # A name is written the same in both languages, so the word itself always counts.
        for slot, (translated, probability) in enumerate(found, 1):
            meanings[place, slot] = vocabulary.stem_row(translated, passage_language)
            weights[place, slot] = probability
            stem_ids[place, slot] = _identity(translated)
            stem_weights[place, slot] = min(1.0, 0.3 + probability)
        meanings[place, 0], weights[place, 0] = token.word, 0.2 if found else 1.0
        stem_ids[place, 0], stem_weights[place, 0] = token.stem_id, 1.0
        weights[place] /= weights[place].sum()
    content = np.array([token.content for token in tokens])
    idf = np.array([token.idf for token in tokens], np.float32)
    features = np.stack(
        [
            idf,
            np.array([token.flags[0] for token in tokens], np.float32),
            np.array([surface[0].isdigit() for surface in surfaces], np.float32),
            content.astype(np.float32),
        ],
        axis=1,
    )
    return EncodedQuestion(
        language=language,
        meanings=meanings,
        weights=weights,
        hashes=np.array([token.hashes for token in tokens], np.int64),
        exact=np.array([token.exact_id for token in tokens], np.int64),
        stems=stem_ids,
        stem_weights=stem_weights,
        prefixes=np.array([token.prefix_id for token in tokens], np.int64),
        idf=np.where(content, idf, 0.0).astype(np.float32),
        features=features,
        flags=np.array(question_flags(text, language, language != passage_language), np.float32),
    )


def encode_passage(
    question: EncodedQuestion, text: str, title: str, language: str, vocabulary: Vocabulary
) -> EncodedPassage:
    """One passage with its title in front, seen from one question."""
    in_title = _TOKEN.findall(title)[:LONGEST_TITLE]
    matches = list(_TOKEN.finditer(text))[: LONGEST_PASSAGE - len(in_title)]
    tokens = [vocabulary.token(surface, language) for surface in in_title]
    tokens += [vocabulary.token(match[0], language) for match in matches]
    if not tokens:
        tokens = [vocabulary.token(".", language)]
        in_title = ["."]
    lead, size = len(in_title), len(tokens)
    starts = np.array([-1] * lead + [match.start() for match in matches], np.int64)
    ends = np.array([-1] * lead + [match.end() for match in matches], np.int64)
    spans = sentences(text, language)
    sentence_starts = np.array([span.start for span in spans] or [0], np.int64)
    sentence_ends = np.array([span.end for span in spans] or [len(text)], np.int64)
    sentence = np.maximum(np.searchsorted(sentence_starts, starts, side="right") - 1, 0)
    sentence[:lead] = -1

    exact_ids = np.array([token.exact_id for token in tokens], np.int64)
    stem_ids = np.array([token.stem_id for token in tokens], np.int64)
    prefix_ids = np.array([token.prefix_id for token in tokens], np.int64)
    flags = np.array([token.flags for token in tokens], np.float32)
    idf = np.array([token.idf for token in tokens], np.float32)
    counted = question.idf > 0

    exact = (exact_ids[:, None] == question.exact[None]) & counted
    by_stem = ((stem_ids[:, None, None] == question.stems[None]) * question.stem_weights[None]).max(2) * counted
    by_stem = np.maximum(by_stem, exact)
    by_prefix = (prefix_ids[:, None] == question.prefixes[None]) & (question.prefixes >= 0) & counted
    soft = np.maximum(by_stem, 0.6 * by_prefix).astype(np.float32)  # (T, Q)

    total = max(float(question.idf.sum()), 1e-6)
    sentence_count = len(sentence_starts)
    best_in = np.zeros((sentence_count + 1, len(question.idf)), np.float32)  # the title's row is the last
    np.maximum.at(best_in, sentence, soft)
    overlap = best_in @ question.idf / total
    best = int(overlap[:-1].argmax())
    coverage = float(best_in.max(0) @ question.idf / total)

    token_match = soft.max(1)
    telling = (soft * question.idf).max(1)
    summed = np.concatenate([np.zeros((1, soft.shape[1]), np.float32), soft.cumsum(0, dtype=np.float32)])
    low, high = np.maximum(np.arange(size) - _WINDOW, 0), np.minimum(np.arange(size) + _WINDOW + 1, size)
    nearby = np.minimum(summed[high] - summed[low], 1.0) @ question.idf / total
    behind, ahead = _distance(token_match > 0.5), _distance(token_match[::-1] > 0.5)[::-1]
    padded = np.concatenate([overlap[:-1], [0.0]])  # index -1 and sentence_count are both "none"
    first_of = np.concatenate([[True], sentence[1:] != sentence[:-1]])
    surfaces = in_title + [match[0] for match in matches]
    features = np.concatenate(
        [
            flags,
            np.stack(
                [
                    idf,
                    exact.any(1),
                    by_stem.max(1),
                    token_match,
                    telling,
                    telling / total,
                    nearby,
                    behind,
                    ahead,
                    overlap[sentence],
                    (sentence == best),
                    padded[sentence - 1] * (sentence > 0),
                    padded[np.minimum(sentence + 1, sentence_count)],
                    overlap[sentence] - overlap[:-1].max(),
                    sentence == 0,
                    sentence == -1,
                    first_of,
                    np.concatenate([first_of[1:], [True]]),
                    _inside(surfaces, _OPEN, _CLOSE),
                    _inside(surfaces, '“"', '”"'),
                    np.arange(size) / size,
                ],
                axis=1,
            ),
        ],
        axis=1,
    ).astype(np.float32)
    in_passage = soft.max(0)
    question_features = np.concatenate(
        [
            question.features,
            np.stack(
                [in_passage, best_in[best], best_in[-1], (1.0 - in_passage) * question.idf / total],
                axis=1,
            ),
        ],
        axis=1,
    ).astype(np.float32)
    ordered = np.sort(overlap[:-1])
    overall = np.concatenate(
        [
            question.flags,
            [
                coverage,
                overlap[best],
                overlap[best] - (ordered[-2] if sentence_count > 1 else 0.0),
                overlap[-1],
                math.log(size) / 5.0,
                len(question.idf) / 20.0,
                float((in_passage[counted] > 0.5).mean()) if counted.any() else 0.0,
                1.0 if lead > 0 else 0.0,
            ],
        ]
    ).astype(np.float32)
    return EncodedPassage(
        words=np.array([token.word for token in tokens], np.int64),
        hashes=np.array([token.hashes for token in tokens], np.int64),
        features=features,
        question=question_features,
        overall=overall,
        sentence=sentence,
        starts=starts,
        ends=ends,
        sentence_starts=sentence_starts,
        sentence_ends=sentence_ends,
        overlap=overlap.astype(np.float32),
        coverage=coverage,
    )


def _distance(hit: NDArray[np.bool_]) -> Floats:
    """For each token 1 on a hit, falling to 0 at ``_FAR`` tokens behind the last one."""
    places = np.arange(len(hit))
    last = np.maximum.accumulate(np.where(hit, places, -10_000))
    return np.maximum(0.0, 1.0 - (places - last) / _FAR).astype(np.float32)


def _inside(surfaces: Sequence[str], opening: str, closing: str) -> Floats:
    """1 for tokens between an opening and a closing mark."""
    depth = 0
    inside = np.zeros(len(surfaces), np.float32)
    for place, surface in enumerate(surfaces):
        if depth and surface in closing:
            depth = 0
        elif surface in opening:
            depth = 1
        inside[place] = depth
    return inside


def pad(chosen: Sequence[tuple[EncodedQuestion, EncodedPassage]]) -> dict[str, NDArray[np.int64] | Floats]:
    """The network's input for B questions with their passages, filled up to the longest: ids int64, the rest float32.

    ``mask`` and ``question_mask`` are 1 on tokens, ``inside`` on tokens an answer may hold (not the title).
    """
    count = len(chosen)
    wide = max(len(passage.words) for _, passage in chosen)
    long = max(len(question.exact) for question, _ in chosen)
    ids = {
        "words": (wide,), "hashes": (wide, HASHES), "meanings": (long, MEANINGS), "question_hashes": (long, HASHES),
    }  # fmt: skip
    numbers = {
        "features": (wide, PASSAGE_FEATURES), "weights": (long, MEANINGS),
        "question_features": (long, QUESTION_FEATURES), "overall": (GLOBAL_FEATURES,),
        "mask": (wide,), "question_mask": (long,), "inside": (wide,),
    }  # fmt: skip
    batch: dict[str, NDArray[np.int64] | Floats] = {}
    batch |= {name: np.zeros((count, *size), np.int64) for name, size in ids.items()}
    batch |= {name: np.zeros((count, *size), np.float32) for name, size in numbers.items()}
    for row, (question, passage) in enumerate(chosen):
        size, asked = len(passage.words), len(question.exact)
        batch["words"][row, :size] = passage.words
        batch["hashes"][row, :size] = passage.hashes
        batch["features"][row, :size] = passage.features
        batch["mask"][row, :size] = 1.0
        batch["inside"][row, :size] = passage.sentence >= 0
        batch["overall"][row] = passage.overall
        batch["meanings"][row, :asked] = question.meanings
        batch["weights"][row, :asked] = question.weights
        batch["question_hashes"][row, :asked] = question.hashes
        batch["question_features"][row, :asked] = passage.question
        batch["question_mask"][row, :asked] = 1.0
    return batch
