"""The HTTP API: the archive and the assistant for programs. Described by itself at /docs and /openapi.json."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Final

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException as StarletteHTTPException

from assistant import api_schema as schema
from assistant.answer import Turn
from assistant.assistant import Assistant, QuoteError
from assistant.audit import Audit, Entry
from assistant.config import Config
from assistant.health import Health, look
from assistant.incoming import unreadable
from assistant.ingest import NotFetched, fetch
from assistant.refusals import problem
from assistant.web.rebuilding import Rebuilding
from assistant.web.security import bearer, failure, operator_name, operator_refusal
from assistant.web.session import ASKER_COOKIE, COOKIE, READER_COOKIE, SESSION_SECONDS, is_token, new_session
from index import ArchiveError, Article, BusyError, Index, Rejected
from index.reading import read_bytes

__all__ = ["add_api"]

_EVENTS: Final = "text/event-stream"

log = logging.getLogger(__name__)


class _Refusal(HTTPException):
    """A refusal of ours: its detail is a sentence. Those of the frameworks are a few words."""


def add_api(app: FastAPI, index: Index, assistant: Assistant, config: Config) -> None:
    """Give the application the routes under /api, and say every error in a sentence."""
    app.include_router(_reading_router(index, assistant, config.log_questions))
    app.include_router(_health_router(index, assistant))
    app.include_router(_writing_router(index, assistant, config))
    app.include_router(_session_router(config))
    _add_sentences(app)


# ---- routes that read ---------------------------------------------------------------------------------------------


def _reading_router(index: Index, assistant: Assistant, log_questions: bool) -> APIRouter:
    router = APIRouter(prefix="/api", responses=schema.READS)

    @router.get("/search", tags=["ask"], summary="Search the passages")
    def search(
        q: Annotated[
            schema.QuestionText, Query(description="What to search for.", examples=["anggaran pertahanan Kazakhstan"])
        ],
        filters: Annotated[schema.Filters, Depends(schema.filters)],
        top_k: Annotated[int, Query(ge=1, le=50, description="How many passages at most.")] = 5,
    ) -> schema.SearchAnswer:
        """The passages that fit best, best first, near-copies folded together."""
        if log_questions:
            log.info("searched", extra={"fields": {"question": q}})
        results = index.search(
            q, top_k, since=filters.since, until=filters.until, source=filters.source, language=filters.language
        )
        return schema.SearchAnswer.model_validate({"question": q, "results": results}, from_attributes=True)

    @router.post(
        "/ask",
        tags=["ask"],
        summary="Ask a question",
        response_model=schema.Answer,
        responses={200: {"content": {_EVENTS: {"example": schema.EVENTS_EXAMPLE}}}},
    )
    def ask(asked: schema.Ask, request: Request) -> schema.Answer | StreamingResponse:
        """An answer with exact quotes, or that the archive does not hold one.

        With `Accept: text/event-stream` it arrives in pieces: `text` events whose `text` joined together is the
        answer's, then one `answer` event with the whole; or one `error` event.
        """
        history = [Turn(turn.question, turn.answer) for turn in asked.history]
        if _EVENTS in request.headers.get("accept", ""):
            return StreamingResponse(
                _events(assistant, asked, history),
                media_type=_EVENTS,
                headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            )
        answer = assistant.ask(
            asked.question, history, asked.since, asked.until, asked.source, asked.language, asked.implied
        )
        return schema.Answer.model_validate(answer)

    @router.get("/articles", tags=["articles"], summary="List the articles")
    def list_articles(
        filters: Annotated[schema.Filters, Depends(schema.filters)],
        text: Annotated[
            schema.Line, Query(max_length=200, description="Must occur in the title, the outlet or the id.")
        ] = "",
        offset: Annotated[int, Query(ge=0, le=1_000_000_000, description="How many to leave out.")] = 0,
        limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 50,
    ) -> schema.ArticleList:
        """A page of articles, newest first, without their texts."""
        page = index.articles(
            text, filters.source, filters.since, filters.until, filters.language, offset=offset, limit=limit
        )
        return schema.ArticleList.model_validate(
            {"articles": page.articles, "total": page.total, "offset": offset, "limit": limit}, from_attributes=True
        )

    @router.get("/articles/{article_id:path}", tags=["articles"], summary="Read an article", responses=schema.NOT_THERE)
    def read_article(article_id: schema.ArticleId) -> schema.Article:
        """The whole article. A copy's id gives the article that it is a copy of. Citations point into `text`."""
        article = index.article(article_id)
        if article is None:
            raise _Refusal(404, f"No article has the id “{article_id}”.")
        return schema.Article.model_validate(article)

    return router


