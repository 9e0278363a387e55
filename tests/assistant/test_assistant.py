"""Questions in, proven answers out: the shipped models on real articles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant import Answer, Assistant, Config, QuoteError, Turn
from assistant.findings import EXPLAINS
from assistant.reader import Evidence, Reader, ReadingPassage
from index import ArchiveError, Article, Index
from prompts import refusal
from tests.conftest import ROOT

BUDGET = "Berapa tambahan anggaran pertahanan Kazakhstan?"
VICTIMS = "Berapa jumlah korban tewas feri Nusa Tambo?"


def assert_proven(answer: Answer, index: Index) -> None:
    """Law 1, and marks that lead somewhere."""
    for citation in answer.citations:
        article = index.article(citation.article_id)
        assert article is not None
        assert citation.quote == article.text[citation.start : citation.end]
        assert citation.passage_start <= citation.start < citation.end <= citation.passage_end
        if citation.short_start is not None:
            assert citation.start <= citation.short_start < citation.short_end <= citation.end  # type: ignore[operator]
    assert list(range(1, len(answer.citations) + 1)) == [citation.number for citation in answer.citations]
    marks = {int(mark) for mark in re.findall(r"(?<!\\)\[(\d+)\]", answer.text)}
    assert marks == {citation.number for citation in answer.citations}


def test_answers_the_first_question(assistant: Assistant, index: Index) -> None:
    """The figure in bold, the exact sentence, its outlet and date."""
    answer = assistant.ask(BUDGET)
    assert ("answer", "441 miliar tenge (US$918 juta)") == (answer.outcome, answer.short)
    assert answer.text.startswith("**441 miliar tenge (US$918 juta)** [1]\n\n> WSJ melaporkan, negara Asia Tengah itu")
    assert "Gatra.com" in answer.text
    assert_proven(answer, index)


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("How much is Kazakhstan adding to its defence budget?", "441 miliar tenge (US$918 juta)"),
        ("What was Kazakhstan's defence budget last year?", "US$1,7 miliar"),
    ],
)
def test_the_sum_that_was_asked_for_in_the_other_language(assistant: Assistant, question: str, short: str) -> None:
    """One sentence holds several; the translation of an asked word stands before the right one."""
    assert short == assistant.ask(question).short


def test_says_that_it_is_not_in_the_archive(assistant: Assistant) -> None:
    """The refusal, the word that no article has, and the nearest leads."""
    answer = assistant.ask("Siapa presiden Brasil?")
    assert ("none", False, (), None) == (answer.outcome, answer.answered, answer.citations, answer.short)
    assert answer.text.startswith(f"**{refusal('id')}.** Tidak ada artikel yang menyebut “Brasil”.")
    assert answer.leads


@pytest.mark.parametrize(
    ("asked", "missing"),
    [
        ("Who is the prime minister of Portugal?", "Portugal"),
        ("What is Portugal's largest city?", "Portugal"),
        ("Where was Empress Eugenie born?", "Empress Eugenie"),
    ],
)
def test_refuses_in_english(assistant: Assistant, asked: str, missing: str) -> None:
    """In the language of the question, with the name as it was asked."""
    assert assistant.ask(asked).text.startswith(f"**{refusal('en')}.** No article mentions “{missing}”.")


def test_a_word_in_another_form_or_language_is_not_called_absent(assistant: Assistant) -> None:
    """ "sensor" is there as "sensors", in an English article: that it is mentioned nowhere would be untrue."""
    assert "menyebut “sensor”" not in assistant.ask("Siapa pembuat sensor banjir Kalisura?").text


def test_an_empty_archive_says_how_to_fill_it(tmp_path: Path) -> None:
    """Nothing to find is not an error."""
    with Index.open(tmp_path) as empty:
        answer = Assistant(empty).ask(BUDGET)
    assert "none" == answer.outcome
    assert "tanya add" in answer.text


def test_an_empty_question_is_not_searched_for(assistant: Assistant) -> None:
    """White space is no question."""
    assert "none" == assistant.ask("  \n ").outcome


def test_explains_with_the_sentence_alone(eager: Assistant, index: Index) -> None:
    """For why there is no short answer, and the quote gives the reason."""
    answer = eager.ask("Mengapa Rusia menghentikan ekspor minyak Kazakhstan?")
    assert ("answer", None) == (answer.outcome, answer.short)
    assert "dugaan pelanggaran lingkungan" in answer.citations[0].quote
    assert_proven(answer, index)


def test_follows_a_conversation(eager: Assistant) -> None:
    """The rewritten question is told."""
    answer = eager.ask("Itu sekitar berapa rupiah?", [Turn(BUDGET, "**441 miliar tenge** [1]")])
    assert answer.rewritten is not None
    assert "tambahan anggaran pertahanan Kazakhstan: 441 miliar tenge" in answer.rewritten
    assert "Rp13 triliun" in answer.citations[0].quote


def test_sources_that_agree_and_one_that_differs(eager: Assistant, index: Index) -> None:
    """The newest figure first, then the older one with both articles that have it."""
    answer = eager.ask(VICTIMS)
    assert "17 orang" == answer.short
    assert ["ferry-3", "ferry-2", "ferry-1"] == [citation.article_id for citation in answer.citations]
    assert "Sumber lain menyebut:" in answer.text
    assert_proven(answer, index)


def test_a_day_without_a_year_gets_it_beside_the_quote(eager: Assistant) -> None:
    """The year is the article's, and stays out of the quote."""
    answer = eager.ask("Kapan feri Nusa Tambo tenggelam?")
    assert "(yaitu 1 Maret 2025)" in answer.text
    assert "2025" not in answer.citations[0].quote


