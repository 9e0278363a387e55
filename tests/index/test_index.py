"""The index as its users see it: what is added is found, what is removed is gone, and nothing is lost."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index import ArchiveError, Article, BusyError, Index, Rejected, WrongModelError
from index.embedding import open_embedder
from index.lexicon import Lexicon

FLOOD = Article(
    id="banjir",
    title="Banjir Rendam Tiga Desa di Wanareja",
    text="Banjir merendam tiga desa di Wanareja sejak Senin malam.\nSebanyak 1.240 warga mengungsi ke balai kota.",
    source="Harian Sangalaya",
    published=date(2025, 11, 3),
)
FERRY = Article(
    id="feri",
    title="Tarif Feri Naik",
    text="Tarif feri ke Pulau Sangalaya naik menjadi Rp 45.000 mulai Desember.",
    source="Kabar Timur",
    published=date(2025, 11, 20),
)
SCHOOL = Article(
    id="school",
    title="New School Opens in Wanareja",
    text="A new primary school opened in Wanareja on Monday. The mayor said 320 pupils have enrolled.",
    source="Sangalaya Post",
    published=date(2026, 1, 12),
)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "data") as opened:
        yield opened


def _found(index: Index, question: str, **filters: object) -> list[str]:
    return [result.passage.article_id for result in index.search(question, **filters)]  # type: ignore[arg-type]


def test_an_outlet_has_what_it_has_a_copy_of(index: Index) -> None:
    """Filtered by the outlet of a copy, the article is found by both legs: newer than the generation, sealed, mixed."""
    copy = replace(FLOOD, id="salinan", source="Kabar Selat")
    question, asked = "Berapa warga yang mengungsi karena banjir?", {"source": "Kabar Selat"}
    index.add([FLOOD, FERRY])
    index.rebuild()
    assert [] == _found(index, question, **asked)
    index.add([copy, replace(FERRY, id="kabar", title="Kabar", text="Banjir di Selat.", source="Kabar Selat")])
    for sealed in (False, True):
        first, second = index.search(question, **asked)  # type: ignore[arg-type]
        assert ("banjir", ["salinan"], "kabar") == (
            first.passage.article_id,
            [other.id for other in first.also_in],
            second.passage.article_id,
        )
        assert (first.lexical_rank, first.dense_rank) == (1, 1)
        assert ["kabar"] == _found(index, question, since=date(2025, 11, 10), **asked)
        if not sealed:
            index.rebuild()
    index.remove(["salinan"])
    assert ["kabar"] == _found(index, question, **asked)


def test_what_is_added_is_found_at_once(index: Index) -> None:
    """A question finds the article that answers it, in either language, right after add."""
    report = index.add([FLOOD, FERRY, SCHOOL])
    assert (report.added, report.updated, report.unchanged, report.passages) == (3, 0, 0, 3)
    assert _found(index, "Berapa warga yang mengungsi karena banjir?")[0] == "banjir"
    assert _found(index, "tarif feri sekarang brp")[0] == "feri"
    assert _found(index, "How many pupils enrolled at the new school?")[0] == "school"
    assert _found(index, "Berapa murid sekolah baru di Wanareja?")[0] == "school"
    assert _found(index, "How many residents fled the flood?")[0] == "banjir"


def test_adding_again_changes_nothing(index: Index) -> None:
    """The same article is recognised, and no passage is made twice."""
    index.add([FLOOD, FERRY])
    before = index.search("banjir Wanareja")
    report = index.add([FLOOD, FERRY])
    assert (report.added, report.unchanged, report.passages) == (0, 2, 0)
    assert before == index.search("banjir Wanareja")


def test_a_changed_article_replaces_the_old_one(index: Index) -> None:
    """After an update only the new text is found."""
    index.add([FLOOD])
    changed = Article(id="banjir", title=FLOOD.title, text="Air sudah surut dan 1.612 pengungsi pulang.")
    assert index.add([changed]).updated == 1
    assert [r.passage.text for r in index.search("pengungsi banjir")] == ["Air sudah surut dan 1.612 pengungsi pulang."]


def test_an_edited_file_replaces_what_was_read_from_it(index: Index) -> None:
    """An article without an id of its own is known by where it was read from."""
    index.add([Article(text="Jembatan dibuka Senin.", origin="/berita/jembatan.txt")])
    report = index.add([Article(text="Jembatan dibuka Selasa.", origin="/berita/jembatan.txt")])
    assert (report.added, report.updated) == (0, 1)
    assert [result.passage.text for result in index.search("kapan jembatan dibuka")] == ["Jembatan dibuka Selasa."]


def test_a_removed_article_is_gone_from_every_search(index: Index) -> None:
    """Removal holds at once, before and after a rebuild, also for what a sealed generation holds."""
    index.add([FLOOD, FERRY, *_wells(20)])  # in one segment with others
    index.rebuild()
    assert index.remove(["banjir", "tidak ada"]) == 1
    assert "banjir" not in _found(index, "banjir Wanareja warga mengungsi")
    assert index.document_frequency("banjir") == 0
    assert index.article("banjir") is None
    index.rebuild()
    assert "banjir" not in _found(index, "banjir Wanareja warga mengungsi")
    assert index.document_frequency("banjir") == 0


def test_a_copy_is_kept_under_both_ids(index: Index) -> None:
    """The same text in another outlet is one article with two ids, shown as also in; removing one keeps the other."""
    copy = Article(id="banjir-2", title="Tiga Desa Terendam", text=FLOOD.text, source="Kabar Timur")
    report = index.add([FLOOD, copy])
    assert (report.added, report.copied) == (1, 1)
    first, second = index.article("banjir"), index.article("banjir-2")
    assert first is not None
    assert first == second
    (result,) = index.search("warga mengungsi banjir")
    assert [other.id for other in result.also_in] == ["banjir-2"]

    index.remove(["banjir"])
    assert _found(index, "warga mengungsi banjir") == ["banjir-2"]


def test_filters_by_date_outlet_and_language(index: Index) -> None:
    """Filters hold on both legs, for the sealed generation and for what is newer than it."""
    index.add([FLOOD, FERRY])
    for sealed in (False, True):
        if sealed:
            index.rebuild()
        question = "Wanareja Sangalaya feri banjir school"
        assert {"banjir", "feri"} == set(_found(index, question))
        assert {"feri"} == set(_found(index, question, since=date(2025, 11, 10)))
        assert {"banjir"} == set(_found(index, question, until=date(2025, 11, 10)))
        assert {"feri"} == set(_found(index, question, source="kabar"))
        assert {"banjir", "feri"} == set(_found(index, question, source=["kabar", "harian sangalaya", "tidak dikenal"]))
        assert {"banjir"} == set(_found(index, question, source=("harian sangalaya",)))
        assert {"banjir", "feri"} == set(_found(index, question, source=[]))
        assert [] == _found(index, question, source=["tidak dikenal", "juga tidak"])
        assert _found(index, question, source="tidak dikenal") == []
        assert _found(index, question, language="en") == []


def test_what_cannot_be_archived_is_rejected_with_a_reason(index: Index) -> None:
    """One bad article does not keep the others out."""
    bad = [
        Article(text=" ... "),
        Article(text="Baik", id="x" * 201),
        Article(text="\ud800 rusak"),
        Rejected("a.pdf", "empty"),
    ]
    report = index.add([*bad, FLOOD])
    assert report.added == 1
    assert len(report.rejected) == 4
    assert all(rejected.reason for rejected in report.rejected)


words = st.sampled_from(
    "banjir desa warga Rp 1.500 feri tarif. Senin (25/7) “naik” kata dr. Ahmad! é ½ 🙂 \n".split(" ")
)
texts = st.lists(words, min_size=1, max_size=300).map(" ".join).filter(lambda text: any(c.isalnum() for c in text))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(texts, min_size=1, max_size=3))
def test_a_passage_is_exactly_a_piece_of_its_article(index: Index, bodies: list[str]) -> None:
    """Law 1, below the assistant: the offsets of every result cut its text out of its article."""
    index.add([Article(text=text, title="Berita") for text in bodies])
    for result in index.search("banjir desa Senin tarif feri", top_k=20):
        article = index.article(result.passage.article_id)
        assert article is not None
        assert article.text[result.passage.start : result.passage.end] == result.passage.text


def test_a_rebuild_changes_no_answer(index: Index) -> None:
    """Sealed or not, the same passages come with the same scores (to what float16 and Chroma keep)."""
    index.add([FLOOD, FERRY, SCHOOL])
    before = index.search("banjir di Wanareja")
    index.rebuild()
    after = index.search("banjir di Wanareja")
    assert (index.status().generation, index.status().tail) == (1, 0)
    assert [result.passage for result in before] == [result.passage for result in after]
    assert [result.score for result in before] == pytest.approx([result.score for result in after], abs=1e-3)


def test_everything_but_the_archive_can_be_deleted(tmp_path: Path) -> None:
    """Law 2: the lexicon and the generations come back by themselves."""
    folder = tmp_path / "data"
    with Index.open(folder) as index:
        index.add([FLOOD, FERRY, SCHOOL])
        index.rebuild()
        expected = _found(index, "banjir di Wanareja")
    shutil.rmtree(folder / "lexicon")
    shutil.rmtree(folder / "generations")
    with Index.open(folder) as index:
        assert expected == _found(index, "banjir di Wanareja")
        assert index.document_frequency("banjir") >= 1


def test_a_damaged_generation_is_never_served(tmp_path: Path) -> None:
    """A flipped byte in Chroma's files is found before they are opened; the archive stands in."""
    folder = tmp_path / "data"
    with Index.open(folder) as index:
        index.add([FLOOD, FERRY, SCHOOL])
        index.rebuild()
        expected = _found(index, "banjir di Wanareja")
    (damaged,) = folder.rglob("data_level0.bin")
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 0xFF
    damaged.write_bytes(content)
    with Index.open(folder) as index:
        assert index.status().generation is None
        assert expected == _found(index, "banjir di Wanareja")


