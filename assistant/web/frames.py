"""What the chat page has beside questions and answers: frames that the page's script fills and shows."""

from __future__ import annotations

from typing import Final

from assistant.web.feedback import REASONS
from assistant.web.words import both, in_attribute

__all__ = ["filters_frame", "history_frame", "peek_frame", "reader_frame", "reasons_frame", "said_frame"]

# What the script says by itself.
_SAID: Final = (
    "copied",
    "link_copied",
    "not_copied",
    "thanks",
    "not_sent",
    "stopped",
    "unreachable",
    "interrupted",
    "retry",
    "you_asked",
    "follow_ups",
    "delete",
    "delete_all",
    "delete_sure",
    "remove_filter",
    "from",
    "up_to",
    "articles_id",
    "articles_en",
)


def reader_frame() -> str:
    """The dialog that shows an article over the chat, with the ways from quote to quote."""

    def step(kind: str, sign: str) -> str:
        named = in_attribute("aria-label", f"{kind}_mark")
        return f'<button type="button" class="round" data-mark="{kind}" {named}>{sign}</button>'

    return (
        f'<dialog id="reader" {in_attribute("aria-label", "read")}><div class="reader__bar">'
        f'<div class="reader__marks" hidden>{step("previous", "↑")}{step("next", "↓")}'
        '<output class="reader__count"></output></div>'
        f'<button type="button" class="round reader__close" data-close {in_attribute("aria-label", "close")}>×</button>'
        '</div><div class="reader__body"></div></dialog>'
    )


def peek_frame() -> str:
    """The quote beside a mark that the pointer or the focus is on, and where short messages appear."""
    return '<div id="peek" role="tooltip" hidden></div><p id="told" role="status" aria-live="polite"></p>'


def history_frame() -> str:
    """The conversations that this browser keeps."""
    return (
        f'<dialog id="history" aria-labelledby="history-title"><div class="history__bar">'
        f'<h2 id="history-title">{both("history")}</h2>'
        f'<button type="button" class="round" data-close {in_attribute("aria-label", "close")}>×</button></div>'
        f'<p class="history__note">{both("history_note")}</p><ul class="history__list"></ul>'
        f'<p class="history__none">{both("history_none")}</p>'
        f'<button type="button" class="act history__all" data-delete-all>{both("delete_all")}</button></dialog>'
    )


def reasons_frame() -> str:
    """The form behind a vote; the script puts a copy of it below the answer."""
    asked = "".join(f'<legend data-verdict="{verdict}">{both(f"reasons_{verdict}")}</legend>' for verdict in REASONS)
    choices = "".join(
        f'<label class="choice" data-verdict="{verdict}"><input type="radio" name="reason" value="{reason}">'
        f"<span>{both(f'reason_{reason}')}</span></label>"
        for verdict, reasons in REASONS.items()
        for reason in reasons
    )
    return (
        f'<form class="reasons" id="reasons" hidden><fieldset>{asked}<div class="choices">{choices}</div></fieldset>'
        f'<label class="field"><span>{both("note")}</span>'
        '<input name="note" maxlength="500" autocomplete="off"></label>'
        f'<button type="submit" class="act act--strong">{both("send_reason")}</button></form>'
    )


def filters_frame() -> str:
    """Which articles may answer: the chips above the question, and the panel that they are set in."""

    def field(name: str, control: str) -> str:
        return f'<label class="field"><span>{both(f"filter_{name}")}</span>{control}</label>'

    languages = "".join(f'<option value="{code}">{name}</option>' for code, name in _LANGUAGES.items())
    fields = (
        field("since", '<input type="date" name="since" min="1900-01-01" max="2100-12-31">')
        + field("until", '<input type="date" name="until" min="1900-01-01" max="2100-12-31">')
        + field("language", f'<select name="language"><option value="">—</option>{languages}</select>')
        + _outlets()
    )
    return (
        f'<div class="filters"><details class="menu"><summary class="chip chip--filter">{both("filter")}</summary>'
        f'<form class="menu__items filters__panel">{fields}<button type="reset" class="act">{both("clear_filters")}'
        '</button></form></details><span class="filters__chosen"></span></div>'
    )


def _outlets() -> str:
    """Where outlets are ticked; the script fills the list, and leaves what was typed to narrow it."""
    return (
        f'<fieldset class="outlets"><legend>{both("filter_source")}</legend><label class="field">'
        f'<span class="vh">{both("find_outlet")}</span><input class="outlets__find" maxlength="200" '
        f'autocomplete="off" {in_attribute("placeholder", "find_outlet")}></label><ul class="outlets__list"></ul>'
        f'<p class="outlets__more" hidden>{both("more_outlets")}</p></fieldset>'
    )


_LANGUAGES: Final = {"id": "Bahasa Indonesia", "en": "English"}


def said_frame() -> str:
    """What the script says by itself, in both languages."""
    return f"<div hidden>{''.join(f'<span data-said={key}>{both(key)}</span>' for key in _SAID)}</div>"
