"""Questions made by rule from declarative sentences: a span of a known kind is taken out and asked for.

"sebesar Rp 439 triliun" is asked with *berapa*, "kata X" with *siapa*, "pada 8 Juli" with *kapan*, "karena Y" with
*mengapa*, and so on (cloze questions; Lewis et al., 2019). A question that repeats its sentence teaches nothing but
overlap, so words are left out or exchanged for synonyms of the wordnet, and where another sentence of the article holds
the same span and speaks of the same things, that one is read and the asked one is hidden. Hypotheses of IndoNLI that
their premise entails are asked the same way, of the premise. What it brings is in training/reader.md.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from assistant.reading_words import question_kind
from index.dates import find_dates
from index.language import STOP_WORDS, content_words, stem, words
from index.splitting import passages, sentences
from training.corpus import held_out, rows
from training.reader_data import Example

__all__ = ["Blank", "blanks", "cloze"]

NEWS, WIKIPEDIA, ENTAILED = 9_000, 5_000, 3_000  # questions at most from each
OF_AN_ARTICLE = 3
LEFT_OUT, EXCHANGED = 0.18, 0.25  # share of a question's words; only those with a synonym are exchanged
SHORTEST, LONGEST = 4, 16  # words of a question without its question word
ELSEWHERE = 0.5  # of the questions whose span stands in another sentence too are read there
SHARED = 2  # content stems beside the span, for another sentence to speak of the same thing
NEAR_MISS_SHARE = 0.5

_NAME: Final = r"[A-Z](?:[\w'’-]|\.(?=\w))*(?: (?:[A-Z](?:[\w'’-]|\.(?=\w))*|bin|binti|van|de|al))*"
_WEEKDAY: Final = "(?:Senin|Selasa|Rabu|Kamis|Jumat|Sabtu|Minggu)"
_PRONOUNS: Final = ("Ia", "Dia", "Mereka", "Kami", "Kita", "Saya", "Aku", "Ini", "Itu", "Hal", "Namun", "Meski")
_AMOUNT: Final = re.compile(
    r"(?<![\w-])(?:(?:Rp|US\$|USD|\$|€|£) ?)?\b\d+(?:[.,]\d+)*(?: (?:ribu|juta|miliar|triliun))?(?: ?%| persen)?"
    r"(?![-–]? ?\d)"
)
_UNIT: Final = re.compile(r" ([a-z]{3,})\b")
_PLACE: Final = re.compile(rf"\b[Dd]i ({_NAME}(?:, (?!{_WEEKDAY}){_NAME}){{0,3}})")
_SAID: Final = "kata|ujar|ucap|tutur|ungkap|jelas|tambah|imbuh|tegas|papar|terang|sebut|tandas|pungkas|cetus|beber"
_SPEAKER: Final = re.compile(
    rf"^[\"“]?(?P<said>[^\"”]{{25,}}?),?[\"”],? (?:{_SAID})(?:nya)?,? (?P<who>{_NAME})(?=[ ,.]|$)"
)
_DOER: Final = re.compile(
    rf"^(?P<who>{_NAME}) (?P<rest>(?:(?:akan|telah|sudah|juga|tidak|belum|sempat|kembali|pun|ikut) )?"
    r"(?:me|ber|di|ter)[a-z]{3,} .+)$"
)
_OFFICES: Final = (
    "Ketua|Direktur|Menteri|Wakil|Kepala|Sekretaris|Sekjen|Gubernur|Bupati|Wali Kota|Presiden|Kapolda|Kapolres|Kapolri|"
    "Juru Bicara|Pelatih|Manajer|Komisaris|CEO|Pengamat|Anggota|Dekan|Rektor|Komandan|Panglima|Perdana Menteri|Dirjen"
)
_OFFICE: Final = re.compile(
    rf"\b(?P<office>(?:{_OFFICES})(?: (?:[A-Z][\w.-]*|dan|Umum|of)){{1,6}}?),? "
    r"(?P<who>[A-Z][a-z]+(?: [A-Z][a-z]+){1,2})"
    r"(?= (?:me|ber|di|ter)[a-z]{3,}| akan| telah| sudah|,)(?P<rest>[^.]*)"
)
_REASON: Final = re.compile(
    r"(?P<before>.{25,}?),? (?P<answer>(?:karena|lantaran|sebab|akibat|gara-gara) [^.,;\"”]{12,})"
)
_PURPOSE: Final = re.compile(r"(?P<before>.{25,}?),? (?P<answer>(?:untuk|agar|supaya|guna|demi) [a-z][^.,;\"”]{12,})")
_RESULT: Final = re.compile(r"(?P<before>.{25,}?),? (?:sehingga|akibatnya) (?P<answer>[^.,;\"”]{12,})")
_LIST: Final = re.compile(
    r"(?P<before>.{12,}?),? (?:yakni|yaitu|antara lain|meliputi|terdiri dari|seperti) "
    r"(?P<answer>[^.,;:]{3,40}(?:, [^.,;:]{3,40})+,? dan [^.,;:]{3,40})(?=[.,;]|$)"
)
_DEFINED: Final = re.compile(
    rf"^(?P<what>{_NAME})(?: \([^)]*\))? (?:adalah|ialah|merupakan) (?P<answer>[^.;]{{12,160}})"
)
_DAY: Final = re.compile(rf"(?:,? ?(?:pada|sejak|hingga|sampai) )?(?:(?:hari|tanggal|tahun|{_WEEKDAY},?) )*\(?$")
_BRACKETS: Final = re.compile(r" ?\([^)]*\)")
_TAIL: Final = re.compile(rf",?[\"”]?,? (?:{_SAID})(?:nya)?\b.*$")


@dataclass(frozen=True, slots=True)
class Blank:
    """What is asked for in a sentence: its place, and the question word before the rest of the sentence."""

    start: int
    end: int
    asking: str
    rest: str


def blanks(sentence: str) -> Iterator[Blank]:
    """Every way in which this sentence can be asked about; places are characters of the sentence."""
    for found in find_dates(sentence):
        before = sentence[: found.start]
        lead = _DAY.search(before)
        cut = lead.start() if lead else found.start
        rest = sentence[:cut] + sentence[found.end :].removeprefix(")")
        yield Blank(found.start, found.end, "Kapan", rest)
    for match in _AMOUNT.finditer(sentence):
        if any(found.start <= match.start() < found.end for found in find_dates(sentence)):
            continue
        unit = _UNIT.match(sentence, match.end())
        named = sentence[match.start()].isdigit() and "%" not in match[0] and "persen" not in match[0]
        thing = "persen" if not named and "p" not in match[0][:2].lower() else ""
        asked = f"berapa {thing}".strip()
        yield Blank(match.start(), match.end(), "", f"{sentence[: match.start()]}{asked}{sentence[match.end() :]}")
        if unit and named and unit[1] not in STOP_WORDS["id"]:
            rest = f"yang {sentence[unit.end() :]}" if len(sentence) - unit.end() > 30 else sentence[: match.start()]
            yield Blank(match.start(), unit.end(), f"Berapa {unit[1]}", rest)
    for match in _PLACE.finditer(sentence):
        yield Blank(match.start(1), match.end(1), "Di mana", sentence[: match.start()] + sentence[match.end() :])
    if match := _SPEAKER.search(sentence):
        yield Blank(match.start("who"), match.end("who"), "Siapa yang mengatakan", match["said"])
        yield Blank(match.start("said"), match.end("said"), f"Apa kata {match['who']} tentang", match["said"])
    if (match := _DOER.search(sentence)) and match["who"].split()[0] not in _PRONOUNS:
        asking = "Siapa yang" if len(match["who"].split()) == 2 else "Siapa atau apa yang"
        yield Blank(match.start("who"), match.end("who"), asking, match["rest"])
    for match in _OFFICE.finditer(sentence):
        yield Blank(match.start("who"), match.end("who"), f"Siapa {match['office']}", f"yang{match['rest'][:90]}")
    for pattern, asking in (
        (_REASON, "Mengapa"), (_PURPOSE, "Untuk apa"), (_RESULT, "Apa akibatnya"), (_LIST, "Apa saja"),
    ):  # fmt: skip
        if match := pattern.search(sentence):
            yield Blank(match.start("answer"), match.end("answer"), asking, match["before"])
    if match := _DEFINED.search(sentence):
        yield Blank(match.start("answer"), match.end("answer"), f"Apa itu {match['what']}", "")


class _Words:
    """How a question is put in other words."""

    def __init__(self, data: Path, draw: random.Random) -> None:
        self._draw = draw
        self._others: dict[str, list[str]] = defaultdict(list)
        for row in rows(data, "lex_wordnet_bahasa"):
            lemmas = [lemma for lemma in row["id_lemmas"] if lemma.isalpha() and lemma.islower()]
            if 1 < len(lemmas) <= 6:  # a synset of many lemmas is one of many senses
                for lemma in lemmas:
                    self._others[lemma] += [other for other in lemmas if other != lemma]

    def question(self, blank: Blank) -> str | None:
        """The question in other words, None where too little is left of it."""
        rest = _BRACKETS.sub("", blank.rest)
        if not blank.asking.startswith(("Siapa yang mengatakan", "Apa kata")):
            rest = _TAIL.sub("", rest)
        rest = rest.strip(' "“”,.;:-–')
        told = rest.split()
        if blank.asking.startswith("Apa kata"):
            first = self._draw.randrange(max(1, len(told) - 5))
            told = told[first : first + 5]
        elif len(told) > LONGEST:
            place = next((at for at, word in enumerate(told) if word == "berapa"), 0)
            first = max(0, min(place - self._draw.randint(0, LONGEST - 4), len(told) - LONGEST))
            told = told[first : first + self._draw.randint(LONGEST - 6, LONGEST)]
        kept = []
        for word in told:
            if word != "berapa" and self._draw.random() < LEFT_OUT * (0.4 if word[0].isupper() else 1.0):
                continue
            others = self._others.get(word.lower().strip(",."))
            kept.append(self._draw.choice(others) if others and self._draw.random() < EXCHANGED else word)
        asked = f"{blank.asking} {' '.join(kept)}".strip().rstrip(",") + "?"
        enough = len(kept) >= SHORTEST or (
            blank.asking.startswith(("Apa itu", "Apa kata", "Siapa ")) and len(asked.split()) >= 3
        )
        return asked if enough and question_kind(asked, "id") else None


def cloze(data: Path, seed: int = 7) -> list[Example]:
    """Questions from the news and Wikipedia articles of the training part, and from IndoNLI, in a drawn order."""
    draw = random.Random(seed)
    reworded = _Words(data, draw)
    news = [row for row in rows(data, "art_id_clickid") if not row["dropped_links"]]
    news += [row for row in rows(data, "art_id_indosum") if not held_out(row["id"])]
    wikipedia = [row for row in islice(rows(data, "art_id_wikilead"), 0, None, 9) if len(row["text"]) > 200]
    made = [*_of_articles(news, NEWS, reworded, draw), *_of_articles(wikipedia, WIKIPEDIA, reworded, draw)]
    made += _of_pairs(data, reworded, draw)
    draw.shuffle(made)
    return made


def _of_articles(
    articles: list[Mapping[str, str]], most: int, reworded: _Words, draw: random.Random
) -> Iterator[Example]:
    draw.shuffle(articles)
    count = 0
    for row in articles:
        if count >= most:
            return
        text = row["text"]
        cut = [text[span.start : span.end] for span in passages(text, "id")]
        inside = [
            (place, passage[span.start : span.end])
            for place, passage in enumerate(cut)
            for span in sentences(passage, "id")
        ]
        candidates = [(place, sentence, blank) for place, sentence in inside for blank in blanks(sentence)]
        draw.shuffle(candidates)
        # Each kind of question has its turn: there are many more amounts and places than reasons.
        seen: set[str] = set()
        fresh = [each for each in candidates if not (each[2].asking in seen or seen.add(each[2].asking))]
        for number, (place, sentence, blank) in enumerate(fresh[:OF_AN_ARTICLE]):
            question = reworded.question(blank)
            if question is None:
                continue
            count += 1
            yield from _examples(
                f"{row['id']}/{number}", row["title"], cut, inside, place, sentence, blank, question, draw
            )


def _examples(
    group: str,
    title: str,
    cut: Sequence[str],
    inside: Sequence[tuple[int, str]],
    place: int,
    sentence: str,
    blank: Blank,
    question: str,
    draw: random.Random,
) -> Iterator[Example]:
    """The question with a passage that answers it and, now and then, one of the same article that does not."""
    answer = sentence[blank.start : blank.end]
    text, start = cut[place], cut[place].find(sentence) + blank.start
    if draw.random() < ELSEWHERE:
        for other, told in inside:
            if told != sentence and answer in told and _same(question, answer, told):
                text = cut[other].replace(sentence, "").strip()
                start = text.find(told) + told.find(answer)
                break
    if answer.lower() in title.lower():
        title = ""  # it would be read there
    example = Example(
        question, "id", text, title, "id", ((start, start + len(answer)),), group, "cloze", (answer,),
    )  # fmt: skip
    yield example
    lacking = [passage for passage in cut if answer not in passage and passage != text]
    if lacking and draw.random() < NEAR_MISS_SHARE:
        yield Example(question, "id", draw.choice(lacking), title, "id", (), group, "cloze")


def _same(question: str, answer: str, sentence: str) -> bool:
    """Whether a sentence with the answer speaks of what is asked."""
    asked, told, given = (
        {stem(word.folded, "id") for word in content_words(text, "id")} for text in (question, sentence, answer)
    )
    return len((asked & told) - given) >= SHARED


def _of_pairs(data: Path, reworded: _Words, draw: random.Random) -> Iterator[Example]:
    """An entailed hypothesis asks of its premise; a contradicted one has no answer there."""
    pairs = [row for row in rows(data, "nli_id_indonli") if row["label"] in ("entailment", "contradiction")]
    draw.shuffle(pairs)
    count = 0
    for number, row in enumerate(pairs):
        if count >= ENTAILED:
            return
        found = list(blanks(row["hypothesis"]))
        draw.shuffle(found)
        for blank in found[:2]:
            answer = row["hypothesis"][blank.start : blank.end]
            question = reworded.question(blank)
            place = row["premise"].find(answer)
            if question is None or place < 0 or len(words(row["premise"])) < 8:
                continue
            count += 1
            held = ((place, place + len(answer)),) if row["label"] == "entailment" else ()
            gold = (answer,) if held else ()
            yield Example(question, "id", row["premise"], "", "id", held, f"nli/{number}/{blank.asking}", "cloze", gold)
