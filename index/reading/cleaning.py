"""Takes the dirt off a text, so that what is stored reads as it was meant and every citation points into it."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

from index.reading.gluing import unglue
from index.reading.promos import drop_promos

__all__ = ["clean_line", "clean_text", "strip_tags"]

_NEWLINES: Final = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_SPACES: Final = re.compile("[\t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000 ]+")
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc\ud800-\udfff\ufffe\uffff\U000e0000-\U000e0fff]"
)
_BLANK_EDGES: Final = re.compile(" ?\n[ \n]*")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,9});")
_BLOCK_TAG: Final = re.compile(
    r"</?(?:p|br|div|li|ul|ol|h[1-6]|tr|table|blockquote|figure)\b[^<>]{0,500}>", re.IGNORECASE
)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_SCRIPT: Final = re.compile(r"<(script|style)\b[^<>]{0,500}>[^<]{0,20000}</\1>", re.IGNORECASE)
_HAS_WORD: Final = re.compile(r"[^\W_]")

# UTF-8 read as cp1252: a lead character and what its continuation bytes became. A capital letter before it is
# a word in capitals ("AMANHÃ”"), not dirt.
_CP1252_TAIL: Final = "\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_MOJIBAKE: Final = re.compile(
    f"(?<![A-Z])(?:[ÂÃÄÅ][{_CP1252_TAIL}]|[âïáã][{_CP1252_TAIL}]{{2}}|ð[{_CP1252_TAIL}]{{3}})"
)
# The same read as Mac Roman ("Vi√±ales", "‚Äú").
_MAC_TAIL: Final = re.escape(bytes(range(0x80, 0xC0)).decode("mac_roman"))
_MAC_MOJIBAKE: Final = re.compile(f"[√¬≈ƒÿŸ][{_MAC_TAIL}]|[‚·][{_MAC_TAIL}]{{2}}")
_SUSPECTS: Final = re.compile("[ÂÃÄÅâïáãð]")
_MAC_SUSPECTS: Final = re.compile("[√¬≈ƒÿŸ‚·]")


def _undo_cp1252(match: re.Match[str]) -> str:
    """The characters that were meant, or the match itself where it is not mojibake."""
    written = bytearray()
    for character in match[0]:
        try:
            written += character.encode("cp1252")
        except UnicodeEncodeError:
            if ord(character) > 0xFF:
                return match[0]
            written.append(ord(character))
    try:
        return written.decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def _undo_mac_roman(match: re.Match[str]) -> str:
    try:
        return match[0].encode("mac_roman").decode("utf-8")
    except UnicodeError:
        return match[0]


def _repair_mojibake(text: str) -> str:
    """UTF-8 that was read as cp1252 or Mac Roman ("mÂ²", "AntÃ³nio"), repaired; twice, for what was misread twice."""
    for _ in range(2):
        if not _SUSPECTS.search(text):
            break
        text = _MOJIBAKE.sub(_undo_cp1252, text)
    return _MAC_MOJIBAKE.sub(_undo_mac_roman, text) if _MAC_SUSPECTS.search(text) else text


def _normalise(text: str) -> str:
    """One form of each character, one kind of space and line end, nothing invisible."""
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if not text.isascii():
        # Before the spaces: the no-break space is half of some mojibake.
        text = unicodedata.normalize("NFC", _repair_mojibake(text))
    if not text.replace("\n", " ").isprintable():
        text = _SPACES.sub(" ", _INVISIBLE.sub("", _NEWLINES.sub("\n", text)))
    if "  " in text:
        text = _SPACES.sub(" ", text)
    if "\n\n" in text or " \n" in text or "\n " in text:
        text = _BLANK_EDGES.sub("\n", text)
    return text.strip()


def strip_tags(text: str) -> str:
    """The text of a field that holds HTML ("<p>…</p>"); a lone "<" stays."""
    if "<" not in text or not _TAG.search(text):
        return text
    return _TAG.sub("", _BLOCK_TAG.sub("\n", _SCRIPT.sub("", text)))


def clean_line(text: str) -> str:
    """A title, a name or another value of one line."""
    return " ".join(_normalise(text).split())


def clean_text(text: str) -> str:
    """The text of an article: paragraphs on single lines, no promotions, words and sentences apart.

    Returns "" where nothing with a letter or a digit is left. Linear in the length of the text.
    """
    text = unglue(drop_promos(_normalise(text)))
    if not _HAS_WORD.search(text):
        return ""
    return text
