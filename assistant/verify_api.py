"""POST /api/verify: a text checked sentence by sentence, against the archive or against sources sent along."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from assistant.api_schema import READS, Day, LanguageCode, Line
from assistant.assistant import Assistant
from assistant.refusals import problem
from assistant.verify import ProblemKind, Source
from assistant.writing.deadline import Deadline
from index.language import detect_language
from index.splitting import sentences

__all__ = ["verify_router"]

MAX_TEXT: Final = 20_000  # characters
MAX_SENTENCES: Final = 200  # each is a search; the longest of 10,000 news articles has 175 in so many characters
MAX_SOURCES: Final = 20
SECONDS: Final = 30.0  # that a check may take: as long as a language model has for an answer
TOO_SLOW: Final = f"The check takes longer than {SECONDS:.0f} seconds: send the text in parts."


def _few_sentences(text: str) -> str:
    refused = _too_many(len(sentences(text, detect_language(text))))
    if refused:
        raise ValueError(refused)
    return text


def _too_many(count: int) -> str | None:
    if count <= MAX_SENTENCES:
        return None
    return f"The text has {count} sentences, more than the {MAX_SENTENCES} that are checked at once: send it in parts."


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class GivenSource(_Sent):
    """A text to check against."""

    text: Annotated[Line, Field(min_length=1)]
    title: Line = ""
    published: Day | None = None
    language: LanguageCode | None = None

    def as_source(self) -> Source:
        """The source as the verifier takes it."""
        return Source(self.text, self.title, self.published, self.language or detect_language(self.text))


class Verify(_Sent):
    """A text to check."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "Kazakhstan menambah anggaran pertahanan 441 miliar tenge."}]},
    )

    text: Annotated[
        Line,
        Field(min_length=1, max_length=MAX_TEXT, description=f"At most {MAX_SENTENCES} sentences."),
        AfterValidator(_few_sentences),
    ]
    sources: list[GivenSource] = Field(
        default=[], max_length=MAX_SOURCES, description="What to check against; where there is none, the archive."
    )


class _Given(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Problem(_Given):
    """Something that the source does not say: the sentence's text[start:end]."""

    kind: ProblemKind
    text: str
    start: int
    end: int


class Sentence(_Given):
    """A sentence, and whether one source supports all of it."""

    text: str
    supported: bool
    problems: list[Problem]
    article_id: str | None = Field(description="The best source: an article, or the number of a source, from “1”.")
    title: str
    quote: str | None = Field(description="Its sentence that fits best: its text[start:end].")
    start: int | None
    end: int | None


class Verified(_Given):
    """The sentences in order; `supported` is whether all are."""

    supported: bool
    sentences: list[Sentence]


def verify_router(assistant: Assistant) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/api", responses=READS)

    @router.post("/verify", tags=["ask"], summary="Check a text", response_model=Verified)
    def verify(given: Verify) -> Verified | JSONResponse:
        """Each number, date, name, quotation and negation of each sentence, and the rest by its words."""
        sources = [source.as_source() for source in given.sources]
        try:
            checked = assistant.verify(given.text, sources, Deadline.after(SECONDS))
        except TimeoutError:
            return JSONResponse(problem(TOO_SLOW), 503)
        return Verified.model_validate(
            {"supported": all(one.supported for one in checked), "sentences": checked}, from_attributes=True
        )

    return router
