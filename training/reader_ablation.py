"""What each kind of example made by rule brings: `python training/reader_ablation.py --data ../shared/data`.

One training from scratch on the questions that people wrote; from there one for each kind beside them, one with all
kinds and one with none, each of as many steps, so that more examples are not more training. Prints the figures of the
validation parts and keeps them as `ablation.jsonl` in the build folder; a row that is there already is not made again.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from assistant.reading_features import Vocabulary
from training.reader import encode_all, encode_checked, line_of, measure, train
from training.reader_batches import Encoded
from training.reader_cloze import cloze
from training.reader_data import News, old_examples
from training.reader_network import Network, Shape, averaged
from training.reader_rules import SHARES, by_rule

OLD_SHARE = 0.5
GROUP_WEIGHT = 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--build", type=Path, default=Path("build/reader"))
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seeds", type=int, nargs="*", default=(31,))
    options = parser.parse_args()
    torch.set_num_threads(1)
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)

    vocabulary = Vocabulary.read(options.build / "vocabulary.txt")
    vectors = np.load(options.build / "vectors.npy").astype(np.float32)
    draw = random.Random(1)
    news = News(options.data)
    written = [each for each in old_examples(options.data, "train") if draw.random() < OLD_SHARE]
    written += news.examples("train")
    kinds = {kind: encode_all(by_rule(written, [kind], vocabulary.words), vocabulary) for kind in SHARES}
    kinds["cloze"] = encode_all(cloze(options.data), vocabulary)
    base = encode_all(written, vocabulary)
    checked = encode_checked(options.data, news, vocabulary)

    def trained(examples: list[Encoded], start: Path | None, seed: int, save: Path) -> Network:
        torch.manual_seed(seed)
        shape = Shape(dropout=0.25)
        network, average = Network(vectors, shape), Network(vectors, shape)
        if start:
            network.load_state_dict(averaged([start]))
        average.load_state_dict(network.state_dict())
        train(
            network, average, examples, [], float("inf"), options.steps, options.rate, GROUP_WEIGHT, 0.0, [],
            seed, save,
        )  # fmt: skip
        return average

    kept = options.build / "ablation.jsonl"
    done = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()] if kept.exists() else []
    for seed in options.seeds:
        start = options.build / f"ablation-{seed}.pt"
        if not start.exists():
            trained(base, None, seed, start)
        for name in ("none", "all", *kinds):
            if any(row["name"] == name and row["seed"] == seed for row in done):
                continue
            added = [each for kind, more in kinds.items() if name in ("all", kind) for each in more]
            network = trained(base + added, start, seed + 1, options.build / "ablation.pt")
            results = measure(network, checked)
            row = {"name": name, "seed": seed, "steps": options.steps, "examples": len(base) + len(added)}
            with kept.open("a", encoding="utf-8") as rows:
                rows.write(json.dumps({**row, "results": results}) + "\n")
            logging.info("%s, seed %d, %d examples: %s", name, seed, row["examples"], line_of(results))


if __name__ == "__main__":
    main()
