"""Writes strings that hold identifiers, made by generators that are not ours: Faker, phonenumbers, schwifty, python-stdnum.

usage: identifier_strings.py [SEED] > deid/identifiers/tests/strings/generated.tsv
With another seed, others: the test reads them where MEDSHARE_IDENTIFIER_STRINGS names the file.
Needs: pip install faker==40.63.0 phonenumbers==9.0.43 python-stdnum==2.2 schwifty==2026.10.1
Every line: kind, country, generator, text. The same versions and seed give the same lines.
"""

import calendar
import random
import sys
from datetime import date
from importlib import import_module
from importlib.metadata import version

import phonenumbers
from faker import Faker
from schwifty import IBAN

SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 20
rng = random.Random(SEED)
Faker.seed(SEED)


def line(kind, country, generator, text):
    print(kind, country, generator, " ".join(str(text).split()), sep="\t")


def digits(count, first="0123456789"):
    return rng.choice(first) + "".join(rng.choice("0123456789") for _ in range(count - 1))


REGIONS = "US CA GB IE AU NZ IN ZA DE AT CH FR BE LU ES MX AR CO CL IT PT BR NL CN TW JP EG SA AE MA PL SE TR".split()
# Numbers without any prefix and of eight digits or fewer, or grouped as only one country does, are told by a word in front.
WORD = {"LU": "Tél. ", "CL": "tel. ", "NZ": "phone ", "CO": "tel. ", "MX": "tel. ", "AR": "tel. ", "PT": "", "PL": "", "ES": ""}


def telephones():
    formats = phonenumbers.PhoneNumberFormat
    for region in REGIONS:
        for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE):
            number = phonenumbers.example_number_for_type(region, kind)
            for form in (formats.INTERNATIONAL, formats.E164, formats.RFC3966, formats.NATIONAL):
                text = phonenumbers.format_number(number, form)
                line("telephone", region, "phonenumbers", (WORD.get(region, "") if form == formats.NATIONAL else "") + text)
    for locale in "en_US en_GB de_DE fr_FR es_ES it_IT pt_BR nl_NL zh_CN de_AT fr_CH".split():
        fake = Faker(locale)
        for _ in range(8):
            text = fake.phone_number()
            if sum(c.isdigit() for c in text) >= 9:
                line("telephone", locale[3:], "faker", text)


def calculated(module, make, country, kind="national", written=lambda m, n: [n]):
    """Eight numbers whose check digits python-stdnum accepts, as it formats them and bare."""
    own = import_module(f"stdnum.{module}")
    made = 0
    for _ in range(20_000):
        number = make(own)
        if number and own.is_valid(number):
            for text in dict.fromkeys(written(own, number)):
                line(kind, country, f"stdnum.{module}", text)
            made += 1
            if made == 8:
                return
    raise SystemExit(f"{module}: too few valid numbers")


def both(own, number):
    return [number, own.format(number)]


def birthday(form):
    day = date(1930, 1, 1).toordinal() + rng.randrange(26_000)
    return date.fromordinal(day).strftime(form)


