"""A language model that says what it is told to say, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.bridge.pydantic import Field
from llama_index.core.llms import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    CustomLLM,
    LLMMetadata,
)


class ScriptedLLM(CustomLLM):
    """Replays ``replies`` in order, ``step`` characters at a time; ``asked`` holds every conversation it was sent.

    A reply that is an exception is raised. When the replies are used up, the last one comes again.
    """

    replies: list[Any]
    step: int = 3
    window: int = 4096
    asked: list[list[ChatMessage]] = Field(default_factory=list)

    @property
    def metadata(self) -> LLMMetadata:
        """Its window, and that it chats."""
        return LLMMetadata(context_window=self.window, is_chat_model=True, model_name="scripted")

    @property
    def prompts(self) -> list[str]:
        """What it was asked, each as one text."""
        return ["\n".join(str(message.content) for message in messages) for messages in self.asked]

    def _next(self, messages: Sequence[ChatMessage]) -> str:
        reply = self.replies[min(len(self.asked), len(self.replies) - 1)]
        self.asked.append(list(messages))
        if isinstance(reply, BaseException):
            raise reply
        return str(reply)

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The next reply as a whole."""
        return ChatResponse(message=ChatMessage(role="assistant", content=self._next(messages)))

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """The next reply in pieces."""
        reply = self._next(messages)
        for start in range(0, len(reply), self.step):
            yield ChatResponse(
                message=ChatMessage(role="assistant", content=reply[: start + self.step]),
                delta=reply[start : start + self.step],
            )

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """The next reply, for a caller that does not chat."""
        return CompletionResponse(text=self._next([ChatMessage(role="user", content=prompt)]))

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """The next reply at once."""
        text = self._next([ChatMessage(role="user", content=prompt)])
        yield CompletionResponse(text=text, delta=text)
