"""Ways out of a folder, tried on every route that takes a name."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant import Assistant, Config
from assistant.server import create_app
from index import Index

# As they come over the wire: plain, encoded once and twice, overlong, Windows', absolute, with a null byte.
WAYS = """..%2f..%2f..%2fetc%2fpasswd %2e%2e%2f%2e%2e%2fetc%2fpasswd ..%252f..%252fetc%252fpasswd ..%c0%afetc%c0%afpasswd
    ..%5c..%5cetc%5cpasswd %2fetc%2fpasswd %2f%2fetc%2fpasswd ....%2f%2f....%2f%2fetc%2fpasswd pages.py ..%2fconfig.py
    __init__.py __pycache__ tanya.css%00.py tanya.css%2f..%2fpages.py .%2fpages.py file:%2f%2f%2fetc%2fpasswd""".split()


@pytest.fixture(scope="module")
def client(index: Index, assistant: Assistant) -> Any:
    """A visitor of the whole application."""
    app = create_app(index, assistant, Config())
    return TestClient(app, "http://localhost", client=("127.0.0.1", 50000))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("route", ["/web/", "/article/", "/api/articles/", "/static/", "/assets/", "/theme.css/", "/"])
def test_no_way_leads_out(client: Any, route: str, way: str) -> None:
    """No file of the machine or of the program, whatever the status."""
    answer = client.get(f"{route}{way}")
    assert answer.status_code in (403, 404, 405, 422), answer.text[:200]
    assert "root:x:" not in answer.text
    assert "from __future__" not in answer.text
