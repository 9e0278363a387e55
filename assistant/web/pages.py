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

__all__ = ["head", "masthead", "page", "pages_router"]

_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_NAME: Final = '<a class="masthead__name" href="/"><img src="/web/mark.svg" alt="" width="30" height="30">Tanya</a>'
_PLACES: Final = {"ask": "/", "archive": "/archive", "overview": "/overview"}
_YEAR: Final = 365 * 24 * 60 * 60


@cache
def _asset(name: str) -> bytes:
    return (files("assistant.web") / name).read_bytes()


def _versioned(name: str) -> str:
    """An asset's address, which changes with its content, so that browsers may keep it."""
    return f"/web/{name}?v={hashlib.sha256(_asset(name)).hexdigest()[:12]}"


@cache
def _assets() -> dict[str, str]:
    """The files beside this one that browsers may have, and their media types."""
    named = ((one.name, _KINDS.get(one.name[one.name.rfind(".") :])) for one in files("assistant.web").iterdir())
    return {name: kind for name, kind in named if kind is not None}


def head(*assets: str) -> str:
    """What our pages have in their head: styles and scripts of all of them, then ``assets`` of one.

    The first script does not wait: it sets the language before the first paint. The others run when the page is read.
    """
    own = "".join(
        f'<link rel="stylesheet" href="{_versioned(name)}">'
        if name.endswith(".css")
        else f'<script src="{_versioned(name)}" defer></script>'
        for name in assets
    )
    return (
        f'<link rel="preload" href="/web/newsreader.woff2" as="font" type="font/woff2" crossorigin>'
        f'<link rel="stylesheet" href="{_versioned("tanya.css")}"><script src="{_versioned("tanya.js")}"></script>{own}'
        f'<link rel="icon" href="/web/mark.svg" type="image/svg+xml"><meta name="color-scheme" content="light dark">'
        f'<meta name="robots" content="noindex">'
    )


def masthead(place: str, tools: str = "") -> str:
    """The head of a page: name, the ways to all pages with that of ``place`` marked, ``tools``, the language."""
    links = "".join(
        f'<a href="{address}"{" aria-current=page" if name == place else ""}>{both(f"to_{name}")}</a>'
        for name, address in _PLACES.items()
    )
    return (
        f'<header class="masthead">{_NAME}<nav class="masthead__places" {in_attribute("aria-label", "pages")}>{links}'
        f'</nav><span class="masthead__tools">{tools}'
        f'<button type="button" class="quiet" data-switch>{both("switch")}</button></span></header>'
    )


def page(title: str, body: str, language: str, kind: str, *assets: str) -> str:
    """A whole plain page; ``body`` is HTML, ``title`` is text, ``assets`` are its own styles and scripts."""
    return (
        f'<!doctype html><html lang="{language}" data-language="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)} · Tanya</title>'
        f'{head(*assets)}</head><body class="plain plain--{kind}">{masthead(kind)}<main>{body}</main></body></html>'
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
        kind = _assets().get(name)
        if kind is None:
            return Response("There is nothing here.", 404)
        # An address with a version never changes its content; one without is asked for again after an hour.
        age = f"max-age={_YEAR}, immutable" if "v" in request.query_params else "max-age=3600"
        return Response(_asset(name), media_type=kind, headers={"Cache-Control": f"public, {age}"})

    return router
