"""Indonesian and English: words, stems, stop words, amounts, and which of the two a text is.

Everything here is a plain function of its text: no state, no model, no file.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import Stemmer

__all__ = [
    "INFORMAL",
    "LANGUAGES",
    "STOP_WORDS",
    "Amount",
    "Language",
    "Word",
    "amounts",
    "content_words",
    "detect_language",
    "fold",
    "folded_words",
    "formal",
    "stem",
    "stems",
    "words",
]

Language = Literal["id", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("id", "en")

# Letters and digits part ways ("Rp13" is two words, as in "Rp 13"); a number keeps its inner marks.
_WORD: Final = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’ʼ][^\W\d_]+)*")
_GROUPED: Final = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
# No cache of its own (0): `stem` has one, and PyStemmer takes four times as long to keep its.
_STEMMERS: Final = {"id": Stemmer.Stemmer("indonesian", 0), "en": Stemmer.Stemmer("english", 0)}

STOP_WORDS: Final[dict[str, frozenset[str]]] = {
    "id": frozenset(
        """ada adalah adanya agar akan aku anda antara apa apabila apakah atas atau bagaimana bagi bahwa banyak beberapa
        begitu belum berapa berikut bila bisa boleh bukan buat dalam dan dapat dari daripada demi demikian dengan di dia
        dirinya dong gimana hal hanya hingga ia ialah ini itu jadi jangan jika juga kah kalau kami kamu kan kapan karena
        kata ke kemudian kenapa kepada ketika kini kita kok lagi lah lain lalu lebih maka mana masih mau melalui
        memang mengapa menjadi menurut mereka merupakan meski namun nya oleh pada para pernah pun
        saat saja sama sampai sang saya seandainya sebagai sebelum sebuah secara sedang sehingga sejak selain selama
        semua seorang seperti serta sesuai setelah si siapa sih suatu sudah supaya tak tapi telah tentang terhadap
        tersebut
        tetapi tidak tuh untuk usai yaitu yakni yang""".split()
    ),
    "en": frozenset(
        """a about above after again against all also am an and any are as at be because been before being below between
        both but by can could did do does doing done down during each for from further had has have having he her here
        hers him his how i if in into is it its itself just me more most my no nor not now of off on once only or other
        our out over own per same she should so some such than that the their them then there these they this those
        through to too under until up upon us very was we were what when where which while who whom whose why will with
        would you your""".split()
    ),
}

# Chat spelling -> the written word. Only whole words that mean nothing else.
INFORMAL: Final[dict[str, str]] = dict(
    pair.split("=")
    for pair in """brp=berapa brapa=berapa yg=yang dmn=dimana dimn=dimana gmn=bagaimana gimana=bagaimana knp=kenapa
    knapa=kenapa kpn=kapan sp=siapa sapa=siapa dgn=dengan dg=dengan utk=untuk untk=untuk krn=karena karna=karena jd=jadi
    tdk=tidak gak=tidak ga=tidak nggak=tidak enggak=tidak ngga=tidak gk=tidak tak=tidak blm=belum blom=belum sdh=sudah
    udah=sudah udh=sudah dah=sudah skrg=sekarang skg=sekarang skrang=sekarang thn=tahun bln=bulan hr=hari tgl=tanggal
    jt=juta rb=ribu org=orang orng=orang dr=dari pd=pada jg=juga aja=saja aj=saja bgt=sekali banget=sekali bs=bisa
    bsa=bisa gw=saya gue=saya gua=saya lu=kamu lo=kamu klo=kalau kalo=kalau kl=kalau tp=tapi tpi=tapi sm=sama trs=terus
    trus=terus hrs=harus dpt=dapat emang=memang emg=memang gara=karena bkn=bukan bikin=membuat dlm=dalam ttg=tentang
    tsb=tersebut spt=seperti kayak=seperti kyk=seperti sblm=sebelum stlh=setelah abis=setelah pake=pakai
    ngomong=berbicara
    bilang=mengatakan gede=besar duit=uang cuma=hanya cuman=hanya mkn=makan ortu=orangtua pemprov=pemerintah
    hbs=habis lg=lagi lgi=lagi mksd=maksud bpk=bapak ri=indonesia""".split()
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, folded, with its place: ``text[start:end]`` is how it is written there."""

    folded: str
    start: int
    end: int


@lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """One spelling for comparison: lower case, no accents, no apostrophes, no grouping marks in numbers.

    "2.706" (Indonesian) and "2,706" (English) both become "2706"; "1,5" becomes "1.5".
    """
    if word.isascii():
        folded = word.lower()
    else:
        decomposed = unicodedata.normalize("NFKD", word)
        folded = "".join(c for c in decomposed if not unicodedata.combining(c)).lower()
    if folded[:1].isdigit():
        if _GROUPED.fullmatch(folded):
            return folded.replace(".", "").replace(",", "")
        return folded.replace(",", ".")
    return folded.replace("'", "").replace("’", "").replace("ʼ", "")


def words(text: str) -> list[Word]:
    """The words of a text in order, folded, each with its place."""
    return [Word(fold(match[0]), match.start(), match.end()) for match in _WORD.finditer(text)]


