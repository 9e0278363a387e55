"""What a server does not start with: settings and variables that would open it to strangers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from assistant.config import Config
from assistant.web.security import is_local_name

__all__ = ["dangerous_setting", "dangerous_variable"]

SHORTEST_TOKEN: Final = 16  # characters: at ten guesses a minute and 64 bits, longer than anyone lives
_GRADIO: Final = (
    "GRADIO_SHARE",
    "GRADIO_ALLOWED_PATHS",
    "GRADIO_VIBE_MODE",
    "GRADIO_HOT_RELOAD",
    "GRADIO_SSR_MODE",
    "GRADIO_MCP_SERVER",
    "GRADIO_DEBUG",
)
_TOKENS: Final = ("operator_token", "reader_token")


def dangerous_setting(config: Config) -> str | None:
    """Why a server does not start with these settings, as a sentence that says what to set; None where it does."""
    for name in _TOKENS:
        if 0 < len(getattr(config, name)) < SHORTEST_TOKEN:
            return (
                f"{name} is shorter than {SHORTEST_TOKEN} characters and could be guessed: choose another, "
                "for example what “openssl rand -hex 16” prints."
            )
    if config.reader_token and config.reader_token == config.operator_token:
        return "reader_token and operator_token are the same, so every reader could write: choose two."
    if not is_local_name(config.host) and not config.operator_token:
        return (
            f"host is “{config.host}”, which others can reach, and there is no operator token: set operator_token "
            "(or TANYA_OPERATOR_TOKEN) to a secret of your own, or host to 127.0.0.1."
        )
    return None


def dangerous_variable(environ: Mapping[str, str]) -> str | None:
    """A variable that would open the page to the world, or choose the code that reads the vectors; None without one.

    The vectors are opened without a look at the environment (index/chroma.py). Who sets such a variable expects
    something else than what would happen.
    """
    switched_on = (name for name in _GRADIO if environ.get(name, "").lower() not in ("", "0", "false", "no"))
    foreign = (
        name
        for name, value in environ.items()
        if value and name.upper().startswith("CHROMA_") and name.upper().endswith(("_IMPL", "_PROVIDER"))
    )
    return next(switched_on, None) or next(foreign, None)
