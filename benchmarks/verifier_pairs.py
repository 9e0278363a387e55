"""True sentences with their evidence, and the same sentences made false by one change; for ``benchmarks.verifier``.

The changes are made with expressions of their own, not with the code that is measured.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from index.dates import parse_date
from index.splitting import passages, sentences

__all__ = ["KINDS", "Claim", "Pair", "claims", "nli", "pairs"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A true sentence and the text that it is true of. ``form`` is how it relates to that text."""

    origin: str
    form: str  # "as written", "rewritten" or "translated"
    language: str
    text: str
    evidence: str
    evidence_language: str
    title: str = ""
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """A true claim and a false one. ``evidence`` is what the false one is checked against."""

    kind: str
    true: Claim
    false: Claim


def rows(data: Path, name: str, limit: int | None = None) -> Iterator[dict[str, str]]:
    """The rows of one set in ``../shared/data/train``."""
    with gzip.open(data / "train" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if limit is not None and number >= limit:
                return
            yield json.loads(line)


def claims(data: Path, rng: random.Random) -> list[Claim]:
    """True claims of both languages: sentences of passages, and translations of sentences in their context."""
    found: list[Claim] = []
    for name, count in (("art_id_indosum", 3450), ("art_id_clickid", 6000)):
        for row in rows(data, name, count):
            if row.get("dropped_links") or len(row["text"]) < 300:
                continue
            found += _sentence_of(row["id"], row["text"], "id", row["title"], parse_date(row.get("date") or ""), rng)
    for name in ("qa_en_tydiqa.train", "qa_en_tydiqa.dev", "qa_en_clapnq.dev"):
        seen = set()
        for row in rows(data, name):
            text = re.sub(r"\[\d+\](?::\d+)?", "", row["context"])
            if text not in seen:
                seen.add(text)
                found += _sentence_of(row["id"], text, "en", row.get("title", ""), None, rng)
    for name in ("par_pud", "par_sib200", "par_tico19"):
        pairs_ = [row for row in rows(data, name) if not _MOJIBAKE.search(row["id_text"] + row["en_text"])]
        for number, row in enumerate(pairs_):
            around = [pairs_[other] for other in (number - 1, number + 1) if 0 <= other < len(pairs_)]
            for language, own, source in (("en", "en_text", "id_text"), ("id", "id_text", "en_text")):
                context = " ".join(one[source] for one in (around[0], row, *around[1:]))
                other = "id" if language == "en" else "en"
                found.append(Claim(f"{name}-{number}", "translated", language, row[own], context, other))
    rng.shuffle(found)
    return found


def _sentence_of(
    origin: str, text: str, language: str, title: str, published: date | None, rng: random.Random
) -> list[Claim]:
    """Two sentences of a text, each with its passage."""
    found = []
    for span in rng.sample(parts := passages(text, language), min(2, len(parts))):
        passage = text[span.start : span.end]
        spans = [one for one in sentences(passage, language) if 40 < one.end - one.start < 400]
        if spans:
            one = rng.choice(spans)
            claim = passage[one.start : one.end]
            found.append(Claim(origin, "as written", language, claim, passage, language, title, published))
    return found


MONTHS: Final = {
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember".split(),
    "en": "January February March April May June July August September October November December".split(),
}
WEEKDAYS: Final = {
    "id": "Senin Selasa Rabu Kamis Jumat Sabtu Minggu".split(),
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
}
NUMBER_WORDS: Final = {
    "id": "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh".split(),
    "en": "zero one two three four five six seven eight nine ten".split(),
}
SCALES: Final = {"id": "ribu juta miliar triliun".split(), "en": "thousand million billion trillion".split()}
UNITS: Final = (
    "kilometer meter", "km meter", "kg ton", "gram kilogram", "hektare kilometer", "hari minggu", "hari bulan",
    "jam menit", "menit detik", "bulan tahun", "tahun bulan", "persen orang", "days weeks", "hours minutes",
    "years months", "months years", "weeks months", "miles metres", "km m", "kilometers meters", "feet miles",
    "percent people", "minutes hours", "meter kilometer", "orang persen", "people percent", "ton kg",
)  # fmt: skip
PLACES: Final = {
    "id": """Jakarta Surabaya Bandung Medan Semarang Makassar Palembang Yogyakarta Denpasar Bogor Bekasi Tangerang
    Malang Padang Pekanbaru Samarinda Banjarmasin Manado Ambon Jayapura Kupang Mataram Pontianak Jambi Bengkulu
    Indonesia Malaysia Jepang Jerman Prancis Inggris Spanyol Italia Rusia Mesir India Australia Belanda Brasil
    Argentina Thailand Filipina Vietnam Singapura Turki Iran""".split(),
    "en": """London Paris Berlin Rome Madrid Tokyo Moscow Beijing Washington Chicago Boston Toronto Sydney
    France Germany England Japan China India Russia Spain Italy Australia Canada Mexico Brazil Egypt Turkey Iran
    Indonesia Malaysia California Texas Europe Africa Asia""".split(),
}
_NUMBER: Final = r"(?<![\w.,/:\-–])\d+(?:[.,]\d+)*(?![\w/:\-–]|[.,]\d)"
_MONEY_BEFORE: Final = re.compile(r"(?:Rp\.?|US\$|\$|€|£)\s?$")
_NOT_A_NAME: Final = frozenset(
    """Presiden Gubernur Bupati Menteri Ketua Wakil Direktur Kepala Ibu Bapak Pak Jenderal Kapolres Kapolda Kapolri
    Kapolsek Brigjen Irjen Kombes Lord Anda
    President Governor Minister The This That These Those It He She They We But And In On At For Of A An I Mr Mrs Dr
    WIB WITA Rp Tuhan Allah Yang Di Ini Itu Dan Saya Kami Kita Wali Pemain Pelatih Sekretaris General Chief Director"""
    .split()
) | {name for names in (*MONTHS.values(), *WEEKDAYS.values()) for name in names}  # fmt: skip
_NAME: Final = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,}){0,2}(?=[ ,.])")

