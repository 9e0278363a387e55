"""Text made to tire regular expressions: four times as much takes about four times as long, up to a megabyte."""

from __future__ import annotations

import re
import time

import pytest

from index.reading import documents, plain, read_bytes

MEGABYTE = 1_000_000
NOTICED = 0.1  # seconds of the processor: less is noise, and no harm either
MOST = 9  # 4 is linear, 16 quadratic


def seconds(text: str) -> float:
    """How long a text takes to be read, or refused, by this thread's own clock."""
    begun = time.thread_time()
    list(read_bytes("a.txt", text.encode(), max_bytes=2 * MEGABYTE))
    return time.thread_time() - begun


# What the patterns of the readers look for, as a run of it in one line: heads, labels, credits, dates, authors, gaps.
@pytest.mark.parametrize("lead", ["", "# Judul\n", "# ", "---\n"])
@pytest.mark.parametrize(
    "unit",
    [
        " # ",
        "!",
        " x! ",
        "© a ",
        "7",
        "a7 ",
        ": ",
        "Baca juga: ",
        "A. ",
        "Aa, ",
        "\n---",
        "- ",
        "1/2/",
        "(",
        "a-",
        "\t \n",
    ],
)
def test_reading_takes_as_long_as_the_text_is(lead: str, unit: str) -> None:
    """Judged by growth, and only where it can be felt. The end fits nothing, so that what could match is given up."""
    short, long = (seconds(lead + unit * (size // len(unit)) + "\x1fz") for size in (MEGABYTE // 4, MEGABYTE))
    assert long < NOTICED or long < MOST * short, (short, long)


def test_a_headline_that_goes_on_is_given_up_once() -> None:
    """Its trailing signs were run through again for each of its characters: 300 times the file."""

    def tried(size: int) -> float:
        text = "# x" + " #" * (size // 2) + "\x1f"
        begun = time.thread_time()
        plain._HEADING.match(text)
        return time.thread_time() - begun

    assert tried(MEGABYTE) < max(NOTICED, 20 * tried(MEGABYTE // 100))
    slow = re.compile(plain._HEADING.pattern.replace("{0,300}(?:", "*(?:"))
    begun = time.thread_time()
    slow.match("# x" + " #" * (MEGABYTE // 20) + "\x1f")  # a tenth of it
    assert time.thread_time() - begun > 10 * tried(MEGABYTE // 10)


def test_many_columns_of_dates_and_many_rows() -> None:
    """Each cell is looked at once; no column is looked for in each row."""

    def tried(size: int) -> float:
        data = b"text" + b",date" * (size // 5) + b"\n" + b"aaa,b\n" * (size // 6)
        begun = time.thread_time()
        list(read_bytes("a.csv", data))
        return time.thread_time() - begun

    assert tried(MEGABYTE // 10) < max(NOTICED, MOST * tried(MEGABYTE // 40))


def test_a_page_of_many_lines_is_joined_once() -> None:
    """A paragraph is not copied for each of its lines."""

    def tried(size: int) -> float:
        begun = time.thread_time()
        documents._paragraphs("a\n" * size)
        return time.thread_time() - begun

    assert tried(400_000) < max(NOTICED, MOST * tried(100_000))
