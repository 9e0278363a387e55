"""The optional language model: writes an answer from numbered passages, or says honestly why it did not.

Nothing that a model or its server does can hold the caller up longer than the deadline, or raise.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from assistant.answer import Turn
from assistant.writing.deadline import Call, Deadline, produced_in_time
from assistant.writing.draft import Draft
from assistant.writing.failures import WriterFailure, WritingError, kind_of
from assistant.writing.prompting import Asked, Budget, QuotedPassage, answer_prompt, budget_of, rewrite_prompt
from assistant.writing.providers import open_llm
from index.stages import count
from prompts import Prompts, load_prompts

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

__all__ = ["Asked", "Draft", "QuotedPassage", "Writer", "open_writer"]

DEADLINE: Final = 30.0  # seconds for a whole answer
FAILURES_IN_A_ROW: Final = 5
REST: Final = 60.0  # seconds
_MOST_CHARACTERS: Final = 60_000  # of a reply with its thinking; an answer has under 2,000
# Rewriting a question may take this share of the deadline, and no longer than so many seconds.
_REWRITE_SHARE: Final = 1 / 3
_REWRITE_SECONDS: Final = 10.0
_LONGEST_QUESTION: Final = 400  # characters of a rewritten question; more is an answer, or talk
# What servers call the end of a reply that ran into its limit.
_CUT_BY_LIMIT: Final = frozenset({"length", "max_tokens", "MAX_TOKENS"})

log = logging.getLogger(__name__)


def open_writer(
    llm: str | LLM | None,
    base_url: str = "",
    deadline: float = DEADLINE,
    *,
    window: int = 0,
    prompts: str = "",
    environ: Mapping[str, str] | None = None,
) -> Writer | None:
    """The writer for a model by name ("ollama:qwen3") or for any llama-index LLM; None for none.

    ``base_url`` is the server's address where it is not the provider's own, ``window`` the number of tokens that
    the model takes where it is not the usual, ``prompts`` a folder with prompts of one's own. Raises
    ProviderError or PromptError with what to do.
    """
    if not llm:
        return None
    texts = load_prompts(prompts)
    if isinstance(llm, str):
        return Writer(open_llm(llm, base_url, window, environ), llm, deadline, window=window, prompts=texts)
    return Writer(_without_retries(llm), type(llm).__name__, deadline, window=window, prompts=texts)


def _without_retries(llm: LLM) -> LLM:
    """A copy that asks once: a retry only spends the deadline."""
    if getattr(llm, "max_retries", 0):
        return llm.model_copy(update={"max_retries": 0})
    return llm


class Writer:
    """A language model that is held to a deadline and to its sources. Threads may share it."""

    def __init__(
        self,
        llm: LLM,
        name: str,
        deadline: float = DEADLINE,
        *,
        window: int = 0,
        prompts: Prompts | None = None,
        today: Callable[[], date] = date.today,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``deadline`` is in seconds; ``clock`` is what the rest after failures is measured by."""
        self.name = name
        self._llm = llm
        self._seconds = deadline
        self._window = window
        self._prompts = prompts or load_prompts()
        self._today = today
        self._breaker = _Breaker(clock)

    def __repr__(self) -> str:
        return f"Writer({self.name!r})"

    @property
    def rests(self) -> bool:
        """Whether it is left alone for a while, because it failed several times in a row."""
        return self._breaker.resting

    def deadline(self) -> Deadline:
        """The deadline of one question, from now: give it to ``rewrite`` and ``write``, which then share it."""
        return Deadline.after(self._seconds)

    def write(
        self,
        question: Asked,
        evidence: Sequence[QuotedPassage],
        history: Sequence[Turn] = (),
        deadline: Deadline | None = None,
    ) -> Draft:
        """An answer from the evidence, best passage first. Never raises: ``failed`` says why there is none."""

        def prompt(budget: Budget) -> tuple[str, str]:
            return answer_prompt(self._prompts, question, evidence, history, self._today(), budget)

        return Draft(
            self._deltas(prompt, deadline or self.deadline()),
            frozenset(passage.number for passage in evidence),
            self._told,
            self._seconds,
        )

    def rewrite(self, question: Asked, history: Sequence[Turn], deadline: Deadline | None = None) -> str | None:
        """A follow-up made to stand alone, or the question itself where it does already.

        None where there is no conversation, or the model failed or wrote something else: then rules have to do.
        """
        if not history:
            return None

        def prompt(budget: Budget) -> tuple[str, str]:
            return rewrite_prompt(self._prompts, question, history, budget)

        limit = (deadline or self.deadline()).part(_REWRITE_SHARE, _REWRITE_SECONDS)
        draft = Draft(self._deltas(prompt, limit), (), self._told, limit.seconds)
        lines = [line for line in draft.read().strip().splitlines() if line.strip()]
        if draft.failed or len(lines) != 1:
            return None
        rewritten = re.sub(r"\s+", " ", lines[0]).strip(" \"“”'*`")
        return rewritten if 0 < len(rewritten) <= _LONGEST_QUESTION else None

    def _told(self, failure: WriterFailure | None) -> None:
        """How a call went, for the breaker and for whoever counts."""
        if failure is not None:
            count("writer_failures", failure.kind)
        self._breaker.told(failure)

    # ---- one call -------------------------------------------------------------------------------------------------

    def _deltas(self, prompt: Callable[[Budget], tuple[str, str]], deadline: Deadline) -> Generator[str, None, None]:
        """The reply in the model's own pieces; raises WritingError and nothing else."""
        if self._breaker.resting:
            raise WritingError("resting")
        try:
            yield from produced_in_time(Call(deadline), lambda: self._reply(prompt))
        except Exception as error:  # of any library; what it means is worked out, and never shown as it is
            failure = kind_of(error)
            log.warning("the language model %s failed: %s", self.name, failure)
            raise failure from error

    def _reply(self, prompt: Callable[[Budget], tuple[str, str]]) -> Generator[str, None, None]:
        """What is said to the model and what it says, in the thread that may be left behind."""
        from llama_index.core.llms import ChatMessage, MessageRole

        system, user = prompt(budget_of(self._llm, self._window))
        messages = [
            ChatMessage(role=MessageRole.SYSTEM, content=system),
            ChatMessage(role=MessageRole.USER, content=user),
        ]
        written, end = 0, _End()
        for response in self._llm.stream_chat(messages):
            delta = response.delta or ""
            written += len(delta)
            if written > _MOST_CHARACTERS:
                raise WritingError("endless")
            end.see(response)
            yield delta
        end.check()


