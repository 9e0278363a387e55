"""Make the bilingual dictionary that lets a question find passages in the other language.

IBM model 1 (Brown et al., 1993) in both directions over stems of the open parallel sentences, plus the one-word
lemma pairs of the Indonesian wordnet, counted once each. Runs in about a minute:

    .venv/bin/python -m training.dictionary --data ../shared/data
"""

from __future__ import annotations

import argparse
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from index.language import LANGUAGES, fold, stem, words
from training.corpus import DEFAULT_DATA, Pair, lemma_pairs, parallel

ROUNDS: Final = 4
MINIMUM_TOGETHER: Final = 2  # sentence pairs in which both stems occur
MINIMUM_DICE: Final = 0.05
MINIMUM_PROBABILITY: Final = 0.05
MOST_TRANSLATIONS: Final = 8
OUTPUT: Final = Path(__file__).parents[1] / "index" / "model" / "dictionary.tsv.gz"

Counts = dict[tuple[str, str], float]


def stems_of(text: str, language: str) -> list[str]:
    """The stems of a text the way the lexicon searches them."""
    return [stem(word.folded, language) for word in words(text)]


def align(pairs: Iterable[Pair]) -> Counts:
    """Expected counts of (Indonesian stem, English stem) of IBM model 1, the mean of both directions."""
    sentences = [(sorted(set(stems_of(p.indonesian, "id"))), sorted(set(stems_of(p.english, "en")))) for p in pairs]
    sentences = [pair for pair in sentences if pair[0] and pair[1]]
    together: Counter[tuple[str, str]] = Counter()
    alone_id: Counter[str] = Counter()
    alone_en: Counter[str] = Counter()
    for own, other in track(sentences, description="counting"):
        alone_id.update(own)
        alone_en.update(other)
        together.update((a, b) for a in own for b in other)
    kept = {
        pair: number
        for number, pair in enumerate(
            pair
            for pair, count in together.items()
            if count >= MINIMUM_TOGETHER and 2 * count / (alone_id[pair[0]] + alone_en[pair[1]]) > MINIMUM_DICE
        )
    }

    # One entry for each candidate link of each sentence: which pair, and which word of which sentence explains it.
    links: list[int] = []
    groups_id: list[int] = []
    groups_en: list[int] = []
    base_id = base_en = 0
    for own, other in sentences:
        for i, a in enumerate(own):
            for j, b in enumerate(other):
                number = kept.get((a, b))
                if number is not None:
                    links.append(number)
                    groups_id.append(base_id + i)
                    groups_en.append(base_en + j)
        base_id += len(own)
        base_en += len(other)
    link = np.array(links, dtype=np.int64)
    ids = {word: number for number, word in enumerate(alone_id)}
    ens = {word: number for number, word in enumerate(alone_en)}
    source_id = np.array([ids[a] for a, _ in kept], dtype=np.int64)
    source_en = np.array([ens[b] for _, b in kept], dtype=np.int64)
    forward = _rounds(link, source_id, np.array(groups_en, dtype=np.int64))
    backward = _rounds(link, source_en, np.array(groups_id, dtype=np.int64))
    counts = (forward + backward) / 2
    return {pair: float(counts[number]) for pair, number in kept.items() if counts[number] > 1e-3}


def _rounds(link: NDArray[np.int64], source: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.float64]:
    """Expected counts of each pair: within a group (a word to explain) the links share one count."""
    probability = np.ones(len(source))
    counts = probability
    for _ in range(ROUNDS):
        weight = probability[link]
        share = weight / np.bincount(group, weight)[group]
        counts = np.bincount(link, share, minlength=len(source))
        probability = counts / np.bincount(source, counts)[source]
    return counts


def combine(counts: Counts, lemmas: Iterable[Pair]) -> Counts:
    """Add one to a pair for being lemmas of one synset, however many synsets they share."""
    total: defaultdict[tuple[str, str], float] = defaultdict(float, counts)
    pairs = {(stem(fold(pair.indonesian), "id"), stem(fold(pair.english), "en")) for pair in lemmas}
    for pair in pairs:
        total[pair] += 1.0
    return dict(total)


def entries(counts: Counts, side: int) -> dict[str, list[tuple[str, float]]]:
    """Translations of every stem of one side (0 Indonesian, 1 English), best first."""
    sums: defaultdict[str, float] = defaultdict(float)
    for pair, count in counts.items():
        sums[pair[side]] += count
    found: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for pair, count in counts.items():
        probability = count / sums[pair[side]]
        if probability > MINIMUM_PROBABILITY:
            found[pair[side]].append((pair[1 - side], probability))
    return {word: sorted(ways, key=lambda way: (-way[1], way[0]))[:MOST_TRANSLATIONS] for word, ways in found.items()}


def main() -> None:
    """Train, write the file and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(DEFAULT_DATA))
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()

    counts = combine(align(parallel(arguments.data)), lemma_pairs(arguments.data))
    lines = []
    total = 0
    for side, language in enumerate(LANGUAGES):
        for word, ways in sorted(entries(counts, side).items()):
            total += len(ways)
            lines.append("\t".join([language, word, *(f"{other} {probability:.3f}" for other, probability in ways)]))
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    with open(arguments.output, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write("\n".join(lines).encode())
    size = arguments.output.stat().st_size
    print(f"{len(lines)} stems, {total} translations, {size / 1e6:.2f} MB -> {arguments.output}")


if __name__ == "__main__":
    main()
