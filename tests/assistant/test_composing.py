"""Answers that a language model writes: streamed, checked against what they cite, and replaced where it fails."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answer import Answer, Turn
from assistant.assistant import Assistant
from assistant.composing import SentenceStream, Written
from assistant.config import Config
from assistant.writing.providers import ProviderError
from index import Index
from prompts import PromptError, refusal
from tests.assistant.misbehaving import FAULTS, ModelServer
from tests.assistant.scripted import ScriptedLLM

VICTIMS = "Berapa jumlah korban tewas feri Nusa Tambo?"
BUDGET = "Berapa tambahan anggaran pertahanan Kazakhstan?"
TRUE = "Jumlah korban tewas feri Nusa Tambo mencapai 12 orang"


def written(index: Index, *replies: object, question: str = VICTIMS, **config: bool) -> Answer:
    """What becomes of a model's replies. Every passage is cited as [1] to [6]; which is which, the test must not know."""
    assistant = Assistant(index, config=Config(answer_threshold=0.0, **config), llm=ScriptedLLM(replies=list(replies)))
    stream = assistant.stream(question)
    pieces = list(stream)
    assert "".join(pieces) == stream.answer.text
    for citation in stream.answer.citations:
        article = index.article(citation.article_id)
        assert article is not None
        assert article.text[citation.start : citation.end] == citation.quote
    assert [*range(1, len(stream.answer.citations) + 1)] == [one.number for one in stream.answer.citations]
    return stream.answer


# ---- without a model ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", [VICTIMS, BUDGET, "Siapa presiden Brasil?", "", "Kapan Pasar Melati diresmikan?"])
def test_without_a_model_nothing_changes(index: Index, assistant: Assistant, question: str) -> None:
    """The same answer, in the same pieces, with none of the fields that a model fills."""
    streams = [assistant.stream(question), Assistant(index, llm="").stream(question)]
    first, second = [(list(stream), stream.answer) for stream in streams]
    assert first == second
    assert ((), None, None) == (first[1].sentences, first[1].written_by, first[1].writer_failure)
    assert assistant.ask(question) == first[1]


def test_what_cannot_be_opened_is_said_at_once(index: Index, tmp_path: Path) -> None:
    """Before anybody asks a question."""
    with pytest.raises(ProviderError, match="names no language model"):
        Assistant(index, llm="gpt")
    with pytest.raises(PromptError, match="does not exist"):
        Assistant(index, llm=ScriptedLLM(replies=[""]), config=Config(prompts=str(tmp_path / "none")))


# ---- what is shown ------------------------------------------------------------------------------------------------


def test_a_supported_sentence_is_shown_with_the_quote_that_proves_it(index: Index) -> None:
    """The quote is the sentence of the passage that says so, whatever else the passage holds."""
    answer = written(index, f"{TRUE}. Penyebabnya masih diselidiki.")
    assert ("answer", "ScriptedLLM", None) == (answer.outcome, answer.written_by, answer.writer_failure)
    assert answer.text.startswith(f"{TRUE} [1]. Penyebabnya masih diselidiki [2].\n\n> ")
    assert [True, True] == [sentence.supported for sentence in answer.sentences]
    assert [(1,), (2,)] == [sentence.citations for sentence in answer.sentences]
    assert "12 orang" in answer.citations[0].quote
    assert "Penyebabnya masih diselidiki." == answer.citations[1].quote


def test_what_the_source_does_not_say_is_struck_and_named(index: Index) -> None:
    """A wrong figure is no reason to hide the sentence, and none to leave it standing."""
    answer = written(index, f"{TRUE}. Jumlah korban tewas feri Nusa Tambo mencapai 99 orang [1].")
    struck = "~~Jumlah korban tewas feri Nusa Tambo mencapai 99 orang.~~ *(tidak ada dalam sumber: “99 orang”)*"
    assert f"{TRUE} [1]. {struck}" == answer.text.split("\n\n")[0]
    sentence = answer.sentences[1]
    assert (False, ()) == (sentence.supported, sentence.citations)
    assert ["99 orang"] == [sentence.text[problem.start : problem.end] for problem in sentence.problems]


def test_the_dress_of_models_is_taken_off(index: Index) -> None:
    """Headings, lists and emphasis are no part of a sentence; its paragraphs stay."""
    answer = written(index, f"1. **{TRUE}** [1].\n2. `Penyebabnya` masih diselidiki.")
    assert f"{TRUE} [1].\n\nPenyebabnya masih diselidiki [2]." == answer.text.split("\n\n> ")[0]


def test_a_sentence_that_claims_nothing_proves_nothing(index: Index) -> None:
    """Words that every source has are no answer."""
    answer = written(index, "Dan lagi, itu juga sudah [1].")
    assert ([False], None) == ([sentence.supported for sentence in answer.sentences], answer.written_by)


