"""How answers are written out, and that article text can do nothing there."""

from __future__ import annotations

import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assistant.answer import Answer, Citation
from assistant.messages import MESSAGES
from assistant.rendering import Statement, as_plain, escape, render_answer, render_closest, render_none
from index import Copy, Passage, SearchResult
from prompts import prompt, refusal, refusals


def citation(number: int = 1, **changes: object) -> Citation:
    """A citation of an Indonesian article."""
    fields: dict[str, object] = {
        "number": number,
        "article_id": f"a{number}",
        "title": "Anggaran naik",
        "source": "Gatra.com",
        "published": date(2022, 7, 25),
        "url": "",
        "quote": "Negara itu menambah 441 miliar tenge.",
        "start": 0,
        "end": 37,
        "passage_start": 0,
        "passage_end": 37,
        **changes,
    }
    return Citation(**fields)  # type: ignore[arg-type]


def result(text: str, title: str = "") -> SearchResult:
    """A passage as the search gives it."""
    return SearchResult(Passage(1, "a", 0, len(text), text, title, "Kompas", date(2022, 7, 1)), 1.0)


def test_short_answer_quote_source_date_and_mark() -> None:
    """The short answer in bold, then the quote with where it is from."""
    text = render_answer([Statement("441 miliar tenge", (citation(),))], "id")
    assert (
        "**441 miliar tenge** [1]\n\n> Negara itu menambah 441 miliar tenge.\n>\n> — Gatra.com, 25 Juli 2022 [1]"
        == text
    )


def test_figures_are_not_spoilt() -> None:
    """A number is no list: nothing is put into it."""
    assert ["1.612 orang", "-3 derajat", "+62 812"] == [
        escape(text) for text in ("1.612 orang", "-3 derajat", "+62 812")
    ]


def test_explanations_are_the_quote_alone() -> None:
    """Without a short answer nothing is forced in front."""
    assert render_answer([Statement(None, (citation(),))], "id").startswith("> Negara itu")


def test_english_frame_around_an_indonesian_quote() -> None:
    """The quote stays as it is; its language and the date are told in English."""
    text = render_answer([Statement("441 miliar tenge", (citation(),))], "en")
    assert "> — Gatra.com, 25 July 2022 (original quote in Indonesian) [1]" in text


def test_who_agrees_and_who_differs() -> None:
    """Agreeing sources are named after the quote, other figures with their own quotes."""
    first = Statement("441 miliar", (citation(1), citation(2, source="Kompas")))
    other = Statement("450 miliar", (citation(3, source="Tempo", quote="Naik 450 miliar."),))
    text = render_answer([first, other], "id")
    assert "Disebut juga oleh Kompas, 25 Juli 2022 [2]." in text
    assert text.index("Sumber lain menyebut:") < text.index("**450 miliar** [3]") < text.index("> Naik 450 miliar.")


def test_a_day_without_a_year_is_worked_out_beside_it() -> None:
    """In the frame, as worked out; the short answer stays as the article has it."""
    text = render_answer([Statement("Senin (25/7)", (citation(),), date(2022, 7, 25))], "id")
    assert text.startswith("**Senin (25/7)** (yaitu 25 Juli 2022) [1]")


def test_copies_are_told() -> None:
    """An article that appeared elsewhere says where."""
    copies = (Copy("b", source="Antara"), Copy("c", source="Antara"))
    text = render_answer([Statement("x", (citation(also_in=copies),))], "id")
    assert text.endswith("> Juga dimuat di: Antara")


def test_closest_says_that_it_is_not_sure() -> None:
    """A closest passage is never dressed as an answer."""
    assert render_closest(citation(), "en").startswith("There is no sure answer. The closest passage:\n\n> ")


def test_not_found_says_why_and_where_to_read() -> None:
    """The one refusal phrase, the reason, the nearest leads."""
    text = render_none("Tidak ada artikel yang menyebut “Brasil”.", [result("Teks.", "Judul")], "id")
    assert text.startswith(f"**{refusal('id')}.** Tidak ada artikel yang menyebut “Brasil”.")
    assert text.endswith("- Judul — Kompas, 1 Juli 2022")


def test_the_refusal_phrase_is_the_one_that_was_agreed() -> None:
    """Answers, code and tests share it."""
    assert {"id": "Tidak ditemukan dalam arsip", "en": "Not in the archive"} == refusals()
    assert prompt("refusal.en") == refusal("en")


def test_every_message_speaks_both_languages() -> None:
    """With the same places to fill."""
    places = {
        language: {key: sorted(re.findall(r"{\w+}", text)) for key, text in messages.items()}
        for language, messages in MESSAGES.items()
    }
    assert places["id"] == places["en"]


def test_answered_is_for_sure_answers_alone() -> None:
    """Neither "closest" nor "none" counts as answered."""
    outcomes = ("answer", "closest", "none")
    assert [True, False, False] == [Answer("?", "", outcome).answered for outcome in outcomes]


HOSTILE = [
    "[klik](http://evil.test)",
    "![x](http://evil.test/x.png)",
    "<img src=http://evil.test/x.png>",
    "<script>alert(1)</script>",
    "http://evil.test/?q=1 dan www.evil.test",
    "surat@evil.test",
    "# judul\n- butir\n1. satu",
    "**tebal** _miring_ `kode` ~~coret~~",
    "teks [1] dan [2]: http://evil.test",
    "&lt;b&gt; &amp; AT&T",
    "> kutipan\n\n    kode",
    "a | b\n--|--\n1 | 2",
    "--- garis",
    "1. butir",
    "- butir",
    "10) butir",
]


def _tags(markdown: str) -> set[str]:
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(markdown)
    return {token.type for outer in tokens for token in [outer, *(outer.children or [])]}


def test_article_text_is_only_text() -> None:
    """No link, image, HTML, heading, list, table or code comes out of an article."""
    for hostile in HOSTILE:
        assert {"paragraph_open", "inline", "text", "text_special", "paragraph_close"} >= _tags(escape(hostile)), (
            hostile
        )
        assert not re.search(r"https?://|www\.|\w@", escape(hostile)), "GitHub's Markdown would make a link of it"


@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp")), max_size=200)
    | st.sampled_from(HOSTILE)
)
def test_escaped_text_reads_as_it_was(text: str) -> None:
    """What a person reads after rendering is what the article says; so it is in plain text."""
    line = re.sub(r"\s+", " ", text).strip()
    shown = MarkdownIt("commonmark").parse(escape(text))
    content = "".join(child.content for token in shown for child in token.children or [])
    assert line == content
    assert line == as_plain(escape(text))
