"""Reads saved web pages: what JSON-LD and meta tags say about the article, and its text without the rest."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

import trafilatura
from lxml import etree
from lxml import html as lxml_html
from trafilatura.settings import Document

from index.dates import parse_date
from index.reading.bounded import Spent, weigh
from index.reading.cleaning import clean_line, strip_tags
from index.reading.draft import Draft, Unreadable
from index.reading.encoding import charset, decode

__all__ = ["read_webpage"]

# Both report oddities of a page on stderr; here they are either survived or become a Rejected.
logging.getLogger("trafilatura").addHandler(logging.NullHandler())
logging.getLogger("htmldate").addHandler(logging.NullHandler())

SHORT_TEXT: Final = 250  # characters; a precise extraction this short has probably lost the article
MOST_NODES: Final = 500  # of JSON-LD, looked through for the article

_CHARSET: Final = re.compile(rb"<meta[^>]{0,200}charset\s{0,5}=\s{0,5}[\"']?([\w-]{2,30})", re.IGNORECASE)
_ARTICLE_TYPE: Final = re.compile(
    r"(?:news|opinion|analysis|reportage|review|background|blog|liveblog)?(?:article|posting)$", re.IGNORECASE
)
_TITLE_END: Final = re.compile(r"(?<!\s)\s+(?:[-|–—•»]|::?)\s+")
_URL_DATE: Final = re.compile(r"/(20\d\d)[/-](\d{1,2})[/-](\d{1,2})(?:/|-|$)")

_META_TITLE: Final = ("og:title", "twitter:title", "title", "dc.title", "headline")
_META_DATE: Final = (
    *(
        "article:published_time",
        "datepublished",
        "publishdate",
        "pubdate",
        "publish-date",
        "publish_date",
        "publisheddate",
    ),
    *("content_publisheddate", "content_publishdate", "dc.date.issued", "dc.date", "date", "parsely-pub-date"),
    *(
        "sailthru.date",
        "originalpublicationdate",
        "article:published",
        "cxenseparse:recs:publishtime",
        "dcterms.created",
    ),
)
_META_AUTHOR: Final = (
    "author",
    "article:author",
    "content_author",
    "dc.creator",
    "parsely-author",
    "sailthru.author",
    "byl",
)
_META_SOURCE: Final = ("og:site_name", "application-name", "publisher", "source", "dc.publisher", "article:publisher")


def _extracted(page: bytes, precise: bool) -> Document | None:
    """What trafilatura takes for the article; ``precise`` leaves out what may be lists of other stories."""
    tree = lxml_html.document_fromstring(page, parser=lxml_html.HTMLParser(encoding="utf-8"))
    found = trafilatura.bare_extraction(
        tree, include_comments=False, include_tables=True, with_metadata=True, favor_precision=precise
    )
    return found if isinstance(found, Document) else None


def _page(data: bytes) -> str:
    """The page's text in the encoding it declares, or in the one it is in."""
    declared = _CHARSET.search(data, 0, 4096)
    encoding = charset(declared[1].decode("ascii")) if declared else None
    if encoding is not None:
        try:
            return data.decode(encoding)
        except UnicodeError:
            pass  # a wrong label is common: look at the bytes instead
    return decode(data)


def _nodes(value: object) -> Iterator[Mapping[str, object]]:
    """Every object of a JSON-LD tree, outermost first."""
    queue, seen = [value], 0
    while queue and seen < MOST_NODES:
        seen += 1
        here = queue.pop(0)
        if isinstance(here, dict):
            yield here
            queue.extend(child for child in here.values() if isinstance(child, dict | list))
        elif isinstance(here, list):
            queue.extend(here[:MOST_NODES])


