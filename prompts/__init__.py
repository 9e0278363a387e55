"""Every fixed text said to, or expected from, whoever writes answers: files, each read once and checked.

``refusal.<language>.txt`` is the one phrase that says "not in the articles". Answers, tests and whatever reads
an answer back (a follow-up, a language model's reply) share it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from string import Template

__all__ = ["PromptError", "prompt", "refusal", "refusals"]

_LANGUAGES = ("id", "en")


class PromptError(Exception):
    """A prompt file is missing, empty, or lacks a value for one of its placeholders."""


@cache
def _text(name: str) -> str:
    try:
        text = (files("prompts") / f"{name}.txt").read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise PromptError(f"prompts/{name}.txt is missing: install Tanya again.") from error
    if not text:
        raise PromptError(f"prompts/{name}.txt is empty: install Tanya again.")
    return text


def prompt(name: str, **values: str) -> str:
    """The text of ``prompts/<name>.txt`` with its ``$placeholders`` filled; PromptError names a missing one."""
    text = _text(name)
    missing = sorted(set(re.findall(r"\$([a-z_]+)", text)) - set(values))
    if missing:
        raise PromptError(f"prompts/{name}.txt needs a value for ${missing[0]}.")
    return Template(text).substitute(values)


def refusal(language: str) -> str:
    """The phrase that says that the archive does not hold the answer, in the question's language."""
    return prompt(f"refusal.{language}")


@cache
def refusals() -> dict[str, str]:
    """The phrase in every language, by language."""
    return {language: refusal(language) for language in _LANGUAGES}
