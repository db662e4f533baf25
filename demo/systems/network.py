"""What the network wrote down: Parquet files, a folder a month, found by phone number and time alone."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from demo.systems import names
from demo.systems.cast import COUNTRY, ZONES, Casting, Number, Person, cast, midnight

Event = dict[str, Any]
Write = Callable[[Random, str, datetime], Event]

_MOMENT = pa.timestamp("us", tz="UTC")

SCHEMAS = {
    "traffic": pa.schema([
        ("id", pa.int64()), ("msisdn", pa.string()), ("started_at", _MOMENT), ("ended_at", _MOMENT),
        ("kind", pa.string()), ("direction", pa.string()), ("other_number", pa.string()),
        ("number_hidden", pa.bool_()), ("network", pa.string()), ("megabytes", pa.decimal128(12, 3)),
        ("price", pa.decimal128(10, 4)), ("unpaid", pa.bool_()),
    ]),
    "location": pa.schema([
        ("id", pa.int64()), ("msisdn", pa.string()), ("at", _MOMENT), ("event", pa.string()),
        ("cell", pa.string()), ("latitude", pa.float64()), ("longitude", pa.float64()),
    ]),
    # This system writes local time without a zone.
    "place": pa.schema([
        ("id", pa.int64()), ("msisdn", pa.string()), ("at", pa.timestamp("us")), ("ip", pa.string()),
        ("town", pa.string()),
    ]),
    "sites": pa.schema([
        ("id", pa.int64()), ("msisdn", pa.string()), ("at", _MOMENT), ("site", pa.string()),
        ("ip", pa.string()),
    ]),
    "security": pa.schema([
        ("id", pa.int64()), ("msisdn", pa.string()), ("at", _MOMENT), ("event", pa.string()),
        ("ip", pa.string()), ("equipment", pa.string()),
    ]),
    "retained": pa.schema([
        ("id", pa.int64()), ("msisdn", pa.string()), ("at", _MOMENT), ("kind", pa.string()),
        ("other_number", pa.string()), ("number_hidden", pa.bool_()), ("equipment", pa.string()),
        ("cell", pa.string()), ("ip", pa.string()),
    ]),
}  # fmt: skip

# The file sets of an operator, and which part of a person's rows lies in each.
HELD: dict[str, dict[str, float]] = {
    "tele2-se": {"traffic": 0.55, "location": 0.35, "retained": 0.1},
    "telia-finance-dk": {"traffic": 0.8, "security": 0.2},
    "telenor-se": {"traffic": 0.6, "place": 0.3, "retained": 0.1},
    "hektor-se": {"traffic": 0.5, "location": 0.3, "sites": 0.1, "retained": 0.1},
    "telenor-dk": {"traffic": 0.55, "location": 0.35, "place": 0.05, "retained": 0.05},
}

# How long the law has kept each kind at most; older ones are gone already.
RETAINED_DAYS = {
    "SE": {"telephony": 181, "location": 59, "internet": 300, "equipment": 181},
    "DK": {"telephony": 365, "internet": 365},
}


def _traffic(draw: Random, country: str, at: datetime) -> Event:
    words = names.WORDS[country]
    call, message, data = words["call"]
    kind = draw.choices((call, message, data), (4, 3, 3))[0]
    incoming = kind != data and draw.random() < 0.5
    lasting = timedelta(seconds=draw.randrange(1, 1800)) if kind != message else timedelta()
    return {
        "started_at": at,
        "ended_at": at + lasting,
        "kind": kind,
        "direction": words["direction"][not incoming],
        "other_number": None if kind == data else f"{names.STRANGERS[country]}{draw.randrange(10**4):04}",
        "number_hidden": incoming and draw.random() < 0.05,
        "network": draw.choices(words["network"], (19, 1))[0],
        "megabytes": Decimal(draw.randrange(500_000)) / 1000 if kind == data else None,
        "price": Decimal(draw.randrange(20_000)) / 10_000,
    }


def _location(draw: Random, country: str, at: datetime) -> Event:
    north, east = (59.3, 18.0) if country == "SE" else (55.7, 12.5)
    cell = draw.randrange(400)
    place = {"latitude": round(north + cell / 4000, 5), "longitude": round(east + cell % 20 / 200, 5)}
    return {"at": at, "event": draw.choice(names.WORDS[country]["event"]), "cell": f"C{cell:04}", **place}


def _place(draw: Random, country: str, at: datetime) -> Event:
    town = draw.choice(names.TOWNS[country])[1]
    return {"at": at.astimezone(ZONES[country]).replace(tzinfo=None), "ip": _ip(draw), "town": town}


def _sites(draw: Random, _country: str, at: datetime) -> Event:
    return {"at": at, "site": draw.choice(names.SITES), "ip": _ip(draw)}


def _security(draw: Random, country: str, at: datetime) -> Event:
    words = names.WORDS[country]
    event = draw.choice((words["login"], words["new-device"]))
    return {"at": at, "event": event, "ip": _ip(draw), "equipment": "Nordfon 5"}


def _retained(draw: Random, country: str, at: datetime) -> Event:
    kind = draw.choice(list(RETAINED_DAYS[country]))
    call, net = kind in ("telephony", "location"), kind == "internet"
    return {
        "at": at,
        "kind": names.WORDS[country]["retained"][kind],
        "other_number": f"{names.STRANGERS[country]}{draw.randrange(10**4):04}"
        if kind == "telephony"
        else None,
        "number_hidden": kind == "telephony" and draw.random() < 0.05,
        "equipment": f"35000000{draw.randrange(10**7):07}",
        "cell": f"C{draw.randrange(400):04}" if call else None,
        "ip": _ip(draw) if net else None,
    }


WRITERS: dict[str, Write] = {
    "traffic": _traffic, "location": _location, "place": _place, "sites": _sites, "security": _security,
    "retained": _retained,
}  # fmt: skip


def _ip(draw: Random) -> str:
    # From the addresses set aside for documentation (RFC 5737).
    return f"203.0.113.{draw.randrange(1, 255)}"


def write_files(folder: Path, casting: Casting) -> None:
    """`folder/<set>/month=YYYY-MM/part-0.parquet` for every file set of the operator."""
    people = cast(casting.slug, casting.today)
    for name, share in HELD[casting.slug].items():
        _write_set(folder / name, name, _events(name, share, casting, people), ZONES[casting.country])


def _events(
    name: str, share: float, casting: Casting, people: tuple[Person, ...]
) -> Iterator[tuple[datetime, Event]]:
    draw, country = Random(f"{casting.slug} {name}"), COUNTRY[casting.slug]
    for person in people:
        total = person.rows or draw.randrange(100, 300)
        for number, at in _moments(draw, casting, person, round(total * share)):
            event = WRITERS[name](draw, country, at)
            if name == "traffic":
                event["unpaid"] = _unpaid(person, at)
            if name != "retained" or _still_kept(event, (casting.today - at.date()).days, country):
                yield at, {"msisdn": number.msisdn, **event}


def _still_kept(event: Event, days: int, country: str) -> bool:
    limits = RETAINED_DAYS[country]
    return any(
        days < limits[kind]
        for kind, word in names.WORDS[country]["retained"].items()
        if word == event["kind"]
    )


def _unpaid(person: Person, at: datetime) -> bool:
    """The last month of a former customer of the journey: needed to prove the open claim."""
    return bool(person.left and person.role.startswith("former") and (person.left - at.date()).days < 30)


def _moments(draw: Random, casting: Casting, person: Person, count: int) -> Iterator[tuple[Number, datetime]]:
    """`count` moments, each inside the interval in which the person had the number."""
    first, last = (midnight(day, casting.country) for day in (casting.begin, casting.today))
    spans = [(number, max(number.start, first), min(number.end or last, last)) for number in person.numbers]
    spans = [span for span in spans if span[1] < span[2]]
    lengths = [(end - start).total_seconds() for _, start, end in spans]
    for number, start, end in draw.choices(spans, lengths, k=count) if spans else ():
        yield number, start + timedelta(microseconds=draw.randrange(int((end - start).total_seconds() * 1e6)))


def _write_set(folder: Path, name: str, events: Iterator[tuple[datetime, Event]], zone: ZoneInfo) -> None:
    months: dict[str, list[Event]] = defaultdict(list)
    for number, (at, event) in enumerate(sorted(events, key=lambda pair: pair[0]), start=1):
        months[f"{at.astimezone(zone):%Y-%m}"].append({"id": number, **event})
    for month, rows in months.items():
        part = folder / f"month={month}" / "part-0.parquet"
        part.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMAS[name]), part, row_group_size=20_000)
