"""What a customer does and likes, as an operator's system notes it down: one function a table."""

import json
from collections.abc import Iterator
from decimal import Decimal

from demo.systems import names
from demo.systems.cast import Person
from demo.systems.scene import Row, Scene


def devices(scene: Scene, person: Person) -> Iterator[Row]:
    model, system = scene.draw.choice(
        (("Nordfon 5", "Android 16"), ("Tablet S", "Android 15"), ("Box 4K", "TV OS 9"))
    )
    seen = scene.days(person, 2)
    yield person.customer_no, model, system, "2400x1080", "20 MHz n78", seen[0], seen[-1]


def viewing(scene: Scene, person: Person) -> Iterator[Row]:
    for moment in scene.moments(person, 12):
        tastes = scene.draw.sample(names.INTERESTS[scene.country], 2)
        yield (
            person.customer_no,
            moment,
            scene.draw.choice(names.PROGRAMMES),
            scene.draw.randrange(5, 110),
            tastes,
        )


def tv_setting(_scene: Scene, person: Person) -> Iterator[Row]:
    yield person.customer_no, True, "Programbolaget Exempel AB", person.since


def usage(scene: Scene, person: Person) -> Iterator[Row]:
    for month in sorted({day.replace(day=1) for day in scene.days(person, 40)}):
        draw = scene.draw
        yield (
            person.customer_no,
            month,
            draw.randrange(90),
            draw.randrange(200),
            Decimal(draw.randrange(10**8)) / 1000,
        )


def demographics(scene: Scene, person: Person) -> Iterator[Row]:
    home = {**scene.words["household"], "personer": scene.draw.randrange(1, 6)}
    household = json.dumps(home, ensure_ascii=False)
    born = 1950 + scene.draw.randrange(55)
    yield (
        person.customer_no,
        scene.choice("gender"),
        born,
        person.postcode[:3],
        household,
        scene.words["register"],
    )


def web(scene: Scene, person: Person) -> Iterator[Row]:
    cookie, advertising = (f"{scene.draw.getrandbits(64):016x}" for _ in range(2))
    for moment in scene.moments(person, 8):
        yield (
            person.customer_no,
            moment,
            scene.draw.choice(("/", "/support", "/offers", "/shop")),
            cookie,
            advertising,
        )


def profile(scene: Scene, person: Person) -> Iterator[Row]:
    for segment in scene.draw.sample(names.SEGMENTS[scene.country], 2):
        partner = scene.draw.choice(names.AD_PARTNERS)
        yield (
            person.customer_no,
            segment,
            Decimal(scene.draw.randrange(1000)) / 1000,
            scene.days(person, 1)[0],
            partner,
        )


def surveys(scene: Scene, person: Person) -> Iterator[Row]:
    question = scene.words["recommend"]
    for day in scene.days(person, scene.draw.randrange(3)):
        yield person.customer_no, day, question, scene.draw.randrange(11)
