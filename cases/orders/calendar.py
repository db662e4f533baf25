"""What ends when at an operator: the law, orders, and what is kept for a time. Told as a task before it does.

Everybody who may see orders sees it alike: of secret orders there is nothing in it, nor of what only they keep.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count

from cases.casework.operators import register_of
from cases.law.ending import End, Ending, ends_of_law
from cases.law.holds import notice_window
from cases.law.situation import IpredNotice, controller_of
from cases.models import Operator, Order, ScheduledErasure, Task
from cases.orders.court_orders import last_day

# Before a rule or an order under law ends it takes as long to find out what comes after it; a court's is shorter.
BEFORE_LAW, BEFORE_ORDER = timedelta(days=30), timedelta(days=14)
AHEAD, KEPT_AHEAD = timedelta(days=366), timedelta(days=92)
ORDER_ENDS, WINDOW, KEPT = "order-ends", "notice-window", "kept-until"
# What is still to be done when its day has passed, and until the register says another day.
STANDS_OVER = frozenset({Ending.REVIEW, Ending.MANDATE})


@dataclass(frozen=True)
class Entry:
    """``about``: a rule's id, or an order under law. ``opens``: the first day of a window. ``count``: of what goes."""

    on: date
    kind: str
    about: str = ""
    order: Order | None = None
    opens: date | None = None
    count: int = 0


def entries(operator: Operator, today: date) -> list[Entry]:
    """From today on, and what stands over, in order of their days."""
    found = [Entry(end.on, end.kind, end.about) for end in _of_law(operator)]
    found += _orders(operator)
    coming = [one for one in found if _is_near(one.kind, one.on, today, AHEAD)]
    return sorted([*coming, *_kept(operator, today)], key=lambda one: (one.on, one.kind, one.about))


def _of_law(operator: Operator) -> list[End]:
    register = register_of(operator)
    return ends_of_law(register.settings, controller_of(register).countries, operator.pk)


def _orders(operator: Operator) -> Iterator[Entry]:
    for order in Order.objects.filter(operator=operator, ended_on=None):
        if (last := last_day(order)) is not None:
            yield Entry(last, ORDER_ENDS, order.rule, order)
        if order.rule == IpredNotice.rule and order.handed_over_on and not order.notice_sent_on:
            opens, ends = notice_window(IpredNotice(str(order.pk), order.handed_over_on))
            yield Entry(ends, WINDOW, order.rule, order, opens)


def _kept(operator: Operator, today: date) -> Iterator[Entry]:
    """What the schedule of erasures lets go in the next months, by rule and day."""
    waits = ScheduledErasure.objects.filter(
        case__operator=operator, erased_at=None, until__range=(today, today + KEPT_AHEAD)
    )
    for until, rule, count in waits.values_list("until", "rule").order_by().annotate(count=Count("pk")):
        yield Entry(until, KEPT, rule, count=count)


def tell_all(today: date) -> int:
    """A task each, once, before it ends. Returns how many are new. Safe to repeat."""
    operators = Operator.objects.filter(is_active=True, register__isnull=False)
    return sum(_tell(operator, today) for operator in operators.order_by("pk"))


def _tell(operator: Operator, today: date) -> int:
    """Windows have a task from the hand-over on, and what is kept goes by itself."""
    law = [
        (end.kind, end.on, None) for end in _of_law(operator) if _is_near(end.kind, end.on, today, BEFORE_LAW)
    ]
    orders = [
        (one.kind, one.on, one.order)
        for one in _orders(operator)
        if one.kind == ORDER_ENDS and _is_near(one.kind, one.on, today, BEFORE_ORDER)
    ]
    return sum(_task(operator, kind, on, order) for kind, on, order in [*law, *orders])


def _is_near(kind: str, on: date, today: date, before: timedelta) -> bool:
    return on <= today + before and (on >= today or kind in STANDS_OVER)


def _task(operator: Operator, kind: str, on: date, order: Order | None) -> bool:
    told = Task.objects.filter(operator=operator, case=None, order=order, kind=kind, due_on=on)
    # What somebody has dealt with is not asked again.
    if told.exists():
        return False
    about = {"operator": operator, "case": None, "order": order, "kind": kind, "detail": on.isoformat()}
    _made, new = Task.objects.get_or_create(**about, done_at=None, defaults={"due_on": on})
    return new