def folded_words(text: str) -> list[str]:
    """The words of a text in order, folded, without their places (four times faster than ``words``)."""
    return list(map(fold, _WORD.findall(text)))


@lru_cache(maxsize=400_000)
def stem(word: str, language: str) -> str:
    """The stem of a folded word (Snowball's Indonesian or English stemmer); numbers stay as they are."""
    if not word or word[0].isdigit():
        return word
    stemmed: str = _STEMMERS["en" if language == "en" else "id"].stemWord(word)
    return stemmed


def stems(text: str, language: str) -> list[str]:
    """The stems of all words of a text, in order."""
    return [stem(word, language) for word in folded_words(text)]


def formal(question: str) -> str:
    """A question with chat spellings ("brp", "yg") written out; everything else stays as typed."""
    return _WORD.sub(lambda match: INFORMAL.get(match[0].lower(), match[0]), question)


def content_words(text: str, language: str) -> list[Word]:
    """The words that carry meaning: no stop words of the language, no single letters."""
    stop = STOP_WORDS["en" if language == "en" else "id"]
    return [word for word in words(text) if word.folded not in stop and (len(word.folded) > 1 or word.folded.isdigit())]


# Words that decide a language in a short question but are too rare in text to be stop words.
_MARKERS: Final[dict[str, frozenset[str]]] = {
    "id": STOP_WORDS["id"]
    | frozenset(INFORMAL)
    | frozenset(
        """siapakah dimana kapankah berapakah jumlah tahun bulan hari tanggal nama orang negara kota harga presiden
        menteri
        daerah pemerintah rupiah juta miliar triliun persen tiga dua empat lima enam satu baru besar jelaskan sebutkan
        sebut siapakah tempat apaan korban pihak rencana alasan sebab setiap kabupaten provinsi""".split()
    ),
    "en": STOP_WORDS["en"]
    | frozenset(
        "many much people year date name country city said say says two three first new percent million".split()
    ),
}


def detect_language(text: str) -> Language:
    """Indonesian or English, by which language's common words the text has more of; Indonesian on a tie.

    Checked on whole articles and on single questions by ``tests/index/test_language.py``.
    """
    return told_language(text) or "id"


def told_language(text: str) -> Language | None:
    """As ``detect_language``; None where the words of a text tell neither language more than the other."""
    folded = folded_words(text[:4000])
    english = sum(map(_MARKERS["en"].__contains__, folded))
    indonesian = sum(map(_MARKERS["id"].__contains__, folded))
    if english == indonesian:
        return None
    return "en" if english > indonesian else "id"


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it stands in a text: 1.5e12 "rp" for "Rp 1,5 triliun"; the unit is "" when it has none."""

    value: float
    unit: str
    start: int
    end: int


_SCALES: Final[dict[str, float]] = {
    **dict.fromkeys(("ribu", "rb", "thousand"), 1e3),
    **dict.fromkeys(("juta", "jt", "million", "mn"), 1e6),
    **dict.fromkeys(("miliar", "milyar", "m", "billion", "bn"), 1e9),
    **dict.fromkeys(("triliun", "trilyun", "trillion", "tn"), 1e12),
}
_UNITS: Final[dict[str, str]] = {
    **dict.fromkeys(("rp", "rp.", "idr", "rupiah"), "rp"),
    **dict.fromkeys(("us$", "usd", "$", "dolar", "dollar", "dollars"), "us$"),
    **dict.fromkeys(("%", "persen", "percent", "per cent"), "%"),
}
_AMOUNT: Final = re.compile(
    r"(?P<before>Rp\.?|IDR|US\$|USD|\$)?\s?(?P<number>\d+(?:[.,]\d+)*)"
    r"(?:[ -]?(?P<scale>ribu|rb|thousand|juta|jt|million|mn|miliar|milyar|billion|bn|triliun|trilyun|trillion|tn)\b)?"
    r"(?:\s?(?P<after>%|persen\b|percent\b|per cent\b|rupiah\b|dolar\b|dollars?\b|[^\W\d_]{3,20}\b))?",
    re.IGNORECASE,
)


def _number(written: str) -> float:
    """The value of digits with Indonesian or English marks; a lone mark before three digits groups thousands."""
    if _GROUPED.fullmatch(written):
        return float(re.sub(r"[.,]", "", written))
    last = max(written.rfind("."), written.rfind(","))
    if last < 0:
        return float(written)
    whole = re.sub(r"[.,]", "", written[:last])
    return float(f"{whole}.{written[last + 1 :]}")


def amounts(text: str) -> list[Amount]:
    """Every number of a text with its scale and unit: "1,5 triliun rupiah" and "Rp 1.500 miliar" are equal.

    A unit that is not money or a share is the word behind the number ("24 orang" -> "orang").
    """
    found = []
    for match in _AMOUNT.finditer(text):
        value = _number(match["number"]) * _SCALES.get((match["scale"] or "").lower(), 1.0)
        written = (match["before"] or match["after"] or "").lower()
        start = match.start("before") if match["before"] else match.start("number")
        # "Rp13 triliun untuk": with a currency in front, the word behind is none.
        end = match.end("scale" if match["scale"] else "number") if match["before"] else match.end()
        found.append(Amount(value, _UNITS.get(written, written), start, end))
    return found
