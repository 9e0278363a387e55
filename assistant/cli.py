"""The command line. ``docs/cli.md`` has a heading for every verb, and a test holds it to that.

Exit status: 0; 1 an error, in one sentence on stderr; 2 wrong usage; 3 (``ask``, ``verify``) not in the articles.
What is heavy is imported inside the verb that needs it, so that ``--help`` is quick.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO, TypeVar

import click

from assistant.config import Config, ConfigError, load_config
from assistant.messages import say
from assistant.opening import open_index, open_when_ready
from assistant.refusals import in_indonesian

if TYPE_CHECKING:
    from index import AddReport, Index, Progress

__all__ = ["cli", "main"]

NOT_FOUND: Final = 3
INTERRUPTED: Final = 130  # 128 + SIGINT, as a shell reports it
F = TypeVar("F", bound=Callable[..., Any])


def main() -> None:
    """Run the command line and exit with its status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that cannot show “ shows ? instead of failing
    try:
        status = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(f"tanya: {say('interrupted', _language())}", err=True)
        status = INTERRUPTED
    except Exception as error:
        if not isinstance(error, _known_errors()):
            raise
        click.echo(f"tanya: {_sentence(error)}", err=True)
        status = 1
    sys.exit(status if isinstance(status, int) else 0)


def _known_errors() -> tuple[type[Exception], ...]:
    """What can go wrong in the world rather than in the program."""
    from assistant.findings import QuoteError
    from assistant.verification.entailment import NliError
    from assistant.writing.providers import ProviderError
    from index.embedding import EmbedderError
    from index.errors import ArchiveError
    from prompts import PromptError

    return ArchiveError, ConfigError, EmbedderError, NliError, QuoteError, PromptError, ProviderError, OSError


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _language() -> str:
    try:
        return load_config().language
    except ConfigError:
        return Config().language


