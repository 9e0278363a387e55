"""Text to vectors: the shipped bilingual embedder, or any sentence-transformers model by name or folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Embedder"]


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
