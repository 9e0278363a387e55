"""One question and its answer as HTML: the answer at the left, its sources at the right, and what to do with both."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import date
from html import escape
from itertools import groupby
from typing import Final

from assistant.answer import Answer, Citation
from assistant.api_schema import Ask
from assistant.messages import say, where_it_was
from assistant.rendering import as_plain
from assistant.web.markup import (
    answer_html,
    article_address,
    escape_text,
    lead_card,
    mark_html,
    source_card,
)
from assistant.web.words import PAGE_LANGUAGES, both, both_dates, in_attribute
from index import Index
from index.articles import outlets
from prompts import refusal

__all__ = ["answered_html", "arriving_html", "failed_html"]

SURE: Final = 0.8  # confidence is calibrated: of answers said with 0.8, four in five are right
FAIRLY_SURE: Final = 0.6
_KEPT_ANSWER: Final = 2_000  # characters of an answer that the browser keeps and sends along with a follow-up


def arriving_html(question: str, text: str = "") -> str:
    """A question whose answer is not whole yet; ``text`` is what has arrived of it."""
    if text:
        body = f'<div class="answer answer--arriving">{answer_html(_without_others(text))}</div>'
    else:
        body = f'<div class="answer answer--waiting" role="status"><p>{both("searching")}</p></div>'
    return _turn(question, body)


def answered_html(asked: Ask, answer: Answer, index: Index) -> str:
    """A question with its whole answer, its sources and its actions."""
    kept = {
        "id": secrets.token_urlsafe(12),
        **_request(asked),
        "answer": as_plain(answer.text)[:_KEPT_ANSWER],
        "markdown": answer.text,
        "outcome": answer.outcome,
        "limits": json.loads(json.dumps([answer.since, answer.until, answer.source], default=date.isoformat)),
        "articles": list(dict.fromkeys(citation.article_id for citation in answer.citations)),
        "sources": [_copied(citation, answer.language) for citation in answer.citations],
    }
    body = f'<div class="answer answer--{answer.outcome}">{_said(asked, answer)}</div>{_actions()}'
    return _turn(asked.question, body, _sources(answer, index), kept)


def failed_html(asked: Ask | str, sentence: str, detail: str = "") -> str:
    """A question that could not be answered because something failed: an error, never "not in the archive"."""
    question = asked if isinstance(asked, str) else asked.question
    kept = {"failed": True, **({"question": question} if isinstance(asked, str) else _request(asked))}
    more = f'<p class="failure__detail">{detail}</p>' if detail else ""
    retry = (
        f'<div class="actions"><button type="button" class="act act--retry" data-retry>{both("retry")}</button></div>'
    )
    body = f'<div class="answer answer--failed" role="alert"><p>{sentence}</p>{more}</div>{retry}'
    return _turn(question, body, "", kept)


def _turn(question: str, body: str, sources: str = "", kept: dict[str, object] | None = None) -> str:
    # Gradio leaves the page alone where the same comes again, as a refusal of the same question may; none is the same.
    piece = secrets.token_hex(4)
    data = "" if kept is None else f' data-turn="{escape(json.dumps(kept, ensure_ascii=False))}"'
    return (
        f'<section class="turn" data-piece="{piece}"{data}><div class="turn__main">'
        f'<h2 class="turn__question" tabindex="-1"><span class="vh">{both("you_asked")}: </span>{escape(question)}</h2>'
        f"{body}</div>"
        f'<aside class="turn__sources" {in_attribute("aria-label", "sources")}>{sources}</aside></section>'
    )


def _request(asked: Ask) -> dict[str, object]:
    """The question as the page asks it again, for another try or in a shared address."""
    kept: dict[str, object] = asked.model_dump(
        mode="json", include={"question", "since", "until", "source", "language", "implied"}
    )
    return kept


# ---- what is said -------------------------------------------------------------------------------------------------


def _said(asked: Ask, answer: Answer) -> str:
    parts = [_limits(asked, answer)]
    if answer.rewritten:
        parts.append(
            f'<p class="turn__understood">{both("understood")}: <em>{escape(answer.rewritten)}</em> <button '
            f'type="button" class="link" data-edit="{escape(answer.rewritten)}">{both("edit")}</button></p>'
        )
    parts.append(f'<p class="verdict verdict--{answer.outcome}">{both(_verdict(answer))}</p>')
    if answer.outcome == "none":
        parts.append(
            f'<p class="absent" lang="{answer.language}"><strong>{escape(refusal(answer.language))}.</strong> '
            f"{escape(answer.reason or '')}</p>"
        )
        return "".join(parts)
    text = _without_others(answer.text)
    parts.append(f'<div class="said" lang="{answer.language}">{answer_html(text, answer.citations)}</div>')
    return "".join(parts) + _compared(answer.citations) + _written(answer)


def _written(answer: Answer) -> str:
    """Whose words these are, where they are a language model's, and why they are not."""
    notes = [both("written_by", name=answer.written_by)] if answer.written_by else []
    if answer.writer_failure:
        notes.append(f'<span lang="{answer.language}">{escape(answer.writer_failure)}</span>')
    return f'<p class="written">{" ".join(notes)}</p>' if notes else ""


