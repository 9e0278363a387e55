"""Answers and results on paper: as JSON records, and as text for a terminal or a pipe."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import click

from assistant.answer import Answer
from assistant.checking import VerifiedSentence
from assistant.messages import say, where_it_was
from assistant.rendering import as_plain
from index import SearchResult

__all__ = ["answer_record", "print_answer", "print_legs", "print_results", "print_verified", "record", "result_record"]

_SNIPPET: Final = 240  # characters of a passage in a listing
_WIDTH: Final = 100  # columns of a table that goes into a pipe


def record(value: Any) -> Any:
    """A value as JSON can hold it: dataclasses as objects, days as ISO 8601."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: record(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: record(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [record(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def answer_record(answer: Answer) -> dict[str, Any]:
    """An answer as JSON: its fields, ``answered``, and its leads as ``result_record`` writes them."""
    fields = record(answer)
    fields["answered"] = answer.answered
    fields["leads"] = [result_record(result) for result in answer.leads]
    return dict(fields)


def result_record(result: SearchResult) -> dict[str, Any]:
    """A search result as one flat JSON object: the passage, its score and each leg's rank and score."""
    fields = record(result)
    passage = fields.pop("passage")
    return {"score": fields.pop("score"), "passage_id": passage.pop("id"), **passage, **fields}


def print_answer(answer: Answer) -> None:
    """An answer, with emphasis where a person looks at it and plain where a program does."""
    if not sys.stdout.isatty():
        click.echo(as_plain(answer.text))
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(answer.text, hyperlinks=False))


def print_results(results: Sequence[SearchResult], language: str) -> None:
    """Results one below the other: what, where from, its id, and how the passage begins."""
    for number, result in enumerate(results, 1):
        passage = result.passage
        where = where_it_was(passage.source, "", passage.published, language)
        click.echo(f"{number}. {passage.title or passage.article_id} — {where} [{passage.article_id}]")
        if result.also_in:
            names = ", ".join(dict.fromkeys(copy.source or copy.title or copy.id for copy in result.also_in))
            click.echo(f"   {say('also_in', language)}: {names}")
        click.echo(f"   {_snippet(passage.text)}\n")


def print_verified(checked: Sequence[VerifiedSentence], language: str) -> None:
    """Each sentence, whether a source says so, what is not in it, and where its best proof stands."""
    for one in checked:
        click.echo(f"{'✓' if one.supported else '✗'} {one.text}")
        if one.problems:
            named = dict.fromkeys(f"“{problem.text}” ({problem.kind})" for problem in one.problems)
            click.echo(f"  {say('not_in_source', language)}: {', '.join(named)}")
        if one.quote:
            click.echo(f"  > {_snippet(one.quote)} — {one.title or one.article_id} [{one.article_id}]")


def print_legs(results: Sequence[SearchResult], language: str) -> None:
    """A table of each result's rank and score in the lexical and in the dense leg."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for name in ("rank", "score", "lexical", "dense"):
        table.add_column(say(name, language), justify="right", no_wrap=True)
    table.add_column(say("article", language), overflow="fold")
    table.add_column(say("passage", language), ratio=1)
    for number, result in enumerate(results, 1):
        passage = result.passage
        table.add_row(
            str(number),
            f"{result.score:.3f}",
            _leg(result.lexical_rank, result.lexical_score),
            _leg(result.dense_rank, result.dense_score),
            Text(passage.article_id),
            Text(_snippet(passage.text)),
        )
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)


def _leg(rank: int | None, score: float | None) -> str:
    return "-" if rank is None or score is None else f"#{rank} {score:.3f}"


def _snippet(text: str) -> str:
    line = re.sub(r"\s+", " ", text).strip()
    return line if len(line) <= _SNIPPET else line[:_SNIPPET].rsplit(" ", 1)[0] + " …"
