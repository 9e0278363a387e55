"""The archive inside other people's frameworks."""

from __future__ import annotations

import pytest

from assistant.assistant import Assistant
from index import Index

VICTIMS = "Berapa jumlah korban tewas feri Nusa Tambo?"


def test_langchain_retrieves_passages(index: Index) -> None:
    """A retriever like any other: the passages of the index, with what a citation needs."""
    pytest.importorskip("langchain_core", reason="needs the extra tanya[langchain]")
    from assistant.langchain import ArticleRetriever

    documents = ArticleRetriever(index=index, top_k=3).invoke(VICTIMS)
    assert [result.passage.text for result in index.search(VICTIMS, 3)] == [one.page_content for one in documents]
    for document in documents:
        article = index.article(document.metadata["article_id"])
        assert article is not None
        assert article.text[document.metadata["start"] : document.metadata["end"]] == document.page_content


def test_llama_index_queries_the_assistant(index: Index, assistant: Assistant) -> None:
    """The response is the answer; its nodes are the quotes."""
    from assistant.query_engine import ArticleQueryEngine

    response = ArticleQueryEngine(assistant=assistant).query(VICTIMS)
    answer = assistant.ask(VICTIMS)
    assert answer.text == str(response)
    assert [citation.quote for citation in answer.citations] == [
        node.node.get_content() for node in response.source_nodes
    ]
