"""A searchable archive of news articles: read, keep, search. Knows no prompt, no page, no environment."""

from index.articles import Article, Copy, Passage, Rejected, SearchResult

__all__ = ["Article", "Copy", "Passage", "Rejected", "SearchResult"]
