"""The reading network in PyTorch, its loss, and the batches it takes.

Passage and question meet three times: as match features, as the question vector each passage word is aligned with,
and as attention between two BiLSTMs. One softmax over the places of a passage and "not here" for the start and one
for the end of the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from assistant.reading_features import GLOBAL_FEATURES, HASH_BUCKETS, PASSAGE_FEATURES, QUESTION_FEATURES

__all__ = ["Network", "Shape", "averaged", "group_loss_of", "loss_of", "sentence_loss_of", "teacher_loss_of"]

VERY_LOW = -1e4
HAS_BFLOAT16 = torch.ops.mkldnn._is_mkldnn_bf16_supported()


@dataclass(frozen=True, slots=True)
class Shape:
    """Widths of the network; the frozen vectors are not counted."""

    hashed: int = 48
    word: int = 128
    first: int = 96
    second: int = 96
    mixed: int = 192
    dropout: float = 0.2
    forgotten: float = 0.0  # share of words whose hashed pieces training hides, lest they be learned by heart


class _Recurrent(nn.Module):
    """A bidirectional LSTM that never sees padding: the backward half reads each sequence reversed in place."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.ahead = nn.LSTM(inputs, hidden, batch_first=True)
        self.behind = nn.LSTM(inputs, hidden, batch_first=True)

    def forward(self, states: Tensor, reverse: Tensor) -> Tensor:
        """(B, T, inputs) and the reversing places (B, T) -> (B, T, 2 * hidden)."""
        backwards = torch.gather(states, 1, reverse[..., None].expand_as(states))
        ahead, behind = self.ahead(states)[0], self.behind(backwards)[0]
        behind = torch.gather(behind, 1, reverse[..., None].expand_as(behind))
        return torch.cat([ahead, behind], 2)


