"""The verifier: what a source says in another form passes, what it does not say is named."""

from __future__ import annotations

import os
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.verify import CheckedSentence, Source, verify, verify_sentence

PUBLISHED = date(2022, 7, 26)


def check(claim: str, source: str, language: str = "id", published: date | None = PUBLISHED) -> CheckedSentence:
    """Check one sentence against one source."""
    return verify_sentence(claim, [Source(source, "", published, language)])


def wrong(claim: str, source: str, language: str = "id", published: date | None = PUBLISHED) -> list[tuple[str, str]]:
    """The kinds and words of what is wrong."""
    return [(problem.kind, problem.text) for problem in check(claim, source, language, published).problems]


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("Anggaran itu Rp 1,5 triliun.", "Anggaran itu 1.5 trillion rupiah."),
        ("Anggaran itu Rp 1,5 triliun.", "Anggaran itu Rp 1.500 miliar."),
        ("Anggaran itu Rp1,5 T.", "Anggaran itu satu setengah triliun rupiah."),
        ("Anggaran itu Rp 2.300.000.", "Anggaran itu 2 juta 300 ribu rupiah."),
        ("Anggaran itu US$10 juta.", "Anggaran itu $10M."),
        ("Anggaran antara Rp 1-2 triliun.", "Anggaran antara Rp 1 triliun hingga Rp 2 triliun."),
        ("Harga naik 10 hingga 15 persen.", "Harga naik 10%-15%."),
        ("Harga naik 10, 12 dan 15 persen.", "Harga naik 12 persen."),
        ("Korban tewas dua puluh lima orang.", "Korban tewas 25 orang."),
        ("Korban tewas 2.706 orang.", "Korban tewas 2,706 orang."),
        ("Korban tewas 24 orang.", "Korban tewas dua lusin orang."),
        ("Korban tewas 500 orang.", "Korban tewas ratusan orang."),
        ("Jarak itu 1,5 km.", "Jarak itu 1.500 meter."),
        ("Rapat mulai pukul 19.00 WIB.", "Rapat mulai pukul 7 malam."),
        ("Ia berusia 25 tahun.", "Ia berusia 25."),
        ("Itu terjadi pada abad ke-19.", "Itu terjadi pada abad kesembilan belas."),
    ],
)
def test_one_quantity_has_many_forms(source: str, claim: str) -> None:
    """Scales, marks, number words, currencies and units are only ways to write a number."""
    assert [] == wrong(claim, source)


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("Anggaran itu Rp 1,5 triliun disetujui.", "The budget of 1.5 trillion rupiah was approved."),
        ("Korban tewas dua orang.", "Two people died."),
        ("Tiga ratus dua puluh rumah rusak.", "320 houses were damaged."),
        ("Setengah juta orang mengungsi.", "Half a million people fled."),
        ("Luas hutan itu 5 kilometer persegi.", "The forest is 5 square kilometers."),
        ("Ia menunggu dua jam.", "He waited 120 minutes."),
        ("Presiden Jerman mengunjungi Jawa Tengah.", "The German president visited Central Java."),
        (
            "KPK menahan Gubernur Sumatera Utara.",
            "The Corruption Eradication Commission detained the governor of North Sumatra.",
        ),
        ("PBB mengirim bantuan ke Mesir.", "The United Nations sent aid to Egypt."),
        ("Rapat digelar 25 Juli.", "The meeting was held on July 25."),
        ("Rapat digelar pada Senin.", "The meeting was held on Monday."),
        ("Rapat digelar kemarin.", "The meeting was held yesterday."),
    ],
)
def test_an_english_sentence_rests_on_an_indonesian_source(source: str, claim: str) -> None:
    """Numbers, dates and names pass in the other language's form."""
    assert [] == wrong(claim, source)


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("Rapat digelar 25 Juli.", "Rapat digelar (25/7)."),
        ("Rapat digelar 25 Juli 2022.", "Rapat digelar 25/7/2022."),
        ("Rapat digelar Senin (25/7).", "Rapat digelar pada 25 Juli 2022."),
        ("Rapat digelar kemarin.", "Rapat digelar pada 25 Juli."),
        ("Rapat digelar 25 Juli.", "Rapat digelar kemarin."),
        ("Rapat digelar kemarin.", "Rapat digelar Senin."),
        ("Rapat digelar Senin.", "Rapat digelar pada 25 Juli 2022."),
        ("Rapat digelar 20 Juli.", "Rapat digelar pekan lalu."),
        ("Rapat digelar pada 2021.", "Rapat digelar tahun lalu."),
        ("Rapat digelar 25-27 Juli.", "Rapat digelar mulai 25 Juli."),
        ("Rapat digelar musim 2019-20.", "Rapat digelar pada 2020."),
        ("Rapat digelar Senin (25/7).", "Rapat digelar pada Juli."),
    ],
)
def test_one_day_has_many_forms(source: str, claim: str) -> None:
    """Dates are compared as days, with words like "kemarin" read against the article's own date."""
    assert [] == wrong(claim, source)


