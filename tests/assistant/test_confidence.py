"""Confidence: surer where the reader is surer, and three outcomes in order."""

from __future__ import annotations

from dataclasses import replace

from assistant.confidence import Confidence, ConfidenceFeatures, best_evidence, features_of
from assistant.reader import Evidence
from index import Passage, SearchResult

FEATURES = ConfidenceFeatures(2.0, 1.0, 0.8, 0.6, 1.0, 0.2, 0.5, "who", False)


def result(score: float, language: str = "id") -> SearchResult:
    return SearchResult(Passage(1, "a", 0, 4, "Satu", language=language), score, dense_score=0.5)


def evidence(passage: int, score: float) -> Evidence:
    return Evidence(passage, 0, 4, 0, 4, score, coverage=0.8, sentence_coverage=0.6)


def test_a_surer_reader_is_a_surer_answer():
    """The probability rises with the reader's score and with its lead."""
    confidence = Confidence.load()
    weak, strong = replace(FEATURES, best=-8.0, margin=-4.0), replace(FEATURES, best=8.0, margin=6.0)
    assert 0.0 < confidence.probability(weak) < confidence.probability(FEATURES) < confidence.probability(strong) < 1.0


def test_thresholds_are_in_order():
    """An answer needs more than a closest passage."""
    confidence = Confidence.load()
    assert 0.0 < confidence.closest < confidence.answer < 1.0


def test_probability_never_overflows():
    """Scores beyond all measure give a chance, not an error."""
    confidence = Confidence.load()
    assert (
        0.0
        <= confidence.probability(replace(FEATURES, best=-1e9))
        <= confidence.probability(replace(FEATURES, best=1e9))
        <= 1.0
    )


def test_features_of_what_was_read():
    """Margin, retrieval share and gap are taken from the right passages."""
    results, found = [result(2.0), result(1.0, "en")], [evidence(0, 1.0), evidence(1, 4.0)]
    expected = ConfidenceFeatures(4.0, 3.0, 0.8, 0.6, 0.5, 0.5, 0.5, "who", True)
    assert expected == features_of("Siapa?", "id", results, found, 1)


def test_one_passage_has_nothing_to_lead():
    """A single passage has no margin and the whole gap."""
    features = features_of("Siapa?", "id", [result(2.0)], [evidence(0, 1.0)], 0)
    assert (0.0, 1.0) == (features.margin, features.gap)


def test_search_counts_beside_the_reader():
    """A passage found far better outweighs a small lead of the reader's, a clear lead does not."""
    results = [result(2.0), result(0.5)]
    assert 0 == best_evidence(results, [evidence(0, 1.0), evidence(1, 1.5)], weight=2.0)
    assert 1 == best_evidence(results, [evidence(0, 1.0), evidence(1, 9.0)], weight=2.0)
