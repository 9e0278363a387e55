"""The embedder's tokenizer and the vectors its words start from."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from index.language import stem
from training.dictionary import Counts

__all__ = ["Vocabulary", "build_vocabulary", "start_vectors"]

PIECES: Final = 8_000  # trained word pieces; the rest of the vocabulary is whole words
WORDS_PATTERN: Final = r"[^\W\d_]+|\d+"  # letters or digits; index/embedding.py splits by the same expression
NEAREST_TRANSLATIONS: Final = 6
NORM_FLOOR: Final = 0.05


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A tokenizer and what is known about each of its tokens.

    ``language`` holds "id", "en" or "" (a piece, a number, an unused slot) for each token; ``stem_of`` the number
    of its shared stem vector, 0 for none; ``idf`` its inverse document frequency; ``switch`` for an Indonesian
    token its English tokens with their probabilities.
    """

    tokenizer: Tokenizer
    tokens: list[str]
    language: list[str]
    stem_of: NDArray[np.int64]
    idf: NDArray[np.float32]
    switch: dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]]


def _bare_tokenizer(vocabulary: dict[str, int] | None = None) -> Tokenizer:
    model = models.WordPiece(vocabulary or {"[UNK]": 0}, unk_token="[UNK]", max_input_chars_per_word=60)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase(), normalizers.NFD(), normalizers.StripAccents()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(WORDS_PATTERN), "removed", invert=True)
    return tokenizer


def word_counts(texts: Iterable[str]) -> tuple[Counter[str], Counter[str], int]:
    """How often each word occurs, in how many texts, and how many texts there are."""
    bare = _bare_tokenizer()
    frequency: Counter[str] = Counter()
    documents: Counter[str] = Counter()
    number = 0
    for text in texts:
        normal = bare.normalizer.normalize_str(text)
        found = [word for word, _ in bare.pre_tokenizer.pre_tokenize_str(normal)]
        frequency.update(found)
        documents.update(set(found))
        number += 1
    return frequency, documents, number


