"""Court orders and other orders about a person's data: registered by legal officers, seen as far as they may be.

A hand-over to a rights holder obliges the operator to tell the subscriber, between one and three months later
(upphovsrättslagen 53 f §): that is a task with its window from the moment the order is registered.
"""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.casework import audit
from cases.casework.operators import register_of
from cases.casework.permissions import Permission, allowed, require
from cases.casework.workflow import Refusal, advance, lock
from cases.identity import identifiers
from cases.identity.identifier_words import sentence
from cases.law.clock import date_of_receipt
from cases.law.holdrules import RULES
from cases.law.holds import notice_window
from cases.law.situation import IpredNotice
from cases.models import Case, Identifier, Operator, Order, Task, User
from cases.models.case import Stage
from cases.models.orders import Ended
from cases.models.secrecy import Kind
from cases.orders import extensions
from cases.orders.days import faults
from cases.registers.categories import CATEGORIES
from cases.sealed import secrets, vault

NOTICE_TASK = "ipred-notice"
# Stages at which verdicts have been given and nothing has been approved: they are judged again. What comes after is
# judged again before it is carried out.
JUDGED = (Stage.DECISIONS, Stage.ANSWER, Stage.APPROVAL)


def _stream(order: Order) -> str:
    return "cleared" if order.secret else "open"


def _is_secret(rule: str) -> bool:
    found = next((row for row in RULES if row.id == rule and row.counts == "order"), None)
    if found is None:
        raise Refusal("order-invalid", what=_("There is no such kind of order."))
    return found.secret


def _check(order: Order) -> None:
    found = faults(
        rule=order.rule,
        decided_on=order.decided_on,
        days=order.days,
        served_on=order.served_on,
        handed_over_on=order.handed_over_on,
        covers_from=order.covers_from,
        covers_to=order.covers_to,
    )
    if found:
        raise Refusal("order-invalid", what=found[0].what)
    if set(order.categories) - CATEGORIES.keys():
        raise Refusal("order-invalid", what=_("Choose data categories from the list."))
    reached = extensions.reach(order.operator, order.rule)
    if reached and (beyond := set(order.categories) - reached):
        raise Refusal("order-beyond-rule", categories=", ".join(_names(order.operator, beyond)))


def _names(operator: Operator, categories: set[str]) -> list[str]:
    entries, language = register_of(operator).categories, get_language() or "en"
    return sorted((entries.get(key) or CATEGORIES[key]).name.get(language) for key in categories)


@transaction.atomic
def register_order(
    operator: Operator,
    *,
    by: User,
    rule: str,
    kind: str,
    value: str,
    court: str = "",
    court_case: str = "",
    categories: list[str] | None = None,
    covers_from: date | None = None,
    covers_to: date | None = None,
    decided_on: date | None = None,
    days: int | None = None,
    served_on: date | None = None,
    handed_over_on: date | None = None,
) -> Order:
    """Write an order down. Of ``value`` only a keyed hash is kept, in its normal form. No category: all its rule names.

    Refusal order-invalid where a date its rule needs is missing, order-beyond-rule for a category it does not name;
    PermissionDenied for a secret rule without clearance, or in a process that has no key to secrets.
    """
    require(by, operator, Permission.REGISTER_ORDERS)
    secret = _is_secret(rule)
    if secret:
        require(by, operator, Permission.SEE_SECRET)
    order = Order(
        operator=operator,
        rule=rule,
        secret=secret,
        court=court,
        court_case=court_case,
        identifier_kind=kind,
        identifier_digest=vault.digest(operator.pk, kind, _normal(operator, kind, value)),
        categories=categories or [],
        covers_from=covers_from,
        covers_to=covers_to,
        decided_on=decided_on,
        days=days,
        served_on=served_on,
        handed_over_on=handed_over_on,
        registered_by=by,
        registered_at=timezone.now(),
    )
    _check(order)
    _save(order, by)
    return order


def _save(order: Order, by: User) -> None:
    # Before the first audit entry: the locks of several cases are taken first (`audit.record`).
    touched = _judged_cases(order)
    if order.secret:
        subject = "\0".join((order.identifier_kind, order.identifier_digest))
        secrets.keep(Kind.ORDER, order.operator_id, subject, order)
    else:
        order.save()
        _open_notice(order)
    said = {"rule": order.rule, "order": order.pk}
    audit.record(order.operator, "order.registered", by=by, stream=_stream(order), **said)
    _judge_again(touched, by)


def _normal(operator: Operator, kind: str, value: str) -> str:
    try:
        return identifiers.normalise(kind, value, register_of(operator).country)
    except identifiers.NotAnIdentifier as problem:
        raise Refusal("order-invalid", what=sentence(problem)) from None


