"""Units, currencies and scales of numbers in Indonesian and English: which written forms mean the same."""

from __future__ import annotations

from typing import Final

__all__ = ["CURRENCIES", "MONEY", "PERSON", "SCALES", "SCALE_LETTERS", "UNITS"]

SCALES: Final[dict[str, float]] = {
    word: value
    for value, names in (
        (12.0, "lusin dozen"),
        (1e2, "ratus hundred"),
        (1e3, "ribu rb thousand"),
        (1e6, "juta jt million mn mio"),
        (1e9, "miliar milyar billion bn"),
        (1e12, "triliun trilyun trillion tn"),
    )
    for word in names.split()
}
# One letter behind money: "Rp 10 M" is miliar, "$10M" is million. Without money, "m" is metres.
SCALE_LETTERS: Final[dict[tuple[str, bool], float]] = {
    ("k", True): 1e3, ("m", True): 1e9, ("b", True): 1e9, ("t", True): 1e12,
    ("k", False): 1e3, ("m", False): 1e6, ("b", False): 1e9, ("t", False): 1e12,
}  # fmt: skip

# Written before or behind a number; symbols, codes and words. Folded, two words joined with a space.
_CURRENCY_FORMS: Final = """
rp: rp, idr, rupiah, rupiahs
us$: us$, usd, $, dolar, dollar, dollars, dolar as, us dollar, us dollars, dolar amerika, american dollars
sgd: s$, sgd, dolar singapura, singapore dollar, singapore dollars
aud: a$, aud, dolar australia, australian dollar, australian dollars
hkd: hk$, hkd, dolar hong, hong kong
eur: €, eur, euro, euros
gbp: £, gbp, poundsterling, pound sterling, pounds sterling
jpy: ¥, jpy, yen
cny: cny, rmb, yuan, renminbi
myr: rm, myr, ringgit, ringgits
thb: thb, baht
krw: ₩, krw, won
inr: ₹, inr, rupee, rupees, rupe
kzt: kzt, tenge
php: php, peso, pesos
sar: sar, riyal, riyals, real saudi
rub: rub, rubel, ruble, rubles, rouble, roubles
try: lira, liras
chf: chf, franc, francs
vnd: vnd, dong
"""
# canonical unit and factor: forms. Lengths in metres, areas in square metres, masses in kilograms, times in seconds.
_UNIT_FORMS: Final = """
% 1: %, persen, percent, per cent, percentage, pct, prosen
m .001: mm, milimeter, millimeter, millimeters, millimetre, millimetres
m .01: cm, sentimeter, senti, centimeter, centimeters, centimetre, centimetres
m 1: m, meter, meters, metre, metres
m 1000: km, kilometer, kilometers, kilometre, kilometres, kms
m 1609.344: mil, mile, miles
m .3048: kaki, feet, foot, ft
m .0254: inci, inch, inches
m2 1: m2, m², meter persegi, square meter, square meters, square metre, square metres
m2 1e4: ha, hektare, hektar, hectare, hectares
m2 1e6: km2, km², kilometer persegi, km persegi, square km, square kilometer, square kilometers, square kilometre
m2 1e6: square kilometres
m2 2589988.110336: mil persegi, square mile, square miles
m2 4046.8564224: acre, acres, ekar
l 1: liter, liters, litre, litres
l 1000: m3, m³, meter kubik, cubic meter, cubic meters, cubic metre, cubic metres
kg 1e-6: mg, miligram, milligram, milligrams
kg .001: g, gr, gram, grams, gramme
kg .1: ons
kg 1: kg, kilogram, kilograms, kilo, kilos, kgs
kg 100: kuintal, kwintal
kg 1000: ton, tons, tonne, tonnes
s 1: detik, second, seconds, sec
s 60: menit, minute, minutes, min, mins
s 3600: jam, hour, hours, hr, hrs, h
s 86400: hari, day, days
s 604800: pekan, minggu, week, weeks
month 1: bulan, month, months
month 12: tahun, thn, th, year, years, yr, yrs, tahunan
month 120: dekade, dasawarsa, decade, decades
month 1200: abad, century, centuries
degree 1: derajat, degree, degrees, °, °c
w 1: watt, watts
w 1e3: kw, kilowatt, kilowatts
w 1e6: mw, megawatt, megawatts
w 1e9: gw, gigawatt, gigawatts
b 1e6: mb, megabyte, megabytes
b 1e9: gb, gigabyte, gigabytes
b 1e12: tb, terabyte, terabytes
barrel 1: barel, barrel, barrels
times 1: kali, times, lipat, fold
point 1: poin, point, points
person 1: orang, jiwa, org, people, person, persons
"""

PERSON: Final = "person"


def _forms(lines: str) -> dict[str, str]:
    """Written form -> what stands before the colon."""
    table = {}
    for line in lines.strip().splitlines():
        name, _, forms = line.partition(": ")
        table.update(dict.fromkeys(forms.split(", "), name))
    return table


CURRENCIES: Final[dict[str, str]] = _forms(_CURRENCY_FORMS)
MONEY: Final = frozenset(CURRENCIES.values())
UNITS: Final[dict[str, tuple[str, float]]] = {
    **{form: (unit, 1.0) for form, unit in CURRENCIES.items()},
    **{form: (name.split()[0], float(name.split()[1])) for form, name in _forms(_UNIT_FORMS).items()},
}
