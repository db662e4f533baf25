"""The record held against what it speaks of: a deed without its entry, and an entry whose deed is gone.

Whoever writes past the desk writes a row; the entry that tells of it would have to be forged as well, under a name that
is signed in. The deeds that matter: that a case came and where it stands, what was decided and by whom, who was given
power, which orders hold.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from django.db.models import Case as CaseWhen
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Concat

from cases.casework import audit
from cases.models import AuditEntry, Case, Decision, Membership, Operator, Order
from cases.models.case import Stage
from cases.models.secrecy import Kind
from cases.sealed import orders_key, secrets

CAME = ("case.received", "second-pass.opened")
DECIDED = (
    "decision.confirmed",
    "decision.confirmed-all",
    "decision.changed",
    "correction.settled",
    "review.recorded",
)
REGISTERED, ENDED = "order.registered", "order.ended"
NO_ENTRY, NO_ORDER = (
    "order {} is there, and no entry says {}",
    "entry {} says {}, and the order does not",
)
GIVEN, TAKEN = ("member.added", "role.confirmed"), "member.removed"


@dataclass(frozen=True)
class Apart:
    """What does not agree, in a sentence."""

    operator: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.operator}: {self.sentence}"


def apart() -> Iterator[Apart]:
    """Every disagreement between the record and cases, decisions, members and orders."""
    yield from _cases()
    yield from _decisions()
    yield from _members()
    yield from _orders()
    yield from _secret_orders()


def entries_of_case() -> QuerySet[AuditEntry]:
    """The open entries of the outer query's case."""
    return AuditEntry.objects.filter(operator=OuterRef("operator"), stream="open", case=OuterRef("reference"))


def _cases() -> Iterator[Apart]:
    for case in Case.objects.exclude(Exists(entries_of_case().filter(action__in=CAME))).order_by("pk"):
        yield Apart(case.operator_id, f"case {case.reference} is there, and no entry of how it came")
    there = Case.objects.filter(operator=OuterRef("operator"), reference=OuterRef("case"))
    for entry in AuditEntry.objects.filter(action__in=CAME).exclude(Exists(there)).order_by("pk"):
        yield Apart(entry.operator, f"entry {entry.number} tells of case {entry.case}, which is not there")
    stood = entries_of_case().filter(Q(action="case.closed") | Q(action__startswith="stage."))
    should = CaseWhen(
        When(stage=Stage.CLOSED, then=Value("case.closed")), default=Concat(Value("stage."), "stage")
    )
    moved = Case.objects.annotate(
        said=Subquery(stood.order_by("-number").values("action")[:1]), should=should
    ).exclude(stage=Stage.VERIFICATION, said=None)
    for case in moved.filter(Q(said=None) | ~Q(said=Cast("should", CharField()))).order_by("pk"):
        yield Apart(
            case.operator_id,
            f"case {case.reference} is at “{case.stage}”, and its last entry says {case.said}",
        )


def _decisions() -> Iterator[Apart]:
    entries = AuditEntry.objects.filter(
        operator=OuterRef("case__operator"), stream="open", case=OuterRef("case__reference"),
        actor=OuterRef("decided_by__username"), action__in=DECIDED,
    )  # fmt: skip
    made = Decision.objects.exclude(decided_by=None).select_related("case", "decided_by")
    for decision in made.exclude(Exists(entries)).order_by("pk"):
        who = decision.decided_by.get_username() if decision.decided_by else ""
        sentence = (
            f"case {decision.case.reference}: “{decision.subject}” is decided by {who}, and no entry says so"
        )
        yield Apart(decision.case.operator_id, sentence)


def _members() -> Iterator[Apart]:
    """The last entry about a person's role decides whether they have it."""
    told = AuditEntry.objects.filter(stream="open", action__in=(*GIVEN, TAKEN)).alias(
        who=KT("data__user"), what=KT("data__role")
    )
    last = told.filter(
        operator=OuterRef("operator"), who=Cast(OuterRef("user"), CharField()), what=OuterRef("role")
    ).order_by("-number")
    held = Membership.objects.annotate(said=Subquery(last.values("action")[:1])).select_related("user")
    for one in held.exclude(said__in=GIVEN).order_by("pk") | held.filter(said=None).order_by("pk"):
        yield Apart(
            one.operator_id, f"{one.user.get_username()} is {one.role}, and no entry says who gave it"
        )
    now = {(one.operator_id, str(one.user_id), one.role) for one in Membership.objects.all()}
    said: dict[tuple[str, str, str], AuditEntry] = {}
    for entry in AuditEntry.objects.filter(stream="open", action__in=(*GIVEN, TAKEN)).order_by(
        "operator", "number"
    ):
        said[(entry.operator, str(entry.data.get("user")), str(entry.data.get("role")))] = entry
    for key, entry in said.items():
        if entry.action != TAKEN and key not in now:
            yield Apart(
                entry.operator,
                f"entry {entry.number} makes user {key[1]} {key[2]}, who is not, and no entry says since",
            )


def _orders() -> Iterator[Apart]:
    for action, orders in (
        (REGISTERED, Order.objects.all()),
        (ENDED, Order.objects.exclude(ended_on=None)),
    ):
        told = AuditEntry.objects.filter(stream="open", action=action).alias(of=KT("data__order"))
        of_order = told.filter(operator=OuterRef("operator"), of=Cast(OuterRef("pk"), CharField()))
        for order in orders.exclude(Exists(of_order)).order_by("pk"):
            yield Apart(order.operator_id, NO_ENTRY.format(order.pk, action))
        there = orders.annotate(written=Cast("pk", CharField())).filter(
            operator=OuterRef("operator"), written=OuterRef("of")
        )
        for entry in told.exclude(Exists(there)).order_by("pk"):
            yield Apart(entry.operator, NO_ORDER.format(entry.number, action))


def _secret_orders() -> Iterator[Apart]:
    """The same of what lies sealed; nothing where this process can't read it."""
    if not orders_key.is_at_hand():
        return
    for operator in Operator.objects.order_by("pk"):
        orders = secrets.every(Order, Kind.ORDER, [operator.pk])
        told = list(_cleared_entries(operator))
        for action, there in (
            (REGISTERED, {order.pk for order in orders}),
            (ENDED, {order.pk for order in orders if order.ended_on}),
        ):
            said = {entry.data.get("order"): entry.number for entry in told if entry.action == action}
            for pk in sorted(there - said.keys()):
                yield Apart(operator.pk, NO_ENTRY.format(pk, action))
            for pk in sorted(said.keys() - there):
                yield Apart(operator.pk, NO_ORDER.format(said[pk], action))


def _cleared_entries(operator: Operator) -> Iterator[AuditEntry]:
    for entry in AuditEntry.objects.filter(operator=operator.pk, stream="cleared").order_by("number"):
        with suppress(orders_key.Foreign):
            yield audit.opened(entry)
