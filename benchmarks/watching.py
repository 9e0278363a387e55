"""What it costs an answer that its stages are told to whoever listens: nobody, the metrics, metrics and traces.

    python -m benchmarks.watching --index FOLDER [--data ../shared/data] [--rounds 5]

Each question is asked in every way in turn, so that a busy machine is as busy for one as for the other. Beside it
stands what one stage costs by itself.
"""

from __future__ import annotations

import argparse
import time
from contextlib import nullcontext
from pathlib import Path
from statistics import median

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from rich.console import Console

from assistant import Assistant
from assistant.tracing import Tracing
from assistant.web.crowd import Crowd
from assistant.web.metrics import Metrics
from benchmarks.quality import EVAL
from benchmarks.speed import dev_questions, tell
from index import Index
from index.stages import listening, stage

STAGES = 100_000  # of which one's cost is the mean


def microseconds() -> float:
    """What one stage costs that nothing happens in."""
    began = time.perf_counter()
    for _ in range(STAGES):
        with stage("search"):
            pass
    return 1e6 * (time.perf_counter() - began) / STAGES


def main() -> None:
    """Ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=EVAL.parent)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--save", type=Path)
    arguments = parser.parse_args()
    questions = dev_questions(arguments.data)

    with Index.open(arguments.index) as index:
        assistant = Assistant(index)
        metrics = Metrics(index, assistant, Crowd(1, 1))
        provider = TracerProvider()
        provider.add_span_processor(BatchSpanProcessor(InMemorySpanExporter()))
        ways = {
            "nobody listens": lambda: nullcontext(),
            "metrics": lambda: listening(metrics),
            "metrics and traces": lambda: listening(metrics, Tracing(provider)),
        }
        spent: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(arguments.rounds):
            for question in questions:
                for name, way in ways.items():
                    with way():
                        began = time.perf_counter()
                        assistant.ask(question)
                        spent[name].append(1000 * (time.perf_counter() - began))
            if number == 0:  # what is loaded at the first questions
                spent = {name: [] for name in ways}
        figures: dict[str, float] = {}
        for name, way in ways.items():
            with way():
                figures[f"one stage, {name}: µs"] = microseconds()
            figures[f"ask p50 ms, {name}"] = median(spent[name])
            figures[f"ask p50, {name}: ratio"] = median(spent[name]) / median(spent["nobody listens"])
        provider.shutdown()
    tell("watching", figures, Console(), arguments.save)


if __name__ == "__main__":
    main()
