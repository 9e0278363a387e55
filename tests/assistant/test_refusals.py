"""Why something was not read, said in Indonesian too."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest

from assistant import api, refusals, verify_api
from assistant.refusals import in_indonesian
from assistant.web import feedback, login
from index import Article, Index, Rejected
from index.reading import encoding, read_bytes
from tests.conftest import ROOT

# Which argument is the reason.
SAYING = {
    **dict.fromkeys(("Unreadable", "Refused", "NotFetched", "BusyError"), 0),
    **dict.fromkeys(("Rejected", "BadRow", "BadMember", "_Refusal"), 1),
}
# What the archive says while it is open; the rest of its errors stop Tanya from starting, or the command line.
SHOWN = ("_build", "_explain", "_writer", "holding")
RETURNING = ("_unfit", "_too_large", "_too_many", "_busy", "operator_refusal", "_refusal", "sentence", "unreadable")
MODULES = [
    *(f"index.reading.{path.stem}" for path in sorted((ROOT / "index/reading").glob("[a-z]*.py"))),
    "index.index",
    "assistant.ingest",
    "index.archive",
    "index.lexicon",
    "index.locking",
    "assistant.api",
    "assistant.api_schema",
    "assistant.incoming",
    "assistant.verify_api",
    "assistant.web.bodies",
    "assistant.web.security",
    "assistant.web.crowd",
]


def _sentences(given: ast.expr, module: ModuleType) -> Iterator[str]:
    """What an expression may say, with a 7 for whatever is only known later; nothing where it passes words on."""
    if isinstance(given, ast.Constant):
        yield str(given.value)
    elif isinstance(given, ast.IfExp):
        yield from _sentences(given.body, module)
        yield from _sentences(given.orelse, module)
    elif isinstance(given, ast.Tuple):  # a status and a sentence
        yield from _sentences(given.elts[1], module)
    elif isinstance(given, ast.Subscript):
        yield from _sentences(given.value, module)
    elif isinstance(given, ast.Name) and isinstance(getattr(module, given.id, None), str):
        yield getattr(module, given.id)
    elif isinstance(given, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in given.values]
        yield "".join(next(_sentences(part, module), "7") for part in parts)
    else:
        passed_on = isinstance(given, ast.Name) or (
            isinstance(given, ast.Call) and ast.unparse(given).startswith("str(")
        )
        assert passed_on or isinstance(given, ast.Attribute | ast.Call | ast.BoolOp | ast.BinOp), ast.unparse(given)


def said() -> Iterator[str]:
    """Every reason in the source of what reads files, archives articles, fetches pages and answers requests."""
    yield from (*api._SENTENCES.values(), login.NEEDED, verify_api.TOO_SLOW, feedback.TOO_MANY)
    for name in MODULES:
        module = importlib.import_module(name)
        for node in ast.walk(ast.parse((ROOT / f"{name.replace('.', '/')}.py").read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING:
                yield from _sentences(node.args[SAYING[node.func.id]], module)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "say":
                yield from _sentences(node.args[1], module)
            elif isinstance(node, ast.FunctionDef) and node.name in SHOWN:
                for one in ast.walk(node):
                    if isinstance(one, ast.Call) and ast.unparse(one.func) == "ArchiveError":
                        yield from _sentences(one.args[0], module)
            elif isinstance(node, ast.FunctionDef) and node.name in RETURNING:
                for one in ast.walk(node):
                    if isinstance(one, ast.Return) and one.value is not None and ast.unparse(one.value) != "None":
                        yield from _sentences(one.value, module)


@pytest.mark.parametrize("sentence", sorted(set(said())))
def test_every_reason_has_indonesian_words(sentence: str) -> None:
    """Each sentence of the source, and no English one is left of it."""
    indonesian = in_indonesian(sentence)
    assert indonesian is not None
    assert not {"it", "is", "the", "its", "with", "of"} & set(indonesian.replace(":", " ").split())


def test_no_words_for_what_nobody_says() -> None:
    """Each translation belongs to a sentence of the source."""
    sentences = set(said())
    assert len(sentences) > 60
    unsaid = [
        one for one in refusals._SENTENCES if not any(refusals._pattern(one).fullmatch(each) for each in sentences)
    ]
    assert [] == unsaid


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("a.txt", b"", "berkas ini kosong: tidak ada yang dapat dibaca"),
        ("a.exe", b"MZ", "pakai salah satu dari .txt, .md,"),
        ("Makefile", b"x", "berkas tanpa akhiran tidak dapat dibaca"),
        ("a.txt", b"x" * 3000, "melebihi batas 0,0 MB"),
        ("a.txt", b"\x89PNG\r\n", "isinya gambar, bukan teks: periksa"),
        ("a.jsonl", b'\n{"text": oops}\n', "baris 2: JSON-nya tidak sah (kesalahan pada karakter ke-10): tulis"),
        ("a.jsonl", b'{"text": ""}', "baris 1: teksnya tidak ada"),
        ("a.csv", b"judul;tanggal\nA;B\n", "(kolomnya: judul, tanggal)"),
        ("a.csv", b"text,id\na,b,c\n", "baris 2: ada 3 nilai untuk 2 kolom"),
        ("a.zip", b"PK\x03\x04", "rusak, terpotong, atau bukan arsip zip"),
        ("a.pdf", b"%PDF-1.4 x", "rusak"),
    ],
)
def test_what_is_known_later_is_taken_over(name: str, body: bytes, expected: str) -> None:
    """Real files with real reasons: numbers, endings and kinds stand in the Indonesian sentence."""
    refused = [one for one in read_bytes(name, body, max_bytes=2000) if isinstance(one, Rejected)]
    assert expected in (in_indonesian(refused[0].reason) or "")


def test_kinds_of_files_are_translated() -> None:
    """Whatever a file may be by its content."""
    assert [] == [kind for kind in encoding._MAGIC.values() if in_indonesian(kind) is None]


def test_what_an_archive_refuses(tmp_path: object) -> None:
    """Articles that no file brought, and what no list of ours knows."""
    with Index.open(f"{tmp_path}/own") as index:
        refused = index.add([Article("…"), Article("Kabar", id="x\n")]).rejected
    assert all(in_indonesian(one.reason) for one in refused)
    assert in_indonesian("A sentence of somebody else's.") is None


def test_a_route_says_what_the_archive_said() -> None:
    """With a capital, and what only a program says is left out."""
    said = "The rebuild failed (OSError: no space left). What was there before is still in use."
    assert "Pembangunan ulang gagal. Indeks yang sebelumnya tetap dipakai." == in_indonesian(said)
    assert "“top_k” tidak seperti seharusnya." == in_indonesian("“top_k” is not as it should be: not a number.")
