"""What can be done on the chat page beside asking: Chromium on a real server and real articles."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from assistant.assistant import Assistant
from assistant.config import Config
from assistant.server import create_app
from assistant.web.chat import PIECE_SECONDS
from index import Index
from tests.assistant.browsing import Visitor, answered, ask, piece
from tests.assistant.serving import served
from tests.conftest import PATIENCE, needs_browser

FERRY = "Berapa jumlah korban tewas feri Nusa Tambo?"
NAMED = "Berapa jumlah korban tewas feri Nusa Tambo menurut Harian Tambo?"
SANK = "Kapan feri Nusa Tambo tenggelam?"

pytestmark = needs_browser


@pytest.fixture(scope="module")
def address(index: Index, eager: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The shared archive, served by an assistant that takes what it found for an answer."""
    config = Config(data=str(tmp_path_factory.mktemp("votes")))
    with served(create_app(index, eager, config)) as at:
        yield at


# ---- an answer ----------------------------------------------------------------------------------------------------


def test_a_mark_shows_its_quote(address: str, visit: Visitor) -> None:
    """Under the pointer and under the focus; Escape puts it away."""
    page = visit(address)
    ask(page, FERRY)
    mark = page.locator("#current .cite").first
    quote = mark.get_attribute("data-quote") or ""
    for show in (mark.hover, mark.focus):
        page.keyboard.press("Shift")  # a hand on the keyboard: what is focused is shown as focused
        show()
        page.locator("#peek").wait_for()
        assert quote in page.locator("#peek").inner_text()
        assert "Kabar Selat · 9 Maret 2025" in page.locator("#peek").inner_text()
        assert "peek" == mark.get_attribute("aria-describedby")
        page.keyboard.press("Escape")
        page.locator("#peek").wait_for(state="hidden")
        page.mouse.move(0, 0)


def test_sources_that_disagree_stand_side_by_side(address: str, visit: Visitor) -> None:
    """By date, the oldest first, and each with its marks."""
    page = visit(address)
    ask(page, FERRY)
    sides = page.locator("#current .side").all_inner_texts()
    assert ["12 orang", "17 orang"] == [side.split("\n")[1] for side in sides if side] or [
        "12 orang",
        "17 orang",
    ] == page.locator("#current .side__short").all_inner_texts()
    assert page.locator("#current .side").first.locator(".cite").count() == 2
    tops = page.locator("#current .side").evaluate_all("sides => sides.map((side) => side.getBoundingClientRect().top)")
    assert 1 == len(set(tops))


def test_why_a_source_was_found(address: str, visit: Visitor) -> None:
    """Behind a toggle: the rank that each leg of the search gave it."""
    page = visit(address)
    ask(page, FERRY)
    why = page.locator("#current .why").first
    why.locator("summary").click()
    assert "Kata: peringkat" in why.inner_text()
    assert "Makna: peringkat" in why.inner_text()


def test_how_a_question_was_understood_can_be_edited(address: str, visit: Visitor) -> None:
    """The rewritten question goes into the box, to be changed and asked."""
    page = visit(address)
    ask(page, FERRY)
    ask(page, "Kapan itu terjadi?")
    page.locator("#current [data-edit]").click()
    assert "Nusa Tambo" in page.locator("#question textarea").input_value()


def test_copied_with_its_sources(address: str, visit: Visitor) -> None:
    """As Markdown and as plain text: the question, the answer, and where each mark leads."""
    page = visit(address)
    ask(page, FERRY)
    copied = {}
    for form in ("markdown", "plain"):
        page.locator("#current .menu summary").click()
        page.locator(f"#current [data-copy={form}]").click()
        page.locator("#told.told--shown").wait_for()
        copied[form] = page.evaluate("navigator.clipboard.readText()")
    assert copied["markdown"].startswith(f"## {FERRY}\n\n**17 orang** [1]")
    assert copied["plain"].startswith(f"{FERRY}\n\n17 orang [1]")
    for text in copied.values():
        assert (
            f"[1] Korban feri Nusa Tambo bertambah — Kabar Selat, 9 Maret 2025. {address}/article/ferry-3#c=0-" in text
        )


