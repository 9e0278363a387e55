"""Ship a trained reader: `python training/reader_export.py --build build/reader --names reader`.

Writes the network as ONNX (opset 17, tables of word vectors in int8 with a scale a row, the rest fp32) and the
vocabulary to `assistant/model/`, compares it to PyTorch on sample questions, and keeps those outputs for the test.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from assistant.reading_features import (
    GLOBAL_FEATURES,
    HASHES,
    MEANINGS,
    PASSAGE_FEATURES,
    QUESTION_FEATURES,
    Vocabulary,
    dictionary,
)
from training.reader_batches import batch_of, encode
from training.reader_data import Example
from training.reader_network import VERY_LOW, Network, Shape, averaged

ROOT = Path(__file__).resolve().parents[1]
TOLERANCE = 1e-3
INPUTS: dict[str, tuple[int, tuple[str | int, ...]]] = {
    "words": (TensorProto.INT64, ("B", "T")),
    "hashes": (TensorProto.INT64, ("B", "T", HASHES)),
    "features": (TensorProto.FLOAT, ("B", "T", PASSAGE_FEATURES)),
    "meanings": (TensorProto.INT64, ("B", "Q", MEANINGS)),
    "weights": (TensorProto.FLOAT, ("B", "Q", MEANINGS)),
    "question_hashes": (TensorProto.INT64, ("B", "Q", HASHES)),
    "question_features": (TensorProto.FLOAT, ("B", "Q", QUESTION_FEATURES)),
    "overall": (TensorProto.FLOAT, ("B", GLOBAL_FEATURES)),
    "mask": (TensorProto.FLOAT, ("B", "T")),
    "question_mask": (TensorProto.FLOAT, ("B", "Q")),
    "inside": (TensorProto.FLOAT, ("B", "T")),
}


def rounded(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A table as int8 with one scale a row."""
    scale = np.maximum(np.abs(table).max(1, keepdims=True), 1e-6) / 127.0
    return np.round(table / scale).astype(np.int8), scale.astype(np.float32)


