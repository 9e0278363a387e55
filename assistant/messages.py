"""Every word that a reader sees and no article wrote, in Indonesian and English."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from index import Copy


__all__ = ["MESSAGES", "SEED_QUESTIONS", "copy_name", "date_in_words", "say", "where_it_was"]

MESSAGES: Final[dict[str, dict[str, str]]] = {
    "id": {
        # answers
        "no_word": "Tidak ada artikel yang menyebut “{word}”.",
        "not_that": "Ada artikel yang menyebut {topic}, tetapi tidak menjawab pertanyaan ini.",
        "not_that_bare": "Artikel terdekat tidak menjawab pertanyaan ini.",
        "nothing_near": "Tidak ada artikel yang membahas hal ini.",
        "empty": "Arsip masih kosong. Tambahkan artikel dengan perintah: tanya add FOLDER.",
        "no_question": "Tulis pertanyaan lebih dahulu.",
        "closest": "Tidak ada jawaban yang pasti. Bagian yang paling dekat:",
        "leads": "Bacaan terdekat:",
        "others": "Sumber lain menyebut:",
        "agree": "Disebut juga oleh",
        "also_in": "Juga dimuat di",
        "quote_language": "kutipan asli dalam bahasa {tongue}",
        "resolved": "yaitu {date}",
        "no_window": "Tidak ada artikel yang terbit {window}.",
        "no_source": "Tidak ada yang cocok dalam artikel {source}.",
        "whole_archive": "Ini dari seluruh arsip.",
        "not_in_source": "tidak ada dalam sumber",
        "unsupported": "Yang ditulis model bahasa tidak didukung artikel.",
        "quotes_instead": "Ini kutipan langsung dari artikel.",
        "window": "{since} sampai {until}",
        "day": "pada {since}",
        "undated": "tanpa tanggal",
        "id": "Indonesia",
        "en": "Inggris",
        # command line
        "understood": "Dipahami sebagai: {question}",
        "added": "{added} artikel ditambahkan, {updated} diperbarui, {unchanged} tidak berubah, {copies} salinan; "
        "{passages} bagian.",
        "exported": "{articles} artikel dan {votes} penilaian ditulis ke {file}.",
        "rejected": "{count} tidak dapat dibaca:",
        "nothing_read": "tidak ada artikel yang dapat dibaca di {paths}.",
        "no_such_path": "{path} tidak ada.",
        "removed": "{count} artikel dihapus.",
        "no_such_article": "tidak ada artikel dengan id {ids}.",
        "rebuilt": "Indeks dibangun ulang: {passages} bagian dari {articles} artikel.",
        "rolled_back": "Indeks sebelumnya dipakai kembali.",
        "no_results": "Tidak ada yang cocok.",
        "bad_line": "baris {line} dilewati: {reason}.",
        "no_questions": "tidak ada pertanyaan di {path}.",
        "not_archived": "{count} pertanyaan menyebut artikel yang tidak ada dalam arsip: {ids}.",
        "drafted": '{count} rancangan pertanyaan ditulis ke {path}: periksa satu per satu, lalu hapus "draft".',
        "nothing_drafted": "tidak ada kalimat dalam arsip yang dapat dijadikan pertanyaan.",
        "seeding": "Arsip kosong: membaca contoh artikel di {folder}.",
        "open_at": "Tanya siap di {url}",
        "interrupted": "dihentikan.",
        "articles": "artikel",
        "copies": "salinan",
        "passages": "bagian",
        "languages": "bahasa",
        "sources": "sumber",
        "folder": "folder",
        "rank": "No.",
        "score": "Skor",
        "article": "Artikel",
        "passage": "Bagian",
        "lexical": "Leksikal",
        "dense": "Vektor",
    },
    "en": {
        # answers
        "no_word": "No article mentions “{word}”.",
        "not_that": "There are articles that mention {topic}, but they do not answer this question.",
        "not_that_bare": "The nearest articles do not answer this question.",
        "nothing_near": "No article is about this.",
        "empty": "The archive is still empty. Add articles with the command: tanya add FOLDER.",
        "no_question": "Write a question first.",
        "closest": "There is no sure answer. The closest passage:",
        "leads": "Nearest reading:",
        "others": "Other sources say:",
        "agree": "Also stated by",
        "also_in": "Also in",
        "quote_language": "original quote in {tongue}",
        "resolved": "that is {date}",
        "no_window": "No article was published {window}.",
        "no_source": "Nothing fits in the articles of {source}.",
        "whole_archive": "This is from the whole archive.",
        "not_in_source": "not in the source",
        "unsupported": "What the language model wrote is not supported by the articles.",
        "quotes_instead": "These are quotes from the articles themselves.",
        "window": "from {since} to {until}",
        "day": "on {since}",
        "undated": "undated",
        "id": "Indonesian",
        "en": "English",
        # command line
        "understood": "Understood as: {question}",
        "added": "{added} articles added, {updated} updated, {unchanged} unchanged, {copies} copies; "
        "{passages} passages.",
        "exported": "{articles} articles and {votes} votes written to {file}.",
        "rejected": "{count} could not be read:",
        "nothing_read": "no article could be read in {paths}.",
        "no_such_path": "{path} does not exist.",
        "removed": "{count} articles removed.",
        "no_such_article": "there is no article with the id {ids}.",
        "rebuilt": "Index rebuilt: {passages} passages of {articles} articles.",
        "rolled_back": "The index before it is in use again.",
        "no_results": "Nothing fits.",
        "bad_line": "line {line} is left out: {reason}.",
        "no_questions": "there are no questions in {path}.",
        "not_archived": "{count} questions name an article that is not in the archive: {ids}.",
        "drafted": '{count} drafts of questions written to {path}: check each of them, then take "draft" away.',
        "nothing_drafted": "no sentence of the archive could be made into a question.",
        "seeding": "The archive is empty: reading the sample articles in {folder}.",
        "open_at": "Tanya is ready at {url}",
        "interrupted": "interrupted.",
        "articles": "articles",
        "copies": "copies",
        "passages": "passages",
        "languages": "languages",
        "sources": "sources",
        "folder": "folder",
        "rank": "No.",
        "score": "Score",
        "article": "Article",
        "passage": "Passage",
        "lexical": "Lexical",
        "dense": "Dense",
    },
}

# Offered as examples only where the archive answers them; they fit the articles in seeds/.
SEED_QUESTIONS: Final[tuple[str, ...]] = (
    "Berapa tambahan anggaran pertahanan Kazakhstan?",
    "Berapa jumlah pengungsi banjir di Pulau Sangalaya?",
    "Siapa yang membiayai sensor banjir Kalisura?",
    "How many visitors did Sangalaya receive in 2025?",
    "Mengapa Rusia menghentikan ekspor minyak Kazakhstan?",
    "Apa kata Hendra Palwaguna soal tarif feri?",
)

_MONTHS: Final[dict[str, list[str]]] = {
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember".split(),
    "en": "January February March April May June July August September October November December".split(),
}


def say(key: str, language: str, **values: object) -> str:
    """The message in a language (English for one that Tanya does not speak), its ``{places}`` filled."""
    return MESSAGES.get(language, MESSAGES["en"])[key].format(**values)


def date_in_words(day: date | None, language: str) -> str:
    """ "25 Juli 2022" or "25 July 2022"; a word for it where there is none."""
    if day is None:
        return say("undated", language)
    return f"{day.day} {_MONTHS.get(language, _MONTHS['en'])[day.month - 1]} {day.year}"


def where_it_was(source: str, title: str, published: date | None, language: str) -> str:
    """How a source is named behind a quote: outlet (else title) and date, as far as they are known."""
    name = source or title
    if published is None:
        return name or say("undated", language)
    return f"{name}, {date_in_words(published, language)}" if name else date_in_words(published, language)


def copy_name(copy: Copy) -> str:
    """How a copy is named: its outlet, else its title, else its id."""
    return copy.source or copy.title or copy.id
