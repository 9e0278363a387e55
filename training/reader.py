"""Train the reader and ship it: `python training/reader.py --data ../shared/data --build build/reader`.

Needs the vectors that `training/reader_vectors.py` made in the build folder. See training/reader.md for what each
step brings. Writes checkpoints, a curve and a log into the build folder; `training/reader_export.py` ships one.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from assistant.reader import best_span
from assistant.reading_features import Vocabulary, dictionary
from training.reader_batches import Encoded, batch_of, encode, sentences_of
from training.reader_cloze import cloze
from training.reader_data import Example, News, old_examples
from training.reader_measure import Outcome, report
from training.reader_network import Network, Shape, averaged, group_loss_of, loss_of, sentence_loss_of, teacher_loss_of
from training.reader_rules import SHARES, by_rule

BATCH_TOKENS = 9_000
MINED_FROM = 6  # passages without the answer, half of them from the same article
AVERAGING = 0.998  # of the weights, per step; what is measured and shipped is the average


def encode_all(examples: Sequence[Example], vocabulary: Vocabulary) -> list[Encoded]:
    """Every example that can be learned from; a group loses its unreadable passages."""
    return [each for example in examples if (each := encode(example, vocabulary, dictionary))]


def encode_checked(data: Path, news: News, vocabulary: Vocabulary) -> list[Encoded]:
    """What a training is measured on: the valid parts, news with five near misses."""
    return encode_all(old_examples(data, "valid") + news.examples("valid", misses=5), vocabulary)


def batches(encoded: Sequence[Encoded], draw: random.Random) -> Iterator[list[Encoded]]:
    """Whole groups of like length, about BATCH_TOKENS with padding to a batch, in a drawn order."""
    groups: dict[tuple[str, str], list[Encoded]] = {}
    for each in encoded:
        groups.setdefault((each.example.kind, each.example.group), []).append(each)
    ordered = sorted(groups.values(), key=lambda group: max(e.length for e in group) * draw.uniform(0.85, 1.15))
    made: list[list[Encoded]] = [[]]
    longest = 0
    for group in ordered:
        longest = max(longest, *(each.length for each in group))
        if made[-1] and longest * (len(made[-1]) + len(group)) > BATCH_TOKENS:
            made.append([])
            longest = max(each.length for each in group)
        made[-1] += group
    draw.shuffle(made)
    yield from made


@torch.no_grad()
def measure(network: Network, encoded: Sequence[Encoded]) -> dict[str, dict[str, float]]:
    """Reads every example and reports."""
    network.eval()
    outcomes = []
    for chosen in batches(encoded, random.Random(0)):
        start, end, null = (each.numpy() for each in network(batch_of(chosen)[0]))
        for row, each in enumerate(chosen):
            first, last, score, _ = best_span(start[row], end[row], each.passage.sentence)
            example, passage = each.example, each.passage
            sentence = passage.sentence[first]
            outcomes.append(
                Outcome(
                    example.group, example.kind, bool(example.answers), example.gold,
                    example.text[max(0, passage.starts[first]) : max(0, passage.ends[last])],
                    example.text[passage.sentence_starts[sentence] : passage.sentence_ends[sentence]],
                    score - float(null[row].sum()),
                )
            )  # fmt: skip
    network.train()
    return report(outcomes)


@torch.no_grad()
def hardest(network: Network, encoded: Sequence[Encoded], keep: int) -> list[Encoded]:
    """Each question's passages with the answer, and those ``keep`` without it that the network takes most for one."""
    network.eval()
    groups: dict[str, list[tuple[float, Encoded]]] = {}
    for chosen in batches(encoded, random.Random(0)):
        start, end, null = network(batch_of(chosen)[0])
        scores = start.logsumexp(1) + end.logsumexp(1) - null.sum(1)
        for score, each in zip(scores.tolist(), chosen, strict=True):
            groups.setdefault(each.example.group, []).append((score, each))
    network.train()
    kept = []
    for members in groups.values():
        lacking = sorted((pair for pair in members if not pair[1].right), key=lambda pair: -pair[0])
        kept += [each for _, each in members if each.right] + [each for _, each in lacking[:keep]]
    return kept


def line_of(results: dict[str, dict[str, float]]) -> str:
    """The results of the sets that decide, on one line."""
    return " | ".join(
        f"{name} em {100 * m['em']:.1f} f1 {100 * m['f1']:.1f} sent {100 * m['sentence']:.1f} "
        f"rank {100 * m['ranked']:.1f} auc {100 * m['auc']:.1f}"
        for name, m in sorted(results.items())
        if name in ("idk", "facqa", "news", "crosslingual")
    )


