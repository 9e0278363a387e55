"""The archive and overview pages, and the routes that they call."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.api import add_api
from assistant.assistant import Assistant
from assistant.config import Config
from assistant.server import create_app
from assistant.web.archive_pages import archive_router
from assistant.web.bodies import Bodies
from assistant.web.mentions import most_named
from assistant.web.security import Guard
from assistant.web.session import COOKIE, GUESSES
from index import Article, Index
from tests.assistant.serving import served
from tests.conftest import ROOT, needs_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = ROOT / "node_modules/axe-core/axe.min.js"
TOKEN = "rahasia-dapur"
BRIDGE = "Jembatan baru di Kota Seroja dibuka pada 3 Maret 2025. Biaya jembatan itu Rp 12 miliar."
PAYLOADS = (
    "<script>window.hacked=1</script>",
    "\"><img src=x onerror='window.hacked=1'>",
    "</option></select><svg onload=window.hacked=1>",
    "<style>@import 'http://evil.test/x.css'</style>",
    "&lt;b&gt; {{7*7}} ${window.hacked=1}",
)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Index]:
    """An archive of this test alone."""
    with Index.open(tmp_path / "own") as opened:
        yield opened


def site(index: Index, config: Config | None = None, peer: str = "127.0.0.1", **options: Any) -> TestClient:
    """The API and our pages behind their guard, without the chat."""
    config = config or Config()
    app = FastAPI()
    add_api(app, index, Assistant(index), config)
    app.include_router(archive_router(index, config))
    bodies = Bodies(app, token=config.operator_token, article_bytes=64 * 1024)
    guarded = Guard(bodies, token=config.operator_token, head="")
    return TestClient(guarded, "http://localhost", client=(peer, 50000), **options)


# ---- upload, fetch, rebuild ---------------------------------------------------------------------------------------


def test_files_are_uploaded(own: Index) -> None:
    """The articles of any format come in; what cannot be read is named with its reason, and the rest stays."""
    client = site(own)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("satu.txt", "Pasar Melati di Seroja ramai sekali hari ini.")
        archive.writestr("gambar.png", b"\x89PNG")
    answer = client.post("/api/upload", params={"name": "berita.zip"}, content=packed.getvalue()).json()
    assert (1, ["berita.zip!gambar.png"]) == (answer["added"], [one["path"] for one in answer["rejected"]])
    answer = client.post("/api/upload", params={"name": "jembatan.html"}, content=f"<p>{BRIDGE}</p>").json()
    assert (1, []) == (answer["added"], answer["rejected"])
    for name, body in (("kosong.txt", b""), ("program.exe", b"MZ"), ("rusak.pdf", b"%PDF-1.4 rusak")):
        answer = client.post("/api/upload", params={"name": name}, content=body).json()
        assert (0, [name]) == (answer["added"], [one["path"] for one in answer["rejected"]])
    assert 2 == own.status().articles


def test_another_file_of_the_same_name_replaces_nothing(own: Index) -> None:
    """Names of uploads are no places: two people may both have an "artikel.txt". The same file again is the same."""
    client = site(own)
    for text in (BRIDGE, "Pasar Melati di Seroja ramai sekali hari ini."):
        assert 1 == client.post("/api/upload", params={"name": "artikel.txt"}, content=text).json()["added"]
    assert 1 == client.post("/api/upload", params={"name": "lain.txt"}, content=BRIDGE).json()["unchanged"]


def test_an_upload_has_a_limit_and_a_name(own: Index) -> None:
    """413 above the limit, 422 without a name."""
    client = site(own)
    assert 413 == client.post("/api/upload", params={"name": "a.txt"}, content=b"x" * 70_000).status_code
    assert 422 == client.post("/api/upload", content=b"x").status_code
    assert 0 == own.status().articles


def test_fetching_is_off_until_it_is_allowed(own: Index) -> None:
    """403 names the setting; with it, an address of this machine is still refused."""
    refused = site(own).post("/api/fetch", json={"url": "https://kabar.example/17"})
    assert (403, True) == (refused.status_code, "allow_fetch" in refused.json()["error"])
    refused = site(own, Config(allow_fetch=True)).post("/api/fetch", json={"url": "http://127.0.0.1:7860/api/health"})
    assert (422, "public") == (refused.status_code, refused.json()["error"].split()[-6])
    assert "Alamat itu tidak berada di internet publik: tidak diambil." == refused.json()["error_indonesian"]


def test_a_rebuild_tells_how_far_it_is_while_others_ask(own: Index) -> None:
    """It answers at once, questions go on being answered, and in the end the new generation is there."""
    client = site(own)
    client.post("/api/upload", params={"name": "a.txt"}, content=BRIDGE)
    begun = client.post("/api/rebuild", headers={"Prefer": "respond-async"})
    assert (202, True) == (begun.status_code, begun.json()["running"])
    asked = 0
    while client.get("/api/rebuild").json()["running"]:
        assert "12 miliar" in client.post("/api/ask", json={"question": "Berapa biaya jembatan Kota Seroja?"}).text
        asked += 1
    assert asked > 0
    assert client.get("/api/rebuild").json()["error"] is None
    assert (1, 0) == (own.status().generation, own.status().tail)


# ---- who may ------------------------------------------------------------------------------------------------------

WRITES = [("POST", "/api/upload?name=a.txt"), ("POST", "/api/fetch"), ("GET", "/api/rebuild"), ("POST", "/api/session")]


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_only_an_operator_may(own: Index, method: str, path: str) -> None:
    """403 from elsewhere and for another site's page; 401 without the token where there is one."""
    body = {"json": {"url": "http://kabar.example/"}} if path == "/api/fetch" else {}
    foreign = {"Origin": "http://evil.example"}
    assert 403 == site(own, peer="10.1.2.3").request(method, path, **body).status_code
    assert 403 == site(own).request(method, path, headers=foreign, **body).status_code
    assert 401 == site(own, Config(operator_token=TOKEN)).request(method, path, **body).status_code


