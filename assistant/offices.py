"""Who holds an office: "Presiden Rusia Vladimir Putin" is no answer to "Siapa presiden Kazakhstan?".

A network this small takes the name beside the asked office for the answer, whoever's office it is. Where the question
asks for nothing but the holder of an office of a place, holders of offices of other places are closed to answers.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

__all__ = ["holders_elsewhere"]

Range = tuple[int, int]

# The ways to write each place, in both languages, who comes from there included.
_PLACES: Final = """
Afghanistan/Afganistan/Afghan, Afrika Selatan/South Africa/South African, Albania/Albanian, Aljazair/Algeria/Algerian,
Amerika Serikat/AS/United States/US/U.S./American, Angola/Angolan, Arab Saudi/Saudi Arabia/Saudi, Argentina/Argentine,
Armenia/Armenian, Australia/Australian, Austria/Austrian, Azerbaijan/Azerbaijani, Bahrain/Bahraini,
Bangladesh/Bangladeshi, Belanda/Netherlands/Dutch, Belarus/Belarusia/Belarusian, Belgia/Belgium/Belgian,
Bolivia/Bolivian, Bosnia/Bosnian, Brasil/Brazil/Brazilian, Brunei/Brunei Darussalam, Bulgaria/Bulgarian, Ceko/Czech,
Chili/Cile/Chile/Chilean, China/Cina/Tiongkok/Chinese, Denmark/Danish, Ekuador/Ecuador, El Salvador,
Eritrea/Eritrean, Estonia/Estonian, Ethiopia/Etiopia/Ethiopian, Filipina/Philippines/Philippine/Filipino,
Finlandia/Finland/Finnish, Georgia/Georgian, Ghana/Ghanaian, Guatemala, Guinea, Haiti/Haitian,
Honduras, Hungaria/Hongaria/Hungary/Hungarian, India/Indian, Indonesia/RI/Republik Indonesia/Indonesian,
Inggris/Inggris Raya/Britania/Britania Raya/United Kingdom/UK/Britain/British, Irak/Iraq/Iraqi, Iran/Iranian,
Irlandia/Ireland/Irish, Islandia/Iceland/Icelandic, Israel/Israeli, Italia/Italy/Italian, Jamaika/Jamaica,
Jepang/Japan/Japanese, Jerman/Germany/German, Kamboja/Cambodia/Cambodian, Kamerun/Cameroon, Kanada/Canada/Canadian,
Kazakhstan/Kazakh, Kenya/Kenyan, Kirgizstan/Kyrgyzstan/Kyrgyz, Kolombia/Colombia/Colombian, Kongo/Congo/Congolese,
Korea Selatan/Korsel/South Korea/South Korean, Korea Utara/Korut/North Korea/North Korean, Kosta Rika/Costa Rica,
Kosovo, Kroasia/Croatia/Croatian, Kuba/Cuba/Cuban, Kuwait/Kuwaiti, Laos, Latvia/Latvian, Lebanon/Libanon/Lebanese,
Liberia/Liberian, Libya/Libia/Libyan, Lituania/Lithuania/Lithuanian, Luksemburg/Luxembourg, Madagaskar/Madagascar,
Maladewa/Maldives, Malaysia/Malaysian, Mali/Malian, Maroko/Morocco/Moroccan, Meksiko/Mexico/Mexican,
Mesir/Egypt/Egyptian,
Moldova/Moldovan, Mongolia/Mongolian, Mozambik/Mozambique, Myanmar/Burma, Nepal/Nepali, Niger, Nigeria/Nigerian,
Nikaragua/Nicaragua, Norwegia/Norway/Norwegian, Oman/Omani, Pakistan/Pakistani, Palestina/Palestine/Palestinian,
Panama, Papua Nugini/Papua New Guinea, Paraguay, Peru/Peruvian, Polandia/Poland/Polish, Portugal/Portuguese,
Prancis/Perancis/France/French, Qatar/Qatari, Rumania/Romania/Romanian, Rusia/Russia/Russian, Rwanda/Rwandan,
Selandia Baru/New Zealand, Senegal, Serbia/Serbian, Singapura/Singapore/Singaporean, Siprus/Cyprus,
Slovakia/Slowakia/Slovak, Slovenia/Slovenian, Somalia/Somali, Spanyol/Spain/Spanish, Sri Lanka, Sudan/Sudanese,
Sudan Selatan/South Sudan, Suriah/Syria/Syrian, Swedia/Sweden/Swedish, Swiss/Switzerland, Taiwan/Taiwanese,
Tajikistan, Tanzania/Tanzanian, Thailand/Thai, Timor Leste/East Timor, Tunisia/Tunisian, Turki/Turkiye/Turkey/Turkish,
Turkmenistan, Uganda/Ugandan, Ukraina/Ukraine/Ukrainian, Uni Emirat Arab/UEA/United Arab Emirates/UAE,
Uruguay, Uzbekistan/Uzbek, Vatikan/Vatican, Venezuela/Venezuelan, Vietnam/Vietnamese, Yaman/Yemen/Yemeni,
Yordania/Jordan, Yunani/Greece/Greek, Zambia, Zimbabwe/Zimbabwean,
Aceh, Sumatera Utara/Sumut/North Sumatra, Sumatera Barat/Sumbar/West Sumatra, Riau, Kepulauan Riau/Kepri, Jambi,
Sumatera Selatan/Sumsel/South Sumatra, Bengkulu, Lampung, Kepulauan Bangka Belitung/Bangka Belitung/Babel, Banten,
DKI Jakarta/Jakarta/DKI, Jawa Barat/Jabar/West Java, Jawa Tengah/Jateng/Central Java,
Daerah Istimewa Yogyakarta/DI Yogyakarta/DIY/Yogyakarta, Jawa Timur/Jatim/East Java, Bali,
Nusa Tenggara Barat/NTB, Nusa Tenggara Timur/NTT, Kalimantan Barat/Kalbar, Kalimantan Tengah/Kalteng,
Kalimantan Selatan/Kalsel, Kalimantan Timur/Kaltim, Kalimantan Utara/Kaltara, Sulawesi Utara/Sulut, Gorontalo,
Sulawesi Tengah/Sulteng, Sulawesi Barat/Sulbar, Sulawesi Selatan/Sulsel, Sulawesi Tenggara/Sultra, Maluku,
Maluku Utara/Malut, Papua, Papua Barat, Papua Selatan, Papua Tengah, Papua Pegunungan, Papua Barat Daya,
Ambon, Balikpapan, Banda Aceh, Bandar Lampung, Bandung, Banjarmasin, Batam, Bekasi, Bogor, Cirebon, Denpasar, Depok,
Jayapura, Kediri, Kendari, Kupang, Madiun, Magelang, Makassar, Malang, Manado, Mataram, Medan, Padang, Palangka Raya,
Palembang, Palu, Pekalongan, Pekanbaru, Pontianak, Salatiga, Samarinda, Semarang, Serang, Solo/Surakarta, Surabaya,
Tangerang, Tangerang Selatan/Tangsel, Tarakan, Tasikmalaya, Tegal, Ternate
"""
_PLACE: Final = {
    name.casefold(): number
    for number, names in enumerate(_PLACES.replace("\n", " ").split(","))
    for name in names.strip().split("/")
}
_ANY_PLACE: Final = "|".join(re.escape(name) for name in sorted(_PLACE, key=len, reverse=True))
_OFFICE: Final = (
    r"(?:(?:wakil|mantan|eks|vice|deputy|former|prime|foreign|defen[cs]e) ){0,3}"
    r"(?:presiden|perdana menteri|pm|menteri|menlu|menhan|kanselir|raja|ratu|kaisar|gubernur|wali ?kota|bupati|"
    r"duta besar|dubes|president|minister|chancellor|king|queen|emperor|governor|mayor|ambassador)"
    r"(?: (?:luar negeri|dalam negeri|pertahanan|keuangan|kesehatan|pendidikan|perdagangan|"
    r"of (?:the )?(?:defen[cs]e|foreign affairs|finance)))?"
)
_NOW: Final = "(?: (?:saat ini|sekarang|kini|now))?"
_ANY_OFFICE: Final = re.compile(_OFFICE, re.IGNORECASE)
# No name is longer; without an end a text in capitals would be gone through again from each of them.
_NAMES: Final = r"[A-Z][\w'’.-]{0,40}(?: [A-Z][\w'’.-]{0,40}){0,9}"


# Offices and places in any case, the names of people with their capitals. Compiled when an office is first asked for:
# with all places in each of them that takes a twentieth of a second, which no other question needs.
@cache
def _asked() -> tuple[re.Pattern[str], ...]:
    patterns = (
        rf"^siapa(?:kah)?(?: nama)? {_OFFICE} (?P<place>{_ANY_PLACE}){_NOW}\W*$",
        rf"^{_OFFICE} (?P<place>{_ANY_PLACE}){_NOW},? (?:itu )?siapa(?:kah)?\W*$",
        rf"^who(?: is|['’]s) (?:the )?(?:current )?{_OFFICE} of (?:the )?(?P<place>{_ANY_PLACE}){_NOW}\W*$",
        rf"^who(?: is|['’]s) (?:the )?(?P<place>{_ANY_PLACE})(?:['’]s?)? {_OFFICE}{_NOW}\W*$",
    )
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


@cache
def _held() -> tuple[re.Pattern[str], ...]:
    patterns = (
        rf"(?i:\b{_OFFICE}) (?P<place>(?i:{_ANY_PLACE}))\b(?P<name>,? {_NAMES})?",
        rf"\b(?P<place>(?i:{_ANY_PLACE}))(?:['’]s)? (?i:{_OFFICE})\b(?P<name>,? {_NAMES})?",
        rf"(?P<name>{_NAMES}), (?i:{_OFFICE}) (?:of (?:the )?)?(?P<place>(?i:{_ANY_PLACE}))\b(?!,? [A-Z])",
        rf"(?i:\b{_OFFICE})(?P<name> {_NAMES})? of (?:the )?(?P<place>(?i:{_ANY_PLACE}))\b",
    )
    return tuple(map(re.compile, patterns))


@lru_cache(maxsize=64)
def _asked_place(question: str) -> int | None:
    """The place whose office's holder is all that is asked for."""
    question = " ".join(question.split())
    if not _ANY_OFFICE.search(question):
        return None
    return next((_PLACE[found["place"].casefold()] for each in _asked() if (found := each.match(question))), None)


def holders_elsewhere(question: str, text: str) -> list[Range]:
    """Where the text names who holds an office of another place than the asked one; empty for any other question."""
    asked = _asked_place(question)
    if asked is None:
        return []
    return [
        found.span(group)
        for pattern in _held()
        for found in pattern.finditer(text)
        if _PLACE[found["place"].casefold()] != asked
        for group in ("place", "name")
        if found[group]
    ]
