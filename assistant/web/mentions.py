"""Who and what is named most: runs of capitalised words, and what stands beside them. Rough on purpose, and fast.

No model is asked. A run is a place where "di", "ke", "from" or the like stands before it more often than an office
or a verb of saying stands beside it, and a person the other way round; what is neither is not shown.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from index import Article
from index.language import STOP_WORDS

__all__ = ["Mention", "Mentions", "most_named"]

SHOWN: Final = 10
_READ: Final = 1_500  # characters of an article: names come early
_LONGEST: Final = 4  # words of a name
_WORD: Final = r"[A-Z\u00c0-\u00de][\w’'-]*\w"
_RUN: Final = re.compile(rf"(?<![\w-]){_WORD}(?: (?:(?:bin|binti|al|de|van|von) )?{_WORD})*(?![\w-])")
_BEFORE: Final = re.compile(r"([\w.]+),? $")
_AFTER: Final = re.compile(r",? (\w+)")
_OPENS: Final = re.compile(r"(?:^|[.!?:;\n\"“”‘(–—-])\s*$")

_INTO: Final = frozenset("di ke dari in from near warga wilayah kota kabupaten provinsi asal".split())
_OFFICES: Final = frozenset(
    """presiden wapres gubernur wagub bupati walikota wali menteri menko wamen menkeu mendagri menlu menhan mendikbud
    ketua ketum wakil direktur dirut kepala kapolri kapolda kapolres kapolsek panglima jenderal letjen mayjen
    brigjen komjen irjen kombes akbp kompol sekretaris sekjen juru jubir bapak pak ibu bu bang gus ustaz kiai
    habib pelatih penyanyi aktor aktris artis musisi pengamat analis ekonom pengacara hakim jaksa tersangka
    terdakwa politikus politisi calon capres cawapres pangeran raja ratu sultan plt istri suami anak putra putri
    president minister governor mayor regent chairman chairwoman director general chief secretary spokesman
    spokeswoman spokesperson prime senator judge coach captain king queen prince princess mr mrs ms dr prof
    pemain striker bek kiper gelandang pebulutangkis petinju pembalap""".split()
)
_OFFICE_WORDS: Final = frozenset(  # they belong to the office and not to the name after it
    """dalam negeri luar keuangan pertahanan kesehatan pendidikan perdagangan perindustrian perhubungan pertanian
    sosial agama hukum ham koordinator bidang kebudayaan pariwisata esdm energi bumn kominfo komunikasi
    kementerian utama umum muda jenderal negara bersama olahraga pemuda sulung bungsu pertama kedua aparatur
    sipil desa tertinggal defense foreign finance health affairs vice deputy ri republik kota prime minister""".split()
)
_SAYING: Final = frozenset(
    """kata ujar tutur ucap ungkap tegas jelas imbuh lanjut papar sebut terang pungkas said says told added mengatakan
    menyebut menjelaskan menegaskan mengungkapkan menuturkan menilai mengaku berharap menyatakan mengklaim
    menambahkan menyampaikan memastikan meminta mengimbau mengajak""".split()
)
_NO_NAMES: Final = frozenset(  # they begin a run that names an institution, a thing, a work or a time
    """gedung kantor polda polres polsek polisi bandara stadion rumah istana universitas partai bank liga piala jalan
    jl pasar pengadilan kejaksaan mabes komisi kompleks komplek taman hotel masjid gereja pelabuhan stasiun
    rutan lapas rs rsud facebook instagram twitter youtube google whatsapp tiktok telegram android windows
    iphone samsung undang pasal badan dinas dewan majelis mahkamah kementerian lembaga institut sekolah sma smp
    sd smk pt cv tim grup korps satuan indeks bursa harga gempa covid corona virus world league cup university
    ministry bank street house court police senin selasa rabu kamis jumat sabtu minggu ahad monday tuesday
    wednesday thursday friday saturday sunday januari februari maret april mei juni juli agustus september
    oktober november desember january february march may june july august october december wib wita wit ramadan
    ramadhan lebaran idul natal islam muslim kristen allah tuhan alquran tanah nomor rancangan kabinet korlantas
    polri tni paguyuban asosiasi persatuan serikat ikatan yayasan juta miliar triliun ribu rp persen the this
    that baca simak lihat saksikan tonton foto video advertisement detikcom kompas com liputan cnn cnbc antara
    tempo tribun merdeka republika okezone sindo kumparan tirto gatra reuters afp media kabar warta harian suara
    berita red euro premier serie bundesliga fc timnas""".split()
)
_STOPS: Final = STOP_WORDS["id"] | STOP_WORDS["en"] | frozenset("menurut sementara selain kepada terkait".split())
_PLACE_HEADS: Final = frozenset("kota kabupaten provinsi kab kec kecamatan desa kelurahan".split())
_LEADING: Final = _STOPS | _OFFICES | _SAYING | _PLACE_HEADS  # before a name, and no part of it
_CLEARLY: Final = 3  # times more often said of than gone to: "dari Prabowo" makes him no place


@dataclass(frozen=True, slots=True)
class Mention:
    """A name and in how many articles it stands."""

    name: str
    articles: int


@dataclass(frozen=True, slots=True)
class Mentions:
    """The people and places named in most of the ``read`` articles, the most named first."""

    people: tuple[Mention, ...] = ()
    places: tuple[Mention, ...] = ()
    read: int = 0


def most_named(articles: Iterable[Article]) -> Mentions:
    """Count names by the articles that they stand in."""
    named: dict[str, set[int]] = defaultdict(set)
    person: Counter[str] = Counter()
    place: Counter[str] = Counter()
    spoke: set[str] = set()
    read = 0
    for read, article in enumerate(articles, 1):
        if article.place:
            place[article.place] += 2
            named[article.place].add(read)
        text = article.text[:_READ]
        for found in _RUN.finditer(text):
            _count(text, found, read, named, person, place, spoke)
    where = {name for name in named if place[name] * _CLEARLY > person[name]}
    # An institution has a head too, as in "Ketua Liga": who never says anything is none.
    who = {name for name in spoke if person[name] >= place[name] * _CLEARLY}
    _without_region(named, who, where)
    _fold(named, who)
    return Mentions(_top(named, who - where), _top(named, where), read)


def _count(
    text: str,
    found: re.Match[str],
    article: int,
    named: dict[str, set[int]],
    person: Counter[str],
    place: Counter[str],
    spoke: set[str],
) -> None:
    before = _BEFORE.search(text, max(0, found.start() - 30), found.start())
    after = _AFTER.match(text, found.end())
    previous = before[1].casefold().strip(".") if before else ""
    opens = _OPENS.search(text, max(0, found.start() - 4), found.start()) is not None or found.start() == 0
    words = found[0].split(" ")
    office = previous in _OFFICES
    head = previous in _PLACE_HEADS
    while words and (words[0].casefold() in _LEADING or (office and words[0].casefold() in _OFFICE_WORDS)):
        first = words.pop(0).casefold()
        office = office or first in _OFFICES
        head = head or first in _PLACE_HEADS
        previous = first
        opens = opens and first in _OFFICES  # what comes after a stop word opens nothing
    if not words or len(words) > _LONGEST or words[0].casefold().partition("-")[0] in _NO_NAMES:
        return
    acronym = any(len(word) > 1 and word.isupper() for word in words) or words[0].startswith("Kemen")
    if acronym or (opens and not office and len(words) == 1):
        return
    name = " ".join(words)
    named[name].add(article)
    follows = after[1].casefold() if after else ""
    if previous in _SAYING or follows in _SAYING:
        spoke.add(name)
        person[name] += 1
    elif office:
        person[name] += 1
    elif head or previous in _INTO:
        place[name] += 1


def _without_region(named: dict[str, set[int]], who: set[str], where: set[str]) -> None:
    """ "Jawa Barat Ridwan Kamil" was said of a governor, "Real Madrid Florentino Perez" of a president."""
    for name in sorted(who):
        words = name.split(" ")
        for cut in (2, 1):
            of, rest = " ".join(words[:cut]), " ".join(words[cut:])
            if rest in named.keys() - where and of in named.keys() - who:
                named[rest] |= named[name]
                who.add(rest)
                who.discard(name)
                break


def _fold(named: dict[str, set[int]], who: set[str]) -> None:
    """A name in one word is counted for the longer one that it most likely stands for."""
    longer: dict[str, list[str]] = defaultdict(list)
    for name in who:
        if " " in name:
            for word in name.split(" "):
                longer[word].append(name)
    for name in sorted(who):
        if " " in name or name not in longer:
            continue
        best, *others = sorted(longer[name], key=lambda one: (-len(named[one]), one))
        if not others or len(named[best]) >= 2 * len(named[others[0]]):
            named[best] |= named[name]
            who.discard(name)


def _top(named: dict[str, set[int]], names: Iterable[str]) -> tuple[Mention, ...]:
    ranked: Sequence[Mention] = sorted(
        (Mention(name, len(named[name])) for name in names), key=lambda one: (-one.articles, one.name)
    )
    recurring = [one for one in ranked if one.articles > 1]
    return tuple((recurring or ranked)[:SHOWN])
