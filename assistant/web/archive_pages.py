"""The archive page: what there is, found and paged through; and, for an operator, what comes and goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from html import escape
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from assistant.config import Config
from assistant.web.archive_words import in_attribute, said, script_words, spoken, thousands
from assistant.web.markup import article_address, display_title
from assistant.web.overview import Overview
from assistant.web.pages import page
from assistant.web.security import operator_refusal
from assistant.web.words import both_dates, preferred_language
from index import Article, ArticlePage, Index, Order
from index.reading import EXTENSIONS

__all__ = ["archive_router"]

PER_PAGE: Final = 50
_LONGEST: Final = 200  # characters of a search or an outlet
_ORDERS: Final[dict[Order, str]] = {  # and what they are called
    "newest": "newest",
    "oldest": "oldest",
    "title": "by_title",
    "outlet": "by_outlet",
}
_OUTLETS: Final = 500  # offered to choose from, those with most articles first


@dataclass(frozen=True, slots=True)
class Listing:
    """What of the archive is asked for. What an address says that cannot be meant is left out."""

    q: str = ""
    source: tuple[str, ...] = ()  # outlets, any of which will do
    since: date | None = None
    until: date | None = None
    language: str = ""
    order: Order = "newest"
    page: int = 1

    @classmethod
    def read(cls, request: Request) -> Listing:
        """From the query of an address."""
        given = {name: value.replace("\0", "").strip()[:_LONGEST] for name, value in request.query_params.items()}
        number = given.get("page", "")
        orders: dict[str, Order] = {order: order for order in _ORDERS}
        return cls(
            q=given.get("q", ""),
            source=_outlets(request.query_params.getlist("source")),
            since=_day(given.get("since", "")),
            until=_day(given.get("until", "")),
            language=given.get("language", "") if given.get("language") in ("id", "en") else "",
            order=orders.get(given.get("order", ""), "newest"),
            page=max(1, int(number)) if number.isascii() and number.isdecimal() and len(number) < 9 else 1,
        )

    @property
    def limited(self) -> bool:
        """Whether anything is left out."""
        return replace(self, order="newest", page=1) != Listing()

    def address(self, **changed: object) -> str:
        """The address of this listing with something changed, escaped for an attribute."""
        other = replace(self, **changed)  # type: ignore[arg-type]  # names and types are those of the fields
        query = {name: value for name in self.__slots__ if (value := getattr(other, name)) != getattr(Listing(), name)}
        return escape("/archive" + (f"?{urlencode(query, doseq=True)}" if query else ""))

    def of(self, index: Index) -> ArticlePage:
        """The articles on this page."""
        return index.articles(
            self.q,
            self.source,
            self.since,
            self.until,
            self.language or None,
            offset=(self.page - 1) * PER_PAGE,
            limit=PER_PAGE,
            order=self.order,
        )


def _outlets(given: list[str]) -> tuple[str, ...]:
    """What was chosen, without what is empty and what is said twice."""
    names = (name.replace("\0", "").strip()[:_LONGEST] for name in given[:_OUTLETS])
    return tuple(dict.fromkeys(filter(None, names)))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def archive_router(index: Index, config: Config) -> APIRouter:
    """The routes of the archive and of the overview."""
    router = APIRouter(include_in_schema=False)
    overview = Overview(index)

    def answered(request: Request, kind: str, title: tuple[str, str], body: str) -> HTMLResponse:
        language = preferred_language(request.headers.get("accept-language", ""))
        spoken_title = title[("id", "en").index(language)]
        return HTMLResponse(
            page(spoken_title, body, language, kind, "archive.css", "archive.js"),
            headers={"Cache-Control": "no-store", "Vary": "Accept-Language, Cookie"},
        )

    @router.get("/archive")
    async def archive(request: Request) -> HTMLResponse:
        writes = operator_refusal(request.scope, config.operator_token) is None
        body = await run_in_threadpool(_archive_html, index, Listing.read(request), writes, config)
        return answered(request, "archive", spoken("archive"), body)

    @router.get("/overview")
    async def show_overview(request: Request) -> HTMLResponse:
        topic = request.query_params.get("topic", "").replace("\0", "").strip()[:_LONGEST]
        body = await run_in_threadpool(overview.html, topic)
        return answered(request, "overview", spoken("overview"), body)

    return router


def _archive_html(index: Index, listing: Listing, writes: bool, config: Config) -> str:
    found = listing.of(index)
    key = ("found" if listing.limited else "holdings") + ("_one" if found.total == 1 else "")
    side = _operator_html(config) if writes else _sign_in_html() if config.operator_token else ""
    jump = f'<a class="quiet archive__manage" href="#manage">{said("operator")}</a>' if side else ""
    return (
        f'<div class="archive{" archive--operator" if side else ""}"><section class="archive__main">'
        f'<div class="archive__head"><h1>{said("archive")}</h1>{jump}</div>{_filters_html(listing, index.sources())}'
        f'<div id="list"><p class="archive__count" role="status">{said(key, count=thousands(found.total))}</p>'
        f"{_table_html(listing, found, writes)}{_pager_html(listing, found.total)}</div></section>"
        f"{side}</div>{_confirm_html() if writes else ''}{script_words() if side else ''}"
    )


# ---- the list -----------------------------------------------------------------------------------------------------


def _filters_html(listing: Listing, sources: list[str]) -> str:
    offered = dict.fromkeys([*listing.source, *sources[:_OUTLETS]])  # those chosen first
    outlets = "".join(
        f'<label><input type="checkbox" name="source" value="{escape(source)}"'
        f"{' checked' if source in listing.source else ''}> {escape(source)}</label>"
        for source in offered
    )
    chosen = escape(", ".join(listing.source)) or said("all_outlets")
    languages = "".join(_option(code, listing.language, code, worded=True) for code in ("id", "en"))
    orders = "".join(_option(order, listing.order, key, worded=True) for order, key in _ORDERS.items())
    reset = f'<a class="quiet" href="/archive">{said("reset")}</a>' if listing.limited else ""
    return (
        '<form class="sieve" method="get" action="/archive" role="search">'
        f'<div class="sieve__first"><label class="field"><span>{said("search")}</span>'
        f'<input type="search" name="q" value="{escape(listing.q)}" maxlength="{_LONGEST}"></label>'
        f'<button class="push">{said("show")}</button></div><div class="sieve__rest">'
        f'<div class="field"><span id="of-outlets">{said("outlet")}</span><details class="picker">'
        f'<summary aria-describedby="of-outlets">{chosen}</summary>'
        f'<div role="group" aria-labelledby="of-outlets">{outlets}</div></details></div>'
        f'<label class="field"><span>{said("since")}</span>'
        f'<input type="date" name="since" value="{listing.since or ""}"></label>'
        f'<label class="field"><span>{said("until")}</span>'
        f'<input type="date" name="until" value="{listing.until or ""}"></label>'
        f'<label class="field"><span>{said("language")}</span><select name="language">'
        f"{_option('', listing.language, 'all_languages', worded=True)}{languages}</select></label>"
        f'<label class="field"><span>{said("order")}</span><select name="order">{orders}</select></label>'
        f"{reset}</div></form>"
    )


def _option(value: str, chosen: str, text: str, worded: bool = False) -> str:
    """A choice. Options hold no HTML: the script changes the label of one in the page's own words."""
    selected = " selected" if value == chosen else ""
    label = in_attribute("label", text) if worded else ""
    return f'<option value="{escape(value)}"{selected} {label}>{"" if worded else escape(text)}</option>'


