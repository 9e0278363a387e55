"""Each format, read from bytes and from disk."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from pathlib import Path

import docx
import pytest

from index import Article, Rejected
from index.reading import read_articles, read_bytes
from tests.conftest import SHARED, needs_shared

REPORT = "Wali Kota Sagara membuka pasar baru di tepi sungai pada Senin pagi. Pedagang menyambutnya dengan gembira."


def article(name: str, data: bytes | str) -> Article:
    """The one article of a file."""
    (found,) = read_bytes(name, data.encode() if isinstance(data, str) else data)
    assert isinstance(found, Article), found
    return found


def pdf_of(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A whole PDF, written by hand: the first object is its catalogue, and a table says where each is."""
    data, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    size, start = len(objects) + 1, len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % size + b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + b"trailer << /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF" % (size, trailer, start)


def pdf(lines: list[str], title: str = "") -> bytes:
    """A PDF of one page."""
    shown = " T* ".join(f"({line}) Tj" for line in lines)
    stream = f"BT /F1 12 Tf 14 TL 50 800 Td {shown} ET".encode("latin-1")
    return pdf_of(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream",
        b"<< /Title (%s) >>" % title.encode("latin-1"),
        trailer=b" /Info 5 0 R",
    )


def word(title: str, *paragraphs: str) -> bytes:
    """A Word document."""
    document = docx.Document()
    if title:
        document.add_heading(title, 0)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_plain_text_with_a_headline() -> None:
    """The headline becomes the title, the dateline place and outlet, and the text stays whole."""
    found = article("a.txt", f"Pasar Baru Dibuka\n\nSekanti (Harian Sagara) - {REPORT}\n")
    assert ("Pasar Baru Dibuka", "Sekanti", "Harian Sagara") == (found.title, found.place, found.source)
    assert f"Sekanti (Harian Sagara) - {REPORT}" == found.text
    assert ("id", "", "a.txt") == (found.language, found.id, found.origin)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_text_in_any_usual_encoding(encoding: str) -> None:
    """Windows files read like others."""
    text = f"Café “Sagara” Dibuka\n\n{REPORT} Luasnya 250 m² – kata “José”."
    found = article("a.txt", text.encode(encoding))
    assert "Café “Sagara” Dibuka" == found.title
    assert found.text.endswith("Luasnya 250 m² – kata “José”.")


def test_markdown_with_front_matter() -> None:
    """Front matter names everything; marks and link targets are no text."""
    found = article(
        "a.md",
        "---\nid: 007\njudul: Pasar Baru\ntanggal: 20/10/2025 21:36\nsumber: Harian Sagara\npenulis: [Rina W, Budi S]\n"
        "link: https://sagara.example/1\ntempat: Sekanti\nbahasa: id\n---\n# Pasar Baru\n\n"
        "**Pasar** itu [dibuka](https://x.example/y) oleh *wali kota*.\n\n- Satu\n- Dua\n",
    )
    assert "Pasar itu dibuka oleh wali kota.\nSatu\nDua" == found.text
    assert ("007", "Pasar Baru", date(2025, 10, 20)) == (found.id, found.title, found.published)
    assert ("Harian Sagara", ("Rina W", "Budi S"), "Sekanti") == (found.source, found.authors, found.place)
    assert "https://sagara.example/1" == found.url


def test_markdown_heading_is_the_title() -> None:
    """Without front matter, the first heading is."""
    assert ("Pasar Baru", REPORT) == (
        article("a.md", f"# Pasar Baru\n\n{REPORT}").title,
        article("a.md", f"# Pasar Baru\n\n{REPORT}").text,
    )


@pytest.mark.parametrize(
    "block",
    ["---\n: [broken\n---\n", "---\njust words\n---\n", "---\nnever closed\n", "---\na: " + "[" * 15_000 + "\n---\n"],
)
def test_front_matter_that_is_none_is_text(block: str) -> None:
    """A broken block never loses the article."""
    assert article("a.md", block + REPORT).text.endswith(REPORT)


def test_yaml_aliases_are_refused() -> None:
    """A few lines of aliases fill the memory, so none are read."""
    bomb = "---\na: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n---\n"
    (found,) = read_bytes("a.md", (bomb + REPORT).encode())
    assert isinstance(found, Rejected)
    assert "aliases" in found.reason