def _verdict(answer: Answer) -> str:
    if answer.outcome != "answer":
        return answer.outcome
    return "sure" if answer.confidence >= SURE else "fairly_sure" if answer.confidence >= FAIRLY_SURE else "unsure"


def _without_others(text: str) -> str:
    """An answer without what other sources say instead: the page shows that side by side."""
    for language in PAGE_LANGUAGES:
        text = text.partition(f"\n\n{say('others', language)}\n\n")[0]
    return text


def _compared(citations: Sequence[Citation]) -> str:
    """Sources that disagree, side by side, the oldest first; nothing where they agree."""
    statements = [list(group) for _, group in groupby(citations, key=lambda citation: citation.statement)]
    if len(statements) < 2:
        return ""
    statements.sort(key=lambda group: group[0].published or date.min)
    sides = "".join(f'<li class="side">{_side(group)}</li>' for group in statements)
    return f'<section class="compared"><h3>{both("disagree")}</h3><ol>{sides}</ol></section>'


def _side(citations: Sequence[Citation]) -> str:
    first = citations[0]
    when = both_dates(first.published) if first.published else both("undated")
    short = ""
    if first.short_start is not None and first.short_end is not None:
        words = first.quote[first.short_start - first.start : first.short_end - first.start]
        short = f'<p class="side__short" lang="{escape(first.language)}">{escape(words)}</p>'
    named = ", ".join(f"{escape(one.source or one.title)} {mark_html(one)}" for one in citations)
    return (
        f'<p class="side__date">{when}</p>{short}<p class="side__where">{named}</p>'
        f'<blockquote lang="{escape(first.language)}"><p>{escape_text(first.quote)}</p></blockquote>'
    )


# ---- what kept the search -----------------------------------------------------------------------------------------


def _limits(asked: Ask, answer: Answer) -> str:
    """What the search was kept to, each as a chip that asks again without it."""
    chips = []
    if answer.since or answer.until:
        chips.append(_chip("dates", _days(answer.since, answer.until)))
    chips += [_chip("source", escape(outlet), outlet) for outlet in outlets(answer.source)]
    if asked.language:
        chips.append(_chip("language", both(f"articles_{asked.language}")))
    if not chips:
        return ""
    given = asked.since or asked.until or asked.source or (asked.language and not (answer.since or answer.source))
    return f'<p class="limits"><span>{both("limited" if given else "implied")}:</span> {" ".join(chips)}</p>'


def _chip(limit: str, label: str, value: str = "") -> str:
    which = f' data-value="{escape(value)}"' if value else ""
    return (
        f'<button type="button" class="chip" data-without="{limit}"{which}><span class="vh">{both("remove_filter")}: '
        f'</span>{label}<span class="chip__x" aria-hidden="true"></span></button>'
    )


def _days(since: date | None, until: date | None) -> str:
    if since and until:
        return both_dates(since) if since == until else f"{both_dates(since)} – {both_dates(until)}"
    if since:
        return f"{both('from')} {both_dates(since)}"
    return f"{both('up_to')} {both_dates(until)}" if until else ""


# ---- sources ------------------------------------------------------------------------------------------------------


def _sources(answer: Answer, index: Index) -> str:
    """The cards beside an answer: its sources, then the nearest passages where it is not sure."""
    parts = []
    if answer.citations:
        cards = [
            source_card(citation, index.article(citation.article_id), answer.language) for citation in answer.citations
        ]
        parts.append(f'<h3 class="sources__title">{both("sources")}</h3>{"".join(cards)}')
    cited = {citation.article_id for citation in answer.citations}
    leads = [lead for lead in answer.leads if lead.passage.article_id not in cited]
    if leads:
        cards = [lead_card(lead, answer.language) for lead in leads]
        parts.append(f'<h3 class="sources__title">{both("leads")}</h3>{"".join(cards)}')
    return "".join(parts) or f'<p class="sources__none">{both("no_leads")}</p>'


def _copied(citation: Citation, language: str) -> dict[str, object]:
    """A source as it stands below a copied answer."""
    title = citation.title or citation.article_id
    where = where_it_was(citation.source, "", citation.published, language)
    return {
        "number": citation.number,
        "named": f"{title} — {where}" if where != title else title,
        "address": article_address(citation.article_id, citation.start, citation.end),
        "url": citation.url,
    }


# ---- what to do with it -------------------------------------------------------------------------------------------


def _actions() -> str:
    def act(kind: str, attribute: str = "") -> str:
        return f'<button type="button" class="act act--{kind}" data-{attribute or kind}>{both(kind)}</button>'

    def vote(verdict: str) -> str:
        named = in_attribute("aria-label", f"vote_{verdict}")
        kind = f'class="act act--{verdict}" data-vote="{verdict}"'
        return f'<button type="button" {kind} aria-pressed="false" {named}></button>'

    copies = "".join(
        f'<button type="button" class="menu__item" data-copy="{form}">{both(f"copy_{form}")}</button>'
        for form in ("markdown", "plain")
    )
    return (
        f'<div class="actions" role="group" {in_attribute("aria-label", "this_answer")}><details class="menu">'
        f'<summary class="act act--copy">{both("copy")}</summary><div class="menu__items">{copies}</div></details>'
        f"{act('share')}{act('retry')}{act('print')}{vote('up')}{vote('down')}</div>"
        '<div class="follow-ups"></div>'
    )
