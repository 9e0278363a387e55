"""BM25 over a handful of texts in memory: near misses for training, and search for measuring without an index."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.dictionary import Dictionary
from index.language import content_words, formal, stem

__all__ = ["BM25"]

K1 = 1.2
B = 0.75


class BM25:
    """Okapi BM25 on stems of content words."""

    def __init__(self, texts: Sequence[str], language: str) -> None:
        self.language = language
        counts = [Counter(stem(word.folded, language) for word in content_words(text, language)) for text in texts]
        lengths = np.array([sum(count.values()) for count in counts], np.float32)
        norm = K1 * (1.0 - B + B * lengths / max(1.0, float(lengths.mean())))
        postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for place, count in enumerate(counts):
            for each, times in count.items():
                postings[each].append((place, times))
        self.size = len(texts)
        self.postings: dict[str, tuple[NDArray[np.int64], NDArray[np.float32]]] = {}
        for each, pairs in postings.items():
            places = np.array([place for place, _ in pairs])
            times = np.array([time for _, time in pairs], np.float32)
            idf = math.log(1.0 + (self.size - len(pairs) + 0.5) / (len(pairs) + 0.5))
            self.postings[each] = places, (idf * times * (K1 + 1.0) / (times + norm[places])).astype(np.float32)

    def search(self, question: str, language: str, top: int) -> list[tuple[int, float]]:
        """(place, score) of the best texts; a question in another language also finds its dictionary translations."""
        text = formal(question) if language == "id" else question
        wanted: dict[str, float] = {}
        for word in content_words(text, language):
            wanted[stem(word.folded, self.language)] = 1.0
            if language != self.language:
                for way in Dictionary.load().translations(stem(word.folded, language), language):
                    wanted[way.stem] = max(way.probability, wanted.get(way.stem, 0.0))
        scores = np.zeros(self.size, np.float32)
        for each, weight in wanted.items():
            if each in self.postings:
                places, weights = self.postings[each]
                scores[places] += weight * weights
        best = np.argpartition(-scores, min(top, self.size - 1))[:top]
        return [(int(place), float(scores[place])) for place in best[np.argsort(-scores[best])] if scores[place] > 0]