def _json_ld(tree: lxml_html.HtmlElement) -> Mapping[str, object]:
    """The JSON-LD object of the page's article, or an empty one."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or ""):
            continue
        try:
            loaded = json.loads((script.text or "").strip().removeprefix("<![CDATA[").removesuffix("]]>"), strict=False)
        except (ValueError, RecursionError):
            continue
        for node in _nodes(loaded):
            kinds = node.get("@type")
            named = kinds if isinstance(kinds, list) else [kinds]
            if any(isinstance(kind, str) and _ARTICLE_TYPE.match(kind) for kind in named):
                return node
    return {}


def _text_of(value: object, depth: int = 4) -> str:
    """A JSON-LD value as text: itself, or the name of the thing it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and depth:
        return next(filter(None, (_text_of(item, depth - 1) for item in value[:20])), "")
    if isinstance(value, dict) and depth:
        return _text_of(value.get("name"), depth - 1)
    return ""


def _names(value: object) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [value]
    return tuple(filter(None, map(_text_of, entries[:50])))


def _meta(tree: lxml_html.HtmlElement) -> dict[str, str]:
    """The page's meta tags by lower-case name; the first of a name counts."""
    found: dict[str, str] = {}
    for tag in tree.iter("meta"):
        name = tag.get("property") or tag.get("name") or tag.get("itemprop") or ""
        content = (tag.get("content") or "").strip()
        if name and content:
            found.setdefault(name.strip().lower(), content)
    return found


