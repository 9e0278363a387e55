"""Questions made from sentences: the span that is taken out answers the question that is asked."""

from __future__ import annotations

import pytest

from training.reader_cloze import blanks


@pytest.mark.parametrize(
    ("sentence", "asking", "answer"),
    [
        ("Ananda Omesh dan Dian Ayu menikah di Bandung pada 8 Juli 2012.", "Kapan", "8 Juli 2012"),
        ("Nilai tambah industri kecil tercatat mencapai Rp 439 triliun.", "", "Rp 439 triliun"),
        ("Sebanyak 33 perusahaan asal Tiongkok mendaftar.", "Berapa perusahaan", "33 perusahaan"),
        ("Diskusi itu digelar di Warung Daun, Cikini, Jakarta Pusat.", "Di mana", "Warung Daun, Cikini, Jakarta Pusat"),
        ('"Kami siap bekerja sama dengan semua pihak," kata Budi Karya.', "Siapa yang mengatakan", "Budi Karya"),
        ("Ketua DPP Golkar Indra Bambang Utoyo mengatakan hal itu.", "Siapa Ketua DPP Golkar", "Indra Bambang Utoyo"),
        (
            "Kiswinar batal melapor ke polisi karena pihak penyidik memintanya melengkapi bukti.", "Mengapa",
            "karena pihak penyidik memintanya melengkapi bukti",
        ),
        (
            "Aturan itu berlaku di tiga provinsi yakni Aceh, Riau, dan Jambi.", "Apa saja", "Aceh, Riau, dan Jambi",
        ),
        ("Laois adalah sebuah county di Republik Irlandia.", "Apa itu Laois", "sebuah county di Republik Irlandia"),
    ],
)  # fmt: skip
def test_a_span_is_taken_out_and_asked_for(sentence: str, asking: str, answer: str) -> None:
    found = {(blank.asking, sentence[blank.start : blank.end]): blank for blank in blanks(sentence)}
    assert (asking, answer) in found
    assert answer not in found[asking, answer].rest


def test_a_telephone_number_and_a_score_are_no_amounts() -> None:
    assert not list(blanks("Skor akhir 1-3 diketahui lewat 0800-1100-800."))


def test_a_pronoun_is_not_asked_for() -> None:
    assert not [blank for blank in blanks("Ia membuka toko itu kemarin pagi.") if blank.asking.startswith("Siapa")]
