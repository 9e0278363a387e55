"""What the HTTP API takes and gives, as its OpenAPI description shows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import Path, Query
from fastapi.exceptions import RequestValidationError
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    computed_field,
    model_validator,
)
from pydantic_core import CoreSchema

from assistant.incoming import MAX_HISTORY, MAX_QUESTION, unreadable
from assistant.refusals import in_indonesian
from index import IndexStatus

__all__ = [
    "EVENTS_EXAMPLE",
    "MAX_SOURCES",
    "NOT_JSON",
    "NOT_THERE",
    "OPERATORS",
    "READS",
    "WRITES",
    "Added",
    "Answer",
    "Article",
    "ArticleId",
    "ArticleList",
    "Ask",
    "FileName",
    "Filters",
    "Health",
    "Line",
    "NewArticles",
    "Problem",
    "QuestionText",
    "Rebuild",
    "Removed",
    "SearchAnswer",
    "WebPage",
    "filters",
    "sentence",
]

NOT_JSON: Final = "The body is not JSON: check its brackets, commas and quotes."
EVENTS_EXAMPLE: Final = (
    'event: text\ndata: {"text": "**441 miliar tenge**"}\n\nevent: answer\ndata: {"outcome": "answer", …}\n\n'
)


# ---- single values ------------------------------------------------------------------------------------------------


def _sound(text: str) -> str:
    problem = unreadable(text, "text")
    if problem:
        raise ValueError(problem)
    return text


def _asked(text: str) -> str:
    if not text.strip():
        raise ValueError("The question is empty: write one.")
    return text


def _iso_day(value: object) -> object:
    """Pydantic would take a number for seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError(f"“{value[:40]}” is not a date: write it as YYYY-MM-DD.")
    if value is not None and not isinstance(value, str | date):
        raise ValueError("A date is a text: write it as YYYY-MM-DD.")
    return value


@dataclass(frozen=True, slots=True)
class _Written:
    """What the description says of a text's characters; a validator refuses others in a sentence."""

    pattern: str

    def __get_pydantic_json_schema__(self, text: CoreSchema, described: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**described(text), "pattern": self.pattern}


Line = Annotated[str, AfterValidator(_sound), _Written(r"^[^\x00]*$")]
QuestionText = Annotated[
    str,
    Field(min_length=1, max_length=MAX_QUESTION),
    AfterValidator(_sound),
    AfterValidator(_asked),
    _Written(r"^[^\x00]*[^\s\x00][^\x00]*$"),
]
Day = Annotated[date, BeforeValidator(_iso_day)]
LanguageCode = Literal["id", "en"]
ArticleId = Annotated[
    str,
    Path(min_length=1, max_length=1000, description="The article's id, or that of a copy.", examples=["gatra-000"]),
    AfterValidator(_sound),
]
FileName = Annotated[
    Line,
    Query(
        min_length=1,
        max_length=200,
        description="What the file is called; its ending says what it is.",
        examples=["berita.pdf"],
    ),
]
MAX_SOURCES: Final = 500  # outlets in one filter: as many as the page offers
Source = Annotated[Line, Field(min_length=1, max_length=200)]
Sources = Annotated[list[Source], Field(max_length=MAX_SOURCES)]


class Filters(BaseModel):
    """Which articles count."""

    since: Day | None = None
    until: Day | None = None
    source: Sources = []
    language: LanguageCode | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Filters:
        if self.since and self.until and self.since > self.until:
            raise ValueError(_OUT_OF_ORDER)
        return self


_OUT_OF_ORDER: Final = "“since” is after “until”: no day is both."


def filters(
    since: Annotated[Day | None, Query(description="Published on this day or later.", examples=["2022-07-01"])] = None,
    until: Annotated[
        Day | None, Query(description="Published on this day or earlier.", examples=["2022-12-31"])
    ] = None,
    source: Annotated[
        Sources,
        Query(description="An outlet's name, or part of it; repeated for any of several.", examples=[["Gatra.com"]]),
    ] = [],  # noqa: B006 (FastAPI copies it)
    language: Annotated[LanguageCode | None, Query(description="The article's language.")] = None,
) -> Filters:
    """The filters of a request. An article whose date or outlet is unknown passes no filter on it."""
    if since and until and since > until:
        raise RequestValidationError([{"type": "value_error", "loc": ("query", "since"), "msg": _OUT_OF_ORDER}])
    return Filters(since=since, until=until, source=source, language=language)


# ---- what is sent -------------------------------------------------------------------------------------------------


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Turn(_Sent):
    """An earlier question and what was answered."""

    question: Annotated[Line, Field(max_length=MAX_QUESTION)]
    answer: Annotated[Line, Field(max_length=8_000)]


