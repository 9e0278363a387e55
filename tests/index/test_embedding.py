"""The shipped embedder: the same vectors as sentence-transformers, without torch, and never a NaN."""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.embedding import (
    SHIPPED,
    EmbedderError,
    SentenceTransformerEmbedder,
    StaticEmbedder,
    open_embedder,
)

TEXTS = [
    "Berapa tambahan anggaran pertahanan Kazakhstan?",
    "Nursultan, Gatra.com - Pemerintah menambah Rp13,5 triliun (US$918 juta) pada 2022.",
    "The ministry said that the bridge, opened in 1998, would close for repairs.",
    "Qur'an, café, naïve, AntÃ³nio, Σ, Привет, 北京, m², ½, ﬁnal, ① \u00a0 “kutipan” — x_y #tagar @akun",
    "cafe\u0301 dan CAFÉ dan İstanbul",
    "supercalifragilistik " * 3 + "a" * 200,
]


@cache
def opened() -> StaticEmbedder:
    """The shipped embedder, opened once."""
    return StaticEmbedder.open(SHIPPED)


@pytest.fixture
def shipped() -> StaticEmbedder:
    return opened()


@pytest.fixture(scope="module")
def reference() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(str(SHIPPED))


def test_the_numpy_path_equals_sentence_transformers(
    shipped: StaticEmbedder, reference: SentenceTransformerEmbedder
) -> None:
    """The shipped folder is an ordinary sentence-transformers model, and both ways of reading it agree."""
    ours, theirs = shipped.embed_passages(TEXTS), reference.embed_passages(TEXTS)
    assert theirs.shape == ours.shape == (len(TEXTS), 256)
    assert (1 - (ours * theirs).sum(axis=1)).max() < 1e-3


@given(st.text(max_size=80))
@settings(deadline=None)
def test_any_text_has_a_finite_vector(text: str) -> None:
    """Whatever is typed, its vector has length one, or zero where there is no word in it; never a NaN."""
    vectors = opened().embed_questions([text, "anggaran"])
    length = float(np.linalg.norm(vectors[0]))
    assert np.isfinite(vectors).all()
    assert length == pytest.approx(1, abs=1e-4) or length == 0


def test_empty_text_is_zero_and_no_text_is_no_row(shipped: StaticEmbedder) -> None:
    """A text with no word has the zero vector; an empty list has no rows."""
    assert not shipped.embed_passages(["", "  \n", "?!"]).any()
    assert (0, 256) == shipped.embed_passages([]).shape


def test_a_vector_does_not_depend_on_its_neighbours(shipped: StaticEmbedder) -> None:
    """Alone or in a batch, first or last, a text has the same vector; a question the same as a passage."""
    together = shipped.embed_passages(TEXTS)
    alone = np.concatenate([shipped.embed_questions([text]) for text in reversed(TEXTS)])[::-1]
    assert np.array_equal(together, alone)


def test_a_question_is_nearer_to_its_answer_in_either_language(shipped: StaticEmbedder) -> None:
    """Indonesian and English share one space."""
    passages = [
        "Pemerintah Kazakhstan menambah anggaran pertahanan sebesar 441 miliar tenge.",
        "Tim nasional sepak bola menang dua gol tanpa balas di kandang sendiri.",
    ]
    questions = ["By how much did the government raise the defence budget?", "Which football team won at home?"]
    cosines = shipped.embed_questions(questions) @ shipped.embed_passages(passages).T
    assert [0, 1] == cosines.argmax(axis=1).tolist()


def test_the_name_follows_the_weights(shipped: StaticEmbedder, tmp_path: Path) -> None:
    """The same weights have the same name wherever they lie; other weights have another."""
    shutil.copytree(SHIPPED, tmp_path / "copy")
    assert shipped.name == StaticEmbedder.open(tmp_path / "copy").name
    weights = tmp_path / "copy" / "model.safetensors"
    raw = bytearray(weights.read_bytes())
    raw[len(raw) // 2] ^= 1
    weights.write_bytes(raw)
    assert shipped.name != StaticEmbedder.open(tmp_path / "copy").name


def test_importing_it_imports_no_torch() -> None:
    """torch and its like take seconds: neither the import nor the shipped model may touch them."""
    program = (
        "import sys; from index.embedding import open_embedder; open_embedder().embed_questions(['apa kabar']); "
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "[]" == result.stdout.strip()


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "other"])
def test_damaged_files_are_an_error_in_a_sentence(name: str, damage: str, tmp_path: Path) -> None:
    """Missing, emptied, truncated or foreign files of the shipped model say what to do."""
    folder = tmp_path / "embedder"
    shutil.copytree(SHIPPED, folder)
    file = folder / name
    if damage == "missing":
        file.unlink()
    elif damage == "empty":
        file.write_bytes(b"")
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    else:
        file.write_bytes(b"\xff\xfe not a model at all" * 10)
    with pytest.raises(EmbedderError, match=r"embedder.* in .*install Tanya again"):
        StaticEmbedder.open(folder)


def test_a_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    """Pickled weights can run code; such a folder is refused before anything is loaded."""
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(EmbedderError, match="safetensors"):
        open_embedder(str(tmp_path))


def test_a_wrong_path_is_not_asked_of_the_hub(tmp_path: Path) -> None:
    """A path that does not exist is an error about the path."""
    with pytest.raises(EmbedderError, match="no model folder"):
        open_embedder(str(tmp_path / "nowhere"))


def test_a_broken_model_folder_is_an_error_in_a_sentence(tmp_path: Path) -> None:
    """What the libraries raise comes out as one error."""
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(EmbedderError, match="cannot be loaded"):
        open_embedder(str(tmp_path))


def test_prefixes_are_put_before_the_text_and_change_the_name(reference: SentenceTransformerEmbedder) -> None:
    """A model with other prefixes gives other vectors, so it has another name."""
    prefixed = SentenceTransformerEmbedder(str(SHIPPED), "query: ", "passage: ")
    expected = reference.embed_passages(["query: apa", "passage: apa"])
    found = np.concatenate([prefixed.embed_questions(["apa"]), prefixed.embed_passages(["apa"])])
    assert np.allclose(expected, found, atol=1e-6)
    assert reference.name != prefixed.name
    assert 256 == prefixed.dimensions


def test_open_embedder_gives_the_shipped_model_by_default(shipped: StaticEmbedder) -> None:
    """No name means the shipped model."""
    assert shipped.name == open_embedder().name


def test_token_match_prefers_the_text_that_covers_the_question(shipped: StaticEmbedder) -> None:
    """All words there: one. None there: less. No word at all: zero."""
    texts = ["Harga beras naik di pasar induk.", "Harga beras.", "Gempa mengguncang pesisir selatan.", "", "?"]
    match = shipped.token_match("harga beras naik", texts)
    assert match[0] == pytest.approx(1, abs=1e-3)
    assert match[0] > match[1] > match[2]
    assert np.isfinite(match).all()
    assert not shipped.token_match("?!", texts).any()
    assert (0,) == shipped.token_match("harga", []).shape


def test_token_match_of_one_word_is_its_best_cosine(shipped: StaticEmbedder) -> None:
    """For a question of one token it is the highest cosine to a token of the text."""
    text = "Kazakhstan menambah belanja militer tahun ini"
    cosines = shipped.embed_passages(text.split()) @ shipped.embed_questions(["pertahanan"])[0]
    assert float(cosines.max()) == pytest.approx(float(shipped.token_match("pertahanan", [text])[0]), abs=1e-5)
