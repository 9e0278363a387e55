"""Example questions drafted from what the archive says, for the assistant to try before it offers them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from assistant.known_items import NAMED_FIGURE
from assistant.messages import SEED_QUESTIONS
from index import Article, Index
from index.splitting import sentences

__all__ = ["draft", "questions_of"]

_ARTICLES: Final = 12  # the newest articles are drafted from
_NAME: Final = r"[A-Z][a-z'’]+(?: [A-Z][a-z'’]+){1,2}"
# Only where a comma, the beginning of the sentence or the verb before it shows where the name begins.
_SPEAKERS: Final = {
    "id": re.compile(
        rf"(?:^|, )(?P<who>{_NAME}),? (?:mengatakan|menyebut|menjelaskan|mengungkapkan|menegaskan|menuturkan)\b"
        rf"|[\"”’'] (?:kata|ujar|ucap|tutur|ungkap|jelas|tegas) (?P<speaker>{_NAME})(?![\w'’]| [A-Z])"
    ),
    "en": re.compile(rf"(?:^|, )(?P<who>{_NAME}),? said\b|[\"”’'] said (?P<speaker>{_NAME})(?![\w'’]| [A-Z])"),
}


def draft(index: Index) -> Iterator[str]:
    """Questions that may have an answer here, the most telling first; the same for the same archive."""
    if index.status().articles == 0:
        return
    yield from SEED_QUESTIONS
    for listed in index.articles(limit=_ARTICLES).articles:
        yield from islice(questions_of(listed), 1)  # one an article: the examples are about different things


def questions_of(article: Article) -> Iterator[str]:
    """Questions that an article may answer, in the order of its sentences."""
    for span in sentences(article.text, article.language):
        question = _asked_of(article.text[span.start : span.end], article.language)
        if question:
            yield question


def _asked_of(sentence: str, language: str) -> str | None:
    figure = NAMED_FIGURE.match(sentence) if language == "id" else None
    if figure and re.search(r" [A-Z]", figure["what"]):  # it names whose figure it is
        return f"Berapa {figure['what'][0].lower()}{figure['what'][1:]}?"
    speaker = _SPEAKERS[language].search(sentence)
    if speaker is None:
        return None
    who = speaker["who"] or speaker["speaker"]
    return f"Apa kata {who}?" if language == "id" else f"What did {who} say?"
