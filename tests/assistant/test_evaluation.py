"""Questions with known answers in, figures out; and drafts of such questions from an archive."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import Turn
from assistant.cli import cli
from assistant.config import Config
from assistant.evaluation import Judged, KnownQuestion, evaluate, holds, normalise, read_questions, token_f1
from assistant.figures import HEADLINE, area_under_curve, change, figure, refused_at, report
from assistant.known_items import known_items
from index import Article, Index, read_articles
from tests.conftest import ROOT

BUDGET = "Berapa tambahan anggaran pertahanan Kazakhstan?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the seeds."""
    made = tmp_path_factory.mktemp("seeds") / "data"
    with Index.open(made) as index:
        index.add(read_articles(ROOT / "seeds"))
    return made


@pytest.fixture
def seeds(folder: Path) -> Iterator[Index]:
    """The archive, open."""
    with Index.open(folder) as index:
        yield index


def _judged(number: int, **values: Any) -> Judged:
    whole = {
        "type": "factoid",
        "language": "id",
        "answerable": True,
        "outcome": "answer",
        "confidence": 0.9,
        "hit1": True,
        "hit5": True,
        "evidence": True,
        "f1": 1.0,
        "shown": True,
        "citations": 1,
        "exact": 1,
        "seconds": 0.01,
    }
    return Judged(id=str(number), **{**whole, **values})


# ---- what is right ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "answers", "expected"),
    [
        ("441 miliar tenge", ["441 miliar tenge"], 1.0),
        ("441 miliar tenge (US$918 juta)", ["441 miliar tenge"], 2 * 3 / (6 + 3)),
        ("Bupati Sangalaya Ratih Samandara", ["Ratih Samandara"], 2 * 2 / (4 + 2)),
        ("ratih samandara!", ["Gunawan", "Ratih Samandara"], 1.0),
        ("Rp 1,5 triliun", ["Rp 15 triliun"], 2 * 2 / (3 + 3)),
        ("dua dua", ["dua"], 2 * 1 / (2 + 1)),
        ("Gunawan", ["Ratih"], 0.0),
        ("", ["Ratih"], 0.0),
        ("Ratih", [], 0.0),
    ],
)
def test_token_f1(given: str, answers: list[str], expected: float) -> None:
    """Twice the common words over all words, against the nearest answer; numbers are whole words."""
    assert expected == pytest.approx(token_f1(given, answers))


@given(st.text(), st.text())
def test_token_f1_is_a_share_and_has_no_order(one: str, other: str) -> None:
    """Between 0 and 1, the same from both sides, and 1 of itself where there is a word."""
    assert token_f1(one, [other]) == token_f1(other, [one])
    assert 0.0 <= token_f1(one, [other]) <= 1.0
    assert float(bool(normalise(one))) == token_f1(one, [one])


@pytest.mark.parametrize(
    ("quote", "answers", "expected"),
    [
        ("Biayanya Rp 3 miliar, kata bupati.", ["3 miliar"], True),
        ("Biayanya Rp\xa03 miliar.", ["rp 3 MILIAR"], True),
        ("Biayanya Rp 13 miliar.", ["3 miliar"], False),
        ("Naik 1,5 persen.", ["5 persen"], False),
        ("Di Pasar Lama.", ["Baru", "Pasar Lama"], True),
        ("Di Pasar Lama.", [], False),
        ("Di Pasar Lama.", ["", "?!"], False),
    ],
)
def test_a_quote_holds_an_answer_word_by_word(quote: str, answers: list[str], expected: bool) -> None:
    """Not as a part of a word or of a number, and an answer without a word is in nothing."""
    assert expected is holds(quote, answers)


def test_questions_are_judged_on_a_real_archive(seeds: Index) -> None:
    """Right article, right sentence, short answer, exact quotes; what the archive lacks has no hit to judge."""
    known = [
        KnownQuestion("a", BUDGET, "factoid", "id", (), True, ("441 miliar tenge",), (_budget(seeds),)),
        KnownQuestion("b", "Siapa presiden Brasil?", "unanswerable", "id", (), False),
        KnownQuestion("c", "Berapa jumlah penduduk Kazakhstan?", "unanswerable", "id", (), False),
    ]
    asked, absent, guessed = evaluate(seeds, known, Config(answer_threshold=0.0))
    assert (True, True, True, True) == (asked.hit1, asked.hit5, asked.evidence, asked.shown)
    assert 0 < (asked.f1 or 0) <= 1
    assert asked.citations == asked.exact > 0
    assert (None, None, None, None, True) == (absent.hit1, absent.evidence, absent.f1, absent.shown, absent.refused)
    assert not guessed.refused


