"""Signs that a text was written to be found by a question, not to be read: keyword stuffing.

They are kept well above what news does by itself. Over 3,000 questions that people wrote for news articles
(``qa_id_news``), the article held a sentence of ECHO in 0.14 %, and a passage of DENSE was one in 10,000.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from difflib import SequenceMatcher
from typing import Final

from index.articles import Passage
from index.language import STOP_WORDS, folded_words, stem
from index.splitting import sentences

__all__ = ["stuffed"]

ECHO: Final = 0.8  # of a question's words, in its order, in one sentence: that sentence asks, and proves nothing
DENSE: Final = 0.4  # of a passage's content words that are the question's
SHORTEST: Final = 6  # words: a headline may well ask what somebody asks in fewer ("Kapan Lebaran 2025?")


def stuffed(question: str, language: str, passages: Iterable[Passage]) -> set[int]:
    """The ids of the passages that, or whose title, say little but the question. ``language`` is the question's."""
    asked = folded_words(question)
    if len(asked) < SHORTEST:
        return set()
    stops = STOP_WORDS[language]
    wanted = frozenset(stem(word, language) for word in asked if word not in stops)
    return {one.id for one in passages if _echoes(asked, one) or _is_dense(wanted, stops, language, one)}


# Nearly every passage is cleared by counting characters, before anything of it is cut into words.


def _echoes(asked: Sequence[str], passage: Passage) -> bool:
    told = f"{passage.title}\n{passage.text}".lower()
    enough = ECHO * len(asked)
    if sum(word in told for word in asked) < enough:
        return False
    spans = sentences(passage.text, passage.language)
    return any(
        sum(block.size for block in SequenceMatcher(None, asked, said, autojunk=False).get_matching_blocks()) >= enough
        for said in map(folded_words, (passage.title, *(passage.text[span.start : span.end] for span in spans)))
    )


def _is_dense(wanted: Set[str], stops: Set[str], language: str, passage: Passage) -> bool:
    told = passage.text.lower()
    if sum(map(told.count, wanted)) < DENSE * told.count(" ") / 2:  # half of the words of a text are content at least
        return False
    content = [word for word in folded_words(passage.text) if word not in stops]
    return len(content) >= SHORTEST and sum(stem(word, language) in wanted for word in content) >= DENSE * len(content)
