"""What must not be read, and files made to do harm."""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from pathlib import Path

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import Article, Rejected
from index.reading import EXTENSIONS, bounded, read_articles, read_bytes, reader
from index.reading.encoding import charset
from tests.index.test_reading_formats import PAGE, REPORT, pdf, pdf_of, word


def reason(name: str, data: bytes, max_bytes: int = 20_000_000) -> str:
    """Why the one thing in a file was refused."""
    (found,) = read_bytes(name, data, max_bytes)
    assert isinstance(found, Rejected), found
    assert found.path.startswith(name)
    return found.reason


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_an_empty_file(extension: str) -> None:
    """Nothing, and white space, is empty in every format."""
    assert reason(f"a{extension}", b"").startswith("it is empty")
    assert reason(f"a{extension}", b" \n\t ").startswith("it is empty")


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_file_that_is_too_large(extension: str) -> None:
    """The limit can be set, and the sentence names it."""
    assert "split it" in reason(f"a{extension}", b"x" * 2000, max_bytes=1000)


@pytest.mark.parametrize("extension", [".txt", ".md", ".jsonl", ".csv", ".html"])
@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        bytes(range(256)) * 4,
        b"\x7fELF\x02\x01",
        b"%PDF-1.4 x",
        b"PK\x03\x04xx",
        b"\x00" * 50,
    ],
    ids=["png", "bytes", "elf", "pdf", "zip", "nul"],
)
def test_binary_is_not_text(extension: str, data: bytes) -> None:
    """A wrong ending is named as what is wrong."""
    assert "check that its name has the right ending" in reason(f"a{extension}", data)


def test_a_text_of_promotions_only() -> None:
    """What cleaning leaves nothing of is refused, not stored empty."""
    assert "no text" in reason("a.txt", b"ADVERTISEMENT\nBaca juga: Lima Pasar Tertua\n")


def test_unknown_endings() -> None:
    """The sentence names the endings that can be read."""
    assert ".docx" in reason("a.xyz", b"x")
    assert ".docx" in reason("Makefile", b"x")


def test_paths_that_are_not_there(tmp_path: Path) -> None:
    """A missing file, an empty pattern, an empty folder and a nonsense path are reported."""
    for path in (tmp_path / "none.txt", tmp_path / "*.txt", tmp_path, "a\x00b.txt", tmp_path / ("x" * 5000)):
        (found,) = read_articles(path)
        assert isinstance(found, Rejected)


def test_what_is_not_a_file(tmp_path: Path) -> None:
    """A pipe would wait for ever, and a link can lead nowhere."""
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "link.txt").symlink_to(tmp_path / "none.txt")
    assert [Rejected, Rejected] == [type(one) for one in read_articles(tmp_path)]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    """Named, with the system's words for it."""
    path = tmp_path / "a.txt"
    path.write_text(REPORT)
    path.chmod(0)
    (found,) = read_articles(path)
    assert isinstance(found, Rejected)
    assert "ermission" in found.reason


