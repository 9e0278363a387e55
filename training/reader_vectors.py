"""Word vectors for the reader: one skip-gram space for Indonesian and English.

    python training/reader_vectors.py --data ../shared/data --out build/reader

Both languages land in one space because every sentence pair is also read as one sentence with the words of the two
interleaved (Vulic and Moens, 2015), and so is every pair of lemmas of a synset. Needs `gensim` (training only).
Articles that hold the held-out questions are left out. Writes `vocabulary.txt` and `vectors.npy`.
"""

from __future__ import annotations

import argparse
import logging
import math
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from gensim.models import Word2Vec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from index.language import fold, stem
from training.corpus import part_of, rows

_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+")  # as in assistant/reading_features.py, without the marks
_DIGIT = re.compile(r"\d")
DIMENSIONS = 128
VOCABULARY = 50_000
MINIMUM_COUNT = 5
DOCUMENT_WORDS = 120  # documents for the document frequencies are as long as passages
PAIR_COPIES = 3


def tokens(text: str) -> list[str]:
    """The words of a text as the vocabulary writes them."""
    return [_DIGIT.sub("0", fold(match)) for match in _WORD.findall(text)]


def texts(data: Path) -> Iterator[tuple[str, str]]:
    """(language, text) of everything monolingual."""
    for row in rows(data, "art_id_wikilead"):
        yield "id", f"{row['title']} {row['text']}"
    for name in ("art_id_clickid", "art_id_indosum"):
        for row in rows(data, name):
            if name == "art_id_clickid" or part_of(row["id"]) != "test":
                yield "id", f"{row['title']}\n{row['text']}"
    for name in ("qa_id_idkmrc.train", "qa_id_transsquad2_noxquad.train", "qa_en_tydiqa.train", "qa_en_clapnq.dev"):
        for text in dict.fromkeys(row["context"] for row in rows(data, name)):
            yield ("en" if "_en_" in name else "id"), text


def interleaved(left: list[str], right: list[str], draw: random.Random) -> list[str]:
    """Two sentences as one, each word at its relative place."""
    placed = [((place + draw.random()) / len(side), word) for side in (left, right) for place, word in enumerate(side)]
    return [word for _, word in sorted(placed)]


def pairs(data: Path, draw: random.Random) -> Iterator[list[str]]:
    """Bilingual sentences and synsets."""
    for name in ("par_tatoeba", "par_tico19", "par_sib200", "par_pud", "par_nusax"):
        for row in rows(data, name):
            for _ in range(PAIR_COPIES):
                yield interleaved(tokens(row["id_text"]), tokens(row["en_text"]), draw)
    for row in rows(data, "lex_wordnet_bahasa"):
        lemmas = [tokens(lemma.replace("_", " ")) for lemma in (*row["id_lemmas"], *row["en_lemmas"])]
        lemmas = [lemma for lemma in lemmas if len(lemma) == 1]
        if len(lemmas) > 1:
            yield [word for lemma in lemmas for word in lemma]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("build/reader"))
    parser.add_argument("--passes", type=int, default=3)
    options = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)

    corpus: list[list[str]] = []
    frequency: dict[str, Counter[str]] = {"id": Counter(), "en": Counter()}
    documents: Counter[str] = Counter()
    for language, text in texts(options.data):
        for line in text.split("\n"):
            words = tokens(line)
            if words:
                corpus.append(words)
        words = tokens(text)
        for start in range(0, max(1, len(words)), DOCUMENT_WORDS):
            documents[language] += 1
            frequency[language].update({stem(word, language) for word in words[start : start + DOCUMENT_WORDS]})
    draw = random.Random(1)
    corpus.extend(words for words in pairs(options.data, draw) if words)
    draw.shuffle(corpus)
    logging.info("%d lines, %d words", len(corpus), sum(map(len, corpus)))

    model = Word2Vec(
        corpus, vector_size=DIMENSIONS, window=5, sg=1, negative=5, sample=1e-4, min_count=MINIMUM_COUNT,
        max_final_vocab=VOCABULARY - 1, epochs=options.passes, workers=1, seed=1,
    )  # fmt: skip
    words = model.wv.index_to_key
    vectors = np.concatenate([np.zeros((1, DIMENSIONS), np.float32), model.wv.vectors])
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6) / math.sqrt(DIMENSIONS) * 3.0

    def idf(word: str) -> float:
        """The smaller one of the two languages', for a word is not rare because it is foreign."""
        counts = [(documents[language], frequency[language][stem(word, language)]) for language in ("id", "en")]
        return min(math.log(1.0 + total / (count + 0.5)) for total, count in counts)

    options.out.mkdir(parents=True, exist_ok=True)
    rarest = math.log(1.0 + documents["id"] / 1.5)
    lines = [f"\t{rarest:.2f}", *(f"{word}\t{idf(word):.2f}" for word in words)]
    (options.out / "vocabulary.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    np.save(options.out / "vectors.npy", vectors.astype(np.float16))
    for word in ("gempa", "minister", "harga", "why"):
        logging.info("%s: %s", word, " ".join(near for near, _ in model.wv.most_similar(word, topn=10)))


if __name__ == "__main__":
    main()
