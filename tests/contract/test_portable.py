"""``tanya export`` and ``tanya import``: one file, checked, all or nothing."""

from __future__ import annotations

import hashlib
import json
import random
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assistant.cli import cli
from assistant.portable import export_archive, import_archive
from assistant.web import feedback
from assistant.web.feedback import FILE, Feedback, GivenVote
from index import ArchiveError, Article, Index
from tests.contract.conftest import Place
from tests.contract.test_archive import ARTICLES

VOTE = GivenVote(
    id="suara-0001",
    verdict="down",
    reason="outdated",
    question="Kapan panen?",
    answer="Kemarin.",
    outcome="answer",
    articles=["1"],
    given=datetime(2025, 3, 1, 8, 30, tzinfo=UTC),
)
MORE = Article(
    "Rel kereta diperbaiki.",
    title="“Rel”",
    id="0",
    source="Pos",
    authors=("Ani", "Budi"),
    place="hal. 3",
    url="https://pos.example/rel",
    origin="pos/rel.txt",
)


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """The file of an embedded archive with copies (one with an id below that of its original), and a vote."""
    with Index.open(tmp_path / "from") as index:
        index.add(ARTICLES)
        index.add([MORE])
        Feedback(index.folder / FILE).restore([VOTE])
        assert {"articles": 8, "feedback": 1} == export_archive(index, tmp_path / "archive.zip")
    return tmp_path / "archive.zip"


def _all(index: Index) -> list[tuple[Article, str]]:
    return list(index.stored())


def test_what_comes_out_goes_in(exported: Path, index: Index, tmp_path: Path) -> None:
    """Articles, which of them stands for its copies, origins and votes are the same; and all is found."""
    report, votes = import_archive(index, exported)
    assert (6, 2, 1) == (report.added, report.copied, votes)
    with Index.open(tmp_path / "from") as before:
        assert _all(before) == _all(index)
        for question in ("rel kereta", "panen padi", "rice harvest"):
            first, second = (
                [(hit.passage.article_id, hit.passage.text) for hit in one.search(question)] for one in (before, index)
            )
            assert first == second
    assert [VOTE] == list(Feedback(index.folder / FILE).all())
    report, _ = import_archive(index, exported)
    assert (0, 8) == (report.added, report.unchanged)


def test_moving_to_postgresql_is_two_commands(
    exported: Path, database: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Export here, import there."""
    place = database()
    cli(["export", str(tmp_path / "again.zip"), "--data", str(tmp_path / "from")], standalone_mode=False)
    assert "8" in capsys.readouterr().out
    monkeypatch.setenv("TANYA_ARCHIVE", place)
    cli(["import", str(tmp_path / "again.zip"), "--data", str(tmp_path / "to")], standalone_mode=False)
    with Index.open(tmp_path / "to", archive=place) as index:
        assert date(2025, 1, 9) == index.search("panen padi Wanareja", top_k=1)[0].passage.published
        assert (6, 2) == ((status := index.status()).articles, status.copies)


def test_a_damaged_file_is_refused_wholly(exported: Path, index: Index, tmp_path: Path) -> None:
    """Flip a byte anywhere, cut anywhere: an error that names the file, or (where nothing reads the byte) all of it."""
    whole, damaged = exported.read_bytes(), tmp_path / "damaged.zip"
    chance = random.Random(6)
    for number in range(60):
        at = chance.randrange(len(whole))
        flipped = whole[:at] + bytes([whole[at] ^ (1 << number % 8)]) + whole[at + 1 :]
        damaged.write_bytes(flipped if number % 3 else whole[:at])
        said = ""
        try:
            import_archive(index, damaged)
        except ArchiveError as error:
            said = str(error)
        if said:
            assert "damaged.zip" in said
            continue
        assert 8 == len(_all(index))
        index.remove([article.id for article, _ in _all(index)])
    assert [] == _all(index)


def test_a_file_that_says_another_count_is_refused(exported: Path, index: Index, tmp_path: Path) -> None:
    """An article taken out of a file whose manifest stays."""
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(exported) as old, zipfile.ZipFile(forged, "w") as new:
        for name in old.namelist():
            lines = old.read(name).splitlines(keepends=True)
            new.writestr(name, b"".join(lines[1:] if name == "articles.jsonl" else lines))
    with pytest.raises(ArchiveError, match=r"articles.jsonl is not what its manifest says"):
        import_archive(index, forged)
    assert [] == _all(index)


def _forged(exported: Path, **parts: bytes) -> Path:
    """The same file with other parts, and a manifest that fits them."""
    forged = exported.with_name("forged.zip")
    with zipfile.ZipFile(exported) as old, zipfile.ZipFile(forged, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        manifest = json.loads(old.read("manifest.json"))
        for name, part in manifest["parts"].items():
            data = parts.get(name.removesuffix(".jsonl"), old.read(name))
            part.update(lines=data.count(b"\n"), sha256=hashlib.sha256(data).hexdigest())
            new.writestr(name, data)
        new.writestr("manifest.json", parts.get("manifest", json.dumps(manifest).encode()))
    return forged


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (lambda: {"manifest": b" " * 100_000}, "manifest.json has more than 64 kB"),
        (
            lambda: {"articles": random.Random(1).randbytes(1_000_000).hex().encode() * 21 + b"\n"},
            "a line of more than 40 MB",
        ),
        (
            lambda: {"articles": b"[" + b",".join(b"[%d]" % n for n in range(2_000_000)) + b"]\n"},
            "line 1 of articles.jsonl cannot be read",
        ),
        (lambda: {"articles": b" " * 3_000_000 + b"\n"}, "articles.jsonl unpacks to more than any text"),
    ],
    ids=["manifest", "line", "values", "bomb"],
)
def test_a_file_made_to_fill_memory_is_refused(
    parts: Callable[[], dict[str, bytes]], said: str, exported: Path, index: Index
) -> None:
    """Before it does: a long manifest, a long line, a line of many values, and what packs to nearly nothing."""
    forged = _forged(exported, **parts())
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveError, match=said):
            import_archive(index, forged)
        assert tracemalloc.get_traced_memory()[1] < 200_000_000
    finally:
        tracemalloc.stop()
    assert [] == _all(index)


def test_no_more_votes_than_are_kept(exported: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest stay, as where they are given one by one."""
    monkeypatch.setattr(feedback, "KEPT", 3)
    votes = [VOTE.model_copy(update={"id": f"suara-000{n}", "given": VOTE.given + timedelta(n)}) for n in range(5)]
    lines = b"".join(vote.model_dump_json().encode() + b"\n" for vote in votes)
    import_archive(index, _forged(exported, feedback=lines))
    assert votes[2:] == list(Feedback(index.folder / FILE).all())


def test_an_export_that_fails_leaves_no_file(tmp_path: Path) -> None:
    """What was there under its name before stays."""
    target = tmp_path / "archive.zip"
    target.write_text("yesterday's")
    with Index.open(tmp_path / "data") as index:
        index.add([Article("Kapal berlayar.", id="a")])
        with pytest.raises(ZeroDivisionError):
            export_archive(_Failing(index), target)  # type: ignore[arg-type]
    assert "yesterday's" == target.read_text()
    assert [] == list(tmp_path.glob("*.tmp"))


class _Failing:
    """An index whose archive stops in the middle."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.folder = index.folder

    def stored(self):  # type: ignore[no-untyped-def]
        yield from self._index.stored()
        raise ZeroDivisionError
