"""The assistant as a llama-index query engine."""

from __future__ import annotations

from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.response import Response
from llama_index.core.schema import NodeWithScore, TextNode
from pydantic import ConfigDict

from assistant.answer import Citation
from assistant.assistant import Assistant

__all__ = ["ArticleQueryEngine"]


class ArticleQueryEngine(CustomQueryEngine):
    """Answers as a llama-index ``Response``: its nodes are the quotes, its metadata says how sure it is."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    assistant: Assistant

    def custom_query(self, query_str: str) -> Response:
        """Ask the archive."""
        answer = self.assistant.ask(query_str)
        return Response(
            response=answer.text,
            source_nodes=[
                NodeWithScore(node=_node(citation), score=answer.confidence) for citation in answer.citations
            ],
            metadata={"outcome": answer.outcome, "confidence": answer.confidence},
        )


def _node(citation: Citation) -> TextNode:
    return TextNode(
        id_=f"{citation.article_id}:{citation.start}-{citation.end}",
        text=citation.quote,
        start_char_idx=citation.start,
        end_char_idx=citation.end,
        metadata={
            "number": citation.number,
            "article_id": citation.article_id,
            "title": citation.title,
            "source": citation.source,
            "published": citation.published.isoformat() if citation.published else "",
            "url": citation.url,
        },
    )
