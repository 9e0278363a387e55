"""The words of the archive and overview pages, in Indonesian and English, as ``words.py`` does for the chat."""

from __future__ import annotations

import json
from datetime import date
from html import escape
from typing import Final

__all__ = ["in_attribute", "month", "said", "script_words", "spans", "spoken", "thousands"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    # the list
    "archive": ("Arsip", "Archive"),
    "holdings": ("{count} artikel", "{count} articles"),
    "holdings_one": ("1 artikel", "1 article"),
    "found": ("{count} artikel cocok", "{count} articles match"),
    "found_one": ("1 artikel cocok", "1 article matches"),
    "search": ("Cari judul, media, atau id", "Search title, outlet or id"),
    "outlet": ("Media", "Outlet"),
    "all_outlets": ("Semua media", "All outlets"),
    "since": ("Terbit sejak", "Published since"),
    "until": ("sampai", "until"),
    "language": ("Bahasa", "Language"),
    "all_languages": ("Semua bahasa", "All languages"),
    "id": ("Indonesia", "Indonesian"),
    "en": ("Inggris", "English"),
    "order": ("Urutan", "Order"),
    "newest": ("Terbaru dulu", "Newest first"),
    "oldest": ("Terlama dulu", "Oldest first"),
    "title": ("Judul", "Title"),
    "by_title": ("Menurut judul", "By title"),
    "by_outlet": ("Menurut media", "By outlet"),
    "date": ("Tanggal", "Date"),
    "show": ("Tampilkan", "Show"),
    "reset": ("Hapus saringan", "Clear filters"),
    "list": ("Daftar artikel", "Articles"),
    "nothing": ("Tidak ada artikel yang cocok.", "No article matches."),
    "empty": ("Arsip masih kosong.", "The archive is still empty."),
    "undated": ("tanpa tanggal", "no date"),
    "pages": ("Halaman daftar", "Pages of the list"),
    "first": ("Pertama", "First"),
    "previous": ("Sebelumnya", "Previous"),
    "next": ("Berikutnya", "Next"),
    "last": ("Terakhir", "Last"),
    "page_of": ("Halaman {page} dari {pages}", "Page {page} of {pages}"),
    # what an operator does
    "operator": ("Kelola", "Manage"),
    "upload": ("Unggah berkas", "Upload files"),
    "drop": ("Seret berkas ke sini, atau pilih", "Drop files here, or choose"),
    "formats": ("{formats}; paling besar {limit} MB tiap berkas", "{formats}; up to {limit} MB each"),
    "paste": ("Tempel teks", "Paste text"),
    "text": ("Teks artikel", "Text of the article"),
    "url": ("Alamat web", "Web address"),
    "optional": ("bila ada", "if known"),
    "add": ("Tambahkan", "Add"),
    "from_web": ("Ambil dari alamat web", "Fetch from a web address"),
    "fetch": ("Ambil", "Fetch"),
    "rebuild_title": ("Indeks", "Index"),
    "rebuild": ("Bangun ulang", "Rebuild"),
    "rebuild_note": (
        "Pembaca tetap dapat bertanya selama indeks dibangun ulang.",
        "Readers can go on asking while the index is rebuilt.",
    ),
    "remove": ("Hapus", "Remove"),
    "remove_named": ("Hapus “{title}”", "Remove “{title}”"),
    "remove_title": ("Hapus artikel ini?", "Remove this article?"),
    "remove_note": (
        "Artikel hilang dari arsip dan dari semua pencarian. Ini tidak dapat dibatalkan.",
        "It is gone from the archive and from every search. This cannot be undone.",
    ),
    "cancel": ("Batal", "Cancel"),
    "sign_in": ("Masuk sebagai pengelola", "Sign in as operator"),
    "token": ("Token pengelola", "Operator token"),
    "enter": ("Masuk", "Sign in"),
    "sign_out": ("Keluar", "Sign out"),
    # what the script says
    "reading": ("Mengunggah {name} …", "Uploading {name} …"),
    "storing": ("Membaca {name} …", "Reading {name} …"),
    "stored": (
        "{added} ditambahkan, {updated} diperbarui, {unchanged} sudah ada, {copied} salinan.",
        "{added} added, {updated} updated, {unchanged} already there, {copied} copies.",
    ),
    "refused": ("Tidak dapat dibaca:", "Could not be read:"),
    "too_large": ("lebih besar dari {limit} MB", "larger than {limit} MB"),
    "fetching": ("Mengambil halaman …", "Fetching the page …"),
    "removed": ("Artikel dihapus.", "The article was removed."),
    "rebuilding": ("Membangun ulang …", "Rebuilding …"),
    "stage_read": ("Membaca artikel", "Reading articles"),
    "stage_lexicon": ("Mengindeks kata", "Indexing words"),
    "stage_embed": ("Menghitung makna", "Computing meanings"),
    "stage_vectors": ("Menyusun vektor", "Building vectors"),
    "rebuilt": ("Indeks selesai dibangun ulang.", "The index has been rebuilt."),
    "not_allowed": ("Hanya pengelola yang boleh melakukan ini.", "Only an operator may do this."),
    "wrong_token": ("Token itu salah.", "That token is wrong."),
    "guesses": ("Terlalu banyak token salah: tunggu semenit.", "Too many wrong tokens: wait a minute."),
    "busy": ("Arsip sedang ditulis proses lain. Coba lagi nanti.", "Another process is writing. Try again later."),
    "unreachable": ("Server tidak dapat dihubungi.", "The server cannot be reached."),
    # overview
    "overview": ("Ikhtisar", "Overview"),
    "overview_lead": (
        "Apa yang ada di arsip, dan siapa yang paling sering disebut.",
        "What the archive holds, and who is named most in it.",
    ),
    "over_time": ("Artikel menurut waktu dan media", "Articles over time by outlet"),
    "over_time_text": (
        "{count} artikel bertanggal, {first} sampai {last}. Terbanyak: {most}.",
        "{count} dated articles, {first} to {last}. Most: {most}.",
    ),
    "others": ("Media lain", "Other outlets"),
    "no_outlet": ("Tanpa nama media", "No outlet named"),
    "no_dates": ("Belum ada artikel yang bertanggal.", "There is no dated article yet."),
    "as_table": ("Sebagai tabel", "As a table"),
    "time": ("Waktu", "Time"),
    "articles": ("Artikel", "Articles"),
    "people": ("Orang yang paling sering disebut", "Most named people"),
    "places": ("Tempat yang paling sering disebut", "Most named places"),
    "named_note": (
        "Dihitung otomatis dari {count} artikel terbaru. Klik untuk bertanya.",
        "Counted automatically in the {count} newest articles. Click to ask.",
    ),
    "none_named": ("Belum ada nama yang berulang.", "No name recurs yet."),
    "who": ("Siapa {name}?", "Who is {name}?"),
    "what_in": ("Apa yang terjadi di {name}?", "What happened in {name}?"),
    "topic_over_time": ("Liputan suatu topik menurut waktu", "Coverage of a topic over time"),
    "topic": ("Topik", "Topic"),
    "topic_text": (
        "{count} artikel memuat “{topic}”, {first} sampai {last}.",
        "{count} articles mention “{topic}”, {first} to {last}.",
    ),
    "no_topic": ("Tidak ada artikel bertanggal tentang “{topic}”.", "No dated article mentions “{topic}”."),
    "health": ("Keadaan indeks", "Index health"),
    "copies": ("Salinan", "Copies"),
    "passages": ("Bagian", "Passages"),
    "generation": ("Generasi vektor", "Generation of vectors"),
    "built": ("Terakhir dibangun", "Last built"),
    "tail": ("Bagian yang lebih baru dari itu", "Passages newer than that"),
    "model": ("Model makna", "Embedding model"),
    "size": ("Ukuran di cakram", "Size on disk"),
    "behind": ("Indeks kata tertinggal", "Word index behind by"),
    "not_yet": ("belum", "not yet"),
}
# What the script needs: it puts both languages into the page, as everything here does.
_SCRIPT: Final = """reading storing stored refused too_large fetching removed rebuilding stage_read stage_lexicon
    stage_embed stage_vectors rebuilt not_allowed wrong_token guesses busy unreachable""".split()