def test_a_shared_link_asks_again(address: str, visit: Visitor) -> None:
    """With what kept the search."""
    page = visit(address)
    page.locator(".chip--filter").click()
    page.fill("[name=until]", "2025-03-05")
    ask(page, FERRY)
    page.locator("#current [data-share]").click()
    page.locator("#told.told--shown").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    other = visit(address, link.removeprefix(address))
    assert "12 orang" in answered(other, FERRY)
    assert "5 Maret 2025" in other.locator("#current .limits").inner_text()
    assert f"{address}/" == other.url


def test_printed_alone_with_its_sources(address: str, visit: Visitor) -> None:
    """The turn, its sources and their addresses; nothing that is there to be pressed, and no other turn."""
    page = visit(address)
    ask(page, SANK)
    ask(page, FERRY)
    page.evaluate("window.print = () => {}")
    page.emulate_media(media="print")
    page.locator("#current [data-print]").dispatch_event("click")
    assert page.locator("#current .card").first.is_visible()
    for hidden in ("#past .turn", ".masthead", "#composer", "#current .actions"):
        assert not page.locator(hidden).first.is_visible()
    address_of = page.locator("#current .card__read").first
    assert f"{address}/article/ferry-3#c=0-" in (address_of.get_attribute("data-address") or "")


# ---- the reader ---------------------------------------------------------------------------------------------------


def test_all_quotes_of_the_conversation_are_marked(address: str, visit: Visitor) -> None:
    """Two quotes of one article, from two answers: the ways from one to the other, each with its address."""
    page = visit(address)
    ask(page, SANK)
    ask(page, NAMED)
    page.locator('#current .cite[href*="ferry-1"]').first.click()
    page.locator("#reader .mark--here").wait_for()
    assert "2 / 2" == page.locator(".reader__count").inner_text()
    assert "12 orang" in page.locator("#reader .mark--here").inner_text()
    second = page.locator("#reader .permanent").get_attribute("href")
    page.locator("[data-mark=next]").click()
    assert "1 / 2" == page.locator(".reader__count").inner_text()
    assert "tenggelam" in page.locator("#reader .mark--here").inner_text()
    assert second != page.locator("#reader .permanent").get_attribute("href")
    assert 2 == page.locator("#reader mark").count()


def test_with_the_keyboard_alone(address: str, visit: Visitor) -> None:
    """Ask, go to a mark, read its source, come back to the mark."""
    page = visit(address)
    ask(page, FERRY)
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('#current .cite')"):
            break
    page.keyboard.press("Enter")
    page.locator("#reader mark").first.wait_for()
    assert page.evaluate("document.activeElement.closest('#reader') !== null")
    page.keyboard.press("Escape")
    page.locator("#reader").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.matches('#current .cite')")


# ---- filters ------------------------------------------------------------------------------------------------------


def test_what_the_question_implied_is_a_chip_to_remove(address: str, visit: Visitor) -> None:
    """Without it the whole archive answers."""
    page = visit(address)
    assert "12 orang" in ask(page, NAMED)
    chip = page.locator("#current .limits .chip")
    assert "Harian Tambo" in chip.inner_text()
    chip.click()
    page.locator("#current .turn:not([hidden]) .card").nth(1).wait_for()
    assert 0 == page.locator("#current .limits").count()
    assert 1 == page.locator("#past .turn").count()


def test_filters_are_chips(address: str, visit: Visitor) -> None:
    """Set in the panel, shown above the question and in the answer, removed by a press."""
    page = visit(address)
    page.locator(".chip--filter").click()
    page.fill("[name=since]", "2025-03-05")
    page.fill(".outlets__find", "kabar")
    page.press(".outlets__find", "Enter")
    page.select_option("[name=language]", "id")
    assert 3 == page.locator(".filters__chosen .chip").count()
    ask(page, FERRY)
    assert {"Kabar Selat"} == set(page.locator("#current .card .outlet").all_inner_texts())
    assert 3 == page.locator("#current .limits .chip").count()
    page.locator("[data-unset=since]").click()
    assert 2 == page.locator(".filters__chosen .chip").count()
    page.locator(".chip--filter").click()
    page.locator(".filters__panel [type=reset]").click()
    page.locator(".filters__chosen .chip").first.wait_for(state="detached")


