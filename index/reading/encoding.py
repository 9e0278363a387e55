"""Bytes to text: which encoding a file is in, and whether it is text at all."""

from __future__ import annotations

import codecs
import re
from typing import Final

from charset_normalizer import from_bytes

from index.reading.draft import Unreadable

__all__ = ["decode"]

_MAGIC: Final = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a zip or an Office document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a gzip file",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"\x7fELF": "a program",
    b"SQLite format 3\x00": "a database",
}
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HIGH: Final = re.compile(rb"[\x80-\xff]+")
# Control characters that a text may hold, as a share of it, before it is called binary.
CONTROL_SHARE: Final = 0.02
# Western text has few letters beyond ASCII; more of them is another alphabet, left to charset-normalizer.
WESTERN_SHARE: Final = 0.15


def _without_nul(data: bytes) -> str:
    """UTF-16 that forgot its mark has a zero in every other byte; other zeros are binary."""
    sample = data[:4000]
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = sample[offset::2]
        if half and half.count(0) > 0.7 * len(half) and sample.count(0) < 0.6 * len(sample):
            return data.decode(encoding, "replace")
    raise Unreadable("it is binary, not text: check that its name has the right ending")


def decode(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16, UTF-32, cp1252 or what charset-normalizer finds.

    Raises Unreadable for binary data. Single broken characters become U+FFFD.
    """
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            raise Unreadable(f"it is {kind} by its content, not text: check that its name has the right ending")
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    sample = data[:100_000]
    if b"\x00" in sample:
        return _without_nul(data)
    if len(_CONTROL.findall(sample)) > CONTROL_SHARE * len(sample):
        raise Unreadable("it is binary, not text: check that its name has the right ending")

    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    lenient = data.decode("utf-8", "replace")
    broken = lenient.count("\ufffd")
    whole = sum(len(run) for run in _HIGH.findall(data)) - broken
    if whole > 4 * broken:
        return lenient
    if len(b"".join(_HIGH.findall(sample))) <= WESTERN_SHARE * len(sample):
        return data.decode("cp1252", "replace")
    best = from_bytes(sample[:20_000]).best()
    if best is None:
        raise Unreadable("its encoding is not known: save it as UTF-8")
    return data.decode(best.encoding, "replace")