PAGE = """<html lang="en"><head><meta charset="utf-8"><title>Pasar Baru Dibuka - Harian Sagara</title>
<meta property="og:title" content="Pasar Baru Dibuka | Harian Sagara"><meta property="og:site_name" content="Harian Sagara">
<meta property="article:published_time" content="2025-10-20T08:00:00+07:00"><meta name="author" content="Rina Wulandari">
<link rel="canonical" href="https://sagara.example/pasar">{extra}</head><body>
<nav><ul><li><a href="/">Beranda</a></li><li><a href="/politik">Politik</a></li></ul></nav>
<article><h1>Pasar Baru Dibuka</h1><p>Sekanti (Harian Sagara) - {report}</p><p>{report} Kata dia, "ini hari yang baik."</p>
<p>Baca juga: <a href="/x">Lima Pasar Tertua di Pulau Ini</a></p><p>{report} Selesai.</p></article>
<footer>Copyright © 2025 Harian Sagara. All rights reserved.</footer></body></html>"""


def test_a_page_with_meta_tags() -> None:
    """Title without the site's name, date, author, outlet and address; text without navigation and promotions."""
    found = article("a.html", PAGE.format(extra="", report=REPORT))
    assert ("Pasar Baru Dibuka", "Harian Sagara") == (found.title, found.source)
    assert (date(2025, 10, 20), ("Rina Wulandari",)) == (found.published, found.authors)
    assert ("https://sagara.example/pasar", "id", "Sekanti") == (found.url, found.language, found.place)
    assert found.text.startswith("Sekanti (Harian Sagara) - Wali Kota")
    assert found.text.endswith("Selesai.")
    assert not any(word in found.text for word in ("Baca juga", "Lima Pasar", "Beranda", "Copyright"))


def test_a_page_with_json_ld() -> None:
    """JSON-LD is believed before meta tags, also inside a graph and with a list of authors."""
    graph = {
        "@graph": [
            {"@type": "WebSite", "name": "Lain"},
            {
                "@type": ["NewsArticle"],
                "headline": "Pasar Baru &amp; Lama",
                "datePublished": "2025-10-21T00:10:00+07:00",
                "author": [{"name": "Rina Wulandari"}, {"@type": "Person", "name": "Budi Santika"}],
                "publisher": {"@type": "Organization", "name": "Suara Sagara"},
            },
        ]
    }
    script = f'<script type="application/ld+json">{json.dumps(graph)}</script>'
    found = article("a.htm", PAGE.format(extra=script, report=REPORT))
    assert ("Pasar Baru & Lama", "Suara Sagara") == (found.title, found.source)
    assert (date(2025, 10, 21), ("Rina Wulandari", "Budi Santika")) == (found.published, found.authors)


@pytest.mark.parametrize("broken", ['{"@type": "NewsArticle", ', "[" * 5000, '"text"', "null", '{"@type": 7}'])
def test_broken_json_ld_is_left_aside(broken: str) -> None:
    """The meta tags still say what the page is."""
    script = f'<script type="application/ld+json">{broken}</script>'
    assert "Pasar Baru Dibuka" == article("a.html", PAGE.format(extra=script, report=REPORT)).title


def test_a_page_in_its_declared_encoding() -> None:
    """An old page says cp1252 and is."""
    page = PAGE.replace("utf-8", "windows-1252").format(extra="", report=f"{REPORT} Kafe José.")
    assert "Kafe José." in article("a.html", page.encode("cp1252")).text


def test_a_pdf() -> None:
    """Wrapped lines are paragraphs again, and a word that was hyphenated is whole."""
    found = article(
        "a.pdf",
        pdf(
            [
                "Pasar Baru Dibuka",
                "Sekanti \\(Harian Sagara\\) - Wali Kota Sagara membuka pasar baru di te-",
                "pi sungai pada Senin pagi bersama para pedagang dari delapan desa itu.",
                "Pedagang menyambutnya.",
            ]
        ),
    )
    assert "Pasar Baru Dibuka" == found.title
    assert "membuka pasar baru di tepi sungai pada Senin pagi" in found.text
    assert ("Sekanti", "Harian Sagara") == (found.place, found.source)