def test_several_outlets_are_chosen_by_keyboard(address: str, visit: Visitor) -> None:
    """Each is a chip above the question and in the answer; without one of them the others answer; a link keeps them."""
    page = visit(address)
    page.locator(".chip--filter").focus()
    page.keyboard.press("Enter")
    page.locator(".outlets__list [value='Kabar Selat']").wait_for()
    page.locator(".outlets__find").focus()
    page.keyboard.type("harian tam")
    assert ["Harian Tambo"] == page.locator(".outlets__list li:not([hidden])").all_inner_texts()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.fill(".outlets__find", "selat")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    chosen = page.locator(".filters__chosen .chip")
    assert {"Harian Tambo", "Kabar Selat"} == {chip.get_attribute("data-value") for chip in chosen.all()}
    ask(page, FERRY)
    shown = page.locator("#current .turn:not([hidden])")
    assert {"Harian Tambo", "Kabar Selat"} == set(shown.locator(".card .outlet").all_inner_texts())
    assert 2 == shown.locator(".limits .chip").count()

    shown.locator("[data-share]").click()
    page.locator("#told.told--shown").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert 2 == link.count("source=")
    page.locator(".filters__chosen [data-value='Harian Tambo']").press("Enter")
    assert 1 == chosen.count()
    assert "Kabar Selat" == page.evaluate("document.activeElement.dataset.value")
    shown.locator(".limits [data-value='Harian Tambo']").click()
    page.wait_for_function("document.querySelectorAll('#current .turn:not([hidden]) .limits .chip').length === 1")
    assert {"Kabar Selat"} == set(shown.locator(".card .outlet").all_inner_texts())
    page.wait_for_load_state("networkidle")
    page.reload()
    page.locator("#thread .turn .limits [data-value='Kabar Selat']").last.wait_for()

    again = visit(address, link.removeprefix(address))
    answered(again, FERRY)
    assert 2 == again.locator("#current .limits .chip").count()


# ---- the conversation ---------------------------------------------------------------------------------------------


def test_a_reload_brings_the_conversation_back(address: str, visit: Visitor) -> None:
    """With its sources, and a follow-up still knows what it follows."""
    page = visit(address)
    ask(page, FERRY)
    page.wait_for_load_state("networkidle")
    page.reload()
    page.locator("#thread .turn .card").first.wait_for()
    page.locator("#welcome .welcome__count").wait_for(state="attached")
    ask(page, "Kapan itu terjadi?")
    assert "Nusa Tambo" in page.locator("#current .turn__understood").inner_text()


def test_history_is_the_browsers_and_can_be_deleted(address: str, visit: Visitor) -> None:
    """Conversations are listed, opened again, deleted one by one and all at once."""
    page = visit(address)
    for question in (FERRY, SANK, NAMED):
        ask(page, question)
        page.locator("[data-clear]").click()
    page.locator("[data-history]").click()
    assert [NAMED, SANK, FERRY] == page.locator(".history__title").all_inner_texts()
    page.locator("[data-remove]").nth(1).click()
    assert [NAMED, FERRY] == page.locator(".history__title").all_inner_texts()
    page.locator("[data-open]").nth(1).click()
    assert FERRY in page.locator("#thread .turn__question").inner_text()
    page.locator("[data-history]").click()
    page.locator("[data-delete-all]").click()
    assert 2 == page.locator(".history__title").count()
    page.locator("[data-delete-all]").click()
    assert 0 == page.locator(".history__title").count()
    assert "[]" == page.evaluate("localStorage.getItem('tanya-history')")
    assert 0 == page.locator(".turn:not([hidden])").count()


def test_a_question_that_was_cut_off_is_kept(address: str, visit: Visitor) -> None:
    """It is there after a reload, as a failure and not as "not in the archive", and can be asked again."""
    page = visit(address)
    asked = {"question": FERRY, "since": None, "until": None, "source": None, "language": None, "implied": True}
    page.evaluate("asked => sessionStorage.setItem('tanya-asking', JSON.stringify(asked))", asked)
    page.wait_for_load_state("networkidle")
    page.reload()
    page.locator("#thread .answer--interrupted").wait_for()
    page.locator("#welcome .welcome__count").wait_for(state="attached")
    page.locator("[data-retry]").click()
    assert "17 orang" in answered(page, FERRY)
    assert 1 == page.locator(".turn:not([hidden])").count()


