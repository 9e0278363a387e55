"""The generated answer: a language model's sentences, each checked against what it cites before anyone sees it."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from assistant.answer import AnswerSentence, Citation
from assistant.findings import Finding
from assistant.rendering import render_struck, render_written
from assistant.unsafe import Prompted, is_unsafe
from assistant.verification.entailment import Entailment
from assistant.verify import CheckedSentence, Problem, Source, verify_sentence
from assistant.writer import QuotedPassage
from assistant.writing.draft import Draft
from index.splitting import sentences

__all__ = ["Composed", "SentenceStream", "Written", "as_quoted", "compose", "quoted_passages"]

_MARK: Final = re.compile(r"\[(\d{1,3})\]")
_LONGEST: Final = 2_000  # characters without an end are taken for a sentence: no sentence of an answer has as many
_BLOCK: Final = re.compile(r"^(?:#{1,6}\s+|>\s*|[-*+•]\s+|\d{1,2}[.)]\s+)+")  # a heading, a quote, an item of a list
_EMPHASIS: Final = re.compile(r"\*+|__+|`+|~~")
# As the prompt shows the articles (assistant/writing/prompting.py). Characters stand for characters: offsets stay.
_AS_PROMPTED: Final = str.maketrans({"<": "‹", ">": "›", "[": "(", "]": ")", "【": "(", "】": ")"})


# ---- sentences from a stream --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence as it was written, without its marks; ``begins`` says that it is the first of a paragraph."""

    text: str
    marks: tuple[int, ...] = ()
    begins: bool = False


class SentenceStream:
    """Cuts a text that arrives in pieces into sentences. A mark belongs to the sentence it is in, or stands behind."""

    def __init__(self) -> None:
        self._text = ""
        self._marks: list[tuple[int, int]] = []  # a place in the text, and the number there
        self._begins = False  # whether a line ended before the text

    def feed(self, piece: str) -> list[Written]:
        """The sentences that are whole now: something stands behind them already."""
        for place, part in enumerate(_MARK.split(piece)):
            if place % 2:
                self._text = self._text.removesuffix(" ")
                self._marks.append((len(self._text), int(part)))
            else:
                self._text += part
        return self._cut(whole=len(self._text) > _LONGEST)

    def close(self) -> list[Written]:
        """The rest."""
        return self._cut(whole=True)

    def _cut(self, whole: bool) -> list[Written]:
        spans = sentences(self._text)
        if not spans or (len(spans) == 1 and not whole):
            return []
        found: list[Written] = []
        behind = 0  # where the sentence before ends
        ends = [span.start for span in spans[1:]] + [len(self._text)]  # a mark before the next one is still its own
        for span, end in zip(spans if whole else spans[:-1], ends, strict=False):
            marks = dict.fromkeys(number for place, number in self._marks if place <= end)
            self._marks = [(place, number) for place, number in self._marks if place > end]
            begins = self._begins or "\n" in self._text[behind : span.start]
            found.append(Written(self._text[span.start : span.end], tuple(marks), begins))
            self._begins, behind = False, span.end
        rest = len(self._text) if whole else spans[-1].start
        self._begins = "\n" in self._text[behind:rest]
        self._text = self._text[rest:]
        self._marks = [(place - rest, number) for place, number in self._marks]
        return found


# ---- from a draft to an answer ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Composed:
    """What became of a draft. ``text`` is what was shown of it: nothing unless a sentence is supported."""

    ended: Literal["written", "unsupported", "refused", "failed"]
    text: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]


def quoted_passages(findings: Sequence[Finding]) -> list[Finding]:
    """One finding for each passage, best first: what a writer is given, numbered from 1."""
    first: dict[int, Finding] = {}
    for finding in findings:
        first.setdefault(finding.result.passage.id, finding)
    return list(first.values())


def as_quoted(findings: Sequence[Finding]) -> list[QuotedPassage]:
    """The passages of findings as a writer takes them."""
    passages = [finding.result.passage for finding in findings]
    return [
        QuotedPassage(number, one.text, one.title, one.source, one.published) for number, one in enumerate(passages, 1)
    ]


def compose(
    draft: Draft,
    evidence: Sequence[Finding],
    prove: Callable[[Finding, int], Citation],
    prompted: Prompted,
    language: str,
    strict: bool,
    nli: Entailment | None = None,
) -> Generator[str, None, Composed]:
    """The draft's text as Markdown, in pieces of whole sentences, each checked before it is given out.

    ``prove`` makes the citation of a finding's sentence under a number. Sentences that are not supported are held
    back until one is; in strict mode they are not shown at all. What is unsafe to show is shown nowhere.
    """
    page = _Page(evidence, prove, prompted, language, strict, nli)
    stream = SentenceStream()
    for piece in draft:
        yield from page.add(stream.feed(piece), draft.marks)
    if not draft.failed:
        yield from page.add(stream.close(), draft.marks)
    ended: Literal["written", "unsupported", "refused", "failed"] = "written" if page.shown else "unsupported"
    if draft.failed or draft.refused:
        ended = "failed" if draft.failed else "refused"
    return Composed(ended, "".join(page.shown), tuple(page.sentences), tuple(page.citations.values()))


