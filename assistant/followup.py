"""Follow-up questions made to stand alone by rules: "Berapa jumlahnya?" means nothing without the turn before.

A question is a follow-up when it leans on something that it does not name. Then the subject of the last
answered turn is put behind it in brackets, which a person can read and a search can use. A question that
names its own subject stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from assistant.answer import Turn
from index.language import Word, content_words, formal, words
from prompts import refusals

__all__ = ["names", "stand_alone"]

_TURNS = 8  # how far back a subject may lie
_FULL_WORDS = 5  # with a name and this many content words a question says enough
_INSTEAD_WORDS = 5  # "Kalau kita naik kereta dari Solo?" is a question of its own
_SHORT_WORDS = 10  # a longer answer is a sentence, whose words would drown the question

# Attributes of something else: they name no subject by themselves.
_GENERIC: Final = frozenset(
    """soal mengenai kabar berita artikel isi terbaru terkini latest news article benar true jumlah jumlahnya nilai
    total besar besaran angka persen persentase banyak biaya harga tarif anggaran dana uang kerugian tanggal tahun
    bulan hari waktu jam lama tempat lokasi kota negara daerah desa alamat gedung nama orang pihak perusahaan
    lembaga organisasi partai pelaku tersangka korban saksi pemilik pemimpin ketua pendiri pemenang penulis pejabat
    alasan sebab penyebab akibat dampak tujuan hasil rencana kronologi hukuman umur usia jabatan profesi pekerjaan
    asal syarat cara amount value sum figure percentage percent cost price date year month day time place location
    city country name person company organisation organization party suspect victim owner leader founder winner
    reason cause effect result aim plan age announced happened happen held said reported released published decided
    signed won paid involved responsible rupiah dollars long old big large high""".split()
)
_QUESTION_WORDS: Final = frozenset(
    """apa apakah siapa siapakah kapan kapankah mana manakah berapa berapakah bagaimana bagaimanakah mengapa kenapa
    dimana what which who whom whose when where why how many much""".split()
)
_PRONOUNS: Final = frozenset(
    "dia ia beliau mereka keduanya it its they them their he him his she her hers those".split()
)
# Words in -nya that point at nothing: adverbs, conjunctions, and roots that end so.
_NOT_POINTING: Final = frozenset(
    """hanya tanya bertanya punya mempunyai biasanya sebelumnya selanjutnya akhirnya adanya misalnya umumnya setidaknya
    sebaiknya seharusnya sepertinya rupanya ternyata tampaknya kabarnya katanya sebenarnya sesungguhnya khususnya
    nyanya artinya maksudnya pertanyaannya tentunya pastinya awalnya mulanya sekurangnya hanyalah lainnya semuanya
    seluruhnya""".split()
)
_THIS_THAT: Final = re.compile(
    r"^(?:and |so |but )?(?:that|this)\b(?! \w+ (?:was|is|were|are) )"
    r"|\b(?:is|was|are|were|did|does|do|of|about|to|for|than|with|after|before|by) (?:that|this)\b|\b(?:that|this)\W*$",
    re.IGNORECASE,
)
_CONNECTIVE: Final = re.compile(
    r"^\W*(?:(?:lalu|terus|kemudian|dan|tapi|nah|oh|oke?|and|then|so|but|okay)\b[\s,]+)+(?=\w)", re.IGNORECASE
)
_INSTEAD: Final = re.compile(
    r"^\W*(?:kalau|bagaimana dengan|bagaimana kalau|bagaimana jika|what about|how about)\s+(?P<what>.+?)\W*$",
    re.IGNORECASE,
)

_ASKING: Final = re.compile(
    r"^(?:(?:pada|di|ke|dari|sampai|sejak|in|on|at|to|from|by) )?"
    r"(?:(?:apa|siapa|kapan|berapa|bagaimana|mengapa)(?:kah)?|kenapa|di ?mana|mana"
    r"|who|whom|what|which|when|where|why|how(?: (?:many|much|high|long|big|old|far))?)\b"
    r"(?:\s+(?:yang|saja|itu|is|are|was|were|did|does|do|has|have|had|could|can|will|would))*\s*",
    re.IGNORECASE,
)


def stand_alone(asked: str, history: Sequence[Turn], language: str) -> str | None:
    """The question with what it leans on, or None where it stands alone (or leans on nothing known)."""
    turns = [turn for turn in history[-_TURNS:] if not _refused(turn.answer)]
    if not turns:
        return None
    before = turns[-1]
    whole = stand_alone(before.question, turns[:-1], language) or before.question

    instead = _instead(asked, language)
    if instead:
        return _swapped(whole, instead) or f"{asked} ({_subject(whole)})"
    if not _leans(asked, language):
        return None
    short = _short(before.answer)
    subject = _subject(whole)
    if short and short.lower() not in subject.lower():
        subject = f"{subject}: {short}"
    return f"{asked} ({subject})"


def _refused(answer: str) -> bool:
    return any(phrase in answer for phrase in refusals().values())


# ---- does it lean? ------------------------------------------------------------------------------------------------


def _instead(asked: str, language: str) -> str | None:
    """What the question before is asked about again: "Kalau Rusia?", "And in 2025?"."""
    question = formal(asked) if language == "id" else asked
    bare = _CONNECTIVE.sub("", question)
    match = _INSTEAD.match(bare)
    what = match["what"] if match else bare.strip(" ?!.") if bare != question else ""
    inside = words(what)
    if not inside or len(inside) > _INSTEAD_WORDS or any(word.folded in _QUESTION_WORDS for word in inside):
        return None
    return what


def _leans(asked: str, language: str) -> bool:
    question = _CONNECTIVE.sub("", formal(asked) if language == "id" else asked)
    every = words(question)
    content = [word for word in content_words(question, language) if word.folded not in _QUESTION_WORDS]
    named = names(question)
    if named and len(content) >= _FULL_WORDS:
        return False  # "Apa dampaknya bagi KPK jika kewenangan menyadap dicabut?" says what it is about

    for position, word in enumerate(every):
        if any(name.start < word.start for name in named):
            break
        if _points(question, every, position, content):
            return True
    if named:
        return False
    if language == "en" and _THIS_THAT.search(question):
        return True
    return all(word.folded in _GENERIC or _is_verb(word.folded) for word in content)


def _points(question: str, every: Sequence[Word], position: int, content: Sequence[Word]) -> bool:
    """Whether the word points at something that stands neither before it in the question nor right behind it."""
    folded = every[position].folded
    told_before = [
        word
        for word in content
        if word.start < every[position].start and not (word.folded in _GENERIC or _is_verb(word.folded))
    ]
    if folded in _PRONOUNS:
        return not told_before
    if folded in ("itu", "tersebut", "tadi", "begitu"):
        if position == 0:
            return True
        behind = question[every[position].end :].strip(" ?!.")
        if (every[position - 1].folded == "apa" and behind) or behind.lower() == "apa":
            return False  # "apa itu X", "X itu apa"
        return len(told_before) <= 2
    if folded.endswith("nya") and len(folded) > 5 and folded not in _NOT_POINTING:
        return not told_before
    return False


def names(question: str) -> list[Word]:
    """The words of a question that are written as names."""
    named = [word for word in words(question) if _is_name(question, word)]
    return [_without_possessive(question, word) for word in named]


def _without_possessive(question: str, word: Word) -> Word:
    """ "Pakistan's" names Pakistan."""
    if not question[word.start : word.end].endswith(("'s", "’s")):
        return word
    return Word(word.folded.removesuffix("s"), word.start, word.end - 2)


def _is_name(question: str, word: Word) -> bool:
    """A capital that is not there because the sentence begins, or because everything is written so."""
    written = question[word.start : word.end]
    if not written[0].isupper() or question.isupper():
        return False
    if not question[: word.start].strip(" \"'“‘(¿"):
        return len(written) > 1 and written.isupper()
    return word.folded not in _QUESTION_WORDS


def _is_verb(folded: str) -> bool:
    """A verb by its prefix: "diumumkan", "menggantikan". A guess, used only on words that are not names."""
    return bool(re.match(r"di[a-z]{5,}|me(?:m|n|ng|ny)[a-z]{5,}", folded)) and not folded.startswith("menteri")


# ---- on what? -----------------------------------------------------------------------------------------------------


def _subject(question: str) -> str:
    """What a question is about: "Berapa tambahan anggaran Kazakhstan?" -> "tambahan anggaran Kazakhstan"."""
    subject = question.strip().rstrip("?!. ")
    subject = re.sub(r"\((.+)\)$", r"- \1", subject)
    subject = _ASKING.sub("", subject)
    return re.sub(r"(?<!\s)\s+(?:apa|mana|berapa|siapa)(?=\s|$)", "", subject).strip() or question.strip()


def _swapped(question: str, what: str) -> str | None:
    """The question about something else of the same sort: a year for a year, a name for its last name."""
    if re.search(r"\b(?:19|20)\d\d\b", what):
        year = re.search(r"\b(?:19|20)\d\d\b", question)
        found = re.search(r"\b(?:19|20)\d\d\b", what)
        return question[: year.start()] + found[0] + question[year.end() :] if year and found else None

    named = names(question)
    if not named:
        return None
    last = named[-1]
    start = last.start
    for word in reversed(named[:-1]):  # the whole run: "Ratu Dewa"
        if question[word.end : start].strip():
            break
        start = word.start
    return question[:start] + what + question[last.end :]


def _short(answer: str) -> str:
    """The short answer of a turn: its bold words, or all of it when it is short."""
    bold = re.search(r"\*\*(.+?)\*\*", answer)
    short = bold[1] if bold else answer
    short = re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\s)\s*\[\d+\]", "", short)).strip()
    return short if short and "\n" not in short and len(words(short)) <= _SHORT_WORDS else ""
