"""Stories drawn at random: people, what the operator's systems hold of them, what they ask for, and orders about them.

A story is told twice, with what is secret in it and without. The secret steps are left out of the second telling, and
everything else happens alike, on the same days and under the same numbers. What has happened so far can go on in
several ways: each of these endings is a story of its own, and what they have in common is told once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

from tests.operators.scenes import TELLING, Scene

START = datetime(2026, 3, 2, 11, tzinfo=UTC)
MAILS = {"C1": "anna@example.com", "C2": "bo@example.com"}
NUMBER = "+46701740605"
RIGHTS = ("access", "erasure", "restriction", "objection", "rectification", "portability")
# Retained rows can be restricted as well; subscriptions and calls beside them.
CALLS = """
restrict = { set = { blocked = 1 }, lift = { blocked = 0 } }

[[source.collection]]
key = "subscription"
category = "account"
name = { sv = "Abonnemang", da = "Abonnementer", en = "Subscriptions" }
table = "subscription"
key_columns = ["id"]
find = { customer_no = "customer_no" }
at = "valid_to"
interval = false
on_erase = "delete"
yields = [{ kind = "msisdn", column = "msisdn", from = "valid_from", to = "valid_to" }]

[[source.collection]]
key = "traffic"
category = "traffic"
name = { sv = "Trafik", da = "Trafik", en = "Traffic" }
table = "traffic"
key_columns = ["id"]
find = { msisdn = "msisdn" }
at = "at"
on_erase = "delete"
claim = { column = "unpaid", equals = 1 }
"""
TABLES = """
CREATE TABLE subscription (id INTEGER PRIMARY KEY, customer_no TEXT, msisdn TEXT,
                           valid_from DATETIME, valid_to DATETIME);
