"""What only cleared processes may know, looked at by a test."""

from typing import Any

from django.utils import timezone

from cases.assessment.over_retained import kept_too_long
from cases.casework import audit
from cases.models import AuditEntry, Case, Operator, Order, OverRetained, ScheduledErasure, Secret
from cases.models.secrecy import Kind
from cases.sealed import secrets


def entries(case: Case | None = None) -> list[AuditEntry]:
    """The cleared stream as it says what happened, of one case or all of it, oldest first."""
    every = map(audit.opened, AuditEntry.objects.filter(stream="cleared").order_by("operator", "number"))
    return [entry for entry in every if case is None or entry.case == case.reference]


def kept_too_long_in(case: Case) -> OverRetained:
    """The one task of a case."""
    [one] = kept_too_long(case)
    return one


def secret_orders(operator: Operator) -> list[Order]:
    return secrets.every(Order, Kind.ORDER, [operator.pk])


def changed(order: Order, **values: Any) -> None:
    """A secret order that says something else from now on."""
    for name, value in values.items():
        setattr(order, name, value)
    assert secrets.change(order)


def registered(operator: Operator, **values: Any) -> Order:
    """A secret order as it lies there, past the command that registers one."""
    order = Order(operator=operator, secret=True, registered_at=timezone.now(), **values)
    secrets.keep(Kind.ORDER, operator.pk, f"{order.identifier_kind}\0{order.identifier_digest}", order)
    return order


def forget_orders() -> None:
    """As if there had been none."""
    Secret.objects.filter(kind=Kind.ORDER).delete()


def scheduled(operator: Operator) -> list[ScheduledErasure]:
    """What only secret orders keep."""
    return secrets.every(ScheduledErasure, Kind.ERASURE, [operator.pk])
