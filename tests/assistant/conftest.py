"""An archive with the seeds and a few articles about one figure, asked through the shipped models."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import pytest

from assistant import Assistant, Config
from index import Article, Index, read_articles
from tests.assistant.browsing import Visitor, started
from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# One story in four articles: the same figure twice, a later one that differs, and text that tries to be markup.
FERRY = [
    Article(
        id="ferry-1",
        title="Feri Nusa Tambo tenggelam",
        source="Harian Tambo",
        published=date(2025, 3, 1),
        text="Feri Nusa Tambo tenggelam di Selat Kalea pada Sabtu (1/3). Jumlah korban tewas feri Nusa Tambo "
        "mencapai 12 orang. Penyebabnya masih diselidiki.",
    ),
    Article(
        id="ferry-2",
        title="Korban feri Nusa Tambo",
        source="Suara Kalea",
        published=date(2025, 3, 2),
        text="Menurut kepolisian, jumlah korban tewas feri Nusa Tambo mencapai 12 orang. Pencarian dilanjutkan besok.",
    ),
    Article(
        id="ferry-3",
        title="Korban feri Nusa Tambo bertambah",
        source="Kabar Selat",
        published=date(2025, 3, 9),
        text="Jumlah korban tewas feri Nusa Tambo kini mencapai 17 orang. Ini kata kepala kantor pencarian setempat.",
    ),
    Article(
        id="hostile",
        title="![gambar](http://evil.test/x.png)",
        source="<b>Koran</b>",
        published=date(2025, 4, 1),
        text="Gubernur Waringin meresmikan Pasar Melati pada 1 April 2025. "
        "Pasar Melati dibangun dengan biaya Rp 3 miliar [klik](http://evil.test) <img src=http://evil.test/x.png>.",
    ),
]


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The seeds and the ferry; tests that change an archive make their own."""
    with Index.open(tmp_path_factory.mktemp("archive")) as opened:
        opened.add([*read_articles(ROOT / "seeds"), *FERRY])
        yield opened


@pytest.fixture(scope="session")
def assistant(index: Index) -> Assistant:
    """The assistant as people have it."""
    return Assistant(index)


@pytest.fixture(scope="session")
def eager(index: Index) -> Assistant:
    """An assistant that takes whatever it found for an answer: for what does not hang on the calibration."""
    return Assistant(index, config=Config(answer_threshold=0.0))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; each visitor has a context of their own."""
    with started() as opened:
        yield opened


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visitor]:
    """Open pages; in the end nothing left the machine and nothing failed in the browser."""
    visitor = Visitor(browser)
    yield visitor
    visitor.leave()
    assert [] == visitor.troubles