class Ask(_Sent):
    """A question in its conversation, and which articles may answer it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question": "Berapa tambahan anggaran pertahanan Kazakhstan?"}]}
    )

    question: QuestionText
    history: list[Turn] = Field(default=[], max_length=MAX_HISTORY, description="Earlier turns, oldest first.")
    since: Day | None = Field(None, description="Only articles published on this day or later.")
    until: Day | None = Field(None, description="Only articles published on this day or earlier.")
    source: Source | Sources | None = Field(
        None, description="Only articles of this outlet: its name, or part of it; or of any of several in a list."
    )
    language: LanguageCode | None = Field(None, description="Only articles in this language.")
    implied: bool = Field(
        True, description="Whether a time or an outlet that the question names (“pekan lalu”) keeps to it."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Ask:
        if self.since and self.until and self.since > self.until:
            raise ValueError(_OUT_OF_ORDER)
        return self


class NewArticle(_Sent):
    """An article to add."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "kabar-17",
                    "title": "Jembatan baru dibuka",
                    "text": "Jembatan baru di Kota Seroja dibuka pada Senin (3/3). Biayanya Rp 12 miliar.",
                    "source": "Kabar Seroja",
                    "published": "2025-03-03",
                    "url": "https://kabar.example/17",
                }
            ]
        }
    )

    text: Annotated[Line, Field(min_length=1)]
    title: Line = ""
    id: Annotated[
        Line, Field(max_length=200, description="Its id for good; made from the content where there is none.")
    ] = ""
    source: Annotated[Line, Field(description="The outlet.")] = ""
    published: Day | None = None
    authors: list[Line] = []
    place: Annotated[Line, Field(description="Where it was filed.")] = ""
    url: Line = ""
    language: LanguageCode | None = None


class WebPage(_Sent):
    """Where an article is on the web."""

    url: Annotated[Line, Field(min_length=1, max_length=2_000, examples=["https://kabar.example/17"])]


NewArticles = Annotated[list[NewArticle], Field(min_length=1)] | NewArticle


# ---- what is given ------------------------------------------------------------------------------------------------


