"""An NLI model by name: a real CrossEncoder with random weights, and what becomes of a verdict."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant import Assistant, Config
from assistant.doctor import check_all
from assistant.verification.entailment import NliError, NliModel, open_nli
from assistant.verify import Source, verify, verify_sentence
from index import Index

LABELS = {0: "contradiction", 1: "entailment", 2: "neutral"}
SOURCE = Source("Harga beras naik tajam. Warga mengeluh. Pasar ramai.", "Beras mahal")
PARAPHRASE = "Biaya pangan pokok membubung."


def make_model(folder: Path, labels: dict[int, str]) -> Path:
    """A tiny BERT classifier whose weights are random."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = "[PAD] [UNK] [CLS] [SEP] [MASK] harga beras naik tajam warga mengeluh pasar ramai . mahal".split()
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(words))
    small = dict.fromkeys(("hidden_size", "intermediate_size"), 8)
    config = BertConfig(vocab_size=len(words), num_hidden_layers=1, num_attention_heads=2, id2label=labels, **small)
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An NLI model's folder."""
    return make_model(tmp_path_factory.mktemp("nli") / "model", LABELS)


class Scripted:
    """Gives one verdict, and remembers what it read."""

    def __init__(self, verdict: bool) -> None:
        self.verdict = verdict
        self.read: list[tuple[list[str], str]] = []

    def entails(self, premises: Sequence[str], sentence: str) -> bool:
        """The verdict."""
        self.read.append((list(premises), sentence))
        return self.verdict


def test_a_model_in_a_folder_judges_by_its_label(model: Path) -> None:
    """Whether entailment is the likeliest of the labels, wherever it stands among them."""
    import torch
    from sentence_transformers import CrossEncoder

    pairs = [(SOURCE.text, "Harga beras naik."), (SOURCE.text, PARAPHRASE), ("Pasar ramai.", "Warga mengeluh.")]
    likeliest = CrossEncoder(str(model), device="cpu").predict(pairs, activation_fn=torch.nn.Identity()).argmax(axis=1)
    judge = NliModel(str(model))
    assert [label == 1 for label in likeliest] == [judge.entails([premise], claim) for premise, claim in pairs]
    assert not judge.entails([], "Harga beras naik.")


def test_the_verdict_takes_the_place_of_the_share_of_words() -> None:
    """A paraphrase is supported where the model says so, and the source's own words are not where it says no."""
    assert ["content"] == [problem.kind for problem in verify_sentence(PARAPHRASE, [SOURCE]).problems]
    assert verify_sentence(PARAPHRASE, [SOURCE], nli=Scripted(True)).supported
    (refused,) = verify("Harga beras naik tajam.", [SOURCE], Scripted(False))
    assert (False, ["content"]) == (refused.supported, [problem.kind for problem in refused.problems])


def test_the_rules_keep_what_they_find() -> None:
    """A number that no source holds stays a problem, whatever the model says."""
    checked = verify_sentence("Harga beras naik 40 persen.", [SOURCE], nli=Scripted(True))
    assert ["percentage"] == [problem.kind for problem in checked.problems]


def test_the_model_reads_the_title_and_what_the_sentence_may_rest_on() -> None:
    """The title first, then the sentences in their order; without a word in common, the beginning."""
    judge = Scripted(True)
    verify_sentence("Pasar ramai.", [SOURCE], nli=judge)
    verify_sentence(PARAPHRASE, [SOURCE], nli=judge)
    assert ["Beras mahal Warga mengeluh. Pasar ramai."] == judge.read[0][0]
    assert ["Beras mahal Harga beras naik tajam. Warga mengeluh."] == judge.read[1][0]


def test_a_configured_model_checks_the_archive(index: Index, model: Path) -> None:
    """The setting reaches the check of a text, and the doctor looks at it."""
    text = "Jumlah korban tewas feri Nusa Tambo mencapai 12 orang."
    config = Config(nli_model=str(model))
    source = Source(text)
    judged = Assistant(index, config=config).verify(text, [source])
    assert [verify_sentence(text, [source], nli=NliModel(str(model))).supported] == [one.supported for one in judged]
    assert (f"{model} loads.", True) == next(
        (check.says, check.works) for check in check_all(config) if check.part == "NLI model"
    )


@pytest.mark.parametrize("wrong", ["missing", "pickled", "broken", "other labels"])
def test_a_model_that_cannot_be_used_is_a_sentence(wrong: str, tmp_path: Path, index: Index) -> None:
    """It names the setting, the model and what is wrong, when Tanya starts."""
    folder = tmp_path / "model"
    if wrong == "other labels":
        make_model(folder, {0: "negative", 1: "neutral", 2: "positive"})
    elif wrong != "missing":
        folder.mkdir()
        (folder / ("model.safetensors" if wrong == "broken" else "pytorch_model.bin")).write_bytes(b"nothing")
    says = {
        "missing": "no model folder at",
        "pickled": "no .safetensors weights",
        "broken": "cannot be loaded",
        "other labels": "its labels are negative, neutral, positive, and none is entailment",
    }
    with pytest.raises(NliError, match=f"nli_model: .*{says[wrong]}"):
        Assistant(index, config=Config(nli_model=str(folder)))


def test_without_a_name_nothing_is_loaded() -> None:
    """No name, no model, and no torch."""
    assert open_nli("") is None
    program = "import sys, assistant.assistant, assistant.verify; print('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "False" == result.stdout.strip()
