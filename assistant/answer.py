"""What the assistant says: an answer, its proof, and how it is written out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

from index import Copy, SearchResult

if TYPE_CHECKING:
    from assistant.verify import Problem

__all__ = ["Answer", "AnswerSentence", "Citation", "Outcome", "Turn"]

Outcome = Literal["answer", "closest", "none"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier question and what was answered."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Citation:
    """An exact quote: ``index.article(article_id).text[start:end] == quote``, always.

    ``short_start`` and ``short_end`` mark the short answer inside the article's text when it
    lies inside the quote. ``passage_start`` and ``passage_end`` are the passage it was found in.
    ``statement`` counts from 1: sources with the same number say the same, others say otherwise.
    The ranks and scores are those of the search that found the passage (None: that leg did not).
    """

    number: int
    article_id: str
    title: str
    source: str
    published: date | None
    url: str
    quote: str
    start: int
    end: int
    passage_start: int
    passage_end: int
    short_start: int | None = None
    short_end: int | None = None
    language: str = "id"
    place: str = ""
    also_in: tuple[Copy, ...] = ()
    statement: int = 1
    lexical_rank: int | None = None
    lexical_score: float | None = None
    dense_rank: int | None = None
    dense_score: float | None = None


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence that a language model wrote, checked against the passages that it cites.

    ``text`` is plain text without marks; each problem is a place in it. ``citations`` are the numbers of the
    quotes that prove it, none where it is not ``supported``.
    """

    text: str
    supported: bool
    problems: tuple[Problem, ...] = ()
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question.

    ``outcome`` is "answer", "closest" (a passage that may help, not a sure answer) or "none"
    (not in the articles); ``answered`` is true for the first alone. ``text`` is what a person
    reads, as Markdown with [1] marks, in the question's language. ``short`` is the answer span
    alone, or None. ``confidence`` is 0..1. ``leads`` are the nearest passages where there is no
    sure answer. ``rewritten`` is the question as it was understood when a follow-up was made to
    stand alone, else None. ``reason`` says, when nothing was found, why. ``since``, ``until`` and
    ``source`` (an outlet, or a tuple of several) are what the search was kept to, whether given or implied by the
    words.

    With a language model: ``written_by`` is its name where the text (or its beginning) is the model's, ``sentences``
    are those it wrote, supported or not, and ``writer_failure`` says in one sentence why the text is made of
    quotes instead, or goes on with them.
    """

    question: str
    text: str
    outcome: Outcome
    language: str = "id"
    short: str | None = None
    confidence: float = 0.0
    citations: tuple[Citation, ...] = field(default=())
    leads: tuple[SearchResult, ...] = field(default=())
    rewritten: str | None = None
    reason: str | None = None
    since: date | None = None
    until: date | None = None
    source: str | tuple[str, ...] | None = None
    sentences: tuple[AnswerSentence, ...] = field(default=())
    written_by: str | None = None
    writer_failure: str | None = None

    @property
    def answered(self) -> bool:
        """Whether the archive holds a sure answer."""
        return self.outcome == "answer"
