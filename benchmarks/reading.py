"""Reading alone, given the passage that holds the answer: `python benchmarks/reading.py --data ../shared/data`.

EM and token F1 of the short answer (no abstention), the right sentence, the right sentence among gold passage and
near misses ("ranked"), and the area under the curve of the score, answerable against unanswerable questions.
IDK-MRC valid as published; the held-out contexts of FacQA and articles of `qa_id_news` by a fixed hash.
No figure here was used for training; the part "valid" of the latter two chose between trainings, "test" did not.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from assistant.reader import Reader, ReadingPassage
from training.reader_data import Example, News, old_examples
from training.reader_measure import Outcome, report

BATCH = 6  # passages read for one question, as the assistant does


def outcomes_of(reader: Reader, examples: list[Example]) -> tuple[list[Outcome], float]:
    """Each passage read once for its question, and the CPU milliseconds a passage took."""
    outcomes = []
    by_question: dict[tuple[str, str], list[Example]] = {}
    for example in examples:
        by_question.setdefault((example.kind, example.group), []).append(example)
    began = time.process_time()
    for group in by_question.values():
        for first in range(0, len(group), BATCH):
            part = group[first : first + BATCH]
            found = reader.read(part[0].question, [ReadingPassage(e.text, e.title, e.language) for e in part])
            for example, evidence in zip(part, found, strict=True):
                outcomes.append(
                    Outcome(
                        example.group, example.kind, bool(example.answers), example.gold,
                        example.text[evidence.start : evidence.end],
                        example.text[evidence.sentence_start : evidence.sentence_end],
                        evidence.score,
                    )
                )  # fmt: skip
    return outcomes, 1000.0 * (time.process_time() - began) / max(1, len(examples))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", type=Path, help="another folder than assistant/model")
    parser.add_argument("--part", choices=("valid", "test"), default="test")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    reader = Reader.load(options.model)
    examples = [each for each in old_examples(options.data, "valid") if each.kind == "idk"]
    examples += [each for each in old_examples(options.data, options.part) if each.kind == "facqa"]
    examples += News(options.data).examples(options.part, misses=5)
    outcomes, milliseconds = outcomes_of(reader, examples)
    results = report(outcomes)
    if options.json:
        print(json.dumps({"part": options.part, "ms_per_passage": milliseconds, "results": results}))
        return
    print(f"{'set':14}{'n':>6}{'EM':>7}{'F1':>7}{'sentence':>10}{'ranked':>8}{'AUC':>7}")
    for name, m in results.items():
        cells = f"{100 * m['em']:7.1f}{100 * m['f1']:7.1f}{100 * m['sentence']:10.1f}{100 * m['ranked']:8.1f}"
        print(f"{name:14}{m['n']:6.0f}{cells}{100 * m['auc']:7.1f}")
    print(f"{milliseconds:.1f} CPU-ms a passage, {len(examples)} passages in batches of at most {BATCH}")


if __name__ == "__main__":
    main()
