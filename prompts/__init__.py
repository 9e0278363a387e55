"""Every fixed text said to, or expected from, whoever writes answers: files, each read once and checked.

``refusal.<language>.txt`` is the one phrase that says "not in the articles". Answers, tests and whatever reads
an answer back (a follow-up, a language model's reply) share it. ``answer.<language>.txt`` and
``rewrite.<language>.txt`` are said to a language model; a folder of the user's may hold its own of these.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

__all__ = ["PLACEHOLDERS", "PromptError", "Prompts", "load_prompts", "prompt", "refusal", "refusals"]

_LANGUAGES = ("id", "en")

# What each prompt to a language model is given, and has to use.
PLACEHOLDERS: Final[dict[str, frozenset[str]]] = {
    "answer": frozenset({"date", "refusal", "evidence", "history", "question"}),
    "rewrite": frozenset({"history", "question"}),
}
_DIVIDER: Final = re.compile(r"^---[ \t]*$", re.MULTILINE)


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


# ---- what is said to a language model -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prompts:
    """The prompts to a language model, checked. ``texts`` are by file name without its ending: "answer.id"."""

    texts: Mapping[str, str]

    def fill(self, name: str, language: str, **values: str) -> tuple[str, str]:
        """The system's and the user's message of a prompt, for "id" or "en" (English for any other language)."""
        text = self.texts[f"{name}.{language if language in _LANGUAGES else 'en'}"]
        system, user = _DIVIDER.split(text)
        return Template(system).substitute(values).strip(), Template(user).substitute(values).strip()


def load_prompts(folder: str | Path = "") -> Prompts:
    """The shipped prompts, each replaced by the file of the same name in ``folder`` where there is one.

    Raises PromptError for a folder or file that cannot be read, a file whose name is no prompt's, a placeholder
    that is missing or unknown, and a prompt without its ``---`` line.
    """
    names = [f"{name}.{language}" for name in PLACEHOLDERS for language in _LANGUAGES]
    texts = {name: _checked(_text(name), name, f"prompts/{name}.txt") for name in names}
    if not folder:
        return Prompts(texts)
    if not Path(folder).is_dir():
        raise PromptError(f"the folder of prompts {folder} does not exist.")
    for path in sorted(Path(folder).glob("*.txt")):
        if path.stem not in names:
            near = difflib.get_close_matches(path.stem, names, n=1, cutoff=0.0)[0]
            raise PromptError(f"{path} is not the name of a prompt: did you mean {near}.txt?")
        try:
            texts[path.stem] = _checked(path.read_text("utf-8-sig"), path.stem, str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise PromptError(f"cannot read the prompt {path}: save it as UTF-8 text.") from error
    return Prompts(texts)


def _checked(text: str, name: str, where: str) -> str:
    """The text of a prompt, when it has one divider and exactly its placeholders."""
    template = Template(text)
    if not template.is_valid():
        raise PromptError(f"{where} has a $ with no name behind it: write $$ for a dollar sign.")
    wanted, found = PLACEHOLDERS[name.split(".")[0]], set(template.get_identifiers())
    if found - wanted:
        known = ", ".join(f"${one}" for one in sorted(wanted))
        raise PromptError(f"{where} has the unknown placeholder ${min(found - wanted)}: it can use {known}.")
    if wanted - found:
        raise PromptError(f"{where} lacks the placeholder ${min(wanted - found)}.")
    if len(_DIVIDER.findall(text)) != 1:
        raise PromptError(f"{where} needs exactly one line ---, between the rules and the question.")
    return text