def test_a_refusal_is_not_a_wrong_sentence(seeds: Index) -> None:
    """The best guess is judged whatever the threshold; what the reader sees is judged as it is shown."""
    known = [KnownQuestion("a", BUDGET, "factoid", "id", (), True, ("441 miliar tenge",), (_budget(seeds),))]
    (strict,) = evaluate(seeds, known, Config(answer_threshold=1.0))
    assert (True, False, True) == (strict.evidence, strict.shown, strict.refused)


def test_a_follow_up_is_asked_after_its_history(seeds: Index) -> None:
    """Alone it would say nothing."""
    turn = Turn(BUDGET, "441 miliar tenge (US$918 juta)")
    known = KnownQuestion("a", "Itu sekitar berapa rupiah?", "followup", "id", (turn,), True, ("Rp13 triliun",))
    assert [True] == [one.evidence for one in evaluate(seeds, [known])]


def test_a_copy_is_the_right_article_too(tmp_path: Path) -> None:
    """The same text under another id is archived once; a question may name either."""
    text = "Wali Kota Waringin meresmikan Pasar Apung pada 3 Maret 2025. Pasar itu menelan biaya Rp 3 miliar."
    with Index.open(tmp_path) as index:
        index.add([Article(text=text, id="first"), Article(text=text, id="second")])
        known = KnownQuestion("a", "Kapan Pasar Apung diresmikan?", articles=("second",), answerable=True)
        assert [True] == [one.hit1 for one in evaluate(index, [known])]


def _budget(index: Index) -> str:
    return index.search(BUDGET)[0].passage.article_id


# ---- the file -----------------------------------------------------------------------------------------------------


def _write(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "utf-8")
    return path


def test_missing_columns_leave_open_what_they_would_tell(tmp_path: Path) -> None:
    """A question alone can be asked; an article makes it answerable; an unanswerable one has no article to find."""
    path = _write(
        tmp_path / "q.jsonl",
        {"question": "Siapa?"},
        {"question": "Who opened the bridge?", "article_id": 7},
        "",
        {"question": "Siapa?", "answerable": False, "article_id": "x"},
        {"question": "Siapa?", "answers": "Ratih", "alt_article_ids": ["y"], "history": [{"question": "Apa?"}]},
    )
    questions, bad = read_questions(path)
    assert [] == bad
    assert [None, True, False, True] == [one.answerable for one in questions]
    assert [(), ("7",), (), ("y",)] == [one.articles for one in questions]
    assert ["line 1", "line 2", "line 4", "line 5"] == [one.id for one in questions]
    assert ["id", "en", "id", "id"] == [one.language for one in questions]
    assert (("Ratih",), (Turn("Apa?", ""),)) == (questions[3].answers, questions[3].history)


def test_bad_lines_are_told_by_number(tmp_path: Path) -> None:
    """Each with its reason; the others are read."""
    path = _write(
        tmp_path / "q.jsonl",
        "{",
        "[1]",
        {"question": " "},
        {"question": "Siapa?", "answers": [1]},
        {"question": "Siapa?", "answerable": "yes"},
        {"question": "Siapa?", "history": ["a"]},
        {"question": "Siapa?"},
    )
    path.write_bytes(path.read_bytes() + b"\n\xff\xfe")
    questions, bad = read_questions(path)
    assert ["line 7"] == [one.id for one in questions]
    assert [1, 2, 3, 4, 5, 6, 8] == [one.line for one in bad]
    assert all(one.reason for one in bad)


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_no_file_breaks_the_reading(tmp_path_factory: pytest.TempPathFactory, lines: Sequence[bytes]) -> None:
    """Whatever is in it, every line that is not empty is a question or a bad line."""
    path = tmp_path_factory.mktemp("any") / "q.jsonl"
    path.write_bytes(b"\n".join(lines))
    questions, bad = read_questions(path)
    assert sum(bool(line.strip()) for line in path.read_bytes().splitlines()) == len(questions) + len(bad)