# ---- health -------------------------------------------------------------------------------------------------------


def _health_router(index: Index, assistant: Assistant) -> APIRouter:
    router = APIRouter(prefix="/api/health", tags=["archive"], responses=schema.READS)
    threads = CapacityLimiter(2)  # of its own: whoever watches is answered while all others are at work

    async def looked() -> Health:
        return await to_thread.run_sync(look, index, assistant, limiter=threads)

    @router.get("", summary="What the archive holds and how it is")
    async def health() -> schema.Health:
        """Counts, the current generation of vectors, and what is not yet in it; what is not as it should be."""
        seen = await looked()
        if seen.status is None or not seen.ready:
            raise _Refusal(503, " ".join(seen.why))
        return schema.Health.of(seen.status, seen.why)

    @router.get("/live", summary="Whether the server runs")
    async def live() -> schema.Live:
        """It does, if this is answered: it needs no restart, whatever else is wrong."""
        return schema.Live()

    @router.get("/ready", summary="Whether it can answer")
    async def ready() -> schema.Ready:
        """Whether questions should be sent here, and what is not as it should be although they may.

        Open to everybody, hence without the address of a server behind this one.
        """
        seen = await looked()
        place = seen.status.vectors if seen.status else None
        why = [one.replace(f" {place}", "") if place else one for one in seen.why]
        if not seen.ready:
            raise _Refusal(503, " ".join(why))
        return schema.Ready(degraded=seen.degraded, why=why)

    return router


def _events(assistant: Assistant, asked: schema.Ask, history: list[Turn]) -> Iterator[str]:
    """An answer as server-sent events."""
    try:
        stream = assistant.stream(
            asked.question, history, asked.since, asked.until, asked.source, asked.language, asked.implied
        )
        for piece in stream:
            yield _event("text", json.dumps({"text": piece}, ensure_ascii=False))
        yield _event("answer", schema.Answer.model_validate(stream.answer).model_dump_json())
    except (ArchiveError, QuoteError) as error:
        yield _event("error", schema.Problem(error=_sentence(error)).model_dump_json(exclude_none=True))
    except Exception as error:  # the response has begun: its status cannot say it any more, so an event must
        yield _event("error", schema.Problem(error=failure(error, "/api/ask")).model_dump_json(exclude_none=True))


def _event(name: str, value: str) -> str:
    return f"event: {name}\ndata: {value}\n\n"


# ---- routes that write --------------------------------------------------------------------------------------------


_TOKEN: Final = HTTPBearer(auto_error=False, description="The operator token, where one is configured.")


def _only_operator(request: Request, token: str) -> None:
    refusal = operator_refusal(request.scope, token)
    if refusal is not None:
        status, sentence = refusal
        raise _Refusal(status, sentence, {"WWW-Authenticate": "Bearer"} if status == 401 else None)


