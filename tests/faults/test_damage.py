"""Every derived file damaged in every way: it is found before it serves, and something whole takes over."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from index import Index
from tests.faults.test_kills import BEFORE
from tests.faults.wholeness import FULL, assert_whole, text


def _truncate(path: Path, others: list[Path], choose: random.Random) -> None:
    path.write_bytes(path.read_bytes()[: choose.randrange(max(path.stat().st_size, 1))])


def _zero(path: Path, others: list[Path], choose: random.Random) -> None:
    content = bytearray(path.read_bytes())
    start = choose.randrange(max(len(content), 1))
    content[start : start + 64] = bytes(len(content[start : start + 64]))
    path.write_bytes(content)


def _flip(path: Path, others: list[Path], choose: random.Random) -> None:
    content = bytearray(path.read_bytes() or b"\0")
    content[choose.randrange(len(content))] ^= 1 << choose.randrange(8)
    path.write_bytes(content)


def _delete(path: Path, others: list[Path], choose: random.Random) -> None:
    path.unlink()


def _swap(path: Path, others: list[Path], choose: random.Random) -> None:
    other = choose.choice(others)
    content = path.read_bytes()
    path.write_bytes(other.read_bytes())
    other.write_bytes(content)


DAMAGES = {"truncated": _truncate, "zeroed": _zero, "flipped": _flip, "deleted": _delete, "swapped": _swap}
QUESTIONS = [text(number) for number in (0, 13, 39, 44)]


def _answers(folder: Path) -> dict[str, float]:
    """The best article for each question with its score, which removed passages change in its third digit."""
    with Index.open(folder) as index:
        best = [index.search(question)[0] for question in QUESTIONS]
    return {one.passage.article_id: one.score for one in best}


def _derived(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("archive."))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_found_before_it_serves(
    tmp_path: Path, prepared: Path, count: Callable[[str], None], damage: str
) -> None:
    """Each answer is the one that the undamaged folder gives, and the three ways to read agree."""
    choose = random.Random(damage)
    expected = _answers(prepared)
    files = [path.relative_to(prepared) for path in _derived(prepared)]
    tried = files * 8 if FULL else choose.sample(files, 6)
    for number, name in enumerate(tried):
        folder = tmp_path / str(number)
        shutil.copytree(prepared, folder)
        path = folder / name
        DAMAGES[damage](path, [one for one in _derived(folder) if one != path], choose)
        assert pytest.approx(expected, abs=0.02) == _answers(folder), f"{name} {damage}"
        assert_whole(folder, BEFORE)
        count(f"a file of the {name.parts[0] if len(name.parts) > 1 else 'folder'} {damage}")
        shutil.rmtree(folder)


def test_a_lexicon_damaged_while_it_is_open(tmp_path: Path, prepared: Path, count: Callable[[str], None]) -> None:
    """tantivy panics, or answers wrongly until the next opening; the process goes on, and the next opening mends it."""
    choose = random.Random(5)
    segments = [path.relative_to(prepared) for path in prepared.glob("lexicon/*") if path.suffix in (".idx", ".term")]
    for number in range(40 if FULL else 4):
        folder = tmp_path / str(number)
        shutil.copytree(prepared, folder)
        with Index.open(folder) as index:
            with (folder / choose.choice(segments)).open("r+b") as file:
                file.write(choose.randbytes(64))
            for question in QUESTIONS:
                assert question in [one.passage.text for one in index.search(question, top_k=5)]
        assert_whole(folder, BEFORE)
        count("a segment of the lexicon overwritten while it was open")
        shutil.rmtree(folder)


def test_opening_changes_no_sealed_file(tmp_path: Path, prepared: Path) -> None:
    """Else no digest could tell damage from use: Chroma notes each opening in its database if it is let."""
    folder = tmp_path / "data"
    shutil.copytree(prepared, folder)
    sealed = [path for path in folder.glob("generations/**/*") if path.is_file()]
    before = [path.read_bytes() for path in sealed]
    for _ in range(3):
        with Index.open(folder) as index:
            assert index.search(QUESTIONS[0])
            assert 2 == index.status().generation
    assert before == [path.read_bytes() for path in sealed]
