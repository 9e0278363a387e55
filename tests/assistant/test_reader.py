"""The shipped reader: its network, its offsets, its manners."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from assistant.reader import MODEL, Reader, ReadingPassage, best_span
from assistant.reading_features import Vocabulary, encode_passage, encode_question, pad
from assistant.reading_words import question_kind
from index.language import detect_language
from index.splitting import sentences

HERE = Path(__file__).parent
SAMPLES = json.loads((HERE / "reader_samples.json").read_text(encoding="utf-8"))
BRIDGE = ReadingPassage(SAMPLES[0]["text"], SAMPLES[0]["title"], "id")


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.load()


def test_network_gives_what_pytorch_gave():
    """The shipped ONNX file repeats the logits that PyTorch computed when it was exported."""
    reference = json.loads((HERE / "reader_reference.json").read_text(encoding="utf-8"))
    vocabulary = Vocabulary.read(MODEL / "vocabulary.txt")
    session = onnxruntime.InferenceSession(MODEL / "reader.onnx", providers=["CPUExecutionProvider"])
    encoded = []
    for sample in SAMPLES:
        question = encode_question(sample["question"], sample["question_language"], sample["language"], vocabulary)
        passage = encode_passage(question, sample["text"], sample["title"], sample["language"], vocabulary)
        encoded.append((question, passage))
    batch = pad(encoded)
    start, end, null = session.run(["start", "end", "null"], dict(batch))
    for row in range(len(SAMPLES)):
        inside = batch["inside"][row] > 0
        np.testing.assert_allclose(start[row][inside], reference["start"][row], atol=1e-3)
        np.testing.assert_allclose(end[row][inside], reference["end"][row], atol=1e-3)
        np.testing.assert_allclose(null[row], reference["null"][row], atol=1e-3)


def test_samples_are_in_the_language_the_reader_takes_them_for():
    """The comparison above and the reader itself agree on the questions' languages."""
    assert [sample["question_language"] for sample in SAMPLES] == [detect_language(s["question"]) for s in SAMPLES]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Berapa biaya pembangunan Jembatan Kali Bening?", "Rp 14,5 miliar"),
        ("Siapa yang meresmikan Jembatan Kali Bening?", "Sari Wulandari"),
        ("Kapan Jembatan Kali Bening diresmikan?", "3/2/2025"),
        ("Who opened the Kali Bening bridge?", "Sari Wulandari"),
    ],
)
def test_answers_plain_questions(reader, question, answer):
    """A plain question about a short passage finds its answer."""
    (evidence,) = reader.read(question, [BRIDGE])
    assert answer in BRIDGE.text[evidence.start : evidence.end]


def test_answer_lies_in_its_sentence_and_sentences_are_the_splitters(reader):
    """Offsets are characters of the passage: the answer inside the sentence, the sentence one of the splitter's."""
    for sample in SAMPLES:
        passage = ReadingPassage(sample["text"], sample["title"], sample["language"])
        (evidence,) = reader.read(sample["question"], [passage])
        assert evidence.sentence_start <= evidence.start < evidence.end <= evidence.sentence_end
        spans = [(span.start, span.end) for span in sentences(sample["text"], sample["language"])]
        assert (evidence.sentence_start, evidence.sentence_end) in spans


def test_an_answer_is_surer_where_it_stands(reader):
    """The passage that holds the answer scores above one about something else."""
    other = ReadingPassage(SAMPLES[5]["text"], SAMPLES[5]["title"], "id")
    about, beside = reader.read("Siapa yang meresmikan Jembatan Kali Bening?", [BRIDGE, other])
    assert about.score > beside.score


def test_passages_do_not_change_each_other(reader):
    """A passage's evidence is the same alone and beside a longer one (padding is not read)."""
    longer = ReadingPassage(" ".join([BRIDGE.text] * 3), BRIDGE.title, "id")
    question = "Berapa panjang jembatan itu?"
    (alone,) = reader.read(question, [BRIDGE])
    beside, _ = reader.read(question, [BRIDGE, longer])
    assert (alone.start, alone.end) == (beside.start, beside.end)
    assert alone.score == pytest.approx(beside.score, abs=1e-3)


@pytest.mark.parametrize("text", ["", " ", "...", "Satu", "kata " * 3000, "\ud800 tidak lazim", "٣٤ مرحبا"])
@pytest.mark.parametrize("question", ["", "?", "apa " * 500, "Berapa?"])
def test_reads_anything(reader, question, text):
    """Empty, endless and odd texts give evidence inside the text, never an error."""
    (evidence,) = reader.read(question, [ReadingPassage(text, "", "id")])
    assert 0 <= evidence.sentence_start <= evidence.start <= evidence.end <= evidence.sentence_end <= len(text)
    assert np.isfinite(evidence.score)


def test_no_passages_no_evidence(reader):
    """Nothing to read gives nothing."""
    assert [] == reader.read("Berapa?", [])


def test_mixed_languages_in_one_call(reader):
    """Indonesian and English passages are read for one question, each in its place."""
    english = ReadingPassage(SAMPLES[4]["text"], SAMPLES[4]["title"], "en")
    found = reader.read("Who won the chess tournament?", [BRIDGE, english])
    assert [0, 1] == [evidence.passage for evidence in found]
    assert "Hana Brook" in english.text[found[1].start : found[1].end]


def test_best_span_stays_in_one_sentence_and_forward():
    """A span runs forward and inside a sentence, also where the best start and end do not."""
    start, end = np.array([-9, 0, 5, 0], np.float32), np.array([9, 1, 0, 3], np.float32)
    assert (2, 3) == best_span(start, end, np.array([0, 0, 1, 1]))[:2]
    assert (2, 2) == best_span(start, end, np.array([0, 0, 1, 2]))[:2]


def test_a_sentence_with_two_good_spans_beats_one_with_the_best():
    """The sentence whose spans weigh most together is taken, and its weight is the score."""
    start, end = np.array([4.0, 4.0, 4.1], np.float32), np.zeros(3, np.float32)
    first, last, score, weights = best_span(start, end, np.array([0, 0, 1]))
    assert (0, 0) == (first, last)
    assert score == pytest.approx(np.log(3 * np.exp(4.0)))
    assert weights == pytest.approx([0.0, 1.0, np.exp(0.1) / 3])  # the title, then the two sentences


@pytest.mark.parametrize(
    ("question", "language", "kind"),
    [
        ("Tahun berapa ia lahir?", "id", "when"),
        ("Berapa tahun ia dipenjara?", "id", "number"),
        ("Apa penyebab banjir itu?", "id", "why"),
        ("Di mana rapat digelar?", "id", "where"),
        ("Siapa ketuanya?", "id", "who"),
        ("How many people came?", "en", "number"),
        ("How did it start?", "en", "how"),
        ("In which city was it held?", "en", "where"),
    ],
)
def test_kinds_of_questions(question, language, kind):
    """What a question asks for."""
    assert kind == question_kind(question, language)


def test_runs_without_torch():
    """Reading imports no PyTorch."""
    code = (
        "import sys; from assistant.reader import Reader, ReadingPassage; "
        "Reader.load().read('Berapa?', [ReadingPassage('Ada tiga.')]); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HERE.parents[1])
    assert "False" == done.stdout.strip()
