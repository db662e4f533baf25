"""Whose a row is, where a caseworker has found who used a number from one day to another."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from hashlib import sha256
from typing import Literal

from cases.law.decisions import LOCATION, TRAFFIC
from cases.models import NumberUse, Run
from cases.models.keys import KeyUse
from cases.sealed import vault
from cases.sources.configured import collection_of
from connectors.description.collection import Collection

Use = Literal["", "own", "others"]
UseReader = Callable[[Mapping[str, object], date | None], Use]


def use_reader(run: Run) -> UseReader:
    """Tells of a row of this run, and its day, whether it is the asker's; "" where nobody has found that.

    A row without a day, or that is not found by the number itself, is nobody's yet: it waits for a person.
    """
    found = list(_found_for(run))
    if not found:
        return lambda _row, _day: ""
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    columns = [(_column(collection, one.kind), _spelled(run, collection, one), one) for one in found]
    part = "traffic" if run.category in TRAFFIC else "location"

    def read(row: Mapping[str, object], day: date | None) -> Use:
        for column, spelled, one in columns:
            if day is not None and spelled and _is(row.get(column), spelled) and _covers(one, day):
                return "own" if getattr(one, part) else "others"
        return ""

    return read


def use_columns(run: Run) -> frozenset[str]:
    """The columns that `use_reader` looks at."""
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    return frozenset(_column(collection, one.kind) for one in _found_for(run)) - {""}


def fingerprint(run: Run) -> str:
    """Changes whenever what `use_reader` tells of this run may have changed."""
    told = [[one.digest, one.since, one.until, one.traffic, one.location] for one in _found_for(run)]
    return sha256(json.dumps(told, default=str).encode()).hexdigest() if told else ""


def _found_for(run: Run) -> Iterable[NumberUse]:
    return run.case.number_uses.all() if run.category in TRAFFIC | LOCATION else ()


def _column(collection: Collection, kind: str) -> str:
    by = collection.find.get(kind)
    return by.columns[0] if by and len(by.columns) == 1 else ""


def _spelled(run: Run, collection: Collection, one: NumberUse) -> str:
    """The number as this system writes it; "" where it does not find rows by it."""
    if not _column(collection, one.kind):
        return ""
    plain = vault.unseal(run.case, KeyUse.FILE, one.sealed).decode()
    return collection.find[one.kind].spelled(plain).casefold()


def _is(value: object, spelled: str) -> bool:
    written = value if isinstance(value, list) else [value]
    return any(str(each).casefold() == spelled for each in written)


def _covers(one: NumberUse, day: date) -> bool:
    return (one.since is None or one.since <= day) and (one.until is None or day <= one.until)
