"""What strangers send, checked: a question, a search, an id. Every refusal is a sentence."""

from __future__ import annotations

from typing import Final

__all__ = ["MAX_CITED", "MAX_HISTORY", "MAX_QUESTION", "unreadable"]

MAX_QUESTION: Final = 1_000  # characters; the longest of 3,700 real questions in the evaluation sets has 300
MAX_HISTORY: Final = 20  # turns; a follow-up looks back at the last answered one
MAX_CITED: Final = 6  # articles that one answer cites at most


def unreadable(text: str, what: str) -> str | None:
    """Why a text cannot be worked with, as a sentence; None where it can.

    NUL ends strings in C libraries below, and a lone surrogate has no UTF-8 form: neither is text anybody typed.
    """
    if "\0" in text:
        return f"The {what} contains a NUL character: remove it."
    try:
        text.encode()
    except UnicodeEncodeError:
        return f"The {what} contains characters that are not valid Unicode (lone surrogates): remove them."
    return None
