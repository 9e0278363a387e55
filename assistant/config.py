"""Settings: the only reader of the environment and of ``tanya.toml``.

The order of precedence, highest first: what the caller gives, ``TANYA_*`` variables, the file, the defaults
below. ``docs/configuration.md`` has a heading for every setting, and a test holds it to that.
"""

from __future__ import annotations

import difflib
import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

__all__ = ["CONFIG_FILE", "Config", "ConfigError", "has_display", "load_config"]

CONFIG_FILE: Final = "tanya.toml"
PREFIX: Final = "TANYA_"
CHROMA_TOKEN: Final = "CHROMA_API_KEY"  # Chroma's own variable


class ConfigError(Exception):
    """A setting is unknown or has a value it cannot have; the message names it and where it was set."""


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting and its default.

    ``archive`` is the address of an archive on PostgreSQL, or empty for one in the folder ``data``;
    ``vectors`` that of a Chroma server, likewise.
    ``language`` is the language of messages where no question decides it ("id" or "en"); answers are always in
    the question's. ``answer_threshold`` is the lowest confidence that is shown as an answer, None for the one
    that the shipped models were calibrated with. An empty ``operator_token`` closes the routes that change the
    archive to everyone who is not on this machine; a ``reader_token`` closes all of it to who has neither token.
    ``allow_fetch`` lets an operator add an article by its
    address on the web, which this machine then fetches.

    ``llm`` is "provider:model", or empty for answers without a language model; ``llm_deadline`` is in seconds,
    ``llm_window`` in tokens (0: the provider's usual). ``strict`` leaves out what the verifier finds unsupported
    instead of striking it.

    ``answers_at_once`` questions are worked on (0: as many as suits the machine) and ``answers_waiting`` more wait.
    ``log_format`` is "text" or "json"; ``log_questions`` lets what was asked into the log.
    """

    data: str = "data"
    archive: str = ""
    vectors: str = ""
    seeds: str = "seeds"
    embedder: str = ""
    query_prefix: str = ""
    passage_prefix: str = ""
    host: str = "127.0.0.1"
    port: int = 7860
    operator_token: str = ""
    reader_token: str = ""
    max_file_mb: float = 20.0
    allow_fetch: bool = False
    answer_threshold: float | None = None
    language: str = "en"
    llm: str = ""
    llm_url: str = ""
    llm_deadline: float = 30.0
    llm_window: int = 0
    prompts: str = ""
    strict: bool = False
    answers_at_once: int = 0
    answers_waiting: int = 256
    log_format: str = "text"
    log_questions: bool = False


def load_config(
    path: str | Path | None = None, environ: Mapping[str, str] | None = None, **given: str | int | float | None
) -> Config:
    """Read the settings; ``given`` overrides all where it is not None.

    Without a path, ``TANYA_CONFIG`` names the file, else ``tanya.toml`` in the current folder is read if it is
    there. Raises ConfigError for a missing named file, an unknown setting, or a value of the wrong kind.
    """
    environ = os.environ if environ is None else environ
    named = path or environ.get(f"{PREFIX}CONFIG")
    config = replace(Config(), language=_locale_language(environ))
    config = _with(config, _file(Path(named or CONFIG_FILE), required=named is not None), str(named or CONFIG_FILE))
    variables = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and name != f"{PREFIX}CONFIG"
    }
    config = _with(config, variables, "the environment", PREFIX)
    config = _with(config, {name: value for name, value in given.items() if value is not None}, "the command line")
    return replace(config, vectors=_with_token(config.vectors, environ.get(CHROMA_TOKEN, "")))


def has_display(environ: Mapping[str, str] | None = None) -> bool:
    """Whether this machine has a screen to open a browser on; elsewhere one would take over the terminal."""
    environ = os.environ if environ is None else environ
    return sys.platform in ("darwin", "win32") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def _with_token(address: str, token: str) -> str:
    """A Chroma server's address with the token of its own variable: over TLS alone, and where the address has none."""
    scheme, _, rest = address.partition("://")
    if not token or scheme != "chromas" or "@" in rest.split("/")[0]:
        return address
    return f"{scheme}://:{quote(token, safe='')}@{rest}"


def _locale_language(environ: Mapping[str, str]) -> str:
    """Indonesian where the machine's locale is, else English."""
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return "id" if locale.lower().startswith(("id", "in_id")) else "en"


def _file(path: Path, required: bool) -> Mapping[str, object]:
    if not required and not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"cannot read the settings in {path}: {error.strerror or error}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not a TOML file: {error}.") from error


def _with(config: Config, values: Mapping[str, object], where: str, prefix: str = "") -> Config:
    known = [field.name for field in fields(Config)]
    for name, value in values.items():
        shown = (prefix + name).upper() if prefix else name
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
            near = (prefix + near).upper() if prefix else near
            raise ConfigError(f"{shown} in {where} is not a setting: did you mean {near}?")
        checked: dict[str, Any] = {name: _value(name, value, shown, where)}
        config = replace(config, **checked)
    return config


@dataclass(frozen=True, slots=True)
class _Range:
    """The numbers that a setting may have."""

    lowest: float
    highest: float
    whole: bool = False
    empty: bool = False  # an empty text stands for "not set"


_NUMBERS: Final[dict[str, _Range]] = {
    "port": _Range(0, 65535, whole=True),
    "max_file_mb": _Range(1e-6, 1e6),
    "answer_threshold": _Range(0, 1, empty=True),
    "llm_deadline": _Range(1, 3600),
    "llm_window": _Range(0, 10_000_000, whole=True),
    "answers_at_once": _Range(0, 1_000, whole=True),
    "answers_waiting": _Range(0, 100_000, whole=True),
}
_SWITCHES: Final = ("allow_fetch", "strict", "log_questions")
_CHOICES: Final = {"language": ("id", "en"), "log_format": ("text", "json")}
_ON: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}
_WANTED: Final = {
    "port": "a whole number from 0 to 65535",
    "max_file_mb": "a number above 0",
    "answer_threshold": "a number from 0 to 1",
    **{name: " or ".join(f'"{choice}"' for choice in choices) for name, choices in _CHOICES.items()},
    "llm_deadline": "a number of seconds from 1 to 3600",
    "llm_window": "a whole number of tokens",
    "answers_at_once": "a whole number from 0 to 1000",
    "answers_waiting": "a whole number from 0 to 100000",
    **dict.fromkeys(_SWITCHES, '"true" or "false"'),
}


def _value(name: str, value: object, shown: str, where: str) -> str | int | float | None:
    """The value in the setting's own type, checked."""
    try:
        if name in _NUMBERS:
            return _number(value, _NUMBERS[name])
        if name in _SWITCHES:
            return value if isinstance(value, bool) else _ON[str(value).lower()]
        if not isinstance(value, str | Path) or value not in _CHOICES.get(name, (value,)):
            raise ValueError
        return str(value)
    except (ValueError, KeyError) as error:
        raise ConfigError(f"{shown} in {where} must be {_WANTED.get(name, 'a text')}, not {value!r}.") from error


def _number(value: object, allowed: _Range) -> int | float | None:
    if value == "" and allowed.empty:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError
    number: int | float = int(value) if allowed.whole and not isinstance(value, float) else float(value)
    if (allowed.whole and isinstance(number, float)) or not allowed.lowest <= number <= allowed.highest:
        raise ValueError
    return number
