"""Whatever the OpenAPI description allows, and what it does not: no failure of the server, and no answer that it denies.

The short form sends some hundred requests; TANYA_ATTACK=1 (``make attack``) sends more than 10,000.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from assistant import Assistant, Config
from assistant.server import create_app
from index import Index, read_articles
from tests.assistant.operations import OPERATIONS
from tests.conftest import ROOT

TOKEN = "rahasia-untuk-penyerang"
FULL = bool(os.environ.get("TANYA_ATTACK"))
CASES = 1000 if FULL else 12  # of each operation
REBUILDS = 3  # each is a process of its own, whatever is sent with it
PROMISES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The whole application on an archive of its own, which the requests change."""
    folder = tmp_path_factory.mktemp("attacked")
    with Index.open(folder) as index:
        index.add(read_articles(ROOT / "seeds"))
        yield create_app(index, Assistant(index), Config(data=str(folder), operator_token=TOKEN))


@pytest.fixture(scope="module")
def description(app: Any) -> Any:
    """The description that the application gives of itself."""
    read = schemathesis.openapi.from_asgi("/openapi.json", app)
    read.config.generation.update(with_security_parameters=False)  # made-up tokens would only meet the limit of guesses
    return read


def test_no_operation_is_left_out(description: Any) -> None:
    """What is attacked is what is described."""
    described = {(method.upper(), path) for path in description for method in description[path]}
    assert set(OPERATIONS) == described


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_keeps_what_its_description_promises(description: Any, method: str, path: str) -> None:
    """Requests as described and requests that are not, as an operator and as nobody."""
    operation = description[path][method.lower()]
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    strategies = [operation.as_strategy(generation_mode=mode) for mode in modes]
    answered: Counter[int] = Counter()

    def attack(case: Any) -> None:
        for headers in ({"Authorization": f"Bearer {TOKEN}"}, {}):
            response = case.call(headers=headers, timeout=600)
            answered[response.status_code] += 1
            case.validate_response(response, checks=PROMISES)

    for strategy in strategies:
        count = REBUILDS if (method, path) == ("POST", "/api/rebuild") else max(CASES // 4, 3)
        tried = settings(
            max_examples=count, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
        )
        try:
            tried(given(case=strategy)(attack))()
        except Unsatisfiable:  # nothing can be sent that is not as described
            continue
    print(method, path, dict(answered))
    assert answered
