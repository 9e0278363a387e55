"""Thousands of payloads in everything that a page shows, in Chromium without our Content-Security-Policy.

The policy would stop a script that got in. Here it is switched off, so that what is tested is that none gets in: the
same pages are made with harmless words, and hostile ones may bring no element and no attribute that those have not.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlencode

import pytest

from assistant.answer import Answer
from assistant.assistant import Assistant
from assistant.config import Config
from assistant.incoming import MAX_QUESTION
from assistant.server import create_app
from assistant.web.archive_pages import PER_PAGE
from assistant.web.chat import converse
from assistant.web.markup import article_address
from index import Article, Index
from tests.assistant.browsing import Visitor, ask
from tests.assistant.conftest import FERRY
from tests.assistant.payloads import ADDRESSES, PAYLOADS, packed
from tests.assistant.scripted import ScriptedLLM
from tests.assistant.serving import served
from tests.conftest import needs_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [
    needs_browser,
    pytest.mark.skipif("TANYA_PAYLOADS" not in os.environ, reason="takes minutes: TANYA_PAYLOADS=1 make test runs it"),
]
T = TypeVar("T")

_WORDS = """jalan rumah pohon sungai gunung laut kapal kereta meja kursi pintu jendela lampu buku pena kertas surat kota desa
sawah ladang kebun bunga buah daun akar batu pasir angin hujan awan langit bulan bintang pagi siang"""  # none twice: see stuffing
HARMLESS = tuple(f"{_WORDS}\nnomor {number}; dua, 'tiga'" for number in range(240))
LONGEST_ID = 200
LONGEST_SEARCH = 200
A_TITLE = 400  # characters of payloads in one article among many
MARKDOWN = {"br "}  # a backslash at the end of a line
LONGEST_REPLY = 55_000
TOPICS = 150  # of the texts that are searched for; each takes a picture of the whole archive
AT_ONCE = 500  # fragments on one page

# In every frame, before anything else: who sets the mark is noted, whatever page comes next.
TRAP = """
let ran;
Object.defineProperty(window, "__xss", { get: () => ran, set: (by) => { ran = by; console.error("a payload ran"); } });
"""
# What there is below some elements: each kind of element with the attributes it has, and links that are none.
SEEN = """(selector) => {
    const kinds = new Set(), links = [];
    const look = (element) => {
        const names = element.getAttributeNames();
        kinds.add(`${element.localName} ${names.filter((name) => name !== "aria-describedby").sort().join(" ")}`);
        for (const name of names) {
            const value = element.getAttribute(name);
            if (/^on/i.test(name)) links.push(`${name}=${value}`);
            if (!/^(href|src|srcset|srcdoc|action|formaction|data|ping|poster|background|xlink:href)$/i.test(name)) continue;
            const at = URL.canParse(value, location.href) ? new URL(value, location.href) : { protocol: "none" };
            const out = at.origin !== location.origin;
            const apart = element.target === "_blank" && /noopener/.test(element.rel) && element.localName === "a";
            if (!/^https?:$/.test(at.protocol) || (out && !apart)) links.push(`${name}=${value}`);
        }
    };
    for (const top of document.querySelectorAll(selector)) {
        top.querySelectorAll("*").forEach(look);
        const comments = document.createTreeWalker(top, NodeFilter.SHOW_COMMENT | NodeFilter.SHOW_CDATA_SECTION);
        while (comments.nextNode()) if (comments.currentNode.data.trim()) kinds.add(`comment ${comments.currentNode.data}`);
    }
    return { kinds: [...kinds], links };
}"""
# Whatever can be pressed is pressed. What our own scripts would do then is left to other tests, and links to pages of
# the web lead nowhere; one that runs something runs it.
PRESS = """(selector) => {
    const stay = (event) => {
        event.stopPropagation();
        const link = event.target.closest("a[href]");
        if (!link || /^https?:$/.test(link.protocol)) event.preventDefault();
    };
    const names = ["pointerover", "mouseover", "focusin", "click"];
    names.forEach((name) => document.body.addEventListener(name, stay));
    for (const element of document.querySelectorAll(`:is(${selector}) :is(a, button, summary, input, option)`)) {
        if (element.closest("[data-operator]")) continue; // which holds no words of others, and works
        for (const name of names) element.dispatchEvent(new MouseEvent(name, { bubbles: true, cancelable: true }));
    }
    names.forEach((name) => document.body.removeEventListener(name, stay));
}"""
# The main part of other pages of ours, put into this one as live HTML; gives the words of each heading.
COLLECT = """async (addresses) => {
    const heap = document.querySelector("#heap") || document.body.appendChild(document.createElement("div"));
    heap.id = "heap";
    const get = async (address) => {
        const response = await fetch(address);
        const page = await response.text();
        return response.ok ? page.slice(page.indexOf("<main>") + 6, page.lastIndexOf("</main>")) : `<h1>${response.status}</h1>`;
    };
    const parts = [];
    for (let at = 0; at < addresses.length; at += 4) parts.push(...await Promise.all(addresses.slice(at, at + 4).map(get)));
    heap.innerHTML = parts.map((part) => `<div>${part}</div>`).join("");
    return [...heap.children].map((part) => part.querySelector("h1").textContent);
}"""


class Unprotected:
    """Chromium that heeds no Content-Security-Policy, for a visitor; dialogs are closed, or the test would wait."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    @property
    def contexts(self) -> list[BrowserContext]:
        return self._browser.contexts

    def new_context(self, **options: Any) -> BrowserContext:
        context = self._browser.new_context(bypass_csp=True, **options)
        context.on("dialog", lambda dialog: dialog.dismiss())
        context.add_init_script(TRAP)
        return context


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visitor]:
    """Open pages; in the end no dialog opened, nothing went elsewhere, no mark was set and nothing failed."""
    visitor = Visitor(cast("Browser", Unprotected(browser)))
    yield visitor
    visitor.leave()
    assert [] == visitor.troubles