def _writing_router(index: Index, assistant: Assistant, config: Config) -> APIRouter:
    def operator(request: Request) -> None:
        _only_operator(request, config.operator_token)

    audit = Audit(index.folder)

    def audited(request: Request, what: str, ids: Sequence[str] = ()) -> AbstractContextManager[Entry]:
        where = request.client.host if request.client else ""
        return audit.write(what, operator_name(request.scope, config.operator_token), where, ids)

    largest = int(config.max_file_mb * 1024 * 1024)
    router = APIRouter(prefix="/api", responses=schema.WRITES, dependencies=[Depends(operator), Depends(_TOKEN)])

    @router.post("/articles", tags=["articles"], summary="Add articles")
    def add_articles(articles: schema.NewArticles, request: Request) -> schema.Added:
        """Add one article or a list. What is reported as added is durable and found at once.

        An article whose `id` is there already replaces it; the same article again changes nothing. Texts are cleaned
        as those of files are, and what is missing (outlet, date, place, language) is read from the text.
        """
        given = articles if isinstance(articles, list) else [articles]
        lines = "\n".join(one.model_dump_json(exclude_none=True) for one in given)
        data = lines.encode()
        read = read_bytes("articles.jsonl", data, max_bytes=len(data) + 1)  # the body's own limit was kept before
        pasted = request.headers.get("sec-fetch-site") == "same-origin"  # our own page sends what was pasted there
        with audited(request, "paste" if pasted else "add") as entry:
            return _added(index, read, entry)

    @router.delete(
        "/articles/{article_id:path}", tags=["articles"], summary="Remove an article", responses=schema.NOT_THERE
    )
    def remove_article(article_id: schema.ArticleId, request: Request) -> schema.Removed:
        """Remove an article for good, from every search at once; a copy of it under another id stays."""
        with audited(request, "remove", [article_id]) as entry:
            removed = index.remove([article_id])
            entry.counts = {"removed": removed}
        if not removed:
            raise _Refusal(404, f"No article has the id “{article_id}”.")
        return schema.Removed(removed=removed)

    @router.post(
        "/upload",
        tags=["articles"],
        summary="Upload a file",
        openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {}}}},
    )
    async def upload(name: schema.FileName, request: Request) -> schema.Added:
        """Add the articles of one file, sent as the body: any format that is read, zip archives of them too.

        What cannot be read is listed with its reason, and the rest is added.
        """
        body = await request.body()

        def add() -> schema.Added:
            with audited(request, "upload") as entry:
                return _added(index, _articles_of(name, body, largest), entry)

        return await run_in_threadpool(add)

    @router.post("/fetch", tags=["articles"], summary="Add an article by its address")
    def fetch_article(page: schema.WebPage, request: Request) -> schema.Added:
        """Fetch a page or file of the public web and add its articles; only where `allow_fetch` is set.

        Nothing of this machine or its network is fetched, and nothing large, slow, or of a kind that is not read.
        """
        if not config.allow_fetch:
            raise _Refusal(403, "Fetching from the web is off: the setting “allow_fetch” turns it on.")
        with audited(request, "fetch") as entry:
            try:
                found = fetch(page.url, largest)
            except NotFetched as error:
                raise _Refusal(422, str(error)) from error
            return _added(index, _articles_of(found.name, found.body, largest, found.url), entry)

    rebuilding = Rebuilding(index)

    @router.post(
        "/rebuild",
        tags=["archive"],
        summary="Build the vectors afresh",
        response_model=schema.Health,
        responses={202: {"model": schema.Rebuild, "description": "It has begun: GET tells how far it is."}},
    )
    def rebuild(request: Request, prefer: Annotated[str, Header(description="Or `respond-async`.")] = "") -> object:
        """Build a fresh generation in a process of its own, check it, put it to use. Answers when it is done.

        With `Prefer: respond-async` it answers at once.
        """
        if "respond-async" in prefer:
            rebuilding.start(audited(request, "rebuild"))
            return JSONResponse(schema.Rebuild.model_validate(rebuilding.state).model_dump(), 202)
        with audited(request, "rebuild"):
            rebuilding.run()
        return schema.Health.of(index.status(), look(index, assistant).why)

    @router.get("/rebuild", tags=["archive"], summary="How far the rebuild is")
    def rebuild_state() -> schema.Rebuild:
        """What the rebuild that this server runs is doing, or how the last one ended."""
        return schema.Rebuild.model_validate(rebuilding.state)

    return router


# ---- signing in ---------------------------------------------------------------------------------------------------