def test_what_another_process_adds_is_seen(tmp_path: Path) -> None:
    """A reader that is already open follows what a writer commits."""
    with Index.open(tmp_path / "data") as reader, Index.open(tmp_path / "data") as writer:
        assert reader.search("banjir") == []
        writer.add([FLOOD])
        assert _found(reader, "banjir") == ["banjir"]
        writer.rebuild()
        assert _found(reader, "banjir") == ["banjir"]
        assert reader.status().generation == 1
        writer.remove(["banjir"])
        assert _found(reader, "banjir") == []


def test_what_is_committed_while_a_reader_looks_is_seen_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lexicon that a writer commits just after a reader has opened it again is not taken for the one it reads."""
    reload = Lexicon.reload
    with Index.open(tmp_path / "data") as reader, Index.open(tmp_path / "data") as writer:
        writer.add([FERRY])
        assert 1 == reader.search("tarif feri")[0].lexical_rank
        writer._archive.add([FLOOD])

        def overtaken(lexicon: Lexicon) -> None:
            reload(lexicon)
            writer._lexicon.follow()

        with monkeypatch.context() as patched:
            patched.setattr(Lexicon, "reload", overtaken)
            reader.search("banjir")  # with the lexicon as it was, unless tantivy has looked again by itself
        assert 1 == reader.search("banjir")[0].lexical_rank


class Counting:
    """The shipped embedder, which counts the passages that it is given."""

    def __init__(self) -> None:
        shipped = open_embedder()
        self.name, self.dimensions, self.embed_questions = shipped.name, shipped.dimensions, shipped.embed_questions
        self._shipped, self.passages = shipped, 0
        self.meanwhile: Callable[[], None] = lambda: None

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.passages += len(texts)
        self.meanwhile()
        return self._shipped.embed_passages(texts)


def _wells(number: int) -> list[Article]:
    return [Article(f"Sumur ke-{one} di Sangalaya digali warga.", id=f"{one:04}") for one in range(number)]


def test_who_asks_while_others_write_embeds_nothing(tmp_path: Path) -> None:
    """What is seen has its vectors: while it is embedded nobody sees it."""
    asking, adding = Counting(), Counting()
    text = "Sumur ke-7 di Sangalaya digali warga"
    with Index.open(tmp_path / "data", asking) as reader, Index.open(tmp_path / "data", adding) as writer:
        adding.meanwhile = lambda: seen.append(_found(reader, text))
        seen: list[list[str]] = []
        writer.add(_wells(600))
        assert [False, True, True] == [bool(found) for found in seen]
        writer.add([Article(_wells(8)[7].text, title="Sumur", id="salinan", source="Kabar Timur")])
        writer.remove(["0007"])  # its copy takes its place, under another title
        assert "salinan" in _found(reader, text)
        writer.restore([replace(one, id=f"lain-{one.id}", text=f"{one.text} Lagi.") for one in _wells(300)])
        assert _found(reader, f"{text}. Lagi.")
        assert 900 == reader._vectors.tail_size
        assert 0 == asking.passages
        assert 0 == len(writer._archive.unembedded_ids(adding.name))


def test_a_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    """One writer at a time; the other gets a sentence, not a wait."""
    with Index.open(tmp_path / "data") as index, FileLock(tmp_path / "data" / "writer.lock"):
        (tmp_path / "data" / "writer.json").write_text('{"pid": 41, "host": "redaksi", "what": "add", "since": "now"}')
        with pytest.raises(BusyError, match="process 41 on redaksi"):
            index.add([FLOOD])


def test_another_model_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """Vectors of two models are never compared; rebuild makes the index whole for the new one."""

    class Renamed:
        name = "another"
        dimensions = open_embedder().dimensions
        embed_passages = staticmethod(open_embedder().embed_passages)
        embed_questions = staticmethod(open_embedder().embed_questions)

    with Index.open(tmp_path / "data") as index:
        index.add([FLOOD])
        index.rebuild()
    with Index.open(tmp_path / "data", embedder=Renamed()) as index:
        with pytest.raises(WrongModelError, match="tanya rebuild"):
            index.search("banjir")
        index.rebuild()
        assert _found(index, "banjir") == ["banjir"]


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    """A file that is no archive is left alone, with a sentence."""
    (tmp_path / "archive.sqlite3").write_bytes(b"not a database" * 1000)
    with pytest.raises(ArchiveError, match="cannot be opened"):
        Index.open(tmp_path)


def test_searching_goes_on_while_generations_change(tmp_path: Path) -> None:
    """Searches in other threads neither fail nor lose an article while rebuilds swap what they read."""
    with Index.open(tmp_path / "data") as index:
        index.add([FLOOD, FERRY, SCHOOL])
        stop, failures = threading.Event(), []

        def ask() -> None:
            while not stop.wait(0.01):
                try:
                    if _found(index, "banjir di Wanareja")[:1] != ["banjir"]:
                        failures.append("not found")
                except Exception as error:
                    failures.append(repr(error))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            index.rebuild()
        stop.set()
        for thread in threads:
            thread.join()
        assert failures == []
        assert index.status().generation == 3


def test_is_a_llama_index_retriever(index: Index) -> None:
    """Nodes carry the passage, its score and what a citation needs."""
    index.add([FLOOD, FERRY])
    node = index.as_retriever(top_k=1).retrieve("tarif feri")[0]
    assert FERRY.text == node.text
    assert (node.metadata["article_id"], node.metadata["published"]) == ("feri", "2025-11-20")


def test_there_must_be_something_to_roll_back_to(index: Index) -> None:
    """Without an earlier generation rollback says so and changes nothing."""
    index.add([FLOOD])
    index.rebuild()
    with pytest.raises(ArchiveError, match="no earlier generation"):
        index.rollback()
    assert 1 == index.status().generation
