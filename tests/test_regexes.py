"""Every regular expression of ours on adversarial text made from itself: none grows with the square of its input.

Up to 1 MB with ``TANYA_ATTACK=1`` (``make attack``), which is minutes long; else up to a size at which a square shows.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import os
import pkgutil
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any, Final

import pytest

import assistant
import index
import prompts
from assistant.incoming import MAX_QUESTION

LONG: Final = os.environ.get("TANYA_ATTACK") == "1"
SIZE: Final = 1_000_000 if LONG else 20_000  # characters: the mildest of the five below takes half a second
FIRST: Final = 500 if LONG else 5_000
SHORT: Final = 0.2 if LONG else 0.05  # seconds: shorter times are noise, or the beginning of a bounded repeat
SLOW: Final = 3.0  # seconds that one of those may take that only see so many characters
STEEP: Final = 10.0  # times the time for four times the text: 4 is linear, 16 is the square
GUARD: Final = 300  # seconds for one search, which only an exponential one needs
STRINGS: Final = 24 if LONG else 8  # of each pattern
# Those that only ever see so many characters, and where that is held.
BOUNDED: Final = {
    "assistant.refusals._PATTERNS": 500,  # in_indonesian
    "assistant.followup:188": MAX_QUESTION,  # the doors: api_schema, openai_api, mcp_server, page
    "assistant.known_items": 1_000,  # _drafts_of
    "assistant.web.mentions._BEFORE": 30,  # its only search
    "index.reading.gluing._LAST_WORD": 30,  # its only search
    "index.splitting._LAST_WORD": 24,  # its only search
    "index.reading.metadata._TRAILING": 200,  # its only sub
    "index.reading.draft._AUTHOR_BORDER": 2_000,  # its only split
}
METHODS: Final = ("search", "match", "fullmatch", "finditer", "findall", "sub", "split")


@dataclass(frozen=True)
class Ours:
    """A regular expression, where it stands, and whether it is only ever held against a text's beginning."""

    name: str
    pattern: re.Pattern[str]
    anchored: bool


def modules() -> Iterator[ModuleType]:
    """Every module of ours."""
    for package in (assistant, index, prompts):
        yield package
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if found.name == "index.migrations.env":
                continue  # Alembic runs it; it cannot be imported
            yield importlib.import_module(found.name)


def held(value: object, name: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    """The patterns in a value of a module."""
    if hasattr(value, "cache_info") and not inspect.signature(value).parameters:
        yield from held(value(), name)  # compiled when they are needed first
    elif isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield name, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from held(one, f"{name}[{key!r}]")
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from held(one, f"{name}[{number}]")


def written(module: ModuleType) -> Iterator[tuple[str, str, int, str]]:
    """Where patterns are written into calls of ``re``: line, pattern, flags, method."""
    assert module.__file__ is not None
    with open(module.__file__, encoding="utf-8") as source:
        tree = ast.parse(source.read())
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and node.args):
            continue
        method = ast.unparse(node.func).removeprefix("re.")
        if method in METHODS:
            try:
                made = eval(ast.unparse(node.args[0]), vars(module))
            except NameError:  # made of words that are only known later, each escaped
                continue
            flags = next((eval(ast.unparse(one.value)) for one in node.keywords if one.arg == "flags"), 0)
            yield f"{module.__name__}:{node.lineno}", made, flags, method


def ours() -> list[Ours]:
    """All of them, each once."""
    found: dict[tuple[str, int, bool], Ours] = {}
    for module in modules():
        assert module.__file__ is not None
        with open(module.__file__, encoding="utf-8") as file:
            source = file.read()
        for name, value in vars(module).items():
            used = set(re.findall(rf"\b{name}\.(\w+)\b", source)) & set(METHODS)
            anchored = bool(used) and used <= {"match", "fullmatch"}
            for place, pattern in held(value, f"{module.__name__}.{name}"):
                found.setdefault((pattern.pattern, pattern.flags, anchored), Ours(place, pattern, anchored))
        for place, text, flags, method in written(module):
            anchored = method in ("match", "fullmatch")
            found.setdefault((text, flags, anchored), Ours(place, re.compile(text, flags), anchored))
    return sorted(found.values(), key=lambda one: (one.name, one.pattern.pattern))


# ---- text against a pattern ---------------------------------------------------------------------------------------

_CATEGORY: Final = {"DIGIT": "1", "NOT_DIGIT": "a", "SPACE": " ", "NOT_SPACE": "a", "WORD": "a", "NOT_WORD": " "}


def samples(tree: Any) -> str:
    """A text that a parsed pattern is likely to match."""
    return "".join(_sample(kind, value) for kind, value in tree)


def _sample(kind: Any, value: Any) -> str:
    if kind is sre.LITERAL:
        return chr(value)
    if kind is sre.NOT_LITERAL:
        return "b" if value == ord("a") else "a"
    if kind is sre.ANY:
        return "a"
    if kind is sre.IN:
        return _of_class(value)[0]
    if kind is sre.BRANCH:
        return samples(value[1][0])
    if kind is sre.SUBPATTERN:
        return samples(value[-1])
    if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return samples(value[2]) * max(value[0], 1)
    return samples(value) if kind is sre.ATOMIC_GROUP else ""