@contextmanager
def site(index: Index, assistant: Assistant | None = None) -> Iterator[str]:
    """An archive, served to an operator."""
    with served(create_app(index, assistant or Assistant(index), Config())) as address:
        yield address


def kinds(page: Page, selector: str) -> set[str]:
    """What there is below elements once they were pressed; no link may be one that runs or tells."""
    page.evaluate(PRESS, selector)
    seen = page.evaluate(SEEN, selector)
    assert [] == seen["links"]
    assert page.evaluate("window.__xss === undefined")
    return set(seen["kinds"])


def no_more(seen: Callable[[Sequence[str]], set[str]]) -> None:
    """Payloads bring nothing into the pages that harmless words do not."""
    assert set() == seen(PAYLOADS) - seen(HARMLESS) - MARKDOWN


def cut(whole: Sequence[T], size: int) -> list[Sequence[T]]:
    """In parts of this many."""
    return [whole[start : start + size] for start in range(0, len(whole), size)]


def single_words(text: str) -> str:
    """A text with its white space made single, as a browser shows it."""
    return " ".join(text.split())


def article_id(number: int, payload: str) -> str:
    """An id that holds as much of a payload as an id may."""
    return f"{number} {''.join(letter for letter in payload if letter >= ' ')}"[:LONGEST_ID].strip()


def one_article(number: int, payload: str) -> Article:
    """The same in every field, so that it stands at the very beginning of each."""
    address = payload if payload in ADDRESSES else f"https://kabar.example/{payload}"
    return Article(
        f"Kabar nomor {number} dari Seroja.\n{payload}",
        title=payload,
        id=article_id(number, payload),
        source=payload,
        authors=(payload, payload),
        place=payload,
        url=address,
    )


def small(payloads: Sequence[str]) -> list[str]:
    """Addresses alone, as an address is nothing else; the others some at a time."""
    alone = [payload for payload in payloads if payload in ADDRESSES]
    others = tuple(payload for payload in payloads if payload not in ADDRESSES)
    return [*alone, *(" ".join(group) for group in packed(others, A_TITLE))]


def test_the_collection_is_one() -> None:
    """Thousands, none twice; they hold each kind of thing that a page must not."""
    assert len(set(PAYLOADS)) == len(PAYLOADS) > 3_000
    for sign in ("<script", "onerror", "onclick", "javascript:", "data:", "evil.test", "srcdoc", "](", "{{", "&#x"):
        assert sum(sign in payload for payload in PAYLOADS) > 9


# ---- articles -----------------------------------------------------------------------------------------------------