# ---- figures ------------------------------------------------------------------------------------------------------


def _measure(name: str) -> Any:
    return next(measure for measure in HEADLINE if measure.name == name)


def test_figures_are_means_over_what_they_are_about() -> None:
    """A column that is unknown for a question leaves it out, and one unknown for all has no figure."""
    judged = [
        _judged(1),
        _judged(2, evidence=False, f1=0.5, shown=False),
        _judged(3, outcome="none", shown=False, confidence=0.1),
        _judged(4, language="en", type="crosslingual", f1=0.0, hit1=None),
        _judged(5, answerable=False, evidence=None, f1=None, shown=None, hit1=None, hit5=None, confidence=0.3),
    ]
    found = {one.name: (one.value, one.n) for one in report(judged).figures}
    assert (0.75, 4) == found["evidence@1"]
    assert (1.0, 3) == found["hit@1"]
    assert (pytest.approx(2.5 / 3), 3) == found["token F1"]
    assert (0.5, 4) == found["answered right"]
    assert (pytest.approx(2 / 5), 5) == found["answered wrong"]
    assert (0.25, 4) == found["answerable refused"]
    assert (0.0, 1) == found["unanswerable refused"]
    assert (0.75, 5) == found["confidence AUC"]
    assert "hit@1 English" not in found


def test_questions_about_which_nothing_is_known_give_refusals_and_time() -> None:
    """No figure is made up for them."""
    judged = [
        _judged(1, answerable=None, hit1=None, hit5=None, evidence=None, f1=None, shown=None, outcome="none"),
        _judged(2, answerable=None, hit1=None, hit5=None, evidence=None, f1=None, shown=None),
    ]
    told = report(judged)
    assert {"exact citations": 1.0, "refused, answer unknown": 0.5} == {one.name: one.value for one in told.figures}
    assert {"refused": 0.5} == {one.name: one.value for one in told.groups[0].figures}
    assert pytest.approx(10) == told.p50_ms


def test_the_interval_holds_the_value_and_narrows_with_more_questions() -> None:
    """And is the same each time."""
    few = [_judged(number, evidence=number % 4 > 0) for number in range(20)]
    many = [_judged(number, evidence=number % 4 > 0) for number in range(400)]
    small, large = figure(_measure("evidence@1"), few), figure(_measure("evidence@1"), many)
    assert small is not None
    assert large is not None
    assert small.low <= small.value <= small.high
    assert large.high - large.low < small.high - small.low
    assert small == figure(_measure("evidence@1"), few)


@given(st.lists(st.integers(0, 4), min_size=1), st.lists(st.integers(0, 4), min_size=1))
def test_the_area_counts_pairs(positive: list[int], negative: list[int]) -> None:
    """The share of pairs in the right order, a tie for half."""
    pairs = [float(one > other) + 0.5 * (one == other) for one in positive for other in negative]
    expected = sum(pairs) / len(pairs)
    assert expected == pytest.approx(area_under_curve(np.array(positive, float), np.array(negative, float)))


@given(st.lists(st.integers(0, 9), min_size=1), st.lists(st.integers(0, 9), min_size=1))
def test_refusals_are_read_off_at_the_best_threshold_allowed(positive: list[int], negative: list[int]) -> None:
    """Among all thresholds that refuse at most a tenth of the answerable."""
    above, below = np.array(positive, float), np.array(negative, float)
    allowed = [each for each in range(11) if (above < each).mean() <= 0.1 + 1e-9]
    assert max((below < each).mean() for each in allowed) == pytest.approx(refused_at(above, below))


def test_a_fall_beyond_the_noise_is_a_fall() -> None:
    """Ten questions of a hundred lost and none won is; three lost and two won is not."""
    before = [_judged(number, evidence=number < 70) for number in range(100)]
    worse = [replace(one, evidence=int(one.id) < 60) for one in before]
    other = [replace(one, evidence=int(one.id) in {*range(3, 70), 80, 81}) for one in before]
    evidence = _measure("evidence@1")
    fall, noise, rise = (
        change(evidence, before, worse),
        change(evidence, before, other),
        change(evidence, worse, before),
    )
    assert fall is not None
    assert noise is not None
    assert rise is not None
    assert (True, pytest.approx(-0.1)) == (fall.fell, fall.difference)
    assert (False, pytest.approx(-0.01)) == (noise.fell, noise.difference)
    assert not rise.fell


