"""Fetching an article by its address, for an operator: from public addresses alone, in bounded time and size.

A server that fetches what it is told to is a door into the network it stands in. So each address, of each redirect
too, is looked up once, every answer of the look-up must be public, and the connection goes to an address that was
checked: a name that changes its mind in between changes nothing. Odd spellings of addresses (2130706433, 0x7f.1,
::ffff:127.0.0.1) come out of the look-up as what they mean.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from index.reading import EXTENSIONS

__all__ = ["Fetched", "NotFetched", "fetch", "is_public"]

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

SECONDS: Final = 20.0  # for everything: look-ups, redirects, the whole body
REDIRECTS: Final = 5
_CHUNK: Final = 64 * 1024
_AGENT: Final = "Tanya (news archive; an operator asked for this page)"
_ENDINGS: Final = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
_GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")
# It carries an IPv4 address inside: what counts is where that one leads.
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
# What Python takes for public and is not: from IANA's registries of special addresses, and what tells Azure's machines.
_SPECIAL: Final = [
    ipaddress.ip_network(network) for network in "192.0.0.0/24 192.88.99.0/24 168.63.129.16 3fff::/20".split()
]


class NotFetched(Exception):
    """An address was not fetched; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave: where it was in the end, a file name whose ending says the format, and the bytes."""

    url: str
    name: str
    body: bytes


def is_public(address: IpAddress) -> bool:
    """Whether an address is one of the whole internet: not this machine, its network, or a way around into them."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _GLOBAL_UNICAST or address.sixtofour is not None or address.teredo is not None:
            return False
        if int(address) >> 32 & 0xFCFFFFFF == 0x5EFE:  # ISATAP, RFC 5214: an IPv4 address in the last half
            return False
    if any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def fetch(url: str, max_bytes: int, allowed: Callable[[IpAddress], bool] = is_public) -> Fetched:
    """Fetch a page or file. ``allowed`` decides which addresses may be connected to.

    Raises NotFetched for what is not http(s), not public, too large, too slow, or no kind of file that is read.
    """
    deadline = time.monotonic() + SECONDS
    for _ in range(REDIRECTS + 1):
        with _asked(url, deadline, allowed) as answer:
            if answer.status in (301, 302, 303, 307, 308) and answer.headers.get("location"):
                url = urljoin(url, answer.headers["location"])
                continue
            if answer.status != 200:
                raise NotFetched(f"The site answered {answer.status} {answer.reason}."[:120])
            name = _name(url, answer.headers.get_content_type())
            return Fetched(url, name, _body(answer, max_bytes))
    raise NotFetched(f"The address leads on more than {REDIRECTS} times.")


@contextmanager
def _asked(url: str, deadline: float, allowed: Callable[[IpAddress], bool]) -> Iterator[http.client.HTTPResponse]:
    """The answer of one address. Whatever its sender does, the connection is cut at the deadline."""
    parts = _split(url)
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (
        "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=~-._[]") if parts.query else ""
    )
    late = threading.Event()
    connection = _connected(parts, deadline, allowed)
    wire: socket.socket = connection.sock

    def cut() -> None:
        late.set()
        with suppress(OSError):  # it was closed in the meantime
            wire.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(deadline - time.monotonic(), 0.0), cut)
    timer.daemon = True
    timer.start()
    try:
        if parts.scheme == "https":
            # Made here and not by http.client, so that the timer holds the socket while hands are shaken.
            secured = ssl.create_default_context().wrap_socket(
                wire, server_hostname=parts.hostname, do_handshake_on_connect=False
            )
            connection.sock = wire = secured
            secured.do_handshake()
        connection.request("GET", path, headers={"User-Agent": _AGENT, "Accept-Encoding": "gzip"})
        yield connection.getresponse()
        if late.is_set():
            raise NotFetched(f"The site took longer than {SECONDS:.0f} seconds.")
    except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
        if late.is_set():
            raise NotFetched(f"The site took longer than {SECONDS:.0f} seconds.") from error
        if isinstance(error, ssl.SSLCertVerificationError):
            raise NotFetched("The site's certificate is not valid.") from error
        raise NotFetched("The site broke off, or its answer is not HTTP.") from error
    finally:
        timer.cancel()
        connection.close()


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise NotFetched("Only addresses that begin with http:// or https:// are fetched.")
    if parts.username is not None or parts.password is not None:
        raise NotFetched("The address contains a name or password: take it out.")
    return parts


def _connected(parts: SplitResult, deadline: float, allowed: Callable[[IpAddress], bool]) -> http.client.HTTPConnection:
    """A connection to the host, by an address that was checked."""
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        # A scope ("%eth0") belongs to link-local addresses alone, which are refused with or without it.
        addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    except (OSError, ValueError) as error:
        raise NotFetched(f"There is no site called “{host[:80]}”.") from error
    if not all(allowed(address) for address in addresses):
        raise NotFetched("The address is not on the public internet: it is not fetched.")
    for address in dict.fromkeys(addresses):
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise NotFetched(f"The site took longer than {SECONDS:.0f} seconds.")
        try:
            connected = socket.create_connection((str(address), port), timeout=remaining)
        except OSError:
            continue
        if connected.getsockname()[0] == connected.getpeername()[0]:
            connected.close()  # this machine's own public address, from where it sees more than the world does
            raise NotFetched("The address is this machine's own: it is not fetched.")
        connection = http.client.HTTPConnection(host, port)
        connection.sock = connected
        return connection
    raise NotFetched(f"“{host[:80]}” cannot be reached.")


def _body(answer: http.client.HTTPResponse, max_bytes: int) -> bytes:
    """The body, unpacked, up to the limit: what is packed small may unpack to anything."""
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise NotFetched("The site packs its pages in a way that is not read here.")
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in encoding else None
    body = b""
    while chunk := answer.read(_CHUNK):
        body += unpack.decompress(chunk, max_bytes + 1 - len(body)) if unpack else chunk
        if len(body) > max_bytes:
            raise NotFetched(f"The page is larger than {max_bytes / 1024 / 1024:.0f} MB.")
    if answer.length or (unpack and not unpack.eof):  # what is left of the length that the site declared
        raise NotFetched("The site broke off in the middle of the page.")
    return body


def _name(url: str, content_type: str) -> str:
    """A file name with the ending of what the site says it sends, else of the address itself."""
    path = PurePosixPath(urlsplit(url).path)
    ending = _ENDINGS.get(content_type) or (path.suffix.lower() if path.suffix.lower() in EXTENSIONS else None)
    if ending is None:
        raise NotFetched(f"The address gives “{content_type[:60]}”, which is no kind of file that is read here.")
    return (path.stem or "page")[:80] + ending
