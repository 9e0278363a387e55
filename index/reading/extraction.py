"""Takes the text out of .pdf and .docx and weighs web pages: a program of its own, with little time and memory.

``bounded.py`` runs it. On stdin comes file after file, a line of JSON before the bytes of each; on stdout goes a line
of JSON for each. It imports nothing of the index, which takes a second, and each library with the first file for it.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from docx.table import Table

NO_MEMORY: Final = 3  # the status at the end of a process that had too little; what it holds is not trusted any more

MOST_PAGES: Final = 500
MOST_CHARACTERS: Final = 5_000_000
# Bytes of drawing on all pages that are unpacked. A page of print has 5 to 20 kB, a full map a megabyte; pypdf
# needs a second or two for each megabyte, so more would end at the limit of time.
MOST_DRAWING: Final = 40_000_000
# Of a web page: trafilatura needs 0.1 to 0.2 ms for each. A news site's page has up to 5,000.
MOST_ELEMENTS: Final = 50_000

_LOCKED: Final = "it is protected with a password: remove the password and add it again"

# pypdf reports every oddity of a file on stderr; what it cannot read is refused here.
logging.getLogger("pypdf").addHandler(logging.NullHandler())
logging.getLogger("pypdf").propagate = False


class Refused(Exception):
    """Why a file is not read, as a sentence for its owner."""


def pdf(data: bytes) -> tuple[list[str], str]:
    """The text of each page, and the title that the file gives itself."""
    import pypdf
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

    try:
        file = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if file.is_encrypted and not file.decrypt(""):
            raise Refused(_LOCKED)
        if len(file.pages) > MOST_PAGES:
            raise Refused(f"it has {len(file.pages)} pages, more than {MOST_PAGES}: split it into articles")
        drawing = 0
        for page in file.pages:
            contents = page.get_contents()
            drawing += len(contents.get_data()) if contents is not None else 0
            if drawing > MOST_DRAWING:
                raise Refused(
                    f"its pages unpack to more than {MOST_DRAWING // 1_000_000} MB: save its text as .txt and add that"
                )
        pages: list[str] = []
        for page in file.pages:
            pages.append(page.extract_text())
            if sum(map(len, pages)) > MOST_CHARACTERS:
                raise Refused("it unpacks to more text than an article can have: split it")
        return pages, str(file.metadata.title or "") if file.metadata else ""
    except (Refused, MemoryError):
        raise
    except (FileNotDecryptedError, DependencyError) as error:
        raise Refused(_LOCKED) from error
    except (PyPdfError, RecursionError) as error:
        raise Refused("it is damaged or cut off: get a whole copy of the PDF") from error
    except Exception as error:  # a broken file reaches every line of pypdf, and its own errors are not all it raises
        raise Refused("it is damaged: get a whole copy of the PDF") from error


def docx(data: bytes) -> tuple[list[str], str]:
    """The paragraphs and table rows of a Word document; its title is the first paragraph styled as one."""
    from docx import Document
    from docx.table import Table

    try:
        title = ""
        blocks: list[str] = []
        for block in Document(io.BytesIO(data)).iter_inner_content():
            if isinstance(block, Table):
                blocks.extend(_rows(block))
                continue
            style = block.style.name or "" if block.style is not None else ""
            if not title and not blocks and style in ("Title", "Heading 1", "Judul", "Judul 1"):
                title = block.text
            else:
                blocks.append(block.text)
        return blocks, title
    except MemoryError:
        raise
    except Exception as error:  # a broken package fails in zipfile, lxml or python-docx, each in its own ways
        raise Refused("it is damaged or not a Word document: save it again as .docx") from error


def _rows(table: Table) -> Iterator[str]:
    """The texts of each row.

    ``Row.cells`` of python-docx climbs from each cell that is merged with the one above to the top, and gives a cell as
    often as it says that it is wide.
    """
    from docx.table import _Cell

    above: dict[int, str] = {}
    for row in table._tbl.tr_lst:
        texts: list[str] = []
        column = row.grid_before
        for cell in row.tc_lst:
            texts.append(above.get(column, "") if cell.vMerge == "continue" else _Cell(cell, table).text)
            above[column] = texts[-1]
            column += cell.grid_span
        yield " | ".join(dict.fromkeys(texts))


def html(data: bytes) -> tuple[list[str], str]:
    """Nothing: only whether a page is quickly parsed, and small enough for what reads it.

    libxml2 compares each attribute of an element with all before it.
    """
    from lxml import etree

    try:
        page = etree.fromstring(data, etree.HTMLParser(encoding="utf-8"))
    except etree.LxmlError:
        return [], ""  # its reader will say so
    if page is not None and sum(1 for _ in page.iter()) > MOST_ELEMENTS:
        raise Refused(f"it has more than {MOST_ELEMENTS} elements: save its text as .txt and add that")
    return [], ""


KINDS: Final[dict[str, Callable[[bytes], tuple[list[str], str]]]] = {".pdf": pdf, ".docx": docx, ".html": html}


def _limit(seconds: int, memory: int) -> None:
    """From here on, a process that takes more time of the processor dies of SIGXCPU, and more memory is not given."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    for what, most in ((resource.RLIMIT_CPU, int(used) + seconds + 1), (resource.RLIMIT_AS, memory)):
        hard = resource.getrlimit(what)[1]
        try:
            resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
        except (OSError, ValueError):  # macOS does not limit the addresses of a process that has more
            continue
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def main() -> None:
    """Read file after file, until stdin ends."""
    while line := sys.stdin.buffer.readline():
        asked = json.loads(line)
        data = sys.stdin.buffer.read(asked["size"])
        begun = time.process_time()
        _limit(asked["seconds"], asked["memory"])
        try:
            texts, title = KINDS[asked["kind"]](data)
            said: dict[str, object] = {"texts": texts, "title": title}
        except Refused as refused:
            said = {"refused": str(refused)}
        except MemoryError:
            sys.exit(NO_MEMORY)
        said["seconds"] = time.process_time() - begun
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
