"""The chat page: Gradio's frame and queue, our own HTML in it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

import gradio as gr

from assistant.assistant import Assistant
from assistant.incoming import MAX_QUESTION
from assistant.web.chat import Conversation, converse
from assistant.web.frames import reader_frame
from assistant.web.pages import masthead
from assistant.web.words import both, word, words_for
from index import Index

__all__ = ["chat_page"]

PARALLEL: Final = 64  # questions answered at once; Gradio's default of 1 made 150 visitors wait 155 s (STACK.md 1.6)
WAITING: Final = 256  # questions in the queue before a visitor is told to come back
EXAMPLES: Final = 4
_SESSION_SECONDS: Final = 6 * 60 * 60  # a conversation that nobody came back to is forgotten


def chat_page(index: Index, assistant: Assistant) -> gr.Blocks:
    """The page as Gradio Blocks, to be mounted. What it shows of a visitor lives in that visitor's session."""
    ask = converse(index, assistant)

    def on_ask(question: str | None, conversation: Conversation) -> Iterator[tuple[object, ...]]:
        if not (question or "").strip():
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip(), conversation
            return
        past = "".join(conversation.shown)
        for shown in ask(question or "", conversation):
            sources = gr.skip() if shown.sources is None else shown.sources
            yield "", past, shown.current, sources, shown.conversation

    def on_clear() -> tuple[object, ...]:
        return "", "", "", "", Conversation()

    with gr.Blocks(title="Tanya", analytics_enabled=False, fill_width=True) as page:
        _html(_masthead(), elem_id="masthead")
        conversation = gr.State(Conversation(), time_to_live=_SESSION_SECONDS)
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="chat", min_width=0):
                welcome = _html(_welcome_before_the_first_visitor(), elem_id="welcome")
                past = _html("", elem_id="past")
                current = _html("", elem_id="current")
                with gr.Row(elem_id="composer"):
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
                    send = gr.Button(word("send", "en"), variant="primary", elem_id="send", scale=0, min_width=0)
            with gr.Column(elem_id="side", min_width=0):
                sources = _html("", elem_id="sources")
        clear = gr.Button(word("clear", "en"), elem_id="clear", scale=0, min_width=0)

        shown = [question, past, current, sources, conversation]
        gr.on(
            [question.submit, send.click],
            on_ask,
            [question, conversation],
            shown,
            concurrency_limit=PARALLEL,
            show_progress="hidden",
            trigger_mode="once",
            api_visibility="private",
        )
        clear.click(on_clear, None, shown, show_progress="hidden", api_visibility="private")
        page.load(lambda: _welcome(index, assistant), None, welcome, show_progress="hidden", api_visibility="private")
    page.queue(max_size=WAITING, default_concurrency_limit=PARALLEL)
    assert isinstance(page, gr.Blocks)  # Gradio's ``with`` has no types
    return page


def _html(value: str, elem_id: str) -> gr.HTML:
    """HTML as it is, without Gradio's style and script."""
    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=None)


def _masthead() -> str:
    tools = f'<button type="button" class="quiet" data-clear>{both("clear")}</button>'
    return (
        f"{masthead('ask', tools)}"
        f"{words_for('#question textarea', 'placeholder', 'placeholder')}"
        f"{words_for('#question textarea', 'aria-label', 'question')}{words_for('#send', 'aria-label', 'send')}"
        f"{reader_frame()}"
    )


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
