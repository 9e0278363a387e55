"""OpenAI's chat protocol under /v1, so that any chat client can use the archive as if it were a model."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Any, Final, Literal

from fastapi import Body, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from assistant.answer import Answer, Turn
from assistant.api_schema import Citation
from assistant.assistant import AnswerStream, Assistant, QuoteError
from assistant.incoming import MAX_HISTORY, MAX_QUESTION, unreadable
from assistant.refusals import openai_problem
from assistant.web.security import failure
from index import ArchiveError

__all__ = ["MODEL", "openai_app"]

MODEL: Final = "tanya"


class _Taken(BaseModel):
    model_config = ConfigDict(extra="ignore")  # clients send temperatures, tools and more: none of it applies


class Message(_Taken):
    """A message; its content is a text, or parts of which those of type "text" count."""

    role: str
    content: str | list[dict[str, Any]] | None = None

    @property
    def text(self) -> str:
        """What was written."""
        if isinstance(self.content, list):
            return "\n".join(str(part.get("text", "")) for part in self.content if part.get("type") == "text")
        return self.content or ""


class StreamOptions(_Taken):
    """What a stream holds beside its text."""

    include_usage: bool = False


class ChatRequest(_Taken):
    """A conversation that ends with the question."""

    messages: Annotated[list[Message], Field(min_length=1)]
    model: str = MODEL
    stream: bool = False
    stream_options: StreamOptions | None = None


def openai_app(assistant: Assistant) -> FastAPI:
    """The application to mount at /v1. Its errors have the shape that OpenAI's clients read."""
    app = FastAPI(title="Tanya as a model", docs_url=None, redoc_url=None, openapi_url=None)
    _add_errors(app)

    @app.get("/models")
    def models() -> dict[str, object]:
        return {"object": "list", "data": [_model()]}

    @app.get("/models/{name}")
    def model(name: str) -> dict[str, object]:
        if name != MODEL:
            raise HTTPException(404, f"There is no model of this name: the only one is “{MODEL}”.")
        return _model()

    @app.post("/chat/completions")
    def chat(asked: Annotated[ChatRequest, Body()]) -> Response:
        question, history = _conversation(asked.messages)
        if asked.stream:
            wants_usage = asked.stream_options is not None and asked.stream_options.include_usage
            return StreamingResponse(
                _chunks(assistant, question, history, wants_usage),
                media_type="text/event-stream",
                headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            )
        answer = assistant.ask(question, history)
        choice = {"index": 0, "message": {"role": "assistant", "content": answer.text}, "finish_reason": "stop"}
        return JSONResponse({**_head("chat.completion"), "choices": [choice], "usage": _usage(), **_proof(answer)})

    return app


def _model() -> dict[str, object]:
    return {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}


def _conversation(messages: list[Message]) -> tuple[str, list[Turn]]:
    """The last question, and the turns before it. What a client tells a model as its system is not for us."""
    spoken = [message for message in messages if message.role in ("user", "assistant") and message.text.strip()]
    if not spoken or spoken[-1].role != "user":
        raise HTTPException(400, "The last message must be the question, with the role “user”.")
    question = spoken[-1].text.strip()
    if len(question) > MAX_QUESTION:
        raise HTTPException(400, f"The question is longer than {MAX_QUESTION:,} characters: ask for less at once.")
    problem = unreadable(question, "question")
    if problem:
        raise HTTPException(400, problem)
    turns: list[Turn] = []
    for asked, answered in pairwise(spoken):
        if (asked.role, answered.role) == ("user", "assistant") and not unreadable(asked.text + answered.text, "text"):
            turns.append(Turn(asked.text[:MAX_QUESTION], answered.text))
    return question, turns[-MAX_HISTORY:]


# ---- what is given ------------------------------------------------------------------------------------------------


def _head(kind: Literal["chat.completion", "chat.completion.chunk"]) -> dict[str, object]:
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": kind,
        "created": int(time.time()),
        "model": MODEL,
        "system_fingerprint": None,
    }


def _usage() -> dict[str, int]:
    """Nothing is counted, but clients expect the numbers."""
    return {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def _proof(answer: Answer) -> dict[str, object]:
    """What the protocol has no field for; clients keep what they do not know, or leave it out."""
    return {
        "citations": [Citation.model_validate(one).model_dump(mode="json") for one in answer.citations],
        "outcome": answer.outcome,
        "writer_failure": answer.writer_failure,
    }


def _chunks(assistant: Assistant, question: str, history: list[Turn], wants_usage: bool) -> Iterator[str]:
    head = _head("chat.completion.chunk")
    usage = {"usage": None} if wants_usage else {}

    def chunk(delta: dict[str, str], finish: str | None = None, **more: object) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _event({**head, "choices": [choice], **usage, **more})

    yield chunk({"role": "assistant", "content": ""})
    try:
        stream: AnswerStream = assistant.stream(question, history)
        for piece in stream:
            yield chunk({"content": piece})
        yield chunk({}, "stop", **_proof(stream.answer))
    except (ArchiveError, QuoteError) as error:
        yield _event(openai_problem(503, _sentence(error)))
    except Exception as error:  # the response has begun: its status cannot say it any more, so an event must
        yield _event(openai_problem(500, failure(error, "/v1/chat/completions")))
    if wants_usage:
        yield _event({**head, "choices": [], "usage": _usage()})
    yield "data: [DONE]\n\n"


def _event(value: dict[str, object]) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


# ---- errors -------------------------------------------------------------------------------------------------------


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(HTTPException)
    def refused(_: Request, error: HTTPException) -> Response:
        return _say(error.status_code, str(error.detail))

    @app.exception_handler(RequestValidationError)
    def misunderstood(_: Request, error: RequestValidationError) -> Response:
        return _say(400, "The request is not as OpenAI's chat completions are: it needs “messages”.")

    @app.exception_handler(ArchiveError)
    def unable(_: Request, error: ArchiveError) -> Response:
        return _say(503, _sentence(error))

    @app.exception_handler(QuoteError)
    def changed(_: Request, error: QuoteError) -> Response:
        return _say(503, _sentence(error))

    @app.exception_handler(Exception)
    def failed(request: Request, error: Exception) -> Response:
        return _say(500, failure(error, request.url.path))


def _say(status: int, sentence: str) -> Response:
    return JSONResponse(openai_problem(status, sentence), status)


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]