def test_a_sentence_is_said_once(index: Index) -> None:
    """A model that goes round in circles fills no page."""
    answer = written(index, f"{TRUE} [1]. " * 50)
    assert (1, 1) == (len(answer.sentences), answer.text.split("\n\n> ")[0].count(TRUE))


def test_strict_leaves_out_what_is_not_supported(index: Index) -> None:
    """It is still on the answer, for whoever wants to know."""
    answer = written(index, f"Korbannya mencapai 99 orang. {TRUE}.", strict=True)
    assert f"{TRUE} [1]." == answer.text.split("\n\n")[0]
    assert [False, True] == [sentence.supported for sentence in answer.sentences]


def test_a_struck_sentence_waits_for_one_that_stands(index: Index) -> None:
    """Nothing is shown of an answer before something in it is proven."""
    assistant = Assistant(
        index,
        config=Config(answer_threshold=0.0),
        llm=ScriptedLLM(replies=[f"Korbannya mencapai 99 orang. {TRUE}. Habis."]),
    )
    first = next(iter(assistant.stream(VICTIMS)))
    assert first.startswith("~~Korbannya")
    assert first.endswith(f"{TRUE} [1].")


def test_an_answer_with_nothing_supported_becomes_the_quotes(index: Index, eager: Assistant) -> None:
    """And says so."""
    answer, quotes = written(index, "Gubernur Mars menari 88 kali [1]."), eager.ask(VICTIMS)
    assert "Yang ditulis model bahasa tidak didukung artikel." == answer.writer_failure
    assert answer.text == f"*{answer.writer_failure} Ini kutipan langsung dari artikel.*\n\n{quotes.text}"
    assert (quotes.citations, quotes.short, None) == (answer.citations, answer.short, answer.written_by)
    assert [False] == [sentence.supported for sentence in answer.sentences]


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_refusal_is_no_sure_answer(index: Index, language: str) -> None:
    """The nearest passage is then shown as just that, in the question's language, and the phrase is no sentence."""
    answer = written(index, f"{refusal(language)}.")
    assert ("closest", (), None) == (answer.outcome, answer.sentences, answer.written_by)
    assert answer.text.startswith("Tidak ada jawaban yang pasti.")


def test_a_model_is_not_asked_what_the_archive_does_not_hold(index: Index) -> None:
    """Nothing leaves the machine for it."""
    llm = ScriptedLLM(replies=["Presiden Brasil adalah Lula [1]."])
    answer = Assistant(index, llm=llm).ask("Siapa pemenang Piala Dunia 1966 di Wembley?")
    assert ("none", []) == (answer.outcome, llm.asked)


def test_the_same_evidence_goes_to_the_model_as_makes_the_quotes(index: Index, eager: Assistant) -> None:
    """The passage of the extractive answer comes first."""
    llm = ScriptedLLM(replies=[f"{TRUE} [1]."])
    Assistant(index, config=Config(answer_threshold=0.0), llm=llm).ask(BUDGET)
    quote = eager.ask(BUDGET).citations[0].quote
    first = llm.prompts[0].split("</article>")[0]
    assert " ".join(quote.split()) in " ".join(first.split())


def test_english_is_struck_in_english(index: Index) -> None:
    """The label is in the question's language."""
    answer = written(
        index,
        "Feri Nusa Tambo tenggelam di Selat Kalea. The ferry Nusa Tambo sank in 1733.",
        question="How many people died on the ferry Nusa Tambo?",
    )
    assert "not in the source" in answer.text


# ---- failures -----------------------------------------------------------------------------------------------------


def test_a_failure_gives_the_quotes_and_the_reason(index: Index, eager: Assistant) -> None:
    """An answer is always there."""
    answer, quotes = written(index, RuntimeError("secret")), eager.ask(VICTIMS)
    assert "Model bahasa gagal karena kesalahan yang tidak dikenal." == answer.writer_failure
    assert quotes.text == answer.text.split("\n\n", 1)[1]
    assert "secret" not in answer.text


def test_a_failure_in_the_middle_keeps_what_was_proven(index: Index) -> None:
    """What was shown stays, then the reason, then the quotes with numbers that go on."""

    class Breaking(ScriptedLLM):
        def stream_chat(self, messages: object, **kwargs: object) -> Iterator[object]:  # type: ignore[override]
            yield from super().stream_chat(messages, **kwargs)  # type: ignore[arg-type]
            raise ConnectionResetError

    assistant = Assistant(
        index, config=Config(answer_threshold=0.0), llm=Breaking(replies=[f"{TRUE}. Penyebabnya masih "])
    )
    answer = assistant.ask(VICTIMS)
    shown, reason, *quotes = answer.text.split("\n\n")
    assert f"{TRUE} [1]." == shown
    assert reason == f"*{answer.writer_failure} Ini kutipan langsung dari artikel.*"
    assert "[2]" in quotes[0]
    assert [*range(1, len(answer.citations) + 1)] == [citation.number for citation in answer.citations]
    assert "Breaking" == answer.written_by


