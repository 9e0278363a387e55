"""docs/security.md promises by tests, and those exist."""

from __future__ import annotations

import re

from tests.conftest import ROOT


def test_each_named_test_exists() -> None:
    """By file and name; a test that was renamed or deleted takes its promise along."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "security.md").read_text("utf-8"))
    assert 20 < len(named)
    missing = [f"{file}::{name}" for file, name in named if f"def {name}(" not in (ROOT / file).read_text("utf-8")]
    assert [] == missing
