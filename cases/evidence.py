"""A case as the law sees it: a situation, and each gathered row reduced to the signature a verdict depends on."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache

from cases import rowkeys
from cases.chunks import lines
from cases.marks import Marks, local_days, marks_reader
from cases.models import Case, MoneyClaim, Order, Run
from cases.operators import collection_of, register_of_case
from cases.situation import (
    Claim,
    ClearedSituation,
    IpredNotice,
    IpredPending,
    OpenOrder,
    Preservation,
    Record,
    Right,
    Situation,
    Subject,
    SubjectKind,
    controller_of,
)
from connectors.collection import Claims
from connectors.graph import parsed

RowReader = Callable[[Mapping[str, object]], Record]


def orders_on(case: Case) -> list[Order]:
    """Orders about this person, found by the keyed hashes of the case's identifiers."""
    digests = set(case.identifiers.values_list("kind", "digest"))
    orders = Order.objects.filter(
        operator=case.operator, identifier_digest__in=[value for _kind, value in digests]
    )
    return [order for order in orders if (order.identifier_kind, order.identifier_digest) in digests]


def _open_order(order: Order) -> OpenOrder | None:
    if order.rule == IpredNotice.rule and order.handed_over_on:
        return IpredNotice(str(order.pk), order.handed_over_on, order.notice_sent_on)
    if order.rule == IpredPending.rule and order.served_on:
        return IpredPending(str(order.pk), order.served_on, order.ended_on)
    return None


def situation_of(case: Case, decided: date, found: list[Order] | None = None) -> Situation:
    """The case as everybody at the desk may know it, judged on ``decided``. ``found``: its orders, if at hand."""
    register = register_of_case(case)
    claims = (Claim(row.arose, row.demanded, row.recognised, row.paid) for row in case.claims.all())
    orders = (
        _open_order(order) for order in (orders_on(case) if found is None else found) if not order.secret
    )
    kind = SubjectKind.BUSINESS_USER if register.business_users else SubjectKind.CONSUMER
    return Situation(
        controller=controller_of(register),
        right=Right(case.right),
        received=case.received_on,
        decided=max(decided, case.received_on),
        subject=Subject(kind, case.contract_ended_on),
        claims=tuple(claims),
        orders=tuple(order for order in orders if order),
        settings=register.settings,
    )


def cleared_situation_of(case: Case, decided: date) -> ClearedSituation:
    """The same with secret orders: for execution, and for cleared officers."""
    orders = orders_on(case)
    secret = tuple(
        Preservation(str(order.pk), order.rule, order.decided_on, order.days, order.extended_days or 0)  # type: ignore[arg-type]
        for order in orders
        if order.secret and order.decided_on and order.days
    )
    return ClearedSituation(situation_of(case, decided, orders), secret)


def refresh(case: Case, runs: Sequence[Run]) -> None:
    """Write down what the gathered rows tell about the person as a whole: the contract's end, unpaid money claims.

    Kept with the case, because scheduled erasures are judged again long after the rows are gone.
    """
    case.contract_ended_on = _contract_end(runs)
    case.save(update_fields=["contract_ended_on"])
    case.claims.all().delete()
    for run in runs:
        collection = collection_of(case.operator_id, run.source, run.collection)
        if collection.claims is not None:
            MoneyClaim.objects.bulk_create(_claims_of(run, collection.claims))


def _contract_end(runs: Sequence[Run]) -> date | None:
    """The last day of the last contract the sources tell of; None while one runs, or where no source tells."""
    ends: list[date] = []
    for run in runs:
        collection = collection_of(run.case.operator_id, run.source, run.collection)
        if collection.contract_end:
            day_of = local_days(run)
            for row in rows(run):
                end = day_of(row.get(collection.contract_end))
                if end is None:
                    return None
                ends.append(end)
    return max(ends, default=None)


def _claims_of(run: Run, told: Claims) -> Iterator[MoneyClaim]:
    day_of = local_days(run)

    def day(row: Mapping[str, object], column: str | None) -> date | None:
        return day_of(row.get(column)) if column else None

    for number, row in enumerate(rows(run)):
        arose = day(row, told.arose)
        if told.unpaid.of(row) and arose:
            yield MoneyClaim(
                case=run.case,
                source=run.source,
                collection=run.collection,
                row_digest=str(number),
                arose=arose,
                demanded=day(row, told.demanded),
                recognised=day(row, told.recognised),
                paid=day(row, told.paid),
            )


def rows(run: Run) -> Iterator[dict[str, object]]:
    """The gathered rows of a run everybody may see, parsed one by one."""
    return (parsed(line) for line in lines(run))


def reader(run: Run, orders: list[Order]) -> RowReader:
    """Turns a parsed row of this run into its signature. ``orders``: those that may cover rows of the case."""
    read, record_of = marks_reader(run), recorder(run, orders)
    return lambda row: record_of(read(row))


def recorder(run: Run, orders: list[Order]) -> Callable[[Marks], Record]:
    """Turns the marks of a row of this run into its signature, made once however many rows share it."""

    @cache
    def record_of(marks: Marks) -> Record:
        return Record(run.category, *marks, covering(orders, run.category, marks.at))

    return record_of


def covering(orders: Iterable[Order], category: str, day: date | None) -> frozenset[str]:
    """The ids of the orders that cover a row of this category and day; a row without a day may be any day's."""
    return frozenset(str(order.pk) for order in orders if _covers(order, category, day))


def _covers(order: Order, category: str, day: date | None) -> bool:
    if order.categories and category not in order.categories:
        return False
    if day is None:
        return True
    return (order.covers_from is None or order.covers_from <= day) and (
        order.covers_to is None or day <= order.covers_to
    )


def signatures(run: Run, orders: list[Order]) -> Counter[Record]:
    """How many rows of the run share each signature: as many entries as days and flags, however many rows."""
    record_of = recorder(run, orders)
    return Counter({record_of(marks): count for marks, count in _counted(run).items()})


def _counted(run: Run) -> Counter[Marks]:
    if not rowkeys.kept_for(run):
        return Counter(map(marks_reader(run), rows(run)))
    return rowkeys.counts(run)
