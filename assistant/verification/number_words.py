"""How a number is put together from digits, number words and scales: "1,5 triliun", "dua puluh lima", "half a million".

The words of the two languages do not collide, so one grammar reads both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assistant.verification.units import SCALES

__all__ = ["IMPLIED", "ONES", "ORDINALS", "VAGUE", "Token", "at", "number_at", "readings", "tokens"]

_TOKEN: Final = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’ʼ][^\W\d_]+)*|[^\w\s]")
_GROUPED: Final = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*")
_MARKS: Final = re.compile(r"[.,]")
_LONGEST_NUMBER: Final = 24  # characters; longer ones are compared as written

ONES: Final[dict[str, int]] = {
    word: value
    for value, names in enumerate(
        """nol zero|satu one|dua two|tiga three|empat four|lima five|enam six|tujuh seven|delapan eight|sembilan nine
        |sepuluh ten|sebelas eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen""".split("|")
    )
    for word in names.split()
}
_TENS: Final[dict[str, int]] = {
    word: 10 * tens
    for tens, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
_SCALED_ONE: Final[dict[str, float]] = {"seribu": 1e3, "sejuta": 1e6, "semiliar": 1e9, "setriliun": 1e12}
ORDINALS: Final[dict[str, int]] = {
    **{"ke" + word: value for word, value in ONES.items()},
    **{
        word: rank
        for rank, word in enumerate(
            """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
            fifteenth sixteenth seventeenth eighteenth nineteenth twentieth""".split(),
            start=1,
        )
    },
    "pertama": 1,
}
# "ratusan orang": any count from the first to the last value is a way to say it.
VAGUE: Final[dict[str, tuple[float, float]]] = {
    "belasan": (11, 19),
    **dict.fromkeys(("puluhan", "tens", "dozens"), (20, 199)),
    **dict.fromkeys(("ratusan", "hundreds"), (100, 999)),
    **dict.fromkeys(("ribuan", "thousands"), (1e3, 99_999)),
    **dict.fromkeys(("jutaan", "millions"), (1e6, 999e6)),
    **dict.fromkeys(("miliaran", "milyaran", "billions"), (1e9, 999e9)),
    **dict.fromkeys(("triliunan", "trillions"), (1e12, 999e12)),
}
# Words that hold a number without stating it: they prove one, and claim none themselves.
IMPLIED: Final[dict[str, float]] = {
    **dict.fromkeys(
        """a an sebuah seekor suatu sebutir selembar single sole tunggal satunya perdana another""".split(),
        1,
    ),
    **dict.fromkeys("both keduanya pasangan pair couple kembar twin sepasang berdua".split(), 2),
    **dict.fromkeys("half setengah separuh separo paruh".split(), 0.5),
    **dict.fromkeys("quarter seperempat".split(), 0.25),
    "sepertiga": 1 / 3,
    "bertiga": 3,
    "berempat": 4,
}


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or mark, in lower case: ``text[start:end]`` is ``written``."""

    written: str
    lower: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The words, numbers and marks of a text, in order."""
    return [Token(match[0], match[0].lower(), match.start(), match.end()) for match in _TOKEN.finditer(text)]


def at(row: Sequence[Token], index: int) -> str:
    """The token at ``index`` in lower case; "" outside the text."""
    return row[index].lower if 0 <= index < len(row) else ""


def readings(written: str, language: str) -> tuple[float, ...]:
    """The values of digits, the usual one first; a lone mark before three digits groups thousands.

    "1.500" is 1500, and in English perhaps 1.5; "1,500" is 1500, and in Indonesian perhaps 1.5.
    """
    if len(written) > _LONGEST_NUMBER or ":" in written:
        return ()
    last = max(written.rfind("."), written.rfind(","))
    if last < 0:
        return (float(written),)
    decimal = float(f"{_MARKS.sub('', written[:last])}.{written[last + 1 :]}")
    if not _GROUPED.fullmatch(written):
        return (decimal,)
    grouped = float(_MARKS.sub("", written))
    decimal_mark = "." if language == "en" else ","
    may_be_decimal = written[last] == decimal_mark and len(_MARKS.findall(written)) == 1
    return (grouped, decimal) if may_be_decimal else (grouped,)


def number_at(row: Sequence[Token], first: int, language: str) -> tuple[tuple[float, ...], int]:
    """The readings of the number that starts at a token, and the index behind it; ((), first) where none starts."""
    whole, smallest = 0.0, float("inf")  # what the scales so far closed, and the last of them
    current: float | None = None  # what waits for a scale
    digits: tuple[float, ...] = ()
    index = first
    while index < len(row):
        word = row[index].lower
        if word[0].isdecimal():
            if current is not None or (whole and SCALES.get(at(row, index + 1), smallest) >= smallest):
                break
            digits = readings(word, language)
            if len(digits) > 1 and at(row, index + 1) in SCALES:
                digits = digits[1:]  # "1.716 billion"
            if not digits:
                break
            current = digits[0]
        elif word in SCALES and index > first:
            scale = SCALES[word]
            if current is None:
                whole, smallest = whole * scale, smallest * scale  # "5 ribu triliun"
            elif scale <= 100:
                current *= scale
            elif scale < smallest:
                whole, current, smallest = whole + current * scale, None, scale
            else:
                break
        elif word in _SCALED_ONE:
            if current is not None or _SCALED_ONE[word] >= smallest:
                break
            smallest = _SCALED_ONE[word]
            whole += smallest
        else:
            grown = _grow(row, index, current)
            if grown is not None:
                current = grown
            elif not _joins(row, index, current):
                break
        index += 1
    value = whole + (current or 0.0)
    if index == first or (current is None and not whole):
        return (), first
    ratios = (other / digits[0] for other in digits[1:])
    return (value, *(value * ratio for ratio in ratios)), index


def _grow(row: Sequence[Token], index: int, current: float | None) -> float | None:
    """The waiting number with one more number word, or None where the word does not continue it."""
    word, held = row[index].lower, current or 0.0
    before, after = at(row, index - 1), at(row, index + 1)
    if word in ("setengah", "half"):
        if current is not None:
            return held + 0.5 if after in SCALES or before == "a" else None
        return 0.5 if after in SCALES or (after == "a" and at(row, index + 2) in SCALES) else None
    if word in ("a", "se") and current is None:
        return 1.0 if after in SCALES and before != "half" else None
    if word in ("belas", "puluh"):
        fits = 1 < held % 100 < 10 and before in ONES
        return (held + 10 if word == "belas" else held + 9 * (held % 10)) if fits else None
    if word == "seratus":
        return 100.0 if current is None else None
    value = ONES.get(word, _TENS.get(word))
    if value is None:
        return None
    if current is None or (held >= 100 and held % 100 == 0):
        return held + value
    return held + value if held >= 20 and held % 10 == 0 and 0 < value < 10 and not before[:1].isdecimal() else None


def _joins(row: Sequence[Token], index: int, current: float | None) -> bool:
    """Whether a word or hyphen stands inside a number: "twenty-five", "two hundred and five", "one and a half"."""
    word, after = row[index].lower, at(row, index + 1)
    if word == "a":
        return (current is not None and after == "half") or (at(row, index - 1) == "half" and after in SCALES)
    if current is None:
        return False
    if word == "-":
        return at(row, index - 1) in _TENS and 0 < ONES.get(after, 0) < 10
    if word == "and":
        in_hundreds = current >= 100 and current % 100 == 0 and (after in ONES or after in _TENS)
        return in_hundreds or (after == "a" and at(row, index + 2) == "half")
    return False
