"""The chat page in Chromium, on a real server and real articles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from string import Formatter
from typing import Literal

import pytest

from assistant.assistant import Assistant
from assistant.config import Config
from assistant.server import create_app
from assistant.web.chat import converse
from assistant.web.markup import answer_html, web_link
from assistant.web.words import _WORDS
from index import Article, Index
from tests.assistant.browsing import Visitor, ask
from tests.assistant.conftest import FERRY
from tests.assistant.serving import served
from tests.conftest import ROOT, needs_browser

AXE = ROOT / "node_modules/axe-core/axe.min.js"
VICTIMS = "Berapa jumlah korban tewas feri Nusa Tambo?"
BUDGET = "Berapa tambahan anggaran pertahanan Kazakhstan?"
PAYLOADS = (
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    '"><svg onload=window.hacked=1>',
    "'-window.hacked=1-'",
    "</mark></p><iframe srcdoc='<script>parent.hacked=1</script>'>",
    "${window.hacked=1}`;window.hacked=1;`",
    "{{constructor.constructor('window.hacked=1')()}}",
    "[klik](javascript:window.hacked=1) ![x](http://evil.test/x.png) <http://evil.test>",
    "&lt;script&gt;window.hacked=1&lt;/script&gt;",
    "<style>@import 'http://evil.test/x.css';</style><link rel=stylesheet href=http://evil.test/x.css>",
)


@pytest.fixture(scope="module")
def address(index: Index, assistant: Assistant) -> Iterator[str]:
    """The shared archive, served."""
    with served(create_app(index, assistant, Config())) as at:
        yield at


@needs_browser
def test_the_answer_the_source_and_the_quote_in_its_article(address: str, index: Index, visit: Visitor) -> None:
    """A question, its answer, its source card; the mark leads into the article, where exactly the quote is marked."""
    page = visit(address)
    assert "441 miliar tenge" in ask(page, BUDGET)
    card = page.locator(".turn__sources .card").first
    assert "Gatra.com" in card.inner_text()
    quote = card.locator("mark").inner_text()
    assert "441 miliar tenge (US$918 juta)" in quote
    assert page.locator("#current .answer strong").first.inner_text() == card.locator("mark strong").inner_text()

    page.locator("#current .cite").first.click()
    marked = page.locator("#reader mark")
    marked.first.wait_for()
    assert quote == "".join(marked.all_inner_texts())
    assert marked.first.evaluate(
        "e => { const r = e.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight }"
    )
    page.keyboard.press("Escape")
    assert not page.locator("#reader").is_visible()

    card.locator(".card__read").click()
    marked.first.wait_for()
    link = page.locator("#reader .permanent").get_attribute("href")
    found = re.fullmatch(r"/article/(.+)#c=(\d+)-(\d+)", link or "")
    assert found is not None
    article = index.article(found[1])
    assert article is not None
    assert quote == article.text[int(found[2]) : int(found[3])]


@needs_browser
def test_a_permanent_address_marks_its_place(visit: Visitor, tmp_path: object) -> None:
    """Characters are counted as the archive counts them, across paragraphs and beyond the first Unicode plane."""
    text = "Kabar 😀 pertama dari Seroja & sekitarnya.\nBaris kedua <b>tebal</b> 𝒳 berakhir.\n\nBaris ketiga."
    with Index.open(f"{tmp_path}/own") as index:
        index.add([Article(text, id="a/b ö", title="Judul", language="id")])
        article = index.article("a/b ö")
        assert article is not None
        start, end = article.text.index("pertama"), article.text.index(" berakhir")
        with served(create_app(index, Assistant(index), Config())) as at:
            page = visit(at, f"/article/a%2Fb%20%C3%B6#c={start}-{end}")
            pieces = page.locator("mark").all_inner_texts()
            assert article.text[start:end] == "\n".join(pieces)
            for odd in ("#c=5-2", "#c=0-999999", "#c=99-100", "#c=x", "#"):
                page.goto(f"{at}/article/a%2Fb%20%C3%B6{odd}")
            assert 404 == page.request.get(f"{at}/article/lain").status


@needs_browser
def test_a_permanent_address_survives_a_rebuild_and_a_restart(visit: Visitor, tmp_path: Path) -> None:
    """Asked while the index is rebuilt; then another process of it, on another port, marks the same quote."""
    with Index.open(tmp_path) as index:
        index.add(FERRY)
        with served(create_app(index, Assistant(index), Config())) as at, ThreadPoolExecutor(1) as beside:
            page = visit(at)
            rebuilding = beside.submit(index.rebuild)
            while not rebuilding.done():
                assert "12 orang" in ask(page, VICTIMS)
            rebuilding.result()
            assert "12 orang" in ask(page, VICTIMS)
            permanent = page.locator("#current .cite").first.get_attribute("href")
            quote = page.goto(f"{at}{permanent}") and page.locator("mark").all_inner_texts()
    assert quote
    with Index.open(tmp_path) as index, served(create_app(index, Assistant(index), Config())) as again:
        assert quote == visit(again, str(permanent)).locator("mark").all_inner_texts()


@needs_browser
def test_not_in_the_archive_is_said_with_leads(address: str, visit: Visitor) -> None:
    """The refusal with its reason, and the nearest passages as cards."""
    page = visit(address)
    shown = ask(page, "Siapa presiden Brasil?")
    assert "Tidak ditemukan dalam arsip" in shown
    assert "Brasil" in shown
    assert page.locator(".turn__sources .card--lead").count() > 0


@needs_browser
def test_a_follow_up_is_shown_as_understood(address: str, visit: Visitor) -> None:
    """The earlier turn stays above; a new conversation forgets both."""
    page = visit(address)
    ask(page, BUDGET)
    ask(page, "Kapan itu dilaporkan?")
    assert "Kazakhstan" in page.locator("#current .turn__understood").inner_text()
    assert page.locator("#past .turn").count() == 1
    page.click("[data-clear]")
    page.locator(".welcome h1").wait_for()
    assert 0 == page.locator(".turn:not([hidden])").count()


@needs_browser
def test_an_example_asks_itself(address: str, visit: Visitor) -> None:
    """One click on an offered question gives an answer."""
    page = visit(address)
    example = page.locator(".example").first
    asked = example.inner_text()
    example.click()
    page.locator("#current .verdict").wait_for()
    assert asked in page.locator("#current").inner_text()


@needs_browser
def test_speaks_the_readers_language(address: str, visit: Visitor) -> None:
    """The browser's language first, then the one that the reader switched to, also on the next visit."""
    page = visit(address, locale="id-ID")
    assert "Tanya arsip berita" in page.locator(".welcome h1").inner_text()
    page.click("[data-switch]")
    assert "Ask the news archive" in page.locator(".welcome h1").inner_text()
    assert "Ask a question …" == page.locator("#question textarea").get_attribute("placeholder")
    page.locator(".example").first.wait_for()  # a reload in the middle of Gradio's first call is an error in its log
    page.reload()
    page.locator(".example").first.wait_for()
    assert "Ask the news archive" in page.locator(".welcome h1").inner_text()
    assert "Ask the news archive" in visit(address, locale="en-GB").locator(".welcome h1").inner_text()