class _Page:
    """What has been shown so far, and the quotes that prove it."""

    def __init__(
        self,
        evidence: Sequence[Finding],
        prove: Callable[[Finding, int], Citation],
        prompted: Prompted,
        language: str,
        strict: bool,
        nli: Entailment | None,
    ) -> None:
        self.shown: list[str] = []
        self.sentences: list[AnswerSentence] = []
        self.citations: dict[tuple[str, int, int], Citation] = {}
        self._evidence = evidence
        self._sources = [_source(finding) for finding in evidence]
        self._prove = prove
        self._prompted = prompted
        self._language = language
        self._strict = strict
        self._nli = nli
        self._held: list[str] = []
        self._seen: set[str] = set()
        self._begins = False  # whether a paragraph began since the last sentence that is shown

    def add(self, written: Sequence[Written], marks: Sequence[int]) -> Generator[str, None, None]:
        """Check sentences and give out what can be shown; ``marks`` are the passages that the marks stand for."""
        for sentence in written:
            text = _plain(sentence.text)
            self._begins |= sentence.begins
            if text in self._seen or not any(char.isalpha() for char in text) or is_unsafe(text):
                continue  # a model that goes round in circles, the "1." of a list, or what must not be shown
            self._seen.add(text)
            checked = self._checked(text, [marks[number - 1] - 1 for number in sentence.marks])
            if not checked.supported and self._prompted.repeated_in(text):
                continue
            self.sentences.append(checked)
            if checked.supported:
                shown = render_written(text, checked.citations)
            elif self._strict:
                continue
            else:
                shown = render_struck(text, _missing(checked), self._language)
            gap = "\n\n" if self._begins else " "
            self._begins = False
            if not checked.supported and not self.shown:
                self._held.append(gap + shown)
                continue
            piece = "".join([*self._held, gap + shown])
            self._held.clear()
            self.shown.append(piece if self.shown else piece.lstrip())
            yield self.shown[-1]

    def _checked(self, text: str, cited: Sequence[int]) -> AnswerSentence:
        """The sentence with its proofs, or with what is wrong with it.

        A source that supports it alone proves it; only where none does, all together may. A sentence without a
        mark is held against each passage.
        """
        alone: dict[int, CheckedSentence] = {}
        for place in cited or range(len(self._sources)):
            alone[place] = verify_sentence(text, [self._sources[place]], self._language, self._nli)
            if _proves(alone[place]) and not cited:
                break
        proofs = [(place, one) for place, one in alone.items() if _proves(one)]
        if not proofs and len(cited) > 1:
            together = verify_sentence(text, [self._sources[place] for place in cited], self._language, self._nli)
            if not together.supported:
                return AnswerSentence(text, False, together.problems)
            proofs = [(place, one) for place, one in alone.items() if one.start is not None]
        if not proofs:
            least = min(alone.values(), key=_severity)
            return AnswerSentence(text, False, least.problems)
        problems = proofs[0][1].problems if len(proofs) == 1 else ()
        numbers = dict.fromkeys(self._cite(place, one) for place, one in proofs)
        return AnswerSentence(text, True, problems, tuple(numbers))

    def _cite(self, place: int, checked: CheckedSentence) -> int:
        """The number of the quote that supports a sentence best: its own, or that of an earlier one."""
        finding = self._evidence[place]
        if checked.start is not None and checked.end is not None:
            start, end = checked.start, checked.end
            moved = replace(finding.evidence, start=start, end=start, sentence_start=start, sentence_end=end)
            finding = replace(finding, evidence=moved)
        citation = self._prove(finding, len(self.citations) + 1)
        key = (citation.article_id, citation.start, citation.end)
        return self.citations.setdefault(key, citation).number


def _source(finding: Finding) -> Source:
    passage = finding.result.passage
    title = passage.title.translate(_AS_PROMPTED)
    return Source(passage.text.translate(_AS_PROMPTED), title, passage.published, passage.language)


def _proves(checked: CheckedSentence) -> bool:
    """A sentence that claims nothing ("lagi dan lagi") contradicts no source, and none proves it."""
    return checked.supported and checked.evidence is not None


def _severity(checked: CheckedSentence) -> tuple[bool, int]:
    return any(problem.kind == "content" for problem in checked.problems), len(checked.problems)


def _missing(sentence: AnswerSentence) -> list[str]:
    """What to name as not in the source; nothing where it is the sentence as a whole."""
    found: dict[str, Problem] = {problem.text: problem for problem in sentence.problems}
    whole = any(problem.kind in ("content", "citation") for problem in found.values())
    return [] if whole else list(found)


def _plain(text: str) -> str:
    """A sentence without the Markdown that models dress theirs in."""
    return " ".join(_EMPHASIS.sub("", _BLOCK.sub("", text.strip())).split())
