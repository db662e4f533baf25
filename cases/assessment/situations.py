"""A case as the law sees it: the situation that its rows are judged in, with the orders about the person."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from cases.casework import audit
from cases.casework.operators import register_of_case
from cases.identity.people.protection import protect
from cases.law.situation import (
    Claim,
    ClearedSituation,
    IpredNotice,
    IpredPending,
    OpenOrder,
    Preservation,
    Right,
    Situation,
    Subject,
    SubjectKind,
    controller_of,
)
from cases.models import Case, MoneyClaim, Order, Run
from cases.models.case import Marked, Standing
from cases.models.secrecy import Kind
from cases.registers.register import Register
from cases.rows.signatures import rows
from cases.sealed import secrets
from cases.sealed.typed import read_file
from cases.sealed.vault import KeyDestroyed
from cases.sources.configured import collection_of
from cases.sources.local_days import local_days
from connectors.description.collection import Claims, Flag


def open_orders_on(case: Case) -> list[Order]:
    """Orders about this person that everybody may know of, found by the keyed hashes of the case's identifiers."""
    digests = _digests(case)
    values = [value for _kind, value in digests]
    orders = Order.objects.filter(operator=case.operator, identifier_digest__in=values)
    return [order for order in orders if (order.identifier_kind, order.identifier_digest) in digests]


def sealed_orders_on(case: Case) -> list[Order]:
    """Those that only cleared processes may know of. Raises NotCleared."""
    return secrets.about(Order, Kind.ORDER, case.operator_id, *map("\0".join, sorted(_digests(case))))


def all_orders_on(case: Case) -> list[Order]:
    """Both: for erasing at sources, and for cleared officers. Raises NotCleared."""
    return [*open_orders_on(case), *sealed_orders_on(case)]


def _digests(case: Case) -> set[tuple[str, str]]:
    return set(case.identifiers.values_list("kind", "digest"))


def _open_order(order: Order) -> OpenOrder | None:
    if order.rule == IpredNotice.rule and order.handed_over_on:
        return IpredNotice(str(order.pk), order.handed_over_on, order.notice_sent_on or order.ended_on)
    if order.rule == IpredPending.rule and order.served_on:
        return IpredPending(str(order.pk), order.served_on, order.ended_on)
    return None


def situation_of(case: Case, decided: date, found: list[Order] | None = None) -> Situation:
    """The case as everybody at the desk may know it, judged on ``decided``. ``found``: its open orders, if at hand."""
    register = register_of_case(case)
    claims = (Claim(row.arose, row.demanded, row.recognised, row.paid) for row in case.claims.all())
    orders = map(_open_order, open_orders_on(case) if found is None else found)
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
        number_shared=number_shared(case),
        users_unknown=case.users_unknown,
        holds_no_account=_says(Standing.USER, case, register),
        withdrawn=_withdrawn(case),
    )


def _withdrawn(case: Case) -> frozenset[str]:
    """The consents that were named; none where all are taken back, or the case's file is over."""
    if case.right != Right.CONSENT_WITHDRAWAL or not case.file_sealed:
        return frozenset()
    try:
        return frozenset(read_file(case).purposes)
    except KeyDestroyed:
        return frozenset()


def number_shared(case: Case) -> bool:
    """Whether somebody else than the account holder uses a number, as the sources tell or the asker says."""
    return case.number_shared or _says(Standing.HOLDER, case, register_of_case(case))


def _says(standing: Standing, case: Case, register: Register) -> bool:
    """Whether the asker says so: that who has the account of a number and who uses it are two people.

    Where all customers are companies every number is: there the systems tell users apart, and nobody else calls.
    """
    return case.submission.standing == standing and not register.business_users


def cleared_situation_of(case: Case, decided: date) -> ClearedSituation:
    """The same with secret orders: for erasing at sources, and for cleared officers. Raises NotCleared."""
    secret = map(_preservation, sealed_orders_on(case))
    return ClearedSituation(situation_of(case, decided), tuple(one for one in secret if one))


def _preservation(order: Order) -> Preservation | None:
    """A secret order that was ended holds nothing after that day, whatever time it was given."""
    if not order.decided_on or not order.days:
        return None
    days = order.days + (order.extended_days or 0)
    if order.ended_on:
        days = min(days, (order.ended_on - order.decided_on).days)
    return Preservation(str(order.pk), order.rule, order.decided_on, days)  # type: ignore[arg-type]


def refresh(case: Case, runs: Sequence[Run]) -> None:
    """Write down what the gathered rows tell about the person as a whole: the contract's end, unpaid money claims,
    whether somebody else uses a number, or nobody could ask.

    Kept with the case, because scheduled erasures are judged again long after the rows are gone.
    """
    case.contract_ended_on = _contract_end(runs)
    case.number_shared = any(map(_tells_of_another_user, runs))
    case.users_unknown = any(run.status == Run.Status.LEFT_OUT and _other_user(run) != Flag() for run in runs)
    case.save(update_fields=["contract_ended_on", "number_shared", "users_unknown"])
    if any(map(_tells_of_protection, runs)):
        protect(case, Marked.SOURCE, by=audit.SYSTEM)
    case.claims.all().delete()
    for run in runs:
        collection = collection_of(case.operator_id, run.source, run.collection)
        if collection.claims is not None:
            MoneyClaim.objects.bulk_create(_claims_of(run, collection.claims))


def _tells_of_another_user(run: Run) -> bool:
    flag = _other_user(run)
    return flag != Flag() and any(flag.of(row) for row in rows(run))


def _other_user(run: Run) -> Flag:
    return collection_of(run.case.operator_id, run.source, run.collection).other_user


def _tells_of_protection(run: Run) -> bool:
    flag = collection_of(run.case.operator_id, run.source, run.collection).protected
    return flag != Flag() and any(flag.of(row) for row in rows(run))


def _contract_end(runs: Sequence[Run]) -> date | None:
    """The last day of the last contract the sources tell of; None while one runs, or where no source tells."""
    ends: list[date] = []
    for run in runs:
        collection = collection_of(run.case.operator_id, run.source, run.collection)
        if collection.contract_end:
            day_of = local_days(run.case, run.source)
            for row in rows(run):
                end = day_of(row.get(collection.contract_end))
                if end is None:
                    return None
                ends.append(end)
    return max(ends, default=None)


def _claims_of(run: Run, told: Claims) -> Iterator[MoneyClaim]:
    day_of = local_days(run.case, run.source)

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