@needs_browser
@pytest.mark.parametrize("width", [360, 768, 1440])
def test_fits_the_screen(address: str, visit: Visitor, width: int) -> None:
    """Nothing sticks out to the side, and where to ask is in view."""
    page = visit(address, width=width)
    for question in (BUDGET, "x" * 300):
        ask(page, question)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("#question textarea").evaluate("e => e.getBoundingClientRect().bottom <= innerHeight")


@needs_browser
def test_nothing_from_an_article_or_a_question_runs(visit: Visitor, tmp_path: object) -> None:
    """Payloads in text, title, outlet, address, author, place and question are shown as the words they are."""
    with Index.open(f"{tmp_path}/own") as index:
        index.add(
            Article(
                f"Pasar nomor {number} dibuka di Seroja dengan biaya Rp {number + 2} miliar {payload}.",
                title=f"Pasar {number} {payload}",
                id=f"pasar-{number} {payload}"[:200],
                source=payload,
                authors=(payload,),
                place=payload,
                url=("javascript:window.hacked=1", "https://evil.test/\"onclick='window.hacked=1'")[number % 2],
                language="id",
            )
            for number, payload in enumerate(PAYLOADS)
        )
        with served(create_app(index, Assistant(index), Config())) as at:
            page = visit(at)
            for number, payload in enumerate(PAYLOADS):
                shown = ask(page, f"Berapa biaya pasar nomor {number}? {payload}")
                assert payload in shown
                page.locator("#current .card__title a").first.click()
                page.locator("#reader .story").wait_for()
                page.locator("#reader [data-close]").click()
            for link in page.locator("a").all():
                assert re.match(r"/|https?://", link.get_attribute("href") or "/")
            assert page.evaluate("window.hacked === undefined")
            assert 0 == page.locator("#desk script, #desk iframe, #desk svg, #desk style, #desk img").count()


