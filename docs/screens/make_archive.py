"""Take the pictures of the archive and the overview again: python docs/screens/make_archive.py (needs chromium).

Serves the seeds from an archive of its own. A folder given as argument takes all widths and schemes there instead.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
sys.path.insert(0, str(ROOT))

from assistant.assistant import Assistant  # noqa: E402  # after the root is on the path
from assistant.config import Config  # noqa: E402
from assistant.server import create_app  # noqa: E402
from index import Index, read_articles  # noqa: E402
from tests.assistant.serving import served  # noqa: E402

COLOURS = 128
WIDTHS = {1440: 900, 768: 1024, 360: 780}
KEPT = [(1440, "light")]


def main() -> None:
    """Build, serve, photograph."""
    elsewhere = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    wanted = [(width, scheme) for width in WIDTHS for scheme in ("light", "dark")] if elsewhere else KEPT
    with tempfile.TemporaryDirectory() as data, Index.open(data) as index, sync_playwright() as playwright:
        index.add(read_articles(ROOT / "seeds"))
        index.rebuild()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        with served(create_app(index, Assistant(index), Config(allow_fetch=True))) as address:
            for width, scheme in wanted:
                photograph(browser, address, width, scheme, elsewhere or FOLDER)
        browser.close()


def photograph(browser: Browser, address: str, width: int, scheme: str, folder: Path) -> None:
    """Both pages from top to bottom."""
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="id-ID",
        reduced_motion="reduce",
    )
    page = context.new_page()
    for name in ("archive", "overview"):
        page.goto(f"{address}/{name}", wait_until="networkidle")
        picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
        picture.quantize(COLOURS).save(folder / f"{name}-{width}-{scheme}.png", optimize=True)
    context.close()


if __name__ == "__main__":
    main()
