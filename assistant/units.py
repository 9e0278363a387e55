"""What a figure must be measured in: "100 meter" is no answer to "Berapa besar utang ...?".

The reader takes the number that stands best among the words of the question, whatever it counts. Where the question
asks for money, percent, a currency or "kali lipat", and the passage holds a figure of that kind, those of other kinds
are closed to answers.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from index.language import Amount, amounts

__all__ = ["figures_in_other_units", "with_asked_unit"]

Range = tuple[int, int]

_CURRENCIES: Final = {
    "rupiah": frozenset({"rp"}),
    **{name: frozenset({"us$"}) for name in ("dolar", "dollar", "dollars", "us$", "usd")},
    **{
        name: frozenset({name})
        for name in (
            "euro", "yen", "tenge", "ringgit", "yuan", "pound", "poundsterling", "baht", "won", "peso", "rubel", "lira",
            "riyal", "dirham", "franc", "krona", "rupee",
        )
    },
}  # fmt: skip
_MONEY: Final = frozenset().union(*_CURRENCIES.values())
_SUM: Final = 1e4  # a bare number from here on may be money whose currency is understood
_HOW_MUCH: Final = r"(?<!tahun )(?<!tanggal )(?<!nomor )berapa(?:kah)?"
_SORT: Final = r"(?:(?:besar(?:nya|kah)?|jumlah|total|taksiran|perkiraan|kisaran) )*"
_ASKS_MONEY: Final = re.compile(
    rf"\b(?:{_HOW_MUCH} {_SORT}(?:nilai (?:aset|kontrak|proyek|pasar|investasi|transaksi|ekspor|impor|saham|"
    r"kerugian|bantuan)|utang|uang|hutang|harga|biaya|ongkos|anggaran|kerugian|gaji|upah|denda|tarif|modal|omzet|laba|"
    r"pendapatan|banderol)"
    r"|how much (?:money|(?:did|does|do|will|was|were|is|are) .+ (?:cost|paid|pay|spend|worth|earn|owe))"
    r"|what (?:is|was|were|are) the (?:price|cost|costs|budget|fine|salary|fee|fare))\b",
    re.IGNORECASE,
)
_FOLD: Final = " lipat"  # of "1,5 kali lipat"
_RANGE: Final = re.compile(r"\s?[-–]\s?\d")
_ASKS_SHARE: Final = re.compile(r"\b(?:berapa(?:kah)? persen|what percent(?:age)?|how many percent)\b", re.IGNORECASE)
_ASKS_TIMES: Final = re.compile(r"\b(?:berapa(?:kah)? kali lipat|how many times (?:as|more|higher))\b", re.IGNORECASE)
_ASKS_CURRENCY: Final = re.compile(
    rf"\b(?:dalam(?: mata uang)?|berapa(?:kah)?|in|how many) ({'|'.join(map(re.escape, _CURRENCIES))})\b", re.IGNORECASE
)


@lru_cache(maxsize=64)
def _asked_units(question: str) -> frozenset[str] | None:
    """The units that an answer may have; None where the question does not say."""
    if currency := _ASKS_CURRENCY.search(question):
        return _CURRENCIES[currency[1].lower()]
    for pattern, units in ((_ASKS_SHARE, {"%"}), (_ASKS_TIMES, {"kali", "times"}), (_ASKS_MONEY, _MONEY)):
        if pattern.search(question):
            return frozenset(units)
    return None


def figures_in_other_units(question: str, text: str) -> list[Range]:
    """Where the text has figures that do not measure what is asked, if it has one that does; else nowhere."""
    asked = _asked_units(question)
    if asked is None:
        return []
    found = amounts(text)
    if not any(one.unit in asked for one in found):
        return []
    return [(one.start, one.end) for one in found if not _may_fit(one, asked, text)]


def with_asked_unit(question: str, text: str, end: int) -> int:
    """Where an answer that ends at ``end`` ends with the asked unit: behind "tenge" in "441 miliar tenge"."""
    asked = _asked_units(question) or frozenset()
    return next(
        (
            one.end + len(_FOLD) * text.startswith(_FOLD, one.end)
            for one in amounts(text)
            if one.start < end <= one.end and one.unit in asked
        ),
        end,
    )


def _may_fit(amount: Amount, asked: frozenset[str], text: str) -> bool:
    """Also the first of "2-3 persen"; of money a bare sum, and a share ("tarif pajak 1 persen")."""
    if amount.unit in asked or _RANGE.match(text, amount.end):
        return True
    return asked == _MONEY and (amount.value >= _SUM or amount.unit == "%")
