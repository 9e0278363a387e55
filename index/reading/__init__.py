"""Reads articles from files of many formats and cleans them."""

from index.reading.reader import EXTENSIONS, MAX_BYTES, read_articles, read_bytes

__all__ = ["EXTENSIONS", "MAX_BYTES", "read_articles", "read_bytes"]
