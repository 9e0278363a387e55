"""What is asked: the language, the kind of answer wanted, the time window, and a question that stands alone.

Everything is a rule over the words of the question; there is no model here and no state.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from assistant.answer import Turn
from assistant.followup import stand_alone
from index.dates import parse_date
from index.language import Language, detect_language, formal

__all__ = ["EXPLAINED", "Kind", "Question", "may_name_outlet", "understand"]

Kind = Literal["who", "when", "where", "how many", "why", "how", "what", "definition", "list", "yes-no", "quote"]

# The whole sentence is the answer to these; a span cut out of it would be forced.
EXPLAINED: Final[frozenset[Kind]] = frozenset({"why", "how", "definition", "yes-no", "quote"})


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was understood.

    ``asked`` is what was typed, ``text`` the question made to stand alone (equal to ``asked`` unless
    ``rewritten``), ``search`` the same with chat spellings written out and without the words
    that became a window: what is searched and read.
    ``since`` and ``until`` are the publication dates that the words imply, both ends included;
    ``source`` is the outlet they name; several only where a reader chose several. ``newest`` asks for the newest
    article among equals.
    """

    asked: str
    text: str
    search: str
    language: Language
    kind: Kind
    rewritten: bool = False
    since: date | None = None
    until: date | None = None
    source: str | tuple[str, ...] | None = None
    newest: bool = False

    @property
    def filtered(self) -> bool:
        """Whether the words of the question limit the search to some articles."""
        return self.since is not None or self.until is not None or self.source is not None


def understand(
    question: str, history: Sequence[Turn] = (), today: date | None = None, sources: Sequence[str] = ()
) -> Question:
    """Understand a question in its conversation. ``sources`` are the outlets that the archive knows."""
    asked = re.sub(r"\s+", " ", question).strip()
    language = _language(asked, history)
    rewritten = stand_alone(asked, history, language)
    text = rewritten or asked
    itself = asked if text.startswith(asked) else text  # not what stands behind it in brackets
    since, until, words_of_window = _window(asked, today or date.today())
    search = formal(text) if language == "id" else text
    if words_of_window:
        search = " ".join(search.replace(formal(words_of_window) if language == "id" else words_of_window, " ").split())
    return Question(
        asked=asked,
        text=text,
        search=search,
        language=language,
        kind=_kind(formal(itself) if language == "id" else itself),
        rewritten=rewritten is not None,
        since=since,
        until=until,
        source=_source(asked, sources),
        newest=bool(_NEWEST.search(asked)),
    )


def _language(asked: str, history: Sequence[Turn]) -> Language:
    """The question's own language; a question that shows none ("Kazakhstan?") has that of the one before."""
    language = detect_language(asked)
    undecided = language == "id" and detect_language(asked + " the") == "en"
    if undecided and history:
        return detect_language(history[-1].question)
    return language


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


# ---- the kind of answer -------------------------------------------------------------------------------------------

# In the order in which they are tried: "tahun berapa" is a time before "berapa" is a number.
_KINDS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    (
        "quote",
        _any(
            r"\bapa (kata|ucap(an)?|komentar|pernyataan|tanggapan|respons|reaksi)\b",
            r"\bapa yang (di)?(katakan|ucapkan|sampaikan|tegaskan|ungkapkan)\b",
            r"\bwhat (did|does|do|has|have|had) .+ (say|said|tell|told|comment|reply|respond)\b",
        ),
    ),
    (
        "list",
        _any(
            r"\b(apa|siapa|mana|mana-mana) saja(kah)?\b|\bsebut(kan|in)\b",
            r"^\W*(list|name) (the|all|three|two|four|five)\b",
            r"\bwhich \w+s are\b|\bwhat are the\b|\bwho are the\b",
        ),
    ),
    (
        "when",
        _any(
            r"\b(kapan(kah)?|bilamana|(tahun|tanggal|jam|pukul|hari|bulan|abad) (berapa|apa))\b",
            r"^\W*((and|so|since|until|lalu) )?when\b|\bwhen (did|does|do|is|was|were|will|are)\b",
            r"\b(what|which) (\w+ )?(year|date|day|month|time|century)\b",
        ),
    ),
    (
        "how many",
        _any(
            r"\b(se)?berapa(kah)?\b|\bto what amount\b",
            r"\bhow (many|much|long|high|big|large|old|far|tall|often|deep|heavy|fast|wide)\b",
            r"\b(what|which) (percentage|percent|share|proportion|amount|sum|number|price|cost|figure)\b",
        ),
    ),
    (
        "where",
        _any(
            r"\b(di|ke|dari) ?mana(kah)?\b|\bwhere\b",
            r"\b(di|ke|dari) (kota|negara|daerah|provinsi|desa|pulau|gedung|jalan|hotel|tempat|stadion) (mana|apa)\b",
            r"\b(in|at|to|from) (which|what) (city|country|town|village|place|region|island|building|street)\b",
        ),
    ),
    ("who", _any(r"\bsiapa(kah)?\b|\b(who|whom|whose)\b")),
    (
        "why",
        _any(
            r"\b(mengapa|kenapa)\b|\balasan apa\b|\bwhy\b|\bfor what reason\b",
            r"\bapa (saja )?(yang )?(menjadi )?(alasan|sebab|penyebab|menyebabkan|membuat)",
            r"\bwhat (caused|causes|is the reason|was the reason|made|prompted|led)\b",
        ),
    ),
    ("how", _any(r"\bbagaimana(kah)?\b|\bhow\b")),
    (
        "definition",
        _any(
            r"\bapa (itu|arti|maksud|yang dimaksud)\b|\b(itu|adalah) apa\W*$",
            r"^\W*what (is|are) (an? )?[\w-]+\W*$",
        ),
    ),
    (
        "yes-no",
        _any(
            r"\b(apakah|benarkah|bolehkah|bisakah|adakah|sudahkah|akankah|betulkah|haruskah)\b|\bapa benar\b",
            r"\b(tidak|belum|bukan) (sih|ya)\b",
            r"^\W*(is|are|was|were|did|does|do|has|have|had|can|could|will|would|should)\b",
        ),
    ),
)


