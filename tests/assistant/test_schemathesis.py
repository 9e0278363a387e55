"""Whatever the OpenAPI description allows, and what it does not: no failure of the server, and no answer that it denies.

The short form sends some hundred requests; TANYA_ATTACK=1 (``make attack``) makes up more than 10,000, each of which is
sent twice.
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
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from assistant import Assistant, Config
from assistant.server import create_app
from assistant.verify_api import MAX_SENTENCES
from assistant.web import feedback
from index import Index, read_articles
from tests.assistant.operations import OPERATIONS
from tests.conftest import ROOT

TOKEN = "rahasia-untuk-penyerang"
FULL = bool(os.environ.get("TANYA_ATTACK"))
CASES = 500 if FULL else 3  # of each operation as described, and as many that are not
REBUILDS = 3  # each is a process of its own, whatever is sent with it
PROMISES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# What a request as described may be refused for all the same, because no schema can say it.
UNSAID = (
    "“since” is after “until”",  # one value beside another
    "“reason” must be one of",  # the same: those of the verdict
    f"more than the {MAX_SENTENCES} that are checked at once",  # what a sentence is
    "The request is larger than",  # the whole of it: a history of so many turns of such a length is as described
)
MADE: Counter[str] = Counter()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The whole application on an archive of its own, which the requests change."""
    folder = tmp_path_factory.mktemp("attacked")
    with Index.open(folder) as index, pytest.MonkeyPatch.context() as patched:
        patched.setattr(feedback, "A_MINUTE", 1_000_000)  # all come from one address
        index.add(read_articles(ROOT / "seeds"))
        yield create_app(index, Assistant(index), Config(data=str(folder), operator_token=TOKEN))


@pytest.fixture(scope="module")
def description(app: Any) -> Any:
    """The description that the application gives of itself."""
    read = schemathesis.openapi.from_asgi("/openapi.json", app)
    read.config.generation.update(with_security_parameters=False)  # made-up tokens would only meet the limit of guesses
    rejection = read.config.checks.negative_data_rejection
    rejection.expected_statuses = [*rejection.expected_statuses, "413"]  # too large is refused before it is read
    return read


def has_whole(case: Any) -> bool:
    """Whether a number of its address is written 1.0: JSON Schema has it for an integer, and so have we."""
    values = [value if isinstance(value, list) else [value] for value in (case.query or {}).values()]
    return any(isinstance(one, float) and one.is_integer() for value in values for one in value)


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
        MADE["cases"] += 1
        for headers in ({"Authorization": f"Bearer {TOKEN}"}, {}):
            response = case.call(headers=headers, timeout=600)
            answered[response.status_code] += 1
            unsaid = response.status_code in (413, 422) and any(one in response.json()["error"] for one in UNSAID)
            checks = list(PROMISES)
            if not unsaid:
                checks.append(positive_data_acceptance)
            if not has_whole(case):
                checks.append(negative_data_rejection)
            case.validate_response(response, checks=checks)

    for strategy in strategies:
        count = REBUILDS if (method, path) == ("POST", "/api/rebuild") else CASES
        tried = settings(
            max_examples=count, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
        )
        try:
            tried(given(case=strategy)(attack))()
        except Unsatisfiable:  # nothing can be sent that is not as described
            continue
    print(method, path, dict(answered))
    assert answered
    MADE["requests"] += answered.total()


@pytest.mark.skipif(not FULL, reason="tens of minutes long: TANYA_ATTACK=1")
def test_so_many_were_made() -> None:
    """By those before it: 10,000 at least."""
    print(dict(MADE))
    assert 10_000 <= MADE["cases"]
