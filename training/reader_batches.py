"""Examples to padded batches, the same arrays that the shipped reader feeds to ONNX plus what is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from assistant.reading_features import (
    EncodedPassage,
    EncodedQuestion,
    Translate,
    Vocabulary,
    encode_passage,
    encode_question,
    pad,
)
from training.reader_data import Example

__all__ = ["Encoded", "batch_of", "encode", "sentences_of"]


@dataclass(frozen=True, slots=True)
class Encoded:
    """An example as numbers; ``right`` are accepted (first token, last token), empty for "not here"."""

    example: Example
    question: EncodedQuestion
    passage: EncodedPassage
    right: tuple[tuple[int, int], ...]

    @property
    def length(self) -> int:
        """Tokens of the passage with its title."""
        return len(self.passage.words)


def encode(example: Example, vocabulary: Vocabulary, translate: Translate) -> Encoded | None:
    """None for an answer that lies behind what the network reads, or across sentences."""
    question = encode_question(example.question, example.question_language, example.language, vocabulary, translate)
    passage = encode_passage(question, example.text, example.title, example.language, vocabulary)
    right = []
    for start, end in example.answers:
        tokens = np.flatnonzero((passage.ends > start) & (passage.starts < end) & (passage.starts >= 0))
        if len(tokens) and passage.sentence[tokens[0]] == passage.sentence[tokens[-1]]:
            right.append((int(tokens[0]), int(tokens[-1])))
    if example.answers and not right:
        return None
    if example.kind in ("idk", "squad", "facqa", "tydi") and len(right) > 1:
        # These sets do not say which occurrence is meant: take those whose sentence has most of the question.
        overlap = passage.overlap[passage.sentence[[first for first, _ in right]]]
        right = [each for each, share in zip(right, overlap, strict=True) if share >= overlap.max() - 0.05]
    return Encoded(example, question, passage, tuple(right))


def batch_of(chosen: Sequence[Encoded]) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """The network's input, and the right starts and ends (B, 1 + T) with place 0 for "not here"."""
    arrays = pad([(each.question, each.passage) for each in chosen])
    width = arrays["mask"].shape[1]
    starts, ends = torch.zeros(len(chosen), width + 1), torch.zeros(len(chosen), width + 1)
    for row, each in enumerate(chosen):
        if not each.right:
            starts[row, 0] = ends[row, 0] = 1.0
        for first, last in each.right:
            starts[row, first + 1] = ends[row, last + 1] = 1.0
    batch = {name: torch.from_numpy(array) for name, array in arrays.items()}
    for side, mask in (("reverse", "mask"), ("question_reverse", "question_mask")):
        lengths = batch[mask].sum(1, keepdim=True).long()
        places = torch.arange(batch[mask].shape[1])[None]
        batch[side] = torch.where(places < lengths, lengths - 1 - places, places)
    return batch, starts, ends


def sentences_of(chosen: Sequence[Encoded]) -> Tensor:
    """The number of each place's sentence within its passage (B, T); -1 in the title and behind the passage."""
    told = [torch.from_numpy(each.passage.sentence) for each in chosen]
    return pad_sequence(told, batch_first=True, padding_value=-1)
