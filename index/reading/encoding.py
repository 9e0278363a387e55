"""Bytes to text: which encoding a file is in, and whether it is text at all."""

from __future__ import annotations

import codecs
import re
from typing import Final

from charset_normalizer import from_bytes

from index.reading.draft import Unreadable

__all__ = ["charset", "decode"]

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
# The encodings of pages (https://encoding.spec.whatwg.org/#names-and-labels) as Python calls them, UTF-16 aside: a page
# whose label can be read is not in it. Python knows more, and decodes some of those in quadratic time (punycode).
_CHARSETS: Final = frozenset(
    "utf-8 ascii iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10 "
    "iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16 tis-620 cp866 cp874 cp1250 cp1251 cp1252 cp1253 cp1254 "
    "cp1255 cp1256 cp1257 cp1258 koi8-r koi8-u mac-roman mac-cyrillic gb2312 gbk gb18030 big5 big5hkscs euc_jp "
    "iso2022_jp shift_jis cp932 euc_kr cp949".split()
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


def charset(label: str) -> str | None:
    """Python's name of the encoding that a page declares; None for what is no encoding of pages."""
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    return name if name in _CHARSETS else None


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