class _Day(click.ParamType[date]):
    """A day as people write it: 2025-10-01, 1/10/2025, "1 Oktober 2025"."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        from index.dates import parse_date

        day = value if isinstance(value, date) else parse_date(str(value))
        if day is None:
            self.fail(f"{value!r} is not a day: write 2025-10-01.", param, ctx)
        return day


def _settings(command: F) -> F:
    """The options of every verb: where the archive is and which settings file holds the rest."""
    command = click.option("--config", "config_file", metavar="FILE", help="Settings file (default: tanya.toml).")(
        command
    )
    return click.option("--data", metavar="FOLDER", help="Folder of the archive (default: data).")(command)


def _as_json(command: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tanya", prog_name="tanya")
def cli() -> None:
    """Answers questions about an archive of news articles and proves each answer with a quote."""


# ---- the archive --------------------------------------------------------------------------------------------------


@cli.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@_as_json
@_settings
def add(paths: tuple[str, ...], as_json: bool, data: str | None, config_file: str | None) -> None:
    """Add articles from files, folders and patterns; what is there already stays as it is."""
    config = load_config(config_file, data=data)
    with open_index(config) as index, _progress() as progress:
        report = _add(index, paths, config, progress)
    _report(report, as_json, config)


@cli.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@_as_json
@_settings
def remove(ids: tuple[str, ...], as_json: bool, data: str | None, config_file: str | None) -> None:
    """Remove articles by their ids, for good."""
    from assistant.audit import Audit

    config = load_config(config_file, data=data)
    with open_index(config) as index:
        unknown = [article_id for article_id in ids if index.article(article_id) is None]
        with Audit(index.folder).on_the_command_line("remove", ids) as entry:
            removed = index.remove(ids)
            entry.counts = {"removed": removed}
    if as_json:
        _print_json({"removed": removed, "unknown": unknown})
    elif removed:
        click.echo(say("removed", config.language, count=removed))
    if unknown:
        raise click.ClickException(say("no_such_article", config.language, ids=", ".join(unknown)))


@cli.command()
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@click.option("--rollback", is_flag=True, help="Go back to the generation before the current one instead.")
@_as_json
@_settings
def rebuild(paths: tuple[str, ...], rollback: bool, as_json: bool, data: str | None, config_file: str | None) -> None:
    """Build the indexes again from the archive, after adding PATHs if any; a running server goes on answering."""
    from assistant.audit import Audit

    if rollback and paths:
        raise click.UsageError("--rollback takes no PATH: it builds nothing")
    config = load_config(config_file, data=data)
    with open_index(config) as index, _progress() as progress:
        report = _add(index, paths, config, progress) if paths else None
        audit = Audit(index.folder)
        if rollback:
            with audit.on_the_command_line("rollback") as entry:
                entry.counts = {"generation": index.rollback()}
        elif report is None or index.status().tail or index.status().generation is None:
            with audit.on_the_command_line("rebuild"):  # many new articles are folded in by ``add`` itself
                index.rebuild(progress)
        status = index.status()
    if as_json:
        _print_json({"status": status, "report": report})
        return
    if report is not None:
        _report(report, False, config)
    if rollback:
        click.echo(say("rolled_back", config.language, number=status.generation))
    else:
        click.echo(say("rebuilt", config.language, passages=status.passages, articles=status.articles))


@cli.command()
@_as_json
@_settings
def status(as_json: bool, data: str | None, config_file: str | None) -> None:
    """Say what the archive holds and how its indexes stand."""
    config = load_config(config_file, data=data)
    with open_index(config) as index:
        held = index.status()
        sources = index.sources()
    record = {"data": str(Path(config.data).resolve()), **_record(held), "sources": sources}
    if as_json:
        _print_json(record)
        return
    width = max(len(name) for name in record)
    for name, value in record.items():
        shown = ", ".join(value) if isinstance(value, list) else "-" if value is None else value
        click.echo(f"{name.replace('_', ' '):<{width}}  {shown}")


@cli.command(name="export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@_as_json
@_settings
def export_(file: Path, as_json: bool, data: str | None, config_file: str | None) -> None:
    """Write the whole archive into one FILE: articles, copies, and what readers thought of answers."""
    from assistant.portable import export_archive

    config = load_config(config_file, data=data)
    with open_index(config) as index:
        written = export_archive(index, file)
    if as_json:
        _print_json(written)
    else:
        click.echo(say("exported", config.language, file=file, articles=written["articles"], votes=written["feedback"]))


@cli.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
@_as_json
@_settings
def import_(file: Path, as_json: bool, data: str | None, config_file: str | None) -> None:
    """Bring in what ``tanya export`` wrote: checked wholly first, then all of it or nothing."""
    from assistant.audit import Audit
    from assistant.portable import import_archive

    config = load_config(config_file, data=data)
    with (
        open_index(config) as index,
        _progress() as progress,
        Audit(index.folder).on_the_command_line("import") as entry,
    ):
        report, votes = import_archive(index, file, progress, int(config.max_file_mb * 1024 * 1024))
        entry.added(report)
    if as_json:
        _print_json({"report": report, "feedback": votes})
    else:
        _report(report, False, config)


# ---- questions ----------------------------------------------------------------------------------------------------


@cli.command()
@click.argument("question", nargs=-1, required=True, metavar="QUESTION")
@click.option("--top-k", default=5, show_default=True, type=click.IntRange(1, 1000), help="How many passages.")
@click.option("--since", type=_Day(), metavar="DAY", help="Published on this day or later.")
@click.option("--until", type=_Day(), metavar="DAY", help="Published on this day or earlier.")
@click.option("--source", multiple=True, metavar="OUTLET", help="Only from this outlet; repeated, from any of them.")
@click.option("--language", type=click.Choice(["id", "en"]), help="Only articles in this language.")
@click.option("--explain", is_flag=True, help="Show each leg's rank and score.")
@_as_json
@_settings
def search(
    question: tuple[str, ...],
    top_k: int,
    since: date | None,
    until: date | None,
    source: tuple[str, ...],
    language: str | None,
    explain: bool,
    as_json: bool,
    data: str | None,
    config_file: str | None,
) -> None:
    """Find the passages that fit a question best."""
    from assistant.printing import print_legs, print_results, result_record

    config = load_config(config_file, data=data)
    with open_index(config) as index:
        results = index.search(" ".join(question), top_k, since=since, until=until, source=source, language=language)
    if as_json:
        _print_json([result_record(result) for result in results])
    elif not results:
        click.echo(say("no_results", config.language), err=True)
    elif explain:
        print_legs(results, config.language)
    else:
        print_results(results, config.language)


@cli.command()
@click.argument("question", nargs=-1, required=True, metavar="QUESTION")
@_as_json
@_settings
def ask(question: tuple[str, ...], as_json: bool, data: str | None, config_file: str | None) -> int:
    """Answer a question with its proof; the exit status is 3 when the articles do not answer it."""
    from assistant.assistant import Assistant
    from assistant.printing import answer_record, print_answer

    config = load_config(config_file, data=data)
    with open_index(config) as index:
        answer = Assistant(index, config=config).ask(" ".join(question))
    if as_json:
        _print_json(answer_record(answer))
    else:
        print_answer(answer)
    return 0 if answer.answered else NOT_FOUND


@cli.command()
@click.argument("questions", required=False, type=click.Path(dir_okay=False), metavar="[QUESTIONS.jsonl]")
@click.option(
    "--make", type=click.IntRange(1, 100_000), metavar="N", help="Draft N questions from the archive instead."
)
@click.option(
    "--output", type=click.Path(dir_okay=False), metavar="FILE", help="Where the drafts go (default: stdout)."
)
@_as_json
@_settings
def evaluate(
    questions: str | None,
    make: int | None,
    output: str | None,
    as_json: bool,
    data: str | None,
    config_file: str | None,
) -> None:
    """Ask questions whose answers are known, and say how many came out right."""
    if (questions is None) == (make is None):
        raise click.UsageError("give either QUESTIONS.jsonl or --make N")
    if output is not None and make is None:
        raise click.UsageError("--output is for the drafts of --make")
    config = load_config(config_file, data=data)
    if make is not None:
        _draft_questions(make, output, config)
    elif questions is not None:
        _evaluate(Path(questions), as_json, config)


def _draft_questions(count: int, output: str | None, config: Config) -> None:
    from assistant.known_items import known_items

    with open_index(config) as index:
        items = known_items(index, count)
    if not items:
        raise click.ClickException(say("nothing_drafted", config.language))
    lines = [json.dumps(item.record(number), ensure_ascii=False) for number, item in enumerate(items, 1)]
    if output is None:
        click.echo("\n".join(lines))
        return
    Path(output).write_text("\n".join(lines) + "\n", encoding="utf-8")
    click.echo(say("drafted", config.language, count=len(items), path=output), err=True)


def _evaluate(path: Path, as_json: bool, config: Config) -> None:
    from assistant.evaluation import evaluate, read_questions
    from assistant.figures import print_report, report

    known, bad = read_questions(path)
    for line in bad:
        click.echo(say("bad_line", config.language, line=line.line, reason=line.reason), err=True)
    if not known:
        raise click.ClickException(say("no_questions", config.language, path=path))
    from index import Progress

    with open_index(config) as index, _progress() as progress:
        lacking = [one.id for one in known if any(index.article(article) is None for article in one.articles)]
        judged = evaluate(index, known, config, lambda done, total: progress(Progress("ask", done, total)))
    if lacking:
        ids = ", ".join(lacking[:3])
        click.echo(say("not_archived", config.language, count=len(lacking), ids=ids), err=True)
    if as_json:
        _print_json({**_record(report(judged)), "questions": judged, "bad_lines": bad})
    else:
        print_report(report(judged))


@cli.command()
@click.argument("file", type=click.File("r", encoding="utf-8"), metavar="FILE")
@click.option(
    "--against",
    type=click.File("r", encoding="utf-8"),
    multiple=True,
    metavar="SOURCE",
    help="Check against this text instead of the archive (may be given several times).",
)
@_as_json
@_settings
def verify(file: TextIO, against: tuple[TextIO, ...], as_json: bool, data: str | None, config_file: str | None) -> int:
    """Check every sentence of a text FILE ("-": stdin) against the archive; the exit status is 3 when one fails."""
    from assistant.checking import verify_against, verify_with
    from assistant.printing import print_verified
    from assistant.verification.entailment import open_nli
    from assistant.verify import Source
    from index.language import detect_language

    config = load_config(config_file, data=data)
    text = _text_of(file)
    nli = open_nli(config.nli_model)
    if against:
        given = [(source.name, _text_of(source)) for source in against]
        checked = verify_with([Source(one, name, language=detect_language(one)) for name, one in given], text, nli)
    else:
        with open_index(config) as index:
            checked = verify_against(index, text, nli)
    if as_json:
        _print_json(checked)
    else:
        print_verified(checked, config.language)
    return 0 if all(one.supported for one in checked) else NOT_FOUND


def _text_of(file: TextIO) -> str:
    try:
        return file.read()
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file.name} is not a text in UTF-8.") from error


@cli.command()
@_as_json
@_settings
def doctor(as_json: bool, data: str | None, config_file: str | None) -> int:
    """Check the folder, the index, the models, and the language model with one real call; say what works."""
    from assistant.doctor import check_all

    config = load_config(config_file, data=data)
    checks = []
    for check in check_all(config):
        checks.append(check)
        if not as_json:
            mark = {True: "ok", False: "FAILED", None: "-"}[check.works]
            click.echo(f"{mark:<6}  {check.part}: {check.says}")
    if as_json:
        _print_json(checks)
    return 1 if any(check.works is False for check in checks) else 0


# ---- serving ------------------------------------------------------------------------------------------------------


def _serving(command: F) -> F:
    command = click.option("--port", type=click.IntRange(0, 65535), help="Port (default: 7860).")(command)
    return click.option("--host", metavar="ADDRESS", help="Address to listen on (default: 127.0.0.1).")(command)


@cli.command()
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@_serving
@_settings
def chat(no_browser: bool, host: str | None, port: int | None, data: str | None, config_file: str | None) -> None:
    """Open the web chat; an empty archive is filled with the articles in the seeds folder first."""
    from assistant.server import serve as serve_

    config = load_config(config_file, data=data, host=host, port=port)
    with open_index(config) as index:
        if index.status().articles == 0 and Path(config.seeds).is_dir():
            click.echo(say("seeding", config.language, folder=config.seeds), err=True)
            with _progress() as progress:
                report = _add(index, [config.seeds], config, progress)
            _print_rejected(report, config)
    if not no_browser:
        open_when_ready(config)
    serve_(config)


@cli.command()
@_serving
@_settings
def serve(host: str | None, port: int | None, data: str | None, config_file: str | None) -> None:
    """Serve the web chat and the HTTP API, and nothing else."""
    from assistant.server import serve as serve_

    serve_(load_config(config_file, data=data, host=host, port=port))


@cli.command()
@click.option("--http", is_flag=True, help="Serve streamable HTTP at /mcp instead of stdio.")
@click.option("--host", metavar="ADDRESS", help="Address to listen on with --http (default: 127.0.0.1).")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=7861, show_default=True, help="Port to listen on with --http."
)
@_settings
def mcp(http: bool, host: str | None, port: int, data: str | None, config_file: str | None) -> None:
    """Serve the archive to agents over the Model Context Protocol."""
    try:
        importlib.import_module("mcp")
    except ImportError as error:
        raise click.ClickException("tanya mcp needs an extra: type pip install 'tanya[mcp]'.") from error
    from assistant.assistant import Assistant
    from assistant.mcp_server import serve_mcp
    from assistant.web.dangers import dangerous_setting

    config = load_config(config_file, data=data, host=host)
    danger = dangerous_setting(replace(config, host=Config().host))  # its tools only read: any address will do
    if http and danger:
        raise click.ClickException(danger)
    with open_index(config) as index:
        if http:
            click.echo(say("open_at", config.language, url=f"http://{config.host}:{port}/mcp"), err=True)
        serve_mcp(index, Assistant(index, config=config), config, http=http, port=port)


# ---- shared -------------------------------------------------------------------------------------------------------


def _add(index: Index, paths: Sequence[str], config: Config, progress: Callable[[Progress], None]) -> AddReport:
    from assistant.audit import Audit
    from index import read_articles

    with Audit(index.folder).on_the_command_line("add") as entry:
        articles = entry.noting(read_articles(paths, max_bytes=int(config.max_file_mb * 1024 * 1024)))
        report = index.add(articles, progress)
        entry.added(report)
    return report


def _report(report: AddReport, as_json: bool, config: Config) -> None:
    if as_json:
        _print_json(report)
    else:
        counts = {"added": report.added, "updated": report.updated, "unchanged": report.unchanged}
        click.echo(say("added", config.language, **counts, copies=report.copied, passages=report.passages))
        _print_rejected(report, config)
    if report.rejected and not (report.added or report.updated or report.unchanged or report.copied):
        paths = ", ".join(dict.fromkeys(one.path for one in report.rejected[:3]))
        raise click.ClickException(say("nothing_read", config.language, paths=paths))


def _print_rejected(report: AddReport, config: Config) -> None:
    if report.rejected:
        click.echo(say("rejected", config.language, count=len(report.rejected)), err=True)
    for one in report.rejected:
        reason = (in_indonesian(one.reason) if config.language == "id" else None) or one.reason
        click.echo(f"  {one.path}: {reason}", err=True)


@contextmanager
def _progress() -> Iterator[Callable[[Progress], None]]:
    """A bar for each stage on stderr; nothing where stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield lambda progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(progress: Progress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = bars.add_task(progress.stage, total=progress.total)
            bars.update(tasks[progress.stage], completed=progress.done, total=progress.total)

        yield show


def _record(value: Any) -> Any:
    from assistant.printing import record

    return record(value)


def _print_json(value: Any) -> None:
    ascii_only = (sys.stdout.encoding or "ascii").lower().replace("-", "") != "utf8"
    click.echo(json.dumps(_record(value), ensure_ascii=ascii_only, indent=2))