def _open_notice(order: Order) -> None:
    if order.rule == IpredNotice.rule and order.handed_over_on:
        opens, ends = notice_window(IpredNotice(str(order.pk), order.handed_over_on))
        Task.objects.create(
            operator=order.operator,
            order=order,
            kind=NOTICE_TASK,
            detail=order.court_case,
            opens_on=opens,
            due_on=ends,
        )


def grounds(order: Order) -> list[str]:
    """Why this order can be ended by hand: what the person is to be told of ends by that, or was no order at all."""
    if order.rule == IpredNotice.rule:
        return [Ended.MISTAKE]
    return [Ended.LIFTED, *([Ended.EXPIRED] if last_day(order) else []), Ended.DONE, Ended.MISTAKE]


@transaction.atomic
def end_order(order: Order, *, because: str, by: User, decision: str = "") -> None:
    """The order has ended: from today it holds nothing more.

    ``decision``: the number of the decision that lifted it. Refusal order-lifted-by without one, order-runs where its
    days are said to have run out and have not.
    """
    require(by, order.operator, Permission.REGISTER_ORDERS)
    order = _locked(order, by)
    if order.ended_on:
        raise Refusal("already-decided")
    if because not in grounds(order):
        raise Refusal("outcome-unknown", outcome=because)
    if because == Ended.LIFTED and not decision.strip():
        raise Refusal("order-lifted-by")
    last = last_day(order)
    if because == Ended.EXPIRED and last and _today(order) <= last:
        raise Refusal("order-runs", day=date_format(last, "DATE_FORMAT"))
    _end(order, because, by, decision=decision.strip())


@transaction.atomic
def tell_subscriber(order: Order, *, on: date, by: User) -> None:
    """The notice that an order called for was posted on a day of its window: the order holds nothing more."""
    require(by, order.operator, Permission.REGISTER_ORDERS)
    order = _locked(order, by)
    if order.notice_sent_on or order.ended_on:
        raise Refusal("already-decided")
    if order.rule != IpredNotice.rule or order.handed_over_on is None:
        raise Refusal("order-invalid", what=order.rule)
    opens, ends = notice_window(IpredNotice(str(order.pk), order.handed_over_on))
    if not opens <= on <= ends:
        raise Refusal("notice-window", opens=date_format(opens, "j F Y"), ends=date_format(ends, "j F Y"))
    if on > _today(order):
        raise Refusal("notice-to-come")
    order.notice_sent_on = on
    _end(order, Ended.TOLD, by)


def _end(order: Order, because: str, by: User, *, decision: str = "") -> None:
    # As in `register_order`: locked before anything is recorded.
    touched = _judged_cases(order)
    order.ended_on, order.ended_because, order.ended_case = _today(order), because, decision
    if order.secret:
        secrets.change(order)
    else:
        order.save()
        order.tasks.filter(kind=NOTICE_TASK, done_at=None).update(done_at=timezone.now(), done_by=by)
    audit.record(order.operator, "order.ended", by=by, stream=_stream(order), order=order.pk, because=because)
    _judge_again(touched, by)


def last_day(order: Order) -> date | None:
    """The last of its days; None for an order that has none."""
    if order.decided_on is None or order.days is None:
        return None
    return order.decided_on + timedelta(days=order.days + (order.extended_days or 0))


def _today(order: Order) -> date:
    return date_of_receipt(timezone.now(), register_of(order.operator).time_zone)


def _locked(order: Order, by: User) -> Order:
    if not order.secret:
        return Order.objects.select_for_update(of=("self",)).select_related("operator").get(pk=order.pk)
    require(by, order.operator, Permission.SEE_SECRET)
    found = secrets.one(Order, Kind.ORDER, order.pk, lock=True)
    assert found is not None
    return found


def visible_orders(user: User, operator: Operator) -> list[Order]:
    """What this member may know of, the newest first: secret orders need clearance."""
    if not allowed(user, operator, Permission.SEE_ORDERS):
        return []
    orders = list(Order.objects.filter(operator=operator))
    if allowed(user, operator, Permission.SEE_SECRET):
        orders += secrets.every(Order, Kind.ORDER, [operator.pk])
    return sorted(orders, key=lambda order: (order.registered_at, -order.pk), reverse=True)


def judged_with(order: Order) -> list[int]:
    """The cases with verdicts that the order may change. A secret order changes nothing anybody can see: none."""
    if order.secret:
        return []
    found = Identifier.objects.filter(
        kind=order.identifier_kind,
        digest=order.identifier_digest,
        case__operator=order.operator,
        case__stage__in=JUDGED,
    )
    return sorted(set(found.values_list("case_id", flat=True)))


def _judged_cases(order: Order) -> list[Case]:
    # In one order, or two orders registered at the same moment could wait for each other.
    cases = [lock(pk) for pk in judged_with(order)]
    # Others may have been approved while we waited for their locks.
    return [case for case in cases if case.stage in JUDGED]


def _judge_again(cases: list[Case], by: User) -> None:
    for case in cases:
        advance(case, Stage.HOLDS, by=by, reason="order-changed")
