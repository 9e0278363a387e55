"""The index as a llama-index retriever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llama_index.core.callbacks import CallbackManager
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

if TYPE_CHECKING:
    from index.index import Index

__all__ = ["IndexRetriever"]


class IndexRetriever(BaseRetriever):
    """Passages as nodes: text, score, and in ``metadata`` what a citation needs."""

    def __init__(self, index: Index, top_k: int = 5) -> None:
        """Search ``index`` for the ``top_k`` best passages a query."""
        self._index = index
        self._top_k = top_k
        super().__init__(callback_manager=CallbackManager([]))

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [
            NodeWithScore(
                node=TextNode(
                    id_=str(result.passage.id),
                    text=result.passage.text,
                    start_char_idx=result.passage.start,
                    end_char_idx=result.passage.end,
                    metadata={
                        "article_id": result.passage.article_id,
                        "title": result.passage.title,
                        "source": result.passage.source,
                        "published": result.passage.published.isoformat() if result.passage.published else "",
                        "url": result.passage.url,
                        "language": result.passage.language,
                    },
                    # The title helps a model to read a passage; ids and addresses only cost it tokens.
                    excluded_llm_metadata_keys=["article_id", "url", "language"],
                    excluded_embed_metadata_keys=["article_id", "url", "language"],
                ),
                score=result.score,
            )
            for result in self._index.search(query_bundle.query_str, top_k=self._top_k)
        ]
