"""An NLI model, where one is named: whether a source entails a sentence, by meaning rather than by words."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, Protocol

from index.embedding import EmbedderError, is_model_folder

__all__ = ["Entailment", "NliError", "NliModel", "open_nli"]

_LONGEST: Final = 512  # tokens of premise and sentence together, which the usual models were trained with


class NliError(Exception):
    """An NLI model that cannot be used, in a sentence for a person."""


class Entailment(Protocol):
    """Judges sentences."""

    def entails(self, premises: Sequence[str], sentence: str) -> bool:
        """Whether one of the premises entails the sentence."""
        ...


class NliModel:
    """A sentence-transformers CrossEncoder with a label "entailment", from a folder or by its name on the hub.

    As with an embedder, a folder is loaded without any network, and a name is looked up because it was configured.
    """

    def __init__(self, model: str) -> None:
        """Load the model. Raises NliError if that fails, or if none of its labels is "entailment"."""
        try:
            local = is_model_folder(model)
        except EmbedderError as error:
            raise NliError(f"nli_model: {error}") from error
        try:
            from sentence_transformers import CrossEncoder

            self._model: Any = CrossEncoder(
                model, device="cpu", local_files_only=local, trust_remote_code=False, max_length=_LONGEST
            )
        except Exception as error:  # the libraries below raise whatever they like
            raise NliError(f"nli_model: the model {model} cannot be loaded: {error}") from error
        labels = [self._model.config.id2label[number].lower() for number in range(self._model.config.num_labels)]
        if len(labels) < 2 or "entailment" not in labels:
            raise NliError(
                f"nli_model: {model} is no NLI model: its labels are {', '.join(labels)}, and none is entailment."
            )
        self._entailment = labels.index("entailment")
        self._one_at_a_time = threading.Lock()  # a fast tokenizer is changed while it cuts, and fails in two threads

    def entails(self, premises: Sequence[str], sentence: str) -> bool:
        """Whether entailment is the most likely label for one of the premises."""
        if not premises:
            return False
        with self._one_at_a_time:
            scores = self._model.predict([(premise, sentence) for premise in premises], show_progress_bar=False)
        return self._entailment in scores.argmax(axis=1)


@cache
def open_nli(model: str) -> Entailment | None:
    """The model of that name, loaded once; None for "". Raises NliError."""
    return NliModel(model) if model else None
