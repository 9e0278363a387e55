"""Answers and articles as HTML.

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

from assistant.answer import Answer, Citation
from assistant.messages import copy_name
from assistant.web.words import both, both_dates, in_attribute
from index import Article, Copy, Passage
from prompts import refusal

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
    "error_html",
    "lead_card",
    "source_card",
    "turn_html",
    "web_link",
]

SURE: Final = 0.8  # confidence is calibrated: of answers said with 0.8, four in five are right
FAIRLY_SURE: Final = 0.6
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
    return _mark(env["citations"][tokens[place].meta["number"]])


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("zero", {"html": False}).enable(
        ["emphasis", "blockquote", "list", "escape", "entity", "newline"]
    )
    markdown.inline.ruler.push("citation", _citation_rule)
    markdown.add_render_rule("citation", _render_mark)
    return markdown


_MARKDOWN: Final = _markdown()


def answer_html(text: str, citations: Sequence[Citation] = ()) -> str:
    """An answer's Markdown as HTML: paragraphs, emphasis, quotes and lists, and marks that lead to the sources."""
    return str(_MARKDOWN.render(text, {"citations": {citation.number: citation for citation in citations}}))


def _mark(citation: Citation) -> str:
    named = in_attribute("aria-label", "source", number=citation.number)
    title = escape(citation.source or citation.title)
    return (
        f'<a class="cite" href="{_quote_address(citation)}" data-reader title="{title}" {named}>{citation.number}</a>'
    )


def turn_html(question: str, answer: Answer | None = None, text: str = "") -> str:
    """One question with its answer; ``text`` is what has arrived of an answer that is not whole yet."""
    if answer is not None:
        body = _answered(answer)
    elif text:
        body = f'<div class="answer answer--arriving">{answer_html(text)}</div>'
    else:
        body = f'<div class="answer answer--waiting" role="status"><p>{both("searching")}</p></div>'
    return f'<section class="turn">{_asked(question)}{body}</section>'


def _asked(question: str) -> str:
    return f'<h2 class="turn__question"><span class="vh">{both("you_asked")}: </span>{escape(question)}</h2>'


def _answered(answer: Answer) -> str:
    parts = []
    if answer.rewritten:
        parts.append(f'<p class="turn__understood">{both("understood")}: <em>{escape(answer.rewritten)}</em></p>')
    parts.append(f'<p class="verdict verdict--{answer.outcome}">{both(_verdict(answer))}</p>')
    if answer.outcome == "none":
        parts.append(
            f'<p class="absent" lang="{answer.language}"><strong>{escape(refusal(answer.language))}.</strong> '
            f"{escape(answer.reason or '')}</p>"
        )
    else:
        parts.append(f'<div lang="{answer.language}">{answer_html(answer.text, answer.citations)}</div>')
    return f'<div class="answer answer--{answer.outcome}">{"".join(parts)}</div>'


def _verdict(answer: Answer) -> str:
    if answer.outcome != "answer":
        return answer.outcome
    return "sure" if answer.confidence >= SURE else "fairly_sure" if answer.confidence >= FAIRLY_SURE else "unsure"


def error_html(question: str, sentence: str, detail: str = "") -> str:
    """A question that could not be answered because something failed: an error, never "not in the archive"."""
    more = f'<p class="failure__detail">{detail}</p>' if detail else ""
    return (
        f'<section class="turn">{_asked(question)}<div class="answer answer--failed" role="alert">'
        f"<p>{sentence}</p>{more}</div></section>"
    )


# ---- sources ------------------------------------------------------------------------------------------------------


def source_card(citation: Citation, article: Article | None) -> str:
    """A source: its passage with the quote marked and the short answer stronger. ``article`` is None if it is gone."""
    if article is not None and article.text[citation.start : citation.end] == citation.quote:
        before = article.text[citation.passage_start : citation.start]
        after = article.text[citation.end : citation.passage_end]
    else:
        before = after = ""
    text = f"{_escape(before)}<mark>{_quote_html(citation)}</mark>{_escape(after)}"
    title = citation.title or display_title(article)
    return _card(
        str(citation.number), title, citation, _quote_address(citation), text, citation.language, citation.also_in
    )


def lead_card(passage: Passage, also_in: Sequence[Copy] = ()) -> str:
    """A passage that is near, though it does not answer."""
    address = article_address(passage.article_id, passage.start, passage.end)
    title = passage.title or _opening(passage.text)
    return _card("", title, passage, address, _escape(passage.text), passage.language, also_in)


def _card(
    number: str,
    title: str,
    where: Citation | Passage,
    address: str,
    text: str,
    language: str,
    also_in: Sequence[Copy],
) -> str:
    kind = "" if number else " card--lead"
    shown = f'<span class="card__number" aria-hidden="true">{number}</span>' if number else ""
    links = [f'<a class="card__read" href="{address}" data-reader>{both("read")}</a>']
    original = web_link(where.url)
    if original:
        links.append(_outward(original, both("original")))
    spoken = f'lang="{escape(language)}"'
    return (
        f'<article class="card{kind}"><header>{shown}'
        f'<p class="meta">{_meta(where.source, where.published, where.place)}</p></header>'
        f'<h3 class="card__title" {spoken}><a href="{address}" data-reader>{escape(title)}</a></h3>'
        f'<p class="card__text" {spoken}>{text}</p>{_also_in(also_in)}<footer>{"".join(links)}</footer></article>'
    )


def _quote_html(citation: Citation) -> str:
    if citation.short_start is None or citation.short_end is None:
        return _escape(citation.quote)
    start, end = citation.short_start - citation.start, citation.short_end - citation.start
    if not 0 <= start < end <= len(citation.quote):
        return _escape(citation.quote)
    short = f"<strong>{_escape(citation.quote[start:end])}</strong>"
    return f"{_escape(citation.quote[:start])}{short}{_escape(citation.quote[end:])}"


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
        f'<p data-start="{line.start()}">{_escape(line[0])}</p>' for line in re.finditer(r"[^\n]+", article.text)
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


def _quote_address(citation: Citation) -> str:
    return article_address(citation.article_id, citation.start, citation.end)


def web_link(url: str) -> str | None:
    """The address if it is an ordinary one of the web (http or https, with a host), else None."""
    try:
        parts = urlsplit(url.strip())
        return parts.geturl() if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def _escape(text: str) -> str:
    """Text as HTML that a browser gives back character by character: it would turn a bare CR into LF."""
    return escape(text, quote=False).replace("\r", "&#13;")
