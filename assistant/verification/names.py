"""The names of a sentence, and whether a source holds them, in either language's spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Final

from assistant.verification.exonyms import GROUPS
from assistant.verification.number_words import Token, tokens
from assistant.verification.units import CURRENCIES, UNITS
from index.dictionary import Dictionary
from index.language import STOP_WORDS, fold, stem

__all__ = ["Name", "NameIndex", "missing", "names"]

# Dropped from names: who holds which office is a matter of the sentence's other words.
TITLES: Final = frozenset(
    """presiden wapres gubernur wagub bupati wabup wali walikota menteri menko wamen ketua wakil direktur dirut kepala
    kapolri kapolda kapolres kapolsek panglima jenderal letjen mayjen brigjen komjen irjen kombes kompol akbp akp iptu
    ipda aiptu aipda bripka brigadir kolonel letkol mayor kapten letnan sekretaris sekjen juru jubir anggota bapak pak
    ibu bu mas mbak kang bung haji hj kh ustaz ustad ustadz kiai kyai habib gus raden ir drs dra dr prof profesor dokter
    pangeran raja ratu sultan tuan nyonya sdr komisaris pelatih
    president vice deputy governor mayor regent minister chairman chairwoman chairperson chair chief head director
    general lieutenant colonel major captain sergeant commander secretary spokesman spokeswoman spokesperson member
    mr mrs ms miss sir dame lord lady king queen prince princess pope professor doctor senator coach ceo congressman
    congresswoman representative reverend rev father sister brother saint
    sh mh se mm msi phd s.h m.h m.si""".split()
)
# Capitalised, and neither a name nor a claim.
_NO_NAMES: Final = frozenset(
    """wib wita wit gmt utc am pm ad bc bce ce tbk tahun senin selasa rabu kamis jumat sabtu minggu ahad monday
    tuesday wednesday thursday friday saturday sunday januari februari maret april mei juni juli agustus
    september oktober november desember january february march may june july august october december mm artikel
    berita sumber article source report per""".split()
)
_FORMATIVE: Final = re.compile(
    r"(?:di|me|ber|ter|pe|se|ke)\w{4,}|\w{3,}(?:nya|lah|kah|pun|ing|ed|ly|tion|tions|ness|ment|ments|able|ous|ive)"
)
_CASE_BORDER: Final = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z]{2})")
_DOUBLED: Final = re.compile(r"(.)\1+")
_SPELLINGS: Final = (
    ("oe", "u"),
    ("dj", "j"),
    ("tj", "c"),
    ("ph", "f"),
    ("kh", "k"),
    ("ck", "k"),
    ("y", "i"),
    ("v", "f"),
)
_FOREIGN: Final = (("c", "k"), ("q", "k"), ("z", "s"), ("th", "t"), ("sh", "s"), ("x", "ks"))
_VOWELS: Final = re.compile(r"[aeiouhw]")
_HEADLINE: Final = 0.75  # of the words in capitals: a title, where capitals say nothing
_OPENERS: Final = frozenset("\"“”‘’'«»([*•-–—:;!?./")


@dataclass(frozen=True, slots=True)
class Name:
    """Capitalised words in a row: ``text[start:end]``. ``words`` are those that a source must hold."""

    start: int
    end: int
    words: tuple[Token, ...]


@dataclass(slots=True)
class NameIndex:
    """What a source offers to names: its words, stems, spellings, the things it names, and short forms."""

    language: str
    words: set[str] = field(default_factory=set)
    stems: set[str] = field(default_factory=set)
    spellings: set[str] = field(default_factory=set)
    skeletons: set[str] = field(default_factory=set)
    granted: set[str] = field(default_factory=set)
    initials: set[str] = field(default_factory=set)
    initialled: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, text: str, language: str) -> NameIndex:
        """Index the names of one source; linear in its length."""
        row = tokens(text)
        index = cls(language)
        for token in row:
            if token.lower[0].isalnum():
                parts = _CASE_BORDER.split(token.written)
                index.words.update(fold(part) for part in ([token.written, *parts] if len(parts) > 1 else parts))
        index.stems = {stem(word, language) for word in index.words}
        index.spellings = {_spelling(word) for word in index.words if len(word) > 3}
        index.skeletons = {bones for word in index.words for bones in _skeletons(word)}
        index.granted = _granted(row)
        index.initials = _initials(row)
        plain = [token for token in row if token.lower[0].isalpha()]
        index.initialled = {
            f"{first.lower} {fold(second.written)}"
            for first, second in pairwise(plain)
            if len(first.written) == 1 and first.written.isupper()
        }
        return index


def _folded(token: Token) -> str:
    """A word of a name without its English genitive: "Egypt's"."""
    return fold(token.written.removesuffix("'s").removesuffix("’s"))


def _spelling(word: str) -> str:
    """One spelling for names that are written in several ways: "Soekarno", "Sukarno"."""
    for written, kept in _SPELLINGS:
        word = word.replace(written, kept)
    return _DOUBLED.sub(r"\1", word)


def _skeletons(word: str) -> list[str]:
    """The consonants of a word as both languages would write them, with and without an ending: "Mesoamerika(n)"."""
    for written, kept in _FOREIGN:
        word = word.replace(written, kept)
    bones = _DOUBLED.sub(r"\1", _VOWELS.sub("", _spelling(word)))
    return [bones[: len(bones) - cut] for cut in (0, 1) if len(bones) - cut > 3]


def _forms() -> dict[str, list[tuple[tuple[str, ...], bool, frozenset[str]]]]:
    """First word of a form -> (its words, whether it counts in capitals only, every word of its group)."""
    table: dict[str, list[tuple[tuple[str, ...], bool, frozenset[str]]]] = {}
    for group in GROUPS:
        rows = [tuple(fold(token.written) for token in tokens(form) if token.lower[0].isalnum()) for form in group]
        every = frozenset(word for row in rows for word in row)
        for form, row in zip(group, rows, strict=True):
            table.setdefault(row[0], []).append((row, form.isupper(), every))
    return table


_FORMS: Final = _forms()
_EXONYMS: Final = frozenset(row[0] for forms in _FORMS.values() for row, _, _ in forms if len(row) == 1)


def _granted(row: Sequence[Token]) -> set[str]:
    """The words of every form of every known thing that the tokens name in any form."""
    plain = [token for token in row if token.lower[0].isalnum()]
    folded = [fold(token.written) for token in plain]
    granted: set[str] = set()
    for position, word in enumerate(folded):
        for form, capitals, every in _FORMS.get(word, ()):
            if tuple(folded[position : position + len(form)]) == form and (
                not capitals or all(token.written.isupper() for token in plain[position : position + len(form)])
            ):
                granted |= every
    return granted


def _initials(row: Sequence[Token]) -> set[str]:
    """The short forms, two to six letters, that capitalised words in a row allow: "KPK"."""
    found: set[str] = set()
    for capital, group in groupby(
        (token for token in row if token.lower[0].isalpha() and token.lower not in ("dan", "of", "and", "the", "for")),
        key=lambda token: token.written[0].isupper(),
    ):
        if not capital:
            continue
        letters = "".join(fold(token.written)[:1] for token in group)
        found.update(letters[first : first + size] for size in range(2, 7) for first in range(len(letters) - size + 1))
    return found


def names(text: str, language: str, skip: Iterable[tuple[int, int]] = ()) -> list[Name]:
    """The names of a sentence, without those that lie in ``skip`` (quotations, dates, quantities)."""
    row = tokens(text)
    skipped = sorted(skip)
    words = [token for token in row if token.lower[0].isalpha() and len(token.written) > 2]
    headline = len(words) > 3 and sum(token.written[0].isupper() for token in words) > _HEADLINE * len(words)
    found: list[Name] = []
    run: list[Token] = []
    last = 0  # how far ``skipped`` has been read
    opening = True
    for token in row:
        while last < len(skipped) and skipped[last][1] <= token.start:
            last += 1
        hidden = last < len(skipped) and skipped[last][0] <= token.start
        is_word = token.lower[0].isalpha()
        if is_word and not hidden and token.written[0].isupper() and _names(token, language, opening, headline):
            run.append(token)
        elif run and not (token.written in (".", "-", "'") and not hidden):
            found.append(Name(run[0].start, run[-1].end, tuple(run)))
            run = []
        opening = token.written in _OPENERS or (opening and not is_word)
    if run:
        found.append(Name(run[0].start, run[-1].end, tuple(run)))
    return found


def _names(token: Token, language: str, opening: bool, headline: bool) -> bool:
    """Whether a capitalised word is (part of) a name."""
    word = _folded(token)
    if len(word) < 2 or token.lower in TITLES or word in _NO_NAMES or word in STOP_WORDS[language]:
        return False
    if token.lower in CURRENCIES or (token.lower in UNITS and len(word) < 4):
        return False
    if word in _EXONYMS and not (opening and word in STOP_WORDS["en"] | STOP_WORDS["id"]):
        return True
    if not (opening or headline) or (token.written.isupper() and len(word) > 1):
        return True
    return _proper(word, language) and not _FORMATIVE.fullmatch(word)


def _proper(word: str, language: str) -> bool:
    """Whether the dictionary knows no common word of this spelling."""
    translations = Dictionary.load().translations(stem(word, language), language)
    return not translations or translations[0].stem in (word, stem(word, "en"), stem(word, "id"))


def missing(name: Name, source: NameIndex, language: str) -> list[Token]:
    """The words of a name that a source does not hold in any form."""
    absent = [token for token in name.words if not _held(_folded(token), token, source, language)]
    if language != source.language and len(absent) < len(name.words):
        # A common word inside a name ("Central Bank") is translated freely; the content check weighs it.
        absent = [token for token in absent if _is_exonym_or_proper(_folded(token), language)]
    if absent and len(absent) < len(name.words):
        # "Muhammad Lutfi" of a source's "M. Lutfi"
        nexts = dict(pairwise(name.words))
        absent = [
            token
            for token in absent
            if token not in nexts or f"{token.lower[0]} {_folded(nexts[token])}" not in source.initialled
        ]
    return absent


def _held(word: str, token: Token, source: NameIndex, language: str) -> bool:
    if word in source.words or word in source.granted:
        return True
    if any(form in source.words or form in source.granted for form in _variants(word)):
        return True
    if len(word) > 3 and _spelling(word) in source.spellings:
        return True
    if stem(word, source.language) in source.stems and not _proper(word, language):
        return True
    if token.written.rstrip("s").isupper() and word.rstrip("s") in source.initials:
        return True
    if language == source.language:
        return False
    translations = Dictionary.load().translations(stem(word, language), language)
    if any(way.stem in source.stems for way in translations):
        return True
    return any(bones in source.skeletons for bones in _skeletons(word))


def _is_exonym_or_proper(word: str, language: str) -> bool:
    return word in _EXONYMS or _proper(word, language)


def _variants(word: str) -> list[str]:
    """Other forms of one name: "Indonesian", "Jakartas", "Prabowonya"."""
    forms = [word + ending for ending in ("n", "an", "ns", "s")]
    for ending in ("s", "n", "ns", "an", "ian", "ese", "nya", "lah", "pun"):
        if word.endswith(ending) and len(word) - len(ending) > 2 + (ending != "s"):
            forms += [word.removesuffix(ending), word.removesuffix(ending) + "a"]
    return forms
