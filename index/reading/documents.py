"""Reads .pdf and .docx, whose text ``extraction.py`` takes out."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Final

from index.reading.bounded import Spent, extract
from index.reading.draft import Draft, Unreadable
from index.reading.zipped import BROKEN, refuse_bomb

__all__ = ["read_docx", "read_pdf"]

OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A line shorter than this share of the widest ends its paragraph, if it ends a sentence.
FULL_LINE: Final = 0.8

_SENTENCE_END: Final = re.compile(r"[.!?:][\"”’)]?$")
_MACHINE_TITLE: Final = re.compile(
    r"microsoft word|untitled|\.(?:docx?|indd|pdf|pmd|rtf|odt|qxd)$|^(?:layout|dokumen|document)\b", re.IGNORECASE
)


def _paragraphs(page: str) -> str:
    """A page's lines joined into paragraphs; words that were hyphenated at a line's end are whole again."""
    lines = [line.strip() for line in page.split("\n")]
    widest = max(map(len, lines), default=0)
    joined: list[list[str]] = []  # the parts of each paragraph: one line may be a million
    open_ended = False
    for line in lines:
        if not line:
            open_ended = False
            continue
        if open_ended and joined[-1][-1].endswith("-") and joined[-1][-1][-2:-1].isalpha() and line[0].islower():
            joined[-1][-1] = joined[-1][-1][:-1]
            joined[-1].append(line)
        elif open_ended:
            joined[-1] += (" ", line)
        else:
            joined.append([line])
        short = len(line) < FULL_LINE * widest
        # A short line is a heading, or the last of its paragraph.
        open_ended = not (short and (_SENTENCE_END.search(line) or joined == [[line]]))
    return "\n".join(map("".join, joined))


def read_pdf(data: bytes, spent: Spent) -> Draft:
    """The text of a PDF. Raises Unreadable for one that is locked, broken, only pictures, or too much to read.

    Its creation date and author are those of a program and a computer, so they are not read.
    """
    if b"%PDF-" not in data[:1024]:
        raise Unreadable("it is not a PDF by its content: check that its name has the right ending")
    pages, title = extract(".pdf", data, spent)
    text = "\n".join(filter(None, map(_paragraphs, pages)))
    if not text.strip():
        raise Unreadable("it holds no text, only pictures of pages: run text recognition (OCR) on it first")
    usable = len(title.split()) > 1 and not _MACHINE_TITLE.search(title)
    return Draft(text=text, title=title if usable else "", headline_in_text=True)


def read_docx(data: bytes, spent: Spent) -> Draft:
    """The text of a Word document. Raises Unreadable for one that is locked, broken, a bomb, or too much to read."""
    if data.startswith(OLE):
        raise Unreadable("it is protected with a password or an old .doc: save it as .docx without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            refuse_bomb(package)
    except BROKEN as error:
        raise Unreadable("it is damaged or not a Word document: save it again as .docx") from error
    blocks, title = extract(".docx", data, spent)
    return Draft(text="\n".join(blocks), title=title, headline_in_text=not title)
