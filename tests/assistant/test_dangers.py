"""What a server does not start with."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.config import Config, ConfigError
from assistant.server import serve
from assistant.web.dangers import dangerous_setting, dangerous_variable
from tests.conftest import ROOT

LONG = "0123456789abcdef"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.5", "tanya.example"])
def test_a_public_address_needs_an_operator_token(tmp_path: Path, host: str) -> None:
    """It says what to set, before anything is opened; with a token it is the address that is looked at next."""
    with pytest.raises(ConfigError, match=r"no operator token: set operator_token \(or TANYA_OPERATOR_TOKEN\)"):
        serve(Config(data=str(tmp_path / "none"), host=host))
    assert not (tmp_path / "none").exists()
    assert None is dangerous_setting(Config(host=host, operator_token=LONG))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_this_machine_alone_needs_none(host: str) -> None:
    """`make chat` asks for nothing."""
    assert None is dangerous_setting(Config(host=host))


@pytest.mark.parametrize("name", ["operator_token", "reader_token"])
def test_a_token_that_could_be_guessed_is_refused(name: str) -> None:
    """Fifteen characters are too few, sixteen are enough; the sentence does not repeat it."""
    said = dangerous_setting(Config(**{name: LONG[1:]}))  # type: ignore[arg-type]  # both are texts
    assert said is not None
    assert said.startswith(f"{name} is shorter than 16 characters")
    assert LONG[1:] not in said
    assert None is dangerous_setting(Config(**{name: LONG}))  # type: ignore[arg-type]


def test_one_token_for_both_is_refused() -> None:
    """It would make every reader an operator."""
    said = dangerous_setting(Config(operator_token=LONG, reader_token=LONG))
    assert said is not None
    assert "every reader could write" in said


@pytest.mark.parametrize(
    ("variable", "value", "dangerous"),
    [
        ("GRADIO_SHARE", "True", True),
        ("GRADIO_SHARE", "false", False),
        ("CHROMA_API_IMPL", "chromadb.api.fastapi.FastAPI", True),
        ("chroma_sysdb_impl", "evil.Class", True),
        ("CHROMA_PRODUCT_TELEMETRY_IMPL", "evil.Class", True),
        ("CHROMA_SERVER_AUTHN_PROVIDER", "evil.Class", True),
        ("CHROMA_API_IMPL", "", False),
        ("CHROMA_HOST", "elsewhere", False),
    ],
)
def test_variables_that_open_or_replace_parts(variable: str, value: str, dangerous: bool) -> None:
    """Gradio's switches, and the classes that Chroma would import."""
    assert (variable if dangerous else None) == dangerous_variable({variable: value})


@pytest.mark.parametrize(
    "variable", ["CHROMA_PRODUCT_TELEMETRY_IMPL=os.Nowhere", "MIGRATIONS=none", "CHROMA_API_IMPL=os.Nowhere"]
)
def test_the_environment_has_no_say_in_how_vectors_are_opened(tmp_path: Path, variable: str) -> None:
    """Chroma's own settings would take each of these: it then imports what they name, or does not make its tables."""
    code = (
        "import sys; from pathlib import Path; from index.chroma_folder import open_client; "
        "client = open_client(Path(sys.argv[1])); print(type(client._server).__module__, client.list_collections())"
    )
    name, _, value = variable.partition("=")
    opened = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={"PYTHONPATH": str(ROOT), name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "chromadb.api.rust []" == opened.stdout.strip(), opened.stderr


def test_the_command_says_it_in_one_sentence(tmp_path: Path) -> None:
    """As every mistake in the settings: on standard error, with exit status 1, and nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from assistant.cli import main; main()", "serve", "--data", str(tmp_path)]
    ended = subprocess.run(
        [*command, "--host", "0.0.0.0", "--port", str(port)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert 1 == ended.returncode
    assert "set operator_token" in ended.stderr
    assert 1 == len(ended.stderr.strip().splitlines())