_MONTHS: Final = (
    ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def thousands(number: int) -> tuple[str, str]:
    """A number as both languages group it."""
    return f"{number:,}".replace(",", "."), f"{number:,}"


def spoken(key: str, **values: object) -> tuple[str, str]:
    """A sentence in both languages, not escaped. A value that is a pair has one for each language."""
    indonesian, english = _WORDS[key]
    return indonesian.format(**_of(values, 0)), english.format(**_of(values, 1))


def _of(values: dict[str, object], language: int) -> dict[str, object]:
    return {name: value[language] if isinstance(value, tuple) else value for name, value in values.items()}


def said(key: str, **values: object) -> str:
    """A sentence as HTML in both languages; the style sheet shows the reader's."""
    return spans(*spoken(key, **values))


def spans(indonesian: str, english: str) -> str:
    """Two wordings as HTML, of which one is shown."""
    if indonesian == english:
        return escape(indonesian)
    return f'<span class="t" lang="id">{escape(indonesian)}</span><span class="t" lang="en">{escape(english)}</span>'


def in_attribute(attribute: str, key: str, **values: object) -> str:
    """An attribute that the page's script puts in the reader's language; English without it."""
    indonesian, english = spoken(key, **values)
    return (
        f'{attribute}="{escape(english)}" data-words="{attribute}" data-words-id="{escape(indonesian)}" '
        f'data-words-en="{escape(english)}"'
    )


def month(day: date) -> tuple[str, str]:
    """A month in both languages: ("Mei 2025", "May 2025")."""
    return f"{_MONTHS[0][day.month - 1]} {day.year}", f"{_MONTHS[1][day.month - 1]} {day.year}"


def script_words() -> str:
    """What the script says, as a block of data that no browser runs."""
    words = json.dumps({key: _WORDS[key] for key in _SCRIPT}, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/json" id="archive-words">{words}</script>'