def _session_router(config: Config) -> APIRouter:
    router = APIRouter(prefix="/api/session", tags=["archive"], responses=schema.WRITES, dependencies=[Depends(_TOKEN)])

    @router.post("", summary="Sign in", status_code=204)
    def sign_in(request: Request, response: Response) -> None:
        """Exchange a token for a cookie that lasts a working day: what the pages use.

        The operator token gives an operator's; the reader and the asker token, where they are configured, theirs.
        """
        given = bearer(request.headers) or ""
        readers, askers = (is_token(given, token) for token in (config.reader_token, config.asker_token))
        if readers or askers:
            name, token = (READER_COOKIE, config.reader_token) if readers else (ASKER_COOKIE, config.asker_token)
        else:
            _only_operator(request, config.operator_token)
            name, token = COOKIE, config.operator_token
        if token:
            response.set_cookie(
                name,
                new_session(token),
                max_age=SESSION_SECONDS,
                httponly=True,
                samesite="strict",
                secure=_by_https(request),
            )

    @router.delete("", summary="Sign out", status_code=204)
    def sign_out(request: Request, response: Response) -> None:
        """Forget the cookies, which are the caller's own."""
        if not (config.reader_token or config.asker_token):
            _only_operator(request, config.operator_token)
        for name in (COOKIE, ASKER_COOKIE, READER_COOKIE):
            response.delete_cookie(name, httponly=True, samesite="strict")

    return router


def _by_https(request: Request) -> bool:
    """Whether the browser came by HTTPS, also where a proxy ends it; who says so wrongly harms their own cookie."""
    headers = request.headers
    said = (request.url.scheme, headers.get("x-forwarded-proto", ""), headers.get("origin", ""))
    return any(one.lower().startswith("https") for one in said)


def _articles_of(name: str, data: bytes, max_bytes: int, url: str = "") -> Iterator[Article | Rejected]:
    """What a file holds. Its name is no place: another file of that name replaces nothing."""
    for one in read_bytes(name, data, max_bytes):
        yield replace(one, origin="", url=one.url or url) if isinstance(one, Article) else one


def _added(index: Index, read: Iterable[Article | Rejected], entry: Entry) -> schema.Added:
    """Add articles, and note in the audit's entry which and how many."""
    # Read first: while articles are added nobody else writes.
    report = index.add(list(entry.noting(read)))
    entry.added(report)
    return schema.Added.model_validate(report)


# ---- errors -------------------------------------------------------------------------------------------------------


# What the frameworks refuse by themselves, said in our words.
_SENTENCES: Final = {
    400: schema.NOT_JSON,
    404: "There is nothing here.",
    405: "This route takes another method: /docs lists them.",
}


def _add_sentences(app: FastAPI) -> None:
    """Every error of the API is {"error": a sentence}; nothing of the request is echoed that cannot be sent."""

    @app.exception_handler(StarletteHTTPException)
    def refused(_: Request, error: StarletteHTTPException) -> Response:
        if isinstance(error, _Refusal):
            return _say(error.status_code, str(error.detail), error.headers)
        return _say(error.status_code, _SENTENCES.get(error.status_code, f"{HTTPStatus(error.status_code).phrase}."))

    @app.exception_handler(RequestValidationError)
    def misunderstood(_: Request, error: RequestValidationError) -> Response:
        return _say(422, schema.sentence(error.errors()))

    @app.exception_handler(BusyError)
    def busy(_: Request, error: BusyError) -> Response:
        return _say(409, _sentence(error), {"Retry-After": "5"})

    @app.exception_handler(ArchiveError)
    def unable(_: Request, error: ArchiveError) -> Response:
        return _say(503, _sentence(error))

    @app.exception_handler(Exception)
    def failed(request: Request, error: Exception) -> Response:
        return _say(500, failure(error, request.url.path))

    @app.exception_handler(QuoteError)
    def changed(_: Request, error: QuoteError) -> Response:
        return _say(503, _sentence(error), {"Retry-After": "1"})


def _say(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    if unreadable(sentence, "answer"):
        sentence = sentence.encode(errors="replace").decode()
    return JSONResponse(problem(sentence), status, headers)


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]