def nationals():
    calculated("us.ssn", lambda m: digits(9, "12345678"), "US", written=both)
    calculated("us.itin", lambda m: "9" + digits(8), "US", written=both)
    calculated("gb.nhs", lambda m: digits(10, "4567"), "GB", written=both)
    calculated("de.idnr", lambda m: digits(11, "123456789"), "DE", written=lambda m, n: [n, m.format(n)])
    calculated("fr.nir", lambda m: (lambda b: b + m.calc_check_digits(b))(rng.choice("12") + birthday("%y%m") + digits(8, "123456789")), "FR", written=lambda m, n: [n, f"{n[0]} {n[1:3]} {n[3:5]} {n[5:7]} {n[7:10]} {n[10:13]} {n[13:]}"])
    calculated("ch.ssn", lambda m: "756" + digits(10), "CH", written=both)
    calculated("nl.bsn", lambda m: digits(9, "123456789"), "NL", written=both)
    calculated("br.cpf", lambda m: digits(11), "BR", written=both)
    calculated("in_.aadhaar", lambda m: digits(12, "23456789"), "IN", written=both)
    calculated("in_.pan", lambda m: "".join(rng.choice("ABCDEFGHJKLMN") for _ in range(3)) + rng.choice("ABCFGHLJPT") + rng.choice("ABCDEF") + digits(4, "123") + rng.choice("ABCDEF"), "IN")
    calculated("cn.ric", lambda m: (lambda b: b + m.calc_check_digit(b))("110105" + birthday("%Y%m%d") + digits(3)), "CN")
    calculated("es.dni", lambda m: (lambda b: b + m.calc_check_digit(b))(digits(8)), "ES", written=lambda m, n: [n, n[:8] + "-" + n[8]])
    calculated("es.nie", lambda m: (lambda b: b + m.calc_check_digit(b))(rng.choice("XYZ") + digits(7)), "ES")
    calculated("it.codicefiscale", lambda m: (lambda b: b + m.calc_check_digit(b))("".join(rng.choice("BCDFGLMNPRST") for _ in range(6)) + birthday("%y") + rng.choice("ABCDEHLMPRST") + birthday("%d") + "H501"), "IT")
    calculated("pt.nif", lambda m: digits(9, "12"), "PT", written=lambda m, n: [n, f"{n[:3]} {n[3:6]} {n[6:]}"])
    calculated("be.nn", lambda m: (lambda b: b + f"{97 - int(b) % 97:02d}")(birthday("%y%m%d") + digits(3)), "BE", written=both)
    calculated("at.vnr", lambda m: digits(4, "123456789") + birthday("%d%m%y"), "AT", written=lambda m, n: [n, f"{n[:4]} {n[4:]}"])
    calculated("ca.sin", lambda m: digits(9, "1234567"), "CA", written=lambda m, n: [n, m.format(n), n[:3] + " " + n[3:6] + " " + n[6:]])
    calculated("au.tfn", lambda m: digits(9, "123456789"), "AU", written=both)
    calculated("pl.pesel", lambda m: birthday("%y%m%d") + digits(5), "PL")
    calculated("se.personnummer", lambda m: birthday("%y%m%d") + digits(4), "SE", written=lambda m, n: [n, n[:6] + "-" + n[6:]])
    calculated("no.fodselsnummer", lambda m: birthday("%d%m%y") + digits(5), "NO", written=both)
    calculated("dk.cpr", lambda m: birthday("%d%m%y") + digits(4), "DK", written=both)
    calculated("fi.hetu", lambda m: birthday("%d%m%y") + "-" + digits(3) + rng.choice("0123456789ABCDEFHJKLMNPRSTUVWXY"), "FI")
    calculated("ie.pps", lambda m: digits(7) + rng.choice("ABCDEFGHIJKLMNOPQRSTUVW"), "IE")
    calculated("cz.rc", lambda m: birthday("%y%m%d") + digits(4), "CZ", written=both)
    calculated("hr.oib", lambda m: digits(11, "123456789"), "HR")
    calculated("gr.amka", lambda m: birthday("%d%m%y") + digits(5), "GR")
    calculated("tr.tckimlik", lambda m: digits(11, "123456789"), "TR")
    calculated("ro.cnp", lambda m: rng.choice("12") + birthday("%y%m%d") + "40" + digits(4), "RO")
    calculated("kr.rrn", lambda m: birthday("%y%m%d") + rng.choice("12") + digits(6), "KR", written=lambda m, n: [m.format(n)])
    calculated("mx.curp", lambda m: (lambda b: b + m.calc_check_digit(b))("".join(rng.choice("BCDFGLMN") for _ in range(1)) + "A" + "RZ" + birthday("%y%m%d") + rng.choice("HM") + "DFRNR0"), "MX")
    calculated("ar.cuit", lambda m: (lambda b: b + m.calc_check_digit(b))("20" + digits(8, "123")), "AR", written=both)
    calculated("cl.rut", lambda m: (lambda b: b + m.calc_check_digit(b))(digits(8, "12")), "CL", written=lambda m, n: [m.format(n)])
    calculated("za.idnr", lambda m: birthday("%y%m%d") + digits(4) + "08" + digits(1), "ZA", written=lambda m, n: [n])
    calculated("il.idnr", lambda m: digits(9), "IL", written=lambda m, n: [n])
    for country, locale in (("GB", "en_GB"), ("US", "en_US"), ("CA", "en_CA"), ("CH", "de_CH"), ("FR", "fr_FR"), ("IT", "it_IT"), ("BR", "pt_BR"), ("NL", "nl_NL"), ("CN", "zh_CN"), ("AT", "de_AT"), ("BE", "nl_BE")):
        fake = Faker(locale)
        for _ in range(6):
            line("national", country, "faker", fake.ssn())
    fake = Faker("de_DE")
    for _ in range(6):
        line("national", "DE", "faker", fake.bothify("?#########", letters="ABEFGHKLNPRSTX"))
        line("national", "DE", "faker", f"{rng.randrange(2, 90):02d} {birthday('%d%m%y')} {rng.choice('ABGMSZ')} {digits(3)}")
        line("national", "GB", "faker", fake.bothify("?? ## ## ## ", letters="ABCEHJKLM") + rng.choice("ABCD"))