def test_for_a_figure_that_should_be_low_a_rise_is_a_fall() -> None:
    """More wrong answers shown, for one."""
    before = [_judged(number) for number in range(50)]
    after = [replace(one, shown=int(one.id) >= 15) for one in before]
    worse = change(_measure("answered wrong"), before, after)
    assert worse is not None
    assert worse.fell


def test_nothing_falls_between_equal_runs() -> None:
    """Every figure differs by nothing at all."""
    judged = [_judged(number, evidence=number % 3 > 0, answerable=number % 5 > 0) for number in range(30)]
    found = [change(measure, judged, judged) for measure in HEADLINE]
    assert {(0.0, False)} == {(one.difference, one.fell) for one in found if one is not None}


def test_runs_on_other_questions_are_not_compared() -> None:
    """Pairs need the same questions."""
    with pytest.raises(ValueError, match="same questions"):
        change(HEADLINE[0], [_judged(1)], [_judged(2)])


# ---- drafts -------------------------------------------------------------------------------------------------------

SOURCES = [
    (
        "Pembangkit listrik tenaga surya di Lembah Arunika mulai beroperasi pada Selasa (18/11/2025).",
        "Kapan Pembangkit listrik tenaga surya di Lembah Arunika mulai beroperasi?",
        "Selasa (18/11/2025)",
    ),
    (
        "Jakarta, Kabar - Pemerintah Kabupaten Waringin mengucurkan dana sebesar Rp 3,4 miliar untuk Jembatan Kalea.",
        "Pemerintah Kabupaten Waringin mengucurkan dana sebesar berapa rupiah untuk Jembatan Kalea?",
        "Rp 3,4 miliar",
    ),
    (
        "Kerugian negara dalam kasus Asabri mencapai Rp 10 miliar, menurut jaksa.",
        "Berapa kerugian negara dalam kasus Asabri?",
        "Rp 10 miliar",
    ),
    (
        "Bupati Ratih Samandara mengatakan bahwa tanggul Kalisura selesai dalam sepuluh hari.",
        "Siapa yang mengatakan tanggul Kalisura selesai dalam sepuluh hari?",
        "Bupati Ratih Samandara",
    ),
    (
        "Koperasi Kakao Arunika menggelar pameran kakao di Gedung Samandara.",
        "Di mana Koperasi Kakao Arunika menggelar pameran kakao?",
        "Gedung Samandara",
    ),
    (
        "The ferry terminal of Tanjung Welira was opened on 3 March 2025.",
        "When was the ferry terminal of Tanjung Welira opened?",
        "3 March 2025",
    ),
    (
        "Ratih Samandara said that the Kalisura dam will be repaired in ten days.",
        "Who said the Kalisura dam will be repaired in ten days?",
        "Ratih Samandara",
    ),
]


@pytest.mark.parametrize(("sentence", "question", "answer"), SOURCES)
def test_a_sentence_becomes_a_question(tmp_path: Path, sentence: str, question: str, answer: str) -> None:
    """By the span that it is about; the answer is that span, the evidence the sentence."""
    with Index.open(tmp_path) as index:
        language = "en" if question.startswith(("When", "Who")) else "id"
        index.add([Article(text=sentence, id="a", language=language)])
        (item,) = known_items(index, 1)
    assert (question, answer, "a", sentence) == (item.question, item.answers[0], item.article_id, item.evidence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Ia membeli kapal itu seharga Rp 85 juta dari tabungan Koperasi Kakao Arunika.",
        "Menurut Ratih Samandara, rapat itu diadakan pada Selasa (18/11/2025).",
        "Setelah tanggul Kalisura jebol, warga mengungsi pada Rabu (14/1/2026).",
        '"Kami mendata ulang pada Rabu (14/1/2026) di Lembah Arunika," ujar Gunawan.',
        "Hujan turun di sini.",
        "It was opened in Paris on 3 March 2025.",
    ],
)
def test_what_does_not_stand_alone_is_not_asked(tmp_path: Path, sentence: str) -> None:
    """Pronouns, openings that lean on the sentence before, direct speech, and sentences that say too little."""
    with Index.open(tmp_path) as index:
        index.add([Article(text=sentence, id="a")])
        assert [] == known_items(index, 5)