def _table_html(listing: Listing, found: ArticlePage, writes: bool) -> str:
    if not found.articles:
        return f'<p class="archive__none">{said("nothing" if listing.limited or found.total else "empty")}</p>'
    by_date: Order = "oldest" if listing.order == "newest" else "newest"
    sorted_as = {"newest": ("date", "descending"), "oldest": ("date", "ascending")}
    key, direction = sorted_as.get(listing.order, (listing.order, "ascending"))

    def heading(name: str, order: Order) -> str:
        state = f' aria-sort="{direction}"' if name == key else ""
        return f'<th scope="col"{state}><a href="{listing.address(order=order, page=1)}">{said(name)}</a></th>'

    acts = f'<th scope="col"><span class="vh">{said("remove")}</span></th>' if writes else ""
    rows = "".join(_row_html(article, writes) for article in found.articles)
    return (
        f'<table class="list"><caption class="vh">{said("list")}</caption><thead><tr>{heading("title", "title")}'
        f'{heading("outlet", "outlet")}{heading("date", by_date)}<th scope="col">{said("language")}</th>{acts}</tr>'
        f"</thead><tbody>{rows}</tbody></table>"
    )


def _row_html(article: Article, writes: bool) -> str:
    title = display_title(article)
    published = article.published
    day = (
        f'<time datetime="{published.isoformat()}">{both_dates(published)}</time>'
        if published
        else f'<span class="list__undated">{said("undated")}</span>'
    )
    language = said(article.language) if article.language in ("id", "en") else ""
    remove = (
        f'<td class="list__acts"><button type="button" class="quiet quiet--danger" data-remove="{escape(article.id)}" '
        f'data-title="{escape(title)}" {in_attribute("aria-label", "remove_named", title=title)}>{said("remove")}'
        "</button></td>"
        if writes
        else ""
    )
    return (
        f'<tr><th scope="row" lang="{escape(article.language)}"><a href="{article_address(article.id)}">'
        f'{escape(title)}</a></th><td class="list__outlet">{escape(article.source)}</td><td>{day}</td>'
        f"<td>{language}</td>{remove}</tr>"
    )


