"""Reads .txt and .md, with or without front matter."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import yaml

from index.reading.draft import Draft, Unreadable
from index.reading.encoding import decode
from index.reading.fields import draft_of

__all__ = ["read_markdown", "read_text"]

MOST_BRACKETS: Final = 200  # PyYAML needs 20 seconds for 15,000 brackets inside each other

_FRONT_MATTER: Final = re.compile(r"\ufeff?\s{0,20}---[ \t]*\n(.{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_HEADING: Final = re.compile(r"\s{0,200}#{1,2}[ \t]+(?=\S)([^\n]{1,300}?)[ \t#]{0,300}(?:\n|$)")


def _front_matter(block: str) -> dict[str, object] | None:
    """The fields of a YAML block, or None where it is not one. Anchors are refused: a few lines of them fill memory."""
    if block.count("[") + block.count("{") > MOST_BRACKETS:
        return None
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(block, Loader=yaml.SafeLoader)):
            raise Unreadable("its front matter uses YAML aliases, which are not accepted: write the values out")
        # Dates and numbers stay as written: "2025-02-30" must not stop the article, and ids keep their zeros.
        loaded = yaml.load(block, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    if not isinstance(loaded, dict) or not all(isinstance(key, str) for key in loaded):
        return None
    return {key: value for key, value in loaded.items() if value not in ("", "null", "~")}


def read_text(data: bytes) -> Draft:
    """A plain text: an optional front matter, an optional headline, the report."""
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    match = _FRONT_MATTER.match(text)
    fields = _front_matter(match[1]) if match else None
    if match is None or fields is None:
        return Draft(text=text, headline_in_text=True)
    return draft_of({**fields, "text": text[match.end() :]}, headline_in_text=True)


_IMAGE: Final = re.compile(r"!\[[^\]\n]{0,300}\]\([^)\n]{0,2000}\)")
_LINK: Final = re.compile(r"\[([^\]\n]{1,500})\]\([^)\n]{0,2000}\)")
_EMPHASIS: Final = re.compile(
    r"(?<![\w*])(\*{1,3})(?=\S)([^*\n]{1,2000}?)(?<=\S)\1(?![\w*])|(?<![\w_])(_{1,3})(?=\S)([^_\n]{1,2000}?)(?<=\S)\3(?![\w_])"
)
_LINE_MARK: Final = re.compile(r"^[ \t]{0,8}(?:#{1,6}[ \t]+|>[ \t]?|[*+-][ \t]+(?=\S))", re.MULTILINE)
_RULE: Final = re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,200}$", re.MULTILINE)
_COMMENT: Final = re.compile(r"<!--[^<]{0,5000}-->")
_ESCAPE: Final = re.compile(r"\\([\\`*_{}\[\]()#+.!-])")


def _without_marks(text: str) -> str:
    """Markdown as it reads: no emphasis, no link targets, no heading marks."""
    text = _COMMENT.sub("", _IMAGE.sub("", text))
    text = _LINK.sub(r"\1", text)
    text = _LINE_MARK.sub("", _RULE.sub("", text))
    text = _EMPHASIS.sub(lambda match: match[2] or match[4], text)
    return _ESCAPE.sub(r"\1", text)


def read_markdown(data: bytes) -> Draft:
    """Markdown: front matter, the first heading as title, the text without its marks."""
    draft = read_text(data)
    text, title = draft.text, draft.title
    if match := _HEADING.match(text):
        heading = _without_marks(match[1])
        title = title or heading
        text = text[match.end() :]
    return replace(draft, text=_without_marks(text), title=title)
