"""Every word of the page around questions and answers, in Indonesian and English.

Both languages are in the page and one is shown: the reader's browser decides, and the switch changes it at once.
"""

from __future__ import annotations

from datetime import date
from html import escape
from typing import Final

from assistant.messages import date_in_words

__all__ = ["PAGE_LANGUAGES", "both", "both_dates", "in_attribute", "preferred_language", "word", "words_for"]

PAGE_LANGUAGES: Final = ("id", "en")

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "tagline": ("Tanya arsip berita.", "Ask the news archive."),
    "promise": (
        "Setiap jawaban dibuktikan dengan kutipan persis dari artikel.",
        "Every answer is proved by an exact quote from an article.",
    ),
    "holdings_one": ("1 artikel di arsip", "1 article in the archive"),
    "holdings": ("{count} artikel di arsip", "{count} articles in the archive"),
    "empty_archive": ("Arsip masih kosong.", "The archive is still empty."),
    "try": ("Coba tanyakan", "Try asking"),
    "placeholder": ("Tulis pertanyaan …", "Ask a question …"),
    "question": ("Pertanyaan", "Question"),
    "send": ("Kirim", "Ask"),
    "clear": ("Percakapan baru", "New conversation"),
    "you_asked": ("Pertanyaan Anda", "You asked"),
    "understood": ("Dipahami sebagai", "Understood as"),
    "searching": ("Mencari di arsip …", "Searching the archive …"),
    "sure": ("Jawaban · yakin", "Answer · confident"),
    "fairly_sure": ("Jawaban · cukup yakin", "Answer · fairly confident"),
    "unsure": ("Jawaban · kurang yakin", "Answer · not very confident"),
    "closest": ("Bukan jawaban pasti · bagian terdekat", "Not a sure answer · closest passage"),
    "none": ("Tidak ada jawaban", "No answer"),
    "sources": ("Sumber", "Sources"),
    "leads": ("Bacaan terdekat", "Nearest reading"),
    "no_leads": ("Tidak ada bacaan yang dekat.", "Nothing near was found."),
    "source": ("Sumber {number}", "Source {number}"),
    "read": ("Baca artikel", "Read the article"),
    "original": ("Sumber asli", "Original"),
    "also_in": ("Juga di", "Also in"),
    "permanent": ("Alamat tetap", "Permanent link"),
    "close": ("Tutup", "Close"),
    "pages": ("Halaman", "Pages"),
    "sign_in": ("Masuk", "Sign in"),
    "sign_in_note": (
        "Arsip ini hanya untuk pembaca yang punya token. Mintalah kepada pengelolanya.",
        "This archive is for readers with a token. Its operator gives it out.",
    ),
    "ask_note": (
        "Bertanya memerlukan token. Mintalah kepada pengelola arsip ini.",
        "Asking needs a token. The archive's operator gives it out.",
    ),
    "reader_token": ("Token", "Token"),
    "to_ask": ("Tanya", "Ask"),
    "to_archive": ("Arsip", "Archive"),
    "to_overview": ("Ikhtisar", "Overview"),
    "new_window": ("(jendela baru)", "(new window)"),
    "untitled": ("Tanpa judul", "Untitled"),
    "gone_title": ("Artikel tidak ada", "No such article"),
    "gone": (
        "Artikel ini tidak ada di arsip, atau sudah dihapus.",
        "This article is not in the archive, or it has been removed.",
    ),
    "written_by": (
        "Ditulis oleh model bahasa {name}; setiap kalimat diperiksa terhadap kutipannya.",
        "Written by the language model {name}; every sentence is checked against its quotes.",
    ),
    "retry": ("Ulangi", "Try again"),
    "edit": ("Ubah", "Edit"),
    "copy": ("Salin", "Copy"),
    "copy_markdown": ("Sebagai Markdown", "As Markdown"),
    "copy_plain": ("Sebagai teks biasa", "As plain text"),
    "share": ("Bagikan", "Share"),
    "print": ("Cetak", "Print"),
    "stop": ("Hentikan", "Stop"),
    "stopped": ("Dihentikan.", "Stopped."),
    "this_answer": ("Jawaban ini", "This answer"),
    "vote_up": ("Jawaban ini membantu", "This answer helps"),
    "vote_down": ("Jawaban ini tidak membantu", "This answer does not help"),
    "disagree": ("Sumber berbeda-beda, menurut tanggal", "Sources differ, by date"),
    "undated": ("Tanpa tanggal", "Undated"),
    "why": ("Mengapa ditemukan", "Why it was found"),
    "found_words": ("Kata: peringkat {rank}, skor {score}", "Words: rank {rank}, score {score}"),
    "found_translated": (
        "Kata lewat kamus: peringkat {rank}, skor {score}",
        "Words through the dictionary: rank {rank}, score {score}",
    ),
    "found_meaning": ("Makna: peringkat {rank}, kemiripan {score}", "Meaning: rank {rank}, similarity {score}"),
    "implied": ("Dari pertanyaan Anda", "From your question"),
    "limited": ("Dibatasi", "Limited to"),
    "remove_filter": ("Tanpa batas ini", "Without this limit"),
    "from": ("sejak", "since"),
    "up_to": ("sampai", "until"),
    "articles_id": ("Bahasa Indonesia", "Indonesian"),
    "articles_en": ("Bahasa Inggris", "English"),
    "filter": ("Saring", "Filter"),
    "filter_since": ("Terbit sejak", "Published since"),
    "filter_until": ("Terbit sampai", "Published until"),
    "filter_source": ("Media (boleh beberapa)", "Outlets (one or more)"),
    "find_outlet": ("Cari media, atau tulis namanya", "Find an outlet, or type its name"),
    "more_outlets": ("Media lain: cari di atas.", "For other outlets, search above."),
    "filter_language": ("Bahasa artikel", "Language of the article"),
    "any": ("Semua", "Any"),
    "clear_filters": ("Hapus semua batas", "Remove all limits"),
    "follow_ups": ("Tanya lebih lanjut", "Ask further"),
    "history": ("Riwayat", "History"),
    "history_note": ("Hanya tersimpan di peramban ini.", "Kept in this browser alone."),
    "history_none": ("Belum ada percakapan.", "No conversations yet."),
    "delete": ("Hapus", "Delete"),
    "delete_all": ("Hapus semua", "Delete all"),
    "delete_sure": ("Benar, hapus semua", "Yes, delete all"),
    "previous_mark": ("Kutipan sebelumnya", "Previous quote"),
    "next_mark": ("Kutipan berikutnya", "Next quote"),
    "copied": ("Disalin.", "Copied."),
    "link_copied": ("Tautan disalin.", "Link copied."),
    "not_copied": ("Peramban tidak mengizinkan penyalinan.", "The browser does not allow copying."),
    "thanks": ("Terima kasih.", "Thank you."),
    "not_sent": ("Penilaian tidak terkirim. Coba lagi.", "The vote was not sent. Try again."),
    "reasons_up": ("Apa yang membantu?", "What helped?"),
    "reasons_down": ("Apa yang kurang?", "What was wrong?"),
    "reason_correct": ("Tepat", "Correct"),
    "reason_clear": ("Jelas", "Clear"),
    "reason_good_sources": ("Sumbernya bagus", "Good sources"),
    "reason_wrong": ("Salah", "Wrong"),
    "reason_incomplete": ("Tidak lengkap", "Incomplete"),
    "reason_wrong_source": ("Sumber tidak cocok", "Wrong source"),
    "reason_outdated": ("Sudah usang", "Out of date"),
    "note": ("Keterangan (boleh kosong)", "Anything to add (optional)"),
    "send_reason": ("Kirim penilaian", "Send"),
    "unreachable": (
        "Server tidak dapat dihubungi. Periksa sambungan, lalu coba lagi.",
        "The server cannot be reached. Check the connection and try again.",
    ),
    "interrupted": ("Jawaban terputus. Coba lagi.", "The answer was cut off. Try again."),
    "not_understood": (
        "Pertanyaan dengan batas ini tidak dapat diajukan. Periksa tanggalnya.",
        "The question cannot be asked with these limits. Check the dates.",
    ),
    "too_long": (
        "Pertanyaan terlalu panjang: paling banyak {limit} huruf.",
        "The question is too long: {limit} characters at most.",
    ),
    "unreadable": (
        "Pertanyaan berisi karakter yang tidak dapat dibaca.",
        "The question contains characters that cannot be read.",
    ),
    "failed": ("Terjadi kesalahan. Coba lagi sebentar lagi.", "Something went wrong. Try again in a moment."),
    "busy": (
        "Terlalu banyak yang bertanya pada saat ini. Coba lagi dalam {seconds} detik.",
        "Too many people are asking at this moment. Try again in {seconds} seconds.",
    ),
    "failed_id": ("Sebutkan nomor ini bila melapor: {id}", "Quote this number if you report it: {id}"),
    "by": ("Oleh", "By"),
    "skip": ("Langsung ke pertanyaan", "Skip to the question"),
    "switch": ("English", "Bahasa Indonesia"),
}


