"""Answers, sources and articles as HTML.

Nothing from an article, a question or a language model reaches the page but through ``html.escape`` or through a
Markdown reader that knows no link, image or HTML. Gradio shows what these functions return as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from markdown_it import MarkdownIt

from assistant.answer import Citation
from assistant.messages import copy_name, date_in_words
from assistant.web.words import PAGE_LANGUAGES, both, both_dates, in_attribute
from index import Article, Copy, Passage, SearchResult

if TYPE_CHECKING:
    from markdown_it.renderer import RendererHTML
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

__all__ = [
    "answer_html",
    "article_address",
    "article_html",
    "display_title",
    "escape_text",
    "lead_card",
    "mark_html",
    "quote_address",
    "source_card",
    "web_link",
]

_TITLE_WORDS: Final = 11  # of its opening, where an article has no title
_MARK: Final = re.compile(r"\[(\d{1,3})\]")


# ---- answers ------------------------------------------------------------------------------------------------------


def _citation_rule(state: StateInline, silent: bool) -> bool:
    """``[3]`` is a mark where the answer has a third citation, and plain text where it has not."""
    found = _MARK.match(state.src, state.pos)
    if found is None or int(found[1]) not in state.env["citations"]:
        return False
    if not silent:
        state.push("citation", "", 0).meta = {"number": int(found[1])}
    state.pos = found.end()
    return True


def _render_mark(
    _renderer: RendererHTML, tokens: Sequence[Token], place: int, _options: OptionsDict, env: EnvType
) -> str:
    return mark_html(env["citations"][tokens[place].meta["number"]])


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("zero", {"html": False}).enable(
        ["emphasis", "blockquote", "list", "escape", "entity", "newline", "strikethrough"]
    )
    markdown.inline.ruler.push("citation", _citation_rule)
    markdown.add_render_rule("citation", _render_mark)
    return markdown


_MARKDOWN: Final = _markdown()


def answer_html(text: str, citations: Sequence[Citation] = ()) -> str:
    """An answer's Markdown as HTML: paragraphs, emphasis, quotes and lists, and marks that lead to the sources."""
    return str(_MARKDOWN.render(text, {"citations": {citation.number: citation for citation in citations}}))


def mark_html(citation: Citation) -> str:
    """A mark that leads to its quote; it carries what the page shows of the quote beside it."""
    day = citation.published
    dates = (
        ""
        if day is None
        else "".join(f' data-date-{language}="{date_in_words(day, language)}"' for language in PAGE_LANGUAGES)
    )
    return (
        f'<a class="cite" href="{quote_address(citation)}" data-reader data-quote="{_attribute(citation.quote)}" '
        f'data-outlet="{_attribute(citation.source or citation.title)}" data-spoken="{escape(citation.language)}"'
        f"{dates} "
        f"{in_attribute('aria-label', 'source', number=citation.number)}>{citation.number}</a>"
    )


# ---- sources ------------------------------------------------------------------------------------------------------


def source_card(citation: Citation, article: Article | None, asked_in: str) -> str:
    """A source beside an answer: the passage, with the quote marked and the short answer in it strong."""
    if article is not None and article.text[citation.start : citation.end] == citation.quote:
        before = article.text[citation.passage_start : citation.start]
        after = article.text[citation.end : citation.passage_end]
    else:
        before = after = ""
    text = f"{escape_text(before)}<mark>{_quote_html(citation)}</mark>{escape_text(after)}"
    title = citation.title or display_title(article)
    return _card(
        str(citation.number), title, citation, quote_address(citation), text, _found(citation, citation, asked_in)
    )


def lead_card(lead: SearchResult, asked_in: str) -> str:
    """A passage that is near, though it does not answer."""
    passage = lead.passage
    address = article_address(passage.article_id, passage.start, passage.end)
    title = passage.title or _opening(passage.text)
    return _card("", title, passage, address, escape_text(passage.text), _found(lead, passage, asked_in))


def _card(number: str, title: str, where: Citation | Passage, address: str, text: str, found: str) -> str:
    kind = "" if number else " card--lead"
    shown = f'<span class="card__number" aria-hidden="true">{number}</span>' if number else ""
    links = [f'<a class="card__read" href="{address}" data-reader>{both("read")}</a>']
    original = web_link(where.url)
    if original:
        links.append(_outward(original, both("original")))
    spoken = f'lang="{escape(where.language)}"'
    return (
        f'<article class="card{kind}"><header>{shown}'
        f'<p class="meta">{_meta(where.source, where.published, where.place)}</p></header>'
        f'<h4 class="card__title" {spoken}><a href="{address}" data-reader>{escape(title)}</a></h4>'
        f'<p class="card__text" {spoken}>{text}</p>{found}<footer>{"".join(links)}</footer></article>'
    )


