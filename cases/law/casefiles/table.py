"""A case file's outcome as a person at the prompt reads it."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from cases.law.casefiles.outcome import Outcome
from cases.law.casefiles.reading import PolicyCase
from cases.law.reasons import say

COLUMNS = ("verdict", "until", "from", "rule", "why")


def table(case: PolicyCase, found: Outcome) -> str:
    """The dates with their steps, then a line for every record, purpose and order."""
    situation = case.situation
    parts = [
        f"{case.file.operator}, {situation.right}, received {situation.received}, decided {situation.decided}",
        f"due {_cell(found['due'])}, extended {_cell(found['extended_due'])}",
        *(f"  {say(step)}" for step in case.clock.steps),
    ]
    for name in ("record", "purpose"):
        parts += _aligned([(name, *COLUMNS), *_rows(found[name])]) if found[name] else []
    parts += [f"order {name}: {_listed(order)}" for name, order in found["order"].items()]
    return "\n".join(parts)


def _rows(verdicts: Outcome) -> Iterator[tuple[str, ...]]:
    for name, verdict in verdicts.items():
        why = verdict["why"] + (f" To confirm: {verdict['review']}" if "review" in verdict else "")
        yield name, *(_cell(verdict[column]) for column in COLUMNS[:-1]), why


def _aligned(rows: Iterable[tuple[str, ...]]) -> list[str]:
    table = list(rows)
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def _listed(order: dict[str, date | None]) -> str:
    return ", ".join(f"{name} {_cell(value)}" for name, value in order.items())


def _cell(value: Any) -> str:
    return "-" if value is None else str(value)