_MOJIBAKE: Final = re.compile("[ÃÂÄ]|â€")

Change = Callable[[Claim, random.Random], str | None]


def _replaced(text: str, match: re.Match[str], new: str) -> str:
    return text[: match.start()] + new + text[match.end() :]


def _other(options: list[str], one: str, rng: random.Random) -> str:
    return rng.choice([option for option in options if option.lower() != one.lower()])


def _other_digits(written: str, rng: random.Random) -> str:
    """The same number with one digit changed."""
    places = [place for place, character in enumerate(written) if character.isdigit()]
    place = rng.choice(places)
    digits = [d for d in "123456789" if d != written[place]]
    return written[:place] + rng.choice(digits) + written[place + 1 :]


def _numbers(claim: Claim, what: str) -> list[re.Match[str]]:
    """The numbers in digits that are of a kind: "number", "amount" or "percentage"."""
    found = []
    months = "|".join(MONTHS["id"] + MONTHS["en"])
    for match in re.finditer(_NUMBER, claim.text):
        before, after = claim.text[: match.start()], claim.text[match.end() : match.end() + 24]
        if re.match(rf" (?:{months})\b", after) or re.search(rf"(?:{months}),? (?:\d+, )?$", before):
            kind = "date"
        elif _MONEY_BEFORE.search(before) or re.match(r" (?:\w+ )?(?:rupiah|dolar|dollars|euros?|pounds|yen)\b", after):
            kind = "amount"
        elif re.match(r" ?(?:%|persen\b|percent\b|per cent\b)", after):
            kind = "percentage"
        elif re.fullmatch(r"1[89]\d\d|20[0-4]\d", match[0]):
            kind = "year"
        else:
            kind = "number"
        if kind == what:
            found.append(match)
    return found