def test_the_page_shows_what_writes_to_an_operator_alone(own: Index) -> None:
    """Upload, removal and rebuild are not even in the page of others."""
    own.add([Article(BRIDGE, title="Jembatan")])
    marks = ("data-operator", "data-remove", "data-rebuild")
    assert [True] * 3 == [mark in site(own).get("/archive").text for mark in marks]
    closed = site(own, peer="10.1.2.3").get("/archive").text
    assert [False] * 4 == [mark in closed for mark in (*marks, "data-sign-in")]
    guarded = site(own, Config(operator_token=TOKEN)).get("/archive").text
    assert [False, False, False, True] == [mark in guarded for mark in (*marks, "data-sign-in")]
    assert "Jembatan" in closed


def test_signing_in_lasts_and_ends(own: Index) -> None:
    """The token buys a cookie that scripts cannot read and other sites cannot send; signing out takes it back."""
    client = site(own, Config(operator_token=TOKEN), peer="10.1.2.3")
    answer = client.post("/api/session", headers={"Authorization": f"Bearer {TOKEN}"})
    told = answer.headers["set-cookie"].lower()
    assert (204, True, True, False) == (
        answer.status_code,
        "httponly" in told,
        "samesite=strict" in told,
        TOKEN in told,
    )
    assert "data-operator" in client.get("/archive").text
    assert 200 == client.post("/api/upload", params={"name": "a.txt"}, content=BRIDGE).status_code
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert 403 == client.post("/api/upload?name=b.txt", content=b"Pasar.", headers=foreign).status_code
    client.delete("/api/session")
    assert 401 == client.post("/api/upload?name=b.txt", content=b"Pasar.").status_code


@pytest.mark.parametrize("value", ["", "9999999999.", "9999999999.abc", "x.y", "1.2.3", "٣.a"])
def test_a_made_up_cookie_is_worth_nothing(own: Index, value: str) -> None:
    """Nor is one that has run out or that another token signed."""
    client = site(own, Config(operator_token=TOKEN))
    sent = {"Cookie": f"{COOKIE}={value}".encode()}
    assert 401 == client.post("/api/upload?name=b.txt", content=b"Pasar.", headers=sent).status_code


def test_guessing_the_token_ends_soon(own: Index) -> None:
    """After some wrong ones no token from that address is looked at; others and signed-in operators go on."""
    guarded = site(own, Config(operator_token=TOKEN))
    right = {"Authorization": f"Bearer {TOKEN}"}
    guarded.post("/api/session", headers=right)
    cookie = dict(guarded.cookies)
    guarded.cookies.clear()
    for _ in range(GUESSES + 2):  # where no token is looked at, a bearer is none of ours
        assert 404 == guarded.get("/v1/models", headers={"Authorization": "Bearer sk-lain"}).status_code
    wrong = [
        guarded.post("/api/session", headers={"Authorization": f"Bearer tebakan-{number}"}).status_code
        for number in range(GUESSES + 2)
    ]
    assert [401] * GUESSES + [429] * 2 == wrong
    assert 429 == guarded.post("/api/session", headers=right).status_code
    assert 429 == guarded.get("/archive", headers=right).status_code
    large = {"content": b"x" * 65_000, "headers": right}  # a body only an operator may send tells nothing either
    assert 429 == guarded.post("/api/upload?name=a.txt", **large).status_code
    guarded.cookies.update(cookie)
    assert 200 == guarded.post("/api/upload?name=a.txt", content=BRIDGE).status_code
    elsewhere = TestClient(guarded.app, "http://localhost", client=("10.9.9.9", 1))
    assert 204 == elsewhere.post("/api/session", headers=right).status_code


