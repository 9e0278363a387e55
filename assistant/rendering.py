"""How an answer is written out: Markdown with [1] marks, in the question's language.

Text that comes from articles is escaped: in an answer it is neither link nor image, neither HTML nor layout.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from assistant.answer import Citation
from assistant.messages import copy_name, date_in_words, say, where_it_was
from index import SearchResult
from prompts import refusal

__all__ = [
    "Statement",
    "as_plain",
    "escape",
    "render_answer",
    "render_closest",
    "render_none",
    "render_note",
    "render_quotes",
    "render_struck",
    "render_written",
]

_LEAD_CHARACTERS: Final = 160  # of a lead's text; the passage itself is a click away
_SPECIAL: Final = re.compile(r"[\\`*_\[\]~@|]")
_STARTS_BLOCK: Final = re.compile(r"^([#>=]|[+-](?=[\s-]|$)|\d{1,9}[.)](?=\s|$))")
_FULL_STOP: Final = re.compile(r"(?<![.!?…])[.!?…]+$")
_SCHEME: Final = re.compile(r"(?<=:)//|(?<=www)\.", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """What one or several sources say: a short answer (or None: the quote is the answer) and its proofs.

    ``resolved`` is the day that a short answer without a year means, worked out from its article's date.
    """

    short: str | None
    citations: tuple[Citation, ...]
    resolved: date | None = None


def escape(text: str) -> str:
    """Article text as it is safe inside Markdown, on one line."""
    line = re.sub(r"\s+", " ", text).strip()
    line = html.escape(line, quote=False)
    line = _SPECIAL.sub(r"\\\g<0>", line).replace("$$", r"\$\$")
    line = _SCHEME.sub(lambda match: "\\" + "\\".join(match[0]), line)
    return _STARTS_BLOCK.sub(lambda match: f"{match[1][:-1]}\\{match[1][-1]}", line)


def as_plain(markdown: str) -> str:
    """The same words for a pipe or a terminal without colours: no emphasis, no escapes."""
    text = re.sub(r"(?<!\\)\*\*", "", markdown)
    text = re.sub(r"(?<!\\)\\([\\`*_\[\]~@|#>+=.)/$-])", r"\1", text)
    return html.unescape(text)


def render_answer(statements: Sequence[Statement], language: str, note: str = "") -> str:
    """The first statement with its quote and who agrees, then what the other sources say instead."""
    first, *others = statements
    parts = [*_note(note, language), *_said(first, language)]
    if others:
        parts.append(say("others", language))
    for other in others:
        parts += _said(other, language)
    return "\n\n".join(parts)


def render_closest(citation: Citation, language: str, note: str = "") -> str:
    """A passage that may help, shown as just that."""
    return "\n\n".join([*_note(note, language), say("closest", language), _quote(citation, language)])


def render_none(reason: str, leads: Sequence[SearchResult], language: str) -> str:
    """Not in the archive, why, and where to read on."""
    parts = [f"**{refusal(language)}.** {escape(reason)}"]
    if leads:
        lines = [f"- {_lead(result, language)}" for result in leads]
        parts.append("\n".join([say("leads", language), "", *lines]))
    return "\n\n".join(parts)


# ---- what a language model wrote ----------------------------------------------------------------------------------


def render_written(text: str, numbers: Sequence[int]) -> str:
    """A sentence of a language model's that its sources support, with its marks before the full stop."""
    stop = _FULL_STOP.search(text)
    end = stop.start() if stop else len(text)
    marks = "".join(f"[{number}]" for number in numbers)
    return f"{escape(text[:end])} {marks}{text[end:]}"


def render_struck(text: str, missing: Sequence[str], language: str) -> str:
    """A sentence that its sources do not support, and what of it is not in them (all of it where none is named)."""
    named = ", ".join(f"“{escape(one)}”" for one in missing)
    label = say("not_in_source", language)
    return f"~~{escape(text)}~~ *({label}{': ' if named else ''}{named})*"


def render_quotes(citations: Sequence[Citation], language: str) -> str:
    """The proofs below an answer, in the order of their numbers."""
    return "\n\n".join(_quote(citation, language) for citation in citations)


def render_note(sentence: str) -> str:
    """Something that has to be said about an answer."""
    return f"*{escape(sentence)}*"


def _note(note: str, language: str) -> list[str]:
    """What the search had to give up, before what it then found."""
    return [render_note(f"{note} {say('whole_archive', language)}")] if note else []


def _said(statement: Statement, language: str) -> list[str]:
    """The short answer, its quote, and who else says so."""
    parts = [_headline(statement, language)] if statement.short else []
    parts.append(_quote(statement.citations[0], language))
    if len(statement.citations) > 1:
        named = ", ".join(f"{_where(one, language)} [{one.number}]" for one in statement.citations[1:])
        parts.append(f"{say('agree', language)} {named}.")
    return parts


def _headline(statement: Statement, language: str) -> str:
    marks = " ".join(f"[{citation.number}]" for citation in statement.citations)
    resolved = ""
    if statement.resolved is not None:
        resolved = f" ({say('resolved', language, date=date_in_words(statement.resolved, language))})"
    return f"**{escape(statement.short or '')}**{resolved} {marks}"


def _quote(citation: Citation, language: str) -> str:
    lines = [f"> {escape(citation.quote)}", ">", f"> — {_where(citation, language)}"]
    if citation.language != language:
        lines[-1] += f" ({say('quote_language', language, tongue=say(citation.language, language))})"
    lines[-1] += f" [{citation.number}]"
    if citation.also_in:
        names = dict.fromkeys(escape(copy_name(copy)) for copy in citation.also_in)
        lines[-1] += f"  \n> {say('also_in', language)}: {', '.join(names)}"
    return "\n".join(lines)


def _where(citation: Citation, language: str) -> str:
    return escape(where_it_was(citation.source, citation.title or citation.article_id, citation.published, language))


def _lead(result: SearchResult, language: str) -> str:
    passage = result.passage
    where = where_it_was(passage.source, "", passage.published, language)
    text = re.sub(r"\s+", " ", passage.title or passage.text).strip()
    if len(text) > _LEAD_CHARACTERS:
        text = text[:_LEAD_CHARACTERS].rsplit(" ", 1)[0] + " …"
    return f"{escape(text)} — {escape(where)}"