def _change_number(what: str) -> Change:
    def change(claim: Claim, rng: random.Random) -> str | None:
        found = _numbers(claim, what)
        if what == "number":
            words = "|".join(NUMBER_WORDS[claim.language][2:])
            found += re.finditer(rf"\b(?:{words})\b(?! (?:puluh|belas|ratus))", claim.text)
        if not found:
            return None
        match = rng.choice(found)
        new = (
            _other_digits(match[0], rng)
            if match[0][0].isdigit()
            else _other(NUMBER_WORDS[claim.language][2:], match[0], rng)
        )
        return _replaced(claim.text, match, new)

    return change


def _change_scale(claim: Claim, rng: random.Random) -> str | None:
    words = SCALES[claim.language]
    found = list(re.finditer(rf"(?<=\d )(?:{'|'.join(words)})\b", claim.text))
    if not found:
        return None
    match = rng.choice(found)
    return _replaced(claim.text, match, _other(words, match[0], rng))


def _change_currency(claim: Claim, rng: random.Random) -> str | None:
    pairs_ = {
        "Rp": "US$",
        "US$": "Rp",
        "$": "€",
        "€": "$",
        "£": "$",
        "rupiah": "dolar",
        "dollars": "yen",
        "dolar": "yen",
    }
    found = list(
        re.finditer(r"\bRp(?=\.? ?\d)|US\$(?= ?\d)|(?<![SA])[$€£](?=\d)|(?<=\w )(?:rupiah|dollars)\b", claim.text)
    )
    if not found or (len(found) == 1 and found[0][0] in ("rupiah", "dollars") and not re.search(r"\d", claim.text)):
        return None
    match = rng.choice(found)
    return _replaced(claim.text, match, pairs_[match[0]])


def _change_unit(claim: Claim, rng: random.Random) -> str | None:
    found = [
        (match, new)
        for old, new in (pair.split() for pair in UNITS)
        for match in re.finditer(rf"(?<=\d ){old}\b", claim.text)
    ]
    if not found:
        return None
    match, new = rng.choice(found)
    return _replaced(claim.text, match, new)


def _change_date(claim: Claim, rng: random.Random) -> str | None:
    months, weekdays = MONTHS[claim.language], WEEKDAYS[claim.language]
    text = claim.text
    options: list[tuple[re.Match[str], str]] = []
    for match in re.finditer(rf"\b\d{{1,2}}(?= (?:{'|'.join(months)})\b)", text):
        options.append((match, str(rng.choice([d for d in range(1, 29) if d != int(match[0])]))))
    for match in re.finditer(rf"(?<=\d )(?:{'|'.join(months)})\b|\b(?:{'|'.join(months)})(?= \d)", text):
        options.append((match, _other(months, match[0], rng)))
    for match in re.finditer(r"(?<=\()(\d{1,2})/(\d{1,2})(?=[/)])", text):
        day = rng.choice([d for d in range(1, 29) if d != int(match[1])])
        options.append((match, f"{day}/{match[2]}"))
    for match in re.finditer(rf"\b(?:{'|'.join(weekdays)})\b(?! (?:ini|lalu|depan))", text):
        if match.start() > 0:
            options.append((match, _other(weekdays, match[0], rng)))
    for match in re.finditer(r"(?<![\d.,/\-–])(?:19|20)\d\d(?![\d\-–/]|[.,]\d)", text):
        year = int(match[0])
        options.append((match, str(rng.choice([y for y in range(year - 9, year + 10) if y != year]))))
    if not options:
        return None
    match, new = rng.choice(options)
    return _replaced(text, match, new)