def _found(found: Citation | SearchResult, where: Citation | Passage, asked_in: str) -> str:
    """The copies, and behind a toggle why this was found: what each leg of the search thought of it."""
    reasons = []
    if found.lexical_rank is not None:
        key = "found_translated" if where.language != asked_in else "found_words"
        reasons.append(both(key, rank=found.lexical_rank, score=found.lexical_score or 0.0))
    if found.dense_rank is not None:
        reasons.append(both("found_meaning", rank=found.dense_rank, score=found.dense_score or 0.0))
    listed = "".join(f"<li>{reason}</li>" for reason in reasons)
    why = f'<details class="why"><summary>{both("why")}</summary><ul>{listed}</ul></details>' if reasons else ""
    return f"{_also_in(found.also_in)}{why}"


def _quote_html(citation: Citation) -> str:
    if citation.short_start is None or citation.short_end is None:
        return escape_text(citation.quote)
    start, end = citation.short_start - citation.start, citation.short_end - citation.start
    if not 0 <= start < end <= len(citation.quote):
        return escape_text(citation.quote)
    short = f"<strong>{escape_text(citation.quote[start:end])}</strong>"
    return f"{escape_text(citation.quote[:start])}{short}{escape_text(citation.quote[end:])}"


def _also_in(copies: Sequence[Copy]) -> str:
    if not copies:
        return ""
    named = {copy.id: copy for copy in copies}.values()
    links = [f'<a href="{article_address(copy.id)}" data-reader>{escape(copy_name(copy))}</a>' for copy in named]
    return f'<p class="also">{both("also_in")}: {", ".join(links)}</p>'


def _meta(source: str, published: date | None, place: str) -> str:
    """Outlet, date and place, as far as they are known."""
    parts = [f'<span class="outlet">{escape(source)}</span>'] if source else []
    if published:
        parts.append(f'<time datetime="{published.isoformat()}">{both_dates(published)}</time>')
    if place:
        parts.append(f"<span>{escape(place)}</span>")
    return " · ".join(parts)


def _outward(address: str, label: str) -> str:
    return (
        f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{label}'
        f'<span class="vh"> {both("new_window")}</span></a>'
    )


# ---- articles -----------------------------------------------------------------------------------------------------


def article_html(article: Article, asked_id: str) -> str:
    """The whole article, typeset for reading.

    Each paragraph says where it starts in the article's text, in characters, so that the page's script can mark
    ``#c=<start>-<end>``: what it marks is ``article.text[start:end]``.
    """
    paragraphs = "".join(
        f'<p data-start="{line.start()}">{escape_text(line[0])}</p>' for line in re.finditer(r"[^\n]+", article.text)
    )
    byline = f'<p class="byline">{both("by")} {escape(", ".join(article.authors))}</p>' if article.authors else ""
    original = web_link(article.url)
    links = [_outward(original, both("original"))] if original else []
    links.append(f'<a class="permanent" href="{article_address(asked_id)}">{both("permanent")}</a>')
    return (
        f'<article class="story" lang="{escape(article.language)}"><p class="meta">'
        f"{_meta(article.source, article.published, article.place)}</p>"
        f"<h1>{escape(display_title(article))}</h1>{byline}"
        f'<div class="story__text">{paragraphs}</div>{_also_in(article.copies)}'
        f"<footer>{''.join(links)}</footer></article>"
    )


def display_title(article: Article | None) -> str:
    """The title, or how the text begins where there is none."""
    if article is None:
        return "—"
    return article.title.strip() or _opening(article.text)


def _opening(text: str) -> str:
    words = text.split()
    return " ".join(words[:_TITLE_WORDS]).rstrip(" ,;:-–—") + (" …" if len(words) > _TITLE_WORDS else "")


def article_address(article_id: str, start: int | None = None, end: int | None = None) -> str:
    """The permanent address of an article, or of a place in it, escaped for an attribute."""
    place = "" if start is None or end is None else f"#c={start}-{end}"
    return f"/article/{quote(article_id, safe='')}{place}"


def quote_address(citation: Citation) -> str:
    """The permanent address of a quote, escaped for an attribute."""
    return article_address(citation.article_id, citation.start, citation.end)


def web_link(url: str) -> str | None:
    """The address if it is an ordinary one of the web (http or https, with a host), else None."""
    try:
        parts = urlsplit(url.strip())
        return parts.geturl() if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def _attribute(text: str) -> str:
    """Text as the value of an attribute, line breaks and all."""
    return escape(text).replace("\r", "&#13;").replace("\n", "&#10;")


def escape_text(text: str) -> str:
    """Text as HTML that a browser gives back character by character: it would turn a bare CR into LF."""
    return escape(text, quote=False).replace("\r", "&#13;")
