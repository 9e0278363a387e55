"""Assistant: a question and an index in, an answer with proven quotes out. One path for ask and stream."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from assistant.absence import unmentioned_name, why_not
from assistant.answer import Answer, Citation, Turn
from assistant.confidence import Confidence, best_evidence, features_of
from assistant.config import Config
from assistant.examples import draft
from assistant.findings import NEAR, Finding, QuoteError, agrees, differs, find, proof, resolved_day
from assistant.messages import date_in_words, say
from assistant.question import EXPLAINED, Question, may_name_outlet, understand
from assistant.reader import Reader, ReadingPassage
from assistant.rendering import Statement, render_answer, render_closest, render_none
from index import Index, SearchResult

__all__ = ["AnswerStream", "Assistant", "QuoteError"]

SEARCHED: Final = 8  # passages asked of the index
READ: Final = 6  # of them read: reading 3 instead cost 3 points of evidence@1 on dev (MODELS.md section 2)
LEADS: Final = 3
_AGREEING: Final = 2  # further sources cited for the same answer
_DIFFERING: Final = 2  # other figures shown


class AnswerStream:
    """An answer that arrives in pieces: iterate it, then take ``answer``; the pieces joined are its text."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __iter__(self) -> Iterator[str]:
        yield from re.findall(r"\S+\s*|\s+", self.answer.text)


class Assistant:
    """Answers questions about the articles of an index. Keeps nothing between questions; threads may share it."""

    def __init__(
        self,
        index: Index,
        reader: Reader | None = None,
        confidence: Confidence | None = None,
        config: Config | None = None,
    ) -> None:
        """``reader`` and ``confidence`` are the shipped ones unless given; they are loaded at the first question."""
        self._index = index
        self._reader = reader
        self._confidence = confidence
        self._config = config or Config()
        self._loading = threading.Lock()
        self._examples: tuple[object, list[str]] | None = None

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        since: date | None = None,
        until: date | None = None,
        source: str | None = None,
        language: str | None = None,
        implied: bool = True,
    ) -> Answer:
        """Answer a question, after the turns of ``history`` if it follows on from them.

        ``since``, ``until`` (days of publication, both included) and ``source`` keep to some articles, whatever
        the words of the question imply; without ``implied`` the words imply nothing. ``language`` ("id" or "en")
        is that of the articles.
        Never raises for want of an answer: ``outcome`` says "none" then. Raises ArchiveError when the index
        cannot be searched, and QuoteError when an article changed while it was being read.
        """
        understood = understand(question, history, sources=self._index.sources() if may_name_outlet(question) else ())
        if not understood.asked:
            return self._absent(understood, (), say("no_question", understood.language))

        given = since is not None or until is not None or source is not None
        if given or not implied:
            understood = replace(understood, since=since, until=until, source=source)
        results, note = self._search(understood, language, droppable=not given)
        if note:
            understood = replace(understood, since=None, until=None, source=None)
        if not results:
            empty = self._index.status().articles == 0
            reason = say("empty", understood.language) if empty else why_not(understood, (), self._index)
            return self._absent(understood, (), reason)
        return self._read(understood, results, note)

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        since: date | None = None,
        until: date | None = None,
        source: str | None = None,
        language: str | None = None,
        implied: bool = True,
    ) -> AnswerStream:
        """The answer of ``ask`` in pieces, for a page that shows words as they come."""
        return AnswerStream(self.ask(question, history, since, until, source, language, implied))

    def examples(self, limit: int = 4) -> list[str]:
        """Questions that this archive answers, to offer to a reader. Found once for each state of the archive."""
        state = self._index.status()
        key = (state.articles, state.passages, state.generation, limit)
        if self._examples is None or self._examples[0] != key:
            found: list[str] = []
            for candidate in draft(self._index):
                if len(found) == limit:
                    break
                if candidate not in found and self.ask(candidate).answered:
                    found.append(candidate)
            self._examples = (key, found)
        return list(self._examples[1])

    # ---- one question --------------------------------------------------------------------------------------------

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

    def _read(self, question: Question, results: list[SearchResult], note: str) -> Answer:
        reader, confidence = self._models()
        read = results[:READ]
        evidence = reader.read(
            question.search,
            [ReadingPassage(one.passage.text, one.passage.title, one.passage.language) for one in read],
        )
        chosen = best_evidence(read, evidence, confidence.retrieval_weight)
        sure = confidence.probability(features_of(question.search, question.language, read, evidence, chosen))
        findings = find(question, read, evidence, chosen)

        threshold = confidence.answer if self._config.answer_threshold is None else self._config.answer_threshold
        if sure >= threshold:
            return self._answer(question, findings, sure, note)
        if sure >= min(confidence.closest, threshold) and not unmentioned_name(question, self._index):
            return self._closest(question, findings, results, sure, note)
        reason = f"{note} {why_not(question, results, self._index)}".strip()
        return self._absent(question, _leads(results), reason, sure)

    def _models(self) -> tuple[Reader, Confidence]:
        with self._loading:
            self._reader = self._reader or Reader.load()
            self._confidence = self._confidence or Confidence.load()
            return self._reader, self._confidence

    # ---- three outcomes ------------------------------------------------------------------------------------------

    def _answer(self, question: Question, findings: list[Finding], sure: float, note: str) -> Answer:
        lead, others = _lead(question, findings)
        explained = question.kind in EXPLAINED
        groups: list[list[Finding]] = [[lead]]
        for other in others:
            group = next((group for group in groups if agrees(group[0], other)), None)
            if group is not None and not explained and len(group) <= _AGREEING:
                group.append(other)
            elif group is None and differs(question, lead, other) and len(groups) <= _DIFFERING:
                groups.append([other])

        statements: list[Statement] = []
        number = 0
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
        self, question: Question, findings: list[Finding], results: list[SearchResult], sure: float, note: str
    ) -> Answer:
        citation = self._proof(findings[0], 1, question)
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

    The best finding leads, unless a newer article gives another figure for the same thing, or the question
    asks for the newest: then the newest does.
    """
    best = findings[0]
    near = [finding for finding in findings[1:] if finding.evidence.score >= best.evidence.score - NEAR]
    rivals = [one for one in near if question.newest or differs(question, best, one)]
    lead = max([best, *rivals], key=lambda finding: (finding.published, finding.evidence.score))
    if lead.published == best.published:
        lead = best
    rest = [finding for finding in [best, *near] if finding is not lead]
    return lead, sorted(rest, key=lambda finding: finding.published, reverse=True)


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
