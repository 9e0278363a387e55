"""The plain pages beside the chat: an article under its permanent address, and the files that style and move them."""

from __future__ import annotations

import hashlib
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from assistant.web.markup import article_html, display_title
from assistant.web.words import both, in_attribute, preferred_language, word
from index import Index

__all__ = ["NAME", "head", "page", "pages_router", "reader_frame"]

_ASSETS: Final = {
    "tanya.css": "text/css; charset=utf-8",
    "tanya.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
    "newsreader.woff2": "font/woff2",
}
NAME: Final = '<a class="masthead__name" href="/"><img src="/web/mark.svg" alt="" width="30" height="30">Tanya</a>'
_YEAR: Final = 365 * 24 * 60 * 60


@cache
def _asset(name: str) -> bytes:
    return (files("assistant.web") / name).read_bytes()


def _versioned(name: str) -> str:
    """An asset's address, which changes with its content, so that browsers may keep it."""
    return f"/web/{name}?v={hashlib.sha256(_asset(name)).hexdigest()[:12]}"


def head() -> str:
    """What all our pages have in their head. The script does not wait: it sets the language before the first paint."""
    return (
        f'<link rel="preload" href="/web/newsreader.woff2" as="font" type="font/woff2" crossorigin>'
        f'<link rel="stylesheet" href="{_versioned("tanya.css")}"><script src="{_versioned("tanya.js")}"></script>'
        f'<link rel="icon" href="/web/mark.svg" type="image/svg+xml"><meta name="color-scheme" content="light dark">'
        f'<meta name="robots" content="noindex">'
    )


def page(title: str, body: str, language: str, kind: str) -> str:
    """A whole plain page; ``body`` is HTML, ``title`` is text."""
    return (
        f'<!doctype html><html lang="{language}" data-language="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)} · Tanya</title>'
        f'{head()}</head><body class="plain plain--{kind}"><header class="masthead">'
        f"{NAME}"
        f'<span class="masthead__tools"><a class="quiet" href="/">{both("home")}</a>'
        f'<button type="button" class="quiet" data-switch>{both("switch")}</button></span></header>'
        f"<main>{body}</main></body></html>"
    )


def pages_router(index: Index) -> APIRouter:
    """The routes of articles and assets."""
    router = APIRouter(include_in_schema=False)

    @router.get("/article/{article_id:path}")
    async def show_article(article_id: str, request: Request) -> HTMLResponse:
        language = preferred_language(request.headers.get("accept-language", ""))
        article = await run_in_threadpool(index.article, article_id)
        if article is None:
            gone = f'<article class="story"><h1>{both("gone_title")}</h1><p>{both("gone")}</p></article>'
            return HTMLResponse(page(word("gone_title", language), gone, language, "article"), 404)
        body = article_html(article, article_id)
        return HTMLResponse(
            page(display_title(article), body, language, "article"), headers={"Vary": "Accept-Language"}
        )

    @router.get("/web/{name}")
    async def asset(name: str, request: Request) -> Response:
        kind = _ASSETS.get(name)
        if kind is None:
            return Response("There is nothing here.", 404)
        # An address with a version never changes its content; one without is asked for again after an hour.
        age = f"max-age={_YEAR}, immutable" if "v" in request.query_params else "max-age=3600"
        return Response(_asset(name), media_type=kind, headers={"Cache-Control": f"public, {age}"})

    return router


def reader_frame() -> str:
    """The dialog that shows an article over the chat; the script fills it."""
    return (
        f'<dialog id="reader" {in_attribute("aria-label", "read")}><div class="reader__bar">'
        f'<button type="button" class="reader__close" data-close {in_attribute("aria-label", "close")}>×</button></div>'
        '<div class="reader__body"></div></dialog>'
    )