def _of_class(items: Any) -> list[str]:
    """Some characters of a class; of one that is negated, some that it may hold."""
    inside: list[str] = []
    for kind, value in items:
        if kind is sre.LITERAL:
            inside.append(chr(value))
        elif kind is sre.RANGE:
            inside.append(chr(value[0]))
        elif kind is sre.CATEGORY:
            inside.append(_CATEGORY[str(value).removeprefix("CATEGORY_")])
    if items and items[0][0] is sre.NEGATE:
        return [one for one in "a 1.,\n" if one not in inside] or ["\u2603"]
    return inside or ["a"]


def repeated(tree: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """Each part of a pattern that may be repeated without end: what comes before it, and one turn of it."""
    for kind, value in tree:
        if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            if value[1] > 20:
                yield before, samples(value[2])
                for inner, items in value[2]:
                    if inner is sre.IN:
                        yield from ((before, one) for one in _of_class(items))
            yield from repeated(value[2], before)
        elif kind is sre.SUBPATTERN:
            yield from repeated(value[-1], before)
        elif kind is sre.BRANCH:
            for one in value[1][:8]:
                yield from repeated(one, before)
        elif kind in (sre.ASSERT, sre.ASSERT_NOT):
            yield from repeated(value[1], before)
        before += _sample(kind, value)


def attacks(pattern: re.Pattern[str]) -> list[Callable[[int], str]]:
    """Ways of making a text of about so many characters: turns without end, and matches that fail at their end."""
    tree = _parser.parse(pattern.pattern, pattern.flags)
    whole = samples(tree)
    pairs = [("", whole), ("", whole[:-1]), ("", whole[:1]), *repeated(tree)]
    turns = {(before, turn, end) for before, turn in pairs if turn for end in ("\x00", "", whole[-1:] + "\x00")}
    # The same with what leads to a turn repeated too: each beginning then has the whole rest to go through.
    turns |= {("", before + turn, "\x00") for before, turn in pairs if before and turn}

    def made(before: str, turn: str, end: str) -> Callable[[int], str]:
        return lambda size: before + turn * (size // len(turn)) + end

    return [made(*one) for one in sorted(turns)[:: max(1, len(turns) // STRINGS)]]


def spent(one: Ours, text: str) -> float:
    """Seconds of the processor to go through a text: others may be at work on it too."""
    begun = time.process_time()
    if one.anchored:
        one.pattern.match(text)
        one.pattern.fullmatch(text)
    else:
        for _ in one.pattern.finditer(text):
            pass
    return time.process_time() - begun


def sizes() -> Iterator[int]:
    """Four times as much each time, and the largest itself at the end."""
    size = FIRST
    while size < SIZE:
        yield size
        size *= 4
    yield SIZE


def steep(one: Ours, text: Callable[[int], str]) -> str | None:
    """How the time of a pattern grows on a text, where it grows too much."""
    bound = next((bound for name, bound in BOUNDED.items() if one.name.startswith(name)), None)
    if bound is not None:
        seconds = spent(one, text(bound))
        return f"{seconds:.1f} s on {text(12)!r} at {bound}" if seconds > SLOW else None
    for size in sizes():
        seconds = spent(one, text(size))
        if seconds > SHORT and size > FIRST:
            quarter = min(spent(one, text(size // 4)) for _ in range(3))
            again = min(seconds, *(spent(one, text(size)) for _ in range(2)))
            if again > SHORT and again > STEEP * quarter:
                return f"{again / quarter:.0f} times as long for four times {text(12)!r} at {size}"
    return None


def test_none_grows_with_the_square() -> None:
    """Each on texts of its own repeats, up to the largest that it could meet."""
    every = ours()
    assert len(every) > 250
    wrong = {}
    for one in every:
        for text in attacks(one.pattern):
            try:
                with ending(GUARD):
                    found = steep(one, text)
            except TimeoutError:
                found = f"no end within {GUARD} s on {text(12)!r}"
            if found is not None:
                wrong[one.name] = f"{one.pattern.pattern[:300]}: {found}"
                break
    assert [] == [f"{name}: {told}" for name, told in wrong.items()]


@pytest.mark.parametrize("bad", [r"(a+)+$", r"\s+$", r"\w+@", r"(?:a|a)*b", r"<[^>]*>"])
def test_bad_ones_are_found(bad: str) -> None:
    """Five that are known to be slow: a test that finds nothing would prove nothing."""
    one = Ours("bad", re.compile(bad), False)
    with ending(3), contextlib.suppress(TimeoutError):
        assert [found for text in attacks(one.pattern) if (found := steep(one, text))]


@contextmanager
def ending(seconds: int) -> Iterator[None]:
    """Ends what takes longer, with a TimeoutError; a search looks up for signals."""

    def too_long(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