def test_article_text_stays_text(eager: Assistant, index: Index) -> None:
    """Neither link nor image nor HTML comes out of an article."""
    answer = eager.ask("Berapa biaya pembangunan Pasar Melati?")
    assert "hostile" == answer.citations[0].article_id
    assert not re.search(r"(?<!\\)\]\(|<[a-z]|https?://", answer.text)
    assert_proven(answer, index)


def test_a_window_without_articles_is_dropped_and_told(eager: Assistant) -> None:
    """ "pekan lalu" means nothing to an archive that ends before; the answer says where it is from."""
    answer = eager.ask(f"{VICTIMS[:-1]} pekan lalu?")
    assert "dari seluruh arsip" in answer.text


def test_a_window_with_articles_keeps_to_them(eager: Assistant) -> None:
    """Only what was published then is cited."""
    answer = eager.ask("Berapa jumlah korban tewas feri Nusa Tambo menurut berita 2 Maret 2025?")
    assert ["ferry-2"] == [citation.article_id for citation in answer.citations]


def test_the_outlet_that_is_asked(eager: Assistant) -> None:
    """ "menurut X" keeps to X where X is an outlet here."""
    answer = eager.ask("Menurut Harian Tambo, berapa jumlah korban tewas feri Nusa Tambo?")
    assert ["ferry-1"] == [citation.article_id for citation in answer.citations]


def test_limits_that_are_given_are_kept(eager: Assistant) -> None:
    """Unlike a window that the words only imply, they are never dropped."""
    kept = eager.ask(VICTIMS, until=date(2025, 3, 5), source="Harian Tambo")
    assert ["ferry-1"] == [citation.article_id for citation in kept.citations]
    assert "none" == eager.ask(VICTIMS, since=date(2026, 6, 1)).outcome


def test_an_english_question_on_an_indonesian_article(eager: Assistant, index: Index) -> None:
    """An English frame around the original quote."""
    answer = eager.ask("Which newspaper reported that Kazakhstan was raising its defence spending?")
    assert "en" == answer.language
    assert "original quote in Indonesian" in answer.text
    assert_proven(answer, index)


def test_a_stream_is_the_answer_in_pieces(assistant: Assistant) -> None:
    """Joined, the pieces are the text; and the answer is that of ask."""
    stream = assistant.stream(BUDGET)
    pieces = list(stream)
    assert len(pieces) > 3
    assert stream.answer.text == "".join(pieces)
    assert assistant.ask(BUDGET) == stream.answer


def test_the_same_question_gets_the_same_answer(assistant: Assistant) -> None:
    """Also when many ask at once."""
    questions = [BUDGET, VICTIMS, "Siapa presiden Brasil?"] * 4
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(assistant.ask, questions))
    assert answers[:3] * 4 == answers


def test_the_threshold_is_one_number(index: Index, eager: Assistant) -> None:
    """At 0 everything is an answer but what asks about somebody that no article names; at 1 hardly anything is."""
    shy = Assistant(index, config=Config(answer_threshold=1.0))
    assert "answer" == eager.ask("Siapa presiden Rusia?").outcome
    assert "none" == eager.ask("Siapa presiden Brasil?").outcome
    assert not shy.ask(BUDGET).answered


def test_the_closest_passage_is_no_answer(index: Index) -> None:
    """It is quoted exactly, said to be unsure, and the leads are there."""
    answer = Assistant(index, config=Config(answer_threshold=1.0)).ask(BUDGET)
    assert (False, None) == (answer.answered, answer.short)
    assert answer.text.startswith("Tidak ada jawaban yang pasti.")
    assert answer.leads
    assert_proven(answer, index)


