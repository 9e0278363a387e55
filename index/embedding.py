"""Text to vectors: the shipped bilingual embedder, or any sentence-transformers model by name or folder.

The shipped model is a table of token vectors in sentence-transformers' own format (StaticEmbedding, Normalize).
It is read here with numpy alone, because importing torch costs seconds and gigabytes that a mean of table rows
does not need; ``tests/index/test_embedding.py`` holds the two to the same vectors.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from threadpoolctl import ThreadpoolController
from tokenizers import Tokenizer

__all__ = [
    "Embedder",
    "EmbedderError",
    "SentenceTransformerEmbedder",
    "StaticEmbedder",
    "is_model_folder",
    "one_thread",
    "open_embedder",
]

SHIPPED: Final = Path(__file__).parent / "model" / "embedder"
# UTF-8 text is cut at ASCII characters that are no letter or digit, where the tokenizer cuts as well; each piece
# ("rp13", "“kata”") is then tokenised once and remembered. Many times faster than tokenising every text.
_LOWER_OR_SPACE: Final = bytes(byte if byte > 127 or chr(byte).isalnum() else 32 for byte in bytes(range(256)).lower())
_REMEMBERED_WORDS: Final = 400_000
_AT_ONCE: Final = 128  # texts tokenised together: new words are then looked up in one call


class EmbedderError(Exception):
    """An embedder that cannot be used, in a sentence for a person."""


class Embedder(Protocol):
    """Turns texts into unit vectors. ``name`` changes whenever the vectors would."""

    name: str
    dimensions: int

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of unit length for each text, shape (len(texts), dimensions)."""
        ...

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of unit length for each question, shape (len(texts), dimensions)."""
        ...


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


def one_thread() -> AbstractContextManager[object]:
    """Products this small take longer to share out than to compute: five times on a busy machine."""
    limit: AbstractContextManager[object] = _blas().limit(limits=1)
    return limit


class StaticEmbedder:
    """A table of token vectors; a text is the mean of its tokens' rows, made unit length."""

    def __init__(self, table: NDArray[np.float32], tokenizer: Tokenizer, name: str) -> None:
        """``table`` has shape (tokens, dimensions); the tokenizer must split words by letters and digits."""
        self.name = name
        self.dimensions = int(table.shape[1])
        self._table = table
        self._lengths = np.maximum(np.linalg.norm(table, axis=1), 1e-6).astype(np.float32)
        self._tokenizer = tokenizer
        # A word that the vocabulary holds whole is its own token; the others are added as they are met.
        self._tokens_of = {
            word.encode(): [token]
            for word, token in tokenizer.get_vocab().items()
            if word.isascii() and (word.isalpha() or word.isdigit())
        }

    @classmethod
    def open(cls, folder: Path) -> StaticEmbedder:
        """Read a folder written by ``training/embedder.py``. Raises EmbedderError if it is missing or damaged."""
        weights, tokenizer_file = folder / "model.safetensors", folder / "tokenizer.json"
        try:
            raw = weights.read_bytes()
            tokenizer_text = tokenizer_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise EmbedderError(
                f"the embedder's files in {folder} cannot be read ({error}): install Tanya again, or name another model"
            ) from error
        damaged = f"the embedder in {folder} is damaged: install Tanya again, or train it with training/embedder.py"
        try:
            tensors = load_tensors(raw)
            table = tensors["embeddings"].astype(np.float32) * tensors["weights"].astype(np.float32)[:, None]
        except (SafetensorError, KeyError, IndexError, ValueError) as error:
            raise EmbedderError(damaged) from error
        try:
            tokenizer = Tokenizer.from_str(tokenizer_text)
        except Exception as error:  # tokenizers raises bare Exception on a broken file
            raise EmbedderError(damaged) from error
        if table.ndim != 2 or len(table) < tokenizer.get_vocab_size() or not np.isfinite(table).all():
            raise EmbedderError(damaged)
        digest = hashlib.sha256(raw + tokenizer_text.encode("utf-8")).hexdigest()[:12]
        return cls(table, tokenizer, f"tanya-{digest}")

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of unit length for each text, shape (len(texts), dimensions); zeros for a text with no word."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        with one_thread():
            for start in range(0, len(texts), _AT_ONCE):
                for row, tokens in enumerate(self._tokenise(texts[start : start + _AT_ONCE]), start):
                    if tokens:
                        # A product with ones adds the rows up faster than numpy's own sum.
                        np.matmul(np.ones(len(tokens), np.float32), self._table.take(tokens, axis=0), out=vectors[row])
        length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
        np.divide(vectors, length, out=vectors, where=length > 0)
        return vectors

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The same as passages: one space for both."""
        return self.embed_passages(texts)

    def token_match(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """How well each text covers the question word by word, 0 to 1, shape (len(texts),).

        MaxSim (Khattab and Zaharia, 2020) over the same table: for each token of the question the best cosine
        among the text's tokens, in the mean, weighted by the lengths of the question's token vectors.
        """
        asked = list(dict.fromkeys(self.token_ids(question)))
        if not asked or not texts:
            return np.zeros(len(texts), np.float32)
        found = [tokens or [0] for tokens in self._tokenise(texts)]  # a text with no word: one unknown token
        lengths = self._lengths[asked]
        flat = np.fromiter(chain.from_iterable(found), np.intp)
        distinct, places = np.unique(flat, return_inverse=True)
        with one_thread():
            cosines = self._table[distinct] @ (self._table[asked] / lengths[:, None]).T / self._lengths[distinct, None]
        starts = np.cumsum([0, *map(len, found[:-1])])
        best = np.maximum.reduceat(cosines[places], starts, axis=0)
        match: NDArray[np.float32] = best @ lengths / lengths.sum()
        return match

    def token_ids(self, text: str) -> list[int]:
        """Rows of the table for a text, as the tokenizer itself would give them."""
        return self._tokenise([text])[0]

    def _tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        pieces = [text.encode("utf-8", "replace").translate(_LOWER_OR_SPACE).split() for text in texts]
        try:
            return _rows(pieces, self._tokens_of)
        except KeyError:  # a word not met before; asking first whether there is one costs as much as looking up
            known = self._tokens_of if len(self._tokens_of) < _REMEMBERED_WORDS else {}
            new = list({word for words in pieces for word in words if word not in known})
            codes = self._tokenizer.encode_batch_fast([word.decode("utf-8") for word in new], add_special_tokens=False)
            known.update((word, code.ids) for word, code in zip(new, codes, strict=True))
            self._tokens_of = known
            return _rows(pieces, known)


def _rows(pieces: Sequence[Sequence[bytes]], known: Mapping[bytes, list[int]]) -> list[list[int]]:
    """The tokens of each text's words; KeyError for a word that is not known."""
    return [list(chain.from_iterable(map(known.__getitem__, words))) for words in pieces]


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, from a folder or by its name on the hub.

    A folder is loaded without any network. A name is looked up in the local cache and on the hub, because the
    person who configured it named it. The prefixes are what the model's card asks for ("query: ").
    """

    def __init__(self, model: str, query_prefix: str = "", passage_prefix: str = "") -> None:
        """Load the model. Raises EmbedderError if that fails, or if a folder holds no safetensors weights."""
        folder = Path(model)
        local = is_model_folder(model)
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise EmbedderError(f"the model {model} needs a package: pip install sentence-transformers") from error
        try:
            self._model: Any = SentenceTransformer(model, device="cpu", local_files_only=local, trust_remote_code=False)
        except Exception as error:  # the libraries below raise whatever they like
            raise EmbedderError(f"the embedding model {model} cannot be loaded: {error}") from error
        self.dimensions = self._model.get_embedding_dimension() or 0
        self._query_prefix, self._passage_prefix = query_prefix, passage_prefix
        known_as = _folder_digest(folder) if local else model
        prefixes = [query_prefix, passage_prefix]
        self.name = f"{known_as} {json.dumps(prefixes)}" if any(prefixes) else known_as

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of unit length for each text, shape (len(texts), dimensions)."""
        return self._embed([self._passage_prefix + text for text in texts])

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of unit length for each question, shape (len(texts), dimensions)."""
        return self._embed([self._query_prefix + text for text in texts])

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        # prompt="": a model's own default prompt would be put before our prefix.
        vectors = self._model.encode(texts, prompt="", normalize_embeddings=True, show_progress_bar=False)
        return np.nan_to_num(np.asarray(vectors, dtype=np.float32))


def _folder_digest(folder: Path) -> str:
    """A name for a model folder that follows its weights, not its place."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.safetensors")) + sorted(folder.rglob("*.json")):
        digest.update(file.read_bytes())
    return f"{folder.name}-{digest.hexdigest()[:12]}"


def is_model_folder(model: str) -> bool:
    """Whether a model is named by its folder; the libraries that load it are then told to stay off the network.

    Raises EmbedderError for a folder without safetensors weights, and for a path where no folder is.
    """
    folder = Path(model)
    local = folder.is_dir()
    if local and not any(folder.rglob("*.safetensors")):
        raise EmbedderError(
            f"{model} holds no .safetensors weights: other weight files can run code when they are read, "
            "so save the model again with save_pretrained(safe_serialization=True)"
        )
    if not local and (folder.is_absolute() or model.startswith(".")):
        raise EmbedderError(f"there is no model folder at {model}: check the path")
    if local:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    return local


def open_embedder(model: str = "", query_prefix: str = "", passage_prefix: str = "") -> Embedder:
    """The shipped embedder for "", else a sentence-transformers model by folder or hub name.

    The shipped one is read once, and all indexes of a process share it. Raises EmbedderError with a sentence when it
    cannot be used.
    """
    if not model:
        return _shipped()
    return SentenceTransformerEmbedder(model, query_prefix, passage_prefix)


@cache
def _shipped() -> StaticEmbedder:
    return StaticEmbedder.open(SHIPPED)
