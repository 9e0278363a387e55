"""The dirt of real articles, each kind on a text of our own."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.reading.cleaning import clean_line, clean_text, strip_tags

BODY = "Wali Kota Sagara membuka pasar baru pada Senin pagi.\nPedagang menyambutnya dengan gembira."


@pytest.mark.parametrize(
    "promo",
    [
        "Baca juga: Lima Pasar Tertua di Pulau Ini",
        "BACA JUGA: Lima Pasar Tertua di Pulau Ini",
        "Baca Juga :",
        "[Baca Juga: Lima Pasar Tertua di Pulau Ini]",
        "Simak juga Video 'Pasar Baru Diserbu Warga':",
        "Simak Video: Pasar Baru Diserbu Warga",
        "Simak Video 'Momen Wali Kota Menari':",
        "'Simak juga video: Pasar Baru Diserbu Warga'",
        'Tonton juga video "Wali Kota Menari di Pasar" di sini:',
        "Tonton juga Video Sagara: Tidak Ada Lagi Pasar Kumuh Tahun Ini!",
        "Lihat juga Video: Pasar Baru Diserbu Warga",
        "Saksikan Live DetikPagi :",
        "Simak selengkapnya di halaman selanjutnya.",
        "Baca selengkapnya di halaman berikutnya....",
        "ADVERTISEMENT",
        "SCROLL TO CONTINUE WITH CONTENT",
        "[Gambas:Instagram]",
        "Read also: Five of the Oldest Markets on the Island",
        "Also read: Five of the Oldest Markets on the Island",
        "Artikel ini telah tayang di Kompas.com dengan judul Pasar Baru",
        "Pilihan Editor: Lima Pasar Tertua di Pulau Ini",
        "Pilihan Redaksi\n- Lima Pasar Tertua di Pulau Ini\n- Mengapa Pasar Lama Terbakar Lagi",
        "Saksikan video pilihan di bawah ini:",
        "| Baca juga: Lima Pasar Tertua di Pulau Ini |",
        "Ikuti berita terbaru Sagara di Google News, klik di sini.",
        "Dapatkan berita pilihan setiap hari. Mari bergabung di Grup Telegram Sagara, caranya klik tautan ini.",
        "(Foto: Rina/Sagara)",
        "Baca juga:\nLima Pasar Tertua di Pulau Ini\nMengapa Pasar Lama Terbakar Lagi",
    ],
)
@pytest.mark.parametrize("where", ["middle", "end"])
def test_a_promotion_on_its_own_line_is_dropped(promo: str, where: str) -> None:
    """Promotions of other stories go; the article around them stays."""
    first, second = BODY.split("\n")
    dirty = f"{first}\n\n{promo}\n\n{second}" if where == "middle" else f"{BODY}\n\n{promo}"
    assert clean_text(dirty) == BODY


def test_a_promotion_at_the_end_of_a_paragraph_is_dropped() -> None:
    """A trailing promotion goes without its paragraph."""
    assert clean_text("Pasar itu ramai. Baca juga: Lima Pasar Tertua di Pulau Ini") == "Pasar itu ramai."
    assert clean_text("Seperti apa pasarnya? Simak video berikut:") == "Seperti apa pasarnya?"


def test_text_that_a_lost_link_glued_to_a_promotion_stays() -> None:
    """Where only the label is left of a promotion, only the label goes."""
    assert clean_text("Baca juga:, Pasar itu dibuka pada pukul enam.") == "Pasar itu dibuka pada pukul enam."
    assert (
        clean_text('"Ramai sekali," katanya, Baca Juga :, Sagara lalu pergi.')
        == '"Ramai sekali," katanya, Sagara lalu pergi.'
    )


@pytest.mark.parametrize(
    "sentence",
    [
        '"Baca juga buku ini di rumah," kata guru itu kepada muridnya.',
        "Mereka saksikan sendiri banjir itu dari atas jembatan.",
        "Simak juga beragam paparan lain pada hari kedua konferensi.",
        "Saya lihat juga temannya ada di sana.",
        "Biaya iklan di televisi naik 12 persen tahun ini.",
        "Perusahaan itu membeli ruang iklan, dan video iklannya ditonton jutaan orang.",
        "Lihat juga Pasal 5 undang-undang itu.",
        "Ikuti sidang itu, WhatsApp mengajukan keberatan kepada pengadilan.",
        "Update berita terkait banjir akan diumumkan bupati.",
        "The related parties signed the agreement on Monday.",
    ],
)
def test_a_sentence_that_only_looks_like_a_promotion_stays(sentence: str) -> None:
    """Words of the article itself are never taken for a promotion."""
    assert clean_text(sentence) == sentence


@pytest.mark.parametrize(
    ("glued", "apart"),
    [
        ("dikutip dariCNBC pada Senin", "dikutip dari CNBC pada Senin"),
        ("kunjungan PresidenPrabowo ke pasar", "kunjungan Presiden Prabowo ke pasar"),
        ("menurut MenteriKeuangan itu", "menurut Menteri Keuangan itu"),
        ("kata BUMDersebut kemarin", "kata BUMD ersebut kemarin"),
        ("para ASNyang hadir", "para ASN yang hadir"),
        ("dilansirdetikNews pagi ini", "dilansir detikNews pagi ini"),
        ("warga diDKI menunggu", "warga di DKI menunggu"),
        ("diusulkanDewan Kota", "diusulkan Dewan Kota"),
    ],
)
def test_words_that_a_removed_link_glued_together_are_parted(glued: str, apart: str) -> None:
    """A word that no name starts with, and a capital behind it, are two words."""
    assert clean_text(glued) == apart


@pytest.mark.parametrize(
    "written",
    [
        "iPhone dan iPad di YouTube",
        "McDonald dan MacArthur",
        "BUMDes lewat PeduliLindungi dan WhatsApp",
        "TransJakarta milik DKI Jakarta",
        "berdoa kepadaNya dan kepadaMu",
        "#BubarkanKPI dan @dariRumah ramai",
        "naskah di https://contoh.id/dariCNBC/BukuBaru",
        "MotoGP, NasDem, detikNews, kWh dan mAh",
        "InsyaAllah kami datang",
    ],
)
def test_names_in_camel_case_stay_as_they_are(written: str) -> None:
    """When unsure, nothing is changed."""
    assert clean_text(written) == written


@pytest.mark.parametrize(
    ("glued", "apart"),
    [
        ("kata dia, jelas Nunung.Sekolah itu dibuka.", "kata dia, jelas Nunung. Sekolah itu dibuka."),
        ("Pasar ramai sekali.Pedagang senang.", "Pasar ramai sekali. Pedagang senang."),
        ("Senin (5/12/2017).Pada babak itu", "Senin (5/12/2017). Pada babak itu"),
        ("Siapa dia sebenarnya?Kamu tahu.", "Siapa dia sebenarnya? Kamu tahu."),
        ("sebuah enzim “enable”.Pengguna tahu.", "sebuah enzim “enable”. Pengguna tahu."),
    ],
)
def test_the_space_behind_a_full_stop_is_put_back(glued: str, apart: str) -> None:
    """Sentences that ran together are parted."""
    assert clean_text(glued) == apart


@pytest.mark.parametrize(
    "written",
    [
        "menurut Gatra.com dan Merdeka.Com",
        "harganya Rp 1.500.000 atau 1.5 juta",
        "H.M.Ali dan Ph.D. serta S.E.",
        "perkara 960/Pid.Sus/2019/PN.Jkt.Sel",
        "berkas Laporan.Akhir.pdf di meja",
        "tulis ke warga@Kantor.Desa saja",
        "di www.Contoh.Berita hari ini",
        "Kab.Cirebon dan Jl.Alfalah",
    ],
)
def test_full_stops_inside_names_and_numbers_stay(written: str) -> None:
    """Domains, numbers, initials, case numbers and files are not sentences."""
    assert clean_text(written) == written


@pytest.mark.parametrize(
    ("broken", "meant"),
    [
        ("luasnya 250 mÂ² saja", "luasnya 250 m² saja"),
        ("AntÃ³nio Guterres", "António Guterres"),
        ("â€œPasar ituâ€\u009d kata dia", "“Pasar itu” kata dia"),
        ("CafÃƒÂ© baru", "Café baru"),
        ("Maverick Vi√±ales", "Maverick Viñales"),
        ("‚Äúkutipan‚Äù itu", "“kutipan” itu"),
        ("senang ðŸ˜€ sekali", "senang 😀 sekali"),
    ],
)
def test_mojibake_is_repaired(broken: str, meant: str) -> None:
    """UTF-8 that was read as another encoding is read again, rightly."""
    assert clean_text(broken) == meant


@pytest.mark.parametrize(
    "written", ["São Paulo, Ångström, Đà Nẵng", "l’État, c’est moi", "“AMANHÃ”", "âme, naïve, Türkiye", "√2 ≈ 1,41"]
)
def test_right_accents_are_left_alone(written: str) -> None:
    """Only what decodes as UTF-8 is mojibake."""
    assert clean_text(written) == written


def test_spaces_are_plain_and_single_and_nothing_is_invisible() -> None:
    """No-break and zero-width spaces, soft hyphens, marks of order and control characters go."""
    dirty = (
        "\ufeffPasar\xa0baru\u200b di\u2003kota\tini \x00ra\xadmai\u202e.\r\n\r\n  Pedagang \x07senang. \u2028Selesai."
    )
    assert clean_text(dirty) == "Pasar baru di kota ini ramai.\nPedagang senang.\nSelesai."


def test_characters_are_composed() -> None:
    """One letter is one character, so that a search for it finds it."""
    assert clean_text("Cafe\u0301 baru") == "Café baru"


def test_html_entities_and_tags_of_a_field_are_read() -> None:
    """A text field that holds HTML reads as its text."""
    assert (
        clean_text(strip_tags("<p>Pasar &amp; toko</p><p>harga &lt; Rp&nbsp;5.000</p>"))
        == "Pasar & toko\nharga < Rp 5.000"
    )
    assert strip_tags("3 < 5 dan 7 > 2") == "3 < 5 dan 7 > 2"


def test_glued_list_items_get_their_own_lines() -> None:
    """A numbered list that lost its line breaks is a list again, where its numbers count up."""
    assert (
        clean_text("Daftarnya:1. Pasar Lama2. Pasar Baru3. Pasar Ikan")
        == "Daftarnya:\n1. Pasar Lama\n2. Pasar Baru\n3. Pasar Ikan"
    )
    assert clean_text("Daftarnya• Pasar Lama• Pasar Baru") == "Daftarnya\n• Pasar Lama\n• Pasar Baru"
    assert clean_text("Timnas U-20. Pada laga itu Covid19. Menang") == "Timnas U-20. Pada laga itu Covid19. Menang"


def test_paragraphs_are_single_lines() -> None:
    """However many empty lines part them."""
    assert clean_text("Satu.\n\n\n \nDua.\r\nTiga.") == "Satu.\nDua.\nTiga."


def test_a_text_with_no_letter_or_digit_is_empty() -> None:
    """Marks alone are nothing to read."""
    assert clean_text(" *** \n\n — … \u200b") == ""


def test_a_line_is_one_line() -> None:
    """Titles and names have no line breaks."""
    assert clean_line(" Pasar\nBaru&nbsp;Dibuka ") == "Pasar Baru Dibuka"


@given(st.text(max_size=400))
def test_cleaning_never_fails_and_settles(text: str) -> None:
    """Any text is cleaned; the result is composed and has no invisible characters, and no line of it is blank."""
    cleaned = clean_text(text)
    assert cleaned == unicodedata.normalize("NFC", cleaned)
    assert cleaned.replace("\n", "").isprintable() or not any(ord(c) < 32 for c in cleaned.replace("\n", ""))
    assert all(line.strip() for line in cleaned.split("\n")) or cleaned == ""


@given(
    st.lists(
        st.sampled_from(
            [
                "Baca juga:",
                "Simak Video",
                "a",
                ".A",
                "1.",
                " ",
                "\n",
                ", ",
                "dari",
                "CNBC",
                "Â²",
                "•",
                "(",
                "]",
                '"',
                ":",
            ]
        ),
        max_size=40,
    )
)
def test_cleaning_survives_its_own_vocabulary(parts: list[str]) -> None:
    """The dirt in any order is cleaned without an error."""
    assert isinstance(clean_text("".join(parts)), str)


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        " ",
        ".",
        "\n",
        "A",
        "aB",
        "Baca juga: ",
        "1. A",
        "(",
        "[",
        "<p",
        "<script>",
        "&#1",
        "Ã",
        "√",
        '"',
        "a.B",
        ", ",
        "•a",
        "dari",
        "ABCyang ",
        "Simak video a",
        "*a ",
        "www.a",
    ],
)
def test_a_megabyte_of_one_thing_is_cleaned(unit: str) -> None:
    """No rule looks back over what it has read: one that did would need hours for this."""
    assert isinstance(clean_text(strip_tags(unit * (1_000_000 // len(unit)))), str)
