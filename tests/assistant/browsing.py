"""The chat page in Chromium: a visitor who asks, and nothing that leaves the machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.conftest import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["Visitor", "answered", "ask", "piece", "started"]


@contextmanager
def started() -> Iterator[Browser]:
    """Debian's Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visitor:
    """Opens pages, each as somebody new, and notes every request to elsewhere and every error in the browser."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.troubles: list[str] = []
        self._leaving = False

    def __call__(self, address: str, path: str = "/", locale: str = "id-ID", width: int = 1280) -> Page:
        context = self._browser.new_context(
            locale=locale,
            viewport={"width": width, "height": 800},
            permissions=["clipboard-read", "clipboard-write"],
        )
        page = context.new_page()

        def note_request(url: str) -> None:
            if not url.startswith((address, "data:", "blob:")):
                self.troubles.append(f"request to {url}")

        def note_console(kind: str, text: str) -> None:
            if kind == "error" and not self._leaving:  # Gradio complains of its own streams when a page is closed
                self.troubles.append(f"console {text}")

        page.on("request", lambda request: note_request(request.url))
        page.on("websocket", lambda socket: note_request(socket.url))
        page.on("pageerror", lambda error: self.troubles.append(f"error {error}"))
        page.on("dialog", lambda dialog: self.troubles.append(f"dialog {dialog.message}"))
        page.on("console", lambda told: note_console(told.type, told.text))
        page.goto(address + path)
        if path == "/":
            page.wait_for_selector("#question textarea")
            page.locator("#welcome .welcome__count").wait_for(state="attached")  # Gradio's first call is over
        return page

    def leave(self) -> None:
        """Close all pages."""
        self._leaving = True
        for context in self._browser.contexts:
            context.close()
        self._leaving = False


def ask(page: Page, question: str) -> str:
    """Type a question, press Enter, wait until its answer is whole; gives what is shown of it."""
    before = piece(page)
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    return answered(page, question, before)


def piece(page: Page) -> str:
    """Which piece of an answer is shown; none is the same as another."""
    return str(page.evaluate("document.querySelector('#current .turn')?.dataset.piece || ''"))


def answered(page: Page, question: str, before: str = "") -> str:
    """Wait until the answer to a question is whole; gives what is shown of it. ``before`` is the piece that was shown
    when it was asked, which the same question's answer of then may be.
    """
    shown = page.locator(f"#current .turn:not([hidden]):not([data-piece='{before}'])").filter(has_text=question)
    shown.locator(".verdict, .answer--failed").wait_for()
    page.wait_for_selector("body:not([data-busy])")
    return shown.locator(".turn__main").inner_text()
