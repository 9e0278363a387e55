"""The overview: pictures of what the archive holds, drawn here as SVG. Each has a table that says the same.

Bars stretch with the page and so hold no letters; what is written around them is HTML, as large as the rest.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Final
from urllib.parse import quote

from assistant.web.archive_words import month, said, spans, spoken, thousands
from assistant.web.mentions import Mention, Mentions, most_named
from assistant.web.words import both_dates
from index import Index, IndexStatus, MonthCount

__all__ = ["Overview"]

NEWEST: Final = 1_500  # articles that names are counted in: half a second, once for each state of the archive
_SERIES: Final = 5  # outlets with a colour of their own
_BARS: Final = 40
_FEWEST: Final = 12  # bars are not as wide as walls
_GAP: Final = 1.6  # of a bar's ten units


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was counted, and of which state of the archive."""

    state: object
    timeline: Sequence[MonthCount]
    mentions: Mentions


class Overview:
    """The page's content. What takes long is counted once for each state of the archive."""

    def __init__(self, index: Index) -> None:
        """Nothing is counted yet."""
        self._index = index
        self._seen: _Seen | None = None
        self._lock = threading.Lock()

    def html(self, topic: str) -> str:
        """Everything, with the coverage of a topic; without one, of whoever is named most."""
        seen = self._now()
        named = [*seen.mentions.people[:1], *seen.mentions.places[:1]]
        shown = topic or (named[0].name if named else "")
        return (
            f'<div class="overview"><h1>{said("overview")}</h1><p class="overview__lead">{said("overview_lead")}</p>'
            f"{_timeline_html(seen.timeline)}"
            f'<div class="overview__pair">{_named_html("people", seen.mentions.people, "who", seen.mentions.read)}'
            f"{_named_html('places', seen.mentions.places, 'what_in', seen.mentions.read)}</div>"
            f"{_topic_html(shown, self._index.coverage(shown) if shown else [])}"
            f"{_health_html(self._index.status(), self._index.size())}</div>"
        )

    def _now(self) -> _Seen:
        with self._lock:
            state = self._index.changed()
            if self._seen is None or self._seen.state != state:
                articles = self._index.articles(limit=NEWEST).articles
                self._seen = _Seen(state, self._index.timeline(), most_named(articles))
            return self._seen


# ---- pictures -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Chart:
    """Counts by time (rows) and series (columns); a time's label is a pair, for both languages."""

    times: tuple[tuple[str, str], ...]
    series: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def highest(self) -> int:
        return max((sum(row) for row in self.counts), default=0)


def _timeline_html(timeline: Sequence[MonthCount]) -> str:
    if not timeline:
        return _section("over-time", said("over_time"), f'<p class="soft">{said("no_dates")}</p>')
    chart = _chart(timeline, _SERIES)
    outlets = _by_outlet(timeline)
    most = tuple(
        ", ".join(f"{_outlet(name)[place]} ({thousands(count)[place]})" for name, count in outlets.most_common(3))
        for place in range(2)
    )
    text = said(
        "over_time_text",
        count=thousands(outlets.total()),
        first=month(timeline[0].month),
        last=month(timeline[-1].month),
        most=most,
    )
    return _section("over-time", said("over_time"), _chart_html("over-time", chart, text))


def _topic_html(topic: str, coverage: Sequence[MonthCount]) -> str:
    form = (
        '<form class="topic" method="get" action="/overview#topic"><label class="field"><span>'
        f'{said("topic")}</span><input type="search" name="topic" value="{escape(topic)}" maxlength="200"></label>'
        f'<button class="push">{said("show")}</button></form>'
    )
    if not coverage:
        body = f'<p class="soft">{said("no_topic", topic=topic)}</p>' if topic else ""
    else:
        text = said(
            "topic_text",
            count=thousands(sum(one.articles for one in coverage)),
            topic=topic,
            first=month(coverage[0].month),
            last=month(coverage[-1].month),
        )
        body = _chart_html("topic", _chart(coverage, 0), text)
    return _section("topic", said("topic_over_time"), form + body)


def _by_outlet(counted: Sequence[MonthCount]) -> Counter[str]:
    outlets: Counter[str] = Counter()
    for one in counted:
        outlets[one.source] += one.articles
    return outlets


