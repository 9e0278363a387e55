"""Which articles may answer: what was given, what the words of the question imply, and neither."""

from __future__ import annotations

from datetime import date

from assistant import Assistant
from index import Index

FERRY = "Berapa jumlah korban tewas feri Nusa Tambo?"
NAMED = "Berapa jumlah korban tewas feri Nusa Tambo menurut Harian Tambo?"


def test_what_the_words_imply_is_told_and_can_be_dropped(eager: Assistant) -> None:
    """An outlet named in the question limits the search; the same question without what it implies does not."""
    answer = eager.ask(NAMED)
    assert "Harian Tambo" == answer.source
    assert {"Harian Tambo"} == {citation.source for citation in answer.citations}
    freed = eager.ask(NAMED, implied=False)
    assert freed.source is None
    assert {"Harian Tambo"} < {citation.source for citation in freed.citations}


def test_what_was_given_is_told(eager: Assistant) -> None:
    """Days, outlet and language that were given."""
    answer = eager.ask(FERRY, since=date(2025, 3, 2), until=date(2025, 3, 2))
    assert (date(2025, 3, 2), date(2025, 3, 2), None) == (answer.since, answer.until, answer.source)
    assert {"ferry-2"} == {citation.article_id for citation in answer.citations}
    english = eager.ask("Berapa jumlah korban tewas?", language="en")
    assert {"en"} >= {citation.language for citation in english.citations}


def test_several_outlets_may_be_given(eager: Assistant) -> None:
    """Any of them may answer, and the answer tells them all; a list of one is that one."""
    answer = eager.ask(FERRY, source=["Harian Tambo", "Kabar Selat"])
    assert ("Harian Tambo", "Kabar Selat") == answer.source
    assert {"Harian Tambo", "Kabar Selat"} == {citation.source for citation in answer.citations}
    alone = eager.ask(FERRY, source=["Kabar Selat"])
    assert "Kabar Selat" == alone.source
    assert {"Kabar Selat"} == {citation.source for citation in alone.citations}
    assert eager.ask(NAMED, source=[]).source == "Harian Tambo"


def test_a_window_that_leaves_nothing_is_not_told_as_kept(eager: Assistant) -> None:
    """Where the implied window had to be given up, the answer is of the whole archive."""
    answer = eager.ask("Berapa jumlah korban tewas feri Nusa Tambo dalam berita 1999?")
    assert (None, None) == (answer.since, answer.until)


def test_sources_that_disagree_are_different_statements(eager: Assistant, index: Index) -> None:
    """The same figure is one statement, another figure another; each says which search leg found it."""
    answer = eager.ask(FERRY)
    said = {citation.article_id: citation.statement for citation in answer.citations}
    assert said["ferry-1"] == said["ferry-2"] != said["ferry-3"]
    assert all(citation.lexical_rank or citation.dense_rank for citation in answer.citations)
