"""Why something was not read or done, in Indonesian.

``index``, ``assistant.ingest`` and what stands before the routes say why in English, one sentence at the place where
they find out. Each of those sentences stands here as a pattern with its translation; a test goes through their source
and finds any that is missing. What stands in braces is taken over, or left out where it is a program's own English.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["in_indonesian", "openai_problem", "problem"]

_ENDING: Final = "periksa apakah akhiran namanya benar"

_SENTENCES: Final[dict[str, str]] = {
    # any file
    "line {number}: {reason}": "baris {number}: {reason}",
    "cannot read {ending}: use one of {endings}": "{ending} tidak dapat dibaca: pakai salah satu dari {endings}",
    "it is {size}, more than the {limit} a file may have: split it": (
        "ukurannya {size}, melebihi batas {limit} untuk satu berkas: bagi menjadi beberapa berkas"
    ),
    "it is empty: there is nothing to read in it": "berkas ini kosong: tidak ada yang dapat dibaca",
    "it is binary, not text: check that its name has the right ending": f"isinya biner, bukan teks: {_ENDING}",
    "it is {kind} by its content, not text: check that its name has the right ending": (
        f"isinya {{kind}}, bukan teks: {_ENDING}"
    ),
    "its encoding is not known: save it as UTF-8": "pengodean hurufnya tidak dikenal: simpan sebagai UTF-8",
    # files on the server's own disk
    "it is not a regular file": "ini bukan berkas biasa",
    "cannot be read: the process that reads such files ended with status {status}": (
        "tidak dapat dibaca: proses yang membaca berkas seperti ini berakhir dengan status {status}"
    ),
    "cannot be read: {error}": "tidak dapat dibaca: {error}",
    "cannot be opened: {error}": "tidak dapat dibuka: {error}",
    "the folder holds no files: put articles ({endings}) into it": (
        "folder ini tidak berisi berkas: taruh artikel ({endings}) di dalamnya"
    ),
    "is not a usable path: {error}": "bukan alamat berkas yang dapat dipakai: {error}",
    "no such file or folder": "tidak ada berkas atau folder seperti itu",
    "no file matches this pattern": "tidak ada berkas yang cocok dengan pola ini",
    # rows
    "it holds no rows": "tidak ada baris di dalamnya",
    "it is not valid JSON ({what}): write one object a line": "JSON-nya tidak sah ({what}): tulis satu objek per baris",
    'it is not a JSON object: write one object a line, as {"title": ..., "text": ...}': (
        'ini bukan objek JSON: tulis satu objek per baris, seperti {"title": ..., "text": ...}'
    ),
    "it has {values} values under {columns} columns: put values with commas in quotation marks": (
        "ada {values} nilai untuk {columns} kolom: apit nilai yang berkoma dengan tanda kutip"
    ),
    "it is not a table ({error}): save it again as CSV": "ini bukan tabel: simpan lagi sebagai CSV",
    "it has no column with the articles' text: name one text, content, body or isi (its columns are {columns})": (
        "tidak ada kolom teks artikel: beri satu kolom nama text, content, body, atau isi (kolomnya: {columns})"
    ),
    "its id is neither text nor a whole number": "id-nya bukan teks dan bukan bilangan bulat",
    "it has no text: name the field with the article's text text, content, body or isi": (
        "teksnya tidak ada: beri kolom teks artikel nama text, content, body, atau isi"
    ),
    "its id is not usable: give one of at most {limit} characters, all printable": (
        "id-nya tidak dapat dipakai: beri paling banyak {limit} karakter, semuanya dapat dicetak"
    ),
    "it holds no text once promotions and markup are taken away": (
        "tidak ada teks yang tersisa setelah promosi dan markahnya dibuang"
    ),
    "its front matter uses YAML aliases, which are not accepted: write the values out": (
        "bagian depannya memakai alias YAML, yang tidak diterima: tulis nilainya secara utuh"
    ),
    # pages and documents
    "it is not a web page that can be read: save it again from the browser": (
        "ini bukan halaman web yang dapat dibaca: simpan lagi dari peramban"
    ),
    "it is not a PDF by its content: check that its name has the right ending": f"isinya bukan PDF: {_ENDING}",
    "it is protected with a password: remove the password and add it again": (
        "dilindungi kata sandi: hapus kata sandinya, lalu tambahkan lagi"
    ),
    "it has {count} pages, more than {limit}: split it into articles": (
        "ada {count} halaman, lebih dari {limit}: bagi menjadi artikel-artikel"
    ),
    "it unpacks to more text than an article can have: split it": (
        "teksnya lebih panjang daripada yang dapat dimuat satu artikel: bagi menjadi beberapa berkas"
    ),
    "it is damaged or cut off: get a whole copy of the PDF": "rusak atau terpotong: dapatkan salinan PDF yang utuh",
    "its pages unpack to more than {limit} MB: save its text as .txt and add that": (
        "halamannya menjadi lebih dari {limit} MB: simpan teksnya sebagai .txt, lalu tambahkan itu"
    ),
    "it has more than {limit} elements: save its text as .txt and add that": (
        "ada lebih dari {limit} elemen di dalamnya: simpan teksnya sebagai .txt, lalu tambahkan itu"
    ),
    "reading it takes more than {limit} seconds: save its text as .txt and add that": (
        "membacanya memerlukan lebih dari {limit} detik: simpan teksnya sebagai .txt, lalu tambahkan itu"
    ),
    "it takes more memory than a file may: save its text as .txt and add that": (
        "membacanya memerlukan terlalu banyak memori: simpan teksnya sebagai .txt, lalu tambahkan itu"
    ),
    "it is damaged: get a whole copy of the PDF": "rusak: dapatkan salinan PDF yang utuh",
    "it holds no text, only pictures of pages: run text recognition (OCR) on it first": (
        "tidak berisi teks, hanya gambar halaman: jalankan pengenalan teks (OCR) dulu"
    ),
    "it is protected with a password or an old .doc: save it as .docx without a password": (
        "dilindungi kata sandi, atau .doc lama: simpan sebagai .docx tanpa kata sandi"
    ),
    "it is damaged or not a Word document: save it again as .docx": (
        "rusak atau bukan dokumen Word: simpan lagi sebagai .docx"
    ),
    "it unpacks to far more than a document needs: save it again with Word": (
        "isinya jauh lebih besar daripada yang diperlukan sebuah dokumen: simpan lagi dengan Word"
    ),
    # archives
    "it is an archive inside an archive: unpack it first": "ini arsip di dalam arsip: ekstrak dulu",
    "its path leads out of the archive: such archives are made to overwrite files": (
        "alamatnya keluar dari arsip: arsip seperti itu dibuat untuk menimpa berkas lain"
    ),
    "it is a link, not a file: put the file itself into the archive": (
        "ini tautan, bukan berkas: taruh berkasnya sendiri di dalam arsip"
    ),
    "it is protected with a password: make the archive again without one": (
        "dilindungi kata sandi: buat lagi arsipnya tanpa kata sandi"
    ),
    "it unpacks to more than {ratio} times its size, as only a zip bomb does": (
        "isinya lebih dari {ratio} kali ukurannya, seperti hanya pada bom zip"
    ),
    "it unpacks to more than the {limit} kB that a file may have: split it": (
        "isinya melebihi batas {limit} kB untuk satu berkas: bagi menjadi beberapa berkas"
    ),
    "it is damaged inside the archive: make the archive again": "rusak di dalam arsip: buat lagi arsipnya",
    "it is damaged, cut off or not a zip archive: make it again": "rusak, terpotong, atau bukan arsip zip: buat lagi",
    "it holds {count} files, more than {limit}: split it": "berisi {count} berkas, lebih dari {limit}: bagi arsipnya",
    "it holds no files": "tidak berisi berkas",
    "it unpacks to more than {limit} full files: split it; {name} and what follows were not read": (
        "isinya lebih besar dari {limit} berkas penuh: bagi arsipnya; {name} dan yang sesudahnya tidak dibaca"
    ),
    "reading its files takes more than {limit} seconds: split it; {name} and what follows were not read": (
        "membaca berkas di dalamnya memerlukan lebih dari {limit} detik: bagi arsipnya; {name} dan yang sesudahnya "
        "tidak dibaca"
    ),
    # articles
    "the article has no text": "artikel ini tidak berteks",
    "the archive holds as much as it may: remove articles or raise its limits": (
        "arsip sudah penuh: hapus beberapa artikel atau naikkan batasnya"
    ),
    "the article holds NUL characters, which no archive keeps": (
        "artikel ini berisi karakter NUL, yang tidak dapat disimpan dalam arsip"
    ),
    "the article's id is longer than 200 characters or holds control characters": (
        "id artikel ini lebih dari 200 karakter atau berisi karakter kendali"
    ),
    "the article holds characters that are not valid Unicode (lone surrogates)": (
        "artikel ini berisi karakter yang bukan Unicode yang sah (surogat tunggal)"
    ),
    # web addresses
    "The site answered {status}.": "Situs itu menjawab {status}.",
    "The address leads on more than {limit} times.": "Alamat itu mengalihkan lebih dari {limit} kali.",
    "The site took longer than {limit} seconds.": "Situs itu memerlukan lebih dari {limit} detik.",
    "The site's certificate is not valid.": "Sertifikat situs itu tidak sah.",
    "The site broke off, or its answer is not HTTP.": "Situs itu memutus sambungan, atau jawabannya bukan HTTP.",
    "Only addresses that begin with http:// or https:// are fetched.": (
        "Hanya alamat yang diawali http:// atau https:// yang diambil."
    ),
    "The address contains a name or password: take it out.": "Alamat itu berisi nama atau kata sandi: hapus dulu.",
    "There is no site called “{host}”.": "Tidak ada situs bernama “{host}”.",
    "The address is not on the public internet: it is not fetched.": (
        "Alamat itu tidak berada di internet publik: tidak diambil."
    ),
    "The address is this machine's own: it is not fetched.": "Alamat itu milik mesin ini sendiri: tidak diambil.",
    "“{host}” cannot be reached.": "“{host}” tidak dapat dihubungi.",
    "The site packs its pages in a way that is not read here.": (
        "Situs itu memampatkan halamannya dengan cara yang tidak dibaca di sini."
    ),
    "The page is larger than {limit} MB.": "Halaman itu lebih besar dari {limit} MB.",
    "The site broke off in the middle of the page.": "Situs itu terputus di tengah halaman.",
    "The address gives “{kind}”, which is no kind of file that is read here.": (
        "Alamat itu memberi “{kind}”, jenis berkas yang tidak dibaca di sini."
    ),
    # the request itself
    "The request is larger than {limit} kB: send less at once.": (
        "Permintaan ini lebih besar dari {limit} kB: kirim lebih sedikit sekaligus."
    ),
    "The request had not arrived after {limit} seconds: send less, or over a better line.": (
        "Permintaan ini belum tiba setelah {limit} detik: kirim lebih sedikit, atau lewat sambungan yang lebih baik."
    ),
    "The page does not send this: load it again.": "Halaman ini tidak mengirim hal itu: muat ulang halamannya.",
    "There is nothing here.": "Tidak ada apa-apa di sini.",
    "This route takes another method: /docs lists them.": "Rute ini memakai metode lain: lihat /docs.",
    "The request is not as described at /docs.": "Permintaan ini tidak seperti yang diuraikan di /docs.",
    "The body is not JSON: check its brackets, commas and quotes.": (
        "Isinya bukan JSON: periksa kurung, koma, dan tanda kutipnya."
    ),
    "{where} is not as it should be: {message}.": "{where} tidak seperti seharusnya.",
    "The {what} contains a NUL character: remove it.": "Ada karakter NUL di dalamnya: hapus dulu.",
    "The {what} contains characters that are not valid Unicode (lone surrogates): remove them.": (
        "Ada karakter yang bukan Unicode yang sah (surogat tunggal): hapus dulu."
    ),
    "No article has the id “{id}”.": "Tidak ada artikel dengan id “{id}”.",
    "Fetching from the web is off: the setting “allow_fetch” turns it on.": (
        "Pengambilan dari web dimatikan: setelan “allow_fetch” menyalakannya."
    ),
    "The text has {count} sentences, more than the {limit} that are checked at once: send it in parts.": (
        "Teks itu berisi {count} kalimat, lebih dari {limit} yang diperiksa sekaligus: kirim bagian demi bagian."
    ),
    "The check takes longer than {limit} seconds: send the text in parts.": (
        "Pemeriksaannya memerlukan lebih dari {limit} detik: kirim teksnya bagian demi bagian."
    ),
    # who may do what
    "This changes the archive: send the operator token as “Authorization: Bearer …”.": (
        "Ini mengubah arsip: kirim token pengelola sebagai “Authorization: Bearer …”."
    ),
    "The archive is changed from its own machine alone, until an operator token is configured.": (
        "Arsip hanya dapat diubah dari mesinnya sendiri, sampai token pengelola disetel."
    ),
    "Another site's page asked for this: the archive is not changed for it.": (
        "Halaman situs lain yang memintanya: arsip tidak diubah untuk itu."
    ),
    "Another site's page asked for this: it is not answered.": ("Halaman situs lain yang memintanya: tidak dijawab."),
    "Only names of its own machine (localhost) lead here, until an operator token is configured.": (
        "Hanya nama mesinnya sendiri (localhost) yang dijawab, sampai token pengelola disetel."
    ),
    "This archive is read with a token: send it as “Authorization: Bearer …”.": (
        "Arsip ini dibaca dengan token: kirim sebagai “Authorization: Bearer …”."
    ),
    "Too many wrong tokens: wait {seconds} seconds.": "Terlalu banyak token yang salah: tunggu {seconds} detik.",
    "Too many votes came from this address: wait {seconds} seconds.": (
        "Terlalu banyak penilaian dari alamat ini: tunggu {seconds} detik."
    ),
    # the archive and its files
    "{place} could not be read or written ({error}). What was acknowledged before is kept. Look after {look} and try "
    "again.": (
        "{place} tidak dapat dibaca atau ditulis. Yang sudah dinyatakan tersimpan tetap ada. Periksa diska atau "
        "servernya, lalu coba lagi."
    ),
    "{folder} could not be written ({error}). The articles are safe in the archive; searching them by their words "
    "begins again when the disk is sound and has space.": (
        "{folder} tidak dapat ditulis. Artikelnya aman di arsip; pencarian menurut kata berjalan lagi setelah diskanya "
        "baik dan ada ruang."
    ),
    "{folder} cannot be written ({error}).": "{folder} tidak dapat ditulis.",
    "{folder} is being written by {holder}. Try again when it is done.": (
        "{folder} sedang ditulis proses lain. Coba lagi setelah selesai."
    ),
    "another process is rebuilding {folder}. Try again when it is done.": (
        "proses lain sedang membangun ulang {folder}. Coba lagi setelah selesai."
    ),
    "the rebuild failed ({reason}). What was there before is still in use.": (
        "pembangunan ulang gagal. Indeks yang sebelumnya tetap dipakai."
    ),
    "Too many questions are being asked at this moment: try again in {limit} seconds.": (
        "Terlalu banyak pertanyaan pada saat ini: coba lagi dalam {limit} detik."
    ),
}

# What stands in the braces of some of them.
_PARTS: Final[dict[str, str]] = {
    "a file without an ending": "berkas tanpa akhiran",
    "a PDF": "PDF",
    "a zip or an Office document": "zip atau dokumen Office",
    "a picture": "gambar",
    "a gzip file": "berkas gzip",
    "an old Office document": "dokumen Office lama",
    "a program": "program",
    "a database": "basis data",
    "too deep or too large a value": "nilainya terlalu dalam atau terlalu besar",
    "{problem}: line {line} column {column} (char {place})": "kesalahan pada karakter ke-{column}",
}
_LONGEST: Final = 500  # characters of a sentence that is compared: several open parts take the cube of its length
_SPOKEN: Final = frozenset({"reason", "ending", "kind", "what"})  # the braces that are translated themselves
_NUMBERS: Final = frozenset({"size", "limit"})
_DECIMAL: Final = str.maketrans(".,", ",.")  # "1,024.5" is "1.024,5" in Indonesian
_PLACE: Final = re.compile(r"\{(\w+)\}")


def _pattern(sentence: str) -> re.Pattern[str]:
    literal_and_name = _PLACE.split(sentence)
    parts = [f"(?P<{part}>.*?)" if place % 2 else re.escape(part) for place, part in enumerate(literal_and_name)]
    return re.compile("".join(parts), re.DOTALL)


_PATTERNS: Final = [(_pattern(sentence), words) for sentence, words in {**_SENTENCES, **_PARTS}.items()]


def in_indonesian(sentence: str) -> str | None:
    """The same in Indonesian, or None for a sentence that is none of these."""
    if len(sentence) > _LONGEST:
        return None
    for pattern, words in _PATTERNS:
        found = pattern.fullmatch(sentence)
        if found is not None:
            return _filled(words, found)
    begun = sentence[:1].lower() + sentence[1:]  # a route begins with a capital what the archive says without one
    if begun == sentence:
        return None
    said = in_indonesian(begun)
    return said and said[:1].upper() + said[1:]


def problem(sentence: str) -> dict[str, str]:
    """The body of an error: the sentence, and the same in Indonesian where there is one."""
    indonesian = in_indonesian(sentence)
    return {"error": sentence} if indonesian is None else {"error": sentence, "error_indonesian": indonesian}


def problem_at(path: str, status: int, sentence: str) -> dict[str, object]:
    """The body of an error in the shape that the clients of a path read."""
    return openai_problem(status, sentence) if path.startswith("/v1/") else {**problem(sentence)}


def openai_problem(status: int, sentence: str) -> dict[str, object]:
    """The body of an error under /v1, in the shape that OpenAI's clients read."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return {"error": {"message": sentence, "type": kind, "param": None, "code": None}}


def _filled(words: str, given: re.Match[str]) -> str:
    def value(place: re.Match[str]) -> str:
        name = place[1]
        if name in _SPOKEN:
            return in_indonesian(given[name]) or given[name]
        return given[name].translate(_DECIMAL) if name in _NUMBERS else given[name]

    return _PLACE.sub(value, words)