def money():
    for country in "AD AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MC MT NL NO PL PT RO SE SI SK AE SA BR TR".split():
        number = IBAN.random(country_code=country, random=random.Random(SEED + len(country) + ord(country[0]) * ord(country[1])))
        line("iban", country, "schwifty", number.formatted)
        line("iban", country, "schwifty", number.compact)
    for locale in "de_DE en_GB fr_FR it_IT es_ES nl_NL pt_PT de_CH de_AT".split():
        for _ in range(4):
            line("iban", locale[3:], "faker", Faker(locale).iban())
    fake = Faker("en_US")
    for kind in "visa16 mastercard amex discover jcb16 maestro".split():
        for _ in range(6):
            text = fake.credit_card_number(card_type=kind)
            line("card", kind, "faker", text)
            if len(text) == 16:
                line("card", kind, "faker", " ".join(text[at:at + 4] for at in range(0, 16, 4)))


def machines():
    fake = Faker("en_US")
    for _ in range(25):
        line("network", "-", "faker", fake.ipv4())
        line("network", "-", "faker", fake.ipv6())
        line("network", "-", "faker", fake.mac_address())
        line("unique", "-", "faker", fake.uuid4())
        line("unique", "-", "faker", fake.md5())
        line("web", "-", "faker", fake.url())
        line("web", "-", "faker", fake.domain_name() + "/" + fake.slug())
    for locale in "en_US de_DE fr_FR es_ES it_IT pt_BR nl_NL zh_CN".split():
        for _ in range(6):
            line("email", locale[3:], "faker", Faker(locale).email())


