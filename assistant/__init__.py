"""Answers over an archive of articles, each proved by an exact quote.

What is named here is imported when it is first used, so that ``tanya --help`` does not wait for an index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.answer import Answer, Citation, Outcome, Turn
    from assistant.assistant import AnswerStream, Assistant, QuoteError
    from assistant.config import Config, ConfigError, load_config
    from assistant.writing.providers import ProviderError

__all__ = [
    "Answer",
    "AnswerStream",
    "Assistant",
    "Citation",
    "Config",
    "ConfigError",
    "Outcome",
    "ProviderError",
    "QuoteError",
    "Turn",
    "load_config",
]

_HOMES = {
    **dict.fromkeys(("Answer", "Citation", "Outcome", "Turn"), "assistant.answer"),
    **dict.fromkeys(("AnswerStream", "Assistant", "QuoteError"), "assistant.assistant"),
    **dict.fromkeys(("Config", "ConfigError", "load_config"), "assistant.config"),
    "ProviderError": "assistant.writing.providers",
}


def __getattr__(name: str) -> object:
    """A public name from the module that holds it."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'assistant' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
