"""Known-item questions drafted from an archive: declarative sentences turned into questions by their typed spans.

A figure becomes "berapa", who says something "siapa", a day "kapan", a place "di mana". The rules would rather leave
a sentence alone than ask what does not stand by itself; even so, every draft is for a person to check and reword,
since a question in the words of its sentence is easier to find than a reader's.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from assistant.followup import names
from index import Article, Index
from index.dates import find_dates
from index.dictionary import Dictionary
from index.language import STOP_WORDS, folded_words, stem
from index.splitting import sentences

__all__ = ["NAMED_FIGURE", "KnownItem", "known_items"]

PAGE: Final = 200  # articles taken from the archive at a time
UNANSWERABLE_SHARE: Final = 1 / 7  # of the drafts, as in ../shared/data/eval/dev.jsonl
SHORTEST, LONGEST = 6, 24  # words of a question
_SWAPS: Final = 40  # names tried in the place of another, for each unanswerable draft that is wanted


@dataclass(frozen=True, slots=True)
class Drafted:
    """A question made from a sentence, and the words of the sentence that answer it (the longest first)."""

    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownItem:
    """A drafted question; ``answers`` and ``evidence`` are empty where the archive has no answer to it."""

    question: str
    language: str
    article_id: str
    answers: tuple[str, ...] = ()
    evidence: str = ""
    note: str = ""

    def record(self, number: int) -> dict[str, object]:
        """As a line of a questions file (``docs/evaluation.md``)."""
        answerable = bool(self.answers)
        return {
            "id": f"draft-{number:03}",
            "lang": self.language,
            "type": "factoid" if answerable else "unanswerable",
            "question": self.question,
            "history": [],
            "answerable": answerable,
            "answers": list(self.answers),
            "article_id": self.article_id if answerable else "",
            "evidence": self.evidence,
            **({} if answerable else {"related_article_id": self.article_id}),
            "draft": True,
            "note": self.note or "made by rule from the sentence: check it, and put it in your own words",
        }


# ---- from a sentence to a question --------------------------------------------------------------------------------

_CAPITAL: Final = r"[A-Z](?:[\w'’.-]*\w)?"
_RUN: Final = rf"{_CAPITAL}(?: (?:(?:dan|of|the|and) )?{_CAPITAL})*"
# Figures that are asked for by what stands before them: "Kerugian negara dalam kasus Asabri mencapai Rp 10 miliar".
NAMED_FIGURE: Final = re.compile(
    r"(?P<what>(?:Anggaran|Biaya|Defisit|Ekspor|Harga|Impor|Investasi|Jumlah|Kerugian|Luas|Nilai|Penerimaan"
    r"|Produksi|Realisasi|Target|Tarif|Total)(?: [\w-]+){1,6})"
    r" (?:sebesar|mencapai|sebanyak|senilai|adalah) (?=(?:Rp\.? ?|US\$ ?)?\d)"
)
_MONEY: Final = re.compile(
    r"(?:Rp\.?|US\$) ?\d+(?:[.,]\d+)*(?: (?:ribu|juta|miliar|triliun)\b)?(?! ?(?:-|–|hingga|sampai) ?(?:Rp|US|\d))"
)
LONGEST_SENTENCE: Final = 1_000  # characters of a sentence; the rules may take the square of its length
_COUNT: Final = re.compile(
    r"(?P<number>[1-9]\d*(?:[.,]\d+)*(?: (?:ribu|juta|miliar|triliun))?) (?P<unit>persen|[a-z]{3,})\b"
)
_CURRENCIES: Final = {"R": "rupiah", "U": "dolar AS"}
# Behind these a number counts nothing, or is the other end of a range.
_NO_COUNT: Final = re.compile(
    r"(?i:pukul|jam|pasal|ayat|nomor|no\.?|tahun|usia|berusia|ke|abad|bab|km|seri|tipe|kelas|tingkat|bulan|rw|rt|dari)"
    r"[ (-]*$|[/\d£€$–-] ?$|[A-Z][\w.]* $"
)
_SPEAKERS: Final = {
    "id": re.compile(
        rf"(?:^|, )(?P<who>{_RUN})(?:, [^,]{{3,40}})?,? (?P<says>mengatakan|menyebut|menyebutkan|menjelaskan"
        r"|mengungkapkan|menegaskan|menuturkan),?(?: bahwa)? (?P<what>[^\"“”]+?)[.]?$"
    ),
    "en": re.compile(rf"(?:^|, )(?P<who>{_RUN}),? (?P<says>said|announced)(?: that)? (?P<what>[^\"“”]+?)[.]?$"),
}
_PLACE: Final = re.compile(rf" di (?P<place>{_RUN})(?P<rest>(?:, {_RUN})*)(?=[,;]|\.?$| pada )")
_UNTIL_WHEN: Final = re.compile(r" (?P<word>mulai|sejak|hingga|sampai)(?: tanggal| hari)? $")
_ON: Final = re.compile(r"(?: pada(?: hari| tanggal)?|,| on| in) $")
_PASSIVE: Final = re.compile(
    r"(?P<subject>[A-Z][^,;:()]+?) (?P<be>was|were) (?P<rest>\w+(?:ed|en|ilt|eld|ade|old|ent)\b[^,;:()]*?)$"
)
_EN_PLACE: Final = re.compile(rf" in (?P<place>{_RUN})(?P<rest>)(?=[,;]|\.?$| on )")
_EN_COUNT: Final = re.compile(r"(?P<number>\d[\d,.]*) (?P<what>[a-z]+(?: [a-z]+){3,}[^,;:()]*?)[.]?$")
_DATELINE: Final = re.compile(r"^(?:[A-Z(][\w.,()/’']*\s+){1,6}[-–—]+\s+")
# A sentence that opens so has no subject, or leans on the one before.
_OPENINGS: Final = frozenset(
    """ketika saat setelah sejak walaupun walau meski meskipun sebelumnya jadi selain bergabung berbicara berdasarkan
    bahkan sebab akibatnya hasilnya misalnya sedangkan adapun apalagi begitu usai sebelum jika bila kalau agar untuk
    dengan dalam dari sebagai seperti tak tidak belum
    when after before since although though because while if as with in on at for meanwhile""".split()
)
_FRONTED: Final = re.compile(
    r"(?:Menurut|Pada|Di|Ke|Kepada|Salah satu|Diberitakan|Dijadwalkan|Dikutip|Dilansir|Berdasar|According|To|From)\b"
)
# What is left of "yang digelar di Bali" without the place.
_HANGING: Final = re.compile(r",? yang(?: akan| telah| sudah)? (?:berlangsung|digelar|dihelat|diadakan|dilaksanakan)$")
_TOO_WIDE: Final = frozenset({"Indonesia", "Tanah Air", "Asia", "Dunia"})
# A question with one of these says only with its neighbours what it asks.
_LEANING: Final = frozenset(
    """ia dia beliau mereka keduanya ini itu tersebut tadi sini situ sana kami kita saya aku anda begitu demikian
    kemarin besok nanti lalu juga pun sendiri memang selain namun tetapi tapi sementara sedangkan karena
    sehingga kemudian
    he she it they this that these those his her hers its their him them we i you our my your today yesterday
    tomorrow however but also then meanwhile""".split()
)
_NYA: Final = re.compile(r"\b\w{3,}nya\b(?<!\bhanya)(?<!\bsepenuhnya)(?<!\bsetidaknya)")


def _figure_question(sentence: str, language: str) -> Drafted | None:
    """What figure the sentence states: by what stands before it, or with "berapa" in its place."""
    if language == "en":
        counted = _EN_COUNT.match(sentence)
        return Drafted(f"How many {counted['what']}?", (counted["number"],)) if counted else None
    days = find_dates(sentence)
    for found in re.finditer(rf"{_MONEY.pattern}|(?<![\w.,/]){_COUNT.pattern}", sentence):
        before, behind = sentence[: found.start()], sentence[found.end() :]
        dated = any(day.start < found.end() and found.start() < day.end for day in days)
        if dated or _NO_COUNT.search(before) or before.count("(") != before.count(")") or ", yang " in before:
            continue
        unit = found["unit"] or _CURRENCIES[found[0][0]]
        if unit in STOP_WORDS["id"] or re.match(r"[\w/–-]", behind):
            continue
        answers = tuple(filter(None, (found[0], found["number"])))
        named = NAMED_FIGURE.match(sentence)
        if named and named.end() == found.start():
            what = named["what"]
            return Drafted(f"Berapa {what[0].lower()}{what[1:]}?", answers)
        if len(before.split()) >= 3:
            clause = re.split(r"[;(:]|,(?!\d)|[.]$", behind)[0].rstrip(" .")
            return Drafted(f"{before.rstrip()} berapa {unit}{clause}?", answers)
    return None


def _speaker_question(sentence: str, language: str) -> Drafted | None:
    """Who says what the sentence reports."""
    found = _SPEAKERS[language].search(sentence)
    if found is None or found["what"].startswith(("hal ", "itu", "bahwa ")):
        return None
    who = found["who"]
    verb = found["says"]
    question = f"Siapa yang {verb} {found['what']}?" if language == "id" else f"Who {verb} {found['what']}?"
    return Drafted(question, tuple(dict.fromkeys((who, " ".join(who.split()[-2:])))))


def _day_question(sentence: str, language: str) -> Drafted | None:
    """When what the sentence tells happened; the sentence's first day, and what stands before it."""
    for day in find_dates(sentence):
        written = sentence[day.start : day.end].rstrip(".")
        before = sentence[: day.start]
        until = _UNTIL_WHEN.search(before)
        if until and language == "id":
            return Drafted(f"{before[: until.start()]} {until['word']} kapan?", (written,))
        on = _ON.search(before)
        if on is None or "(" in before:
            return None
        return _asked("Kapan", "When", before[: on.start()], language, (written,))
    return None


