"""Language models by name, each through llama-index's integration of it, which is an optional extra."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from assistant.writing.wire import Wire

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

__all__ = ["PROVIDERS", "ProviderError", "open_llm"]

# Says nothing: the key itself is added on the wire, so that no client object ever holds it.
_PLACEHOLDER: Final = "added-on-the-wire"
_LOCAL_WINDOW: Final = 4096  # tokens; what Ollama and most local servers give a model unless told otherwise
_HOSTED_WINDOW: Final = 16_384  # the hosted models have more, which would only cost more
_MOST_TOKENS: Final = 4096  # of an answer with its thinking, where a provider must be given a number


class ProviderError(Exception):
    """The configured language model cannot be opened; the message says what to type."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """What an integration is opened with."""

    model: str
    url: str
    window: int
    key: str


@dataclass(frozen=True, slots=True)
class Provider:
    """How to reach a provider: its address, the variables that may hold its key, and what has to be installed."""

    open: Callable[[_Opening], LLM]
    module: str
    extra: str
    example: str
    url: str = ""
    keys: tuple[str, ...] = ()
    needs_key: bool = False
    window: int = _HOSTED_WINDOW


def open_llm(name: str, base_url: str = "", window: int = 0, environ: Mapping[str, str] | None = None) -> LLM:
    """The llama-index LLM for "provider:model".

    ``window`` is how many tokens the model takes, 0 for the provider's usual. The key is read from the provider's
    own variable in ``environ``, the process's environment unless given. Raises ProviderError for a name that is
    none, a missing extra, key or address, and an address that is none.
    """
    provider_name, _, model = name.partition(":")
    provider = PROVIDERS.get(provider_name)
    if provider is None or not model:
        known = ", ".join(f"{one}:{each.example}" for one, each in PROVIDERS.items())
        raise ProviderError(f"{name!r} names no language model: write one like {known}.")
    url = _checked_url(base_url or provider.url, provider_name)
    try:
        importlib.import_module(provider.module)
    except ImportError as error:
        raise ProviderError(f"{name} needs an extra: type pip install 'tanya[{provider.extra}]'.") from error

    environ = os.environ if environ is None else environ
    key = next((environ[variable] for variable in provider.keys if environ.get(variable)), "").strip()
    if provider.needs_key and not key:
        raise ProviderError(f"{name} needs a key: put it into the variable {provider.keys[0]}.")
    if not key.isascii() or not key.isprintable():
        raise ProviderError(f"the key in {provider.keys[0]} has a character that no key has: copy it again.")
    llm = provider.open(_Opening(model, url, window or provider.window, key))
    try:
        llm.metadata  # noqa: B018 - some integrations know a list of models, and look at it only when asked
    except ValueError as error:
        raise ProviderError(
            f"{name} is not a model that the installed extra knows: check its name, or type "
            f"pip install --upgrade 'tanya[{provider.extra}]'."
        ) from error
    return llm


def _checked_url(url: str, provider: str) -> str:
    parts = urlsplit(url)
    if not url:
        raise ProviderError(f"{provider} needs an address: set llm_url, for example to http://localhost:8000/v1.")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ProviderError("the language model's address must begin with http:// or https:// and name a host.")
    if parts.username or parts.password or parts.query:
        raise ProviderError("the language model's address must hold no key or password: those go into a variable.")
    return url.rstrip("/")


def _client(http: ModuleType, wire: Wire) -> Any:
    return http.Client(transport=wire, follow_redirects=False)


def _bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"} if key else {}


def _open_openai(opening: _Opening) -> LLM:
    """OpenAI's protocol. Its class for compatible servers takes models too that are newer than itself."""
    import httpx
    from llama_index.llms.openai_like import OpenAILike

    of_llama_index: Any = OpenAILike  # whose declared arguments leave out those of its base class
    llm: LLM = of_llama_index(
        model=opening.model,
        api_base=opening.url,
        api_key=_PLACEHOLDER,
        is_chat_model=True,
        context_window=opening.window,
        temperature=0.0,
        max_retries=0,
        http_client=_client(httpx, Wire(httpx, opening.url, _bearer(opening.key))),
    )
    return llm


def _open_ollama(opening: _Opening) -> LLM:
    import httpx
    import ollama
    from llama_index.llms.ollama import Ollama

    # Any authorization stops the client from sending a key of its own; the wire sends none but ours.
    client = ollama.Client(
        host=opening.url,
        headers={"authorization": _PLACEHOLDER},
        transport=Wire(httpx, opening.url, _bearer(opening.key)),
        follow_redirects=False,
    )
    llm: LLM = Ollama(
        model=opening.model,
        base_url=opening.url,
        context_window=opening.window,  # unless given, it is asked for over HTTP, and all of it is reserved
        temperature=0.0,
        client=client,
    )
    return llm


def _open_anthropic(opening: _Opening) -> LLM:
    import anthropic
    import httpx2
    from llama_index.llms.anthropic import Anthropic

    anthropic_llm: Any = Anthropic(
        model=opening.model,
        base_url=opening.url,
        api_key=_PLACEHOLDER,
        temperature=0.0,
        max_tokens=_MOST_TOKENS,
        max_retries=0,
    )
    # The integration takes no HTTP client, so its own is exchanged for one that goes through the wire.
    anthropic_llm._client = anthropic.Anthropic(
        api_key=_PLACEHOLDER,
        base_url=opening.url,
        max_retries=0,
        http_client=_client(httpx2, Wire(httpx2, opening.url, {"x-api-key": opening.key})),
    )
    llm: LLM = anthropic_llm
    return llm


def _open_gemini(opening: _Opening) -> LLM:
    import httpx
    from llama_index.llms.google_genai import GoogleGenAI

    wire = Wire(httpx, opening.url, {"x-goog-api-key": opening.key}, must_see=b'"finishReason"')
    options: Any = {"base_url": opening.url, "httpx_client": _client(httpx, wire)}
    llm: LLM = GoogleGenAI(
        model=opening.model,
        api_key=_PLACEHOLDER,
        max_tokens=_MOST_TOKENS,
        context_window=opening.window,  # with both numbers given it asks nobody for them
        max_retries=0,
        http_options=options,
        file_mode="inline",
    )
    return llm


PROVIDERS: Final[dict[str, Provider]] = {
    "ollama": Provider(
        _open_ollama,
        "llama_index.llms.ollama",
        "ollama",
        "qwen3",
        "http://localhost:11434",
        ("OLLAMA_API_KEY",),
        window=_LOCAL_WINDOW,
    ),
    "openai": Provider(
        _open_openai,
        "llama_index.llms.openai_like",
        "openai",
        "gpt-5-mini",
        "https://api.openai.com/v1",
        ("OPENAI_API_KEY",),
        needs_key=True,
    ),
    "anthropic": Provider(
        _open_anthropic,
        "llama_index.llms.anthropic",
        "anthropic",
        "claude-haiku-5-5",
        "https://api.anthropic.com",
        ("ANTHROPIC_API_KEY",),
        needs_key=True,
    ),
    "gemini": Provider(
        _open_gemini,
        "llama_index.llms.google_genai",
        "gemini",
        "gemini-3.7-flash",
        "https://generativelanguage.googleapis.com",
        ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        needs_key=True,
    ),
    "openai-like": Provider(
        _open_openai,
        "llama_index.llms.openai_like",
        "openai-like",
        "MODEL",
        keys=("OPENAI_LIKE_API_KEY",),
        window=_LOCAL_WINDOW,
    ),
}
