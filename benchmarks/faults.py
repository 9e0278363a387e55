"""What a reader waits and sees when the language model's server fails: ``python -m benchmarks.faults``.

A real HTTP server on loopback misbehaves in one way after the other; the writer asks it through llama-index's
OpenAILike and OpenAI's client library. Prints fault, seconds and the sentence; with --markdown as a table.
Exit status 1 when one took longer than the deadline and two seconds.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass

from assistant.writer import QuotedPassage, open_writer
from tests.assistant.misbehaving import FAULTS, ModelServer, closed_port

GRACE = 2.0  # seconds
EVIDENCE = [QuotedPassage(1, "Feri itu tenggelam pada Sabtu.", "Feri tenggelam", "Harian Tambo")]


@dataclass(frozen=True, slots=True)
class Question:
    """What every server is asked."""

    text: str = "Kapan feri itu tenggelam?"
    language: str = "id"


def measured(url: str, deadline: float, language: str) -> tuple[float, str]:
    """Seconds until the writer was done, and what the reader is told."""
    writer = open_writer("openai-like:model", url, deadline, environ={})
    if writer is None:
        raise SystemExit("no writer was opened")
    began = time.monotonic()
    draft = writer.write(Question(), EVIDENCE)
    draft.read()
    took = time.monotonic() - began
    return took, draft.failed.sentence(language) if draft.failed else draft.text


def main() -> int:
    """Run every fault once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deadline", type=float, default=3.0, help="seconds, 3 unless given")
    parser.add_argument("--language", choices=("id", "en"), default="en", help="of the sentences")
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    options = parser.parse_args()

    line = "| {:<18} | {:>5} | {} |" if options.markdown else "{:<18} {:>5}  {}"
    with ModelServer() as server:  # the first call loads the client library
        measured(server.url, 60.0, options.language)
    print(line.format("fault", "s", "what the reader is told"))
    if options.markdown:
        print(line.format("---", "---:", "---"))

    late = 0
    nobody = {"connection refused": f"http://127.0.0.1:{closed_port()}/v1", "unknown host": "http://model.invalid/v1"}
    for fault in ("", *nobody, *FAULTS):
        with ExitStack() as stack:
            url = nobody.get(fault) or stack.enter_context(ModelServer(fault)).url
            took, told = measured(url, options.deadline, options.language)
        late += took > options.deadline + GRACE
        print(line.format(fault or "none", f"{took:.2f}", told), flush=True)
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
