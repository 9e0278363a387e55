"""What a question asks, and follow-ups that stand alone."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import Turn
from assistant.question import understand
from prompts import refusal
from tests.conftest import SHARED, needs_shared

TODAY = date(2025, 11, 5)  # a Wednesday
BUDGET = Turn("Berapa tambahan anggaran pertahanan Kazakhstan?", "**441 miliar tenge** [1]\n\n> WSJ melaporkan …")
VISITORS = Turn("How many people visited Nara Bay in 2024?", "**1,200** [1]")


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("Siapa presiden Kazakhstan?", "who"),
        ("Kapan Kazakhstan bergabung?", "when"),
        ("Tahun berapa pelabuhan itu dibuka?", "when"),
        ("Di mana Tokayev berbicara?", "where"),
        ("anggaran kazakhstan brp", "how many"),
        ("How high is the bridge?", "how many"),
        ("What share of the budget goes to schools?", "how many"),
        ("Mengapa Rusia menghentikan ekspor?", "why"),
        ("Apa alasan Rusia menghentikan ekspor?", "why"),
        ("What caused the flood?", "why"),
        ("Bagaimana cara mendaftar?", "how"),
        ("Apa itu Danantara?", "definition"),
        ("Negara mana saja yang ikut?", "list"),
        ("Apa kata Tokayev tentang Donetsk?", "quote"),
        ("What did the mayor say about the ferry?", "quote"),
        ("Apakah Kazakhstan anggota NATO?", "yes-no"),
        ("Did the ferry sink?", "yes-no"),
        ("Who was the minister when the bridge fell?", "who"),
        ("Pelabuhan apa yang dipakai?", "what"),
    ],
)
def test_knows_what_kind_of_answer_is_wanted(asked: str, kind: str) -> None:
    """The question word, in its place, tells the kind of answer."""
    assert kind == understand(asked).kind


def test_language_of_a_bare_name_is_that_of_the_conversation() -> None:
    """A question with no words of either language goes on in the language before."""
    assert "en" == understand("Yogyakarta?", [VISITORS]).language
    assert "id" == understand("Yogyakarta?", [BUDGET]).language


def test_chat_spelling_is_written_out_for_the_search_alone() -> None:
    """What is shown stays as typed."""
    question = understand("anggaran yg ditambah brp")
    assert ("anggaran yg ditambah brp", "anggaran yang ditambah berapa") == (question.text, question.search)


@pytest.mark.parametrize(
    ("asked", "since", "until"),
    [
        ("Apa yang terjadi di Demak kemarin?", date(2025, 11, 4), date(2025, 11, 5)),
        ("Berita hari ini tentang banjir", date(2025, 11, 5), date(2025, 11, 5)),
        ("Apa yang terjadi pekan lalu di Demak?", date(2025, 10, 27), date(2025, 11, 2)),
        ("What happened in Demak last week?", date(2025, 10, 27), date(2025, 11, 2)),
        ("Siapa yang ditangkap bulan lalu?", date(2025, 10, 1), date(2025, 10, 31)),
        ("Ada berita apa 7 hari terakhir?", date(2025, 10, 29), date(2025, 11, 5)),
        ("artikel Oktober 2025 tentang Prabowo", date(2025, 10, 1), date(2025, 10, 31)),
        ("berita tahun 2024 tentang garam", date(2024, 1, 1), date(2024, 12, 31)),
        ("articles from 3 March 2025 about the ferry", date(2025, 3, 3), date(2025, 3, 3)),
    ],
)
def test_words_that_mean_publication_become_a_window(asked: str, since: date, until: date) -> None:
    """Time counted back from today, and a date beside the word for an article."""
    question = understand(asked, today=TODAY)
    assert (since, until) == (question.since, question.until)


@pytest.mark.parametrize(
    "asked",
    [
        "Berapa produksi garam pada 2024?",
        "Siapa Presiden Peru yang dimakzulkan pada Oktober 2025?",
        "Berapa persen harga turun dibanding pekan lalu?",
        "Berapa target pajak tahun ini?",
        "How much did exports fall compared to last month?",
        "berita 31 Februari 2025",
    ],
)
def test_a_date_of_the_event_is_no_window(asked: str) -> None:
    """A year or month is nearly always when something happened; a comparison is no window either."""
    assert not understand(asked, today=TODAY).filtered


def test_words_of_the_window_are_not_searched_for() -> None:
    """An article of last week does not say "pekan lalu"."""
    assert "banjir di Demak" == understand("banjir di Demak pekan lalu", today=TODAY).search


def test_an_outlet_counts_only_where_it_is_asked_to_tell() -> None:
    """ "menurut Gatra" means the outlet; the same name as a subject does not."""
    sources = ["Gatra.com", "Kompas"]
    assert "Gatra.com" == understand("Menurut Gatra berapa anggarannya?", sources=sources).source
    assert "Kompas" == understand("Kompas reports about the harbour", sources=sources).source
    assert understand("Siapa pemilik Kompas?", sources=sources).source is None


def test_asking_for_the_newest() -> None:
    """ "terbaru" and "latest" prefer what was published last."""
    assert understand("Berapa jumlah korban terbaru?").newest
    assert understand("What is the latest figure?").newest
    assert not understand("Berapa jumlah korban?").newest


# ---- follow-ups ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        "Kapan itu diumumkan?",
        "Berapa jumlahnya?",
        "brp jumlahnya",
        "Itu setara berapa persen dari PDB?",
        "Uangnya dari perusahaan mana?",
        "Siapa yang melaporkannya?",
        "Berapa jumlah suaranya di Pemilu 2024?",
        "Apa alasan dia?",
        "Mereka dari negara mana?",
        "Kenapa?",
        "Kapan diumumkan?",
        "terus siapa pelakunya",
        "Apa kabar terbaru soal itu?",
        "When was it announced?",
        "Who said that?",
        "How much is that in rupiah?",
    ],
)
def test_a_question_that_leans_gets_the_subject_before(asked: str) -> None:
    """The subject of the last answered turn and its short answer stand behind the question."""
    question = understand(asked, [BUDGET])
    assert (True, f"{asked} (tambahan anggaran pertahanan Kazakhstan: 441 miliar tenge)") == (
        question.rewritten,
        question.text,
    )


@pytest.mark.parametrize(
    "asked",
    [
        "Siapa presiden Brasil?",
        "siapa presiden brasil",
        "harga beras brp",
        "Apa itu Danantara?",
        "Danantara itu apa?",
        "ceo siloam siapa namanya",
        "Apa alasan Sandra Dewi sehingga aset suaminya diminta dikembalikan?",
        "Peningkatan anggaran pertahanan Kazakhstan itu berapa kali lipat?",
        "Berapa harga tiket kereta Solo-Yogya?",
        "Who is the president of Brazil?",
        "Which newspaper reported that Kazakhstan was raising its defence spending?",
    ],
)
def test_a_full_question_stays_as_it_is(asked: str) -> None:
    """A question that names its own subject is not touched by what was said before."""
    question = understand(asked, [BUDGET])
    assert (False, asked) == (question.rewritten, question.text)


@pytest.mark.parametrize(
    ("asked", "history", "text"),
    [
        ("Kalau Rusia?", BUDGET, "Berapa tambahan anggaran pertahanan Rusia?"),
        ("lalu Rusia?", BUDGET, "Berapa tambahan anggaran pertahanan Rusia?"),
        ("What about 2025?", VISITORS, "How many people visited Nara Bay in 2025?"),
        ("And in 2025?", VISITORS, "How many people visited Nara Bay in 2025?"),
    ],
)
def test_another_subject_takes_the_place_of_the_old(asked: str, history: Turn, text: str) -> None:
    """ "Kalau X?" asks the same about X."""
    assert text == understand(asked, [history]).text


def test_follow_ups_chain() -> None:
    """A follow-up of a follow-up is still about the first subject."""
    history = [BUDGET, Turn("Kapan itu diumumkan?", "**Senin (25/7)** [1]")]
    assert "tambahan anggaran pertahanan Kazakhstan" in understand("Siapa yang melaporkannya?", history).text


def test_a_refused_turn_leaves_the_subject_before_it() -> None:
    """What was not found is no subject."""
    refused = f"**{refusal('id')}.** Tidak ada artikel yang menyebut “Brasil”."
    history = [BUDGET, Turn("Siapa presiden Brasil?", refused)]
    assert "Kazakhstan" in understand("Kapan itu diumumkan?", history).text


def test_without_history_nothing_is_rewritten() -> None:
    """There is nothing to lean on."""
    assert not understand("Kapan itu diumumkan?").rewritten


def test_a_long_answer_does_not_drown_the_question() -> None:
    """Only a short answer is carried over."""
    told = "> WSJ melaporkan bahwa negara itu akan memberikan tambahan untuk anggarannya tahun ini"
    history = [Turn(BUDGET.question, told)]
    assert "Kapan? (tambahan anggaran pertahanan Kazakhstan)" == understand("Kapan?", history).text


@needs_shared
def test_follow_ups_and_full_questions_of_the_development_set() -> None:
    """Every follow-up there is rewritten, and no other question, whatever was talked about before."""
    rows = [json.loads(line) for line in (SHARED / "data/eval/dev.jsonl").read_text("utf-8").splitlines()]
    for row in rows:
        history = [Turn(turn["question"], turn["answer"]) for turn in row["history"]] or [BUDGET]
        assert (row["type"] == "followup") == understand(row["question"], history).rewritten, row["question"]


@given(st.text(max_size=200), st.lists(st.builds(Turn, st.text(max_size=80), st.text(max_size=80)), max_size=3))
def test_any_text_can_be_understood(asked: str, history: list[Turn]) -> None:
    """No input raises, and what is shown begins as it was typed unless another subject was put in."""
    question = understand(asked, history, today=TODAY)
    assert question.rewritten or question.text == " ".join(asked.split()) == question.asked