def build_vocabulary(
    indonesian: Sequence[str], english: Sequence[str], known_english: Iterable[str], counts: Counts, size: int
) -> Vocabulary:
    """Pieces trained on both languages in equal parts, then the most frequent whole words of both in equal parts.

    ``known_english`` are words to fall back on where the English texts, which are few, have no more words
    seen twice. ``counts`` is the dictionary's, by stems.
    """
    freq_id, docs_id, total_id = word_counts(indonesian)
    freq_en, docs_en, total_en = word_counts(english)

    scale = sum(freq_id.values()) / sum(freq_en.values())
    mixed: Counter[str] = Counter({word: int(count * scale) for word, count in freq_en.items() if count > 1})
    mixed.update({word: count for word, count in freq_id.items() if count > 2})
    # The trainer breaks ties by the order in which it meets the letters, which changes from run to run; naming
    # them first makes every run the same.
    letters = sorted({letter for word in mixed for letter in word})
    trainer = trainers.WordPieceTrainer(
        vocab_size=PIECES,
        min_frequency=2,
        special_tokens=["[UNK]", *letters, *(f"##{letter}" for letter in letters)],
        continuing_subword_prefix="##",
        show_progress=False,
    )
    tokenizer = _bare_tokenizer()
    repeated = (f"{word} " * min(1 + count // 50, 400) for word, count in mixed.items())
    tokenizer.train_from_iterator(repeated, trainer)
    tokens = [token for token, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]

    taken = set(tokens)
    queues = [
        [word for word, count in freq_id.most_common() if count > 3],
        [word for word, count in freq_en.most_common() if count > 1] + list(known_english),
    ]
    while len(tokens) < size and any(queues):
        for queue in queues:
            while queue and queue[0] in taken:
                queue.pop(0)
            if queue and len(tokens) < size:
                taken.add(queue[0])
                tokens.append(queue.pop(0))

    share_id, share_en = 1 / sum(freq_id.values()), 1 / sum(freq_en.values())
    language = []
    for token in tokens:
        whole = token.isalpha() and (token in freq_id or token in freq_en or len(token) > 3)
        english_word = freq_en[token] * share_en > freq_id[token] * share_id or token not in freq_id
        language.append(("en" if english_word else "id") if whole else "")
    numbers: dict[tuple[str, str], int] = {}
    stem_of = np.zeros(len(tokens), np.int64)
    for position, (token, own) in enumerate(zip(tokens, language, strict=True)):
        if own:
            stem_of[position] = numbers.setdefault((own, stem(token, own)), len(numbers) + 1)

    document_share = np.array([max(docs_id[t] / total_id, docs_en[t] / total_en) for t in tokens])
    # A piece is as common as a word of its rank; pieces have no counts of their own.
    document_share[[t.startswith("##") for t in tokens]] = 1e-3
    idf = -np.log(np.maximum(document_share, 1 / total_id)).astype(np.float32)
    vocabulary = {token: number for number, token in enumerate(tokens)}
    final = _bare_tokenizer(vocabulary)
    return Vocabulary(final, tokens, language, stem_of, idf, _switches(tokens, language, freq_en, counts))


def _switches(
    tokens: list[str], language: list[str], freq_en: Counter[str], counts: Counts
) -> dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """English tokens for each Indonesian token, through stems; of a stem, its most frequent word."""
    best_form: dict[str, int] = {}
    for number, (token, own) in enumerate(zip(tokens, language, strict=True)):
        if own != "en":
            continue
        key = stem(token, "en")
        if key not in best_form or freq_en[token] > freq_en[tokens[best_form[key]]]:
            best_form[key] = number
    ways: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    for (own_stem, other), count in counts.items():
        if other in best_form and count > 0.5:
            ways[own_stem].append((count, best_form[other]))
    found = {}
    for number, (token, own) in enumerate(zip(tokens, language, strict=True)):
        chosen = sorted(ways.get(stem(token, "id"), ()), reverse=True)[:NEAREST_TRANSLATIONS] if own == "id" else []
        if chosen:
            weights = np.array([count for count, _ in chosen])
            found[number] = (np.array([n for _, n in chosen], np.int64), weights / weights.sum())
    return found


def start_vectors(vocabulary: Vocabulary, minilm: Path, dimensions: int, seed: int) -> NDArray[np.float32]:
    """Where training starts: half what English MiniLM says of the word (or of its translations), half random.

    The random half is shared by the words of one stem. The length of a vector is the square root of its
    token's relative idf, so that common words weigh little in the mean.
    """
    from sentence_transformers import SentenceTransformer

    tokens, random = vocabulary.tokens, np.random.default_rng(seed)
    teacher = SentenceTransformer(str(minilm), device="cpu", local_files_only=True)
    english = [number for number, own in enumerate(vocabulary.language) if own == "en"]
    names = [
        number for number, own in enumerate(vocabulary.language) if own == "id" and number not in vocabulary.switch
    ]
    asked = english + names
    taught = teacher.encode([tokens[number] for number in asked], batch_size=256, show_progress_bar=True)
    taught = taught - taught[: len(english)].mean(0)
    _, _, axes = np.linalg.svd(taught[: len(english)].astype(np.float64), full_matrices=False)
    taught = taught @ axes[:dimensions].T.astype(np.float32)

    meaning = np.zeros((len(tokens), dimensions), np.float32)
    meaning[asked] = taught
    for number, (others, weights) in vocabulary.switch.items():
        root = np.sqrt(weights)
        meaning[number] = root @ meaning[others] / root.sum()
    by_stem = random.standard_normal((int(vocabulary.stem_of.max()) + 1, dimensions)).astype(np.float32)
    own = random.standard_normal((len(tokens), dimensions)).astype(np.float32)
    chance = np.where(vocabulary.stem_of[:, None] > 0, by_stem[vocabulary.stem_of], own)

    vectors = math.sqrt(0.5) * _unit(meaning) + math.sqrt(0.5) * _unit(chance)
    length = np.maximum(np.sqrt(vocabulary.idf / vocabulary.idf.max()), NORM_FLOOR)
    return (_unit(vectors) * length[:, None]).astype(np.float32)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
