"""What works and what does not: the folder, the index, the shipped models, the configured language model."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.confidence import Confidence
from assistant.config import Config
from assistant.health import look
from assistant.opening import open_index
from assistant.reader import Reader
from assistant.writer import open_writer
from assistant.writing.prompting import QuotedPassage
from assistant.writing.providers import ProviderError
from index import ArchiveError
from index.embedding import EmbedderError, open_embedder
from prompts import PromptError

__all__ = ["Check", "check_all"]

_PASSAGE: Final = QuotedPassage(1, "Jembatan Seroja dibuka pada 3 Maret 2025.", "Jembatan Seroja dibuka")
_ASKED: Final = "Kapan Jembatan Seroja dibuka?"


@dataclass(frozen=True, slots=True)
class Check:
    """One part, whether it works (None: not in use), and a sentence about it."""

    part: str
    works: bool | None
    says: str


@dataclass(frozen=True, slots=True)
class _Question:
    text: str
    language: str


def check_all(config: Config) -> Iterator[Check]:
    """Look at every part, one after the other; nothing is changed and no check stops the next."""
    yield _checked("data folder", lambda: _folder(config))
    yield _checked("index", lambda: _index(config))
    yield _checked("reader", _reader)
    yield _checked("embedder", lambda: _embedder(config))
    yield _language_model(config)


def _checked(part: str, look: Callable[[], str]) -> Check:
    try:
        return Check(part, True, look())
    except (ArchiveError, EmbedderError, OSError, ValueError) as error:
        return Check(part, False, str(error))


def _folder(config: Config) -> str:
    folder = Path(config.data)
    where = folder.resolve()
    if not folder.is_dir():
        raise FileNotFoundError(f"{where} does not exist: tanya add makes it, or --data names another.")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"{where} cannot be written to: searching may work, adding does not.")
    return f"{where} is there and can be written to."


def _index(config: Config) -> str:
    if not config.archive and not Path(config.data).is_dir():
        raise FileNotFoundError("there is none yet: tanya add PATH makes it.")
    with open_index(config) as index:
        status = index.status()
        if not status.articles:
            raise ValueError("it holds no article yet: tanya add PATH adds some.")
        start = time.monotonic()
        index.search(_ASKED, 1)
        took = time.monotonic() - start
        why = look(index).why  # what a server of this folder says at /api/health
        if why:
            raise ValueError(" ".join(why))
        server = f" The vectors are on {status.vectors}." if status.vectors else ""
        return f"{status.articles} articles in {status.passages} passages; a search took {took * 1000:.0f} ms.{server}"


def _reader() -> str:
    Reader.load()
    Confidence.load()
    return "the shipped reader and its calibration load."


def _embedder(config: Config) -> str:
    open_embedder(config.embedder, config.query_prefix, config.passage_prefix)
    return f"{config.embedder or 'the shipped model'} loads."


def _language_model(config: Config) -> Check:
    """One real call with one article, as a question makes it."""
    part = "language model"
    if not config.llm:
        return Check(part, None, "none is configured: answers are made of exact quotes.")
    try:
        writer = open_writer(
            config.llm, config.llm_url, config.llm_deadline, window=config.llm_window, prompts=config.prompts
        )
    except (ProviderError, PromptError) as error:
        return Check(part, False, str(error))
    assert writer is not None
    start = time.monotonic()
    draft = writer.write(_Question(_ASKED, "id"), [_PASSAGE])
    draft.read()
    took = time.monotonic() - start
    if draft.failed:
        return Check(part, False, f"{config.llm}: {draft.failed.sentence(config.language)}")
    if not draft.marks:
        cited = "but without citing it: another model may follow the prompt better."
        return Check(part, True, f"{config.llm} answered from one article in {took:.1f} s, {cited}")
    return Check(part, True, f"{config.llm} answered from one article in {took:.1f} s and cited it.")