# ---- the list -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """120 articles over two years, from two outlets, in two languages."""
    first = date(2024, 1, 1)
    articles = [
        Article(
            f"Presiden Rama Wijaya mengatakan pasar nomor {number} di Seroja ramai. Kata Rama Wijaya, itu baik.",
            title=f"Pasar {number:03}",
            id=f"p{number:03}",
            source=("Kabar Seroja", "The Seroja Post")[number % 2],
            language=("id", "en")[number % 2],
            published=first + timedelta(days=6 * number),
        )
        for number in range(120)
    ]
    with Index.open(tmp_path_factory.mktemp("shelf")) as index:
        index.add(articles)
        yield index


def titles(page: str) -> list[str]:
    """The titles in the list."""
    return re.findall(r'<th scope="row" lang="\w+"><a href="[^"]+">([^<]+)</a>', page)


@pytest.mark.parametrize(
    ("query", "count", "first"),
    [
        ("", 50, "Pasar 119"),
        ("?page=3", 20, "Pasar 019"),
        ("?page=9", 0, None),
        ("?order=oldest", 50, "Pasar 000"),
        ("?q=pasar+07", 10, "Pasar 079"),
        ("?source=Kabar+Seroja&language=id&order=title", 50, "Pasar 000"),
        ("?source=Kabar+Seroja&source=The+Seroja+Post&q=pasar+07&order=title", 10, "Pasar 070"),
        ("?since=2025-01-01&until=2025-01-31", 6, "Pasar 066"),
        ("?since=kemarin&page=-1&order=acak&language=xx&q=%00", 50, "Pasar 119"),
    ],
)
def test_the_list_is_filtered_sorted_and_paged(shelf: Index, query: str, count: int, first: str | None) -> None:
    """What the address says; what it cannot mean is left out."""
    shown = titles(site(shelf).get(f"/archive{query}").text)
    assert (count, first) == (len(shown), shown[0] if shown else None)


