"""Fetching an address: what is public, what is refused, and a server that means harm."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from assistant import ingest
from assistant.ingest import IpAddress, NotFetched, fetch, is_public

PAGE = b"<html><body><p>Jembatan baru di Kota Seroja dibuka pada 3 Maret 2025.</p></body></html>"
ELSEWHERE = "127.0.0.2"  # stands for the internet: another address than the one that the connection comes from


def only_elsewhere(address: IpAddress) -> bool:
    """As if 127.0.0.2 were public and nothing else."""
    return str(address) == ELSEWHERE


@contextmanager
def site(answer: Callable[[bytes], bytes], host: str = ELSEWHERE) -> Iterator[str]:
    """A server that answers each request with the bytes it is told to; gives its address."""
    with socket.create_server((host, 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    request = connection.recv(65536)
                    try:
                        connection.sendall(answer(request))
                    except OSError:
                        continue  # who asked has left

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://{host}:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def said(body: bytes = PAGE, kind: str = "text/html", status: str = "200 OK", more: str = "") -> bytes:
    """An HTTP answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode("latin-1") + body


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 127.8.8.8 0.0.0.0 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 192.0.2.1 198.18.0.1 224.0.0.1
    239.255.255.250 240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::127.0.0.1 fe80::1 fc00::1
    fd12:3456::1 fec0::1 ff02::1 2001:db8::1 2002:7f00:1:: 2001:0:4136:e378:8000:63bf:3fff:fdd2 64:ff9b::7f00:1
    64:ff9b::a00:1 64:ff9b:1::a00:1 168.63.129.16 ::ffff:168.63.129.16 64:ff9b::a83f:8110 192.0.0.9 192.0.0.192
    192.88.99.1 3fff::1 3fff:fff:ffff::1 5f00::1 2606:4700::5efe:7f00:1 2606:4700::200:5efe:a9fe:a9fe
    2606:4700:0:7:100:5efe:a00:1""".split(),
)
def test_not_public(address: str) -> None:
    """This machine, its networks, what belongs to nobody, and IPv6 spellings of all that."""
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", "8.8.8.8 203.119.13.1 ::ffff:8.8.8.8 2606:4700::1111 64:ff9b::808:808".split())
def test_public(address: str) -> None:
    """Addresses of the internet, also where IPv6 carries them."""
    assert is_public(ipaddress.ip_address(address))


# How a non-public address has been written to get past somebody: what is looked up decides, not how it looks.
SPELLINGS = [
    # whole, short, as one number, octal, hexadecimal, and mixed
    *"127.0.0.1 127.0.0.1:22 127.1 127.0.1 127.000.000.001 127.255.255.254 2130706433 017700000001 0x7f000001".split(),
    *"0x7F000001 0177.0.0.1 0177.0.0.01 0x7f.0x0.0x0.0x1 0x7f.1 0x7f.0.1 0177.1 127.0x1 00000177.1 0 0.0.0.0 00".split(),
    # this machine's networks, others' inner ones, the metadata of clouds
    *"10.0.0.1 167772161 012.0.0.1 0xa.1 172.16.0.1 2886729729 192.168.0.1 3232235521 0300.0250.1 0xc0a80001".split(),
    *"169.254.169.254 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518 100.100.100.200 192.0.0.192".split(),
    *"100.64.0.1 198.18.0.1 192.0.2.1 203.0.113.7 224.0.0.1 240.0.0.1 255.255.255.255 4294967295".split(),
    # IPv6, and IPv4 inside it: mapped, compatible, NAT64, 6to4, Teredo, translated
    *"[::1] [0:0:0:0:0:0:0:1] [::] [0000::1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::FFFF:A9FE:A9FE]".split(),
    *"[0:0:0:0:0:ffff:10.0.0.1] [::127.0.0.1] [::7f00:1] [64:ff9b::127.0.0.1] [64:ff9b::a9fe:a9fe]".split(),
    *"[64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:a9fe:a9fe::1] [2001:0:4136:e378:8000:63bf:3fff:fdd2]".split(),
    *"[::ffff:0:127.0.0.1] [fc00::1] [fd00:ec2::254] [fe80::1] [fe80::1%25lo] [fe80::1%lo] [fec0::1] [ff02::1]".split(),
    *"[2001:db8::1] [100::1]".split(),
    # names of this machine, trailing dots, letter case, whose name it is, and what comes before an @
    *"localhost LOCALHOST localhost. LocalHost:80 localhost.localdomain 127.0.0.1. 127.1. ip6-localhost".split(),
    *"user@127.0.0.1 8.8.8.8@127.0.0.1 8.8.8.8:80@127.0.0.1 u:p@[::1] 8.8.8.8%40@127.0.0.1 a@b@127.0.0.1".split(),
    # digits and dots of other scripts, escapes, white space inside
    *"１２７.0.0.1 127。0。0。1 127．0．0．1 127｡0｡0｡1 ①②⑦.⓪.⓪.① ١٢٧.0.0.1 𝟏𝟐𝟕.𝟎.𝟎.𝟏 ⓛocalhost ｌｏｃａｌｈｏｓｔ".split(),
    *"%31%32%37.0.0.1 127.0.0.1%00.example 127.0.0.1\\t 127.0.0.1\\@8.8.8.8 [127.0.0.1] [::1 ::1] [::1].8.8.8.8".split(),
]


def test_there_are_many_spellings() -> None:
    """And none twice."""
    assert 70 <= len(set(SPELLINGS)) == len(SPELLINGS)


@pytest.mark.parametrize(
    "url",
    [
        *(f"http://{spelling}/" for spelling in SPELLINGS),
        "http://169.254.169.254/latest/meta-data/",
        "http:/\\127.0.0.1/",
        "http:127.0.0.1",
        "https:\\\\127.0.0.1\\",
        "\nhttp://127.0.0.1/",
        "http://127.0.0.1:80\r\nHost: x/",
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "ftp://8.8.8.8/",
        "gopher://127.0.0.1:25/_x",
        "dict://127.0.0.1:11211/",
        "jar:http://127.0.0.1!/",
        "data:text/html,x",
        "//8.8.8.8/",
        "http://",
        "http://[",
        "http://a:99999999/",
        "http://8.8.8.8:0/",
        "javascript:alert(1)",
        "http://tidak-ada.invalid/",
        "http://a..b/",
        "http://.../",
        f"http://{'a' * 64}.example/",
        "",
    ],
)
def test_refused_before_anything_is_sent(url: str) -> None:
    """Whatever way the address is written, and in a sentence."""
    with pytest.raises(NotFetched, match=r"^[“A-Z].*\.$"):
        fetch(url, 1000)


def test_fetches_a_page_by_its_checked_address() -> None:
    """The body, a name with the ending of what it is, and the host that was asked for."""
    asked = []

    def answer(request: bytes) -> bytes:
        asked.append(request)
        return said()

    with site(answer) as at:
        found = fetch(f"{at}/berita/jembatan baru?x=ö", 10_000, only_elsewhere)
    assert (PAGE, "jembatan baru.html") == (found.body, found.name)
    assert b"GET /berita/jembatan%20baru?x=%C3%B6 HTTP/1.1\r\n" in asked[0]
    assert f"Host: {at.removeprefix('http://')}".encode() in asked[0]


def test_follows_redirects_and_checks_each() -> None:
    """To an allowed address it goes on; to another, and round and round, it does not."""
    with site(lambda request: said()) as goal, site(lambda request: said(), "127.0.0.3") as inside:

        def away(to: str) -> Callable[[bytes], bytes]:
            return lambda request: said(b"", status="302 Found", more=f"Location: {to}\r\n")

        with site(away(f"{goal}/a.html")) as at:
            assert f"{goal}/a.html" == fetch(at, 10_000, only_elsewhere).url
        for to in (inside, "file:///etc/passwd", "http://[::1]/"):
            with site(away(to)) as at, pytest.raises(NotFetched):
                fetch(at, 10_000, only_elsewhere)
        with site(away("/lagi")) as at, pytest.raises(NotFetched, match="leads on"):
            fetch(at, 10_000, only_elsewhere)


def test_a_name_with_one_address_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """All answers of the look-up must be public, and the look-up is made once: the connection goes to its answer."""
    looked = []

    def answers(*addresses: str) -> Callable[..., object]:
        def look(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
            looked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

        return look

    with site(lambda request: said()) as at:
        port = at.rpartition(":")[2]
        real = socket.getaddrinfo
        monkeypatch.setattr(
            ingest.socket,
            "getaddrinfo",
            lambda host, *a, **k: (
                answers(ELSEWHERE)(host, int(port)) if host == "kabar.example" else real(host, *a, **k)
            ),
        )
        assert PAGE == fetch(f"http://kabar.example:{port}/", 10_000, only_elsewhere).body
        assert ["kabar.example"] == looked
        monkeypatch.setattr(ingest.socket, "getaddrinfo", answers(ELSEWHERE, "10.0.0.1"))
        with pytest.raises(NotFetched, match="public"):
            fetch(f"http://kabar.example:{port}/", 10_000, only_elsewhere)


def test_this_machines_own_public_address_is_refused() -> None:
    """From here it would open what the world does not see."""
    with site(lambda request: said(), "127.0.0.1") as at, pytest.raises(NotFetched, match="own"):
        fetch(at, 10_000, lambda address: True)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (said(b"x" * 2000), "larger"),
        (said(gzip.compress(b"x" * 2_000_000), more="Content-Encoding: gzip\r\n"), "larger"),
        (said(b"rusak", more="Content-Encoding: gzip\r\n"), "broke off"),
        (said(more="Content-Encoding: br\r\n"), "packs"),
        (said(kind="image/png"), "image/png"),
        (said(status="404 Not Found"), "404"),
        (b"SSH-2.0-OpenSSH\r\n", "not HTTP"),
        (b"", "broke off"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n", "not HTTP"),
        (said()[:-10], "broke off"),
    ],
)
def test_a_bad_answer_is_refused(answer: bytes, says: str) -> None:
    """Too large, also only when unpacked; broken; or nothing that is read here."""
    with site(lambda request: answer) as at, pytest.raises(NotFetched, match=says):
        fetch(f"{at}/a", 1000, only_elsewhere)


def test_an_unpacked_page_is_what_was_packed() -> None:
    """gzip is understood."""
    with site(lambda request: said(gzip.compress(PAGE), more="Content-Encoding: gzip\r\n")) as at:
        assert PAGE == fetch(at, 1000, only_elsewhere).body


def test_a_site_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte in time, and the whole never: the deadline is for all of it."""
    monkeypatch.setattr(ingest, "SECONDS", 0.6)
    stop = threading.Event()
    with socket.create_server((ELSEWHERE, 0)) as listening:

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                try:
                    connection.sendall(b"HTTP/1.1 200 OK\r\n")
                    while not stop.wait(0.05):
                        connection.sendall(b"X")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        with pytest.raises(NotFetched, match="longer than"):
            fetch(f"http://{ELSEWHERE}:{listening.getsockname()[1]}/", 1000, only_elsewhere)
        stop.set()
        thread.join()
