"""Files that are small and would become large, or slow: each is read in a process with little memory and little time."""

from __future__ import annotations

import io
import multiprocessing
import os
import queue
import resource
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from index import Article
from index.reading import read_bytes
from tests.index.test_reading_formats import pdf_of, word

SECONDS: Final = (
    20  # of a processor, for a file of at most 20 MB; the slowest takes a fifth of them (on a quiet machine)
)
MEMORY: Final = 768 * 1024 * 1024  # bytes beyond what the reader itself takes
MANY = "TANYA_ATTACK" in os.environ


def _zip(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def _word(xml: bytes) -> bytes:
    """A real document whose text is replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word("Judul", "Isi."))) as real, zipfile.ZipFile(out, "w") as archive:
        for name in real.namelist():
            archive.writestr(name, xml if name == "word/document.xml" else real.read(name))
    return out.getvalue()


def _laughs(levels: int = 10) -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels))
    return (
        f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "ha">{entities}]>'
        f'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>'
        f"&l{levels - 1};</w:t></w:r></w:p></w:body></w:document>"
    ).encode()


def _pdf(stream: bytes, pages: str = "/Kids [3 0 R] /Count 1") -> bytes:
    """A PDF with this stream."""
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages " + pages.encode() + b">>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<<>>/Contents 4 0 R>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(stream), stream),
    )


def _zeros(megabytes: int) -> bytes:
    """So many bytes of nothing, compressed (RFC 1950): one block over and over, and the sum over all."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x78\xda" + megabytes * block + b"\x03\x00" + struct.pack(">HH", (megabytes << 20) % 65521, 1)


SMALL: Final[dict[str, tuple[str, Callable[[], bytes]]]] = {
    "a gigabyte of nothing in a zip": ("a.zip", lambda: _zip(("a.txt", bytes(1 << 30)))),
    "a thousand million laughs": ("a.docx", lambda: _word(_laughs())),
    "a page of a gigabyte": ("a.pdf", lambda: _pdf(_zeros(1024))),
    "tags without end": ("a.html", lambda: b"<div>" * 1_000_000),
    "lists without end": ("a.jsonl", lambda: b"[" * 5_000_000),
    "a number without end": ("a.jsonl", lambda: b'{"text": "a", "id": ' + b"9" * 5_000_000 + b"}"),
}
LARGE: Final[dict[str, tuple[str, Callable[[], bytes]]]] = {
    "a hundred thousand files": ("a.zip", lambda: _zip(*((f"{n}.txt", b"") for n in range(100_000)))),
    "a zip in a zip in a zip": ("a.zip", lambda: _zip(("b.zip", _zip(("c.zip", _zip(("a.txt", bytes(1 << 28)))))))),
    "another file as an entity": (
        "a.docx",
        lambda: _word(_laughs(2).replace(b'"ha"', b'SYSTEM "file:///etc/passwd"')),
    ),
    "one entity a hundred thousand times": ("a.docx", lambda: _word(_laughs(2).replace(b"&l1;", b"&l0;" * 100_000))),
    "pages that hold themselves": ("a.pdf", lambda: _pdf(_zeros(1), "/Kids [2 0 R 2 0 R] /Count 999999999")),
    "a million pages of one": ("a.pdf", lambda: _pdf(_zeros(1), f"/Kids [{'3 0 R ' * 1_000_000}] /Count 1000000")),
    "a PDF with nothing on its page": ("a.pdf", lambda: _pdf(_zeros(1))),
    "gzip": ("a.gz", lambda: _zeros(512)),
    "attributes without end": ("a.html", lambda: b"<p " + b"a=1 " * 4_000_000 + b">"),
    "entities of a page": ("a.html", lambda: b"&amp;" * 4_000_000),
    "an aliased front matter": (
        "a.md",
        lambda: b"---\na: &a [x]\n" + b"".join(b"b%d: &b%d [*a,*a]\n" % (n, n) for n in range(9999)) + b"---\nIsi.",
    ),
    "quotes without end": ("a.md", lambda: b">" * 10_000_000 + b" isi"),
    "objects without end": ("a.jsonl", lambda: b'{"text":' * 2_000_000),
    "a line without end": ("a.txt", lambda: b"a" * 19_000_000),
    "full stops without end": ("a.txt", lambda: b". " * 9_000_000),
    "accents without end": ("a.txt", lambda: "a\u0301\u0323".encode() * 3_000_000),
    "columns without end": ("a.csv", lambda: b"text," * 3_000_000 + b"\n" + b"a," * 100),
    "quotation marks without end": ("a.csv", lambda: b'text\n"' + b'""' * 9_000_000),
}


def _read(name: str, data: bytes, told: multiprocessing.Queue[str]) -> None:
    """In the child: what became of the file, in a word and a sentence."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    for one in read_bytes(name, data, 20_000_000):
        told.put(f"read {one.text[:99]}" if isinstance(one, Article) else f"refused {one.reason}")
    told.put("end")


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs Linux's limits for a process")
@pytest.mark.parametrize("bomb", [*SMALL, *(LARGE if MANY else ())])
def test_a_bomb_is_read_or_refused(bomb: str) -> None:
    """Within the time and the memory, with a reason, and with nothing of another file in it."""
    name, made = {**SMALL, **LARGE}[bomb]
    children = multiprocessing.get_context("forkserver")
    children.set_forkserver_preload(["tests.index.test_bombs"])
    told: multiprocessing.Queue[str] = children.Queue()
    child = children.Process(target=_read, args=(name, made(), told))
    child.start()
    said = []
    while child.is_alive() or not told.empty():
        try:
            said.append(told.get(timeout=0.5))
        except queue.Empty:
            continue
    child.join()
    assert 0 == child.exitcode
    assert "end" == said.pop()
    assert said
    assert all(one.startswith("read ") or len(one) > len("refused ") + 10 for one in said)
    assert not any("root:" in one for one in said)
    print(bomb, said[:2])