def _first(meta: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((meta[name] for name in names if name in meta), "")


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()


def _without_site(title: str, source: str, host: str) -> str:
    """A title without the site's name behind it: "… - Kompas.com Regional", "… | Republika Online"."""
    site = {_letters(source), *(_letters(label) for label in host.split(".") if len(label) > 3)} - {""}
    for _ in range(2):
        borders = list(_TITLE_END.finditer(title))
        if not borders or borders[-1].start() < 10:
            break
        border = borders[-1]
        tail = _letters(title[border.end() :])
        if len(tail) > 40 or not any(name in tail or (len(tail) > 3 and tail in name) for name in site):
            break
        title = title[: border.start()]
    return title


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _people(names: tuple[str, ...], source: str, host: str) -> tuple[str, ...]:
    """The authors among the names given: no addresses, and not the outlet itself."""
    outlet = {_letters(source), *(_letters(label) for label in host.split(".") if len(label) > 4)} - {""}
    return tuple(
        name
        for name in names
        if not name.lower().startswith(("http", "www."))
        and "@" not in name
        and not any(own in _letters(name) for own in outlet)
    )


def _published(ld: Mapping[str, object], meta: Mapping[str, str], tree: lxml_html.HtmlElement, url: str) -> str:
    """When the page says its article was published, as written; "" where it does not say."""
    given = _text_of(ld.get("datePublished")) or _first(meta, _META_DATE) or _text_of(ld.get("dateCreated"))
    if given:
        return given
    for element in tree.iter("time"):
        if element.get("datetime"):
            return str(element.get("datetime"))
    dated = _URL_DATE.search(url)
    return "-".join(dated.groups()) if dated else ""


def _address(ld: Mapping[str, object], meta: Mapping[str, str], tree: lxml_html.HtmlElement) -> str:
    canonical = next(
        (link.get("href") or "" for link in tree.iter("link") if (link.get("rel") or "").lower() == "canonical"), ""
    )
    main = ld.get("mainEntityOfPage")
    about = main if isinstance(main, str) else main.get("@id") if isinstance(main, dict) else ""
    candidates = (canonical, meta.get("og:url", ""), _text_of(ld.get("url")), about)
    return next((url for url in candidates if isinstance(url, str) and url.startswith(("http://", "https://"))), "")


# Lines that frame a report on its page: where it stands in the site, when it went up, who edited it, whose it is.
_FRAME: Final = re.compile(
    r"[\W_]*(?:editor|redaktur|penyunting|sumber|source|copyright|©|hak cipta|home|beranda|share|bagikan|tags?|topik"
    r"|komentar|comments?|more stories|berita (?:lainnya|terkait)|foto|reporter|penulis|pewarta|author|uploader)\b"
    r"[\W_]*(?::|©|>|/|\d|$)|.{0,60}all rights reserved|.{0,60}hak cipta dilindungi|©|copyright\b|in picture:",
    re.IGNORECASE,
)
_CREDIT: Final = re.compile(r"[\W_]*(?:reporter|penulis|pewarta|author|oleh)\b\W*:\W*([^|\n]{3,100})", re.IGNORECASE)
FRAME_LINES: Final = 6
FRAME_LENGTH: Final = 120


def _is_date_line(line: str) -> bool:
    """ "Selasa, 23 Februari 2016, 17:15 WIB", but not a dateline with its dash."""
    return len(line) < 60 and line[-1] not in "-–—" and parse_date(line) is not None


def _unframed(text: str, title: str) -> tuple[str, tuple[str, ...]]:
    """The text without the lines that frame it on its page, and the authors that those name."""
    lines = [line.strip() for line in text.split("\n") if re.search(r"\w", line)]
    wanted = _letters(title)
    heading = next((at for at, line in enumerate(lines[:FRAME_LINES]) if wanted and wanted in _letters(line)), -1)
    if all(len(line) <= FRAME_LENGTH for line in lines[: max(0, heading)]):
        lines = lines[heading + 1 :] or lines

    authors: list[str] = []
    first, last = 0, len(lines)
    while first < min(last, FRAME_LINES) and len(lines[first]) <= FRAME_LENGTH:
        if not _FRAME.match(lines[first]) and not _is_date_line(lines[first]):
            break
        first += 1
    while last > first + 1 and last > len(lines) - FRAME_LINES and len(lines[last - 1]) <= FRAME_LENGTH:
        if not _FRAME.match(lines[last - 1]):
            break
        last -= 1
    for line in lines[:first] + lines[last:]:
        if credit := _CREDIT.match(line):
            authors.append(credit[1].strip())
    return "\n".join(lines[first:last]), tuple(authors)


def read_webpage(data: bytes, spent: Spent) -> Draft:
    """The article of a saved page. Raises Unreadable where there is none, or where it would take too long.

    The page's ``lang`` is not believed (templates say "en" on Indonesian pages): the text decides its language.
    """
    page = _page(data)
    # As bytes: lxml refuses a str that declares an encoding.
    encoded = page.encode("utf-8", "replace")
    weigh(encoded, spent)
    try:
        tree = lxml_html.document_fromstring(encoded, parser=lxml_html.HTMLParser(encoding="utf-8"))
        extracted = _extracted(encoded, precise=True)
        if extracted is None or len(extracted.text or "") < SHORT_TEXT:
            extracted = _extracted(encoded, precise=False) or extracted
    except (etree.LxmlError, ValueError, RecursionError, AssertionError) as error:
        raise Unreadable("it is not a web page that can be read: save it again from the browser") from error

    ld, meta = _json_ld(tree), _meta(tree)
    text = (extracted.text if extracted else "") or ""
    body = strip_tags(_text_of(ld.get("articleBody")))
    if len(body) > 2 * len(text):
        text = body
    text = text or trafilatura.html2txt(tree) or ""

    url = _address(ld, meta, tree)
    host = _host(url)
    named = _text_of(ld.get("publisher")) or _first(meta, _META_SOURCE)
    source = "" if named.lower().startswith("http") else named
    heading = next((clean_line(element.text_content()) for element in tree.iter("h1")), "")
    title = strip_tags(_text_of(ld.get("headline"))) or _without_site(_first(meta, _META_TITLE), source, host)
    authors = _names(ld.get("author")) or _names(ld.get("creator")) or tuple(filter(None, [_first(meta, _META_AUTHOR)]))
    guessed = tuple(filter(None, [extracted.author])) if extracted else ()
    title = title or heading or ((extracted.title if extracted else "") or "")
    text, credited = _unframed(text, title)
    return Draft(
        text=text,
        title=title,
        source=source,
        published=_published(ld, meta, tree, url) or ((extracted.date if extracted else "") or ""),
        authors=_people(authors, source, host) or credited or _people(guessed, source, host),
        url=url,
    )