class Network(nn.Module):
    """The reader. ``vectors`` (words, d) are frozen."""

    def __init__(self, vectors: NDArray[np.float32], shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.vectors = nn.Embedding.from_pretrained(torch.tensor(vectors), freeze=True)
        self.hashed = nn.Embedding(HASH_BUCKETS, shape.hashed)
        nn.init.normal_(self.hashed.weight, std=0.1)
        self.word = nn.Linear(vectors.shape[1] + shape.hashed, shape.word)
        self.align = nn.Linear(shape.word, shape.word)
        self.passage = _Recurrent(2 * shape.word + PASSAGE_FEATURES + GLOBAL_FEATURES, shape.first)
        self.question = _Recurrent(shape.word + QUESTION_FEATURES, shape.first)
        wide = 2 * shape.first
        self.attend = nn.Linear(wide, wide)
        self.mix = nn.Linear(3 * wide + PASSAGE_FEATURES, shape.mixed)
        self.second = _Recurrent(shape.mixed, shape.second)
        out = 2 * shape.second
        self.pool = nn.Linear(wide, 1)
        self.start_query = nn.Linear(wide, out)
        self.start = nn.Linear(out, 1)
        self.end_query = nn.Linear(wide + out, out)
        self.end = nn.Linear(out, 1)
        self.null = nn.Sequential(nn.Linear(2 * out + wide + GLOBAL_FEATURES, 96), nn.ReLU(), nn.Linear(96, 2))
        self.drop = nn.Dropout(shape.dropout)

    def _drop(self, states: Tensor) -> Tensor:
        """The same units are dropped in every place of a sequence (Gal and Ghahramani, 2016)."""
        if not self.training:
            return states
        kept = torch.empty(states.shape[0], 1, states.shape[2], dtype=states.dtype).bernoulli_(1.0 - self.shape.dropout)
        return states * kept / (1.0 - self.shape.dropout)

    def _pieces(self, hashes: Tensor) -> Tensor:
        """The sum of a word's hashed pieces, (B, T, HASHES) -> (B, T, hashed)."""
        pieces = self.hashed(hashes).sum(2)
        if not self.training or not self.shape.forgotten:
            return pieces
        kept = torch.empty(*pieces.shape[:2], 1).bernoulli_(1.0 - self.shape.forgotten)
        return pieces * kept / (1.0 - self.shape.forgotten)

    def forward(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of starts (B, T), ends (B, T) and "not here" (B, 2: start, end).

        In training the wide layers run in bfloat16 on a CPU that has it, which is 1.6 times faster.
        """
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.training and HAS_BFLOAT16):
            states, question = self._read(batch)
        return self._point(batch, states.float(), question.float())

    def _read(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """What the passage's places (B, T, out) and the question's (B, Q, wide) mean to each other."""
        question_hidden = (1.0 - batch["question_mask"]) * VERY_LOW

        vector = torch.cat([self.vectors(batch["words"]), self._pieces(batch["hashes"])], 2)
        word = self._drop(torch.tanh(self.word(vector)))
        meaning = (self.vectors(batch["meanings"]) * batch["weights"][..., None]).sum(2)
        asked = torch.cat([meaning, self._pieces(batch["question_hashes"])], 2)
        asked = self._drop(torch.tanh(self.word(asked)))

        left, right = torch.relu(self.align(word)), torch.relu(self.align(asked))
        aligned = torch.softmax(left @ right.transpose(1, 2) + question_hidden[:, None], 2) @ asked
        overall = batch["overall"][:, None].expand(-1, word.shape[1], -1)
        states = torch.cat([word, aligned, batch["features"], overall], 2)
        states = self._drop(self.passage(states, batch["reverse"]))
        question = torch.cat([asked, batch["question_features"]], 2)
        question = self._drop(self.question(question, batch["question_reverse"]))

        scores = self.attend(states) @ question.transpose(1, 2) + question_hidden[:, None]
        met = torch.softmax(scores, 2) @ question
        states = torch.relu(self.mix(torch.cat([states, met, states * met, batch["features"]], 2)))
        return self._drop(self.second(self._drop(states), batch["reverse"])), question

    def _point(self, batch: dict[str, Tensor], states: Tensor, question: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The logits."""
        hidden = (1.0 - batch["mask"]) * VERY_LOW
        question_hidden = (1.0 - batch["question_mask"]) * VERY_LOW
        pooled = (torch.softmax(self.pool(question) + question_hidden[..., None], 1) * question).sum(1)
        start = (states * self.start_query(pooled)[:, None]).sum(2) + self.start(states)[..., 0] + hidden
        attended = (torch.softmax(start, 1)[..., None] * states).sum(1)
        query = self.end_query(torch.cat([pooled, attended], 1))
        end = (states * query[:, None]).sum(2) + self.end(states)[..., 0] + hidden
        highest = (states + hidden[..., None]).max(1).values
        null = self.null(torch.cat([attended, highest, pooled, batch["overall"]], 1))
        # The title was read, but no answer lies in it.
        closed = (1.0 - batch["inside"]) * VERY_LOW
        return start + closed, end + closed, null


def averaged(checkpoints: Sequence[Path]) -> dict[str, Tensor]:
    """The mean of the weights of trainings that went on from one another; one named twice counts twice."""
    states = [torch.load(checkpoint) for checkpoint in checkpoints]
    return {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}


def loss_of(start: Tensor, end: Tensor, null: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
    """Mean negative log likelihood; ``starts`` and ``ends`` (B, 1 + T) mark what is right, place 0 "not here"."""
    total = torch.zeros(())
    for logits, nothing, right in ((start, null[:, 0], starts), (end, null[:, 1], ends)):
        logs = functional.log_softmax(torch.cat([nothing[:, None], logits], 1), 1)
        total = total - torch.logsumexp(logs + (right - 1.0) * -VERY_LOW, 1).mean()
    return total / 2.0


def teacher_loss_of(start: Tensor, end: Tensor, null: Tensor, told: Sequence[tuple[Tensor, Tensor, Tensor]]) -> Tensor:
    """Mean cross-entropy against the mean of the teachers' distributions over the places and "not here"."""
    total = torch.zeros(())
    for side, logits in enumerate((start, end)):
        taught = [torch.cat([each[2][:, side, None], each[side]], 1).softmax(1) for each in told]
        logs = functional.log_softmax(torch.cat([null[:, side, None], logits], 1), 1)
        total = total - (torch.stack(taught).mean(0) * logs).sum(1).mean()
    return total / 2.0


def _borders(groups: Sequence[str]) -> list[int]:
    """Where each run of rows of one group begins, and where the last ends."""
    return [row for row in range(len(groups)) if row == 0 or groups[row] != groups[row - 1]] + [len(groups)]


def group_loss_of(
    start: Tensor, end: Tensor, null: Tensor, starts: Tensor, ends: Tensor, groups: Sequence[str]
) -> Tensor:
    """One softmax over all places of all passages read for a question (Clark and Gardner, 2018).

    Rows of one group stand together; groups of one passage or without an answer add nothing.
    """
    losses = []
    for first, last in pairwise(_borders(groups)):
        right_start, right_end = starts[first:last, 1:], ends[first:last, 1:]
        if last - first < 2 or not right_start.any():
            continue
        for logits, nothing, right in ((start, null[:, :1], right_start), (end, null[:, 1:], right_end)):
            surer = logits[first:last] - nothing[first:last]
            losses.append(torch.logsumexp(surer.flatten(), 0) - torch.logsumexp(surer[right > 0], 0))
    return torch.stack(losses).sum() / (2.0 * len(groups)) if losses else torch.zeros(())


def sentence_loss_of(
    start: Tensor, end: Tensor, null: Tensor, starts: Tensor, sentence: Tensor, groups: Sequence[str]
) -> Tensor:
    """One softmax over all sentences of all passages read for a question: what the first citation is chosen by.

    ``sentence`` (B, T) numbers each place's sentence within its passage, -1 for title and padding. A sentence weighs
    log of the sum of exp(start) plus that of exp(end) over its places, less its passage's "not here". Groups without
    an answer add nothing.
    """
    rows = len(sentence)
    inside = sentence >= 0
    most = int(sentence.max()) + 1
    place = torch.arange(rows)[:, None] * most + sentence.clamp(min=0)
    weights = -null.sum(1).repeat_interleave(most)
    for logits in (start, end):
        high = logits.detach().max(1, keepdim=True).values
        summed = torch.zeros(rows * most).index_add(0, place[inside], (logits - high).exp()[inside])
        weights = weights + (summed + 1e-12).log() + high[:, 0].repeat_interleave(most)
    there = torch.zeros(rows * most).index_fill(0, place[inside], 1.0).reshape(rows, most) > 0
    right = torch.zeros(rows * most).index_fill(0, place[inside & (starts[:, 1:] > 0)], 1.0).reshape(rows, most) > 0
    weights = weights.reshape(rows, most)
    losses = [
        torch.logsumexp(weights[first:last][there[first:last]], 0)
        - torch.logsumexp(weights[first:last][right[first:last]], 0)
        for first, last in pairwise(_borders(groups))
        if right[first:last].any()
    ]
    return torch.stack(losses).sum() / len(groups) if losses else torch.zeros(())
