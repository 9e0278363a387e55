"""Reads .pdf and .docx."""

from __future__ import annotations

import io
import logging
import re
import zipfile
from typing import Final

import docx
import pypdf
from docx.table import Table
from docx.text.paragraph import Paragraph
from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

from index.reading.draft import Draft, Unreadable
from index.reading.zipped import refuse_bomb

__all__ = ["read_docx", "read_pdf"]

# pypdf reports every oddity of a file on stderr; what it cannot read becomes a Rejected here.
logging.getLogger("pypdf").addHandler(logging.NullHandler())
logging.getLogger("pypdf").propagate = False

MOST_PAGES: Final = 500
MOST_CHARACTERS: Final = 5_000_000
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A line shorter than this share of the widest ends its paragraph, if it ends a sentence.
FULL_LINE: Final = 0.8

_LOCKED: Final = "it is protected with a password: remove the password and add it again"
_SENTENCE_END: Final = re.compile(r"[.!?:][\"”’)]?$")
_MACHINE_TITLE: Final = re.compile(
    r"microsoft word|untitled|\.(?:docx?|indd|pdf|pmd|rtf|odt|qxd)$|^(?:layout|dokumen|document)\b", re.IGNORECASE
)


def _paragraphs(page: str) -> str:
    """A page's lines joined into paragraphs; words that were hyphenated at a line's end are whole again."""
    lines = [line.strip() for line in page.split("\n")]
    widest = max(map(len, lines), default=0)
    joined: list[str] = []
    open_ended = False
    for line in lines:
        if not line:
            open_ended = False
            continue
        if open_ended and joined[-1].endswith("-") and joined[-1][-2:-1].isalpha() and line[0].islower():
            joined[-1] = joined[-1][:-1] + line
        elif open_ended:
            joined[-1] = f"{joined[-1]} {line}"
        else:
            joined.append(line)
        short = len(line) < FULL_LINE * widest
        # A short line is a heading, or the last of its paragraph.
        open_ended = not (short and (_SENTENCE_END.search(line) or (len(joined) == 1 and joined[0] == line)))
    return "\n".join(joined)


def read_pdf(data: bytes) -> Draft:
    """The text of a PDF. Raises Unreadable for one that is locked, broken or only pictures.

    Its creation date and author are those of a program and a computer, so they are not read.
    """
    if b"%PDF-" not in data[:1024]:
        raise Unreadable("it is not a PDF by its content: check that its name has the right ending")
    try:
        pdf = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if pdf.is_encrypted and not pdf.decrypt(""):
            raise Unreadable(_LOCKED)
        if len(pdf.pages) > MOST_PAGES:
            raise Unreadable(f"it has {len(pdf.pages)} pages, more than {MOST_PAGES}: split it into articles")
        pages: list[str] = []
        for page in pdf.pages:
            pages.append(_paragraphs(page.extract_text()))
            if sum(map(len, pages)) > MOST_CHARACTERS:
                raise Unreadable("it unpacks to more text than an article can have: split it")
        title = str(pdf.metadata.title or "") if pdf.metadata else ""
    except Unreadable:
        raise
    except (FileNotDecryptedError, DependencyError) as error:
        raise Unreadable(_LOCKED) from error
    except (PyPdfError, RecursionError) as error:
        raise Unreadable("it is damaged or cut off: get a whole copy of the PDF") from error
    except Exception as error:  # a broken file reaches every line of pypdf, and its own errors are not all it raises
        raise Unreadable("it is damaged: get a whole copy of the PDF") from error

    text = "\n".join(filter(None, pages))
    if not text.strip():
        raise Unreadable("it holds no text, only pictures of pages: run text recognition (OCR) on it first")
    usable = len(title.split()) > 1 and not _MACHINE_TITLE.search(title)
    return Draft(text=text, title=title if usable else "", headline_in_text=True)


def read_docx(data: bytes) -> Draft:
    """The text of a Word document; its title is the first paragraph styled as one.

    Raises Unreadable for one that is locked, broken or a bomb.
    """
    if data.startswith(OLE):
        raise Unreadable("it is protected with a password or an old .doc: save it as .docx without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            refuse_bomb(package)
        document = docx.Document(io.BytesIO(data))
        title = ""
        blocks: list[str] = []
        for block in document.iter_inner_content():
            if isinstance(block, Table):
                blocks.extend(" | ".join(dict.fromkeys(cell.text for cell in row.cells)) for row in block.rows)
            elif isinstance(block, Paragraph):
                style = block.style.name or "" if block.style is not None else ""
                if not title and not blocks and style in ("Title", "Heading 1", "Judul", "Judul 1"):
                    title = block.text
                else:
                    blocks.append(block.text)
    except Unreadable:
        raise
    except Exception as error:  # a broken package fails in zipfile, lxml or python-docx, each in its own ways
        raise Unreadable("it is damaged or not a Word document: save it again as .docx") from error
    text = "\n".join(blocks)
    return Draft(text=text, title=title, headline_in_text=not title)