def _place_question(sentence: str, language: str) -> Drafted | None:
    """Where what the sentence tells happened, if it names one place."""
    found = list((_PLACE if language == "id" else _EN_PLACE).finditer(sentence))
    if len(found) != 1 or found[0]["place"] in _TOO_WIDE:
        return None
    place, rest = found[0]["place"], found[0]["rest"]
    return _asked(
        "Di mana", "Where", sentence[: found[0].start()], language, tuple(dict.fromkeys((place + rest, place)))
    )


def _asked(indonesian: str, english: str, told: str, language: str, answers: tuple[str, ...]) -> Drafted | None:
    """A question about the time or the place of what is told."""
    told = _HANGING.sub("", told)
    if len(told.split()) < 4 or _FRONTED.match(told) or re.search(r"[\"“”:;]|\W$|\byang(?: \w+){1,2}$", told):
        return None
    if language == "id":
        return Drafted(f"{indonesian} {told}?", answers)
    passive = _PASSIVE.match(told)
    if passive is None:
        return None
    subject = re.sub(r"^(?:The|A|An)\b", lambda article: article[0].lower(), passive["subject"])
    return Drafted(f"{english} {passive['be']} {subject} {passive['rest']}?", answers)


_RULES: Final[tuple[Callable[[str, str], Drafted | None], ...]] = (
    _figure_question, _speaker_question, _day_question, _place_question,
)  # fmt: skip