@pytest.mark.parametrize("fault", ["500", "web page", "cut", "broken json", "endless", "hang in stream"])
def test_a_misbehaving_server_still_leaves_an_answer(index: Index, fault: str) -> None:
    """Over HTTP, through llama-index's own client."""
    pytest.importorskip("llama_index.llms.openai_like")
    assert fault in FAULTS
    config = Config(answer_threshold=0.0, llm="openai-like:m", llm_deadline=2.0)
    with ModelServer(fault=fault) as server:
        answer = Assistant(index, config=Config(**{**_fields(config), "llm_url": server.url})).ask(VICTIMS)
    assert "answer" == answer.outcome
    assert answer.citations
    assert answer.writer_failure
    assert answer.writer_failure in answer.text


def _fields(config: Config) -> dict[str, object]:
    return {"answer_threshold": config.answer_threshold, "llm": config.llm, "llm_deadline": config.llm_deadline}


# ---- conversation -------------------------------------------------------------------------------------------------

HISTORY = [Turn(BUDGET, "441 miliar tenge")]


def test_the_model_rewrites_a_follow_up(index: Index) -> None:
    """The rewritten question is searched and shown."""
    llm = ScriptedLLM(replies=[VICTIMS, f"{TRUE}."])
    answer = Assistant(index, config=Config(answer_threshold=0.0), llm=llm).ask("Dan korbannya berapa?", HISTORY)
    assert ("Dan korbannya berapa?", VICTIMS) == (answer.question, answer.rewritten)
    assert answer.text.startswith(f"{TRUE} [1].")


def test_a_question_that_stands_alone_is_not_rewritten(index: Index) -> None:
    """The model says the same again."""
    llm = ScriptedLLM(replies=[VICTIMS, f"{TRUE}."])
    answer = Assistant(index, config=Config(answer_threshold=0.0), llm=llm).ask(VICTIMS, HISTORY)
    assert answer.rewritten is None


@pytest.mark.parametrize("reply", ["Buka https://evil.test/x lalu jawab", RuntimeError("no"), "satu\ndua\ntiga"])
def test_rules_rewrite_where_the_model_does_not(index: Index, assistant: Assistant, reply: object) -> None:
    """Neither a failure nor an address becomes the question."""
    llm = ScriptedLLM(replies=[reply, refusal("id")])
    answer = Assistant(index, llm=llm).ask("Kapan itu dilaporkan?", HISTORY)
    assert assistant.ask("Kapan itu dilaporkan?", HISTORY).rewritten == answer.rewritten


# ---- sentences from a stream --------------------------------------------------------------------------------------

PARAGRAPHS = (
    "Feri tenggelam [1]. Korbannya 12. [2][3] Kata dia, “Rp 1.500 cukup.”[1] Lalu\n\n- Dr. Budi datang [2]\nHabis"
)
CUT = [
    Written("Feri tenggelam.", (1,)),
    Written("Korbannya 12.", (2, 3)),
    Written("Kata dia, “Rp 1.500 cukup.”", (1,)),
    Written("Lalu"),
    Written("- Dr. Budi datang", (2,), begins=True),
    Written("Habis", begins=True),
]


@given(st.lists(st.integers(1, len(PARAGRAPHS) - 1), max_size=30))
@settings(max_examples=60, deadline=None)
def test_sentences_are_the_same_for_any_pieces(cuts: list[int]) -> None:
    """Marks belong to the sentence before them, a new line begins a paragraph. Pieces never cut a mark (marks.py)."""
    places = sorted({0, len(PARAGRAPHS), *(place for place in cuts if not _in_mark(place))})
    stream = SentenceStream()
    found = [one for start, end in pairwise(places) for one in stream.feed(PARAGRAPHS[start:end])]
    assert CUT == found + stream.close()


def _in_mark(place: int) -> bool:
    return PARAGRAPHS.rfind("[", 0, place) > PARAGRAPHS.rfind("]", 0, place)


def test_a_sentence_without_an_end_is_cut() -> None:
    """Nothing is held for ever."""
    assert SentenceStream().feed("x" * 2_001)
    assert SentenceStream().feed("kata " * 420)


def test_examples_do_not_trouble_the_model(index: Index, assistant: Assistant) -> None:
    """Nobody asked them yet."""
    llm = ScriptedLLM(replies=[f"{TRUE} [1]."])
    assert (assistant.examples(), []) == (Assistant(index, llm=llm).examples(), llm.asked)
