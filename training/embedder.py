"""Train the shipped embedder: a static table of token vectors for Indonesian and English.

InfoNCE on question-passage pairs, on articles (inverse cloze), on parallel sentences and on lemmas, with words
of Indonesian questions switched into English. The recipe, what was tried and the numbers: training/embedder.md.

    OMP_NUM_THREADS=1 .venv/bin/python -m training.embedder --data ../shared/data
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from torch.nn import functional

from training.corpus import DEFAULT_DATA
from training.embedder_corpus import LONGEST, Corpus, Side, Text, Tokens, minilm_folder, prepare
from training.embedder_vocabulary import start_vectors

ROOT: Final = Path(__file__).parents[1]
OUTPUT: Final = ROOT / "index" / "model" / "embedder"
CURVE: Final = ROOT / "training" / "curves" / "embedder.png"

BATCH: Final = 1024
STEPS: Final = 400
LEARNING_RATE: Final = 3e-3
WARM_UP: Final = 30
LAST_RATE: Final = 0.02  # of the learning rate
SCALE: Final = 20.0  # the cosine is multiplied by this before the softmax
BACKWARD: Final = 0.5  # weight of passage -> query
SWITCHED_QUERIES: Final = 0.3
SWITCHED_WORDS: Final = 0.9
MINE_AT: Final = 0.5  # of the steps: when the near misses are looked for
NEAR_MISSES: Final = 10  # kept for each question, one drawn at a time
MINED: Final = ("qa", "news_qa", "tydi")

# How often a batch comes from each source.
MIX: Final = {"qa": 4, "news_qa": 2, "tydi": 1, "wikipedia": 6, "news": 3, "parallel": 2, "lemmas": 1}


class Batches:
    """Draws batches of (queries, passages) as lists of token arrays."""

    def __init__(self, corpus: Corpus, seed: int) -> None:
        self._corpus = corpus
        self._random = np.random.default_rng(seed)
        self._names = [name for name, weight in MIX.items() for _ in range(weight)]
        self._queue: list[str] = []
        self._near: dict[str, list[Side]] = {}

    def mine(self, embed: Callable[[Side], NDArray[np.float32]]) -> None:
        """From now on give each question passages that the half-trained table confuses with its own."""
        for name in MINED:
            pairs = self._corpus.pairs[name]
            distinct = {passage.tobytes(): passage for _, passage in pairs}
            places = {key: place for place, key in enumerate(distinct)}
            right: defaultdict[bytes, list[int]] = defaultdict(list)
            for query, passage in pairs:
                right[query.tobytes()].append(places[passage.tobytes()])
            passages_found = list(distinct.values())
            asked, table = embed([query for query, _ in pairs]), embed(passages_found)
            near: list[Side] = []
            for (query, _), vector in zip(pairs, asked, strict=True):
                cosines = table @ vector
                cosines[right[query.tobytes()]] = -1
                near.append([passages_found[n] for n in np.argpartition(-cosines, NEAR_MISSES)[:NEAR_MISSES]])
            self._near[name] = near

    def draw(self) -> tuple[Side, Side, Side]:
        """Queries, passages and near misses (or none) from one source, each source as often as the mix says."""
        if not self._queue:
            self._queue = list(self._random.permutation(self._names))
        name = self._queue.pop()
        if name in self._corpus.texts:
            texts = self._corpus.texts[name]
            chosen = self._random.choice(len(texts), BATCH, replace=False)
            drawn = [self._cloze(texts[number]) for number in chosen]
        else:
            pairs = self._corpus.pairs[name]
            chosen = self._random.choice(len(pairs), min(BATCH, len(pairs)), replace=False)
            drawn = [pairs[number] for number in chosen]
        if name in ("parallel", "lemmas"):
            drawn = [pair if self._random.random() < 0.5 else (pair[1], pair[0]) for pair in drawn]
        elif name != "tydi":
            drawn = [(self._switched(query), passage) for query, passage in drawn]
        near: Side = []
        if name in self._near:
            ways = [self._near[name][number] for number in chosen]
            near = [way[self._random.integers(len(way))] for way in ways]
        return [query for query, _ in drawn], [passage for _, passage in drawn], near

    def _cloze(self, text: Text) -> tuple[Tokens, Tokens]:
        """A pair from a passage alone: its title, or a sentence of it with words dropped."""
        random = self._random
        if len(text.sentences) == 1 or (len(text.title) and random.random() < 0.15):
            return text.title, np.concatenate(text.sentences)[:LONGEST]
        place = int(random.integers(len(text.sentences)))
        sentence = text.sentences[place]
        kept = sentence[random.random(len(sentence)) >= random.uniform(0.2, 0.75)]
        query = kept if len(kept) else sentence
        if random.random() < 0.5:
            query = np.concatenate([text.title, query])
        rest = text.sentences if random.random() < 0.4 else [s for n, s in enumerate(text.sentences) if n != place]
        front = [text.title] if random.random() < 0.5 else []
        return query, np.concatenate([*front, *rest])[:LONGEST]

    def _switched(self, query: Tokens) -> Tokens:
        """Three queries of ten have nine words of ten put into English, as far as the dictionary knows them."""
        random = self._random
        if random.random() >= SWITCHED_QUERIES:
            return query
        switched = query.copy()
        for place, token in enumerate(query):
            ways = self._corpus.vocabulary.switch.get(int(token))
            if ways is not None and random.random() < SWITCHED_WORDS:
                switched[place] = random.choice(ways[0], p=ways[1])
        return switched


def _bags(side: Side) -> tuple[torch.Tensor, torch.Tensor]:
    lengths = np.array([len(tokens) for tokens in side])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    return torch.from_numpy(np.concatenate(side)), torch.from_numpy(starts)


def _repeats(side: Side) -> torch.Tensor:
    """A mask over pairs of rows: true where another row holds the same tokens."""
    numbers: dict[bytes, int] = {}
    keys = torch.tensor([numbers.setdefault(tokens.tobytes(), len(numbers)) for tokens in side])
    same = keys[:, None] == keys[None, :]
    return same & ~torch.eye(len(side), dtype=torch.bool)


def train(
    corpus: Corpus, start: NDArray[np.float32], seed: int, steps: int, report: Callable[[int, float], None]
) -> NDArray[np.float32]:
    """The trained table, shape (tokens, dimensions): each token's own vector plus its stem's."""
    torch.manual_seed(seed)
    stem_of = torch.from_numpy(corpus.vocabulary.stem_of)
    own = torch.nn.Parameter(torch.from_numpy(start.copy()))
    shared = torch.nn.Parameter(torch.zeros(int(stem_of.max()) + 1, start.shape[1]))
    optimiser = torch.optim.Adam([own, shared], lr=LEARNING_RATE, betas=(0.9, 0.99))

    def rate(step: int) -> float:
        if step < WARM_UP:
            return (step + 1) / WARM_UP
        return 1 - (1 - LAST_RATE) * (step - WARM_UP) / max(1, steps - WARM_UP)

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)
    has_stem = (stem_of > 0).float()

    def embed(side: Side) -> torch.Tensor:
        tokens, starts = _bags(side)
        weights = has_stem[tokens]
        mean = functional.embedding_bag(tokens, own, starts, mode="sum")
        mean = mean + functional.embedding_bag(stem_of[tokens], shared, starts, mode="sum", per_sample_weights=weights)
        return functional.normalize(mean, dim=1)

    batches = Batches(corpus, seed)
    for step in range(steps):
        if step == int(MINE_AT * steps):
            with torch.no_grad():
                batches.mine(lambda side: embed(side).numpy())
        queries, found, near = batches.draw()
        asked = embed(queries)
        similar = SCALE * asked @ embed(found).T
        similar = similar.masked_fill(_repeats(queries) | _repeats(found), -1e4)
        target = torch.arange(len(queries))
        loss = BACKWARD * functional.cross_entropy(similar.T, target)
        if near:
            # Each question has its own near misses; those of the others may answer it.
            own_misses = SCALE * (asked * embed(near)).sum(1, keepdim=True)
            similar = torch.cat([similar, own_misses], dim=1)
        loss = loss + functional.cross_entropy(similar, target)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        report(step, float(loss.detach()))
    with torch.no_grad():
        return (own + has_stem[:, None] * shared[stem_of]).numpy()


def save(table: NDArray[np.float32], tokenizer: Tokenizer, folder: Path) -> None:
    """Write an ordinary sentence-transformers folder (StaticEmbedding, Normalize): int8 rows, one scale for each.

    sentence-transformers multiplies "embeddings" by "weights" on load, which is model2vec's format; so does
    ``index/embedding.py``.
    """
    (folder / "1_Normalize").mkdir(parents=True, exist_ok=True)
    scale = np.abs(table).max(1) / 127
    scale[scale == 0] = 1
    rows = np.clip(np.round(table / scale[:, None]), -127, 127).astype(np.int8)
    save_file({"embeddings": rows, "weights": scale.astype(np.float32)}, folder / "model.safetensors")
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"},
        {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"},
    ]
    (folder / "modules.json").write_text(json.dumps(modules, indent=2) + "\n", encoding="utf-8")
    settings = {"prompts": {}, "default_prompt_name": None, "similarity_fn_name": "cosine"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def draw_curve(losses: Sequence[float], path: Path) -> None:
    """The loss of each step and its running mean over one round of the mix."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    width = sum(MIX.values())
    figure, axes = pyplot.subplots(figsize=(7, 4))
    axes.plot(losses, color="#c8d0da", linewidth=0.8, label="one batch")
    running = np.convolve(losses, np.ones(width) / width, "valid")
    axes.plot(np.arange(len(running)) + width - 1, running, color="#1f5f8b", label=f"mean of {width}")
    axes.set(xlabel="step", ylabel="InfoNCE loss", title="Training the embedder")
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, bbox_inches="tight")


def main() -> None:
    """Prepare, train, save and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(DEFAULT_DATA))
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--vocabulary", type=int, default=32_000)
    parser.add_argument("--dimensions", type=int, default=256)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    corpus = prepare(arguments.data, arguments.vocabulary)
    start = start_vectors(corpus.vocabulary, minilm_folder(), arguments.dimensions, arguments.seed)
    losses: list[float] = []
    with Progress() as progress:
        task = progress.add_task("training", total=arguments.steps)

        def report(step: int, loss: float) -> None:
            losses.append(loss)
            progress.update(task, completed=step + 1, description=f"training, loss {loss:.2f}")

        table = train(corpus, start, arguments.seed, arguments.steps, report)
    save(table, corpus.vocabulary.tokenizer, arguments.output)
    draw_curve(losses, CURVE)


if __name__ == "__main__":
    main()