def _sound(drafted: Drafted, sentence: str) -> bool:
    """Whether a question says by itself what it asks, names something, and does not hold its own answer."""
    question = drafted.question
    every = folded_words(question)
    return (
        folded_words(sentence)[0] not in _OPENINGS
        and SHORTEST <= len(every) <= LONGEST
        and not _LEANING & set(every)
        and not _NYA.search(question.lower())
        and bool(names(question[1:].lstrip()))
        and question.count("(") == question.count(")")
        and not re.search(r"[\"“”\n]", sentence)
        and not any(answer.lower() in question.lower() for answer in drafted.answers)
        and sentence.count(drafted.answers[0]) == 1
    )


def _drafts_of(article: Article) -> list[tuple[int, KnownItem]]:
    """The first sound question of each rule on one article, with the rule's number."""
    found: dict[int, KnownItem] = {}
    for span in sentences(article.text, article.language):
        whole = article.text[span.start : span.end]
        if len(whole) > LONGEST_SENTENCE:
            continue
        sentence = _DATELINE.sub("", whole)
        for number, rule in enumerate(_RULES):
            if number in found or not sentence[:1].isupper():
                continue
            drafted = rule(sentence, article.language)
            if drafted is not None and _sound(drafted, sentence):
                question = _without_opening_capital(drafted.question, sentence, article.text)
                found[number] = KnownItem(question, article.language, article.id, drafted.answers, whole)
    return sorted(found.items())


