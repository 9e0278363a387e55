"""Names that differ between Indonesian and English, or are shortened: countries, cities, months, offices.

Each line is one thing. A form in capitals ("AS", "US") counts only where it stands in capitals.
"""

from __future__ import annotations

from typing import Final

__all__ = ["GROUPS"]

_LINES: Final = """
Amerika Serikat|Amerika|AS|United States|US|USA|U.S|America|American|Americans|Paman Sam
Inggris|Inggris Raya|Britania|Britania Raya|UK|U.K|United Kingdom|Britain|Great Britain|England|English|British|Briton
Belanda|Netherlands|Dutch|Holland
Jerman|Germany|German|Germans
Prancis|Perancis|France|French
Spanyol|Spain|Spanish|Spaniard
Portugal|Portugis|Portuguese
Italia|Italy|Italian|Italians
Yunani|Greece|Greek|Greeks
Turki|Turkiye|Türkiye|Turkey|Turkish|Turk|Turks
Rusia|Russia|Russian|Russians
Ukraina|Ukraine|Ukrainian|Ukrainians
Polandia|Poland|Polish|Pole|Poles
Swedia|Sweden|Swedish|Swede
Norwegia|Norway|Norwegian
Denmark|Danish|Dane
Finlandia|Finland|Finnish|Finn
Islandia|Iceland|Icelandic
Irlandia|Ireland|Irish
Skotlandia|Scotland|Scottish|Scots
Wales|Welsh
Swiss|Switzerland
Austria|Austrian
Hungaria|Hongaria|Hungary|Hungarian
Ceko|Republik Ceko|Czech|Czech Republic|Czechia
Slovakia|Slovak
Rumania|Romania|Romanian
Bulgaria|Bulgarian
Serbia|Serbian
Kroasia|Croatia|Croatian
Bosnia|Bosnian
Belgia|Belgium|Belgian
Luksemburg|Luxembourg
Siprus|Cyprus|Cypriot
Tiongkok|Cina|China|Chinese|RRT|RRC|PRC
Hong Kong|Hongkong
Makau|Macau|Macao
Taiwan|Taiwanese
Jepang|Japan|Japanese
Korea Selatan|Korsel|South Korea|South Korean|South Koreans|ROK
Korea Utara|Korut|North Korea|North Korean|DPRK
Korea|Korean|Koreans
Mongolia|Mongol|Mongolian
India|Indian|Indians
Pakistan|Pakistani
Bangladesh|Bangladeshi
Sri Lanka|Srilanka|Sri Lankan
Nepal|Nepali|Nepalese
Afghanistan|Afganistan|Afghan|Afghani
Kazakhstan|Kazakstan|Kazakh
Uzbekistan|Uzbek
Iran|Iranian|Persia|Persian
Irak|Iraq|Iraqi
Suriah|Syria|Syrian
Yordania|Jordan|Jordanian
Libanon|Lebanon|Lebanese
Palestina|Palestine|Palestinian|Palestinians
Israel|Israeli|Israelis
Mesir|Egypt|Egyptian
Arab Saudi|Saudi|Saudi Arabia|Saudi Arabian
Uni Emirat Arab|UEA|United Arab Emirates|UAE|Emirati
Yaman|Yemen|Yemeni
Qatar|Qatari
Kuwait|Kuwaiti
Bahrain|Bahraini
Arab|Arabia|Arabic|Arabian
Libya|Libia|Libyan
Tunisia|Tunisian
Aljazair|Algeria|Algerian
Maroko|Morocco|Moroccan
Etiopia|Ethiopia|Ethiopian
Afrika Selatan|Afsel|South Africa|South African
Afrika|Africa|African|Africans
Kenya|Kenyan
Nigeria|Nigerian
Pantai Gading|Ivory Coast|Côte d'Ivoire
Filipina|Philippines|Philippine|Filipino|Filipinos
Singapura|Singapore|Singaporean
Malaysia|Malaysian|Malaysians
Thailand|Muangthai|Thai|Thais
Kamboja|Cambodia|Cambodian
Myanmar|Burma|Birma|Burmese
Vietnam|Vietnamese
Laos|Lao|Laotian
Brunei|Bruneian|Brunei Darussalam
Timor Leste|Timor-Leste|East Timor|Timorese
Papua Nugini|Papua New Guinea|Papua Nuginea|PNG
Selandia Baru|New Zealand
Australia|Australian|Australians|Aussie
Kanada|Canada|Canadian|Canadians
Meksiko|Mexico|Mexican
Brasil|Brazil|Brazilian
Argentina|Argentine|Argentinian
Chili|Chile|Chilean
Kolombia|Colombia|Colombian
Kuba|Cuba|Cuban
Ekuador|Ecuador
Maladewa|Maldives
Vatikan|Vatican|Takhta Suci|Holy See
Eropa|Europe|European|Europeans
Asia|Asian|Asians
Asia Tenggara|Southeast Asia|Southeast Asian
Timur Tengah|Timteng|Middle East|Middle Eastern
Indonesia|Indonesian|Indonesians|RI|Republik Indonesia|Republic of Indonesia|Tanah Air
Jawa|Java|Javanese
Sumatera|Sumatra|Sumatran
Kalimantan|Borneo
Sulawesi|Celebes
Bali|Balinese
Sunda|Sundanese
Papua|Papuan|Irian
Maluku|Moluccas|Molucca
Aceh|Acehnese
Jawa Barat|Jabar|West Java
Jawa Tengah|Jateng|Central Java
Jawa Timur|Jatim|East Java
Sumatera Utara|Sumut|North Sumatra
Sumatera Barat|Sumbar|West Sumatra
Sumatera Selatan|Sumsel|South Sumatra
Kalimantan Timur|Kaltim|East Kalimantan
Kalimantan Barat|Kalbar|West Kalimantan
Kalimantan Selatan|Kalsel|South Kalimantan
Kalimantan Tengah|Kalteng|Central Kalimantan
Kalimantan Utara|Kaltara|North Kalimantan
Sulawesi Selatan|Sulsel|South Sulawesi
Sulawesi Utara|Sulut|North Sulawesi
Sulawesi Tengah|Sulteng|Central Sulawesi
Sulawesi Tenggara|Sultra|Southeast Sulawesi
Nusa Tenggara Barat|NTB|West Nusa Tenggara
Nusa Tenggara Timur|NTT|East Nusa Tenggara
Jakarta|DKI|DKI Jakarta|Ibu Kota
Yogyakarta|Jogja|Yogya|Jogjakarta|DIY
Jakarta Selatan|Jaksel|South Jakarta
Jakarta Utara|Jakut|North Jakarta
Jakarta Barat|Jakbar|West Jakarta
Jakarta Timur|Jaktim|East Jakarta
Jakarta Pusat|Jakpus|Central Jakarta
Beijing|Peking
Seoul
Moskow|Moscow
Kyiv|Kiev
Roma|Rome|Roman
Athena|Athens
Kairo|Cairo
Yerusalem|Jerusalem
Mekkah|Makkah|Mekah|Mecca
Madinah|Medina
Damaskus|Damascus
Teheran|Tehran
Bagdad|Baghdad
Lisabon|Lisbon
Warsawa|Warsaw
Praha|Prague
Wina|Vienna
Brussel|Brussels
Jenewa|Geneva
Kopenhagen|Copenhagen
Kota Meksiko|Mexico City
Samudra Hindia|Indian Ocean
Samudra Pasifik|Pasifik|Pacific|Pacific Ocean
Atlantik|Atlantic
Laut China Selatan|Laut Cina Selatan|South China Sea
Laut Tengah|Mediterania|Mediterranean
Islam|Islamic|Muslim|Muslims|Moslem
Kristen|Christian|Christians|Kristiani
Katolik|Catholic|Catholics
Yahudi|Jew|Jews|Jewish
Hindu|Hindus
Buddha|Budha|Buddhist
Natal|Christmas
Idul Fitri|Lebaran|Eid|Eid al-Fitr
Alkitab|Bible
PBB|Perserikatan Bangsa-Bangsa|UN|U.N|United Nations
Uni Eropa|UE|European Union|EU
Uni Soviet|Soviet Union|USSR|Soviet
Perang Dunia|World War
Piala Dunia|World Cup
Olimpiade|Olympics|Olympic
Bank Dunia|World Bank
Dana Moneter Internasional|IMF|International Monetary Fund
Organisasi Kesehatan Dunia|WHO|World Health Organization|World Health Organisation
Komisi Pemberantasan Korupsi|KPK|Corruption Eradication Commission
Dewan Perwakilan Rakyat|DPR|House of Representatives|House
Majelis Permusyawaratan Rakyat|MPR|People's Consultative Assembly
Mahkamah Konstitusi|MK|Constitutional Court
Mahkamah Agung|MA|Supreme Court
Badan Pusat Statistik|BPS|Statistics Indonesia
Tentara Nasional Indonesia|TNI|Indonesian Military|Indonesian National Armed Forces
Polri|Kepolisian|Polisi|Kepolisian Republik Indonesia|National Police|Indonesian Police
Bank Indonesia|BI
Otoritas Jasa Keuangan|OJK|Financial Services Authority
Kementerian Keuangan|Kemenkeu|Ministry of Finance|Finance Ministry
Kementerian Kesehatan|Kemenkes|Ministry of Health|Health Ministry
Kementerian Luar Negeri|Kemenlu|Kemlu|Ministry of Foreign Affairs|Foreign Ministry
Kementerian Perhubungan|Kemenhub|Ministry of Transportation|Transportation Ministry
Kementerian Pertahanan|Kemenhan|Kemhan|Ministry of Defense|Defense Ministry|Defence Ministry
Kementerian Dalam Negeri|Kemendagri|Ministry of Home Affairs|Home Affairs Ministry
Kementerian Perdagangan|Kemendag|Ministry of Trade|Trade Ministry
Kementerian Pertanian|Kementan|Ministry of Agriculture|Agriculture Ministry
Kementerian Agama|Kemenag|Ministry of Religious Affairs|Religious Affairs Ministry
Menteri Keuangan|Menkeu|Finance Minister
Menteri Kesehatan|Menkes|Health Minister
Menteri Perhubungan|Menhub|Transportation Minister
Menteri Pertanian|Mentan|Agriculture Minister
Menteri Perdagangan|Mendag|Trade Minister
Menteri Dalam Negeri|Mendagri|Home Affairs Minister
Menteri Luar Negeri|Menlu|Foreign Minister
Menteri Pertahanan|Menhan|Defense Minister|Defence Minister
Badan Nasional Penanggulangan Bencana|BNPB|National Disaster Mitigation Agency|National Disaster Management Agency
Badan Meteorologi Klimatologi dan Geofisika|BMKG|Meteorology Climatology and Geophysics Agency
Kejaksaan Agung|Kejagung|Attorney General's Office
Undang-Undang|UU|Law|Act
Anggaran Pendapatan dan Belanja Negara|APBN|State Budget
Joko Widodo|Jokowi
Susilo Bambang Yudhoyono|SBY
Basuki Tjahaja Purnama|Ahok
Megawati Soekarnoputri|Megawati Sukarnoputri|Mega
Sukarno|Soekarno|Bung Karno
Suharto|Soeharto
Gedung Putih|White House
Partai Republik|Republican|Republicans|GOP|Republican Party
Partai Demokrat|Demokrat|Democrat|Democrats|Democratic
Inggris|Premier League|Liga Inggris|Liga Primer
Liga Champions|Champions League|UCL
COVID-19|Covid|Korona|Corona|Coronavirus
"""

GROUPS: Final[tuple[tuple[str, ...], ...]] = tuple(tuple(line.split("|")) for line in _LINES.strip().splitlines())