def test_every_page_is_reached_by_links_that_keep_the_filters(shelf: Index) -> None:
    """Next, next, until there is none: every article once."""
    client = site(shelf)
    address, seen = "/archive?language=en&order=outlet", []
    while address:
        page = client.get(address).text
        seen += titles(page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        address = html.unescape(following[1]) if following else ""
    assert [f"Pasar {number:03}" for number in range(119, 0, -2)] == seen


def test_a_hostile_archive_stays_text(own: Index) -> None:
    """In the list, in the choice of outlets, in the overview and in what was searched for."""
    own.add(
        Article(f"Presiden Rama {payload} di Seroja {number}.", title=payload, source=payload, place=payload)
        for number, payload in enumerate(PAYLOADS)
    )
    client = site(own)
    for payload in PAYLOADS:
        for page in (
            client.get("/archive", params={"q": payload, "source": payload}).text,
            client.get("/overview", params={"topic": payload}).text,
        ):
            assert payload not in page.replace(html.escape(payload), "")
            assert html.escape(payload) in page


# ---- the overview -------------------------------------------------------------------------------------------------


def test_the_overview_draws_what_it_tables(shelf: Index) -> None:
    """Bars and table hold the same counts, a name asks about itself, and the index says how it is."""
    page = site(shelf).get("/overview").text
    chart, table = re.findall(r"<svg.*?</svg>|<table>.*?</table>", page, re.DOTALL)[:2]
    drawn = [int(one) for one in re.findall(r": .*?, (\d+)</title>", chart)]
    assert 120 == sum(drawn)
    assert 120 == sum(int(one) for one in re.findall(r"<td>(\d+)</td>", table))
    assert 'href="/?q=Siapa%20Rama%20Wijaya%3F"' in page
    assert 'href="/?q=What%20happened%20in%20Seroja%3F"' in page
    assert shelf.status().model in page


def test_the_overview_of_an_empty_archive(own: Index) -> None:
    """It says so, and fills when articles come."""
    client = site(own)
    assert 0 == client.get("/overview").text.count("<svg")
    own.add([Article(BRIDGE, published=date(2025, 3, 3))])
    assert "<svg" in client.get("/overview").text


def test_coverage_of_a_topic(shelf: Index) -> None:
    """How many articles mention it; none is said as none."""
    client = site(shelf)
    assert "1 articles mention “nomor 77”" in client.get("/overview?topic=nomor+77").text
    assert "No dated article mentions “Brasil”" in client.get("/overview?topic=Brasil").text


def test_names_are_counted_by_article() -> None:
    """Persons speak or hold an office, places are gone to; titles and short forms belong to the full name."""
    texts = [
        "Menteri Keuangan Sri Lestari mengatakan harga naik. Kata Lestari, warga di Jakarta tenang.",
        "Gubernur Jawa Barat Rama Wijaya menyebut banjir di Jawa Barat surut. Ia ke Jakarta besok.",
        "Ketua Liga Sepak Bola tidak hadir di Gedung Merdeka. Sri Lestari mengatakan itu di Jakarta.",
        "Rama Wijaya mengatakan hal lain di Jawa Barat. Menurut Komisi X, DPR rapat pada Senin.",
    ]
    named = most_named([Article(text) for text in texts])
    assert [("Rama Wijaya", 2), ("Sri Lestari", 2)] == [(one.name, one.articles) for one in named.people]
    assert [("Jakarta", 3), ("Jawa Barat", 2)] == [(one.name, one.articles) for one in named.places]


# ---- in Chromium --------------------------------------------------------------------------------------------------


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page as a new visitor; in the end nothing left the machine and nothing failed in the browser."""
    contexts = []
    troubles: list[str] = []

    def opened(address: str, path: str, locale: str = "id-ID", width: int = 1280, refused: str = "none") -> Page:
        context = browser.new_context(locale=locale, viewport={"width": width, "height": 800})
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request",
            lambda request: None if request.url.startswith((address, "data:")) else troubles.append(request.url),
        )
        page.on("pageerror", lambda error: troubles.append(f"error {error}"))
        page.on(
            "console",
            lambda told: (
                troubles.append(f"console {told.text}") if told.type == "error" and refused not in told.text else None
            ),
        )
        page.goto(address + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [] == troubles


@needs_browser
def test_a_file_comes_is_found_and_goes(own: Index, visit: Callable[..., Page], tmp_path: Path) -> None:
    """Good and bad files by the page; the good one in the list and in an answer; removed by hand and gone."""
    good, bad = tmp_path / "jembatan <b>.txt", tmp_path / "program.exe"
    good.write_text(f"Jembatan Seroja <i>Dibuka</i>\n\n{BRIDGE}")
    bad.write_bytes(b"MZ")
    with served(create_app(own, Assistant(own), Config())) as address:
        page = visit(address, "/archive")
        page.set_input_files("[data-drop] input", [good, bad])
        told = page.locator("[data-told] li")
        told.wait_for()
        assert "program.exe: .exe tidak dapat dibaca" in told.inner_text()
        page.locator("[data-switch]").click()
        assert "program.exe: cannot read .exe" in told.inner_text()
        page.locator("[data-switch]").click()
        assert "1 ditambahkan" in page.locator("[data-told]").inner_text()
        row = page.locator("#list tbody tr")
        row.wait_for()
        assert "Jembatan Seroja" in row.inner_text()

        answer = page.request.post(f"{address}/api/ask", data={"question": "Berapa biaya jembatan Kota Seroja?"})
        assert "Rp 12 miliar" in answer.json()["text"]

        page.click("[data-rebuild]")
        page.get_by_text("Indeks selesai dibangun ulang.").wait_for()
        assert 1 == own.status().generation

        row.locator("[data-remove]").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        assert 1 == own.status().articles
        page.keyboard.press("Enter")
        page.locator("#confirm").get_by_role("button", name="Hapus").click()
        page.locator(".archive__none").wait_for()
        assert 0 == own.status().articles


@needs_browser
def test_files_are_dropped(own: Index, visit: Callable[..., Page]) -> None:
    """Several at once onto the field; one that misses it does not replace the page."""
    drop = """(target) => {
        const held = new DataTransfer();
        for (const number of [1, 2]) held.items.add(new File([`Pasar nomor ${number} di Seroja ramai.`], `p${number}.txt`));
        const event = new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true });
        target.dispatchEvent(event);
        return event.defaultPrevented;
    }"""
    with served(create_app(own, Assistant(own), Config())) as address:
        page = visit(address, "/archive")
        assert page.locator("h1").evaluate(drop)
        assert page.locator("[data-drop]").evaluate(drop)
        page.get_by_text("2 ditambahkan").wait_for()
        assert 2 == own.status().articles


@needs_browser
def test_pasting_and_the_language_switch(own: Index, visit: Callable[..., Page]) -> None:
    """A pasted article with its title is there at once; what the script said changes its language with the page."""
    with served(create_app(own, Assistant(own), Config())) as address:
        page = visit(address, "/archive")
        page.get_by_text("Tempel teks").click()
        page.fill("[data-paste] textarea", BRIDGE)
        page.fill("[data-paste] [name=title]", "Judul tempelan")
        page.fill("[data-paste] [name=published]", "2025-03-03")
        page.click("[data-paste] button")
        page.locator("#list tbody tr").get_by_text("Judul tempelan").wait_for()
        assert "3 Maret 2025" in page.locator("#list tbody tr").inner_text()
        page.click("[data-switch]")
        assert "1 added" in page.locator("[data-told]").inner_text()
        assert "All outlets" == page.locator(".picker summary").inner_text()


@needs_browser
def test_signing_in_on_the_page(own: Index, visit: Callable[..., Page]) -> None:
    """A wrong token is said so; the right one opens what writes, and signing out closes it."""
    with served(create_app(own, Assistant(own), Config(operator_token=TOKEN))) as address:
        page = visit(address, "/archive", refused="status of 401")
        page.locator(".panel summary").click()
        page.fill("[name=token]", "tebakan")
        page.keyboard.press("Enter")
        page.get_by_text("Token itu salah.").wait_for()
        page.fill("[name=token]", TOKEN)
        page.keyboard.press("Enter")
        page.locator("[data-drop]").wait_for()
        page.click("[data-sign-out]")
        page.locator("[data-sign-in]").wait_for(state="attached")
        assert 0 == page.locator("[data-drop]").count()


@needs_browser
def test_hostile_titles_run_nothing_and_pages_fit(own: Index, visit: Callable[..., Page]) -> None:
    """Rendered, confirmed and narrow: the words are shown as words, and nothing sticks out."""
    own.add(
        Article(
            f"Presiden Rama mengatakan {payload} di Seroja {number}.",
            title=f"{payload} {'x' * 120}",
            source=payload,
            published=date(2025, 1, 1 + number),
        )
        for number, payload in enumerate(PAYLOADS)
    )
    with served(create_app(own, Assistant(own), Config())) as address:
        for width in (360, 768, 1440):
            for path in ("/archive?q=%22%3E%3Cimg+src%3Dx+onerror%3Dwindow.hacked%3D1%3E", "/archive", "/overview"):
                page = visit(address, path, width=width)
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (width, path)
                assert page.evaluate("window.hacked === undefined")
                assert 0 == page.locator("main :is(img, iframe, style, link, svg script)").count()
        page = visit(address, "/archive")
        for number, payload in enumerate(reversed(PAYLOADS)):
            page.locator("[data-remove]").nth(number).click()
            assert payload in page.locator(".confirm__what").inner_text()
            page.keyboard.press("Escape")
        page.wait_for_timeout(100)  # what a payload would do, it would have done
        assert page.evaluate("window.hacked === undefined")


@needs_browser
@pytest.mark.skipif(not AXE.is_file(), reason="needs axe-core (npm install axe-core)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(shelf: Index, visit: Callable[..., Page], scheme: Literal["light", "dark"]) -> None:
    """WCAG 2.2 AA as far as a program can tell: the archive to readers and operators, the overview, an article."""
    found: list[str] = []

    def look(page: Page) -> None:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate("source => (0, eval)(source)", AXE.read_text("utf-8"))
        told = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found.extend(f"{page.url} {one['id']}: {one['nodes'][0]['html'][:200]}" for one in told["violations"])

    with served(create_app(shelf, Assistant(shelf), Config(operator_token=TOKEN))) as address:
        for path in ("/archive", "/archive?q=tidak-ada&page=2", "/overview", "/overview?topic=pasar", "/article/p001"):
            look(visit(address, f"{path}#c=3-20" if "article" in path else path))
        page = visit(address, "/archive")
        page.locator(".panel summary").click()
        look(page)
        look(visit(address, "/article/lain", refused="status of 404"))
    with served(create_app(shelf, Assistant(shelf), Config(allow_fetch=True))) as address:
        page = visit(address, "/archive")
        for closed in page.locator("[data-operator] summary").all():
            closed.click()
        look(page)
        page.locator("[data-remove]").first.click()
        look(page)
    assert [] == found