class _Given(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Problem(_Given):
    """What went wrong, in a sentence."""

    error: str = Field(examples=["“25/7/2022” is not a date: write it as YYYY-MM-DD."])
    error_indonesian: str | None = Field(
        default=None, description="The same in Indonesian, where a file or page was refused."
    )


Responses = dict[int | str, dict[str, Any]]


def _problem(description: str) -> dict[str, Any]:
    return {"model": Problem, "description": description}


# What any route may answer beside what it is for.
READS: Final[Responses] = {
    400: _problem("The body is not JSON."),
    401: _problem("A reader token is configured, and the request carries neither it nor the operator's."),
    403: _problem("Another site's page asked, or the token does not open this."),
    408: _problem("The body did not arrive in time."),
    413: _problem("The request is larger than 64 kB."),
    421: _problem("The request has another name than this server's."),
    422: _problem("Something in the request is not as described; the sentence says what."),
    429: _problem("Too many wrong tokens, or votes, came from this address."),
    503: _problem("The index cannot answer now; the sentence says why."),
}
OPERATORS: Final[Responses] = {
    **READS,
    401: _problem("An operator token is configured, and the request does not carry it."),
    403: _problem("No operator token is configured, and the request is not from this machine."),
}
WRITES: Final[Responses] = {**OPERATORS, 409: _problem("Another process is writing; the sentence says which.")}
NOT_THERE: Final[Responses] = {404: _problem("No article has this id.")}


class Copy(_Given):
    """The same text under another id."""

    id: str
    title: str
    source: str
    published: date | None
    url: str


class Passage(_Given):
    """A run of sentences: `text` is the article's `text[start:end]`, in characters (Unicode code points)."""

    id: int
    article_id: str
    start: int
    end: int
    text: str
    title: str
    source: str
    published: date | None
    url: str
    language: str
    place: str


class SearchResult(_Given):
    """A passage and how well it fits; ranks count from 1 and are null where a leg did not find it."""

    passage: Passage
    score: float
    lexical_rank: int | None
    lexical_score: float | None
    dense_rank: int | None
    dense_score: float | None
    also_in: list[Copy]


class SearchAnswer(_Given):
    """What was found, best first."""

    question: str
    results: list[SearchResult]


class Citation(_Given):
    """An exact quote: the article's `text[start:end] == quote`, in characters (Unicode code points)."""

    number: int
    article_id: str
    title: str
    source: str
    published: date | None
    url: str
    quote: str
    start: int
    end: int
    passage_start: int
    passage_end: int
    short_start: int | None
    short_end: int | None
    language: str
    place: str
    also_in: list[Copy]
    statement: int = Field(description="Sources with the same number say the same, others say otherwise.")
    lexical_rank: int | None
    lexical_score: float | None
    dense_rank: int | None
    dense_score: float | None


class UnsupportedPart(_Given):
    """What of a sentence is not in its sources: the sentence's `text[start:end]`."""

    kind: str = Field(examples=["amount"])
    text: str
    start: int
    end: int


class AnswerSentence(_Given):
    """A sentence of a language model's, checked against what it cites; `citations` are the numbers of its proofs."""

    text: str
    supported: bool
    problems: list[UnsupportedPart]
    citations: list[int]


class Answer(_Given):
    """An answer with its proof, or that the archive does not hold one (`outcome` "none", with `reason` and `leads`)."""

    question: str
    answered: bool = Field(description='Whether this is a sure answer: `outcome` is "answer".')
    outcome: Literal["answer", "closest", "none"]
    text: str = Field(description="What a person reads: Markdown with [1] marks, in the question's language.")
    short: str | None = Field(description="The short answer alone.", examples=["441 miliar tenge (US$918 juta)"])
    confidence: float = Field(ge=0, le=1)
    language: str
    citations: list[Citation]
    leads: list[SearchResult] = Field(description="The nearest passages, where there is no sure answer.")
    rewritten: str | None = Field(description="A follow-up as it was understood.")
    reason: str | None = Field(description="Why nothing was found.")
    since: date | None = Field(description="What the search was kept to, given or implied by the words; see `source`.")
    until: date | None
    source: str | list[str] | None = Field(description="An outlet, or a list where several were given.")
    sentences: list[AnswerSentence] = Field(description="What a language model wrote, where one is configured.")
    written_by: str | None = Field(description="The language model's name where the text is its.")
    writer_failure: str | None = Field(description="Why it is not, in a sentence.")


class ArticleSummary(_Given):
    """An article without its text."""

    id: str
    title: str
    source: str
    published: date | None
    authors: list[str]
    place: str
    url: str
    language: str
    copies: list[Copy]


class Article(ArticleSummary):
    """An article. Citations point into `text`, in characters (Unicode code points)."""

    text: str


class ArticleList(_Given):
    """A page of articles, and how many there are in all."""

    articles: list[ArticleSummary]
    total: int
    offset: int
    limit: int


class Refused(_Given):
    """What was not added, and why."""

    path: str
    reason: str

    @computed_field(description="`reason` in Indonesian.")  # type: ignore[prop-decorator]
    @property
    def reason_indonesian(self) -> str:
        """What the page shows to who reads Indonesian."""
        return in_indonesian(self.reason) or self.reason


class Added(_Given):
    """What became of the articles sent."""

    added: int
    updated: int
    unchanged: int
    copied: int
    passages: int
    rejected: list[Refused]


class Removed(_Given):
    """How many articles were removed."""

    removed: int


class Live(_Given):
    """The server runs."""

    live: Literal[True] = True


class Ready(_Given):
    """It answers; `why` has a sentence for each thing that is not as it should be."""

    ready: Literal[True] = True
    degraded: bool
    why: list[str]


def _utc(moment: datetime) -> datetime:
    """With its zone: RFC 3339, which the description promises, knows no moment without one."""
    return moment.replace(tzinfo=UTC)


class Health(_Given):
    """What the archive holds. `tail` passages are newer than the sealed `generation` of vectors."""

    status: Literal["ok", "degraded"] = "ok"
    live: Literal[True] = True
    ready: Literal[True] = True
    degraded: bool = False
    why: list[str] = Field(default=[], description="A sentence for each thing that is not as it should be.")
    articles: int
    copies: int
    passages: int
    generation: int | None
    built: Annotated[datetime, BeforeValidator(_utc)] | None
    tail: int
    model: str
    lexicon_behind: int
    vectors: str | None = Field(description="The Chroma server of the generations; null for the data folder.")

    @classmethod
    def of(cls, status: IndexStatus, why: Sequence[str]) -> Health:
        """What is held, and what is wrong with it."""
        health = cls.model_validate(status)
        named: Literal["ok", "degraded"] = "degraded" if why else "ok"
        return health.model_copy(update={"status": named, "degraded": bool(why), "why": list(why)})


class Rebuild(_Given):
    """How far the rebuild of now is (`running`), or how the last one ended (`error` where it failed)."""

    running: bool
    stage: Literal["lexicon", "embed", "vectors", "read"] | None = Field(description="What is being made.")
    done: int
    total: int | None = Field(description="Of how many; null while that is unknown.")
    error: str | None

    @computed_field
    def error_indonesian(self) -> str | None:
        """The error in Indonesian, where there are words for it."""
        return in_indonesian(self.error) if self.error else None


# ---- sentences ----------------------------------------------------------------------------------------------------


def sentence(errors: Sequence[Any]) -> str:
    """The first of pydantic's complaints as a sentence for whoever sent the request."""
    if not errors:
        return "The request is not as described at /docs."
    first = errors[0]
    message = str(first.get("msg", "")).removeprefix("Value error, ").strip()
    if first.get("type") == "json_invalid":
        return NOT_JSON
    if message.endswith((".", "!")):
        return message
    where = ".".join(str(part) for part in first.get("loc", ()) if part not in ("body", "query", "path"))
    where = where.encode(errors="replace").decode()[:80]
    name = f"“{where}”" if where else "The body"
    return f"{name} is not as it should be: {message[:1].lower()}{message[1:]}."