def _pager_html(listing: Listing, total: int) -> str:
    pages = max(1, -(-total // PER_PAGE))
    if pages == 1 and listing.page == 1:
        return ""

    def step(key: str, number: int, there: bool) -> str:
        if not there:
            return f'<span class="quiet" aria-disabled="true">{said(key)}</span>'
        relation = f' rel="{"prev" if key == "previous" else key}"' if key in ("previous", "next") else ""
        return f'<a class="quiet" href="{listing.address(page=number)}"{relation}>{said(key)}</a>'

    here = listing.page
    return (
        f'<nav class="pager" {in_attribute("aria-label", "pages")}>{step("first", 1, here > 1)}'
        f"{step('previous', min(here - 1, pages), here > 1)}"
        f"<span>{said('page_of', page=thousands(here), pages=thousands(pages))}</span>"
        f"{step('next', here + 1, here < pages)}{step('last', pages, here < pages)}</nav>"
    )


# ---- what an operator does ----------------------------------------------------------------------------------------


def _operator_html(config: Config) -> str:
    limit = f"{config.max_file_mb:g}"
    formats = ", ".join(ending.removeprefix(".") for ending in EXTENSIONS)
    largest = int(config.max_file_mb * 1024 * 1024)
    fetched = (
        f'<details class="panel__more"><summary>{said("from_web")}</summary><form data-fetch>'
        f'<label class="field"><span>{said("url")}</span>'
        f'<input type="url" name="url" required maxlength="2000" placeholder="https://"></label>'
        f'<button class="push">{said("fetch")}</button></form></details>'
        if config.allow_fetch
        else ""
    )
    optional = f'<small class="soft">({said("optional")})</small>'
    fields = "".join(
        f'<label class="field"><span>{said(key)} {optional}</span>'
        f'<input type="{kind}" name="{name}" maxlength="2000"></label>'
        for key, name, kind in (
            ("title", "title", "text"),
            ("outlet", "source", "text"),
            ("date", "published", "date"),
            ("url", "url", "url"),
        )
    )
    sign_out = (
        f'<button type="button" class="quiet" data-sign-out>{said("sign_out")}</button>'
        if config.operator_token
        else ""
    )
    return (
        f'<aside class="panel" id="manage" {in_attribute("aria-label", "operator")} data-operator>'
        f"<section><h2>{said('upload')}</h2>"
        f'<label class="drop" data-drop data-largest="{largest}" data-limit="{limit}">'
        f'<input type="file" class="vh" multiple accept="{",".join(EXTENSIONS)}"><strong>{said("drop")}</strong>'
        f'<span class="soft">{said("formats", formats=formats, limit=limit)}</span></label>'
        f'<div class="task" data-task hidden><progress max="100" {in_attribute("aria-label", "upload")}>'
        "</progress></div>"
        f'<div class="told" role="status" aria-live="polite" data-told></div>'
        f'<details class="panel__more"><summary>{said("paste")}</summary><form data-paste>'
        f'<label class="field"><span>{said("text")}</span><textarea name="text" rows="8" required></textarea></label>'
        f'{fields}<button class="push">{said("add")}</button></form></details>{fetched}</section>'
        f'<section><h2>{said("rebuild_title")}</h2><p class="soft">{said("rebuild_note")}</p>'
        f'<button type="button" class="push push--quiet" data-rebuild>{said("rebuild")}</button>'
        f'<div class="task" data-rebuild-task hidden><progress max="100" {in_attribute("aria-label", "rebuild")}>'
        f'</progress></div><p class="told" role="status" aria-live="polite" data-rebuild-told></p>{sign_out}</section>'
        "</aside>"
    )


def _sign_in_html() -> str:
    return (
        '<aside class="panel panel--closed" id="manage"><details class="panel__more">'
        f"<summary>{said('sign_in')}</summary>"
        f'<form data-sign-in><label class="field"><span>{said("token")}</span>'
        f'<input type="password" name="token" autocomplete="current-password" required></label>'
        f'<button class="push">{said("enter")}</button>'
        f'<p class="told" role="alert" data-told></p></form></details></aside>'
    )


def _confirm_html() -> str:
    return (
        f'<dialog id="confirm" aria-labelledby="confirm-title" aria-describedby="confirm-note"><form method="dialog">'
        f'<h2 id="confirm-title">{said("remove_title")}</h2><p class="confirm__what"></p>'
        f'<p id="confirm-note" class="soft">{said("remove_note")}</p><p class="confirm__acts">'
        f'<button value="cancel" class="push push--quiet" autofocus>{said("cancel")}</button>'
        f'<button value="remove" class="push push--danger">{said("remove")}</button></p></form></dialog>'
    )