def train(
    network: Network,
    average: Network,
    encoded: Sequence[Encoded],
    checked: Sequence[Encoded],
    passes: float,
    most: int,
    rate: float,
    group_weight: float,
    sentence_weight: float,
    teachers: Sequence[Network],
    seed: int,
    save: Path,
) -> None:
    """Passes over the examples with a learning rate that falls to 0; ``average`` follows and is saved.

    It is measured on ``checked``, where there are any, after each pass and at the end.

    With ``teachers``, half of the loss is how far the network is from the mean of what they say (Hinton et al., 2015).
    """
    draw = random.Random(seed)
    per_pass = sum(1 for _ in batches(encoded, draw))
    steps = int(min(most, passes * per_pass))
    optimizer = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], rate, weight_decay=0.01)
    step, running, began = 0, 0.0, time.time()
    while step < steps:
        for chosen in batches(encoded, draw):
            if step >= steps:
                break
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1.0, (step + 1) / 100) * max(0.01, 1.0 - step / steps)
            batch, starts, ends = batch_of(chosen)
            start, end, null = network(batch)
            loss = loss_of(start, end, null, starts, ends)
            if teachers:
                with torch.no_grad():
                    told = [teacher(batch) for teacher in teachers]
                loss = (loss + teacher_loss_of(start, end, null, told)) / 2.0
            names = [f"{each.example.kind}/{each.example.group}" for each in chosen]
            if group_weight:
                loss = loss + group_weight * group_loss_of(start, end, null, starts, ends, names)
            if sentence_weight:
                told_apart = sentences_of(chosen)
                loss = loss + sentence_weight * sentence_loss_of(start, end, null, starts, told_apart, names)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            step += 1
            running += float(loss.detach())
            keep = min(AVERAGING, step / (step + 10))
            follow(average, network, keep)
            if step % 100 == 0:
                logging.info("step %d of %d, loss %.3f, %.0f s", step, steps, running / 100, time.time() - began)
                running = 0.0
            if step % max(1, per_pass) == 0 or step == steps:
                torch.save(average.state_dict(), save)
                if not checked:
                    continue
                results = measure(average, checked)
                logging.info("after %d: %s", step, line_of(results))
                with save.with_suffix(".jsonl").open("a", encoding="utf-8") as curve:
                    curve.write(json.dumps({"step": step, "seconds": time.time() - began, "results": results}) + "\n")


@torch.no_grad()
def follow(average: Network, network: Network, keep: float) -> None:
    """Move the average a little towards the network."""
    for slow, fast in zip(average.parameters(), network.parameters(), strict=True):
        if fast.requires_grad:
            slow.lerp_(fast, 1.0 - keep)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--build", type=Path, default=Path("build/reader"))
    parser.add_argument("--name", default="reader")
    parser.add_argument("--start", type=Path, nargs="*", help="checkpoints whose average to go on from")
    parser.add_argument("--teachers", type=Path, nargs="*", default=(), help="checkpoints to learn from besides")
    parser.add_argument("--passes", type=float, default=3.0)
    parser.add_argument("--steps", type=int, default=1_000_000, help="at most so many, however many passes that is")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--old", type=float, default=1.0, help="share of the old sets in each run")
    parser.add_argument("--news", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--rules", nargs="*", choices=tuple(SHARES), default=(), help="examples made by rule")
    parser.add_argument("--cloze", action="store_true", help="questions made from declarative sentences besides")
    parser.add_argument("--group", type=float, default=0.0, help="weight of the loss across a question's passages")
    parser.add_argument(
        "--mined", type=int, default=0,
        help="so many passages without the answer for each news question, those that the start takes most for one",
    )  # fmt: skip
    parser.add_argument("--sentence", type=float, default=0.0, help="weight of the loss that picks the right sentence")
    parser.add_argument("--width", type=int, default=96)
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--forgotten", type=float, default=0.0, help="share of words whose hashed pieces are hidden")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)

    vocabulary = Vocabulary.read(options.build / "vocabulary.txt")
    vectors = np.load(options.build / "vectors.npy").astype(np.float32)
    shape = Shape(first=options.width, second=options.width, dropout=options.dropout, forgotten=options.forgotten)
    network, average = Network(vectors, shape), Network(vectors, shape)
    if options.start:
        network.load_state_dict(averaged(options.start))
    average.load_state_dict(network.state_dict())

    teachers = [Network(vectors, Shape(dropout=0.0)) for _ in options.teachers]
    for teacher, checkpoint in zip(teachers, options.teachers, strict=True):
        teacher.load_state_dict(averaged([checkpoint]))

    news = News(options.data)
    chosen = random.Random(options.seed)
    old = [each for each in old_examples(options.data, "train") if chosen.random() < options.old]
    written = news.examples("train", MINED_FROM if options.mined else 2) if options.news else []
    made = cloze(options.data) if options.cloze else []
    made += by_rule([*old, *written, *made], options.rules, vocabulary.words, options.seed)
    encoded = encode_all(written, vocabulary)
    if options.mined:
        encoded = hardest(network, encoded, options.mined)
    encoded += encode_all([*old, *made], vocabulary)
    to_check = encode_checked(options.data, news, vocabulary)
    logging.info("%d examples, %d to check", len(encoded), len(to_check))
    train(
        network, average, encoded, to_check, options.passes, options.steps, options.rate, options.group,
        options.sentence, teachers, options.seed, options.build / f"{options.name}.pt",
    )  # fmt: skip


if __name__ == "__main__":
    main()
