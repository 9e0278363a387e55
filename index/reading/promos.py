"""Finds the lines that advertise other stories ("Baca juga: ...") and takes them out of an article."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["drop_promos"]

# A promotion longer than this has swallowed text of the article.
PROMO_LENGTH: Final = 220

_JUGA: Final = (
    r"(?:(?:baca|simak|tonton|lihat|saksikan|dengarkan|cek)\s?juga"
    r"|pilihan\s(?:editor|redaksi)|(?:berita|artikel)\sterkait)"
)
_ENGLISH: Final = (
    r"(?:read\salso|also\sread|read\smore|see\salso|watch\salso|also\swatch"
    r"|related(?:\sstor(?:y|ies)|\sarticles?|\snews)?)"
)
_VIDEO: Final = r"(?:simak|tonton|saksikan|lihat)\s(?:video(?:nya)?|live)"
_MORE: Final = r"(?:simak|baca|lihat|saksikan|tonton)\s(?:berita\s)?selengkapnya"

# Cheap test for the whole text in small letters: most articles hold none of these.
_HINTS: Final = tuple(
    """baca juga|simak juga|tonton juga|lihat juga|dengarkan juga|cek juga|bacajuga|saksikan|simak video|tonton video
    |lihat video|simak live|selengkapnya|selanjutnya|berikutnya|advertis|iklan|scroll|gambas|pilihan redaksi
    |pilihan editor|berita terkait|artikel terkait|read also|also read|read more|see also|watch also|also watch|related
    |telah tayang|google news|whatsapp|telegram|[foto|[video|(foto|(video|loading""".replace("\n    ", "").split("|")
)
_NOISE_LINE: Final = re.compile(
    r"[\W_]*(?:advertisement|advertise with us|iklan|scroll to (?:continue|resume)[\w ]{0,40}"
    r"|scroll ke bawah[\w ]{0,60}|\[?gambas ?: ?[\w ]{1,30}\]?"
    r"|halaman (?:selanjutnya|berikutnya)|(?:klik )?selanjutnya"
    r"|(?:lanjut(?:kan)? )?(?:baca )?(?:di |ke )?halaman (?:selanjutnya|berikutnya)|loading\.*)[\W_]*",
    re.IGNORECASE,
)
_BRACKETED: Final = re.compile(
    rf"[(\[](?:gambas|foto|video|{_JUGA}|{_ENGLISH}) ?: ?[^()\[\]\n]{{0,220}}[)\]]", re.IGNORECASE
)
# A label whose link was removed, anywhere in a line: ", Baca juga:, ".
_EMPTY_LABEL: Final = re.compile(rf",? ?[(\[]?\b{_JUGA} ?[:：] ?(?:,|$) ?", re.IGNORECASE | re.MULTILINE)
_FOLLOW: Final = re.compile(
    r"[\W_]*(?:artikel ini telah tayang (?:di|pada)[^\n]{0,300}"
    r"|(?:ikuti|dapatkan|cek|update|simak|baca|follow|fakta atau hoaks)\b[^\n]{0,250}"
    r"(?:google news|(?:grup|kanal|channel|saluran|nomor|ke|our) (?:whatsapp|telegram))[^\n]{0,400})",
    re.IGNORECASE,
)
# What a line, or a sentence at the end of one, must start with to be a promotion. "Simak juga paparan lain" and
# a quoted "Baca juga buku ini" go on in small letters, so a label needs a colon, a capital, a quotation mark or
# the end of its line behind it.
_LABEL: Final = re.compile(
    rf"""(?P<open>[\W_]{{0,4}})
    (?:
        (?P<juga>{_JUGA}|{_ENGLISH})(?=\s*(?:[:：\-–"“'‘]|$|(?:video|foto|artikel|berita)\b))
      | (?P<capital>{_JUGA})(?=\s(?-i:[A-Z0-9]))
      | (?P<video>{_VIDEO})(?=\s*(?:[:："“'‘,.]|$|di\s(?:bawah|sini)|berikut|selengkapnya|(?-i:[A-Z])
            |[^\n:.]{{1,120}}:))
      | (?P<more>{_MORE})(?=\s*(?:[:：,.!]|$|di\s(?:sini|halaman|bawah|link|tautan)|yuk|dalam))
      | saksikan\s(?:di\s)?(?:video|live)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_SENTENCE_START: Final = re.compile(
    rf"""(?<=[.!?"”’)\]])\s(?=(?:{_JUGA}|{_ENGLISH}|{_VIDEO}|{_MORE}|saksikan\s(?:di\s)?(?:video|live))\b)""",
    re.IGNORECASE,
)
_SENTENCE_END: Final = re.compile(r"[.!?][\"”’]?\s+(?=[A-Z\"“‘])")
_LOST_LINK: Final = re.compile(r"\s?[:：]\s?[,.]\s?|,\s(?=[A-Z][a-z]+[ ,](?:[a-z]|[A-Z][a-z]+\s[a-z]))")
# Labels that may stand alone above the headlines they belong to.
_BARE_LABEL: Final = re.compile(rf"[\W_]*(?:{_JUGA}|{_ENGLISH})[\W_]*", re.IGNORECASE)
_HEADLINE_WORD: Final = re.compile(r"[A-Z0-9\"“'‘(]")


def _hinted(text: str) -> bool:
    folded = text.lower()
    return any(hint in folded for hint in _HINTS)


def _after_promo(line: str) -> str:
    """What is left of a line that starts with a promotion: text that a removed link glued to it, or nothing."""
    if match := re.match(r"[^:：\n]{0,120}[:：]\s?,\s", line):
        return line[match.end() :]
    end = _SENTENCE_END.search(line)
    if end is None and len(line) <= PROMO_LENGTH:
        return ""
    lost = _LOST_LINK.search(line, 12, min(len(line), PROMO_LENGTH))
    if lost is not None and (end is None or lost.start() < end.start()):
        return line[lost.end() :]
    return line[end.end() :] if end is not None and end.start() <= PROMO_LENGTH else line


def _is_promo(line: str) -> bool:
    match = _LABEL.match(line)
    if match is None:
        return False
    if match["capital"]:
        # "Lihat juga Pasal 5." is a sentence; "Baca juga Prabowo Bertemu Trump" a headline.
        return not line.endswith(".")
    quoted = match["open"].strip()[-1:] in ('"', "“", "'", "‘") if match["open"] else False
    if not quoted:
        return True
    # Someone is quoted, unless the whole line is the promotion in quotation marks.
    return line[-1:] in "\"”'’:" and ":" in line


def _label_only(match: re.Match[str]) -> str:
    """Keeps a label that is a line of its own: the headline below it belongs to it."""
    alone = match.start() == 0 or match.string[match.start() - 1] == "\n"
    if alone:
        return match[0] if match.string[match.end() : match.end() + 1] in ("", "\n") else ""
    return "" if match.string[match.end() : match.end() + 1] in ("", "\n") else ", "


def _looks_like_headline(line: str) -> bool:
    """A short line in Title Case without a full stop, as a linked story's headline is."""
    if len(line) > 160 or line[-1:] in ".,;:":
        return False
    words = line.split()
    capital = sum(_HEADLINE_WORD.match(word) is not None for word in words)
    return 3 <= len(words) and capital * 10 >= len(words) * 6


def _clean_line(line: str) -> str:
    """A line without its promotions; "" where it was nothing else."""
    for _ in range(8):
        if not line or not _is_promo(line):
            break
        rest = _after_promo(line).strip()
        if rest == line:
            break
        line = rest
    start = _SENTENCE_START.search(line)
    if start is None:
        return line
    tail = line[start.end() :]
    if not _is_promo(tail):
        return line
    rest = _after_promo(tail).strip()
    return line if rest == tail else (line[: start.start()] + " " + rest).strip()


def drop_promos(text: str) -> str:
    """The text without promotions of other stories, advertisement marks and calls to follow a channel.

    A promotion is dropped where it is a line or a sentence of its own; what a removed link glued to it stays.
    """
    if not _hinted(text):
        return text
    text = _EMPTY_LABEL.sub(_label_only, _BRACKETED.sub("", text))
    kept: list[str] = []
    label_alone = False
    for line in text.split("\n"):
        line = line.strip(" ") if line[:1] != "," else line.lstrip(" ,").rstrip()
        if not line or _NOISE_LINE.fullmatch(line) or _FOLLOW.fullmatch(line):
            continue
        if label_alone and _looks_like_headline(line):
            continue
        label_alone = False
        if not _hinted(line):
            kept.append(line)
            continue
        cleaned = _clean_line(line)
        if cleaned:
            kept.append(cleaned)
        else:
            label_alone = _BARE_LABEL.fullmatch(line) is not None
    return "\n".join(kept)