def places():
    fake = Faker("en_US")
    for _ in range(25):
        line("coordinates", "-", "faker", f"{fake.latitude()}, {fake.longitude()}")
        place = fake.local_latlng(country_code="US")
        line("coordinates", "US", "faker", f"{place[0]},{place[1]}")
    for _ in range(15):
        line("postcode", "US", "faker", f"Springfield, {fake.state_abbr(include_territories=False, include_freely_associated_states=False)} {fake.zipcode()}")
        line("postcode", "US", "faker", fake.zipcode_plus4())
        line("postcode", "GB", "faker", Faker("en_GB").postcode())
        line("postcode", "CA", "faker", Faker("en_CA").postcode())
        line("postcode", "BR", "faker", "CEP " + Faker("pt_BR").postcode())
        line("postcode", "DE", "faker", f"D-{Faker('de_DE').postcode()} {rng.choice(['Berlin', 'Hamburg', 'Köln'])}")
        line("postcode", "FR", "faker", f"12, rue Neuve, 9, {Faker('fr_FR').postcode()} {rng.choice(['Lyon', 'Lille'])}")
        line("postcode", "NL", "faker", f"{digits(4, '123456789')} {rng.choice('ABEFHJ')}{rng.choice('BEFHJ')} {rng.choice(['Amsterdam', 'Utrecht'])}")
        line("postcode", "AT", "faker", "PLZ " + Faker("de_AT").postcode())
        line("postcode", "PT", "faker", f"{Faker('pt_PT').postcode()} {rng.choice(['Lisboa', 'Porto'])}")
    words = {"en_US": "plate", "en_GB": "licence plate", "de_DE": "Kennzeichen", "fr_FR": "immatriculation", "es_ES": "matrícula", "it_IT": "targa", "nl_NL": "kenteken", "pt_PT": "matrícula"}
    for locale, word in words.items():
        fake = Faker(locale)
        for _ in range(6):
            text = fake.license_plate()
            if any(c.isdigit() for c in text) and any(c.isalpha() for c in text) and 5 <= sum(c.isalnum() for c in text) <= 8:
                line("plate", locale[3:], "faker", f"{word} {text}")
    for _ in range(10):
        line("plate", "-", "faker", Faker("en_US").vin())


MONTHS = {
    "en_US": "{d} %B %Y|%B {d}, %Y|%d-%b-%Y|%m/%d/%Y|%m/%d/%y",
    "de_DE": "{d}. %B %Y|%d.%m.%Y|%d.%m.%Y %H:%M",
    "fr_FR": "{d} %B %Y|le {d} %B|%d/%m/%Y",
    "es_ES": "{d} de %B de %Y|%d-%m-%Y",
    "it_IT": "{d} %B %Y|%d/%m/%Y %H.%M",
    "pt_BR": "{d} de %B de %Y|%d/%m/%Y",
    "nl_NL": "{d} %B %Y|%d-%m-%Y",
    "zh_CN": "%Y年%m月%d日|%Y/%m/%d",
    "ar_AA": "{d} %B %Y",
}


def dates():
    for locale, forms in MONTHS.items():
        fake = Faker(locale)
        names = month_names(locale)
        for form in forms.split("|"):
            for _ in range(6):
                when = fake.date_time_between(date(1920, 1, 1), date(2025, 1, 1))
                text = form.replace("{d}", str(when.day)).replace("%B", names[when.month])
                line("date", locale[3:], "faker", when.strftime(text))
    fake = Faker("en_US")
    for _ in range(12):
        when = fake.date_time_between(date(1920, 1, 1), date(2025, 1, 1))
        for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y%m%d", "%d %b %Y %H:%M"):
            line("date", "-", "faker", when.strftime(form))


def month_names(locale):
    """A locale's names of months, as Faker has them, in the case in which dates have them."""
    if locale.startswith("en"):
        return dict(enumerate(calendar.month_name))
    own = import_module(f"faker.providers.date_time.{locale}").Provider.MONTH_NAMES
    small = locale[:2] in ("fr", "es", "it", "pt", "nl")
    return {int(number): name.lower() if small else name for number, name in own.items()}


def ages():
    fake = Faker("en_US")
    for form in ("{}-year-old", "{} years old", "{} yo", "{}y", "aged {}", "age: {}", "{} Jahre alt", "{}-jährige", "{} ans", "{} años", "{} anni", "{} anos", "{} jaar", "{}岁", "{} سنة"):
        for _ in range(4):
            line("age", "-", "faker", form.format(fake.random_int(91, 105)))


if __name__ == "__main__":
    names = ("Faker", "phonenumbers", "python-stdnum", "schwifty")
    print("#", ", ".join(f"{name} {version(name)}" for name in names), f"seed {SEED}")
    for part in (telephones, nationals, money, machines, places, dates, ages):
        part()