class _Names:
    """Which capitalised words are names: those that the evidence of all claims hardly ever has in lower case."""

    def __init__(self, everything: list[Claim]) -> None:
        texts = {claim.evidence: claim.evidence_language for claim in everything}
        self.common: set[str] = set()
        lower, upper = Counter[str](), Counter[str]()
        for text in texts:
            for word in re.findall(r"[A-Za-z][a-z]+", text):
                (upper if word[0].isupper() else lower)[word.lower()] += 1
        self.common = {word for word, count in lower.items() if count * 10 > upper[word]}
        self.pool: dict[str, dict[int, list[str]]] = {"id": {}, "en": {}}
        for claim in everything:
            if claim.form == "as written":
                for match in self.of(claim.text):
                    self.pool[claim.language].setdefault(len(match[0].split()), []).append(match[0])

    def of(self, text: str) -> list[re.Match[str]]:
        """The names of a sentence, but for its first word."""
        found = (match for match in _NAME.finditer(text) if not set(match[0].split()) & _NOT_A_NAME)
        return [match for match in found if not any(word.lower() in self.common for word in match[0].split())]

    def change(self, claim: Claim, rng: random.Random) -> str | None:
        """Another name of as many words in place of one."""
        found = self.of(claim.text)
        if not found:
            return None
        match = rng.choice(found)
        return _replaced(claim.text, match, rng.choice(self.pool[claim.language][len(match[0].split())]))

    def swap(self, claim: Claim, rng: random.Random) -> str | None:
        """Two names of the sentence in each other's place."""
        found = self.of(claim.text)
        return _swapped(claim.text, found[0], found[-1]) if len(found) > 1 and found[0][0] != found[-1][0] else None


def _change_place(claim: Claim, rng: random.Random) -> str | None:
    places = PLACES[claim.language]
    found = list(re.finditer(rf"\b(?:{'|'.join(places)})\b", claim.text))
    if not found:
        return None
    match = rng.choice(found)
    return _replaced(claim.text, match, _other(places, match[0], rng))


def _negate(claim: Claim, rng: random.Random) -> str | None:
    text = claim.text
    if claim.language == "id":
        if match := re.search(r"\b(?:tidak|belum|tak) (?!hanya|cuma|sekadar|kurang|lain|sampai)", text):
            return _replaced(text, match, "")
        if match := re.search(r"(?<=[a-z] )(?:telah|sudah) ", text):
            return _replaced(text, match, "belum ")
        if match := re.search(
            r"(?<=[a-z] )(?=(?:akan|bisa|dapat|harus|me[nmr]\w{4,}|di[a-z]{5,}|ber[a-z]{4,}) )", text
        ):
            return _replaced(text, match, "tidak ")
        return None
    if match := re.search(r" not(?= (?!only|just|merely))", text):
        return _replaced(text, match, "")
    if match := re.search(r"\b(?:is|was|are|were|has|had|will|can|could|would|have) (?=[a-z])", text):
        return text[: match.end()] + "not " + text[match.end() :]
    return None


def _swap_numbers(claim: Claim, rng: random.Random) -> str | None:
    found = _numbers(claim, "number")
    return _swapped(claim.text, found[0], found[-1]) if len(found) > 1 and found[0][0] != found[-1][0] else None


def _swapped(text: str, first: re.Match[str], last: re.Match[str]) -> str:
    between = text[first.end() : last.start()]
    return text[: first.start()] + last[0] + between + first[0] + text[last.end() :]


KINDS: Final = (
    "number", "amount", "percentage", "scale", "currency", "unit", "date", "name", "place", "negation",
    "swapped names", "swapped numbers", "other article",
)  # fmt: skip


