"""The chat page: Gradio's frame and queue, our own HTML in it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from html import escape
from typing import Final

import gradio as gr
import gradio.queueing

from assistant.api_schema import MAX_SOURCES
from assistant.assistant import Assistant
from assistant.incoming import MAX_QUESTION
from assistant.web.chat import busy_html, converse
from assistant.web.crowd import RETRY_AFTER, Crowd, TooMany
from assistant.web.frames import (
    filters_frame,
    history_frame,
    peek_frame,
    reader_frame,
    reasons_frame,
    said_frame,
)
from assistant.web.pages import masthead
from assistant.web.requests import LEFT, Requests
from assistant.web.words import both, word, words_for
from assistant.writing.deadline import Gone
from index import Index

__all__ = ["chat_page", "events_of"]

# Gradio hands on all questions at once, and ours is the queue (crowd.py): Gradio's own makes 150 visitors wait 155 s
# by default (STACK.md 1.6), and says nothing to who finds it full.
JOBS: Final = 2_048  # questions and page openings that Gradio keeps at once
SESSIONS: Final = 256  # tabs of which Gradio keeps what it showed last (50 kB each): our page needs none of it
THREADS: Final = 8  # of Gradio's own, for what it does before and after; the work is done in the queue's
LOOKING: Final = 0.01  # seconds between two looks of Gradio at its queue: 5 ms more before an answer begins
LOOKING_FOR_PROGRESS: Final = 1.0
OPENINGS: Final = 2  # of them, those that fill a page as it opens
EXAMPLES: Final = 4
OUTLETS: Final = MAX_SOURCES  # offered to be ticked; any other can be typed

log = logging.getLogger(__name__)


class _Logged:
    """In the place of ``traceback`` in Gradio's queue, which prints what failed with all that was asked."""

    @staticmethod
    def print_exc() -> None:
        """What is being handled, as our log says it."""
        log.error("the chat's queue failed", exc_info=True)


setattr(gradio.queueing, "traceback", _Logged)  # noqa: B010 - for the type checker it is a module


def chat_page(index: Index, assistant: Assistant, crowd: Crowd, seen: Requests) -> gr.Blocks:
    """The page as Gradio Blocks, to be mounted. The conversation itself is the browser's (chat.js)."""
    ask = converse(index, assistant)

    async def on_ask(question: str | None, request: str | None, visit: gr.Request) -> AsyncIterator[object]:
        if not (question or "").strip():
            yield gr.skip()
            return
        with seen.question(visit.headers) as outcome, crowd.visitor(visit.session_hash or "") as asker:
            pieces = ask(question or "", request or "", outcome.fail)

            def piece() -> str | None:
                with asker.asking():
                    return next(pieces, None)

            try:
                async with crowd.place(asker):
                    while (current := await crowd.work(piece)) is not None:
                        yield current
            except TooMany:
                outcome.status = 503
                yield busy_html(question or "", request or "", RETRY_AFTER)
            except Gone:
                outcome.status = LEFT

    def on_load() -> tuple[str, str]:
        return _welcome(index, assistant), _outlets(index)

    with gr.Blocks(title="Tanya", analytics_enabled=False, fill_width=True) as page:
        _html(_frames(), elem_id="masthead")
        with gr.Column(elem_id="desk", min_width=0):
            welcome = _html(_welcome_before_the_first_visitor(), elem_id="welcome")
            _html(f'<h1 class="vh">{both("tagline")}</h1><div id="thread"></div>', elem_id="past")
            current = _html("", elem_id="current")
            with gr.Column(elem_id="composer", min_width=0):
                _html(filters_frame(), elem_id="filters")
                with gr.Row(elem_id="asking"):
                    question = gr.Textbox(
                        lines=1,
                        max_lines=5,
                        max_length=MAX_QUESTION,
                        label=word("question", "en"),
                        show_label=False,
                        container=False,
                        placeholder=word("placeholder", "en"),
                        elem_id="question",
                        autofocus=True,
                        scale=1,
                        min_width=0,
                    )
                    send = gr.Button("", variant="primary", elem_id="send", scale=0, min_width=0)  # named by the script
                    stop = gr.Button("", elem_id="stop", scale=0, min_width=0)
        outlets = _html("", elem_id="outlets")
        request = gr.Textbox(visible=False)  # filled by the script as it asks
        clear = gr.Button(word("clear", "en"), elem_id="clear", scale=0, min_width=0)

        asking = gr.on(
            [question.submit, send.click],
            on_ask,
            [question, request],
            current,  # and never the box, where the next question may be being typed
            js="(question) => window.tanya.request(question)",
            concurrency_limit=None,
            show_progress="hidden",
            trigger_mode="multiple",  # the script lets one at a time through; "once" drops what follows a stop at once
            api_visibility="private",
        )
        asking.failure(None, js="() => window.tanya.failed()", api_visibility="private")
        stop.click(None, cancels=[asking], api_visibility="private")
        # In the browser alone: an answer of the server's could come after the next question and wipe it away.
        clear.click(None, None, current, js="() => ''", api_visibility="private")
        page.load(
            on_load,
            None,
            [welcome, outlets],
            concurrency_limit=OPENINGS,
            show_progress="hidden",
            api_visibility="private",
        )
    page.state_session_capacity = SESSIONS
    page.max_threads = JOBS  # which the queue takes for how many it may hand on at once
    page.queue(max_size=JOBS)
    page.max_threads = THREADS
    # It looks for something to do 1,000 times a second, and for news of 2,048 jobs' progress, of which there is none,
    # 100 times: together a twelfth of a core where nobody asks.
    page._queue.sleep_when_free, page._queue.progress_update_sleep_when_free = LOOKING, LOOKING_FOR_PROGRESS
    # Gradio takes a mounted page for one that is still being made, and hands out whatever file it is told of.
    page.has_launched = True
    assert isinstance(page, gr.Blocks)  # Gradio's ``with`` has no types
    return page