def test_drafts_of_the_seeds_hold_what_they_say(seeds: Index) -> None:
    """The evidence is in the article, the answer in the evidence and not in the question; twice the same."""
    items = known_items(seeds, 8)
    assert len(items) >= 6
    assert items == known_items(seeds, 8)
    for item in items:
        article = seeds.article(item.article_id)
        assert article is not None
        assert item.evidence in article.text
        assert all(answer in item.evidence and answer not in item.question for answer in item.answers)


def test_an_unanswerable_draft_names_what_no_article_has_together(tmp_path: Path) -> None:
    """A question about one person's place with another person in it, who is nowhere near."""
    people = ["Zulfan Harjo", "Rinto Maswal", "Kiela Brathi", "Tomsi Gelang", "Vedra Lunto", "Oska Pirelo", "Juno Wesk"]
    places = ["Kalisura", "Welira", "Arunika", "Sekanti", "Samandara", "Tambo", "Kalea"]
    articles = [
        Article(text=f"{who} meresmikan dermaga {place} pada {day} Maret 2025.", id=place)
        for day, (who, place) in enumerate(zip(people, places, strict=True), 1)
    ]
    with Index.open(tmp_path) as index:
        index.add(articles)
        items = known_items(index, 7)
        absent = [item for item in items if not item.answers]
        assert 1 == len(absent)
        for item in absent:
            (who,) = [name for name in people if name in item.question]
            (place,) = [name for name in places if name in item.question]
            assert people.index(who) != places.index(place)
        assert {"answerable": False, "answers": [], "evidence": "", "type": "unanswerable", "draft": True}.items() <= (
            absent[0].record(7).items()
        )


# ---- the command --------------------------------------------------------------------------------------------------


def _run(folder: Path, *arguments: str) -> Any:
    return CliRunner().invoke(cli, ["evaluate", "--data", str(folder), *arguments], env={"LC_ALL": "en_US.UTF-8"})


def test_drafts_go_back_in_as_questions(folder: Path, tmp_path: Path) -> None:
    """``--make`` writes what the verb reads, and a known item is found in its article."""
    file = tmp_path / "drafts.jsonl"
    made = _run(folder, "--make", "6", "--output", str(file))
    assert (0, "") == (made.exit_code, made.stdout)
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert all(row["draft"] is True and row["note"] for row in rows)
    ran = _run(folder, str(file), "--json")
    told = json.loads(ran.stdout)
    values = {one["name"]: one["value"] for one in told["figures"]}
    assert len(rows) == len(told["questions"])
    assert values["hit@5"] > 0.8
    assert 1.0 == values["exact citations"]


def test_the_report_is_printed_and_bad_lines_are_told(folder: Path, tmp_path: Path) -> None:
    """Figures on stdout; lines that are no question, and articles that are not there, on stderr by their number."""
    path = _write(tmp_path / "q.jsonl", {"question": BUDGET, "article_id": "nowhere"}, "{")
    ran = _run(folder, str(path))
    assert 0 == ran.exit_code
    assert re.search(r"hit@1 +│ +1 │ 0\.000", ran.stdout)
    assert "line 2 is left out" in ran.stderr
    assert "1 questions name an article that is not in the archive: line 1." in ran.stderr


@pytest.mark.parametrize("arguments", [[], ["--make", "0"], ["q.jsonl", "--make", "3"], ["q.jsonl", "--output", "x"]])
def test_wrong_usage(folder: Path, arguments: list[str]) -> None:
    """A file or a number of drafts, not both and not neither."""
    assert 2 == _run(folder, *arguments).exit_code


def test_nothing_to_ask_and_nothing_to_draft_are_errors(tmp_path: Path) -> None:
    """In one sentence."""
    path = _write(tmp_path / "q.jsonl", "{")
    for arguments in ([str(path)], ["--make", "3"]):
        ran = _run(tmp_path / "empty", *arguments)
        assert 1 == ran.exit_code
        assert "Error: " in ran.stderr