def test_examples_are_questions_that_it_answers(assistant: Assistant) -> None:
    """The question of the seed article first; every one of them answered; the same each time."""
    examples = assistant.examples(4)
    assert BUDGET == examples[0]
    assert all(assistant.ask(example).answered for example in examples)
    assert examples == assistant.examples(4)


def test_examples_of_another_archive_come_from_it(tmp_path: Path) -> None:
    """Nothing is offered that the archive cannot answer."""
    with Index.open(tmp_path) as other:
        other.add([Article(text="Total kerugian Rahmat Hidayat sebesar Rp 254 juta, kata polisi.", title="Penipuan")])
        assistant = Assistant(other)
        assert all(assistant.ask(example).answered for example in assistant.examples())
        assert BUDGET not in assistant.examples()


class BrokenReader(Reader):
    """A reader whose model fails."""

    def __init__(self) -> None: ...

    def read(self, question: str, passages: object) -> list[Evidence]:
        """Fail as a damaged model file would."""
        raise ArchiveError("the reader's model file is damaged: install Tanya again.")


def test_a_failure_is_an_error_never_a_refusal(index: Index) -> None:
    """Law 5."""
    with pytest.raises(ArchiveError, match="damaged"):
        Assistant(index, reader=BrokenReader()).ask(BUDGET)


class StaleIndex(Index):
    """An index whose articles change between search and quotation, ``times`` times."""

    def __init__(self, index: Index, times: int) -> None:
        self._inner = index
        self._times = times

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def search(self, *arguments: object, **named: object) -> list[object]:  # type: ignore[override]
        """As the index has it."""
        return self._inner.search(*arguments, **named)  # type: ignore[arg-type, return-value]

    def article(self, article_id: str) -> Article | None:
        """Edited meanwhile."""
        article = self._inner.article(article_id)
        self._times -= 1
        return article and replace(article, text="Sunting. " + article.text) if self._times >= 0 else article

    def status(self) -> object:  # type: ignore[override]
        """As the index has it."""
        return self._inner.status()

    def sources(self) -> list[str]:
        """As the index has it."""
        return self._inner.sources()


def test_a_quote_that_is_no_longer_there_is_an_error(index: Index) -> None:
    """Rather than a citation that proves nothing."""
    with pytest.raises(QuoteError, match="was changed while it was being read"):
        Assistant(StaleIndex(index, times=1000)).ask(BUDGET)


def test_an_article_that_changes_meanwhile_is_looked_for_again(index: Index) -> None:
    """Who asks while others write is answered from what stands there now."""
    assert Assistant(index).ask(BUDGET).text == Assistant(StaleIndex(index, times=2)).ask(BUDGET).text


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    question=st.text(max_size=60)
    | st.lists(st.sampled_from(["feri", "Nusa", "korban", "berapa", "who", "?"])).map(" ".join)
)
def test_whatever_is_asked_quotes_are_exact(eager: Assistant, index: Index, question: str) -> None:
    """Law 1 for any question, and never a failure."""
    assert_proven(eager.ask(question), index)