class _End:
    """How a reply ended, as far as its server tells. A stream that just stops looks complete to its client."""

    def __init__(self) -> None:
        self._expected = False
        self._reason = ""

    def see(self, response: Any) -> None:
        raw = response.raw
        if getattr(raw, "choices", None) is not None:  # OpenAI's protocol
            self._expected = True
            self._reason = next((str(one.finish_reason) for one in raw.choices if one.finish_reason), self._reason)
        elif isinstance(raw, dict) and "done" in raw:  # Ollama's
            self._expected = True
            self._reason = str(raw.get("done_reason") or "stop") if raw["done"] else self._reason
        elif "stop_reason" in response.message.additional_kwargs:  # Anthropic's
            self._expected = True
            self._reason = str(response.message.additional_kwargs["stop_reason"] or self._reason)

    def check(self) -> None:
        """Raise WritingError where the reply is not whole."""
        if self._expected and not self._reason:
            raise WritingError("cut")
        if self._reason in _CUT_BY_LIMIT:
            raise WritingError("too long")


class _Breaker:
    """After five failures in a row the model is left alone for a minute; then one more failure is enough."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._rests_until = 0.0

    @property
    def resting(self) -> bool:
        with self._lock:
            return self._failures >= FAILURES_IN_A_ROW and self._clock() < self._rests_until

    def told(self, failure: WriterFailure | None) -> None:
        """How a call went. Being told of the rest itself prolongs nothing."""
        with self._lock:
            if failure is None:
                self._failures = 0
            elif failure.kind != "resting":
                self._failures += 1
                self._rests_until = self._clock() + REST