@needs_browser
def test_two_visitors_never_see_each_other(address: str, visit: Visitor) -> None:
    """Each has a conversation of their own."""
    first, second = visit(address), visit(address)
    ask(first, BUDGET)
    assert 0 == second.locator(".turn").count()
    ask(second, "Siapa presiden Brasil?")
    assert "Brasil" not in first.locator("#desk").inner_text()
    assert "441" not in second.locator("#current").inner_text()


# ---- without a browser --------------------------------------------------------------------------------------------


def test_twenty_at_once_are_not_mixed_up(index: Index, assistant: Assistant, address: str) -> None:
    """Twenty visitors ask through Gradio's own queue in parallel; each gets the answer to their question."""
    import httpx

    config = httpx.get(f"{address}/").text
    function = int(re.findall(r'"id":(\d+),"targets":\[\[\d+,"(?:submit|click)"\],\[', config)[0])
    questions = [
        BUDGET,
        "Berapa jumlah korban tewas feri Nusa Tambo?",
        "Siapa presiden Brasil?",
        "Who is the mayor of Lima?",
    ] * 5

    def one(number: int) -> str:
        session = f"pengunjung{number}"
        with httpx.Client(base_url=address, timeout=60) as client:
            asked = {
                "data": [questions[number], None],
                "fn_index": function,
                "session_hash": session,
                "event_data": None,
            }
            client.post("/gradio_api/queue/join", json=asked).raise_for_status()
            told = ""
            with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as events:
                for line in events.iter_lines():
                    told += line
                    if '"process_completed"' in line:
                        break
        return told

    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(one, range(20)))
    for question, told in zip(questions, answers, strict=True):
        assert '"success":true' in told
        assert question in told
        for other in set(questions) - {question}:
            assert other not in told


def test_a_question_that_cannot_be_asked_is_told_so(index: Index, assistant: Assistant) -> None:
    """Too long, not text, or with limits that are none: a sentence, and no search."""
    for question in ("x" * 1001, "a\0b", "a\ud800b"):
        (shown,) = converse(index, assistant)(question, "")
        assert 'role="alert"' in shown
        shown.encode()
    for request in ("{", '{"question": "Siapa?", "since": "2025-02-30"}', '{"question": "Siapa?", "more": 1}'):
        (shown,) = converse(index, assistant)("Siapa?", request)
        assert 'role="alert"' in shown


