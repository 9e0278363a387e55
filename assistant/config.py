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

__all__ = ["CONFIG_FILE", "Config", "ConfigError", "has_display", "load_config"]

CONFIG_FILE: Final = "tanya.toml"
PREFIX: Final = "TANYA_"


class ConfigError(Exception):
    """A setting is unknown or has a value it cannot have; the message names it and where it was set."""


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting and its default.

    ``language`` is the language of messages where no question decides it ("id" or "en"); answers are always in
    the question's. ``answer_threshold`` is the lowest confidence that is shown as an answer, None for the one
    that the shipped models were calibrated with. An empty ``operator_token`` closes the routes that change the
    archive to everyone who is not on this machine. ``allow_fetch`` lets an operator add an article by its
    address on the web, which this machine then fetches.
    """

    data: str = "data"
    seeds: str = "seeds"
    embedder: str = ""
    query_prefix: str = ""
    passage_prefix: str = ""
    host: str = "127.0.0.1"
    port: int = 7860
    operator_token: str = ""
    max_file_mb: float = 20.0
    allow_fetch: bool = False
    answer_threshold: float | None = None
    language: str = "en"


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
    return _with(config, {name: value for name, value in given.items() if value is not None}, "the command line")


def has_display(environ: Mapping[str, str] | None = None) -> bool:
    """Whether this machine has a screen to open a browser on; elsewhere one would take over the terminal."""
    environ = os.environ if environ is None else environ
    return sys.platform in ("darwin", "win32") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


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


def _value(name: str, value: object, shown: str, where: str) -> str | int | float | None:
    """The value in the setting's own type, checked."""
    wanted = {
        "port": "a whole number from 0 to 65535",
        "max_file_mb": "a number above 0",
        "allow_fetch": '"true" or "false"',
        "answer_threshold": "a number from 0 to 1",
        "language": '"id" or "en"',
    }.get(name, "a text")
    try:
        if name == "port":
            checked: str | int | float | None = _number(value, whole=True, lowest=0, highest=65535)
        elif name == "max_file_mb":
            checked = _number(value, whole=False, lowest=1e-6, highest=1e6)
        elif name == "allow_fetch":
            checked = _truth(value)
        elif name == "answer_threshold":
            checked = None if value == "" else _number(value, whole=False, lowest=0, highest=1)
        elif not isinstance(value, str | Path) or (name == "language" and value not in ("id", "en")):
            raise ValueError
        else:
            checked = str(value)
    except ValueError as error:
        raise ConfigError(f"{shown} in {where} must be {wanted}, not {value!r}.") from error
    return checked


def _truth(value: object) -> bool:
    """A TOML boolean, or how one is written in a variable."""
    written = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or value.lower() not in written:
        raise ValueError
    return written[value.lower()]


def _number(value: object, *, whole: bool, lowest: float, highest: float) -> int | float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError
    number: int | float = int(value) if whole and not isinstance(value, float) else float(value)
    if (whole and isinstance(number, float)) or not lowest <= number <= highest:
        raise ValueError
    return number