class Graph:
    """An ONNX graph that is written one operation at a time."""

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def op(self, kind: str, *inputs: str, name: str = "", **attributes: object) -> str:
        """One operation with one output, whose name is returned."""
        output = name or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, value: NDArray[np.generic], name: str = "") -> str:
        """A constant tensor."""
        name = name or f"constant_{len(self.constants)}"
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def number(self, value: float) -> str:
        return self.constant(np.array(value, np.float32))

    def places(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def linear(self, states: str, layer: str) -> str:
        product = self.op("MatMul", states, self.constant(self.weights[f"{layer}.weight"].T))
        return self.op("Add", product, self.constant(self.weights[f"{layer}.bias"]))

    def table(self, layer: str) -> tuple[str, str]:
        values, scale = rounded(self.weights[f"{layer}.weight"])
        return self.constant(values, f"{layer}_int8"), self.constant(scale, f"{layer}_scale")

    def look_up(self, table: tuple[str, str], ids: str) -> str:
        values = self.op("Cast", self.op("Gather", table[0], ids), to=TensorProto.FLOAT)
        return self.op("Mul", values, self.op("Gather", table[1], ids))

    def sum(self, states: str, axis: int, keep: bool = False) -> str:
        return self.op("ReduceSum", states, self.places(axis), keepdims=int(keep))

    def masked(self, mask: str) -> str:
        """0 where the mask is 1, very low elsewhere."""
        return self.op("Mul", self.op("Sub", self.number(1.0), mask), self.number(VERY_LOW))

    def attention(self, left: str, right: str, values: str, hidden: str) -> str:
        scores = self.op("MatMul", left, self.op("Transpose", right, perm=[0, 2, 1]))
        scores = self.op("Add", scores, self.op("Unsqueeze", hidden, self.places(1)))
        return self.op("MatMul", self.op("Softmax", scores, axis=2), values)

    def recurrent(self, states: str, layer: str, lengths: str) -> str:
        """(B, T, inputs) -> (B, T, 2 * hidden); PyTorch's gates i f g o in ONNX's order i o f g."""
        halves: dict[str, list[NDArray[np.float32]]] = {"W": [], "R": [], "B": []}
        for half in ("ahead", "behind"):
            swapped = {
                key: np.concatenate([gates[place] for place in (0, 3, 1, 2)])
                for key in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
                for gates in [np.split(self.weights[f"{layer}.{half}.{key}_l0"], 4)]
            }
            halves["W"].append(swapped["weight_ih"])
            halves["R"].append(swapped["weight_hh"])
            halves["B"].append(np.concatenate([swapped["bias_ih"], swapped["bias_hh"]]))
        hidden = halves["R"][0].shape[1]
        inputs = [self.op("Transpose", states, perm=[1, 0, 2])]
        inputs += [self.constant(np.stack(value)) for value in halves.values()]
        output = self.op("LSTM", *inputs, lengths, hidden_size=hidden, direction="bidirectional")
        return self.op("Reshape", self.op("Transpose", output, perm=[2, 0, 1, 3]), self.places(0, 0, 2 * hidden))


def build(weights: dict[str, NDArray[np.float32]]) -> onnx.ModelProto:
    """The graph of `training/reader_network.py` with these weights."""
    g = Graph(weights)
    hidden, question_hidden = g.masked("mask"), g.masked("question_mask")
    lengths, question_lengths = (
        g.op("Cast", g.sum(mask, 1), to=TensorProto.INT32) for mask in ("mask", "question_mask")
    )
    vectors, hashed = g.table("vectors"), g.table("hashed")

    def word_of(vector: str, hashes: str) -> str:
        joined = g.op("Concat", vector, g.sum(g.look_up(hashed, hashes), 2), axis=2)
        return g.op("Tanh", g.linear(joined, "word"))

    word = word_of(g.look_up(vectors, "words"), "hashes")
    weighted = g.op("Mul", g.look_up(vectors, "meanings"), g.op("Unsqueeze", "weights", g.places(3)))
    asked = word_of(g.sum(weighted, 2), "question_hashes")
    left, right = g.op("Relu", g.linear(word, "align")), g.op("Relu", g.linear(asked, "align"))
    aligned = g.attention(left, right, asked, question_hidden)
    zeros = g.op("Mul", g.op("Slice", "features", g.places(0), g.places(1), g.places(2)), g.number(0.0))
    overall = g.op("Add", zeros, g.op("Unsqueeze", "overall", g.places(1)))
    states = g.recurrent(g.op("Concat", word, aligned, "features", overall, axis=2), "passage", lengths)
    question = g.recurrent(g.op("Concat", asked, "question_features", axis=2), "question", question_lengths)

    met = g.attention(g.linear(states, "attend"), question, question, question_hidden)
    mixed = g.op("Concat", states, met, g.op("Mul", states, met), "features", axis=2)
    states = g.recurrent(g.op("Relu", g.linear(mixed, "mix")), "second", lengths)

    weight = g.op("Add", g.linear(question, "pool"), g.op("Unsqueeze", question_hidden, g.places(2)))
    pooled = g.sum(g.op("Mul", g.op("Softmax", weight, axis=1), question), 1)

    def logits(query: str, layer: str) -> str:
        bilinear = g.sum(g.op("Mul", states, g.op("Unsqueeze", query, g.places(1))), 2)
        return g.op("Add", g.op("Add", bilinear, g.op("Squeeze", g.linear(states, layer), g.places(2))), hidden)

    start = logits(g.linear(pooled, "start_query"), "start")
    attention = g.op("Unsqueeze", g.op("Softmax", start, axis=1), g.places(2))
    attended = g.sum(g.op("Mul", attention, states), 1)
    end = logits(g.linear(g.op("Concat", pooled, attended, axis=1), "end_query"), "end")
    highest = g.op("ReduceMax", g.op("Add", states, g.op("Unsqueeze", hidden, g.places(2))), axes=[1], keepdims=0)
    joined = g.op("Concat", attended, highest, pooled, "overall", axis=1)
    null = g.linear(g.op("Relu", g.linear(joined, "null.0")), "null.2")
    closed = g.masked("inside")
    g.op("Add", start, closed, name="start")
    g.op("Add", end, closed, name="end")
    g.op("Identity", null, name="null")

    outputs = [helper.make_tensor_value_info(each, TensorProto.FLOAT, ["B", "T"]) for each in ("start", "end")]
    outputs.append(helper.make_tensor_value_info("null", TensorProto.FLOAT, ["B", 2]))
    inputs = [helper.make_tensor_value_info(name, kind, list(size)) for name, (kind, size) in INPUTS.items()]
    graph = helper.make_graph(g.nodes, "reader", inputs, outputs, list(g.constants.values()))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def samples() -> list[Example]:
    """Questions written for this file, so that the comparison needs no data set."""
    told = json.loads((ROOT / "tests" / "assistant" / "reader_samples.json").read_text(encoding="utf-8"))
    return [
        Example(each["question"], each["question_language"], each["text"], each["title"], each["language"], (), "", "")
        for each in told
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=Path("build/reader"))
    parser.add_argument("--names", nargs="+", default=["reader"], help="checkpoints whose average to ship")
    parser.add_argument("--out", type=Path, default=ROOT / "assistant" / "model")
    options = parser.parse_args()
    logging.basicConfig(format="%(message)s", level=logging.INFO)

    state = averaged([options.build / f"{name}.pt" for name in options.names])
    for layer in ("vectors", "hashed"):
        values, scale = rounded(state[f"{layer}.weight"].numpy())
        state[f"{layer}.weight"] = torch.from_numpy(values.astype(np.float32) * scale)
    shape = Shape(
        first=state["passage.ahead.weight_hh_l0"].shape[1], second=state["second.ahead.weight_hh_l0"].shape[1],
    )  # fmt: skip
    network = Network(state["vectors.weight"].numpy(), shape)
    network.load_state_dict(state)
    network.eval()

    options.out.mkdir(parents=True, exist_ok=True)
    onnx.save(build({name: value.numpy() for name, value in state.items()}), options.out / "reader.onnx")
    shutil.copy(options.build / "vocabulary.txt", options.out / "vocabulary.txt")

    vocabulary = Vocabulary.read(options.out / "vocabulary.txt")
    encoded = [each for example in samples() if (each := encode(example, vocabulary, dictionary))]
    batch, _, _ = batch_of(encoded)
    with torch.no_grad():
        expected = [each.numpy() for each in network(batch)]
    session = onnxruntime.InferenceSession(options.out / "reader.onnx", providers=["CPUExecutionProvider"])
    found = session.run(["start", "end", "null"], {name: batch[name].numpy() for name in INPUTS})
    inside = batch["inside"].numpy() > 0
    worst = max(
        float(np.abs(expected[0] - found[0])[inside].max()), float(np.abs(expected[1] - found[1])[inside].max()),
        float(np.abs(expected[2] - found[2]).max()),
    )  # fmt: skip
    logging.info("largest difference from PyTorch on %d samples: %.1e", len(encoded), worst)
    if worst > TOLERANCE:
        raise SystemExit(f"the exported network differs from PyTorch by {worst}: nothing else was written")
    reference = {
        "start": [row[keep].round(5).tolist() for row, keep in zip(expected[0], inside, strict=True)],
        "end": [row[keep].round(5).tolist() for row, keep in zip(expected[1], inside, strict=True)],
        "null": expected[2].round(5).tolist(),
    }
    (ROOT / "tests" / "assistant" / "reader_reference.json").write_text(json.dumps(reference) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