@pytest.mark.parametrize(
    ("source", "claim", "problem"),
    [
        ("Anggaran itu Rp 1,5 triliun.", "Anggaran itu Rp 1,6 triliun.", ("amount", "Rp 1,6 triliun")),
        ("Anggaran itu Rp 1,5 triliun.", "Anggaran itu Rp 1.500 triliun.", ("amount", "Rp 1.500 triliun")),
        ("Anggaran itu Rp 1,5 triliun.", "Anggaran itu US$ 1,5 triliun.", ("amount", "US$ 1,5 triliun")),
        ("Harga naik 12 persen.", "Harga naik 13 persen.", ("percentage", "13 persen")),
        ("Korban tewas 24 orang.", "Korban tewas 25 orang.", ("number", "25 orang")),
        ("Korban tewas 24 orang.", "Korban tewas sekitar 25 orang.", ("number", "25 orang")),
        ("Jarak itu 5 km.", "Jarak itu 5 meter.", ("number", "5 meter")),
        ("Rapat mulai pukul 19.00 WIB.", "Rapat mulai pukul 20.00 WIB.", ("date", "pukul 20.00")),
        ("Rapat digelar 25 Juli.", "Rapat digelar 24 Juli.", ("date", "24 Juli")),
        ("Rapat digelar 25 Juli.", "Rapat digelar 26 Juli.", ("date", "26 Juli")),
        ("Rapat digelar kemarin.", "Rapat digelar Selasa.", ("date", "Selasa")),
        ("Rapat digelar Senin (25/7).", "Rapat digelar pada 25 Juli 2021.", ("date", "25 Juli 2021")),
        ("Presiden Joko Widodo hadir.", "Presiden Prabowo Subianto hadir.", ("name", "Prabowo Subianto")),
        ("Wali Kota Medan hadir.", "Wali Kota Padang hadir.", ("name", "Padang")),
        ("Ia tidak hadir di rapat.", "Ia hadir di rapat.", ("negation", "hadir")),
        ("Ia hadir di rapat itu.", "Ia tidak hadir di rapat itu.", ("negation", "tidak hadir")),
        ('Ia berkata, "Kami menang."', 'Ia berkata, "Kami pasti menang."', ("quotation", "Kami pasti menang.")),
    ],
)
def test_what_the_source_does_not_say_is_named(source: str, claim: str, problem: tuple[str, str]) -> None:
    """Each kind of change is caught, and the words that are wrong are pointed at."""
    assert problem in wrong(claim, source)


def test_an_approximation_excuses_no_other_number() -> None:
    """ "sekitar 80" is not said by a source that says 82."""
    assert not check("Survei di sekitar 80 kota.", "Survei dilakukan di 82 kota.").supported


def test_the_day_of_publication_is_not_the_day_of_what_happened() -> None:
    """An article of 26 July that names no day does not prove "26 Juli"; its year it does prove."""
    assert [("date", "26 Juli")] == wrong("Rapat digelar 26 Juli.", "Rapat digelar di Jakarta.")
    assert [] == wrong("Rapat digelar pada 2022.", "Rapat digelar di Jakarta.")


def test_titles_and_initials_are_no_part_of_a_name() -> None:
    """The name counts, not the office before it nor how much of it is written out."""
    assert [] == wrong("Gubernur Muhammad Lutfi hadir.", "Menteri Perdagangan M. Lutfi hadir.")
    assert [] == wrong("Joko Widodo hadir.", "Presiden Jokowi hadir.")


def test_a_short_form_is_proven_by_its_words() -> None:
    """ "BMKG" passes where the source writes the agency out, also one that no list knows."""
    assert [] == wrong("FKUB hadir.", "Forum Kerukunan Umat Beragama hadir.")


def test_a_quotation_is_literal_up_to_its_marks() -> None:
    """White space and the style of quotes do not count; an omission is marked."""
    source = "Ia berkata, “Kami akan\u00a0menang, lalu pulang ke desa.”"
    assert [] == wrong('Ia berkata, "Kami akan menang, lalu pulang ke desa".', source)
    assert [] == wrong('Ia berkata, "Kami akan menang ... pulang ke desa".', source)
    assert [("quotation", "Kami sudah menang")] == wrong('Ia berkata, "Kami sudah menang".', source)


def test_a_translated_quotation_is_reported_as_one() -> None:
    """A quotation in the other language is not literal, which is said; the sentence still is supported."""
    checked = check('He said, "We will win".', 'Ia berkata, "Kami akan menang".')
    assert ["translation"] == [problem.kind for problem in checked.problems]
    assert checked.supported


