"""Citation marks in a stream: what is one, what becomes of it, and that the chunks do not matter."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.writing.marks import MarkParser


def parsed(*chunks: str, known: tuple[int, ...] = (1, 2, 3)) -> tuple[str, tuple[int, ...], int]:
    """The text, the numbers used and how many marks were dropped."""
    parser = MarkParser(known)
    text = "".join([*map(parser.feed, chunks), parser.close()])
    return text, parser.used, parser.dropped


@pytest.mark.parametrize(
    ("written", "shown", "used"),
    [
        ("Naik [1].", "Naik [1].", (1,)),
        ("Naik [3][1].", "Naik [1][2].", (3, 1)),
        ("Naik [2, 1].", "Naik [1][2].", (2, 1)),
        ("Naik【3】.", "Naik[1].", (3,)),
        ("Naik 【2†sumber】 lagi [2].", "Naik [1] lagi [1].", (2,)),
        ("Naik [ 1 ,2 ]", "Naik [1][2]", (1, 2)),
        ("Naik [1, 1]", "Naik [1]", (1,)),
    ],
)
def test_marks_are_numbered_in_the_order_of_first_use(written: str, shown: str, used: tuple[int, ...]) -> None:
    """However a mark is written, what is shown counts from 1, and ``used`` says which passage each number is."""
    assert (shown, used, 0) == parsed(written)


@pytest.mark.parametrize(
    ("written", "shown", "dropped"),
    [
        ("Naik [9].", "Naik.", 1),
        ("Naik [9] lagi", "Naik lagi", 1),
        ("Naik [9]lagi", "Naik lagi", 1),
        ("Naik [8][9][0]", "Naik", 3),
        ("Naik [9, 1].", "Naik [1].", 1),
        ("Naik [9] [1].", "Naik [1].", 1),
    ],
)
def test_marks_that_point_nowhere_are_removed_and_counted(written: str, shown: str, dropped: int) -> None:
    """With the space before them, unless a word would stick to the next."""
    text, _, count = parsed(written)
    assert (shown, dropped) == (text, count)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[klik](http://evil.test)", "(klik)(http://evil.test)"),
        ("![x](http://evil.test/x.png)", "!(x)(http://evil.test/x.png)"),
        ("pada [2024] dan [sic]", "pada (2024) dan (sic)"),
        ("[] [,] [1,] 【4:0†x】", "() (,) (1,) (4:0†x)"),
        ("terpotong [1", "terpotong (1"),
        ("[1】 【1]", "(1) (1)"),
        ("[[9]1] [[1]]", "(1) ([1])"),
    ],
)
def test_other_brackets_become_round(written: str, shown: str) -> None:
    """So that they are no link, no image, and no mark that nobody checked."""
    assert shown == parsed(written)[0]


TEXTS = st.text(alphabet="[]【】†, 0123a.\n", max_size=60)


@given(TEXTS, st.data())
@settings(deadline=None)
def test_the_chunks_do_not_matter(text: str, data: st.DataObject) -> None:
    """Any chunking gives the text, the marks and the count of the whole."""
    borders = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    chunks = [text[start:end] for start, end in zip([0, *borders], [*borders, len(text)], strict=True)]
    assert parsed(text) == parsed(*chunks) == parsed(*text)


@given(TEXTS)
@settings(deadline=None)
def test_every_square_bracket_left_is_a_mark_in_order(text: str) -> None:
    """First uses count 1, 2, 3 …; each stands for a known passage; and no other bracket is left."""
    shown, used, _ = parsed(text)
    numbers = [int(number) for number in re.findall(r"\[(\d)\]", shown)]
    assert list(range(1, len(used) + 1)) == list(dict.fromkeys(numbers))
    assert set(used) <= {1, 2, 3}
    assert not set("[]【】") & set(re.sub(r"\[\d\]", "", shown))


@pytest.mark.parametrize(
    ("unit", "size"),
    [("[", 1_000_000), ("[1", 100_000), ("[1, ", 100_000), ("【1†", 100_000), (" [9]", 100_000), ("[[9]1]", 100_000)],
)
def test_time_is_linear(unit: str, size: int) -> None:
    """A megabyte of brackets holds back no more than a mark's length, so that no character is looked at again."""
    parser = MarkParser({1})
    text = unit * (size // len(unit))
    longest = 0
    returned = 0
    for start in range(0, len(text), 1000):
        returned += len(parser.feed(text[start : start + 1000]))
        longest = max(longest, len(parser._candidate))
    assert longest <= 65
    assert returned + len(parser.close()) <= len(text)
