"""Erasing what a source kept too long: a cleared officer's task, out of everybody else's sight.

The rows are read anew, because what a case gathered is destroyed long before an order ends; what holds any of them
now keeps it. Whether the person has to be given them first is a setting of the operator.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from django.db import transaction
from django.utils import timezone

from cases.assessment.situations import all_orders_on, cleared_situation_of
from cases.casework import audit, case_clock
from cases.casework.members.named import seen_by
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, operators_for, require
from cases.casework.workflow import Refusal
from cases.collection.gathering import PAGE_ROWS
from cases.execution.erasure.schedule import secret_entries
from cases.identity.known import identifiers_of
from cases.identity.people.protection import is_hidden
from cases.law.decisions import judge_gone
from cases.law.situation import Record, is_secret
from cases.law.verdicts import Ruling, Verdict
from cases.models import Case, OverRetained, ScheduledErasure, User
from cases.models.case import Right
from cases.models.secrecy import Kind
from cases.rows.marks import marks_reader
from cases.rows.signatures import recorder
from cases.sealed import secrets
from cases.sealed.vault import KeyDestroyed
from cases.sources.configured import collection_of, connector_of, source_of
from cases.sources.ordinary_view import split
from cases.sources.places import place
from cases.sources.row_changes import in_parts, remove
from connectors.contract.base import SourceError
from connectors.description.config import ManualSource
from connectors.description.tomlfile import ConfigError
from connectors.rows.graph import key_of, parsed

ASKED_FOR = frozenset({Right.ACCESS, Right.PORTABILITY})


def tasks_for(user: User) -> list[OverRetained]:
    """What is open at the operators this user is cleared for, what is held longest last."""
    operators = operators_for(user, Permission.SEE_SECRET)
    if not operators:
        return []
    found = secrets.every(OverRetained, Kind.OVER_RETAINED, [one.pk for one in operators])
    theirs = Case.objects.filter(seen_by(user), pk__in={one.case_id for one in found})
    cases = {case.pk: case for case in theirs.select_related("operator", "register")}
    tasks = [one for one in found if one.case_id in cases]
    for one in tasks:
        one.case = cases[one.case_id]
    return sorted(tasks, key=lambda one: (one.opens_on or date.max, one.found_at, one.pk))


def must_be_given(one: OverRetained) -> bool:
    """Whether the person asked for a copy and has to get these rows before they go."""
    setting = register_of_case(one.case).settings.over_retained_given_first
    return setting and one.case.right in ASKED_FOR and one.given_at is None


@transaction.atomic
def look(case: Case, source: str, collection: str) -> int:
    """Whether rows that were erased, and that nothing holds, are there again: then it is a task. Returns how many.

    Nothing where one is open, or a schedule of its own will erase them. Raises SourceError, KeyDestroyed.
    """
    where = {"source": source, "collection": collection}
    about = secrets.about(OverRetained, Kind.OVER_RETAINED, case.operator_id, str(case.pk))
    known = [*map(_where, about), *map(_where, secret_entries(case))]
    if where in known:
        return 0
    one = OverRetained(case=case, found_at=timezone.now(), rows=0, **where)
    one.rows = sum(1 for _line in _free(one))
    if one.rows:
        secrets.keep(Kind.OVER_RETAINED, case.operator_id, str(case.pk), one)
        audit.record(case, "over-retained.found", by=audit.SYSTEM, stream="cleared", rows=one.rows, **where)
    return one.rows


@transaction.atomic
def read_rows(one: OverRetained, *, by: User) -> list[bytes]:
    """The rows that nothing holds, one JSON object each, to be given to the person. Refusal where that fails.

    Without where a protected person lives: that is for no officer's eyes either.
    """
    require(by, one.case.operator, Permission.SEE_SECRET)
    with _said_plainly():
        found = list(map(_without_hidden(one), _free(one)))
    audit.record(one.case, "over-retained.read", by=by, stream="cleared", rows=len(found), **_where(one))
    return found


def _without_hidden(one: OverRetained) -> Callable[[bytes], bytes]:
    hidden = is_hidden(one.case, collection_of(one.case.operator_id, one.source, one.collection))

    def shown(line: bytes) -> bytes:
        row = parsed(line)
        kept = {column: row[column] for column in row if not hidden(column)}
        # What hides nothing stays as the source wrote it, digit by digit.
        return line if len(kept) == len(row) else json.dumps(kept, ensure_ascii=False).encode()

    return shown


@transaction.atomic
def note_given(one: OverRetained, *, by: User) -> None:
    """A cleared officer has given the person the rows."""
    one = _locked(one, by)
    if one.given_at:
        raise Refusal("already-decided")
    one.given_at, one.given_by = timezone.now(), by
    secrets.change(one)
    audit.record(one.case, "over-retained.given", by=by, stream="cleared", **_where(one))


@transaction.atomic
def erase(one: OverRetained, *, by: User) -> int:
    """Erase what nothing holds any more and record that it was kept too long. Returns rows.

    Refusal while everything is held, the person has to be given it first, or the source does not do it. What no
    connector can erase was erased by hand when this is called: refused while the source shows any of it.
    """
    one = _locked(one, by)
    if must_be_given(one):
        raise Refusal("over-retained-give-first")
    with _said_plainly():
        rows = _erase(one)
    secrets.drop(one)
    told = {"first_on": one.first_on, "last_on": one.last_on}
    audit.record(one.case, "over-retained.erased", by=by, stream="cleared", rows=rows, **told, **_where(one))
    return rows


def _locked(one: OverRetained, by: User) -> OverRetained:
    require(by, one.case.operator, Permission.SEE_SECRET)
    found = secrets.one(OverRetained, Kind.OVER_RETAINED, one.pk, lock=True)
    if found is None:
        raise Refusal("already-decided")
    return found


def _where(one: OverRetained | ScheduledErasure) -> dict[str, str]:
    return {"source": one.source, "collection": one.collection}


@contextmanager
def _said_plainly() -> Iterator[None]:
    try:
        yield
    except KeyDestroyed:
        raise Refusal("case-file-gone") from None
    except (SourceError, ConfigError, OSError):
        raise Refusal("over-retained-not-now") from None


def _erase(one: OverRetained) -> int:
    """Only what the identifiers still find; asked for again. Raises SourceError."""
    collection = collection_of(one.case.operator_id, one.source, one.collection)
    if collection.on_erase == "none":
        return _erased_by_hand(one)
    keys = [key_of(collection, parsed(line)) for line in _free(one)]
    if not keys and any(True for _line, _verdict in _gone(one)):
        raise Refusal("over-retained-held")
    connector, whose = connector_of(one.case.operator_id, one.source), identifiers_of(one.case, collection)
    for part in in_parts(one.case.operator_id, one.source, one.collection, keys):
        with place(one.case.operator_id, one.source):
            if remove(connector, one.collection, part, whose, passed_on=True).left:
                raise Refusal("over-retained-not-now")
    return len(keys)


def _erased_by_hand(one: OverRetained) -> int:
    """What a person says they have erased, if the source shows none of it and nothing holds it."""
    verdicts = {verdict.verdict for _line, verdict in _gone(one)} if _is_connected(one) else {_strictest(one)}
    if Ruling.KEEP in verdicts:
        raise Refusal("over-retained-held")
    if verdicts and _is_connected(one):
        raise Refusal("over-retained-still-there")
    return one.rows


def _is_connected(one: OverRetained) -> bool:
    return not isinstance(source_of(one.case.operator_id, one.source), ManualSource)


def _strictest(one: OverRetained) -> Ruling:
    """Of rows that only an owner can look at: as if every order on the case were about them."""
    category = collection_of(one.case.operator_id, one.source, one.collection).category
    orders = frozenset(str(order.pk) for order in all_orders_on(one.case))
    situation = cleared_situation_of(one.case, case_clock.today(one.case))
    return judge_gone(Record(category, at=one.last_on, orders=orders), situation).verdict


def _free(one: OverRetained) -> Iterator[bytes]:
    return (line for line, verdict in _gone(one) if verdict.verdict != "keep")


def _gone(one: OverRetained) -> Iterator[tuple[bytes, Verdict]]:
    """The rows that are still there although they should be gone, each with what the law makes of it today."""
    case = one.case
    run = case.runs.get(source=one.source, collection=one.collection)
    run.case = case
    read, record_of = marks_reader(run), recorder(run, all_orders_on(case))
    situation = cleared_situation_of(case, case_clock.today(case))
    for line in _hidden(one):
        marks = read(parsed(line))
        if not is_secret(run.category, marks.kind):
            yield line, judge_gone(record_of(marks), situation)


def _hidden(one: OverRetained) -> Iterator[bytes]:
    operator, cursor = one.case.operator_id, None
    collection = collection_of(operator, one.source, one.collection)
    connector, whose = connector_of(operator, one.source), identifiers_of(one.case, collection)
    while True:
        with place(operator, one.source):
            page = connector.read(one.collection, whose, cursor, PAGE_ROWS)
        yield from split(one.case, one.source, collection, page.lines)[1]
        if (cursor := page.cursor) is None:
            return
