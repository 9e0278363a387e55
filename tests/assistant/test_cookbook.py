"""The recipes of docs/cookbook.md, run as far as a test machine can."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

import click
import pytest

from assistant.assistant import Assistant
from assistant.cli import cli
from assistant.config import Config, load_config
from assistant.doctor import check_all
from assistant.server import create_app
from assistant.writing.providers import PROVIDERS
from index import Article, Index
from tests.assistant.misbehaving import ModelServer
from tests.assistant.serving import served
from tests.conftest import ROOT

TEXT = (ROOT / "docs/cookbook.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", TEXT, re.DOTALL)
SHOWN = [*(line for _, block in BLOCKS for line in block.splitlines()), *re.findall(r"`([^`\n]+)`", TEXT)]
BUDGET = Article(
    "Kazakhstan menambah anggaran pertahanan 441 miliar tenge pada 2022.", title="Anggaran Kazakhstan", id="kz"
)


def settings_files() -> list[str]:
    """Every tanya.toml that a recipe writes."""
    return re.findall(r"cat > tanya\.toml\n(.*?)(?=^\$|\Z)", "\n".join(block for _, block in BLOCKS), re.M | re.S)


def test_every_setting_on_the_page_is_one() -> None:
    """In the files, in the sentences, and as variables, each with a value that it can have."""
    assert 2 == len(settings_files())
    sentences = re.findall(r'`((?:llm\w*|host|nli_model) = (?:"[^"`]*"|\d+))`', TEXT)
    assert len(sentences) >= 4
    for written in (*settings_files(), *sentences):
        load_config(environ={}, **tomllib.loads(written))
    variables = re.findall(r"\bTANYA_(\w+)=(\S+)", TEXT)
    assert variables
    load_config(environ={f"TANYA_{name}": value for name, value in variables})


def test_every_command_on_the_page_is_one() -> None:
    """Its verb, and each of its options."""
    commands = [words for line in SHOWN for words in re.findall(r"(?:^|\$ |\s)tanya ((?:[a-z]+)(?: \S+)*)", line)]
    assert {"add", "chat", "doctor", "mcp", "serve"} == {words.split()[0] for words in commands}
    for words in commands:
        verb, *rest = words.split()
        options = {option for one in cli.commands[verb].params if isinstance(one, click.Option) for option in one.opts}
        assert options.issuperset(word for word in rest if word.startswith("--"))


def test_every_extra_and_provider_on_the_page_is_one() -> None:
    """What pip is told to install, and what stands before the colon of a model."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert extras.keys() >= set(re.findall(r"tanya\[([\w-]+)\]", TEXT))
    assert PROVIDERS.keys() == set(re.findall(r"\b(ollama|openai-like|openai|anthropic|gemini):", TEXT))
    keys = {key for provider in PROVIDERS.values() for key in provider.keys}
    assert keys >= set(re.findall(r"\b([A-Z_]+_KEY)\b", TEXT))


def test_every_port_on_the_page_is_the_one_that_is_served() -> None:
    """Of the server, and of the agents' door."""
    (mcp,) = (one.default for one in cli.commands["mcp"].params if one.name == "port")
    ours = {Config().port, mcp}
    others = {8000, 11434}  # vLLM's and llama.cpp's, as the recipes start them, and Ollama's
    assert ours | others == {int(port) for port in re.findall(r":(\d{4,5})\b", TEXT)}


@pytest.mark.parametrize("written", settings_files(), ids=["ollama", "vllm"])
def test_a_model_as_the_recipe_sets_it_up_writes(written: str, tmp_path: Path) -> None:
    """The recipe's file, with the address of a server that speaks the protocol; the doctor is content."""
    settings = tomllib.loads(written)
    provider = PROVIDERS[settings["llm"].partition(":")[0]]
    pytest.importorskip(provider.module, reason=f"needs pip install 'tanya[{provider.extra}]'")
    with ModelServer(reply="Jembatan Seroja dibuka pada 3 Maret 2025 [1].") as server:
        address = server.url if "llm_url" in settings else server.host
        config = load_config(environ={}, **{**settings, "llm_url": address, "data": str(tmp_path)})
        (checked,) = (check for check in check_all(config) if check.part == "language model")
    assert (True, "and cited it") == (checked.works, checked.says[-13:-1])
    assert settings["llm"].partition(":")[2] == server.requests[-1].body["model"]


def test_claude_desktops_settings_start_the_archive(tmp_path: Path) -> None:
    """The program and the folder are this machine's; all else is as the page has it."""
    pytest.importorskip("mcp", reason="needs the extra tanya[mcp]")
    from mcp import StdioServerParameters

    from tests.assistant.test_mcp import call

    with Index.open(tmp_path / "data") as index:
        index.add([BUDGET])
    (block,) = (block for kind, block in BLOCKS if kind == "json")
    ((name, given),) = json.loads(block)["mcpServers"].items()
    assert ("tanya", "tanya", "data") == (name, Path(given["command"]).name, Path(given["args"][-1]).name)
    program = ["-c", "from assistant.cli import main; main()", *given["args"][:-1], str(tmp_path / "data")]
    found = call(StdioServerParameters(command=sys.executable, args=program), "get_article", article_id="kz")
    assert BUDGET.text == found["text"]


def test_openais_client_asks_as_the_page_has_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The lines as they stand, but for the address."""
    pytest.importorskip("openai")
    (code,) = (block for kind, block in BLOCKS if kind == "python")
    with Index.open(tmp_path) as index:
        index.add([BUDGET])
        with served(create_app(index, Assistant(index), Config())) as address:
            exec(compile(code.replace("http://localhost:7860", address), "cookbook.md", "exec"), {})
    assert "441 miliar tenge" in capsys.readouterr().out
