"""What the chat page has beside question and answer: frames that the page's script fills and shows."""

from __future__ import annotations

from assistant.web.words import in_attribute

__all__ = ["reader_frame"]


def reader_frame() -> str:
    """The dialog that shows an article over the chat; the script fills it."""
    return (
        f'<dialog id="reader" {in_attribute("aria-label", "read")}><div class="reader__bar">'
        f'<button type="button" class="reader__close" data-close {in_attribute("aria-label", "close")}>×</button></div>'
        '<div class="reader__body"></div></dialog>'
    )
