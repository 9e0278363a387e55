"""What docs/security.md and docs/reliability.md promise by tests, those tests hold."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize("document", ["security.md", "reliability.md"])
def test_each_named_test_exists(document: str) -> None:
    """By file and name; a test that was renamed or deleted takes its promise along."""
    named = re.findall(r"`([\w/]+\.py)::(\w+)", (ROOT / "docs" / document).read_text("utf-8"))
    assert 20 < len(named)
    texts = {
        file: [path.read_text("utf-8") for path in ROOT.glob(f"tests/**/{file.removeprefix('tests/')}")]
        for file, _ in named
    }
    assert [] == [f"{file}::{name}" for file, name in named if not any(f"def {name}(" in text for text in texts[file])]
