"""A backlog as a CSV file: a request a line, each by itself, and a report that says of every line what became of it.

The same file again, after it was mended, takes in what is new: a line that is there already is told with its
references.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils.translation import gettext as _

from cases.casework.operators import register_of
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal
from cases.models import Operator, Submission, User
from cases.models.case import BY_HAND, Standing
from cases.request.asked import LIMITS, Intake, IntakeProblem
from cases.request.intake import submit
from cases.sealed import vault

MOST_BYTES = 2_000_000
MOST_LINES = 500
TEXTS = frozenset(LIMITS)
NEEDED = ("received_on", "channel", "rights", "name")
LISTS = ("rights", "purposes")
COLUMNS = frozenset({*NEEDED, *LISTS, *TEXTS, "standing", "language", "authority", "died_on", "protected"})
# What people write into a cell that asks for yes or no.
YES = frozenset({"1", "x", "yes", "ja", "true"})
NO = frozenset({"", "0", "no", "nej", "false"})


@dataclass(frozen=True)
class Line:
    """What became of a line of the file: its references, new or there before, or a sentence a column."""

    number: int
    references: tuple[str, ...] = ()
    was_there: bool = False
    errors: dict[str, str] = field(default_factory=dict)


def take_in(operator: Operator, content: bytes, *, by: User) -> Iterator[Line]:
    """Each line in a transaction of its own, in the order of the file. Refusal before any where it can't be read."""
    require(by, operator, Permission.WORK_CASES)
    rows = _rows(content)
    alike = Counter[UUID]()
    return (_taken(operator, number, row, by, alike) for number, row in rows)


def _rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """With the number of the line each ends on. Refusal backlog-text, -columns, -long, -empty."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal("backlog-text", line=content.count(b"\n", 0, error.start) + 1) from None
    head = text.partition("\n")[0]
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=";" if ";" in head else ",", restkey="", strict=True
    )
    try:
        _check_columns(list(reader.fieldnames or ()))
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error:
        raise Refusal("backlog-text", line=reader.line_num) from None
    if not rows:
        raise Refusal("backlog-empty")
    if len(rows) > MOST_LINES:
        raise Refusal("backlog-long", most=MOST_LINES)
    return rows


def _check_columns(names: list[str]) -> None:
    if missing := [name for name in NEEDED if name not in names]:
        raise Refusal("backlog-missing", columns=", ".join(missing))
    if unknown := [name for name in names if name not in COLUMNS]:
        raise Refusal("backlog-unknown", column=unknown[0][:40], columns=", ".join(sorted(COLUMNS)))
    if len(set(names)) < len(names):
        raise Refusal("backlog-twice")


def _taken(operator: Operator, number: int, row: dict[str, Any], by: User, alike: Counter[UUID]) -> Line:
    """``alike``: how often each line has stood in the file so far: two that say the same are two requests."""
    if "" in row or None in row.values():
        return Line(number, errors={"": _("This line has more or fewer columns than the first one.")})
    cells = {name: cell.strip() for name, cell in row.items()}
    typed, errors = _typed(cells)
    if errors:
        return Line(number, errors=errors)
    language = cells.get("language") or register_of(operator).languages[0]
    intake = Intake(id=UUID(int=0), operator=operator, **{**typed, "language": language})
    first = _id(intake)
    alike[first] += 1
    again = first if alike[first] == 1 else uuid5(first, str(alike[first]))
    there = Submission.objects.filter(pk=again).first()
    try:
        submission = there or submit(Intake(**{**_fields(intake), "id": again}), by=by)
    except IntakeProblem as problem:
        return Line(number, errors=problem.errors)
    return Line(number, _references(submission), was_there=there is not None)


def _fields(intake: Intake) -> dict[str, Any]:
    return {name: getattr(intake, name) for name in intake.__dataclass_fields__}


def _id(intake: Intake) -> UUID:
    """The same line is the same request: made of a keyed hash, because what stands in it can be guessed."""
    said = {name: value for name, value in asdict(intake).items() if name not in ("id", "operator")}
    plain = hashlib.sha256(repr(sorted(said.items())).encode()).hexdigest()
    return uuid5(NAMESPACE_URL, vault.digest(intake.operator.pk, "backlog", plain))


def _references(submission: Submission) -> tuple[str, ...]:
    return tuple(submission.cases.order_by("pk").values_list("reference", flat=True))


def _typed(cells: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The cells as the intake takes them, and a sentence for each that is no such thing."""
    typed: dict[str, Any] = {name: cells.get(name, "") for name in TEXTS} | {"channel": cells["channel"]}
    typed |= {name: tuple(cells.get(name, "").split()) for name in LISTS}
    typed |= {"standing": cells.get("standing") or Standing.SELF, "authority": cells.get("authority", "")}
    errors = {}
    if cells["channel"] not in BY_HAND:
        errors["channel"] = _("Write one of: %(words)s.") % {"words": ", ".join(BY_HAND)}
    for name in ("received_on", "died_on"):
        try:
            typed[name] = date.fromisoformat(cells[name]) if cells.get(name) else None
        except ValueError:
            errors[name] = _("This is no day. Write it like 2026-03-31.")
    if not cells["received_on"]:
        errors["received_on"] = _("Write the day.")
    protected = cells.get("protected", "").lower()
    typed["protected"] = protected in YES
    if protected not in YES | NO:
        errors["protected"] = _("Write yes or no.")
    return typed, errors
