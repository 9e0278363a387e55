"""The bilingual dictionary: both directions, keyed as the lexicon searches."""

from itertools import pairwise

import pytest

from index.dictionary import Dictionary, Translation
from index.language import fold, stem


@pytest.mark.parametrize(
    ("word", "language", "expected"),
    [
        ("pertahanan", "id", "defens"),
        ("Jerman", "id", "germani"),
        ("newspaper", "en", "koran"),
        ("Loan", "en", "pinjam"),
        ("president", "en", "presiden"),
    ],
)
def test_everyday_words_are_known(word: str, language: str, expected: str) -> None:
    """A word is found by its stem, and its translations are stems of the other language."""
    found = Dictionary.load().translations(stem(fold(word), language), language)
    assert expected in [translation.stem for translation in found]


def test_the_best_translation_comes_first_and_there_are_at_most_eight() -> None:
    """Translations are ordered by probability, none is improbable, and no stem has more than eight."""
    dictionary = Dictionary.load()
    for word in ("budget", "crown", "run", "take", "government"):
        found = dictionary.translations(stem(word, "en"), "en")
        assert 1 <= len(found) <= 8
        assert all(0.05 < one.probability <= 1 for one in found)
        assert all(one.probability >= other.probability for one, other in pairwise(found))


def test_an_unknown_stem_has_no_translation() -> None:
    """Names, numbers and nonsense have none; an empty stem has none either."""
    dictionary = Dictionary.load()
    assert [(), (), ()] == [dictionary.translations(word, "id") for word in ("xqzzy", "441", "")]


def test_it_is_read_once() -> None:
    """Every caller shares one dictionary."""
    assert Dictionary.load() is Dictionary.load()


def test_a_line_is_a_stem_and_its_translations() -> None:
    """The text form: stem and probability, separated by tabs."""
    dictionary = Dictionary({"id\tbuku": "book 0.900\tvolum 0.060"})
    assert (Translation("book", 0.9), Translation("volum", 0.06)) == dictionary.translations("buku", "id")
    assert () == dictionary.translations("buku", "en")
