"""One process that serves: the chat page, the articles, the HTTP API."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.types import ASGIApp

from assistant.api import add_api
from assistant.assistant import Assistant
from assistant.config import Config, ConfigError
from assistant.logs import start_logging
from assistant.messages import say
from assistant.openai_api import openai_app
from assistant.opening import open_index
from assistant.tracing import open_tracing
from assistant.verify_api import verify_router
from assistant.web.api_docs import api_docs_html
from assistant.web.archive_pages import archive_router
from assistant.web.bodies import Bodies
from assistant.web.crowd import RETRY_AFTER, Crowd, Gate
from assistant.web.dangers import dangerous_setting, dangerous_variable
from assistant.web.feedback import FILE, Feedback, feedback_router
from assistant.web.follow_ups import follow_ups_router
from assistant.web.login import Login, Tokens
from assistant.web.metrics import Metrics
from assistant.web.pages import head, page, pages_router
from assistant.web.requests import Requests, metrics_router
from assistant.web.security import Guard, is_local_name
from index import Index
from index.stages import listening

__all__ = ["create_app", "serve"]

M_ARENA_MAX: Final = -8  # malloc.h of glibc
HEAPS: Final = 2
GRACE: Final = 2  # seconds for running answers when it is stopped; open pages would hold it for ever
KEEP_ALIVE: Final = 2 * RETRY_AFTER  # seconds: who was told to come back meets no connection that is just being closed
_DESCRIPTION: Final = (
    "Ask an archive of news articles and get answers with exact quotes. Every error is an object with one sentence "
    "in “error”. Dates are YYYY-MM-DD. Offsets count characters (Unicode code points) of an article's text."
)
# Gradio reads these when it is imported. It would otherwise call api.gradio.app and huggingface.co.
_GRADIO_QUIET: Final = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    # It would otherwise tabulate its last 10,000 events after each of them, for a page of figures that is closed.
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


def create_app(index: Index, assistant: Assistant, config: Config) -> ASGIApp:
    """The whole application: page at "/", articles at "/article/...", API at "/api/...", its description at "/docs".

    Raises ConfigError where a variable of the environment would open the page to the world, or the vectors otherwise.
    """
    name = dangerous_variable(os.environ)
    if name is not None:
        raise ConfigError(f"{name} is set in the environment, and Tanya does not run with it: unset it.")
    os.environ.update(_GRADIO_QUIET)
    import gradio  # after the environment is set, and 2.6 s that only a server needs

    from assistant.web.page import chat_page, events_of

    crowd = Crowd.of(config)
    metrics = Metrics(index, assistant, crowd)
    tracing = open_tracing(os.environ)
    requests = Requests(metrics, tracing, config.operator_token)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with listening(metrics, *[tracing] if tracing else []):
            yield
        if tracing:
            tracing.close()

    app = FastAPI(
        title="Tanya", description=_DESCRIPTION, version="1", docs_url=None, redoc_url=None, lifespan=lifespan
    )
    add_api(app, index, assistant, config)
    app.include_router(verify_router(assistant))
    app.mount("/v1", openai_app(assistant))
    app.include_router(follow_ups_router(index, assistant))
    app.include_router(feedback_router(Feedback(Path(config.data) / FILE), config.operator_token))
    app.include_router(pages_router(index))
    app.include_router(archive_router(index, config))
    app.include_router(metrics_router(metrics, config.operator_token))

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(page("HTTP API", api_docs_html(app.openapi()), "en", "docs"))

    chat = chat_page(index, assistant, crowd, requests)
    gradio.mount_gradio_app(
        app,
        chat,
        "/",
        show_error=False,
        footer_links=[],
        run_history=False,
        max_file_size="1kb",
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        theme=gradio.themes.Base(font=["Source Sans Pro", "system-ui", "sans-serif"]),
    )
    bodies = Bodies(
        Gate(app, crowd),
        token=config.operator_token,
        article_bytes=int(config.max_file_mb * 1024 * 1024),
        events=events_of(chat),
    )
    guard = Guard(
        Login(bodies, Tokens.of(config)),
        token=config.operator_token,
        others=(config.reader_token, config.asker_token),
        head=head("chat.js"),
        # With an operator token a proxy may stand in front, and hand on the name that the world knows.
        local_names=is_local_name(config.host) and not config.operator_token,
    )
    return requests.around(guard)


def serve(config: Config) -> None:
    """Open the index and serve it until interrupted.

    Raises ConfigError (address, environment, settings that would open it to strangers) and ArchiveError.
    """
    danger = dangerous_setting(config)
    if danger is not None:
        raise ConfigError(danger)
    _keep_memory_together()
    with _listen(config) as listening, open_index(config) as index:
        _serve(create_app(index, Assistant(index, config=config), config), listening, config)


def _keep_memory_together() -> None:
    """Two heaps for all threads instead of one for each.

    glibc keeps for each thread what it has freed: under questions and rebuilds a server grew by half until every heap
    was as large as the largest job (docs/crowds.md). Other C libraries have no such call, and do not need it.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if set_option is not None:
        set_option(M_ARENA_MAX, HEAPS)


def _serve(app: ASGIApp, listening: socket.socket, config: Config) -> None:
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else {"0.0.0.0": "127.0.0.1"}.get(host, host)
    start_logging(config.log_format, config.log_questions)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            log_config=None,  # ours, in one form
            proxy_headers=False,  # who may write is judged by the connection itself
            server_header=False,
            timeout_graceful_shutdown=GRACE,
            timeout_keep_alive=KEEP_ALIVE,
        )
    )
    print(say("open_at", config.language, url=f"http://{shown}:{port}"), flush=True)
    server.run(sockets=[listening])


def _listen(config: Config) -> socket.socket:
    """A socket on the configured address. Where the default port is taken, any free one; another port is meant."""
    try:
        return _bound(config.host, config.port)
    except OSError as error:
        if config.port != Config().port:
            raise ConfigError(
                f"cannot listen on {config.host} port {config.port} ({error.strerror}): choose another port."
            ) from error
    try:
        return _bound(config.host, 0)
    except OSError as error:
        raise ConfigError(f"cannot listen on {config.host} ({error.strerror}): choose another host.") from error


def _bound(host: str, port: int) -> socket.socket:
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(2048)
    except OSError:
        listening.close()
        raise
    return listening
