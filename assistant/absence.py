"""Why the archive does not answer: a word that no article has, or articles that say something else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from assistant.followup import names
from assistant.messages import say
from assistant.question import Question
from index import Index, SearchResult
from index.dictionary import Dictionary
from index.language import LANGUAGES, Word, content_words, stem, stems, words

__all__ = ["unmentioned_name", "why_not"]

_TOPIC_WORDS: Final = 3  # content words that name the topic when no name does


def why_not(question: Question, results: Sequence[SearchResult], index: Index) -> str:
    """One sentence for the reader, in the question's language."""
    missing = unmentioned_name(question, index) or _unmentioned_word(question, index)
    if missing:
        return say("no_word", question.language, word=missing)
    if not results:
        return say("nothing_near", question.language)
    topic = _topic(question, results)
    if topic:
        return say("not_that", question.language, topic=topic)
    return say("not_that_bare", question.language)


def unmentioned_name(question: Question, index: Index) -> str | None:
    """The first name of the question that stands in no article, in either language; None if all do.

    What counts is the last word of a name: in "Empress Eugenie" the first may well be written otherwise.
    """
    named = names(question.search)
    ends = {run[-1].start for run in _runs(question.search, named)}
    absent = [word for word in named if _absent(word, index)]
    for run in _runs(question.search, absent):
        if run[-1].start in ends:
            return question.search[run[0].start : run[-1].end]
    return None


def _unmentioned_word(question: Question, index: Index) -> str | None:
    """The first plain word of the question that stands in no article."""
    if question.language == "en":  # an English word may well have an Indonesian one that the dictionary lacks
        return None
    for word in content_words(question.search, question.language):
        root = stem(word.folded, "id") == word.folded  # an inflected word may stand there in another form
        if root and len(word.folded) > 3 and _absent(word, index):
            return question.search[word.start : word.end]
    return None


def _absent(word: Word, index: Index) -> bool:
    """Whether no article has the word: neither as it is, nor in another form, nor translated."""
    if index.document_frequency(word.folded):
        return False
    if any(result.lexical_rank is not None for result in index.search(word.folded, top_k=1)):
        return False
    others = (
        translation.stem
        for language in LANGUAGES
        for translation in Dictionary.load().translations(stem(word.folded, language), language)
    )
    return not any(index.document_frequency(other) for other in others)


def _topic(question: Question, results: Sequence[SearchResult]) -> str | None:
    """What of the question the nearest passages do mention: names, else a few plain words."""
    passage = results[0].passage
    there = {word.folded for word in words(f"{passage.title} {passage.text}")}
    named = _runs(question.search, [word for word in names(question.search) if word.folded in there])
    if named:
        return ", ".join(dict.fromkeys(question.search[run[0].start : run[-1].end] for run in named))
    stemmed = set(stems(f"{passage.title} {passage.text}", passage.language))
    plain = [
        question.search[word.start : word.end]
        for word in content_words(question.search, question.language)
        if stem(word.folded, passage.language) in stemmed
    ]
    return ", ".join(f"“{word}”" for word in dict.fromkeys(plain[:_TOPIC_WORDS])) or None


def _runs(text: str, found: Iterable[Word]) -> list[list[Word]]:
    """Neighbouring words together: "Ratu", "Dewa", … "Putin" -> [Ratu, Dewa], [Putin]."""
    runs: list[list[Word]] = []
    for word in found:
        if runs and not text[runs[-1][-1].end : word.start].strip():
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs
