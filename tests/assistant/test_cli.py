"""The command line: every verb, its output, its exit status."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

import pytest

from assistant.cli import main
from assistant.config import Config
from assistant.opening import address, open_when_ready
from prompts import refusal
from tests.conftest import ROOT

ARTICLE = "Wali Kota Waringin, Sari Melati, meresmikan Pasar Apung pada Senin. Pasar itu menelan biaya Rp 3 miliar."


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run of ``tanya`` left behind."""

    status: int
    out: str
    err: str


Tanya = Callable[..., Ran]


@pytest.fixture
def tanya(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tanya:
    """Run ``tanya`` in an empty folder, in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["tanya", *arguments])
        with pytest.raises(SystemExit) as caught:
            main()
        output = capsys.readouterr()
        assert isinstance(caught.value.code, int)
        return Ran(caught.value.code, output.out, output.err)

    return run


@pytest.fixture
def market(tanya: Tanya, tmp_path: Path) -> Tanya:
    """An archive of one article."""
    article = {"id": "market", "title": "Pasar Apung dibuka", "text": ARTICLE, "source": "Kabar", "date": "2025-03-03"}
    (tmp_path / "market.jsonl").write_text(json.dumps(article) + "\n")
    assert 0 == tanya("add", "market.jsonl").status
    return tanya


def test_add_says_what_became_of_the_articles(market: Tanya) -> None:
    """The second time nothing changes."""
    again = market("add", "market.jsonl")
    assert (0, "0 articles added, 0 updated, 1 unchanged, 0 copies; 0 passages.\n", "") == (
        again.status,
        again.out,
        again.err,
    )


def test_add_reports_what_it_cannot_read(market: Tanya, tmp_path: Path) -> None:
    """Each with its reason; the others are added."""
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "other.txt").write_text("Jembatan Kalea dibuka kembali setelah banjir surut, kata bupati setempat.")
    ran = market("add", "empty.txt", "other.txt")
    assert (0, True) == (ran.status, ran.out.startswith("1 articles added"))
    assert "empty.txt: " in ran.err


def test_adding_nothing_readable_is_an_error(tanya: Tanya) -> None:
    """A path that does not exist, for one."""
    ran = tanya("add", "missing")
    assert 1 == ran.status
    assert "missing" in ran.err


def test_search_lists_passages(market: Tanya) -> None:
    """Title, outlet, date, id and the beginning of the passage."""
    ran = market("search", "pasar", "apung")
    assert ran.out.startswith("1. Pasar Apung dibuka — Kabar, 3 March 2025 [market]\n   Wali Kota Waringin")


def test_search_explains_its_ranking(market: Tanya) -> None:
    """Each leg's rank and score in a table."""
    ran = market("search", "--explain", "pasar apung")
    assert "Lexical" in ran.out
    assert "#1 " in ran.out


def test_a_refused_file_is_told_in_the_chosen_language(tanya: Tanya, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its reason too."""
    Path("kosong.txt").touch()
    assert "kosong.txt: it is empty: there is nothing to read in it" in tanya("add", "kosong.txt").err
    monkeypatch.setenv("LC_ALL", "id_ID.UTF-8")
    assert "kosong.txt: berkas ini kosong: tidak ada yang dapat dibaca" in tanya("add", "kosong.txt").err


def test_search_filters(market: Tanya) -> None:
    """By days of publication, both included, by outlet and by language."""
    found = [("--since", "3 Maret 2025"), ("--until", "2025-03-03"), ("--source", "kabar"), ("--language", "id")]
    found.append(("--source", "Tempo", "--source", "kabar"))
    for option in found:
        assert 1 == len(json.loads(market("search", "--json", *option, "pasar").out))
    for option in [("--since", "2025-03-04"), ("--until", "2/3/2025"), ("--source", "Tempo"), ("--language", "en")]:
        ran = market("search", *option, "pasar")
        assert (0, "", "Nothing fits.\n") == (ran.status, ran.out, ran.err)


def test_search_json_is_flat(market: Tanya) -> None:
    """The passage, its score and each leg, in one object."""
    (found,) = json.loads(market("search", "--json", "pasar apung").out)
    assert ("market", "2025-03-03", ARTICLE) == (found["article_id"], found["published"], found["text"])
    assert {"score", "lexical_rank", "lexical_score", "dense_rank", "dense_score", "also_in", "start", "end"} <= set(
        found
    )


def test_ask_prints_the_answer_without_markup(market: Tanya) -> None:
    """In a pipe there is no emphasis."""
    ran = market("ask", "Berapa biaya Pasar Apung?")
    assert 0 == ran.status
    assert ran.out.startswith("Rp 3 miliar [1]\n\n> ")


def test_ask_takes_a_question_of_several_words(market: Tanya) -> None:
    """Quotation marks are not needed."""
    assert market("ask", "Berapa biaya Pasar Apung?") == market("ask", "Berapa", "biaya", "Pasar", "Apung?")


def test_ask_exits_with_3_when_the_articles_do_not_say(market: Tanya) -> None:
    """The refusal goes to stdout: it is an answer."""
    ran = market("ask", "Siapa presiden Brasil?")
    assert (3, True, "") == (ran.status, ran.out.startswith(refusal("id")), ran.err)


def test_ask_json(market: Tanya) -> None:
    """Every field of an answer, and its proof."""
    answer = json.loads(market("ask", "--json", "Berapa biaya Pasar Apung?").out)
    assert (True, "answer", "Rp 3 miliar") == (answer["answered"], answer["outcome"], answer["short"])
    (citation,) = answer["citations"]
    assert ARTICLE[citation["start"] : citation["end"]] == citation["quote"]
    refused = json.loads(market("ask", "--json", "Siapa presiden Brasil?").out)
    assert (False, "none", "market") == (refused["answered"], refused["outcome"], refused["leads"][0]["article_id"])


def test_remove(market: Tanya) -> None:
    """What is removed is found no more; an unknown id is an error."""
    ran = market("remove", "market", "unknown")
    assert (1, "1 articles removed.\n") == (ran.status, ran.out)
    assert "there is no article with the id unknown." in ran.err
    assert [] == json.loads(market("search", "--json", "pasar").out)


def test_rebuild_and_status(market: Tanya) -> None:
    """A rebuild seals a generation."""
    before = json.loads(market("status", "--json").out)
    ran = market("rebuild")
    after = json.loads(market("status", "--json").out)
    assert "Index rebuilt: 1 passages of 1 articles.\n" == ran.out
    assert (None, 1, 0) == (before["generation"], after["articles"], after["tail"])
    assert after["generation"] is not None
    assert "articles" in market("status").out


def test_a_rebuild_can_be_taken_back(market: Tanya) -> None:
    """--rollback goes back one generation, and says so in one sentence when there is none."""
    market("rebuild")
    market("rebuild")
    assert "The index before it is in use again.\n" == market("rebuild", "--rollback").out
    assert 1 == json.loads(market("status", "--json").out)["generation"]
    assert 2 == market("rebuild", "--rollback", "seeds").status


def test_the_archive_folder_is_an_option(market: Tanya, tmp_path: Path) -> None:
    """--data on any verb; TANYA_DATA and the settings file do the same."""
    assert 0 == json.loads(market("status", "--json", "--data", "elsewhere").out)["articles"]
    (tmp_path / "my.toml").write_text('data = "third"\n')
    assert str(tmp_path / "third") == json.loads(market("status", "--json", "--config", "my.toml").out)["data"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["status", "--config", "missing.toml"],
            "tanya: cannot read the settings in missing.toml: No such file or directory.\n",
        ),
        (["status", "--data", "file/in/the/way"], "cannot be used as a data folder"),
    ],
)
def test_an_error_is_one_sentence_and_status_1(tanya: Tanya, tmp_path: Path, arguments: list[str], says: str) -> None:
    """On stderr, without a traceback."""
    (tmp_path / "file").write_text("")
    ran = tanya(*arguments)
    assert (1, "", 1) == (ran.status, ran.out, ran.err.count("\n"))
    assert says in ran.err


@pytest.mark.parametrize(
    "arguments", [["ask"], ["search", "--top-k", "0", "x"], ["search", "--since", "soon", "x"], ["fly"]]
)
def test_wrong_usage_is_status_2(tanya: Tanya, arguments: list[str]) -> None:
    """With the usage on stderr."""
    ran = tanya(*arguments)
    assert (2, "") == (ran.status, ran.out)
    assert "Error: " in ran.err


def test_messages_in_indonesian(market: Tanya, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the locale is Indonesian."""
    monkeypatch.setenv("LC_ALL", "id_ID.UTF-8")
    assert (
        "0 artikel ditambahkan, 0 diperbarui, 1 tidak berubah, 0 salinan; 0 bagian.\n"
        == market("add", "market.jsonl").out
    )


def test_no_arguments_shows_the_verbs(tanya: Tanya) -> None:
    """And help is no error."""
    ran = tanya("--help")
    assert 0 == ran.status
    assert all(verb in ran.out for verb in ("add", "remove", "rebuild", "search", "ask", "chat", "serve", "status"))


def _process(folder: Path, arguments: list[str], encoding: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding, "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-c", "from assistant.cli import main; main()", *arguments]
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_terminal_without_unicode_is_served(market: Tanya, tmp_path: Path) -> None:
    """Characters that it lacks become question marks, and JSON stays whole."""
    with _process(tmp_path, ["search", "pasar"], "iso8859-5") as process:
        out, err = process.communicate()
    assert (0, b"", True) == (process.returncode, err, out.startswith(b"1. Pasar Apung dibuka ? Kabar"))
    with _process(tmp_path, ["search", "--json", "pasar"], "iso8859-5") as process:
        out, err = process.communicate()
    assert ARTICLE == json.loads(out)[0]["text"]


def test_a_reader_that_goes_away_ends_it_quietly(market: Tanya, tmp_path: Path) -> None:
    """``tanya search … | head``: no traceback."""
    with _process(tmp_path, ["search", "--json", "pasar"], "utf-8") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
    assert (1, b"") == (process.returncode, err)


def test_ctrl_c_is_told_in_a_word(tanya: Tanya, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("index.Index.open", interrupted)
    ran = tanya("status")
    assert (130, "tanya: interrupted.\n") == (ran.status, ran.err.lstrip("\n"))


def test_the_address_to_open_is_one_to_visit() -> None:
    """A server that listens everywhere is visited on this machine."""
    assert "http://127.0.0.1:7860/" == address(Config(host="0.0.0.0"))
    assert "http://[::1]:80/" == address(Config(host="::1", port=80))


def test_the_browser_opens_when_the_server_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not before, and not where something else answers already."""
    opened: Queue[str] = Queue()
    monkeypatch.setattr("webbrowser.open", opened.put)
    monkeypatch.setenv("DISPLAY", ":0")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        config = Config(port=free.getsockname()[1])
        open_when_ready(config)
        assert opened.empty()
        free.listen()
        assert address(config) == opened.get(timeout=30)
        open_when_ready(config)
        assert opened.empty()
