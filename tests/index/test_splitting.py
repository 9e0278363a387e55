"""Sentences and passages: borders where a reader would put them, offsets that are exact."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.splitting import PASSAGE_WORDS, passages, sentences


def _sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Harga naik. Warga protes.", ["Harga naik.", "Warga protes."]),
        ("Harganya Rp. 1.500 per kilo, kata Dr. H. Ahmad.", ["Harganya Rp. 1.500 per kilo, kata Dr. H. Ahmad."]),
        ("Ia tinggal di Jl. Melati No. 5 Wanareja.", ["Ia tinggal di Jl. Melati No. 5 Wanareja."]),
        ("Presiden George W. Bush datang! Ia pergi.", ["Presiden George W. Bush datang!", "Ia pergi."]),
        ("Ini jelas Nunung.Sekolah itu tutup.", ["Ini jelas Nunung.", "Sekolah itu tutup."]),
        ("Nursultan, Gatra.com - Anggaran naik.", ["Nursultan, Gatra.com - Anggaran naik."]),
        ("“Apakah kita berikutnya? ” ungkap pejabat itu.", ["“Apakah kita berikutnya? ” ungkap pejabat itu."]),
        ('"Ya, tentu." Ia tersenyum.', ['"Ya, tentu."', "Ia tersenyum."]),
        ("Mr. Smith met Sen. Jones of Acme Inc. on Monday.", ["Mr. Smith met Sen. Jones of Acme Inc. on Monday."]),
        ("Satu baris\nBaris lain", ["Satu baris", "Baris lain"]),
        ("Beras a.l. dari Thailand, dll. Mereka pergi.", ["Beras a.l. dari Thailand, dll.", "Mereka pergi."]),
    ],
)
def test_sentence_borders(text: str, expected: list[str]) -> None:
    """Abbreviations, initials, numbers, quotes and glued sentences are told apart."""
    assert expected == _sentences(text)


prose = st.lists(st.sampled_from(["Warga", "desa", "Rp 1.500", "dr.", '"Ya', 'itu"', "x.Y", ".", "!", "\n", " "])).map(
    " ".join
)


@given(st.one_of(st.text(max_size=400), prose))
def test_sentences_are_in_order_and_lose_no_word(text: str) -> None:
    """Sentences never overlap, and every letter or digit of the text lies in one."""
    covered = set()
    end = 0
    for span in sentences(text):
        assert end <= span.start < span.end <= len(text)
        end = span.end
        covered.update(range(span.start, span.end))
    assert all(position in covered for position, character in enumerate(text) if character.isalnum())


@given(st.lists(st.integers(1, 60), max_size=40))
def test_passages_cover_the_text_and_stay_near_their_length(lengths: list[int]) -> None:
    """Every sentence is in a passage, a passage is whole sentences, and none is much longer than asked."""
    text = " ".join(" ".join(["kata"] * length) + "." for length in lengths).replace(". k", ". K")
    spans = passages(text)
    covered = set()
    starts = {span.start for span in sentences(text)}
    for span in spans:
        assert span.start in starts
        assert len(text[span.start : span.end].split()) <= 2 * PASSAGE_WORDS + 60
        covered.update(range(span.start, span.end))
    assert all(position in covered for position, character in enumerate(text) if character.isalnum())


def test_the_last_sentence_of_a_passage_opens_the_next() -> None:
    """One sentence of overlap keeps a sentence together with the one it leans on."""
    text = " ".join(f"Kalimat nomor {number} berisi sepuluh kata supaya ada bahan yang cukup." for number in range(60))
    first, second = passages(text)[:2]
    assert text[first.start : first.end].endswith(text[second.start : first.end])
    assert second.start < first.end