CREATE TABLE traffic (id INTEGER PRIMARY KEY, msisdn TEXT, at DATETIME, unpaid INTEGER);
ALTER TABLE retained ADD COLUMN blocked INTEGER DEFAULT 0;
DELETE FROM profile;
"""
TALKING = Scene(TELLING.connectors + CALLS, TELLING.tables + TABLES, contacts=TELLING.contacts, language="en")
# What comes between, and how often each.
BETWEEN = {
    "days": 3, "order": 2, "look": 2, "ask": 1, "silence": 1, "returns": 1, "release": 1, "extend": 1, "again": 1,
    "lift": 1, "hands": 1, "wider": 1,
}  # fmt: skip
SECRET = frozenset({"order", "release", "extend", "look", "arrives"})
# How a short story ends, and how often each way.
ENDINGS = {
    ("days",): 3, ("days", "days"): 2, ("returns", "ask"): 3, ("ask",): 2, ("again",): 2, ("look", "days"): 2,
    ("release", "days"): 1, ("extend", "days"): 1, ("hands", "ask"): 1, ("wider", "days"): 1, ("silence",): 1,
    ("order", "days"): 2, ("lift",): 1, ("arrives", "ask"): 1, ("ask", "arrives", "finish"): 2,
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """What happens: a verb of `telling.Telling`, and with what."""

    verb: str
    given: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.verb}({', '.join(f'{name}={value!r}' for name, value in self.given.items())})"


Steps = tuple[Step, ...]


@dataclass(frozen=True)
class Story:
    """What lies in the systems, in SQL; what lies there in secret; what happens, and how it may go on from there."""

    rows: str
    secret_rows: str
    steps: Steps
    tidy: bool = False  # whether the source itself erases what is past its period, unless an order keeps it
    endings: tuple[Steps, ...] = ((),)
    number: int | None = (
        None  # which of all pages are looked at in the end, and as whom; None for the main ones
    )

    def apart(self) -> "Iterator[Story]":
        """The stories it is made of."""
        for place, ending in enumerate(self.endings):
            number = None if self.number is None else self.number + place
            yield replace(self, steps=self.steps + ending, endings=((),), number=number)

    def without(self, number: int) -> "Story":
        return replace(self, steps=self.steps[:number] + self.steps[number + 1 :])

    def __str__(self) -> str:
        return "\n".join([self.rows, self.secret_rows, f"tidy={self.tidy}", *map(str, self.steps)])


def drawn(seed: int) -> Story:
    """The same stories for the same seed: the same person asks once or twice, with an order before or after."""
    dice = Random(seed)
    who, steps = dice.choice(("C1", "C2", "C2")), list[Step]()
    for _ in range(dice.choice((1, 1, 2))):
        steps += [_step("ask", dice, who), Step("finish")]
    steps.insert(dice.randrange(len(steps)), _step("order", dice, who))
    ways = dice.choices(list(ENDINGS), list(ENDINGS.values()), k=4)
    endings = tuple(tuple(_step(verb, dice, who) for verb in way) for way in ways)
    return _told_about(dice, tuple(steps), endings, seed)


def drawn_long(seed: int) -> Story:
    """The same person asks twice, an order comes before, between or after, and much happens meanwhile."""
    dice = Random(seed)
    who, steps = dice.choice(("C1", "C2", "C2")), list[Step]()
    for _ in range(2):
        steps += [_step("ask", dice, who), Step("finish")]
        if dice.random() < 0.6:
            steps.append(_step(dice.choice(("days", "days", "returns")), dice, who))
    steps.insert(dice.randrange(len(steps)), _step("order", dice, who))
    for verb in dice.choices(list(BETWEEN), list(BETWEEN.values()), k=dice.randint(0, 3)):
        steps.insert(dice.randint(1, len(steps)), _step(verb, dice, who))
    return _told_about(dice, tuple(steps), ((),), seed)


def _told_about(dice: Random, steps: Steps, endings: tuple[Steps, ...], seed: int) -> Story:
    rows, secret = "".join(_rows(dice)), "".join(_secret_rows(dice))
    return Story(rows, secret, steps, dice.random() < 0.3, endings, seed * len(endings))


def _step(verb: str, dice: Random, who: str) -> Step:
    match verb:
        case "ask":
            right = dice.choices(RIGHTS, (4, 6, 1, 1, 1, 1))[0]
            return Step(verb, {"right": right, "who": dice.choice((*MAILS, who, who, who))})
        case "order":
            kind, value = dice.choice((("customer_no", who), ("customer_no", who), ("msisdn", NUMBER)))
            named = dice.choice(([], [], ["traffic"], ["retained"], ["correspondence"]))
            return Step(
                verb, {"kind": kind, "value": value, "categories": named, "days": dice.choice((30, 90))}
            )
        case "days" | "silence":
            return Step(verb, {"days": dice.choice((1, 20, 95, 330))})
        case "returns":
            day = (START - timedelta(days=dice.choice((5, 200, 400)))).strftime("%F %T")
            return Step(verb, {"who": who, "at": day})
        case _:
            return Step(verb)


def _rows(dice: Random) -> Iterator[str]:
    yield (
        f"INSERT INTO subscription VALUES (1, 'C2', '{NUMBER}', '2024-01-01', "
        f"{dice.choice(('NULL', repr('2025-12-31')))});\n"
    )
    numbers = iter(range(1, 100))
    for who in MAILS:
        for _ in range(dice.randint(0, 4)):
            account = dice.choice(("NULL", f"'A-{who}'"))
            kind = dice.choice(("", "internet", "telephony"))
            yield f"INSERT INTO retained VALUES ({next(numbers)}, '{who}', '{kind}', '{_day(dice)}', {account}, 0);\n"
    for _ in range(dice.randint(0, 4)):
        yield f"INSERT INTO traffic VALUES ({next(numbers)}, '{NUMBER}', '{_day(dice)}', {dice.randint(0, 1)});\n"
    for _ in range(dice.randint(0, 2)):
        yield f"INSERT INTO disclosure VALUES ({next(numbers)}, 'C2', '', '{_day(dice)}', 'Meta', 'C2');\n"


def _secret_rows(dice: Random) -> Iterator[str]:
    for number in range(500, 500 + dice.randint(0, 3)):
        yield f"INSERT INTO retained VALUES ({number}, 'C2', 'targeted', '{_day(dice)}', 'A-9', 0);\n"
    if dice.random() < 0.5:
        yield f"INSERT INTO disclosure VALUES (600, 'C2', 'authority', '{_day(dice)}', 'Polisen', 'C2');\n"


def _day(dice: Random) -> str:
    return (START - timedelta(days=dice.choice((5, 40, 170, 290, 310, 400)))).strftime("%F %T")