def rewritten(claim: Claim) -> Claim | None:
    """The same claim with one number or date in another written form, or None where there is nothing to rewrite."""
    text = claim.text
    if re.search('["“”]', text):
        return None  # a quotation must stay literal
    months, en = MONTHS["id"], MONTHS["en"]
    lower = {"triliun": "miliar", "miliar": "juta"}
    rules: list[tuple[str, Callable[[re.Match[str]], str]]] = [
        (r"Rp\.? ?(\d+),(\d) (triliun|miliar)\b", lambda m: f"Rp {m[1]}.{m[2]}00 {lower[m[3]]}"),
        (r"Rp\.? ?(\d+(?:,\d+)?) (juta|miliar|triliun)\b", lambda m: f"{m[1]} {m[2]} rupiah"),
        (r"Rp\.? ?(\d{1,3})\.000\b(?![.,]\d)", lambda m: f"{m[1]} ribu rupiah"),
        (r"(?<![A-Z])\$(\d+(?:\.\d+)?) (million|billion)\b", lambda m: f"{m[1]} {m[2]} dollars"),
        (r"(\d+(?:[.,]\d+)?) (?:persen|percent)\b", lambda m: f"{m[1]}%"),
        (r"(\d+(?:[.,]\d+)?)%", lambda m: f"{m[1]} {'persen' if claim.language == 'id' else 'percent'}"),
        (rf"(?<![\d\-–])(\d{{1,2}}) ({'|'.join(months)}) (\d{{4}})\b",
         lambda m: f"{m[1]}/{months.index(m[2]) + 1}/{m[3]}"),
        (rf"\b(\d{{1,2}}) ({'|'.join(en)}) (\d{{4}})\b", lambda m: f"{m[2]} {m[1]}, {m[3]}"),
        (rf"\b({'|'.join(en)}) (\d{{1,2}}), (\d{{4}})\b", lambda m: f"{m[2]} {m[1]} {m[3]}"),
        (r"\((\d{1,2})/([1-9]|0[1-9]|1[0-2])(?:/\d{4})?\)", lambda m: f"{m[1]} {months[int(m[2]) - 1]}"),
        (r"(?<![\d.,])(\d{1,3})[.,](\d00)(?= [a-z])", lambda m: m[1] + m[2]),
        (r"(?<![\w.,/\-])([2-9])(?= (?:orang|people|hari|days|tahun|years|bulan|months|kali|times|rumah))",
         lambda m: NUMBER_WORDS[claim.language][int(m[1])]),
        (rf"(?<![-\w])(?<!- )(?<!and )(?<!puluh )(?<!ratus )({'|'.join(NUMBER_WORDS[claim.language][2:])})\b"
         r"(?!-| (?:puluh|belas|ratus|ribu|juta|hundred))",
         lambda m: str(NUMBER_WORDS[claim.language].index(m[1]))),
    ]  # fmt: skip
    for pattern, new in rules:
        changed = re.sub(pattern, new, text, count=1)
        if changed != text:
            return Claim(
                claim.origin, "rewritten", claim.language, changed, claim.evidence, claim.evidence_language,
                claim.title, claim.published,
            )  # fmt: skip
    return None


def pairs(data: Path, seed: int, each: int) -> list[Pair]:
    """Up to ``each`` pairs of every kind, form and language."""
    rng = random.Random(seed)
    everything = claims(data, rng)
    everything += [new for claim in everything if claim.form == "as written" and (new := rewritten(claim))]
    names = _Names(everything)
    changes: dict[str, Change] = {
        "number": _change_number("number"), "amount": _change_number("amount"),
        "percentage": _change_number("percentage"), "scale": _change_scale, "currency": _change_currency,
        "unit": _change_unit, "date": _change_date, "name": names.change, "place": _change_place,
        "negation": _negate, "swapped names": names.swap, "swapped numbers": _swap_numbers,
    }  # fmt: skip
    counts: dict[tuple[str, str, str], int] = {}
    found: list[Pair] = []
    for position, claim in enumerate(everything):
        for kind in KINDS:
            cell = (kind, claim.form, claim.language)
            if counts.get(cell, 0) >= each:
                continue
            if kind == "other article":
                other = everything[(position * 7 + 13) % len(everything)]
                if other.origin == claim.origin or other.evidence_language != claim.evidence_language:
                    continue
                false = Claim(
                    claim.origin, claim.form, claim.language, claim.text, other.evidence, other.evidence_language,
                    other.title, other.published,
                )  # fmt: skip
            else:
                text = changes[kind](claim, rng)
                if text is None or text == claim.text:
                    continue
                false = Claim(
                    claim.origin, claim.form, claim.language, text, claim.evidence, claim.evidence_language,
                    claim.title, claim.published,
                )  # fmt: skip
            counts[cell] = counts.get(cell, 0) + 1
            found.append(Pair(kind, claim, false))
    return found


def nli(data: Path) -> list[tuple[str, Claim]]:
    """Every IndoNLI pair with its label: entailment, neutral or contradiction."""
    return [
        (row["label"], Claim(f"nli-{number}", "paraphrase", "id", row["hypothesis"], row["premise"], "id"))
        for number, row in enumerate(rows(data, "nli_id_indonli"))
    ]
