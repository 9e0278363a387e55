"""Questions to go on with: drafted from the articles that an answer cites, offered where they have an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel

from assistant.api_schema import READS, Line, QuestionText
from assistant.assistant import Assistant
from assistant.examples import questions_of
from assistant.incoming import MAX_CITED
from index import Index

__all__ = ["follow_ups", "follow_ups_router"]

OFFERED: Final = 3
_TRIED: Final = 6  # drafts that are asked: each costs a search and a reading


class FollowUps(BaseModel):
    """Questions that the archive answers."""

    questions: list[str]


def follow_ups_router(index: Index, assistant: Assistant) -> APIRouter:
    """The route of follow-up questions."""
    router = APIRouter(prefix="/api", tags=["ask"], responses=READS)

    @router.get("/follow-ups", summary="Questions to go on with")
    def suggest(
        asked: Annotated[QuestionText, Query(description="The question that was answered.")],
        article: Annotated[list[Line], Query(max_length=MAX_CITED, description="The ids of the articles it cites.")],
    ) -> FollowUps:
        """Up to three questions about the cited articles, each of which has a sure answer in one of them."""
        return FollowUps(questions=follow_ups(index, assistant, asked, article))

    return router


def follow_ups(index: Index, assistant: Assistant, asked: str, article_ids: Sequence[str]) -> list[str]:
    """Questions about these articles that have a sure answer there, other than what was asked; always the same."""
    said = assistant.quotes(asked).short
    offered: list[str] = []
    for tried, draft in enumerate(_drafts(index, article_ids)):
        if tried == _TRIED or len(offered) == OFFERED:
            break
        answer = assistant.quotes(draft)
        there = any(citation.article_id in article_ids for citation in answer.citations)
        if (
            answer.answered
            and there
            and draft.casefold() != asked.casefold()
            and (said is None or answer.short != said)
        ):
            offered.append(draft)
    return offered


def _drafts(index: Index, article_ids: Sequence[str]) -> Iterator[str]:
    """Drafts from each article in turn, so that they are about different things; none twice."""
    articles = [article for one in dict.fromkeys(article_ids) if (article := index.article(one)) is not None]
    waiting = [questions_of(article) for article in articles]
    seen: set[str] = set()
    while waiting:
        for drafts in list(waiting):
            draft = next(drafts, None)
            if draft is None:
                waiting.remove(drafts)
            elif draft not in seen:
                seen.add(draft)
                yield draft
