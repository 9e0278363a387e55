"""As many articles as wanted, made of real ones: first the real ones themselves, then rounds of recombined ones.

The real articles (``../shared/data/train``: news and first paragraphs of an encyclopaedia) stand in one shuffled order,
so that ten thousand passages are the same mix as a million. Article i of round r has as many pairs of sentences as real
article i has, and its j-th pair is the j-th (counted around) of real article i + j * r * STRIDE; its title is made of
the two halves of real titles i and i + r. In all of them

- every digit d of a number becomes 1 + (d + r) mod 9, so that dates in sentences, sums and scores are others;
- every word that is capitalised inside a sentence becomes another such word, r * STRIDE ranks further by how often it
  occurs.

No two passages then share more than a pair of sentences with other names and figures: they are no near-copies of each
other (NEAR_DUPLICATE asks for 80 % of the words), and no article is a copy. Outlet and day of publication are drawn.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Final

from index import Article
from index.splitting import sentences

SOURCES: Final = ("art_id_clickid", "art_id_indosum", "art_id_wikilead")
OUTLETS: Final = 40
STRIDE: Final = 7919  # the thousandth prime
NAMES: Final = 20_000
_FIRST_DAY: Final = date(2015, 1, 1)
_DAYS: Final = 4000
_NAME: Final = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}")
_DIGIT: Final = re.compile(r"[0-9]")


def recombined(data: Path) -> Iterator[Article]:
    """Articles without end; the same for the same ``data``."""
    real = list(_real(data))
    random.Random(1).shuffle(real)
    draw = random.Random(2)
    for number, (title, text) in enumerate(real):
        yield _published(f"s0-{number}", title, text, draw)

    pairs = [_pairs(text) for _, text in real]
    named = Counter(name for _, text in real for name in _NAME.findall(text))
    names = [name for name, _ in named.most_common(NAMES)]
    ranks = {name: rank for rank, name in enumerate(names)}
    for turn in count(1):

        def changed(text: str, turn: int = turn) -> str:
            text = _DIGIT.sub(lambda found: str(1 + (int(found[0]) + turn) % 9), text)
            return _NAME.sub(
                lambda found: names[(ranks[found[0]] + turn * STRIDE) % len(names)] if found[0] in ranks else found[0],
                text,
            )

        for number in range(len(real)):
            chosen = []
            for place in range(len(pairs[number])):
                other = pairs[(number + place * turn * STRIDE) % len(real)]
                chosen.append(other[place % len(other)])
            first, second = real[number][0].split(), real[(number + turn) % len(real)][0].split()
            title = " ".join([*first[: (len(first) + 1) // 2], *second[len(second) // 2 :]])
            yield _published(f"s{turn}-{number}", changed(title), changed("\n".join(chosen)), draw)


def _real(data: Path) -> Iterator[tuple[str, str]]:
    for source in SOURCES:
        with gzip.open(data / "train" / f"{source}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if any(map(str.isalnum, row["text"])):
                    yield row["title"] if isinstance(row["title"], str) else "", row["text"]  # one title is NaN


def _pairs(text: str) -> list[str]:
    spans = sentences(text)
    return [text[two[0].start : two[-1].end] for two in (spans[at : at + 2] for at in range(0, len(spans), 2))]


def _published(article_id: str, title: str, text: str, draw: random.Random) -> Article:
    """With an outlet and a day; a few outlets publish most of it, as in life."""
    outlet = min(int(draw.expovariate(6 / OUTLETS)), OUTLETS - 1)
    day = _FIRST_DAY + timedelta(days=draw.randrange(_DAYS))
    return Article(text=text, title=title, id=article_id, source=f"Harian {outlet:02}", published=day, language="id")
