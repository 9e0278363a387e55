"""Parts words, sentences and list items that ran together where a link or a line break was removed."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

__all__ = ["unglue"]

# Words that never start a name in camel case, so that a capital right behind one is another word ("dariCNBC").
_LEFT_WORDS: Final = frozenset(
    """dari kepada oleh dan pada dengan yang antara dikutip dilansir ujar kata untuk bahwa dalam seperti menurut
    jelas ungkap tutur sebut tulis lalu serta juga saat terhadap tentang atas sebagai bersama melalui antar
    karena agar setelah sebelum ketika hingga sampai selain namun tetapi atau adalah akan telah sudah tidak
    bukan para sang mantan anggota warga ketua wakil calon pemerintah perusahaan lembaga kementerian laman
    situs media wartawan kawasan wilayah daerah kabupaten kecamatan provinsi menteri presiden gubernur
    bupati direktur sekretaris jenderal kepala tambah imbuh kutip via per from with and said that according
    between Presiden Menteri Gubernur Bupati Ketua Wakil Direktur Kapolri Kapolda Kapolres Kepala Sekretaris
    Komisaris Jenderal Kabupaten Provinsi Kecamatan Kementerian Polda Polres Dari Kepada Menurut Dilansir
    Dikutip Pemerintah Perusahaan President Minister Governor""".split()
)
_SHORT_LEFT: Final = frozenset(("di", "ke", "Di"))  # "diDKI"; but "diMana" and "inDrive" are written so
_RIGHT_SUFFIXES: Final = ("nya", "mu", "ku")  # "kepadaNya" is one word, said of God
_PREFIXES: Final = re.compile(r"(?:meng|mem|men|ber|ter|di)[a-z]{4,}|[a-z]{4,}(?:kan|nya)")

_CAMEL: Final = re.compile(
    r"(?<![\w#@/.&])([A-Za-z]?[a-z]{1,18})([A-Z][A-Za-z]{1,40})(?![\w.]{0,40}\.(?:com|id|net|org|co))"
)
_DETIK: Final = re.compile(
    r"(?<!\w)(?i:(dari|kepada|oleh|dilansir|dikutip|ditemui|wartawan|redaksi))(?=detik(?:com|[A-Z]))"
)
_ACRONYM: Final = re.compile(
    r"(?<![\w#@/.])([A-Z]{3,12})(?=(?:t?ersebut|yang|dengan|untuk|dalam|pada|akan|telah|sudah|tidak|adalah|mengatakan"
    r"|menyebut|juga)(?!\w))"
)
# The space that was lost behind a full stop. Too short a word in front is an abbreviation ("Kab.Cirebon", "Dr.Ali"),
# and a dot, slash or @ around it an address, a case number or a file.
_STOP: Final = re.compile(r"[.!?](?=[A-Z][a-z])")
_LAST_WORD: Final = re.compile(r"[\w./@:-]+[\"”’)]{0,2}$")
_YEAR_END: Final = re.compile(r"(?:^|/)(?:19|20)\d\d$")
_SHORT_WORDS: Final = frozenset("ini itu dia ada apa dua hal tak pun nya she him her".split())
_ABBREVIATIONS: Final = frozenset(
    "prof drs hlm jend letjen mayjen brigjen irjen kombes kompol dept univ dist corp bros".split()
)
_DOMAIN_ENDS: Final = frozenset("Com Org Net Id Co Go Ac News Tv Info Sch".split())
_NEXT_WORD: Final = re.compile(r"[A-Za-z]{2,30}")

_CAMEL_HINT: Final = re.compile(r"[a-z][A-Z]")
_ACRONYM_HINT: Final = re.compile(r"[A-Z]{3}[a-z]")
_ITEM_HINT: Final = re.compile(r"\d[.)] ?[A-Z\"“]")
_ITEM: Final = re.compile(r"(?<=[a-z):;.,%\"”])(\d{1,2})[.)] ?(?=[A-Z\"“])")
_ANY_ITEM: Final = re.compile(r"(?<!\d)(\d{1,2})[.)] ?(?=[A-Z\"“])")
_BULLET: Final = re.compile(r"(?<=[^\s•▪●]) ?([•▪●]) ?(?=\w)")


def _part_camel(text: str) -> str:
    """Split "dariCNBC" and "PresidenPrabowo"; names written that way ("YouTube", "BUMDes") stay."""

    def part(match: re.Match[str]) -> str:
        left, right = match[1], match[2]
        if right.lower().startswith(_RIGHT_SUFFIXES) and len(right) <= 6:
            return match[0]
        if left in _LEFT_WORDS or (left in _SHORT_LEFT and right[:3].isupper() and len(right) >= 3):
            return f"{left} {right}"
        if len(left) >= 6 and _PREFIXES.fullmatch(left):
            return f"{left} {right}"
        return match[0]

    lines = text.split("\n")
    return "\n".join(_CAMEL.sub(part, line) if _CAMEL_HINT.search(line) else line for line in lines)


def _part_sentences(text: str) -> str:
    """Put back the space behind a full stop ("jelas Nunung.Sekolah")."""

    def part(match: re.Match[str]) -> str:
        before = _LAST_WORD.search(text, max(0, match.start() - 30), match.start())
        follows = _NEXT_WORD.match(text, match.end())
        if before is None or follows is None or follows[0] in _DOMAIN_ENDS:
            return match[0]
        word = before[0].rstrip('"”’)')
        if _YEAR_END.search(word):
            return f"{match[0]} "
        if not word[-1:].islower() or any(mark in word for mark in "./@:") or word.lower() in _ABBREVIATIONS:
            return match[0]
        if len(word) < 4 and word not in _SHORT_WORDS:
            return match[0]
        after = text[follows.end() : follows.end() + 2]
        in_address = after[:1] in ("/", "@", "_") or (after[:1] == "." and after[1:].islower())
        return match[0] if in_address else f"{match[0]} "

    return _STOP.sub(part, text)


def _part_items(text: str) -> str:
    """Give each item of a numbered list its line ("berikut:1. Jakarta2. Bandung"), where the numbers count up."""
    glued = list(_ITEM.finditer(text))
    if not glued:
        return text
    numbers = [(int(match[1]), match.start()) for match in _ANY_ITEM.finditer(text)]
    starts = {
        match.start()
        for match in glued
        if any(
            (number == int(match[1]) - 1 and start < match.start())
            or (int(match[1]) == 1 and number == 2 and start > match.start())
            for number, start in numbers[:200]
        )
    }
    if not starts:
        return text
    cuts = [0, *sorted(starts), len(text)]
    return "\n".join(text[a:b].strip() for a, b in pairwise(cuts))


def unglue(text: str) -> str:
    """The text with run-together words, sentences and list items apart; where unsure, as it was."""
    if _STOP.search(text):
        text = _part_sentences(text)
    if _CAMEL_HINT.search(text):
        text = _part_camel(_DETIK.sub(r"\1 ", text))
    if _ACRONYM_HINT.search(text):
        text = _ACRONYM.sub(r"\1 ", text)
    if _ITEM_HINT.search(text):
        text = _part_items(text)
    if any(text.count(mark) > 1 for mark in "•▪●"):
        text = _BULLET.sub(r"\n\1 ", text)
    return text
