"""A text that somebody else wrote, checked against the archive: what it says that no article does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.verification.entailment import Entailment
from assistant.verify import CheckedSentence, Problem, Source, verify_sentence
from assistant.writing.deadline import Deadline, leave_if_gone
from index import Article, Index
from index.language import detect_language, told_language
from index.splitting import sentences

__all__ = ["VerifiedSentence", "verify_against", "verify_with"]

_SEARCHED: Final = 5  # passages asked of the index for each sentence


@dataclass(frozen=True, slots=True)
class VerifiedSentence:
    """A sentence, whether one source supports all of it, and what is not in the source that supports it best.

    ``article_id`` is that source: an article of the archive, or the number of a given source, from "1"; None where
    none shares a word with the sentence. ``quote`` is the sentence of it that fits best: its text[start:end]; None
    where it is the title that fits.
    """

    text: str
    supported: bool
    problems: tuple[Problem, ...] = ()
    article_id: str | None = None
    title: str = ""
    quote: str | None = None
    start: int | None = None
    end: int | None = None


def verify_against(
    index: Index, text: str, nli: Entailment | None = None, deadline: Deadline | None = None
) -> list[VerifiedSentence]:
    """Each sentence of a text against the articles that a search finds for it.

    Raises ArchiveError, and TimeoutError at the deadline.
    """
    checked = []
    language = told_language(text)
    for sentence in _sentences(text, deadline):
        results = index.search(sentence, _SEARCHED)
        ids = dict.fromkeys(result.passage.article_id for result in results)
        articles = [article for article in map(index.article, ids) if article is not None]
        checked.append(_best(sentence, [(article.id, _source(article)) for article in articles], language, nli))
    return checked


def verify_with(
    sources: Sequence[Source], text: str, nli: Entailment | None = None, deadline: Deadline | None = None
) -> list[VerifiedSentence]:
    """Each sentence of a text against the sources given, which are numbered from 1.

    Raises TimeoutError at the deadline.
    """
    numbered = [(str(number), source) for number, source in enumerate(sources, 1)]
    language = told_language(text)
    return [_best(sentence, numbered, language, nli) for sentence in _sentences(text, deadline)]


def _sentences(text: str, deadline: Deadline | None) -> Iterator[str]:
    """One after the other, while somebody waits for what becomes of it."""
    for span in sentences(text, detect_language(text)):
        leave_if_gone()
        if deadline is not None and deadline.remaining == 0:
            raise TimeoutError("the deadline has passed")
        yield text[span.start : span.end]


def _source(article: Article) -> Source:
    return Source(article.text, article.title, article.published, article.language)


def _best(
    sentence: str, sources: Sequence[tuple[str, Source]], language: str | None, nli: Entailment | None
) -> VerifiedSentence:
    """The verdict of the source that objects least. A name from one and a figure from another prove nothing."""
    if not sources:
        return VerifiedSentence(sentence, False, verify_sentence(sentence, ()).problems)
    verdicts = [(name, source, verify_sentence(sentence, [source], language, nli)) for name, source in sources]
    name, source, verdict = min(verdicts, key=lambda one: _objections(one[2]))
    if verdict.evidence is None:
        return VerifiedSentence(sentence, verdict.supported, verdict.problems)
    quote = None if verdict.start is None else source.text[verdict.start : verdict.end]
    return VerifiedSentence(
        sentence, verdict.supported, verdict.problems, name, source.title, quote, verdict.start, verdict.end
    )


def _objections(verdict: CheckedSentence) -> tuple[bool, bool, int]:
    return (
        not verdict.supported,
        any(problem.kind == "content" for problem in verdict.problems),
        len(verdict.problems),
    )