def test_few_in_each_of_many_articles(visit: Visitor, tmp_path: Path) -> None:
    """In every field of a thousand: shown as the words they are on the article's page and in the operator's list."""

    def seen(payloads: Sequence[str]) -> set[str]:
        texts = small(payloads)
        with Index.open(tmp_path / f"{len(payloads)}") as index:
            index.add(one_article(number, payload) for number, payload in enumerate(texts))
            assert len(texts) == index.status().articles
            with site(index) as address:
                found: set[str] = set()
                page = visit(address, "/archive")
                for number in range(1, 2 + (len(texts) - 1) // PER_PAGE):
                    page.goto(f"{address}/archive?page={number}")
                    found |= kinds(page, "body")
                    asked = page.evaluate(REMOVALS)
                    assert [single_words(title) for title in asked["titles"]] == [
                        single_words(told) for told in asked["told"]
                    ]
                addresses = [article_address(article_id(number, payload)) for number, payload in enumerate(texts)]
                for part in cut(list(zip(addresses, texts, strict=True)), AT_ONCE):
                    titles = page.evaluate(COLLECT, [one for one, _ in part])
                    assert [single_words(payload) for _, payload in part] == [single_words(title) for title in titles]
                    found |= kinds(page, "#heap")
                page.context.close()
        return found

    no_more(seen)


# Each article's button asks whether to remove it, by its title.
REMOVALS = """() => {
    const told = [], titles = [];
    for (const button of document.querySelectorAll("#list [data-remove]")) {
        button.click();
        told.push(document.querySelector(".confirm__what").textContent);
        titles.push(button.closest("tr").querySelector("th").textContent);
        document.querySelector("#confirm").close("cancel");
    }
    return { told, titles };
}"""


def test_hundreds_in_one_article(visit: Visitor, tmp_path: Path) -> None:
    """Whole pages as a reader opens them, with hundreds of payloads in each field and thousands on the overview."""

    def seen(payloads: Sequence[str]) -> set[str]:
        with Index.open(tmp_path / f"{len(payloads)}") as index:
            groups = [list(part) for part in cut(payloads, max(1, len(payloads) // 5))]
            index.add(
                replace(one_article(number, ""), **bundle(group), text="\n".join([f"Kabar {number}.", *group]))
                for number, group in enumerate(groups)
            )
            with site(index) as address:
                page = visit(address, "/overview")
                found = kinds(page, "body")
                for article in index.articles().articles:
                    page.goto(f"{address}{article_address(article.id)}")
                    found |= kinds(page, "body")
                page.context.close()
        return found

    no_more(seen)


def bundle(payloads: Sequence[str]) -> dict[str, Any]:
    """Fields of an article that hold all these."""
    whole = " ".join(payloads)
    return {"title": whole, "source": whole, "authors": tuple(payloads), "place": whole, "url": f"http://a.id/{whole}"}


def test_what_a_reader_looked_for(visit: Visitor, tmp_path: Path) -> None:
    """A search, an outlet and a topic in the address come back on the page as words."""

    def seen(payloads: Sequence[str]) -> set[str]:
        with Index.open(tmp_path / f"{len(payloads)}") as index:
            index.add([Article("Kabar dari Seroja.", title="Kabar")])
            asked = [" ".join(group) for group in packed(tuple(payloads), LONGEST_SEARCH)]
            pairs = zip(asked, [*asked[1:], asked[0]], strict=True)
            addresses = [f"/archive?{urlencode({'q': one, 'source': other})}" for one, other in list(pairs)[::2]]
            addresses += [f"/overview?{urlencode({'topic': one})}" for one in asked[:: -(-len(asked) // TOPICS)]]
            with site(index) as address:
                page = visit(address, "/archive")
                found: set[str] = set()
                for part in cut(addresses, AT_ONCE):
                    page.evaluate(COLLECT, list(part))
                    found |= kinds(page, "#heap")
                page.context.close()
        return found

    no_more(seen)


# ---- the chat -----------------------------------------------------------------------------------------------------

CHAT = "#thread, #current, #welcome, #outlets, #reader, #history, #peek, #filters"
NAMES = ["".join(letters).capitalize() for letters in product("bdgklmnrst", "aiou", "bdgklmnrst", "aiou")]


@contextmanager
def market(payloads: Sequence[str], where: Path) -> Iterator[tuple[Index, list[str]]]:
    """Articles that carry payloads in every field, and a question to each that carries the same."""
    room = MAX_QUESTION - 60
    groups = packed(tuple(payloads), room)
    with Index.open(where / f"{len(payloads)}") as index:
        index.add(
            replace(
                one_article(number, ""),
                **bundle(group),
                id=article_id(number, group[0]),
                text=f"Pasar {name} dibuka di Seroja dengan biaya Rp {number + 2} miliar {' '.join(group)}",
                language="id",
            )
            for number, (name, group) in enumerate(zip(NAMES, groups, strict=False))
        )
        index.add(FERRY)  # sources that disagree
        asked = [f"Berapa biaya Pasar {name}? {' '.join(group)}" for name, group in zip(NAMES, groups, strict=False)]
        yield index, [*asked, "Berapa jumlah korban tewas feri Nusa Tambo?"]


def test_questions_answers_and_sources(visit: Visitor, tmp_path: Path) -> None:
    """A conversation of hundreds of questions, brought back after a reload: questions, quotes, cards, history."""

    def seen(payloads: Sequence[str]) -> set[str]:
        with market(payloads, tmp_path) as (index, questions):
            assistant = Assistant(index, config=Config(answer_threshold=0.0))
            say = converse(index, assistant)
            turns = [list(say(question, ""))[-1] for question in questions]
            assert all('class="card"' in turn or 'class="card ' in turn for turn in turns)
            with site(index, assistant) as address:
                page = visit(address)
                found: set[str] = set()
                for part in cut(turns, 45):  # what a browser keeps of one site has a limit
                    page.evaluate(REMEMBER, list(part))
                    page.reload()
                    page.locator("#welcome .welcome__count").wait_for(state="attached")
                    page.wait_for_function(
                        "count => document.querySelectorAll('#thread .turn').length === count", arg=len(part)
                    )
                    page.locator("[data-history]").click()
                    found |= kinds(page, CHAT)
                    page.keyboard.press("Escape")
                page.context.close()
        return found

    no_more(seen)


# As chat.js keeps a conversation of this browser.
REMEMBER = """(pieces) => {
    const turns = pieces.map((html) => {
        const template = document.createElement("template");
        template.innerHTML = html;
        return { html, data: JSON.parse(template.content.querySelector(".turn").dataset.turn) };
    });
    localStorage.setItem("tanya-history", JSON.stringify([{ id: "a", begun: Date.now(), turns }]));
    sessionStorage.setItem("tanya-conversation", '"a"');
}"""


# Again until it shows: while a new answer scrolls to its place, what is pointed at is let go.
POINTED_AT = """() => {
  document.querySelector("#current .cite").dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
  return !document.querySelector("#peek").hidden;
}"""


def test_asked_by_hand(visit: Visitor, tmp_path: Path) -> None:
    """Typed, answered, its marks looked at, its source read, its words edited and copied, the next one asked."""

    def seen(payloads: Sequence[str]) -> set[str]:
        with (
            market(payloads, tmp_path) as (index, questions),
            site(index, Assistant(index, config=Config(answer_threshold=0.0))) as address,
        ):
            page = visit(address)
            found: set[str] = set()
            for question in [*questions[:: max(1, len(questions) // 2)], questions[-1]]:
                ask(page, single_words(question))
                page.wait_for_function(POINTED_AT, polling=300)
                found |= kinds(page, CHAT)
                page.locator("#current .card__title a").first.click()
                page.locator("#reader .story").wait_for()
                found |= kinds(page, CHAT)
                page.locator("#reader [data-close]").click()
                page.locator("#current .menu summary").click()
                page.locator("#current [data-copy=markdown]").click()
                page.locator("[data-history]").click()
                found |= kinds(page, CHAT)
                page.keyboard.press("Escape")
            page.context.close()
        return found

    no_more(seen)


class Unchecked(Assistant):
    """Gives what the model wrote as it is, as if no sentence of it had been checked."""

    written = ""

    def stream(self, *arguments: Any, **named: Any) -> Any:
        told = super().stream(*arguments, **named)
        text = self.written

        class Told:
            answer: Answer = replace(told.answer, text=text)

            def __iter__(self) -> Iterator[str]:
                return iter([text[: len(text) // 2], text[len(text) // 2 :]])

        return Told()


def replies(payloads: Sequence[str]) -> list[str]:
    """What a hostile model writes: payloads as paragraphs, in emphasis, quotes and lists, each with its mark."""
    forms = ("{} [1].", "**{}** [1].", "> {}", "- {}", "*{}* [1][2].", "~~{}~~ [9]")
    written = [forms[number % len(forms)].format(payload) for number, payload in enumerate(payloads)]
    groups = packed(tuple(line.replace("\n", "\n\n") for line in written), LONGEST_REPLY)
    return ["\n\n".join(["Pasar dibuka di Seroja [1].", "\n".join(group)]) for group in groups]


def test_what_a_model_writes(visit: Visitor, tmp_path: Path) -> None:
    """As it arrives and whole: checked as it is for people, and as it came."""

    def seen(payloads: Sequence[str]) -> set[str]:
        found: set[str] = set()
        with market(HARMLESS[:9], tmp_path / f"{len(payloads)}") as (index, questions):
            written = replies(payloads)
            config = Config(answer_threshold=0.0)
            scripted = Assistant(index, config=config, llm=ScriptedLLM(replies=list(written), step=8_000))
            unchecked = Unchecked(index, config=config)
            quoting = Assistant(index, config=config)  # what is shown where nothing of a reply can be proved
            for assistant in (scripted, unchecked, quoting):
                with site(index, assistant) as address:
                    page = visit(address)
                    for reply in written:
                        unchecked.written = reply
                        ask(page, questions[0])
                        found |= kinds(page, CHAT)
                        page.locator("[data-clear]").click()
                    page.context.close()
        return found

    no_more(seen)