class Halting(Assistant):
    """Says half of its answer, as a language model does, and the rest when it is let."""

    def __init__(self, index: Index) -> None:
        super().__init__(index, config=Config(answer_threshold=0.0))
        self.goes_on = threading.Event()

    def stream(self, *arguments: object, **named: object) -> object:  # type: ignore[override]
        told = super().stream(*arguments, **named)  # type: ignore[arg-type]
        goes_on = self.goes_on

        class Told:
            answer = told.answer

            def __iter__(self) -> Iterator[str]:
                text = self.answer.text
                half = len(text) // 2
                for start, end in pairwise([0, half, *range(half + 40, len(text), 40), len(text)]):
                    time.sleep(2 * PIECE_SECONDS)  # else it is shown with the next piece
                    yield text[start:end]
                    goes_on.wait(PATIENCE)

        return Told()


@pytest.fixture
def halting(index: Index) -> Iterator[Halting]:
    """One that keeps nobody waiting when the test is over."""
    assistant = Halting(index)
    yield assistant
    assistant.goes_on.set()


def test_stopped_and_asked_again(index: Index, halting: Halting, visit: Visitor, tmp_path: Path) -> None:
    """While an answer arrives nothing that is there moves; stopping keeps what arrived and offers another try."""
    with served(create_app(index, halting, Config(data=str(tmp_path)))) as at:
        page = visit(at)
        where = "e => { const r = e.getBoundingClientRect(); return [r.left, r.top + scrollY, r.width] }"
        page.fill("#question textarea", SANK)
        page.keyboard.press("Enter")
        page.locator("#current .answer--arriving").wait_for()
        before = page.locator("#current .turn__question").evaluate(where)
        halting.goes_on.set()
        answered(page, SANK)
        assert before == page.locator("#current .turn__question").evaluate(where)

        halting.goes_on.clear()
        page.fill("#question textarea", FERRY)
        page.keyboard.press("Enter")
        page.locator("#current .answer--arriving").filter(has_text="17").wait_for()
        page.locator("#stop").click()
        page.locator(".answer--stopped").wait_for()
        halting.goes_on.set()
        assert 2 == page.locator(".turn:not([hidden])").count()
        page.locator("[data-retry]").last.click()
        assert "17 orang" in answered(page, FERRY)
        assert 2 == page.locator(".turn:not([hidden])").count()


def test_what_is_typed_while_an_answer_arrives_stays(
    index: Index, halting: Halting, visit: Visitor, tmp_path: Path
) -> None:
    """So does what was typed before the question was asked again by its button."""
    with served(create_app(index, halting, Config(data=str(tmp_path)))) as at:
        page = visit(at)
        page.fill("#question textarea", FERRY)
        page.keyboard.press("Enter")
        page.locator("#current .answer--arriving").wait_for()
        page.locator("#question textarea").press_sequentially(SANK)
        halting.goes_on.set()
        whole = answered(page, FERRY)
        assert SANK == page.input_value("#question textarea")
        before = piece(page)
        page.locator("#current [data-retry]").click()
        assert whole == answered(page, FERRY, before)
        assert SANK == page.input_value("#question textarea")
        page.locator("#question textarea").press("Enter")
        answered(page, SANK)
        assert "" == page.input_value("#question textarea")


# ---- votes --------------------------------------------------------------------------------------------------------


def test_a_vote_with_its_reason_reaches_the_operator(address: str, visit: Visitor) -> None:
    """A second vote on the same answer takes the place of the first."""
    page = visit(address)
    ask(page, SANK)
    page.locator("#current [data-vote=up]").click()
    page.locator("#current .reasons").wait_for()
    page.locator("#current [data-vote=down]").click()
    page.locator("#current .reasons[data-verdict=down]").wait_for()
    page.locator("#current .choice", has_text="Tidak lengkap").click()
    page.fill("#current .reasons [name=note]", "tahunnya?")
    page.locator("#current .reasons [type=submit]").click()
    page.locator("#current .reasons").wait_for(state="detached")
    assert "true" == page.locator("#current [data-vote=down]").get_attribute("aria-pressed")

    told = httpx.get(f"{address}/api/feedback").json()
    mine = [vote for vote in told["feedback"] if vote["question"] == SANK]
    assert [("down", "incomplete", "tahunnya?")] == [(one["verdict"], one["reason"], one["note"]) for one in mine]
    assert "ferry-1" in json.dumps(mine[0]["articles"])
