"""How an operator or a reader stays signed in on the pages, and what stops somebody from guessing the token."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import threading
import time
from typing import Final

__all__ = [
    "ASKER_COOKIE",
    "COOKIE",
    "READER_COOKIE",
    "SESSION_SECONDS",
    "Attempts",
    "is_session",
    "is_token",
    "new_session",
]

COOKIE: Final = "tanya_operator"
READER_COOKIE: Final = "tanya_reader"
ASKER_COOKIE: Final = "tanya_asker"
SESSION_SECONDS: Final = 12 * 60 * 60  # a working day
GUESSES: Final = 10  # wrong tokens from one address in a minute, and then none is looked at for a minute
WINDOW: Final = 60.0
_ADDRESSES: Final = 10_000  # remembered at once; the oldest is forgotten first


def is_token(given: str, token: str) -> bool:
    """Whether this is the token, in a time that tells nothing about how nearly; never where there is no token."""
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def new_session(token: str) -> str:
    """A cookie's value that proves the token was known, without holding it; another token makes it worthless."""
    until, name = int(time.time()) + SESSION_SECONDS, secrets.token_hex(8)
    return f"{until}.{name}.{_signature(token, until, name)}"


def is_session(value: str, token: str) -> bool:
    """Whether a cookie's value was made with this token and has not run out."""
    until, _, named = value.partition(".")
    name, _, signature = named.partition(".")
    if not (token and until.isascii() and until.isdecimal() and len(until) <= 12):
        return False
    expected = _signature(token, int(until), name)
    return hmac.compare_digest(signature.encode(), expected.encode()) and time.time() < int(until)


def _signature(token: str, until: int, name: str) -> str:
    return hmac.new(token.encode(), f"operator until {until} {name}".encode(), hashlib.sha256).hexdigest()


class Attempts:
    """Wrong tokens, or whatever else may come only so often, by address; of IPv6 by the half that one visitor has."""

    def __init__(self, most: int = GUESSES) -> None:
        """``most`` may come from one address in a minute."""
        self._most = most
        self._wrong: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def blocked(self, address: str) -> bool:
        """Whether this address has guessed too often of late."""
        with self._lock:
            return len(self._recent(_network(address))) >= self._most

    def wrong(self, address: str) -> None:
        """Remember a wrong token."""
        address = _network(address)
        with self._lock:
            recent = self._recent(address)
            self._wrong.pop(address, None)
            if len(self._wrong) >= _ADDRESSES:
                del self._wrong[next(iter(self._wrong))]
            self._wrong[address] = [*recent, time.monotonic()]

    def another(self, address: str) -> bool:
        """Remember one more, unless there were too many of late; whether it was remembered."""
        if self.blocked(address):
            return False
        self.wrong(address)
        return True

    def _recent(self, address: str) -> list[float]:
        since = time.monotonic() - WINDOW
        return [moment for moment in self._wrong.get(address, ()) if moment > since]


def _network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address) or known.ipv4_mapped is not None:
        return address
    return str(ipaddress.IPv6Address(int(known) >> 64 << 64))