class FixedReader(Reader):
    """A reader that points at the sentence it was told."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence

    def read(self, question: str, passages: Sequence[ReadingPassage]) -> list[Evidence]:
        """The sentence, or the beginning of a passage without it."""
        found = [(max(0, one.text.find(self._sentence)), self._sentence in one.text) for one in passages]
        size = len(self._sentence)
        return [
            Evidence(number, start, start + size, start, start + size, 20.0 if there else -20.0, 1.0, 1.0)
            for number, (start, there) in enumerate(found)
        ]


class FixedSpan(FixedReader):
    """A reader that points at a span of the sentence it was told."""

    def __init__(self, sentence: str, span: str) -> None:
        super().__init__(sentence)
        self._span = span

    def read(self, question: str, passages: Sequence[ReadingPassage]) -> list[Evidence]:
        """The sentence with the span in it."""
        place = self._sentence.find(self._span)
        return [
            replace(one, start=one.start + place, end=one.start + place + len(self._span))
            for one in super().read(question, passages)
        ]


@pytest.mark.parametrize(
    ("asked", "text", "span", "short"),
    [
        (
            "Negara mana saja di Kalea?",
            "Anggota Kalea ialah China, Amerika Serikat dan Turki.",
            "China",
            "China, Amerika Serikat dan Turki",
        ),
        (
            "Negara mana saja di Kalea?",
            "Anggota Kalea ialah China, Amerika Serikat dan Turki.",
            "Turki",
            "Turki",
        ),
        ("Negara mana di Kalea?", "Anggota Kalea ialah China, Amerika Serikat dan Turki.", "China", "China"),
        (
            "Berapa dana Kalea?",
            "Dana Kalea 441 miliar tenge (US$918 juta) setahun.",
            "441 miliar tenge",
            "441 miliar tenge (US$918 juta)",
        ),
        (
            "Berapa tenge dana Kalea?",
            "Dana Kalea 441 miliar tenge (US$918 juta) setahun.",
            "441 miliar tenge",
            "441 miliar tenge",
        ),
        (
            "Berapa dana Kalea?",
            "Dana Kalea 441 miliar tenge (kata WSJ) setahun.",
            "441 miliar tenge",
            "441 miliar tenge",
        ),
        ("Naik berapa kali lipat dana Kalea?", "Dana Kalea naik 1,5 kali lipat.", "1,5", "1,5 kali lipat"),
        ("Berapa vendor di Kalea?", "Kalea memiliki lebih dari 200 vendor.", "200", "lebih dari 200"),
        ("How many vendors are in Kalea?", "Kalea has at least 200 vendors.", "200 vendors", "at least 200 vendors"),
        (
            "Perpres Kalea nomor berapa?",
            "Kalea diatur Perpres Nomor 54 Tahun 2017.",
            "54 Tahun 2017",
            "Nomor 54 Tahun 2017",
        ),
        ("Siapa pemimpin Kalea?", "Kalea dipimpin Alessia Cara-Dewi sejak Senin.", "Alessia", "Alessia Cara-Dewi"),
        ("Siapa pemimpin Kalea?", "Kalea dipimpin Alessia Senin lalu.", "Alessia", "Alessia"),
    ],
)
def test_a_short_answer_comes_whole(tmp_path: Path, asked: str, text: str, span: str, short: str) -> None:
    """A list or name with all its words, a number with what limits it and its equivalent, unless one unit was asked."""
    with Index.open(tmp_path) as index:
        index.add([Article(id="one", title="Kalea", text=text)])
        answer = Assistant(index, reader=FixedSpan(text, span)).ask(asked)
        assert short == answer.short
        assert_proven(answer, index)


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Syaratnya ada dua:", "Syaratnya ada dua:\nKebun terdaftar dan panen tercatat."),
        ("Ia menolak diwawancarai.", "Bupati Waringin pergi. Ia menolak diwawancarai."),
        ("Bupati Waringin pergi.", "Bupati Waringin pergi."),
    ],
)
def test_a_quote_brings_the_neighbour_it_needs(tmp_path: Path, sentence: str, quote: str) -> None:
    """What a colon announces, and whom a pronoun means; else the sentence alone."""
    text = "Syaratnya ada dua:\nKebun terdaftar dan panen tercatat. Bupati Waringin pergi. Ia menolak diwawancarai."
    with Index.open(tmp_path) as index:
        index.add([Article(id="one", title="Syarat ekspor garam Waringin", text=text)])
        answer = Assistant(index, reader=FixedReader(sentence)).ask("Apa syarat ekspor garam Waringin?")
        assert quote == answer.citations[0].quote
        assert_proven(answer, index)


@pytest.mark.parametrize(
    ("asked", "before", "after", "quote"),
    [
        ("Mengapa jalan Waringin ditutup?", 0.0, 0.5, "Jalan Waringin ditutup. Jembatannya retak."),
        ("Mengapa jalan Waringin ditutup?", 0.5, 0.1, "Hujan deras turun. Jalan Waringin ditutup."),
        ("Mengapa jalan Waringin ditutup?", EXPLAINS / 2, EXPLAINS / 2, "Jalan Waringin ditutup."),
        ("Jalan apa yang ditutup?", 0.5, 0.5, "Jalan Waringin ditutup."),
    ],
)
def test_what_is_explained_may_take_two_sentences(
    tmp_path: Path, asked: str, before: float, after: float, quote: str
) -> None:
    """The heavier neighbour joins where a reason or a way is asked, and it may well hold it."""

    class Beside(FixedReader):
        def read(self, question: str, passages: Sequence[ReadingPassage]) -> list[Evidence]:
            return [replace(one, before=before, after=after) for one in super().read(question, passages)]

    text = "Hujan deras turun. Jalan Waringin ditutup. Jembatannya retak. Warga memutar."
    with Index.open(tmp_path) as index:
        index.add([Article(id="one", title="Jalan Waringin ditutup", text=text)])
        answer = Assistant(index, reader=Beside("Jalan Waringin ditutup.")).ask(asked)
        assert quote == answer.citations[0].quote
        assert_proven(answer, index)


def test_the_readme_of_the_python_api_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/python-api.md is executed as it stands."""
    code = re.search(r"```python\n(.+?)```", (ROOT / "docs/python-api.md").read_text("utf-8"), re.DOTALL)
    assert code is not None
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    monkeypatch.chdir(tmp_path)
    exec(code[1], {})
