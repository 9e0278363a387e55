"""The outermost layer: every request gets an id, and in the end a line in the log, a count, and a span."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.logs import REQUEST_ID, begin_request, request_id
from assistant.refusals import problem
from assistant.tracing import Tracing
from assistant.web.metrics import Metrics
from assistant.web.security import operator_refusal

__all__ = ["LEFT", "Outcome", "Requests", "metrics_router"]

LEFT: Final = 499  # nginx's number for who left before the answer was there
CHAT: Final = "chat"  # the route of a question on the page: it comes in one request and its answer by another
_NOWHERE: Final = "(none)"  # addresses that no route has: one label for whatever strangers try
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = logging.getLogger(__name__)


@dataclass
class Outcome:
    """What becomes of a request."""

    status: int = 200
    route: str = _NOWHERE

    def fail(self) -> None:
        """Something went wrong that the reader was told of."""
        self.status = 500


class Requests:
    """Sees all requests of one application."""

    def __init__(self, metrics: Metrics, tracing: Tracing | None, token: str) -> None:
        """``token`` is the operator's, to say who asked."""
        self._metrics = metrics
        self._tracing = tracing
        self._token = token

    def around(self, app: ASGIApp) -> ASGIApp:
        """The application with this layer around it."""

        async def seen(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            headers = MutableHeaders(scope=scope)
            number = begin_request(headers.get(REQUEST_ID, ""))
            headers[REQUEST_ID] = number  # as it is known here, for who reads it further in
            role = "reader" if operator_refusal(scope, self._token) else "operator"
            method = scope["method"] if scope["method"] in _METHODS else "other"
            with self._observed(method, role, headers) as outcome:
                outcome.status = LEFT

                async def answer(message: Message) -> None:
                    if message["type"] == "http.response.start":
                        outcome.status = message["status"]
                        MutableHeaders(scope=message)[REQUEST_ID] = number
                    await send(message)

                try:
                    await app(scope, receive, answer)
                finally:
                    outcome.route = _route(scope)

        return seen

    @contextmanager
    def question(self, headers: Mapping[str, str]) -> Iterator[Outcome]:
        """A question on the page. Its id is that of the request that it came in."""
        begin_request(headers.get(REQUEST_ID.lower(), ""))
        with self._observed("POST", "reader", headers) as outcome:
            outcome.route = CHAT
            yield outcome

    @contextmanager
    def _observed(self, method: str, role: str, headers: Mapping[str, str]) -> Iterator[Outcome]:
        outcome = Outcome()
        begun = time.perf_counter()
        with self._tracing.request(headers) if self._tracing else nullcontext() as span:
            try:
                yield outcome
            finally:
                self._metrics.request(outcome.route, method, outcome.status)
                fields = {"method": method, "route": outcome.route, "status": outcome.status}
                if span is not None:
                    span.update_name(f"{method} {outcome.route}")
                    span.set_attributes(
                        {
                            "http.request.method": method,
                            "http.route": outcome.route,
                            "http.response.status_code": outcome.status,
                            "tanya.request_id": request_id(),
                        }
                    )
                spent = round(1000 * (time.perf_counter() - begun), 1)
                log.info("request", extra={"fields": {**fields, "ms": spent, "role": role}})


def metrics_router(metrics: Metrics, token: str) -> APIRouter:
    """The route that Prometheus reads: from this machine, or with the operator token."""
    router = APIRouter(include_in_schema=False)

    @router.get("/metrics")
    def read(request: Request) -> Response:
        refusal = operator_refusal(request.scope, token)
        if refusal is not None:
            return JSONResponse(problem(refusal[1]), refusal[0])
        return Response(metrics.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return router


def _route(scope: Scope) -> str:
    """The template of the route that answered ("/api/articles/{article_id}"), never the address as it was sent."""
    if scope["path"] == "/":  # the chat page is answered in a scope of its own
        return "/"
    route = getattr(scope.get("route"), "path", None)
    return f"{scope.get('root_path', '')}{route}" if isinstance(route, str) else _NOWHERE
