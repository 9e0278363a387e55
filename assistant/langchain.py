"""The archive as a LangChain retriever. Needs the extra ``tanya[langchain]``."""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from index import Index

__all__ = ["ArticleRetriever"]


class ArticleRetriever(BaseRetriever):
    """Passages as documents, best first; ``metadata`` holds what a citation needs and the score."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Index
    top_k: int = 5

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [
            Document(
                id=str(result.passage.id),
                page_content=result.passage.text,
                metadata={
                    "article_id": result.passage.article_id,
                    "start": result.passage.start,
                    "end": result.passage.end,
                    "title": result.passage.title,
                    "source": result.passage.source,
                    "published": result.passage.published.isoformat() if result.passage.published else "",
                    "url": result.passage.url,
                    "language": result.passage.language,
                    "score": result.score,
                },
            )
            for result in self.index.search(query, self.top_k)
        ]
