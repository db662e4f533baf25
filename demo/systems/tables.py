"""Contract, money, contact and duties: the rows each person has, one function a table."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from demo.systems import names
from demo.systems.cast import Person, court_case, midnight
from demo.systems.scene import Row, Scene


def customer(_scene: Scene, person: Person) -> Iterator[Row]:
    phone = person.numbers[-1].msisdn
    place = (person.street, person.postcode, person.city)
    yield person.customer_no, person.name, person.email, phone, *place, True, person.since, person.left


def identity(scene: Scene, person: Person) -> Iterator[Row]:
    checked = "BankID" if scene.country == "SE" else "MitID"
    yield person.customer_no, person.national_id, checked, person.since, person.left


def account(scene: Scene, person: Person) -> Iterator[Row]:
    if person.holds_account:
        user = person.email.partition("@")[0]
        yield person.account_no, person.customer_no, user, scene.choice("paid-by"), person.since, person.left


def subscription(scene: Scene, person: Person) -> Iterator[Row]:
    for number in person.numbers:
        plan = scene.draw.choice(names.PLANS[scene.country])
        yield (
            person.account_no,
            person.customer_no,
            number.msisdn,
            number.imsi,
            plan,
            number.start,
            number.end,
        )


def orders(scene: Scene, person: Person) -> Iterator[Row]:
    for day in scene.days(person, scene.draw.randrange(1, 4)):
        item, least, most = scene.draw.choice(names.ITEMS[scene.country])
        price = Decimal(scene.draw.randrange(least, most + 1))
        yield (
            person.customer_no,
            day,
            item,
            price,
            f"{person.street}, {person.postcode} {person.city}",
            scene.words["delivered"],
        )


def invoices(scene: Scene, person: Person) -> Iterator[Row]:
    """One a month on the account; a former customer of the journey has not paid the last one."""
    if not person.holds_account:
        return
    last = min(person.left or scene.today, scene.today)
    day = max(person.since, scene.begin)
    while (day := day + timedelta(days=30)) <= last:
        due = day + timedelta(days=30)
        amount = Decimal(scene.draw.randrange(9900, 89900)) / 100
        unpaid = person.role.startswith("former") and (last - day).days < 30
        demanded = due + timedelta(days=25) if unpaid else None
        paid = None if unpaid or due > scene.today else due - timedelta(days=scene.draw.randrange(6))
        status = "unpaid" if unpaid else "paid" if paid else "open"
        currency = "SEK" if scene.country == "SE" else "DKK"
        shown = scene.words["status"][status]
        yield person.account_no, day, due, amount, amount / 5, currency, shown, demanded, paid


def notes(scene: Scene, person: Person) -> Iterator[Row]:
    """Some have been analysed; in one of ten, and the subscriber's first, somebody else is spoken of as well."""
    for number, moment in enumerate(scene.moments(person, scene.draw.randrange(1, 5))):
        about_others = scene.draw.random() < 0.1 or (person.role, number) == ("subscriber", 0)
        topic, text = scene.draw.choice(names.NOTES[scene.country])
        if about_others:
            topic, text = names.NOTES_ABOUT_OTHERS[scene.country]
            text = text.format(**scene.somebody_else())
        analysis = json.dumps({"ton": scene.choice("mood"), "ord": topic.casefold()}, ensure_ascii=False)
        channel = scene.choice("channel")
        analysed = analysis if channel.startswith("chat") else None
        yield person.customer_no, moment, channel, topic, text, analysed, about_others


def recordings(scene: Scene, person: Person) -> Iterator[Row]:
    """Kept for 90 days, as the registers say. In one of five, and the subscriber's, somebody else is heard."""
    recent = replace(scene, begin=scene.today - timedelta(days=85))
    if person.left and person.left <= recent.begin:
        return
    for moment in recent.moments(person, 1 if person.role != "ordinary" else scene.draw.randrange(2)):
        text, other_voice = names.SPOKEN[scene.country], scene.draw.random() < 0.2
        other_voice = other_voice or person.role == "subscriber"
        if other_voice:
            text = f"{text} {names.SPOKEN_BY_OTHERS[scene.country].format(**scene.somebody_else())}"
        yield person.customer_no, moment, scene.draw.randrange(60, 900), text, other_voice


def credit(scene: Scene, person: Person) -> Iterator[Row]:
    """A member of staff decided; kept for 12 months. Both as the registers say."""
    bureau = "Dun & Bradstreet" if scene.country == "SE" else "Experian"
    score = scene.draw.randrange(30, 100)
    checked = max(person.since, scene.today - timedelta(days=340))
    yield person.customer_no, checked, bureau, score, scene.words["granted"], False


def security(scene: Scene, person: Person) -> Iterator[Row]:
    for moment in scene.moments(person, 3):
        address = f"192.0.2.{scene.draw.randrange(1, 255)}"
        yield person.customer_no, moment, scene.words["login"], address, "Nordfon 5"


def disclosures(scene: Scene, person: Person) -> Iterator[Row]:
    """What was handed to a rights holder after a court's order (Ipred), a good month ago."""
    if person.role.startswith("former") and scene.country == "SE":
        ip, days = f"198.51.100.{scene.draw.randrange(1, 255)}", timedelta(days=40)
        seen = midnight(scene.today - timedelta(days=120), scene.country)
        what = scene.words["handed-over"].format(ip=ip)
        order = ("Filmbolaget Exempel AB", court_case(person))
        kind = scene.words["rights-holder"]
        yield person.customer_no, kind, scene.today - days, *order, what, seen


def kyc(scene: Scene, person: Person) -> Iterator[Row]:
    identity, transaction = scene.words["kyc"]
    yield person.customer_no, identity, person.left, scene.words["identity"]
    yield person.customer_no, transaction, scene.days(person, 1)[0], scene.words["instalment"]


def directory(_scene: Scene, person: Person) -> Iterator[Row]:
    yield (
        person.customer_no,
        person.name,
        person.numbers[-1].msisdn,
        "Nummerupplysning Exempel AB",
        True,
        person.since,
    )


def employment(scene: Scene, person: Person) -> Iterator[Row]:
    yield person.customer_no, person.employer, scene.draw.choice(("A", "B", "C"))


def company(_scene: Scene, person: Person) -> Iterator[Row]:
    """Written once per employer: whoever comes first in a group of nine."""
    number = int(person.employer[-4:])
    trade = names.TRADES[number % len(names.TRADES)]
    yield person.employer, f"{trade} Exempel {number} AB", 9 + number, person.account_no


def statement_lines(scene: Scene, person: Person) -> Iterator[Row]:
    """What the employer's invoice says about this user."""
    for day in sorted({day.replace(day=1) for day in scene.days(person, 12)}):
        yield (
            person.employer,
            person.customer_no,
            day,
            Decimal(scene.draw.randrange(9900, 59900)) / 100,
            "SEK",
        )