def word(key: str, language: str, **values: object) -> str:
    """A word of the page in one language, not escaped."""
    written = {name: _decimal(value, language) if isinstance(value, float) else value for name, value in values.items()}
    return _WORDS[key][PAGE_LANGUAGES.index(language)].format(**written)


def _decimal(number: float, language: str) -> str:
    """Two places, behind a comma in Indonesian."""
    text = f"{number:.2f}"
    return text.replace(".", ",") if language == "id" else text


def both(key: str, **values: object) -> str:
    """A word of the page as HTML in both languages; the style sheet shows the reader's."""
    return _spans(*(word(key, language, **values) for language in PAGE_LANGUAGES))


def both_dates(day: date) -> str:
    """A date as HTML in both languages."""
    return _spans(*(date_in_words(day, language) for language in PAGE_LANGUAGES))


def in_attribute(attribute: str, key: str, **values: object) -> str:
    """An HTML attribute whose value the page's script puts in the reader's language; English without it."""
    return f'{attribute}="{escape(word(key, "en", **values))}" {_script_words(attribute, key, **values)}'


def words_for(target: str, attribute: str, key: str) -> str:
    """The same for an element that Gradio makes, named by a CSS selector."""
    return f'<span hidden data-for="{escape(target)}" {_script_words(attribute, key)}></span>'


def _script_words(attribute: str, key: str, **values: object) -> str:
    values_of = [f'data-words-{language}="{escape(word(key, language, **values))}"' for language in PAGE_LANGUAGES]
    return f'data-words="{attribute}" {" ".join(values_of)}'


def _spans(indonesian: str, english: str) -> str:
    if indonesian == english:
        return escape(indonesian)
    return f'<span class="t" lang="id">{escape(indonesian)}</span><span class="t" lang="en">{escape(english)}</span>'


def preferred_language(accept_language: str) -> str:
    """ "id" or "en" from an Accept-Language header: the one that it wants more, else English."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language[:200].split(",")):
        tag, _, parameter = part.strip().lower().partition(";")
        language = {"in": "id"}.get(tag[:2], tag[:2])  # "in" is what old systems call Indonesian
        try:
            weight = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        if language in PAGE_LANGUAGES and weight > 0:
            wanted.append((-weight, place, language))
    return min(wanted, default=(0.0, 0, "en"))[2]
