"""Example questions drafted from what the archive says, for the assistant to try before it offers them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from assistant.messages import SEED_QUESTIONS
from index import Index
from index.splitting import sentences

__all__ = ["draft"]

_ARTICLES: Final = 12  # the newest articles are drafted from
_NAME: Final = r"[A-Z][\w'’.-]+(?: [A-Z][\w'’.-]+){1,3}"
# "Kerugian negara dalam kasus itu sebesar Rp 10 miliar": what stands before the figure is what to ask for.
_FIGURE_ID: Final = re.compile(
    r"(?P<what>(?:[A-Z][\w-]+)(?: [\w-]+){1,6}) (?:sebesar|mencapai|sebanyak|senilai) (?:Rp\.? ?|US\$ ?)?\d"
)
_SPEAKER_ID: Final = re.compile(
    rf"(?P<who>{_NAME}),? (?:mengatakan|menyebut|menjelaskan|mengungkapkan|menegaskan|menuturkan)\b"
)
_SPEAKER_EN: Final = re.compile(rf"(?:(?P<who>{_NAME}) said\b|\bsaid (?P<then>{_NAME}))")


def draft(index: Index) -> Iterator[str]:
    """Questions that may have an answer here, the most telling first; the same for the same archive."""
    if index.status().articles == 0:
        return
    yield from SEED_QUESTIONS
    for listed in index.articles(limit=_ARTICLES).articles:
        for span in sentences(listed.text, listed.language):
            question = _asked_of(listed.text[span.start : span.end], listed.language)
            if question:
                yield question
                break  # one an article, so that the examples are about different things


def _asked_of(sentence: str, language: str) -> str | None:
    if language == "en":
        speaker = _SPEAKER_EN.search(sentence)
        return f"What did {speaker['who'] or speaker['then']} say?" if speaker else None
    figure = _FIGURE_ID.match(sentence)
    if figure and re.search(r" [A-Z]", figure["what"]):  # it names whose figure it is
        first, rest = figure["what"].split(" ", 1)
        return f"Berapa {first if rest[0].isupper() else first.lower()} {rest}?"
    speaker = _SPEAKER_ID.search(sentence)
    return f"Apa kata {speaker['who']}?" if speaker else None
