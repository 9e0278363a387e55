"""Vectors in columns beside what their passages are filtered by, searched exactly.

What is newer than a generation is searched like this, and so are those passages of a generation that a filter leaves,
where they are few: Chroma looks each of them up in its database first (docs/scaling.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.archive import PassageText, SealedRow
from index.embedding import one_thread
from index.lexicon import Filter

__all__ = ["Columns"]

_VECTORS: Final = "vectors.f16"
_FIELDS: Final = "fields.npz"
_NOTHING: Final = np.float32(1e-6)  # in place of the length of a vector of zeros
_AT_ONCE: Final = 8192  # vectors made float32 at a time: 8 MB


@dataclass(frozen=True, slots=True)
class Columns:
    """``n`` passages. Each is of a kind: a pair of its outlet and its language."""

    ids: NDArray[np.int64]  # (n,), ascending
    vectors: NDArray[np.floating]  # (n, dimensions), of unit length or zero
    published: NDArray[np.int32]  # (n,), day numbers, 0 for none
    kind: NDArray[np.int32]  # (n,), rows of ``kinds``
    kinds: NDArray[np.str_]  # (kinds, 2)

    @classmethod
    def of(cls, rows: Sequence[PassageText | SealedRow], vectors: NDArray[np.floating]) -> Columns:
        """From passages and a vector for each, shape (len(rows), dimensions)."""
        kinds = {kind: number for number, kind in enumerate(dict.fromkeys((row.source, row.language) for row in rows))}
        return cls(
            np.array([row.id for row in rows], np.int64),
            vectors,
            np.array([row.published.toordinal() if row.published else 0 for row in rows], np.int32),
            np.array([kinds[row.source, row.language] for row in rows], np.int32),
            np.array(list(kinds), np.str_).reshape(-1, 2),
        )

    @classmethod
    def joined(cls, parts: Sequence[Columns]) -> Columns:
        """All passages of the parts, at least one, in their order."""
        kinds, number = np.unique(np.concatenate([part.kinds for part in parts]), axis=0, return_inverse=True)
        before = np.cumsum([0, *(len(part.kinds) for part in parts)])
        return cls(
            np.concatenate([part.ids for part in parts]),
            np.concatenate([part.vectors for part in parts]),
            np.concatenate([part.published for part in parts]),
            np.concatenate(
                [number[part.kind + start] for part, start in zip(parts, before, strict=False)], dtype=np.int32
            ),
            kinds,
        )

    def without(self, ids: NDArray[np.int64]) -> Columns:
        """All but these passages."""
        kept = ~np.isin(self.ids, ids)
        return Columns(self.ids[kept], self.vectors[kept], self.published[kept], self.kind[kept], self.kinds)

    @classmethod
    def save(cls, folder: Path, parts: Iterable[Columns]) -> Columns:
        """Write the parts as they come, so that nobody holds all vectors (half precision is kept), and load them."""
        fields = [cls.of((), np.empty((0, 0), np.float16))]
        dimensions = 0
        with (folder / _VECTORS).open("wb") as out:
            for part in parts:
                out.write(part.vectors.astype(np.float16).tobytes())
                fields.append(replace(part, vectors=fields[0].vectors))
                dimensions = part.vectors.shape[1]
        whole = cls.joined(fields)
        np.savez(
            folder / _FIELDS,
            ids=whole.ids,
            published=whole.published,
            kind=whole.kind,
            kinds=whole.kinds,
            dimensions=np.array(dimensions),
        )
        return cls.load(folder) or whole

    @classmethod
    def load(cls, folder: Path) -> Columns | None:
        """What was saved, the vectors left on the disk until they are looked at; None where nothing was."""
        if not (folder / _FIELDS).is_file():
            return None
        with np.load(folder / _FIELDS) as fields:
            shape = len(fields["ids"]), int(fields["dimensions"])
            vectors = (
                np.memmap(folder / _VECTORS, np.float16, "r", shape=shape) if shape[0] else np.empty(shape, np.float16)
            )
            return cls(fields["ids"], vectors, fields["published"], fields["kind"], fields["kinds"])

    def fitting(self, only: Filter) -> NDArray[np.intp]:
        """The rows of the passages that a filter leaves."""
        fits = np.ones(len(self.ids), dtype=bool)
        kinds = self.kinds.tolist()
        if only.sources is not None:
            own = np.array([source in only.sources for source, _ in kinds], dtype=bool)[self.kind]
            fits &= own | np.isin(self.ids, only.copied)
        if only.language is not None:
            fits &= np.array([language == only.language for _, language in kinds], dtype=bool)[self.kind]
        if only.since is not None or only.until is not None:
            fits &= self.published >= (only.since.toordinal() if only.since else 1)
        if only.until is not None:
            fits &= self.published <= only.until.toordinal()
        return np.flatnonzero(fits)

    def nearest(self, vector: NDArray[np.float32], limit: int, rows: NDArray[np.intp]) -> list[tuple[int, float]]:
        """The ``limit`` passages among ``rows`` nearest to a unit vector, as (id, cosine similarity), in no order."""
        scores = np.empty(len(rows), np.float32)
        with one_thread():
            for start in range(0, len(rows), _AT_ONCE):
                some = self.vectors[rows[start : start + _AT_ONCE]].astype(np.float32, copy=False)
                # Half precision is not quite of unit length, which Chroma makes everything.
                lengths = np.sqrt(np.einsum("ij,ij->i", some, some))
                scores[start : start + len(some)] = some @ vector / np.maximum(lengths, _NOTHING)
        best = np.argpartition(-scores, limit)[:limit] if len(scores) > limit else np.arange(len(scores))
        return [(int(self.ids[rows[one]]), float(scores[one])) for one in best]
