"""Signs that a text was written to be found by a question, not to be read: keyword stuffing.

News does neither by itself. Of 2,819 questions that people wrote for news articles (``qa_id_news``) none met in its
article a sentence that asks it again, though one in fourteen met most of its words; one passage in 10,000 was DENSE.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from difflib import SequenceMatcher
from typing import Final

from index.articles import Passage
from index.language import STOP_WORDS, folded_words, stem
from index.splitting import sentences

__all__ = ["stuffed"]

ECHO: Final = 0.7  # of a question's words, in its order, and one that asks: such a sentence proves nothing
DENSE: Final = 0.4  # of a passage's content words that are the question's
OFTEN: Final = 3  # times that each of them stands there: a short text may well be about nothing else
_ASKING: Final = frozenset(
    """apa apakah siapa siapakah kapan kapankah berapa berapakah mana manakah bagaimana mengapa kenapa who whom whose
    what when where which why how""".split()
)
SHORTEST: Final = 6  # words: a headline may well ask what somebody asks in fewer ("Kapan Lebaran 2025?")


def stuffed(question: str, language: str, passages: Iterable[Passage]) -> set[int]:
    """The ids of the passages that say little but the question, whose language is ``language``.

    A title alone decides nothing: headlines ask what their articles answer.
    """
    asked = folded_words(question)
    if len(asked) < SHORTEST:
        return set()
    stops = STOP_WORDS[language]
    wanted = frozenset(stem(word, language) for word in asked if word not in stops)
    return {one.id for one in passages if _echoes(asked, one) or _is_dense(wanted, stops, language, one)}


# Nearly every passage is cleared by counting characters, before anything of it is cut into words.


def _echoes(asked: Sequence[str], passage: Passage) -> bool:
    told = passage.text.lower()
    asking = _ASKING.intersection(asked)
    enough = ECHO * len(asked)
    if not any(word in told for word in asking) or sum(word in told for word in asked) < enough:
        return False
    spans = sentences(passage.text, passage.language)
    for said in map(folded_words, (passage.text[span.start : span.end] for span in spans)):
        if asking.intersection(said):
            blocks = SequenceMatcher(None, asked, said, autojunk=False).get_matching_blocks()
            if sum(block.size for block in blocks) >= enough:
                return True
    return False


def _is_dense(wanted: Set[str], stops: Set[str], language: str, passage: Passage) -> bool:
    told = passage.text.lower()
    if sum(map(told.count, wanted)) < DENSE * told.count(" ") / 2:  # half of the words of a text are content at least
        return False
    content = [stem(word, language) for word in folded_words(passage.text) if word not in stops]
    hits = [word for word in content if word in wanted]
    return len(hits) >= max(1, DENSE * len(content), OFTEN * len(set(hits)))
