"""How fast the web chat is in Chromium, on 100,000 passages, beside an empty Gradio chat page.

    python -m benchmarks.web [--passages 100000] [--data ../shared/data] [--index FOLDER] [--save web.json]

Cold is a browser that has nothing of the page, warm one that opens it again. A page can be used when a question can be
typed; an answer is there when its verdict is, counted in the page itself from the press of Enter. Needs chromium.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles

import gradio as gr
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console

from assistant import Assistant
from assistant.config import Config
from assistant.server import create_app
from benchmarks.quality import ROOT
from benchmarks.speed import dev_questions, make_articles, tell
from index import Index, read_articles
from tests.assistant.serving import served

VISITS = 7  # of each kind; the median counts
QUESTIONS = 60
ARRIVED = 1500  # ms after which a page has loaded all it loads by itself (Gradio keeps a stream open, it is never idle)
SETTLED = 500  # ms after an answer before the next question, so that nothing of it is still going on
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
ASK = """(question) => new Promise((tell) => {
  const box = document.querySelector("#question textarea");
  const seen = new Set(document.querySelectorAll(".verdict"));
  let began = 0;
  const watch = new MutationObserver(() => {
    const shown = [...document.querySelectorAll("#current .turn:not([hidden]) .verdict")];
    if (!shown.some((one) => !seen.has(one))) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => tell(performance.now() - began)));
  });
  watch.observe(document.querySelector("#current"), { childList: true, subtree: true });
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, question);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  setTimeout(() => {
    began = performance.now();
    box.dispatchEvent(new KeyboardEvent("keypress", { key: "Enter", bubbles: true, cancelable: true }));
  }, 100);
})"""


def visit(page: Page, address: str, ready: str) -> dict[str, float]:
    """Open a page: milliseconds to its first paint and until it can be used, and KB that came over the wire."""
    weight = [0.0]
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.loadingFinished", lambda told: weight.__setitem__(0, weight[0] + told["encodedDataLength"]))
    page.goto(address, wait_until="commit")
    page.wait_for_selector(ready)
    usable = page.evaluate("performance.now()")
    page.wait_for_timeout(ARRIVED)
    devtools.detach()
    return {"first paint ms": page.evaluate(PAINTED), "usable ms": usable, "weight KB": weight[0] / 1024}


def visits(browser: Browser, address: str, ready: str) -> dict[str, float]:
    """Medians over cold visits and over warm ones."""
    figures: dict[str, list[float]] = {}
    for _ in range(VISITS):
        context = browser.new_context(locale="id-ID")
        for kind in ("cold", "warm"):
            page = context.new_page()
            for name, value in visit(page, address, ready).items():
                figures.setdefault(f"{kind} {name}", []).append(value)
            page.close()
        context.close()
    return {name: median(values) for name, values in figures.items()}


def answers(browser: Browser, address: str, questions: list[str]) -> list[float]:
    """Milliseconds from Enter until each answer is painted, asked one after the other in one page."""
    page = browser.new_page(locale="id-ID")
    page.goto(address)
    page.wait_for_selector("#welcome .welcome__count", state="attached")
    spent = []
    for question in questions:
        spent.append(float(page.evaluate(ASK, question)))
        page.wait_for_selector("body:not([data-busy])")
        page.wait_for_timeout(SETTLED)
        page.evaluate("document.querySelector('[data-clear]').click()")
    page.close()
    return spent


def empty_chat() -> FastAPI:
    """What Gradio's own chat interface weighs with nothing in it."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.ChatInterface(lambda message, history: "", api_visibility="private")
    return gr.mount_gradio_app(FastAPI(), blocks, path="/")


def index_of(folder: Path, data: Path, passages: int, console: Console) -> Index:
    """The index in this folder, built now if nothing is in it."""
    index = Index.open(folder)
    if not index.status().passages:
        with tempfile.TemporaryDirectory() as scratch:
            source = Path(scratch) / "articles.jsonl"
            console.print(f"{make_articles(data, source, passages)} articles to index")
            index.add(read_articles(source, max_bytes=2**40))
        if index.status().tail:
            index.rebuild()
    return index


def main() -> None:
    """Build, serve, visit, ask; print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--index", type=Path, help="keep the index in this folder, or use the one that is there")
    parser.add_argument("--save", type=Path)
    arguments = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("benchmarks.web needs Debian's chromium: apt-get install chromium")
    questions = dev_questions(arguments.data)[:QUESTIONS]
    console = Console()

    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        index = index_of(arguments.index or Path(scratch), arguments.data, arguments.passages, console)
        figures: dict[str, float] = {"passages": index.status().passages}
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with served(empty_chat()) as address:
            empty = visits(browser, address, "textarea")
        with served(create_app(index, Assistant(index), Config())) as address:
            (figures["first answer of a new server ms"],) = answers(browser, address, questions[:1])
            ours = visits(browser, address, "#question textarea")
            spent = answers(browser, address, questions)
        browser.close()
        index.close()
    for name, value in ours.items():
        figures[name], figures[f"{name}, empty Gradio chat"] = value, empty[name]
        figures[f"{name}, ratio"] = value / empty[name] if empty[name] else 0.0
    figures["Enter to answer p50 ms"], figures["Enter to answer p95 ms"] = median(spent), quantiles(spent, n=20)[18]
    figures["Enter to answer longest ms"] = max(spent)

    tell("the web chat", figures, console, arguments.save)


if __name__ == "__main__":
    main()
