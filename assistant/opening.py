"""Opening the index that the settings name, and the chat in a browser once the server answers."""

from __future__ import annotations

import socket
import threading
import time
import webbrowser
from typing import TYPE_CHECKING, Final

from assistant.config import Config, has_display

if TYPE_CHECKING:
    from index import Index

__all__ = ["address", "open_index", "open_when_ready"]

_PATIENCE: Final = 60.0  # seconds for the server to come up
_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # listens everywhere; visited here


def open_index(config: Config) -> Index:
    """The index in the data folder, with the archive, vectors and embedder of the settings. Raises ArchiveError."""
    from index import Index

    return Index.open(
        config.data, config.embedder, config.query_prefix, config.passage_prefix, config.archive, config.vectors
    )


def address(config: Config) -> str:
    """Where the chat is, for a browser on this machine."""
    host = _ANYWHERE.get(config.host, config.host)
    return f"http://[{host}]:{config.port}/" if ":" in host else f"http://{host}:{config.port}/"


def open_when_ready(config: Config) -> None:
    """Open the chat when it answers, without waiting here.

    Does nothing on a machine without a screen, nor where something else answers there already: the server then
    takes another port, and says which.
    """
    if has_display() and not _answers(config):
        threading.Thread(target=_open, args=(config,), daemon=True).start()


def _open(config: Config) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if _answers(config):
            webbrowser.open(address(config))
            return
        time.sleep(0.2)


def _answers(config: Config) -> bool:
    try:
        with socket.create_connection((_ANYWHERE.get(config.host, config.host), config.port), timeout=1):
            return True
    except OSError:
        return False
