"""Why a language model wrote nothing that can be used: sentences for readers, and the error each comes from.

No sentence holds a word that a server sent: it could be a key, a page, or an instruction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["FAILURES", "FailureKind", "WriterFailure", "WritingError", "kind_of", "kind_of_status"]

FailureKind = Literal[
    "unknown host",
    "unreachable",
    "late",
    "slow",
    "cut",
    "key",
    "unknown model",
    "busy",
    "rejected",
    "server",
    "web page",
    "unreadable",
    "endless",
    "too long",
    "empty",
    "no room",
    "resting",
    "other",
]

FAILURES: Final[dict[str, dict[FailureKind, str]]] = {
    "id": {
        "unknown host": "Alamat model bahasa tidak ditemukan.",
        "unreachable": "Model bahasa tidak dapat dihubungi.",
        "late": "Model bahasa tidak menjawab dalam {seconds} detik.",
        "slow": "Model bahasa tidak selesai menulis dalam {seconds} detik.",
        "cut": "Sambungan ke model bahasa terputus sebelum jawabannya selesai.",
        "key": "Model bahasa menolak kuncinya (HTTP {status}).",
        "unknown model": "Model bahasa yang diatur tidak ada di alamat itu (HTTP {status}).",
        "busy": "Model bahasa sedang kelebihan permintaan atau kuotanya habis (HTTP {status}).",
        "rejected": "Model bahasa menolak permintaan ini (HTTP {status}).",
        "server": "Server model bahasa mengalami kesalahan (HTTP {status}).",
        "web page": "Alamat model bahasa membalas dengan halaman web, bukan jawaban.",
        "unreadable": "Balasan model bahasa tidak dapat dibaca.",
        "endless": "Model bahasa menulis tanpa henti dan dihentikan.",
        "too long": "Jawaban model bahasa terpotong karena terlalu panjang.",
        "empty": "Model bahasa tidak menulis apa-apa.",
        "no room": "Pertanyaan dan artikelnya tidak muat dalam model bahasa.",
        "resting": "Model bahasa gagal beberapa kali berturut-turut dan diistirahatkan selama semenit.",
        "other": "Model bahasa gagal karena kesalahan yang tidak dikenal.",
    },
    "en": {
        "unknown host": "The language model's address was not found.",
        "unreachable": "The language model could not be reached.",
        "late": "The language model did not answer within {seconds} s.",
        "slow": "The language model did not finish writing within {seconds} s.",
        "cut": "The connection to the language model broke off before its answer was complete.",
        "key": "The language model refused the key (HTTP {status}).",
        "unknown model": "The configured language model does not exist at that address (HTTP {status}).",
        "busy": "The language model has too many requests, or its quota is used up (HTTP {status}).",
        "rejected": "The language model rejected this request (HTTP {status}).",
        "server": "The language model's server had an error (HTTP {status}).",
        "web page": "The language model's address replied with a web page, not an answer.",
        "unreadable": "The language model's reply could not be read.",
        "endless": "The language model wrote without end and was stopped.",
        "too long": "The language model's answer was cut short because it was too long.",
        "empty": "The language model wrote nothing.",
        "no room": "The question and its articles do not fit into the language model.",
        "resting": "The language model failed several times in a row and rests for a minute.",
        "other": "The language model failed with an unknown error.",
    },
}


@dataclass(frozen=True, slots=True)
class WriterFailure:
    """Why there is no text of the model's: the kind, the HTTP status if one came, the deadline in seconds."""

    kind: FailureKind
    status: int | None = None
    seconds: float = 0.0

    def sentence(self, language: str) -> str:
        """What happened, in one sentence, in Indonesian or (for any other language) English."""
        text = FAILURES.get(language, FAILURES["en"])[self.kind]
        if self.status is None:
            text = text.replace(" (HTTP {status})", "")
        return text.format(status=self.status, seconds=f"{self.seconds:g}")


class WritingError(Exception):
    """Carries the kind of failure from where it is seen (a response's header) to the one who waits."""

    def __init__(self, kind: FailureKind, status: int | None = None) -> None:
        super().__init__(f"{kind} (HTTP {status})" if status else kind)
        self.kind = kind
        self.status = status


def kind_of_status(status: int) -> FailureKind:
    """What an HTTP status that is not a success means."""
    known: dict[int, FailureKind] = {401: "key", 403: "key", 404: "unknown model", 429: "busy", 529: "busy"}
    return known.get(status, "server" if status >= 500 else "rejected")


# By the names of exception classes, so that no client library has to be there to be understood. First those of
# httpx, of the providers' clients and of Python that tell of the network; the rest only where none of these is.
_NETWORK: Final[dict[str, FailureKind]] = {
    "gaierror": "unknown host",
    "TimeoutError": "late",
    "TimeoutException": "late",
    "APITimeoutError": "late",
    "ConnectError": "unreachable",
    "ProxyError": "unreachable",
    "ConnectionRefusedError": "unreachable",
    "ConnectionResetError": "cut",
    "RemoteProtocolError": "cut",
    "ReadError": "cut",
    "WriteError": "cut",
    "ConnectionError": "unreachable",
    "APIConnectionError": "unreachable",
    "APIError": "server",
}
_BROKEN: Final[dict[str, FailureKind]] = {
    "ValueError": "unreadable",  # broken JSON and broken UTF-8 too
    "AttributeError": "unreadable",
    "TypeError": "unreadable",
    "LookupError": "unreadable",
}


def kind_of(error: BaseException) -> WritingError:
    """What an error of any client library means; the cause behind it says more than the error in front."""
    chain = list(_chain(error))
    for one in chain:
        if isinstance(one, WritingError):
            return WritingError(one.kind, one.status)
    for one in chain:
        for name in ("status_code", "code"):
            status = getattr(one, name, None)
            if isinstance(status, int) and 300 <= status < 600:
                return WritingError(kind_of_status(status), status)
    for known in (_NETWORK, _BROKEN):
        for one in reversed(chain):
            for kind in type(one).__mro__:
                if kind.__name__ in known:
                    return WritingError(known[kind.__name__])
    return WritingError("other")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from, down to the first."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__
