"""A searchable archive of news articles: read, keep, search. Knows no prompt, no page, no environment."""

from index.archive import ArticlePage, MonthCount, Order
from index.articles import Article, Copy, Passage, Rejected, SearchResult
from index.errors import ArchiveError, BusyError, WrongModelError
from index.index import AddReport, Index, IndexStatus, Limits, Progress
from index.reading import read_articles

__all__ = [
    "AddReport",
    "ArchiveError",
    "Article",
    "ArticlePage",
    "BusyError",
    "Copy",
    "Index",
    "IndexStatus",
    "Limits",
    "MonthCount",
    "Order",
    "Passage",
    "Progress",
    "Rejected",
    "SearchResult",
    "WrongModelError",
    "read_articles",
]
