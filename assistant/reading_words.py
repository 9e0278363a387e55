"""Closed word lists that tell the reading network what kind of thing a word is and what a question wants."""

from __future__ import annotations

import re
from typing import Final

from index.language import STOP_WORDS

__all__ = ["QUESTION_FLAGS", "QUESTION_KINDS", "WORD_FLAGS", "question_flags", "question_kind", "word_flags"]


def _split(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NUMBERS: Final = _split(
    """nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas belas puluh puluhan ratus ratusan ribu
    ribuan juta jutaan miliar milyar triliun seratus seribu sejuta setengah separuh sepertiga seperempat pertama
    kedua ketiga keempat kelima keenam ketujuh kedelapan kesembilan kesepuluh one two three four five six seven
    eight nine ten eleven twelve twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million
    billion trillion half first second third fourth fifth"""
)
_TIMES: Final = _split(
    """januari februari maret april mei juni juli agustus september oktober november desember senin selasa rabu kamis
    jumat sabtu minggu ahad january february march may june july august october december monday tuesday
    wednesday thursday friday saturday sunday pagi siang sore malam dini kemarin besok lusa wib wita wit pukul
    jam tahun bulan pekan hari tanggal abad dekade year month week day century morning evening night"""
)
_UNITS: Final = _split(
    """rp rupiah dolar dollar dollars euro yen persen percent us usd ton kg kilogram gram meter km kilometer hektare
    hektar orang unit buah ekor kali poin gol kursi halaman menit detik liter cm mm mil derajat km2 people times
    points goals miles feet minutes hours jam suara peserta penumpang"""
)
_PLACES: Final = _split(
    """di ke dari in at from near kota kabupaten provinsi desa kecamatan jalan negara pulau gedung city"""
)
_ROLES: Final = _split(
    """presiden wakil menteri gubernur bupati wali walikota ketua direktur kepala juru sekretaris jenderal pelatih
    pemain kapten kiper striker bek penyanyi aktor aktris artis sutradara dokter profesor pengacara hakim jaksa
    kapolda kapolres komisaris anggota pendiri ceo manajer pembalap petenis president minister governor director
    chief coach player king queen prince professor raja ratu pangeran sultan paus istri suami ayah ibu putra
    putri anak adik kakak bernama"""
)
_SPEECH: Final = _split(
    """kata katanya ujar ujarnya tutur tuturnya ucap ucapnya jelas jelasnya tegas tegasnya ungkap ungkapnya imbuh
    imbuhnya tandas tandasnya papar paparnya sebut sebutnya terang terangnya lanjut lanjutnya tambah tambahnya
    menurut mengatakan menyebut menuturkan menjelaskan mengungkapkan menegaskan menambahkan menyatakan beber
    bebernya said says according"""
)
_CAUSES: Final = _split(
    """karena sebab akibat lantaran sehingga agar supaya untuk demi guna dengan cara melalui oleh penyebab alasan
    alasannya pasalnya because due since cause reason so by"""
)
_DEFINES: Final = _split(
    """adalah ialah yaitu yakni merupakan bernama disebut berarti bernama dijuluki is was are were called named"""
)
_NEGATIONS: Final = _split("tidak bukan belum tanpa tak not never no without")
_LISTS: Final = (_NUMBERS, _TIMES, _UNITS, _PLACES, _ROLES, _SPEECH, _CAUSES, _DEFINES, _NEGATIONS)

WORD_FLAGS: Final = 6 + len(_LISTS)


def word_flags(surface: str, folded: str, language: str) -> tuple[float, ...]:
    """Capital, all capitals, digit, year, mark, stop word, then one flag for each word list."""
    letters = surface[0].isalpha()
    shape = (
        letters and surface[0].isupper(),
        letters and len(surface) > 1 and surface.isupper(),
        surface[0].isdigit(),
        len(surface) == 4 and surface.isdigit() and surface[:2] in ("16", "17", "18", "19", "20"),
        not surface[0].isalnum(),
        folded in STOP_WORDS[language],
    )
    return tuple(float(flag) for flag in shape) + tuple(float(folded in each) for each in _LISTS)


# In the order in which they are tried: "tahun berapa" is a time before "berapa" is a number.
_KINDS: Final[dict[str, tuple[tuple[str, re.Pattern[str]], ...]]] = {
    language: tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in patterns)
    for language, patterns in {
        "id": (
            ("when", r"\b(kapan(kah)?|bilamana|(tahun|tanggal|jam|pukul|hari|bulan|abad) (berapa|apa))\b"),
            ("why", r"\b(mengapa|kenapa|alasan(nya)?|apa (yang )?(sebab|menyebabkan|membuat)|penyebab(nya)?)\b"),
            ("number", r"\b(berapa(kah)?|seberapa)\b"),
            ("who", r"\b(siapa(kah)?)\b"),
            ("where", r"\b(di ?mana(kah)?|ke ?mana(kah)?|dari mana|negara mana|kota mana)\b"),
            ("how", r"\b(bagaimana(kah)?|gimana|cara(nya)?)\b"),
            ("which", r"\b(mana(kah)?)\b"),
            ("what", r"\b(apa(kah|kan)?)\b"),
        ),
        "en": (
            ("when", r"\b(when|(what|which) (year|date|day|month|time|century))\b"),
            ("why", r"\b(why|what (caused|causes|was the reason|is the reason|made)|reasons? )\b"),
            ("number", r"\b(how (many|much|long|old|far|tall|large|big|high|often|fast)|what (percent|amount))\b"),
            ("who", r"\b(who|whose|whom)\b"),
            ("where", r"\b(where|(what|which) (country|city|place|state|province|town|location))\b"),
            ("how", r"\bhow\b"),
            ("which", r"\bwhich\b"),
            ("what", r"\bwhat\b"),
        ),
    }.items()
}
_MANY: Final = re.compile(r"\b(saja|sebutkan|which \w+s|what are|list|name the|kedua|ketiga)\b", re.IGNORECASE)

QUESTION_KINDS: Final = ("when", "why", "number", "who", "where", "how", "which", "what", "other")
QUESTION_FLAGS: Final = len(QUESTION_KINDS) + 4


def question_kind(question: str, language: str) -> str:
    """What a question asks for: one of QUESTION_KINDS."""
    for kind, pattern in _KINDS["en" if language == "en" else "id"]:
        if pattern.search(question):
            return kind
    return "other"


def question_flags(question: str, language: str, crosses_languages: bool) -> list[float]:
    """One flag for each kind, then: wants several things, negated, English, the passages' language differs."""
    kind = question_kind(question, language)
    negated = any(word in _NEGATIONS for word in question.lower().split())
    flags = [kind == each for each in QUESTION_KINDS]
    flags += [bool(_MANY.search(question)), negated, language == "en", crosses_languages]
    return [float(flag) for flag in flags]
