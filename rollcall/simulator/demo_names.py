"""Invented people for the demo: names from many places, addresses that reach nobody (example.com, .org, .net)."""

import unicodedata
from dataclasses import dataclass
from random import Random

# First and last names of one place go together. After a slash: how the name is written in an address.
PLACES = (
    (
        "Olivia Amelia Charlotte Grace Harper James Oliver Theodore Marcus Dwayne",
        "Bennett Whitaker Okafor O'Connor Hughes McAllister Reid Castellano Brooks Fairchild Sinclair Thornton",
    ),
    (
        "Jürgen Anneliese Søren Åsa Björn Freja Käthe Matthias Léonie Maëlle",
        "Müller Groß Weißenberg Østergaard Lindström Sjöberg Schäfer van-der-Linden Brandão-Weiß Hägg",
    ),
    (
        "François Chloé Hélène Benoît Zoë Noël Aurélie Rémi Solène Éloïse",
        "Lefèvre Bélanger D'Aubigné Moreau Garçon Crétien Dupré Saint-Clair Théroux Lacroix",
    ),
    (
        "José María Begoña Íñigo Inês João Lucía Ramón Conceição Martín",
        "Núñez García Peña Gonçalves Araújo Ibáñez Muñoz Simões Ordóñez Cañizares",
    ),
    (
        "Łukasz Małgorzata Zdeněk Šárka Željko Ágnes Zoltán Ștefan Ioana Živa",
        "Wiśniewski Kovač Dvořák Szabó Petőfi Žižek Ionescu Łoś Čapek Țurcanu",
    ),
    ("Şebnem Gökhan İbrahim Ayşe Çağla Oğuz Yıldız Ümit", "Yılmaz Öztürk Çelik Şahin Aydın Doğan Güneş Erdoğmuş"),
    ("Nguyễn Thảo Đức Hương Quỳnh Tuấn", "Trần Phạm Lê Đặng Võ Huỳnh"),
    ("Kwame Ngozi Thandiwe Adébáyò Zanele Chinedu Wanjirũ", "Mensah Ọlátúnjí Dlamini Achebe Mokoena Kamau Nkosi"),
    ("Priyanka Arjun Lakshmi Rohan Ananya Vikram", "Raghunathan Iyer Chatterjee Deshpande Kulkarni Subramaniam"),
    ("美咲/misaki 翔太/shota さくら/sakura 健一/kenichi", "佐藤/sato 高橋/takahashi 渡辺/watanabe 小林/kobayashi"),
    ("伟/wei 丽娜/lina 建国/jianguo 晓燕/xiaoyan", "王/wang 李/li 欧阳/ouyang 陈/chen"),
    ("민준/minjun 서연/seoyeon 지훈/jihun", "김/kim 박/park 최/choi"),
    ("محمد/mohammed فاطمة/fatima ليلى/layla", "الحداد/alhaddad منصور/mansour العلي/alali"),
    ("Αλέξανδρος/alexandros Ελένη/eleni", "Παπαδόπουλος/papadopoulos Γεωργίου/georgiou"),
    ("Ольга/olga Дмитро/dmytro Світлана/svitlana", "Коваленко/kovalenko Шевченко/shevchenko Ткачук/tkachuk"),
    ("आरव/aarav नेहा/neha", "शर्मा/sharma वर्मा/varma"),
)
WEIGHTS = (30, 12, 8, 10, 9, 4, 4, 5, 8, 3, 3, 2, 2, 1, 2, 1)
COMPANIES = (
    "northwind-freight", "kiruna-paper", "bluefin-analytics", "solstice-energy", "meridian-clinics", "oakline-schools",
    "tessera-tiles", "harbour-legal", "quarry-and-co", "lumen-optics", "fjord-foods", "atlas-rail", "copperleaf-bank",
    "verdant-farms", "pinnacle-tools", "sable-insurance",
)  # fmt: skip
ENDINGS = ("example.com", "example.com", "example.org", "example.net")
UNFOLDED = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "đ": "d", "ı": "i", "'": None, "æ": "ae"})


@dataclass(frozen=True, slots=True)
class Somebody:
    """One invented person, the same in all of the demo's webinars."""

    first_name: str
    last_name: str
    email: str
    number: int  # their lead number in an invented CRM
    company: int  # the number of their organisation there


def invent(count: int, rng: Random) -> list[Somebody]:
    """So many different people, with different addresses."""
    taken: set[str] = set()
    places = rng.choices([_names(place) for place in PLACES], WEIGHTS, k=count)
    return [_somebody(number, place, taken, rng) for number, place in enumerate(places, start=1001)]


def _names(place: tuple[str, str]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    first_names, last_names = ([_spelled(word) for word in words.split()] for words in place)
    return first_names, last_names


def _spelled(word: str) -> tuple[str, str]:
    """A name, and how it is written in an address."""
    name, _, latin = word.partition("/")
    folded = unicodedata.normalize("NFKD", (latin or name).lower().translate(UNFOLDED))
    return name.replace("-der-", " der "), "".join(one for one in folded if one.isascii())


def _somebody(
    number: int, place: tuple[list[tuple[str, str]], list[tuple[str, str]]], taken: set[str], rng: Random
) -> Somebody:
    (first_name, first), (last_name, last) = rng.choice(place[0]), rng.choice(place[1])
    company = rng.randrange(len(COMPANIES))
    domain = f"{COMPANIES[company]}.{ENDINGS[company % len(ENDINGS)]}"
    local = rng.choice((f"{first}.{last}", f"{first[0]}.{last}", f"{first}_{last}"))
    email = f"{local}@{domain}"
    if email in taken:
        email = f"{local}{number}@{domain}"
    taken.add(email)
    return Somebody(first_name, last_name, email, number, company + 50)