def _kind(question: str) -> Kind:
    return next((kind for kind, pattern in _KINDS if pattern.search(question)), "what")


# ---- when and where it was published ------------------------------------------------------------------------------

_NEWEST: Final = re.compile(
    r"\b(terbaru|terkini|termutakhir|paling baru|latest|newest|most recent(ly)?)\b", re.IGNORECASE
)

# A year or a month in a question is nearly always when something happened, not when it was published. So only
# these become filters: a date beside the word for an article, and time counted back from today.
_PUBLISHED: Final = re.compile(
    r"\b(?:artikel|berita|pemberitaan|kabar|articles?|news|stories|reports?)\b"
    r"(?: (?:yang )?(?:terbit|dimuat|diterbitkan|ditulis|published|written))?"
    r"(?: (?:dari|pada|di|edisi|selama|sepanjang|from|of|in|on|dated))*(?: (?:bulan|tahun|tanggal))?"
    r" (?:(?:(?P<day>\d{1,2}) )?(?P<month>[a-z]+) )?(?P<year>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_RELATIVE: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (name, re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE))
    for name, pattern in (
        ("days", r"(?P<count>\d+) hari (?:terakhir|belakangan|ini)|(?:last|past) (?P<count_en>\d+) days"),
        ("yesterday", r"kemarin|yesterday"),
        ("today", r"hari ini|today"),
        ("last week", r"(?:pekan|minggu) (?:lalu|kemarin|yang lalu)|last week"),
        (
            "this week",
            r"(?:pekan|minggu) ini|this week|sepekan (?:terakhir|ini)|seminggu (?:terakhir|ini)|(?:the )?past week",
        ),
        ("last month", r"bulan (?:lalu|kemarin|yang lalu)|last month"),
        ("this month", r"bulan ini|this month|sebulan (?:terakhir|ini)|(?:the )?past month"),
    )
)
# "turun dibanding pekan lalu" compares with last week; the article about it is newer.
_COMPARED: Final = re.compile(
    r"\b(dibanding(kan)?|daripada|ketimbang|sejak|sampai|hingga|dari|than|since|until|from|versus|compared (to|with))"
    r"( \w+)?\s*$",
    re.IGNORECASE,
)


def _window(asked: str, today: date) -> tuple[date | None, date | None, str]:
    """The first and last day of publication that the words imply, and the words; None, None, "" for none."""
    published = _PUBLISHED.search(asked)
    if published:
        since, until = _span(published["year"], published["month"], published["day"])
        return since, until, published[0] if since else ""

    for name, pattern in _RELATIVE:
        match = pattern.search(asked)
        if match and not _COMPARED.search(asked[: match.start()]):
            count = match["count"] or match["count_en"] if name == "days" else None
            return *_counted_back(name, today, int(count or 0)), match[0]
    return None, None, ""


def _span(year: str, month: str | None, day: str | None) -> tuple[date | None, date | None]:
    if month is None:
        return date(int(year), 1, 1), date(int(year), 12, 31)
    first = parse_date(f"{day or 1} {month} {year}")
    if first is None:  # no month, or 31 February
        return None, None
    return first, first if day else _month_end(first)


def _counted_back(name: str, today: date, count: int) -> tuple[date, date]:
    monday = today - timedelta(days=today.weekday())
    month_end = today.replace(day=1) - timedelta(days=1)
    return {
        "days": (today - timedelta(days=min(count, 36_500)), today),
        "yesterday": (today - timedelta(days=1), today),  # what happened yesterday is often printed today
        "today": (today, today),
        "last week": (monday - timedelta(days=7), monday - timedelta(days=1)),
        "this week": (min(monday, today - timedelta(days=6)), today),
        "last month": (month_end.replace(day=1), month_end),
        "this month": (min(today.replace(day=1), today - timedelta(days=6)), today),
    }[name]


def _month_end(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


_REPORTS: Final = r"(?:artikel|berita|pemberitaan|laporan|articles?|news|reports?|stories)"


def may_name_outlet(question: str) -> bool:
    """Whether a question could name an outlet to ask, so that it pays to look up which there are."""
    return bool(re.search(rf"\b(?:{_REPORTS}|menurut|according to)\b", question, re.IGNORECASE))


def _source(asked: str, sources: Sequence[str]) -> str | None:
    """The outlet of the archive that the question names as the one to ask: "menurut berita Gatra.com"."""
    told_by = r"(?: (?:dari|di|milik|by|from|in|of))?"
    for source in sorted(sources, key=lambda name: (-len(name), name)):
        bare = re.sub(r"\.(com|co\.id|id|net|org|co)$", "", source, flags=re.IGNORECASE)
        name = rf"(?:{re.escape(source)}|{re.escape(bare)})"
        pattern = (
            rf"\b{_REPORTS}{told_by} {name}(?!\w)"
            rf"|\b(?:menurut|according to) (?:artikel |berita |harian |koran |situs |the )?{name}(?!\w)"
            rf"|(?<!\w){name} (?:articles?|reports?|stories|news)\b"
        )
        if bare and re.search(pattern, asked, re.IGNORECASE):
            return source
    return None