def _without_opening_capital(question: str, sentence: str, text: str) -> str:
    """The question with the sentence's first word in lower case, where the article writes that word so elsewhere."""
    opening = re.match(r"[A-Z][a-z]+\b", sentence)
    if opening is None or not re.search(rf"\b{opening[0].lower()}\b", text):
        return question
    return re.sub(rf"(?<=. ){opening[0]}\b(?= [a-z])", opening[0].lower(), question, count=1)


# ---- from an archive to drafts ------------------------------------------------------------------------------------


def known_items(index: Index, count: int) -> list[KnownItem]:
    """Up to ``count`` drafts, one an article, the kinds of question in turn; the same for the same archive.

    One in seven asks about a name that no article mentions beside the question's other names, and has no answer.
    """
    unanswerable = int(count * UNANSWERABLE_SHARE)
    digests = {article.id: hashlib.sha256(article.id.encode()).digest() for article in _articles(index)}
    taken: dict[int, int] = defaultdict(int)
    items: list[KnownItem] = []
    spare: list[KnownItem] = []
    for article_id in sorted(digests, key=digests.__getitem__):
        article = index.article(article_id)
        drafts = _drafts_of(article) if article is not None else []
        if not drafts:
            continue
        rule, item = min(drafts, key=lambda draft: (taken[draft[0]], draft[0]))
        if len(items) < count:
            taken[rule] += 1
            items.append(item)
        elif len(spare) < _SWAPS * unanswerable:
            spare.append(item)
        else:
            break
    absent = _unanswerable(index, spare or items, unanswerable)
    return items[: count - len(absent)] + absent


def _articles(index: Index) -> Iterator[Article]:
    offset = 0
    while page := index.articles(offset=offset, limit=PAGE).articles:
        yield from page
        offset += len(page)


# "Kapan Jusuf Kalla …", "Where was Jusuf Kalla …": the name of whom the question is about.
_ABOUT: Final = re.compile(
    rf"(?P<asks>Kapan|Di mana|(?:When|Where) was) (?P<name>{_CAPITAL}(?: {_CAPITAL}){{1,2}})"
    r"(?= (?!dan\b|atau\b|versus\b|vs\b|and\b|or\b)[a-z])"
)


def _unanswerable(index: Index, items: Sequence[KnownItem], count: int) -> list[KnownItem]:
    """Drafts about somebody else, whom no article mentions together with anything else that the question names.

    A word of the one name and a word of another in the same article is enough to leave a draft out.
    """
    by_question: dict[tuple[str, str], list[tuple[KnownItem, str]]] = defaultdict(list)
    for item in items:
        about = _ABOUT.match(item.question)
        if about is not None and not any(map(_common, folded_words(about["name"]))):
            by_question[item.language, about["asks"]].append((item, about["name"]))
    swaps: list[tuple[KnownItem, set[str], set[str]]] = []
    for members in by_question.values():
        for (item, name), (_, other) in zip(members, [*members[1:], *members[:1]], strict=True):
            rest = " ".join(re.findall(_RUN, item.question.split(name, 1)[1]))
            put, kept = _words_of(other), _words_of(rest)
            if kept and not put & (kept | _words_of(name)):
                swaps.append((replace(item, question=item.question.replace(name, other, 1)), put, kept))
    together: set[int] = set()
    for article in _articles(index) if swaps else ():
        held = set(folded_words(f"{article.title} {article.text}"))
        together.update(place for place, (_, put, kept) in enumerate(swaps) if put & held and kept & held)
    sound = [item for place, (item, _, _) in enumerate(swaps) if place not in together]
    note = "no article mentions these names together: check that the archive really does not answer it"
    return [replace(item, answers=(), evidence="", note=note) for item in sound[:count]]


def _common(word: str) -> bool:
    """Whether a word of a name is one of the language ("Badan Pusat Statistik"): such names are not people's."""
    return bool(Dictionary.load().translations(stem(word, "id"), "id"))


def _words_of(names_: str) -> set[str]:
    return {word for word in folded_words(names_) if word not in STOP_WORDS["id"] and len(word) > 2}