def test_a_locked_pdf() -> None:
    """A password is asked for in words, not guessed."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf([REPORT])))
    writer.encrypt("rahasia", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    assert "password" in reason("a.pdf", out.getvalue())


def test_a_pdf_that_only_its_owner_may_change_is_read() -> None:
    """An owner's password does not keep readers out."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf([REPORT])))
    writer.encrypt("", owner_password="rahasia", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    (found,) = read_bytes("a.pdf", out.getvalue())
    assert isinstance(found, Article)


def test_a_locked_word_document() -> None:
    """Word wraps a locked document in an OLE file."""
    assert "password" in reason("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


@pytest.mark.parametrize("extension", [".pdf", ".docx", ".zip"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_files_that_were_cut_off(extension: str, share: float) -> None:
    """A half download is refused with a sentence (a PDF can survive the loss of its end)."""
    whole = {".pdf": pdf([REPORT]), ".docx": word("", REPORT), ".zip": zipped({"a.txt": REPORT.encode()})}[extension]
    (found,) = read_bytes(f"a{extension}", whole[: int(len(whole) * share)])
    assert isinstance(found, Rejected) or (extension == ".pdf" and REPORT[:20] in found.text)


def test_a_locked_archive() -> None:
    """Each locked member is named."""
    data = bytearray(zipped({"a.txt": REPORT.encode()}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    data[6] |= 1
    assert "password" in reason("a.zip", bytes(data))


@pytest.mark.parametrize("name", ["../x.txt", "a/../../x.txt", "/etc/x.txt", "C:/x.txt", "..\\x.txt", "\\x.txt"])
def test_members_that_leave_their_archive(name: str) -> None:
    """A path that leads out is refused, and the other members are read."""
    bad, good = read_bytes("a.zip", zipped({name: REPORT.encode(), "b.txt": REPORT.encode()}))
    assert isinstance(bad, Rejected)
    assert "leads out" in bad.reason
    assert isinstance(good, Article)


def test_a_link_in_an_archive() -> None:
    """A symbolic link is not a file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("a.txt")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert "link" in reason("a.zip", out.getvalue())


def test_an_archive_in_an_archive() -> None:
    """Nesting is how bombs grow, so it is not followed."""
    assert "inside an archive" in reason("a.zip", zipped({"b.zip": zipped({"a.txt": REPORT.encode()})}))


def test_a_zip_bomb() -> None:
    """What packs a thousandfold is a bomb, also where its header lies about its size."""
    assert "bomb" in reason("a.zip", zipped({"a.txt": b"a" * 15_000_000}))
    data = bytearray(zipped({"a.txt": b"a" * 15_000_000}))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = (1000).to_bytes(4, "little")
    (found,) = read_bytes("a.zip", bytes(data))
    assert isinstance(found, Rejected) or len(found.text) <= 1000


def test_an_archive_of_many_large_files() -> None:
    """All together may unpack to ten files of the largest size; what was read before that is kept."""
    data = zipped({f"{number:02}.txt": b"kata lain " * 900 for number in range(40)})
    found = list(read_bytes("a.zip", data, max_bytes=10_000))
    assert [*[Article] * 11, Rejected] == [type(one) for one in found]
    assert isinstance(found[-1], Rejected)
    assert "11.txt" in found[-1].reason


def test_a_word_document_that_is_a_bomb() -> None:
    """The package is looked at before it is unpacked."""
    whole = word("", REPORT)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        for info in package.infolist():
            data = package.read(info)
            bomb.writestr(info.filename, data + b" " * 15_000_000 if info.filename == "word/document.xml" else data)
    assert "unpacks" in reason("a.docx", out.getvalue())


def test_a_page_nested_without_end() -> None:
    """A hundred thousand elements inside each other end in an answer."""
    found = list(read_bytes("a.html", b"<div>" * 100_000 + REPORT.encode()))
    assert all(isinstance(one, Article | Rejected) for one in found)
    assert 1 == len(found)


WHOLE = {
    ".txt": f"Pasar Baru\n\n{REPORT}".encode(),
    ".md": f"---\ntitle: Pasar\n---\n# Pasar\n\n{REPORT}".encode(),
    ".html": PAGE.format(extra="", report=REPORT).encode(),
    ".htm": PAGE.format(extra="", report=REPORT).encode(),
    ".pdf": pdf(["Pasar Baru", REPORT], "Pasar Baru Dibuka"),
    ".docx": word("Pasar", REPORT),
    ".jsonl": b'{"text": "Pasar itu dibuka."}\n{"isi": "Pasar itu tutup."}',
    ".csv": b"isi,judul\nPasar itu dibuka.,Pasar\n",
    ".zip": zipped({"a.txt": REPORT.encode(), "b.md": b"# B\n\nPasar itu."}),
}


@pytest.mark.parametrize("extension", EXTENSIONS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(extension: str, data: bytes) -> None:
    """No bytes raise, whatever the file is called, and none are lost silently."""
    found = list(read_bytes(f"a{extension}", data))
    assert found
    assert all(isinstance(one, Article | Rejected) for one in found)


@pytest.mark.parametrize("extension", EXTENSIONS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(extension: str, data: st.DataObject) -> None:
    """A file with some of its bytes changed or its end lost never raises."""
    whole = bytearray(WHOLE[extension])
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(whole)))
    found = list(read_bytes(f"a{extension}", bytes(whole[:cut])))
    assert found
    assert all(isinstance(one, Article | Rejected) for one in found)


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=500))
def test_any_text_is_read_or_refused(text: str) -> None:
    """An article always has text and a title, and its text is of one piece with what is stored."""
    for found in read_bytes("a.txt", text.encode("utf-8", "replace")):
        assert isinstance(found, Rejected) or (found.text and found.title and found.language in ("id", "en"))


def drawn(drawing: bytes, pages: int) -> bytes:
    """A small PDF whose pages share one stream: a word, and what is drawn beside it."""
    stream = zlib.compress(b"BT /F 12 Tf (Pasar) Tj ET " + drawing)
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (b"3 0 R " * pages, pages),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</Font<</F 5 0 R>>>>/Contents 4 0 R>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )


def test_a_pdf_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up at the limit of time, and the files beside it are read."""
    monkeypatch.setattr(bounded, "SECONDS", 1)
    slow = drawn(b"q Q " * 400_000, 20)  # a minute
    assert len(slow) < 5_000
    first, refused, last = read_bytes("a.zip", zipped({"1.pdf": pdf([REPORT]), "2.pdf": slow, "3.pdf": pdf([REPORT])}))
    assert isinstance(refused, Rejected)
    assert refused.reason.startswith("reading it takes more than 1 seconds")
    assert isinstance(first, Article)
    assert isinstance(last, Article)


def test_an_archive_of_files_that_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """All together may take ten times as long as one; what was read before that is kept."""
    monkeypatch.setattr(bounded, "SECONDS", 1)
    monkeypatch.setattr(reader, "SECONDS", 0.15)
    slow = drawn(b"q Q " * 400_000, 20)
    found = list(read_bytes("a.zip", zipped({f"{number}.pdf": slow for number in range(9)} | {"a.txt": b"Isi."})))
    assert [Rejected] * 3 == [type(one) for one in found]
    assert isinstance(found[-1], Rejected)
    assert "2.pdf and what follows were not read" in found[-1].reason


def test_a_pdf_that_unpacks_to_much() -> None:
    """Its pages are unpacked before their text is looked for."""
    assert reason("a.pdf", drawn(b"q Q " * 400_000, 30)).startswith("its pages unpack to more than 40 MB")


def test_a_file_that_takes_much_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a file makes of itself counts, not what it has."""
    monkeypatch.setattr(bounded, "MEMORY", 160 * 1024 * 1024)
    assert "memory" in reason("a.pdf", drawn(b"1.5 2.5 m " * 600_000, 1))
    monkeypatch.undo()
    assert isinstance(next(read_bytes("a.pdf", pdf([REPORT]))), Article)


def test_a_reader_that_died_while_it_waited() -> None:
    """The next file gets another."""
    list(read_bytes("a.pdf", pdf([REPORT])))
    bounded._waiting[0].kill()
    bounded._waiting[0].wait()
    assert isinstance(next(read_bytes("a.pdf", pdf([REPORT]))), Article)


def table(*rows: str) -> bytes:
    """A Word document with a table of these rows."""
    out = io.BytesIO()
    whole = zipfile.ZipFile(io.BytesIO(word("", "@")))
    with whole, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in whole.namelist():
            body = f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl><w:p>"
            data = whole.read(name)
            made.writestr(name, data.replace(b"<w:p>", body.encode(), 1) if name == "word/document.xml" else data)
    return out.getvalue()


def cell(text: str, merged: str = "") -> str:
    """A cell of it."""
    return f"<w:tc><w:tcPr>{merged}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"


def test_merged_cells_of_a_word_document() -> None:
    """A merged cell is said in each of its rows, and once in a row, however wide it is and however far it goes down."""
    top, below = cell("Atas", '<w:vMerge w:val="restart"/>'), cell("", "<w:vMerge/>")
    wide = cell("Lebar", '<w:gridSpan w:val="2000000000"/>')
    rows = [cell("Daftar"), top + cell("Satu") + wide, *[below + cell(f"Nilai {number}") for number in range(3_000)]]
    (found,) = read_bytes("a.docx", table(*rows))
    assert isinstance(found, Article)
    assert "Atas | Satu | Lebar\nAtas | Nilai 0\nAtas | Nilai 1\n" in found.text
    assert "Atas | Nilai 2999" in found.text


def test_a_page_that_takes_long() -> None:
    """libxml2 takes the square of the attributes of an element, and trafilatura long for each element."""
    attributes = b"".join(b"a%d " % number for number in range(100_000))
    assert "seconds" in reason("a.html", b"<p " + attributes + b">" + REPORT.encode())
    assert "more than 50000 elements" in reason("a.html", f"<p>{REPORT}".encode() + b"<p>a" * 60_000)


@pytest.mark.parametrize("label", ["punycode", "idna", "utf-7", "unicode_escape", "undefined", "hex", "utf-16", "x"])
def test_what_is_no_charset_of_pages(label: str) -> None:
    """Python would decode by it, some in quadratic time; the page is read as if it declared nothing."""
    assert charset(label) is None
    (found,) = read_bytes("a.html", f"<meta charset={label}><p>{REPORT} Kota Baru+ADw- x-y\\n.".encode())
    assert isinstance(found, Article)
    assert "Kota Baru+ADw- x-y\\n." in found.text


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    """It is written out, so that what is read from it can be shown and stored."""
    for name in (b"a\xff.txt", b"a\xfe.txt", b"b\xff.xyz", b"c.txt"):
        (tmp_path / os.fsdecode(name)).write_text(REPORT)
    found = list(read_articles([tmp_path, str(tmp_path / "\udcff")]))
    names = [one.origin if isinstance(one, Article) else one.path for one in found]
    assert [
        f"{tmp_path}/{name}" for name in (r"a\udcfe.txt", r"a\udcff.txt", r"b\udcff.xyz", "c.txt", r"\udcff")
    ] == names
