"""What Prometheus reads at /metrics. ``docs/operations.md`` names each, and a test holds it to that."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from assistant.assistant import Assistant
from assistant.web.crowd import Crowd
from index import ArchiveError, Index

__all__ = ["STAGES", "Metrics"]

# A search takes milliseconds, an answer of quotes tens of them, a language model's up to its deadline.
_SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
STAGES: Final = ("whole", "understand", "search", "lexical", "dense", "read", "judge", "prove", "write")
disable_created_metrics()  # type: ignore[no-untyped-call]  # when each counter began is one more line for each, which nobody reads
OUTCOMES: Final = ("answer", "closest", "none")


class Metrics:
    """The counters of one application; a ``stages.Listener``. Threads may share it."""

    def __init__(self, index: Index, assistant: Assistant, crowd: Crowd) -> None:
        """What is counted starts at nothing; what is measured is looked at when it is asked for."""
        self._registry = CollectorRegistry()
        self._stages = Histogram(
            "tanya_stage_seconds",
            "How long each stage of an answer took.",
            ["stage"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._answers = Counter("tanya_answers", "Answers by outcome.", ["outcome"], registry=self._registry)
        self._failures = Counter(
            "tanya_writer_failures", "Failures of the language model by kind.", ["kind"], registry=self._registry
        )
        self._requests = Counter(
            "tanya_requests",
            "Requests by route, method and status.",
            ["route", "method", "status"],
            registry=self._registry,
        )
        self._counters = {"answers": self._answers, "writer_failures": self._failures}
        for name in STAGES:
            self._stages.labels(name)
        for outcome in OUTCOMES:
            self._answers.labels(outcome)
        self._registry.register(_State(index, assistant, crowd))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def stage(self, name: str) -> AbstractContextManager[object]:
        """Takes the time."""
        return self._stages.labels(name).time()

    def count(self, what: str, kind: str) -> None:
        """Counts."""
        self._counters[what].labels(kind).inc()

    def request(self, route: str, method: str, status: int) -> None:
        """A request has been answered."""
        self._requests.labels(route, method, str(status)).inc()

    def text(self) -> bytes:
        """All of them in Prometheus' text format."""
        return generate_latest(self._registry)


class _State(Collector):
    """What is as it is at the moment of asking."""

    def __init__(self, index: Index, assistant: Assistant, crowd: Crowd) -> None:
        self._index = index
        self._assistant = assistant
        self._crowd = crowd

    def describe(self) -> Iterable[Metric]:
        """Nothing: else the archive would be read to learn the names."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """All values. An archive that cannot be read shows as not up, and the rest is still told."""
        crowd = self._crowd
        yield _gauge("tanya_queue_at_work", "Questions that are being worked on.", crowd.at_work)
        yield _gauge("tanya_queue_waiting", "Questions that wait for a place.", crowd.waiting)
        refused = CounterMetricFamily("tanya_queue_refused", "Questions refused because too many waited.")
        refused.add_metric([], crowd.refused)
        yield refused
        yield _gauge("tanya_writer_resting", "1 while the language model rests.", self._assistant.writer_rests)
        yield _gauge("process_threads", "Threads of this process.", _threads())
        yield from _archive(self._index)


def _archive(index: Index) -> Iterable[Metric]:
    try:
        status = index.status()
    except (ArchiveError, OSError, SQLAlchemyError):
        yield _gauge("tanya_up", "1 while the archive can be read.", 0)
        return
    yield _gauge("tanya_up", "1 while the archive can be read.", 1)
    yield _gauge("tanya_articles", "Articles in the archive, copies left out.", status.articles)
    yield _gauge("tanya_copies", "Copies of articles.", status.copies)
    yield _gauge("tanya_passages", "Passages in the archive.", status.passages)
    yield _gauge("tanya_generation", "The sealed generation in use, 0 for none.", status.generation or 0)
    yield _gauge("tanya_tail_passages", "Passages searched beside the generation.", status.tail)
    yield _gauge("tanya_lexicon_behind", "Changes that the lexicon has not followed.", status.lexicon_behind)
    yield _gauge("tanya_archive_bytes", "Bytes of the data folder.", index.size())


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value=float(value))


def _threads() -> int:
    """Those of libraries too, where the system tells of them."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()