def events_of(page: gr.Blocks) -> dict[int, int]:
    """The events that the browser sends: Gradio's number of each, and how many texts come with it."""
    return {number: len(event.inputs) for number, event in page.fns.items() if event.fn is not None}


def _html(value: str, elem_id: str) -> gr.HTML:
    """HTML as it is, without Gradio's style and script."""
    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=None)


def _frames() -> str:
    tools = (
        f'<button type="button" class="quiet" data-history>{both("history")}</button>'
        f'<button type="button" class="quiet" data-clear>{both("clear")}</button>'
    )
    words_of_gradio = (
        words_for("#question textarea", "placeholder", "placeholder")
        + words_for("#question textarea", "aria-label", "question")
        + words_for("#send", "aria-label", "send")
        + words_for("#stop", "aria-label", "stop")
    )
    frames = reader_frame() + history_frame() + peek_frame() + reasons_frame() + said_frame()
    return f"{masthead('ask', tools)}{words_of_gradio}{frames}"


def _outlets(index: Index) -> str:
    """The outlets of the archive, for the script to offer in the filters."""
    options = "".join(f'<option value="{escape(name)}"></option>' for name in index.sources()[:OUTLETS])
    return f'<datalist id="outlet-names">{options}</datalist>'


def _welcome_before_the_first_visitor() -> str:
    """What is there before the archive has been asked for examples: the same height, so that nothing jumps."""
    return f'<div class="welcome"><h1>{both("tagline")}</h1><p class="welcome__promise">{both("promise")}</p></div>'


def _welcome(index: Index, assistant: Assistant) -> str:
    count = index.status().articles
    key = {0: "empty_archive", 1: "holdings_one"}.get(count, "holdings")
    examples = "".join(
        f'<li><button type="button" class="example" data-ask="{escape(example)}">{escape(example)}</button></li>'
        for example in assistant.examples(EXAMPLES)
    )
    offered = f'<h2>{both("try")}</h2><ul class="examples">{examples}</ul>' if examples else ""
    return (
        f'<div class="welcome"><h1>{both("tagline")}</h1><p class="welcome__promise">{both("promise")} '
        f'<span class="welcome__count">{both(key, count=count)}.</span></p>{offered}</div>'
    )
