"""Settings from the file, the environment and the caller."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.config import Config, ConfigError, has_display, load_config


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a settings file of its own."""
    monkeypatch.chdir(tmp_path)


def test_defaults_without_file_and_environment() -> None:
    """Nothing set, nothing read."""
    assert Config() == load_config(environ={})


def test_precedence_caller_environment_file(tmp_path: Path) -> None:
    """The caller beats the environment, which beats the file."""
    (tmp_path / "tanya.toml").write_text('data = "file"\nhost = "file"\nport = 1\n')
    config = load_config(environ={"TANYA_HOST": "environment", "TANYA_PORT": "2"}, port=3)
    assert ("file", "environment", 3) == (config.data, config.host, config.port)


def test_none_from_the_caller_is_not_given() -> None:
    """An option that was not used does not hide what is set elsewhere."""
    assert "elsewhere" == load_config(environ={"TANYA_DATA": "elsewhere"}, data=None).data


def test_named_file_by_variable(tmp_path: Path) -> None:
    """TANYA_CONFIG names the file."""
    (tmp_path / "other.toml").write_text("answer_threshold = 0.4\n")
    assert 0.4 == load_config(environ={"TANYA_CONFIG": str(tmp_path / "other.toml")}).answer_threshold


@pytest.mark.parametrize(
    ("content", "environ", "says"),
    [
        ('dta = "x"', {}, "dta in tanya.toml is not a setting: did you mean data?"),
        ("", {"TANYA_PROT": "1"}, "TANYA_PROT in the environment is not a setting: did you mean TANYA_PORT?"),
        ("port = 70000", {}, "port in tanya.toml must be a whole number from 0 to 65535, not 70000."),
        ("port = true", {}, "port in tanya.toml must be a whole number from 0 to 65535, not True."),
        ("data = 3", {}, "data in tanya.toml must be a text, not 3."),
        ("", {"TANYA_LANGUAGE": "fr"}, 'TANYA_LANGUAGE in the environment must be "id" or "en", not \'fr\'.'),
        ("answer_threshold = 2", {}, "answer_threshold in tanya.toml must be a number from 0 to 1, not 2."),
        ("", {"TANYA_MAX_FILE_MB": "nan"}, "TANYA_MAX_FILE_MB in the environment must be a number above 0, not 'nan'."),
    ],
)
def test_mistakes_are_named(tmp_path: Path, content: str, environ: dict[str, str], says: str) -> None:
    """One sentence: which setting, where it was set, what it may be."""
    (tmp_path / "tanya.toml").write_text(content)
    with pytest.raises(ConfigError) as caught:
        load_config(environ=environ)
    assert says == str(caught.value)


def test_broken_or_missing_file(tmp_path: Path) -> None:
    """A file that was asked for must be there and be TOML."""
    (tmp_path / "broken.toml").write_text("port = ")
    with pytest.raises(ConfigError, match=r"broken\.toml is not a TOML file"):
        load_config("broken.toml", environ={})
    with pytest.raises(ConfigError, match=r"cannot read the settings in missing\.toml"):
        load_config("missing.toml", environ={})


@pytest.mark.parametrize(
    ("environ", "language"), [({"LANG": "id_ID.UTF-8"}, "id"), ({"LANG": "en_US.UTF-8"}, "en"), ({"LANG": "C"}, "en")]
)
def test_language_of_messages_follows_the_locale(environ: dict[str, str], language: str) -> None:
    """Unless it is set."""
    assert language == load_config(environ=environ).language
    assert "id" == load_config(environ={**environ, "TANYA_LANGUAGE": "id"}).language


def test_a_screen_is_needed_for_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a Linux machine without one, a text browser would take over the terminal."""
    monkeypatch.setattr("sys.platform", "linux")
    assert not has_display({})
    assert has_display({"DISPLAY": ":0"})


@pytest.mark.parametrize(
    ("address", "used"),
    [
        ("chromas://chroma.example/satu/dua", "chromas://:k%2Fy@chroma.example/satu/dua"),
        ("chromas://:own@chroma.example", "chromas://:own@chroma.example"),
        ("chroma://chroma.example:8000", "chroma://chroma.example:8000"),
        ("", ""),
    ],
)
def test_chromas_own_variable(address: str, used: str) -> None:
    """Its token is sent over TLS alone, and where the address has none of its own."""
    assert used == load_config(environ={"TANYA_VECTORS": address, "CHROMA_API_KEY": "k/y"}).vectors