def test_a_failure_is_no_answer(index: Index, caplog: pytest.LogCaptureFixture) -> None:
    """Law 5: what fails is shown as an error with a number that the log has, and never as "not in the archive"."""

    class Broken(Assistant):
        def stream(self, *_: object, **__: object) -> object:  # type: ignore[override]
            raise RuntimeError("kunci rahasia")

    *_, shown = converse(index, Broken(index))("Siapa?", "")
    number = re.search(r"report it: (\w{12})", shown)
    assert number is not None
    assert number[1] in caplog.text
    assert "rahasia" not in shown
    assert "arsip" not in shown


@pytest.mark.parametrize("payload", PAYLOADS)
def test_an_answers_markdown_is_harmless(payload: str) -> None:
    """Even unescaped, as a language model may write it: no link, no image, no HTML."""
    written = answer_html(f"**{payload}** [7]\n\n> {payload}\n\n- {payload}")
    assert set() == set(re.findall(r"<(\w+)", written)) - {"p", "strong", "em", "blockquote", "ul", "li", "br"}


def test_only_web_addresses_become_links() -> None:
    """http and https with a host, and nothing that a browser would run or read from the disk."""
    assert "https://gatra.com/a?b=c" == web_link(" https://gatra.com/a?b=c ")
    for url in (
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//evil.test",
        "gatra.com",
        "http://",
        "http://[",
        "",
    ):
        assert web_link(url) is None


# ---- form ---------------------------------------------------------------------------------------------------------

CSS = (ROOT / "assistant/web/tanya.css").read_text("utf-8")
# What stands on what, and the least contrast that WCAG 2.2 AA asks for: 4.5 for text, 3 for edges of controls.
PAIRS = (
    *((ink, ground, 4.5) for ink in ("ink", "soft", "accent", "caution", "danger") for ground in ("paper", "sheet")),
    ("accent-ink", "accent", 4.5),
    ("accent", "accent-wash", 4.5),
    ("marker-ink", "marker", 4.5),
    ("paper", "ink", 4.5),
    ("edge", "paper", 3),
    ("edge", "sheet", 3),
    ("accent", "paper", 3),
)


def luminance(colour: str) -> float:
    """WCAG's relative luminance of #rrggbb."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_have_contrast(scheme: str) -> None:
    """Every ink on every ground that it stands on, as the style sheet has them."""
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in re.findall(r":root \{([^}]*)\}", CSS)[:2]
    )
    colours = light if scheme == "light" else {**light, **dark}
    for ink, ground, least in PAIRS:
        brighter, darker = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
        assert (brighter + 0.05) / (darker + 0.05) >= least, (ink, ground)


def test_every_word_is_in_both_languages() -> None:
    """With the same places to fill in."""
    for key, words in _WORDS.items():
        indonesian, english = ({place[1] for place in Formatter().parse(text) if place[1]} for text in words)
        assert all(words), key
        assert indonesian == english, key


@needs_browser
@pytest.mark.skipif(not AXE.is_file(), reason="needs axe-core (npm install axe-core)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(address: str, visit: Visitor, scheme: Literal["light", "dark"]) -> None:
    """WCAG 2.2 AA as far as a program can tell, on the page before and after an answer, with all that opens."""
    page = visit(address)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.evaluate("source => (0, eval)(source)", AXE.read_text("utf-8"))

    def violations() -> list[str]:
        page.wait_for_timeout(300)  # colours on their way
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]

    assert [] == violations()
    ask(page, "Berapa jumlah pengungsi banjir di Pulau Sangalaya?")
    page.locator("#current [data-vote=down]").click()
    page.locator("#current .reasons").wait_for()
    page.locator(".chip--filter").click()
    page.wait_for_timeout(2800)  # the thanks fade
    assert [] == violations()
    page.keyboard.press("Escape")
    page.locator("#current .cite").first.click()
    page.locator("#reader mark").first.wait_for()
    assert [] == violations()
    page.keyboard.press("Escape")
    page.locator("[data-history]").click()
    assert [] == violations()
