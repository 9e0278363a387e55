"""Take the pictures in this folder again: python docs/screens/make.py (needs chromium).

Serves the seeds from an archive of its own and photographs what there is to see at three widths, light and dark.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
sys.path.insert(0, str(ROOT))

from assistant.assistant import Assistant  # noqa: E402  # after the root is on the path
from assistant.config import Config  # noqa: E402
from assistant.server import create_app  # noqa: E402
from index import Index, read_articles  # noqa: E402
from tests.assistant.browsing import ask  # noqa: E402
from tests.assistant.conftest import FERRY  # noqa: E402
from tests.assistant.serving import served  # noqa: E402

COLOURS = 128  # enough for flat colours and smooth letters, at a third of the size
WIDTHS = {1440: 900, 768: 1024, 360: 780}
DISAGREE = "Berapa jumlah korban tewas feri Nusa Tambo?"
ANSWERED = "Berapa tambahan anggaran pertahanan Kazakhstan?"
ABSENT = "Siapa presiden Brasil?"
READER = "token-para-pembaca"


def main() -> None:
    """Build, serve, photograph."""
    with tempfile.TemporaryDirectory() as data, Index.open(data) as index, sync_playwright() as playwright:
        index.add([*read_articles(ROOT / "seeds"), *FERRY[:3]])
        index.rebuild()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        with served(create_app(index, Assistant(index), Config(data=data, allow_fetch=True))) as address:
            for width, height in WIDTHS.items():
                for scheme in ("light", "dark"):
                    photograph(browser, address, width, height, scheme)
        with served(create_app(index, Assistant(index), Config(data=data, reader_token=READER))) as address:
            for width, height in WIDTHS.items():
                for scheme in ("light", "dark"):
                    photograph_login(browser, address, width, height, scheme)
        browser.close()


def photograph_login(browser: Browser, address: str, width: int, height: int, scheme: str) -> None:
    """What who has not signed in sees of an archive that is read with a token."""
    context = visitor(browser, width, height, scheme)
    page = context.new_page()
    page.goto(address)
    shoot(page, f"login-{width}-{scheme}")
    context.close()


def visitor(browser: Browser, width: int, height: int, scheme: str) -> BrowserContext:
    """Somebody with a screen of that width and a system set to light or dark."""
    return browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="id-ID",
        reduced_motion="reduce",
    )


def shoot(page: Page, name: str, whole: bool = False) -> None:
    """Photograph a page as it is now."""
    page.wait_for_timeout(700)  # fonts and the last pieces
    picture = Image.open(io.BytesIO(page.screenshot(full_page=whole))).convert("RGB")
    picture.quantize(COLOURS).save(FOLDER / f"{name}.png", optimize=True)


def photograph(browser: Browser, address: str, width: int, height: int, scheme: str) -> None:
    """All pages at one width in one colour scheme."""
    context = visitor(browser, width, height, scheme)
    page = context.new_page()

    def taken(name: str, pointer: bool = False, whole: bool = False) -> None:
        if not pointer:
            page.mouse.move(0, 0)
        shoot(page, f"{name}-{width}-{scheme}", whole)

    def arrive() -> None:
        page.goto(address)
        page.wait_for_selector(".example")

    arrive()
    taken("welcome")
    ask(page, ANSWERED)
    page.wait_for_load_state("networkidle")  # the questions to go on with
    taken("answer")
    page.locator("#current .cite").first.hover()
    taken("quote", pointer=True)
    page.locator("#current .cite").first.click()
    page.wait_for_selector("#reader mark")
    taken("reader")
    permanent = page.get_attribute("#reader .permanent", "href") or "/"
    page.keyboard.press("Escape")
    fresh(page)
    ask(page, DISAGREE)
    page.wait_for_load_state("networkidle")
    page.locator("#current .why summary").first.click()
    taken("differing")
    page.locator(".chip--filter").click()
    page.fill("[name=since]", "2025-03-05")
    for outlet in ("Harian Tambo", "Kabar Selat"):
        page.locator(f".outlets__list [value='{outlet}']").check()
    taken("filters")
    page.locator(".filters__panel [type=reset]").click()
    page.keyboard.press("Escape")
    fresh(page)
    ask(page, ABSENT)
    taken("absent")
    page.click("[data-history]")
    taken("history")
    page.goto(address + permanent)
    taken("article")
    for name in ("archive", "overview"):
        page.goto(f"{address}/{name}", wait_until="networkidle")
        taken(name, whole=True)
    context.close()


def fresh(page: Page) -> None:
    """Begin another conversation."""
    page.click("[data-clear]")
    page.wait_for_selector(".welcome")


if __name__ == "__main__":
    main()
