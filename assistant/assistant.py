"""Assistant: a question and an index in, an answer with proven quotes out. One path for ask and stream."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from assistant.absence import unmentioned_name, why_not
from assistant.answer import Answer, Citation, Turn
from assistant.checking import VerifiedSentence, verify_against, verify_with
from assistant.composing import Composed, as_quoted, compose, quoted_passages
from assistant.confidence import Confidence, best_evidence, features_of
from assistant.config import Config
from assistant.examples import draft
from assistant.findings import NEAR, Finding, QuoteError, agrees, differs, find, original, proof, resolved_day
from assistant.messages import date_in_words, say
from assistant.question import EXPLAINED, Question, may_name_outlet, understand
from assistant.reader import Reader, ReadingPassage
from assistant.rendering import (
    Statement,
    render_answer,
    render_closest,
    render_none,
    render_note,
    render_quotes,
)
from assistant.unsafe import Prompted, is_unsafe
from assistant.verification.entailment import open_nli
from assistant.verify import Source
from assistant.writer import Writer, open_writer
from assistant.writing.deadline import Deadline
from index import Index, SearchResult
from index.articles import outlets
from index.stages import count, stage
from prompts import load_prompts

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

__all__ = ["AnswerStream", "Assistant", "QuoteError"]

SEARCHED: Final = 8  # passages asked of the index
READ: Final = 6  # of them read: reading 3 instead cost 3 points of evidence@1 on dev (MODELS.md section 2)
LEADS: Final = 3
CHANGED: Final = 3  # times that a question is looked for while its articles change; then whoever asks is told so
_AGREEING: Final = 2  # further sources cited for the same answer
_DIFFERING: Final = 2  # other figures shown


log = logging.getLogger(__name__)


class AnswerStream:
    """An answer that arrives in pieces: iterate it, then take ``answer``; the pieces joined are its text.

    ``answer`` waits for the rest. Dropping the stream ends the writing.
    """

    def __init__(self, pieces: Generator[str, None, Answer]) -> None:
        self._pieces = pieces
        self._answer: Answer | None = None

    def __iter__(self) -> Iterator[str]:
        while self._answer is None:
            try:
                piece = next(self._pieces)
            except StopIteration as end:
                self._answer = end.value
                return
            yield piece

    @property
    def answer(self) -> Answer:
        """The whole answer."""
        for _ in self:
            pass
        assert self._answer is not None
        return self._answer


@dataclass(frozen=True, slots=True)
class _Read:
    """What the articles say to a question: the extractive answer, and what it was made of."""

    question: Question
    answer: Answer
    findings: tuple[Finding, ...] = ()
    results: tuple[SearchResult, ...] = ()
    note: str = ""


class Assistant:
    """Answers questions about the articles of an index. Keeps nothing between questions; threads may share it."""

    def __init__(
        self,
        index: Index,
        reader: Reader | None = None,
        confidence: Confidence | None = None,
        config: Config | None = None,
        llm: str | LLM | None = None,
    ) -> None:
        """``reader`` and ``confidence`` are the shipped ones unless given; they are loaded at the first question.

        ``llm`` writes the answers: "provider:model" or a llama-index LLM, "" for none; that of ``config`` unless
        given. Raises ProviderError or PromptError where it cannot be opened, and NliError where ``nli_model`` cannot.
        """
        self._index = index
        self._reader = reader
        self._confidence = confidence
        self._config = config or Config()
        self._writer = open_writer(
            self._config.llm if llm is None else llm,
            self._config.llm_url,
            self._config.llm_deadline,
            window=self._config.llm_window,
            prompts=self._config.prompts,
        )
        self._nli = open_nli(self._config.nli_model)
        self._prompted = Prompted(load_prompts(self._config.prompts)) if self._writer else None
        self._loading = threading.Lock()
        self._drafting = threading.Lock()
        self._examples: tuple[object, list[str]] | None = None

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        since: date | None = None,
        until: date | None = None,
        source: str | Sequence[str] | None = None,
        language: str | None = None,
        implied: bool = True,
    ) -> Answer:
        """Answer a question, after the turns of ``history`` if it follows on from them.

        ``since``, ``until`` (days of publication, both included) and ``source`` (an outlet, or several of which any
        will do) keep to some articles, whatever the words of the question imply; without ``implied`` the words imply
        nothing. ``language`` ("id" or "en") is that of the articles.
        Never raises for want of an answer: ``outcome`` says "none" then. Raises ArchiveError when the index
        cannot be searched, and QuoteError when an article changed again and again while it was being read.
        """
        return self.stream(question, history, since, until, source, language, implied).answer

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        since: date | None = None,
        until: date | None = None,
        source: str | Sequence[str] | None = None,
        language: str | None = None,
        implied: bool = True,
    ) -> AnswerStream:
        """The answer of ``ask`` in pieces, for a page that shows words as they come."""
        if self._config.log_questions:
            log.info("asked", extra={"fields": {"question": question}})
        with ExitStack() as begun:
            begun.enter_context(stage("whole"))
            deadline = self._writer.deadline() if self._writer else None
            with stage("understand"):
                understood = self._understood(question, history, deadline)
            chosen = tuple(dict.fromkeys(outlets(source)))
            given = since is not None or until is not None or bool(chosen)
            if given or not implied:
                kept = chosen if len(chosen) > 1 else next(iter(chosen), None)
                understood = replace(understood, since=since, until=until, source=kept)
            read = self._found_whole(understood, language, droppable=not given)
            if self._writer is None or read.answer.outcome == "none":
                pieces = _in_pieces(read.answer)
            else:
                pieces = self._written(self._writer, read, history, deadline)
            return AnswerStream(_counted(pieces, begun.pop_all()))

    @property
    def writer_rests(self) -> bool:
        """Whether the language model is left alone for a while because it failed several times in a row."""
        return self._writer is not None and self._writer.rests

    def verify(
        self, text: str, sources: Sequence[Source] = (), deadline: Deadline | None = None
    ) -> list[VerifiedSentence]:
        """Check every sentence of a text against sources, or against the articles found for it in the archive.

        Raises ArchiveError, and TimeoutError at the deadline.
        """
        if sources:
            return verify_with(sources, text, self._nli, deadline)
        return verify_against(self._index, text, self._nli, deadline)

    def quotes(self, question: str) -> Answer:
        """The extractive answer to a question that nobody asked: a language model is not troubled with it."""
        return self._found(self._understood(question, (), None), None, droppable=True).answer

    def examples(self, limit: int = 4) -> list[str]:
        """Questions that this archive answers, to offer to a reader. Found once for each state of the archive."""
        state = self._index.status()
        key = (state.articles, state.passages, state.generation, limit)
        with self._drafting:  # a crowd that opens the page at once waits for the first of it
            if self._examples is None or self._examples[0] != key:
                found: list[str] = []
                for candidate in draft(self._index):
                    if len(found) == limit:
                        break
                    if candidate not in found and self.quotes(candidate).answered:
                        found.append(candidate)
                self._examples = (key, found)
            return list(self._examples[1])

    # ---- one question --------------------------------------------------------------------------------------------

    def _understood(self, question: str, history: Sequence[Turn], deadline: Deadline | None) -> Question:
        """The question, made to stand alone by the language model if there is one, else by rules."""
        sources = self._index.sources() if may_name_outlet(question) else ()
        understood = understand(question, history, sources=sources)
        if self._writer is None or not history or not understood.asked:
            return understood
        alone = understand(question, sources=sources)
        rewritten = self._writer.rewrite(replace(alone, language=understood.language), history, deadline)
        if rewritten is None or is_unsafe(rewritten):
            return understood
        if rewritten == alone.text:
            return replace(alone, language=understood.language)
        again = understand(rewritten, sources=sources)
        return replace(again, asked=alone.asked, language=understood.language, rewritten=True)

    def _found_whole(self, question: Question, language: str | None, droppable: bool) -> _Read:
        """What is found; looked for again where somebody changes an article between the search and its quote."""
        for _ in range(CHANGED - 1):
            with suppress(QuoteError):
                return self._found(question, language, droppable)
        return self._found(question, language, droppable)

    def _found(self, question: Question, language: str | None, droppable: bool) -> _Read:
        if not question.asked:
            return _Read(question, self._absent(question, (), say("no_question", question.language)))
        results, note = self._search(question, language, droppable)
        if note:
            question = replace(question, since=None, until=None, source=None)
        if not results:
            empty = self._index.status().articles == 0
            reason = say("empty", question.language) if empty else why_not(question, (), self._index)
            return _Read(question, self._absent(question, (), reason))
        return self._read(question, results, note)

    def _search(self, question: Question, language: str | None, droppable: bool) -> tuple[list[SearchResult], str]:
        """What fits; a window or an outlet implied by the words is dropped, and said so, where it leaves nothing."""
        results = self._index.search(
            question.search,
            SEARCHED,
            since=question.since,
            until=question.until,
            source=question.source,
            language=language,
        )
        if results or not question.filtered or not droppable:
            return results, ""
        return self._index.search(question.search, SEARCHED, language=language), _dropped(question)

    def _read(self, question: Question, results: list[SearchResult], note: str) -> _Read:
        """What the results say. Those that say little but the question are read where the others say nothing."""
        sound = [one for one in results if not one.stuffed]
        read = self._read_only(question, sound or results, note)
        if read.answer.outcome != "none" or not sound or len(sound) == len(results):
            return read
        baited = self._read_only(question, [one for one in results if one.stuffed], note)
        return read if baited.answer.outcome == "none" else baited

    def _read_only(self, question: Question, results: list[SearchResult], note: str) -> _Read:
        reader, confidence = self._models()
        read = results[:READ]
        with stage("read"):
            evidence = reader.read(
                question.search,
                [ReadingPassage(one.passage.text, one.passage.title, one.passage.language) for one in read],
            )
        with stage("judge"):
            chosen = best_evidence(read, evidence, confidence.retrieval_weight)
            sure = confidence.probability(features_of(question.search, question.language, read, evidence, chosen))
            findings = find(question, read, evidence, chosen)
            absent = unmentioned_name(question, self._index)  # who is named in no article is in no answer either

        threshold = confidence.answer if self._config.answer_threshold is None else self._config.answer_threshold
        with stage("prove"):
            if sure >= threshold and not absent and not read[chosen].stuffed:
                answer = self._answer(question, findings, sure, note)
            elif sure >= min(confidence.closest, threshold) and not absent:
                answer = self._closest(question, findings, results, sure, note)
            else:
                reason = f"{note} {why_not(question, results, self._index)}".strip()
                answer = self._absent(question, _leads(results), reason, sure)
        return _Read(question, answer, tuple(findings), tuple(results), note)

    def _models(self) -> tuple[Reader, Confidence]:
        with self._loading:
            self._reader = self._reader or Reader.load()
            self._confidence = self._confidence or Confidence.load()
            return self._reader, self._confidence

    # ---- with a language model ---------------------------------------------------------------------------------------

    def _written(
        self, writer: Writer, read: _Read, history: Sequence[Turn], deadline: Deadline | None
    ) -> Generator[str, None, Answer]:
        """What the language model makes of the findings, checked; where it makes nothing of them, the quotes."""
        question, language = read.question, read.question.language
        evidence = quoted_passages(read.findings)
        draft = writer.write(question, as_quoted(evidence), history, deadline)
        assert self._prompted is not None

        def prove(finding: Finding, number: int) -> Citation:
            return self._proof(finding, number, question)

        everywhere = say("whole_archive", language)
        text = ""
        composing = compose(draft, evidence, prove, self._prompted, language, self._config.strict, self._nli)
        with stage("write"):
            while True:
                try:
                    piece = next(composing)
                except StopIteration as end:
                    composed: Composed = end.value
                    break
                if not text and read.note:
                    piece = f"{render_note(f'{read.note} {everywhere}')}\n\n{piece}"
                text += piece
                yield piece

        if composed.ended == "refused":
            return (yield from _in_pieces(self._refused(read)))
        failure = None
        if composed.ended == "written":
            piece = f"\n\n{render_quotes(composed.citations, language)}"
            answer = replace(
                read.answer,
                outcome="answer",
                short=None,
                leads=(),
                reason=None,
                citations=composed.citations,
            )
        else:
            failure = draft.failed.sentence(language) if draft.failed else say("unsupported", language)
            said = render_note(f"{failure} {say('quotes_instead', language)}")
            answer = self._after(read, len(composed.citations))
            piece = "\n\n".join([*([""] if text else []), said, answer.text])
            answer = replace(answer, citations=(*composed.citations, *answer.citations))
        yield piece
        return replace(
            answer,
            text=text + piece,
            sentences=composed.sentences,
            written_by=writer.name if text else None,
            writer_failure=failure,
        )

    def _after(self, read: _Read, cited: int) -> Answer:
        """The extractive answer, its quotes numbered after those that were cited already."""
        if not cited:
            return read.answer
        if read.answer.outcome == "closest":
            return self._closest(
                read.question, list(read.findings), list(read.results), read.answer.confidence, "", cited
            )
        return self._answer(read.question, list(read.findings), read.answer.confidence, "", cited)

    def _refused(self, read: _Read) -> Answer:
        """The language model finds no answer in the passages: what is nearest is then no sure answer either."""
        if read.answer.outcome != "answer":
            return read.answer
        sure = read.answer.confidence
        return self._closest(read.question, list(read.findings), list(read.results), sure, read.note)

    # ---- three outcomes ------------------------------------------------------------------------------------------

    def _answer(self, question: Question, findings: list[Finding], sure: float, note: str, cited: int = 0) -> Answer:
        """The answer in quotes; ``cited`` is how many stand before them."""
        lead, others = _lead(question, findings)
        explained = question.kind in EXPLAINED
        groups: list[list[Finding]] = [[lead]]
        for other in others:
            group = next((group for group in groups if agrees(group[0], other)), None)
            if group is not None and not explained and len(group) <= _AGREEING and not _heard(other, group):
                group.append(other)
            elif (
                group is None
                and differs(question, lead, other)
                and len(groups) <= _DIFFERING
                and not _heard(other, [group[0] for group in groups[1:]])
            ):
                groups.append([other])

        statements: list[Statement] = []
        number = cited
        for said, group in enumerate(groups, 1):
            citations = tuple(
                replace(self._proof(finding, number + place, question), statement=said)
                for place, finding in enumerate(group, 1)
            )
            number += len(citations)
            short = None if explained else group[0].short.strip() or None
            statements.append(Statement(short, citations, resolved_day(group[0]) if short else None))
        return replace(
            _answer_of(question, sure),
            text=render_answer(statements, question.language, note),
            outcome="answer",
            short=statements[0].short,
            citations=tuple(citation for statement in statements for citation in statement.citations),
        )

    def _closest(
        self,
        question: Question,
        findings: list[Finding],
        results: list[SearchResult],
        sure: float,
        note: str,
        cited: int = 0,
    ) -> Answer:
        citation = self._proof(findings[0], cited + 1, question)
        return replace(
            _answer_of(question, sure),
            text=render_closest(citation, question.language, note),
            outcome="closest",
            citations=(citation,),
            leads=_leads(results),
            reason=why_not(question, results, self._index),
        )

    def _absent(self, question: Question, leads: Sequence[SearchResult], reason: str, sure: float = 0.0) -> Answer:
        return replace(
            _answer_of(question, sure),
            text=render_none(reason, leads, question.language),
            leads=tuple(leads),
            reason=reason,
        )

    def _proof(self, finding: Finding, number: int, question: Question) -> Citation:
        article = self._index.article(finding.article_id)
        if article is None:
            raise QuoteError(f"article {finding.article_id} was removed while it was being read: ask again.")
        return proof(finding, article, number, question)


def _counted(pieces: Generator[str, None, Answer], whole: ExitStack) -> Generator[str, None, Answer]:
    """The same, which ends the stage ``whole``; an answer that came to its end is counted."""
    with whole:
        answer = yield from pieces
        count("answers", answer.outcome)
        return answer


def _in_pieces(answer: Answer) -> Generator[str, None, Answer]:
    yield from re.findall(r"\S+\s*|\s+", answer.text)
    return answer


def _answer_of(question: Question, sure: float) -> Answer:
    return Answer(
        question=question.asked,
        text="",
        outcome="none",
        language=question.language,
        confidence=sure,
        rewritten=question.text if question.rewritten else None,
        since=question.since,
        until=question.until,
        source=question.source,
    )


def _lead(question: Question, findings: Sequence[Finding]) -> tuple[Finding, list[Finding]]:
    """What is said first, and who else is near enough to be heard.

    The best finding leads, unless a newer article gives another figure for the same thing in words of its own, or the
    question asks for the newest: then the newest does.
    """
    best = findings[0]
    copies = [one for one in findings[1:] if original(question, one, [best]) is best]
    near = [one for one in findings[1:] if one.evidence.score >= best.evidence.score - NEAR or one in copies]
    rivals = [one for one in near if one not in copies and (question.newest or differs(question, best, one))]
    lead = max([best, *rivals], key=lambda finding: (finding.published, finding.evidence.score))
    if lead.published == best.published:
        lead = best
    rest = [finding for finding in [best, *near] if finding is not lead]
    return lead, sorted(rest, key=lambda finding: finding.published, reverse=True)


def _heard(finding: Finding, said: Sequence[Finding]) -> bool:
    """Whether its outlet has spoken: an outlet that repeats itself is one source. A nameless one is not known to."""
    outlet = finding.result.passage.source
    return bool(outlet) and any(one.result.passage.source == outlet for one in said)


def _leads(results: Sequence[SearchResult]) -> tuple[SearchResult, ...]:
    """The nearest passage of each of the nearest articles."""
    first: dict[str, SearchResult] = {}
    for result in results:
        first.setdefault(result.passage.article_id, result)
    return tuple(first.values())[:LEADS]


def _dropped(question: Question) -> str:
    language = question.language
    if question.since is None or question.until is None:
        return say("no_source", language, source=question.source)
    since, until = (date_in_words(day, language) for day in (question.since, question.until))
    window = say("day" if since == until else "window", language, since=since, until=until)
    return say("no_window", language, window=window)
