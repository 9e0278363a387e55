"""Whether embedding similarity helps the verifier's content check: IndoNLI pairs, the shipped embedder.

    python -m benchmarks.verifier_similarity [--data ../shared/data]

Each score is the cover of a sentence's words plus a share of its similarity to the sentences that it may rest on. The
threshold is the one that refuses, with the rules, as many entailed pairs of the development half as the check does as
it is; printed is what it refuses of the held-out half.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.verification.alignment import align, claim_words
from assistant.verification.evidence import Evidence, Source
from assistant.verify import verify_sentence
from benchmarks.verifier import ROOT, is_held_out
from benchmarks.verifier_pairs import Claim, nli
from index.embedding import StaticEmbedder, open_embedder

PAIRS = 3000  # of each half
SHARES = (0.3, 1.0, 2.0)
LABELS = ("entailment", "neutral", "contradiction")


def scores(claim: Claim, embedder: StaticEmbedder) -> tuple[float, float, float, bool, bool]:
    """Cover, cosine and MaxSim of a pair, whether another rule refuses it, and whether the content check does."""
    source = Source(claim.evidence, claim.title, claim.published, claim.evidence_language)
    piece = Evidence.of(source)
    alignment = align(claim_words(claim.text, claim.language), claim.language, piece)
    places = range(len(piece.sentences)) if alignment.best is None else sorted(alignment.near)
    texts = [piece.sentences[place].text for place in places]
    cosines = embedder.embed_passages(texts) @ embedder.embed_questions([claim.text])[0]
    kinds = {problem.kind for problem in verify_sentence(claim.text, [source]).problems}
    match = embedder.token_match(claim.text, [" ".join(texts)])
    return alignment.cover, float(cosines.max()), float(match[0]), bool(kinds - {"content"}), "content" in kinds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    arguments = parser.parse_args()
    embedder = open_embedder()
    assert isinstance(embedder, StaticEmbedder)

    halves: list[tuple[NDArray[np.str_], NDArray[np.float64]]] = []
    for held_out in (False, True):
        pairs = [one for one in nli(arguments.data) if is_held_out(one[1].origin) == held_out][:PAIRS]
        labels = np.array([label for label, _ in pairs])
        halves.append((labels, np.array([scores(claim, embedder) for _, claim in pairs])))
    (labels, rows), (held_labels, held_rows) = halves

    def refused(flags: NDArray[np.bool_]) -> str:
        return ", ".join(f"{label} {flags[held_labels == label].mean():.3f}" for label in LABELS)

    entailed = labels == "entailment"
    allowed = rows[entailed, 3:].any(axis=1).mean()
    print("the check as it is:", refused(held_rows[:, 3:].any(axis=1)))
    for column, name in ((1, "cosine"), (2, "MaxSim")):
        for share in (0.0, *SHARES) if column == 1 else SHARES:
            score, ruled = rows[:, 0] + share * rows[:, column], rows[:, 3] > 0
            fitting = [
                threshold
                for threshold in np.unique(score[entailed])
                if (ruled | (score < threshold))[entailed].mean() <= allowed
            ]
            held_score = held_rows[:, 0] + share * held_rows[:, column]
            flags = (held_rows[:, 3] > 0) | (held_score < max(fitting))
            print(f"cover + {share:.1f} x {name}:", refused(flags))


if __name__ == "__main__":
    main()