def test_numbers_in_each_others_place_are_caught() -> None:
    """Both numbers are in the source, but not of the same things."""
    source = "Sebanyak 24 orang tewas dan 13 orang luka dalam kecelakaan itu."
    assert not check("Sebanyak 13 orang tewas dan 24 orang luka dalam kecelakaan itu.", source).supported


def test_a_number_from_another_sentence_does_not_replace_the_right_one() -> None:
    """A near-literal sentence may not take the number of another sentence."""
    source = "Sebanyak 24 rumah di desa itu rusak. Polisi mengirim 7 mobil."
    assert [("number", "7")] == wrong("Sebanyak 7 rumah di desa itu rusak.", source)


def test_a_sentence_may_be_put_together_from_two() -> None:
    """A date that another sentence of the source gives is no substitution."""
    source = "Rapat digelar Senin (25/7). Anggaran Rp 1,5 triliun disetujui DPR."
    assert [] == wrong("Anggaran Rp 1,5 triliun disetujui DPR pada 25 Juli.", source)


def test_a_sentence_that_tells_no_language_has_that_of_its_text() -> None:
    """ "1,500" may be one and a half in Indonesian, never in English, and nothing else in the sentence says which."""
    source = [Source("The budget was 1.5 crore.", language="en")]
    assert verify_sentence("Budget: 1,500 crore.", source).supported
    assert not verify_sentence("Budget: 1,500 crore.", source, "en").supported
    assert [True, False] == [one.supported for one in verify("This was the budget. Budget: 1,500 crore.", source)]


def test_another_article_does_not_support() -> None:
    """Words that the source does not have are an unsupported claim."""
    checked = check("Harga beras turun karena panen raya.", "Timnas menang atas tim tamu di stadion.")
    assert ["content"] == [problem.kind for problem in checked.problems]
    assert checked.evidence is None


def test_a_sentence_without_a_source_is_not_supported() -> None:
    """Nothing cited, nothing proven."""
    assert [CheckedSentence("Ia hadir.", False, checked.problems) for checked in verify("Ia hadir.", [])] == verify(
        "Ia hadir.", []
    )
    assert ["citation"] == [problem.kind for problem in verify_sentence("Ia hadir.", []).problems]


def test_points_at_the_sentence_that_supports() -> None:
    """The best sentence of the best source is given with its exact place."""
    sources = [Source("Cuaca cerah."), Source("Timnas menang. Gubernur meresmikan jembatan baru di Kupang.")]
    checked = verify_sentence("Jembatan baru di Kupang diresmikan gubernur.", sources)
    assert checked.supported
    assert checked.evidence == 1
    assert "Gubernur meresmikan jembatan baru di Kupang." == sources[1].text[checked.start : checked.end]


def test_checks_every_sentence_and_reads_no_citation_marks() -> None:
    """ "[1]" is a mark, not a number."""
    checked = verify("Korban 24 orang [1]. Korban 25 orang [1][2].", [Source("Korban 24 orang.")])
    assert [True, False] == [one.supported for one in checked]


@given(st.text(max_size=300), st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_text_can_be_checked(claim: str, source: str) -> None:
    """No text is an error, every problem points into its sentence, and the same text gives the same result."""
    checked = verify(claim, [Source(source, published=PUBLISHED)])
    for one in checked:
        assert all(one.text[problem.start : problem.end] == problem.text for problem in one.problems)
    assert checked == verify(claim, [Source(source, published=PUBLISHED)])


HOSTILE = (
    "1,",
    "1 ",
    '"',
    '"a b" ',
    "twenty-",
    "puluhan ",
    "juta ",
    "25/7 ",
    "25-",
    "AS ",
    "tidak ",
    "a",
    "A\n",
    "[1, ",
    "half a ",
)


def test_long_hostile_text_is_read_once() -> None:
    """Repetition that would send a backtracking expression into hours ends, as a text and as a source."""
    size = 70_000 if "TANYA_ATTACK" in os.environ else 14_000  # of each: a megabyte in `make attack`
    text = "".join(piece * (size // len(piece)) for piece in HOSTILE)
    assert verify(text, [Source("Korban 24 orang pada 25 Juli.")])
    assert verify_sentence("Korban 24 orang pada 25 Juli.", [Source(text)]) is not None


def test_the_sentence_that_is_shown_as_proof_holds_the_figure() -> None:
    """Not the one that merely shares more words with the claim."""
    about = "Kazakhstan meningkatkan pengeluaran pertahanan negara itu."
    figure = "Negara Asia Tengah itu memberikan tambahan 441 miliar tenge untuk anggarannya."
    checked = check("Kazakhstan menambah anggaran pertahanan 441 miliar tenge.", f"{about} {figure}")
    assert checked.supported
    assert checked.start is not None
    assert figure == f"{about} {figure}"[checked.start : checked.end]
