"""The map of the rooms: who may import whom, and that the documents name every verb and setting."""

from __future__ import annotations

import ast
import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from assistant.cli import cli
from assistant.config import PREFIX, Config
from tests.conftest import ROOT

# The doors of the assistant: they may use everything in it, and nothing in it may use them.
DOORS = (
    "assistant.cli",
    "assistant.api",
    "assistant.server",
    "assistant.web",
    "assistant.printing",
    "assistant.opening",
    "assistant.doctor",
    "assistant.portable",
    "assistant.openai_api",
    "assistant.verify_api",
    "assistant.mcp_server",
    "assistant.langchain",
    "assistant.query_engine",
)


MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("index", "assistant", "prompts")
    for path in sorted((ROOT / package).rglob("*.py"))
}


def _imported(path: Path) -> set[str]:
    """The modules that a module imports, wherever in its text."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return imported


def _within(name: str, rooms: tuple[str, ...]) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module: str) -> None:
    """doors -> assistant -> index, and assistant -> prompts."""
    forbidden: tuple[str, ...] = ("training", "benchmarks", "tests")
    if _within(module, ("index",)):
        forbidden += ("assistant", "prompts")
    elif _within(module, ("prompts",)):
        forbidden += ("assistant", "index")
    elif not _within(module, DOORS):
        forbidden += DOORS
    assert [] == sorted(name for name in _imported(MODULES[module]) if _within(name, forbidden))


def _headings(name: str) -> list[str]:
    return re.findall(r"^#+ (.+)$", (ROOT / "docs" / name).read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("verb", sorted(cli.commands))
def test_every_verb_is_documented(verb: str) -> None:
    """docs/cli.md has a heading for each verb and names each of its options below it."""
    assert f"`tanya {verb}`" in _headings("cli.md")
    section = (ROOT / "docs/cli.md").read_text("utf-8").split(f"## `tanya {verb}`")[1].split("\n## ")[0]
    common = {"--data", "--config", "--json"}
    options = {
        option
        for parameter in cli.commands[verb].params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }
    assert [] == sorted(option for option in options - common if f"`{option}" not in section)


def test_every_setting_is_documented() -> None:
    """docs/configuration.md has a heading for each setting, with its variable, and for nothing else that looks so."""
    settings = [field.name for field in dataclasses.fields(Config)]
    assert settings == [heading.strip("`") for heading in _headings("configuration.md") if heading.startswith("`")]
    text = (ROOT / "docs/configuration.md").read_text("utf-8")
    assert [] == [name for name in settings if f"`{PREFIX}{name.upper()}`" not in text]


def _loaded(code: str) -> set[str]:
    """The packages that are loaded after some code ran in a fresh Python."""
    script = f"{code}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    output = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return set(output.splitlines()[-1].split())


def test_help_loads_nothing_heavy() -> None:
    """``tanya --help`` waits for no database, no model and no page."""
    code = "from assistant.cli import cli\ncli(['--help'], standalone_mode=False)"
    heavy = {
        "chromadb",
        "sqlalchemy",
        "onnxruntime",
        "numpy",
        "gradio",
        "fastapi",
        "torch",
        "llama_index",
        "tantivy",
        "rich",
    }
    assert set() == heavy & _loaded(code)


def test_asking_loads_no_page_and_no_torch(tmp_path: Path) -> None:
    """``tanya ask`` needs the index and the reader alone."""
    code = f"from assistant.cli import cli\ncli(['ask', '--data', {str(tmp_path)!r}, 'Siapa?'], standalone_mode=False)"
    assert set() == {"gradio", "fastapi", "torch", "llama_index", "sentence_transformers"} & _loaded(code)