def test_a_pdf_of_pictures_is_refused_with_what_to_do() -> None:
    """A scan needs text recognition first."""
    (found,) = read_bytes("scan.pdf", pdf([]))
    assert isinstance(found, Rejected)
    assert "OCR" in found.reason


def test_a_word_document() -> None:
    """Its title style is the title; tables are text."""
    found = article(
        "a.docx", word("Pasar Baru Dibuka", f"Sekanti (Harian Sagara) - {REPORT}", "Kata dia, Senin (20/10/2025).")
    )
    assert ("Pasar Baru Dibuka", "Harian Sagara", date(2025, 10, 20)) == (found.title, found.source, found.published)
    assert found.text.startswith("Sekanti (Harian Sagara) - Wali Kota")


def test_json_lines_by_any_usual_name() -> None:
    """Indonesian and English field names, whole numbers as ids, lists of authors and of paragraphs."""
    rows = [
        {
            "id": 7,
            "judul": "Pasar",
            "isi": REPORT,
            "tanggal": "Senin, 20 Oktober 2025",
            "sumber": "Sagara",
            "penulis": "Rina dan Budi",
        },
        {
            "title": "Market",
            "content": ["The market opened.", "It was a good day for all of them."],
            "publishedAt": 1760968800,
        },
        {
            "headline": "Pasar",
            "body": f"<p>{REPORT}</p>",
            "link": "https://www.sagara.example/1",
            "source": {"id": None, "name": "Sagara"},
        },
    ]
    first, second, third = read_bytes("a.jsonl", "\n".join(map(json.dumps, rows)).encode())
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert isinstance(third, Article)
    assert ("7", "Pasar", date(2025, 10, 20), "Sagara", ("Rina", "Budi")) == (
        first.id,
        first.title,
        first.published,
        first.source,
        first.authors,
    )
    assert ("The market opened.\nIt was a good day for all of them.", "en", date(2025, 10, 20)) == (
        second.text,
        second.language,
        second.published,
    )
    assert (REPORT, "https://www.sagara.example/1", "Sagara", "") == (third.text, third.url, third.source, third.origin)


def test_an_outlet_is_known_by_its_address() -> None:
    """Where nothing names the outlet, its site does; an address that is not of the web is none."""
    row = {"text": REPORT, "url": "https://www.sagara.example/1"}
    assert "sagara.example" == article("a.jsonl", json.dumps(row)).source
    assert "" == article("a.jsonl", json.dumps({"text": REPORT, "url": "javascript:alert(1)"})).url


def test_one_bad_line_never_stops_the_others() -> None:
    """Each is reported with its number and what to do."""
    lines = [
        json.dumps({"text": REPORT}),
        '{"text": "terpotong',
        "[1, 2]",
        json.dumps({"judul": "Tanpa isi"}),
        "",
        json.dumps({"text": REPORT, "id": True}),
        json.dumps({"text": REPORT, "id": "x" * 201}),
        json.dumps({"text": REPORT, "id": "a\nb"}),
        json.dumps({"text": "***"}),
        "[" * 100_000,
        json.dumps({"text": REPORT + " Baris U+2028:\u2028 tetap satu."}, ensure_ascii=False),
    ]
    found = list(read_bytes("a.jsonl", "\n".join(lines).encode()))
    assert [Article, *[Rejected] * 8, Article] == [type(one) for one in found]
    reasons = [one.reason for one in found if isinstance(one, Rejected)]
    assert ["line 2", "line 3", "line 4", "line 6", "line 7", "line 8", "line 9", "line 10"] == [
        r.split(":")[0] for r in reasons
    ]
    assert "text, content, body or isi" in reasons[2]
    assert all(one.path == "a.jsonl" for one in found if isinstance(one, Rejected))