def _chart(counted: Sequence[MonthCount], own: int) -> _Chart:
    """Counts over time; ``own`` outlets stand for themselves and the others together."""
    step = _axis(counted[0].month, counted[-1].month)
    last = _months(counted[-1].month) // step
    first = min(max(_months(counted[0].month) // step, last - _BARS + 1), last - _FEWEST + 1)
    outlets = [name for name, _ in _by_outlet(counted).most_common(own)]
    rest = len(_by_outlet(counted)) > len(outlets)
    rows = [[0] * (len(outlets) + rest) for _ in range(first, last + 1)]
    for one in counted:
        row = _months(one.month) // step - first
        if row >= 0:  # a mistyped year in the far past does not flatten the rest
            rows[row][outlets.index(one.source) if one.source in outlets else len(outlets)] += one.articles
    return _Chart(
        tuple(_label(place, step) for place in range(first, last + 1)),
        (*outlets, *[_OTHERS] * rest),
        tuple(tuple(row) for row in rows),
    )


_OTHERS: Final = "\0others"  # no outlet's name


def _axis(first: date, last: date) -> int:
    """How many months a bar stands for: one, a quarter's three, or a year's."""
    months = _months(last) - _months(first) + 1
    return next((step for step in (1, 3) if months <= step * _BARS), 12)


def _months(day: date) -> int:
    return day.year * 12 + day.month - 1


def _label(place: int, step: int) -> tuple[str, str]:
    year, rest = divmod(place * step, 12)
    if step == 1:
        return month(date(year, rest + 1, 1))
    text = f"Q{rest // 3 + 1} {year}" if step == 3 else str(year)
    return text, text


def _outlet(name: str) -> tuple[str, str]:
    return spoken("others") if name == _OTHERS else (name, name) if name else spoken("no_outlet")


def _chart_html(name: str, chart: _Chart, text: str) -> str:
    """Bars with their axis, their legend and their table; screen readers hear heading and summary instead."""
    many = len(chart.series) > 1
    legend = "".join(
        f'<li><span class="swatch fill--{_colour(chart, place)}"></span>{spans(*_outlet(one))}</li>'
        for place, one in enumerate(chart.series)
    )
    middle = chart.times[len(chart.times) // 2]
    ticks = [chart.times[0], middle, chart.times[-1]] if len(chart.times) > 2 else list(chart.times)
    axis = "".join(f"<span>{spans(*tick)}</span>" for tick in ticks)
    return (
        f'<p id="{name}-text">{text}</p><figure class="chart"><span class="chart__most" aria-hidden="true">'
        f"{spans(*thousands(chart.highest))}</span>"
        f'<svg viewBox="0 0 {len(chart.times) * 10} 100" preserveAspectRatio="none" role="img" '
        f'aria-labelledby="{name}-title" aria-describedby="{name}-text">{_bars(chart)}</svg>'
        f'<div class="chart__axis" aria-hidden="true">{axis}</div>'
        f"{f'<ul class=legend>{legend}</ul>' if many else ''}</figure>{_table_html(name, chart)}"
    )


def _colour(chart: _Chart, place: int) -> str:
    return "others" if chart.series[place] == _OTHERS and len(chart.series) > 1 else str(place)


def _bars(chart: _Chart) -> str:
    scale = 100 / max(chart.highest, 1)
    bars = []
    for number, row in enumerate(chart.counts):
        base = 100.0
        for place, count in enumerate(row):
            if not count:
                continue
            base -= count * scale
            named = f"{_outlet(chart.series[place])[1]}, " if len(chart.series) > 1 else ""
            bars.append(
                f'<rect class="fill--{_colour(chart, place)}" x="{number * 10 + _GAP / 2:g}" y="{base:.2f}" '
                f'width="{10 - _GAP:g}" height="{count * scale:.2f}">'
                f"<title>{escape(f'{chart.times[number][1]}: {named}{count:,}')}</title></rect>"
            )
    return "".join(bars)


def _table_html(name: str, chart: _Chart) -> str:
    single = len(chart.series) == 1
    heads = "".join(
        f'<th scope="col">{said("articles") if single else spans(*_outlet(one))}</th>' for one in chart.series
    )
    cells = ["".join(f"<td>{spans(*thousands(count))}</td>" for count in row) for row in chart.counts]
    rows = "".join(
        f'<tr><th scope="row">{spans(*time)}</th>{row}</tr>' for time, row in zip(chart.times, cells, strict=True)
    )
    return (
        f'<details class="figures"><summary>{said("as_table")}</summary>'
        f'<div class="figures__scroll" tabindex="0" role="region" aria-labelledby="{name}-title">'
        f'<table><thead><tr><th scope="col">{said("time")}</th>{heads}</tr></thead><tbody>{rows}</tbody></table>'
        "</div></details>"
    )


# ---- names and health ---------------------------------------------------------------------------------------------


def _named_html(name: str, mentions: Sequence[Mention], question: str, read: int) -> str:
    if not mentions:
        return _section(name, said(name), f'<p class="soft">{said("none_named")}</p>')
    most = mentions[0].articles
    items = "".join(f"<li>{_ask_link(one, question, f'{100 * one.articles / most:.0f}')}</li>" for one in mentions)
    note = said("named_note", count=thousands(read))
    return _section(name, said(name), f'<ol class="named">{items}</ol><p class="soft">{note}</p>')


def _ask_link(mention: Mention, question: str, share: str) -> str:
    """A link that asks about a name: one in each language, as their questions differ."""
    links = []
    for language, asked, counted in zip(
        ("id", "en"), spoken(question, name=mention.name), thousands(mention.articles), strict=True
    ):
        links.append(
            f'<a class="t" lang="{language}" href="/?q={quote(asked, safe="")}" title="{escape(asked)}" '
            f'style="--share:{share}%"><span>{escape(mention.name)}</span><span>{counted}</span></a>'
        )
    return "".join(links)


def _health_html(status: IndexStatus, size: int) -> str:
    built = both_dates(status.built.date()) + f" · {status.built:%H:%M} UTC" if status.built else said("not_yet")
    rows = [
        ("articles", spans(*thousands(status.articles))),
        ("copies", spans(*thousands(status.copies))),
        ("passages", spans(*thousands(status.passages))),
        ("generation", str(status.generation) if status.generation else said("not_yet")),
        ("built", built),
        ("tail", spans(*thousands(status.tail))),
        ("size", _bytes(size)),
        ("model", escape(status.model)),
    ]
    if status.lexicon_behind:
        rows.append(("behind", spans(*thousands(status.lexicon_behind))))
    facts = "".join(f"<div><dt>{said(key)}</dt><dd>{value}</dd></div>" for key, value in rows)
    return _section("health", said("health"), f'<dl class="health">{facts}</dl>')


def _bytes(size: int) -> str:
    megabytes = size / 1024 / 1024
    shown = f"{megabytes / 1024:.1f} GB" if megabytes >= 1024 else f"{megabytes:.1f} MB"
    return spans(shown.replace(".", ","), shown)


def _section(name: str, title: str, body: str) -> str:
    return f'<section class="sheet" id="{name}"><h2 id="{name}-title">{title}</h2>{body}</section>'