def test_american_dates_are_known_by_their_file() -> None:
    """One 20th month tells that the whole file puts its months first."""
    rows = [{"text": REPORT, "date": "10/20/2025 21:36"}, {"text": REPORT, "date": "10/09/2025 10:00"}]
    found = read_bytes("a.jsonl", "\n".join(map(json.dumps, rows)).encode())
    assert [date(2025, 10, 20), date(2025, 10, 9)] == [one.published for one in found if isinstance(one, Article)]
    table = "isi,tanggal\n" + "".join(f'"{REPORT}",{row["date"]}\n' for row in rows)
    found = read_bytes("a.csv", table.encode())
    assert [date(2025, 10, 20), date(2025, 10, 9)] == [one.published for one in found if isinstance(one, Article)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table(delimiter: str) -> None:
    """Columns by name, quotation marks, and texts over several lines."""
    table = f'judul{delimiter}isi{delimiter}id\r\nPasar{delimiter}"{REPORT}\nDia ""senang"", katanya."{delimiter}7\r\n'
    (found,) = read_bytes("a.csv", table.encode("utf-8-sig"))
    assert isinstance(found, Article)
    assert (f'{REPORT}\nDia "senang", katanya.', "Pasar", "7") == (found.text, found.title, found.id)


def test_a_table_with_wrong_columns() -> None:
    """No column of texts: the table is refused. Too many values: the row is."""
    (refused,) = read_bytes("a.csv", b"nama,umur\nRina,7\n")
    assert isinstance(refused, Rejected)
    assert "nama, umur" in refused.reason
    bad, good = read_bytes("a.csv", f"judul,isi\nPasar,satu,dua,tiga\nPasar,{REPORT}\n".encode())
    assert isinstance(bad, Rejected)
    assert bad.reason.startswith("line 2: ")
    assert isinstance(good, Article)


def test_an_archive_of_all_formats(tmp_path: Path) -> None:
    """Each file is read as it would be outside; its origin is the path inside the archive."""
    path = tmp_path / "semua.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", REPORT)
        archive.writestr("folder/b.docx", word("Pasar", REPORT))
        archive.writestr("folder/c.pdf", pdf([REPORT]))
        archive.writestr("d.html", PAGE.format(extra="", report=REPORT))
        archive.writestr("e.jsonl", json.dumps({"text": REPORT, "id": "e"}))
        archive.writestr("f.csv", f"isi\n{REPORT}\n")
        archive.writestr("__MACOSX/a.txt", "x")
        archive.writestr(".DS_Store", "x")
    found = list(read_articles(path))
    assert [Article] * 6 == [type(one) for one in found]
    origins = [one.origin for one in found if isinstance(one, Article)]
    assert [f"{path}!a.txt", f"{path}!folder/b.docx", f"{path}!folder/c.pdf", f"{path}!d.html", "", ""] == origins


def test_folders_globs_and_lists(tmp_path: Path) -> None:
    """Folders are read with all below them, in order; hidden files are left alone; what is unknown is reported."""
    for name in ("b.txt", "a.md", "sub/c.txt", ".hidden.txt", ".git/d.txt", "sub/picture.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(REPORT)
    found = list(read_articles(tmp_path))
    assert ["a.md", "b.txt", "c.txt", "picture.png"] == [
        Path(one.origin if isinstance(one, Article) else one.path).name for one in found
    ]
    assert [str(tmp_path / "b.txt")] == [
        one.origin for one in read_articles(f"{tmp_path}/*.txt") if isinstance(one, Article)
    ]
    assert 2 == len(list(read_articles(f"{tmp_path}/**/*.txt")))
    assert 2 == len(list(read_articles([tmp_path / "a.md", str(tmp_path / "b.txt")])))


def test_a_name_that_looks_like_a_pattern_is_a_name(tmp_path: Path) -> None:
    """A file that exists is read before its brackets are."""
    path = tmp_path / "berita[1].txt"
    path.write_text(REPORT)
    (found,) = read_articles(path)
    assert isinstance(found, Article)


@needs_shared
@pytest.mark.parametrize("path", sorted((SHARED / "data" / "html").glob("*.html")), ids=lambda path: path.stem)
def test_saved_pages_of_real_sites(path: Path) -> None:
    """Each has title, date, outlet and text, without the site's frame around them."""
    (found,) = read_articles(path)
    assert isinstance(found, Article), found
    assert found.published is not None
    assert len(found.text) > 400
    assert "id" == found.language
    assert not any(site in found.title for site in ("Kompas.com", "Republika", "ANTARA", "Okezone"))
    frame = ("All Rights Reserved", "COPYRIGHT", "BERITA LAINNYA", "Home >", "Baca juga:")
    assert not any(mark in found.text for mark in frame)
