"""A secret rule reaches a further category at one operator: a legal and a cleared officer agree on it, two people.

Until both have, nobody's rows of the category are erased; from then on letters say of it what they say to everybody,
and what was decided and not yet carried out is decided anew.
"""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.casework import audit
from cases.casework.permissions import Permission, allowed, require
from cases.casework.workflow import Refusal, advance, lock
from cases.law.holdrules import RULES, rule
from cases.models import Action, Case, Operator, Order, RuleExtension, User
from cases.models.case import Right, Stage
from cases.models.secrecy import Kind
from cases.registers.categories import CATEGORIES
from cases.sealed import secrets

# Stages at which a letter is decided on or written; what is delivered was right when it was written.
UNDER_WAY = (Stage.DECISIONS, Stage.ANSWER, Stage.APPROVAL, Stage.EXECUTION)


def reach(operator: Operator, rule_id: str) -> frozenset[str]:
    """The categories an order under this rule may name here; empty where the rule names none and reaches all."""
    own = rule(rule_id).categories
    if not own:
        return frozenset()
    found = RuleExtension.objects.filter(operator=operator, rule=rule_id)
    return frozenset(own) | frozenset(found.values_list("category", flat=True))


def extensible() -> list[str]:
    """The rules whose reach can be widened: of secret orders."""
    return list(dict.fromkeys(row.id for row in RULES if row.secret and row.counts == "order"))


def visible_to(user: User, operator: Operator) -> QuerySet[RuleExtension]:
    """For those who register orders: they name no person."""
    found = RuleExtension.objects.filter(operator=operator).select_related("legal_by", "cleared_by")
    return found if allowed(user, operator, Permission.REGISTER_ORDERS) else found.none()


@transaction.atomic
def propose(operator: Operator, *, rule_id: str, category: str, by: User) -> RuleExtension:
    """From now on orders under the rule may name the category, and its rows are held. The other officer confirms."""
    require(by, operator, Permission.REGISTER_ORDERS)
    if rule_id not in extensible() or category not in CATEGORIES:
        raise Refusal("order-invalid", what=_("Choose a kind of order and a category from the lists."))
    if category in reach(operator, rule_id):
        raise Refusal("order-invalid", what=_("Orders of this kind reach this category already."))
    legal = allowed(by, operator, Permission.OVERRIDE_HOLDS)
    made = RuleExtension.objects.create(
        operator=operator, rule=rule_id, category=category, **{"legal_by" if legal else "cleared_by": by}
    )
    _record(made, "rule-extension.proposed", by)
    return made


@transaction.atomic
def confirm(extension: RuleExtension, *, by: User) -> None:
    """The second officer agrees. PermissionDenied without the first one's missing half, Refusal for the first."""
    one = _locked(extension, by)
    if by.pk in (one.legal_by_id, one.cleared_by_id):
        raise Refusal("extension-same-person")
    require(by, one.operator, Permission.SEE_SECRET if one.legal_by else Permission.OVERRIDE_HOLDS)
    touched = _under_way(one)
    if one.legal_by:
        one.cleared_by = by
    else:
        one.legal_by = by
    one.confirmed_at = timezone.now()
    one.save()
    _record(one, "rule-extension.confirmed", by)
    for case in touched:
        _decide_anew(case)


@transaction.atomic
def withdraw(extension: RuleExtension, *, by: User) -> None:
    """Nobody has to wait any more. By a cleared officer, who knows whether an order names the category."""
    one = _locked(extension, by)
    require(by, one.operator, Permission.SEE_SECRET)
    orders = (
        order for order in secrets.every(Order, Kind.ORDER, [one.operator_id]) if order.rule == one.rule
    )
    if any(one.category in order.categories for order in orders if order.ended_on is None):
        raise Refusal("extension-in-use")
    _record(one, "rule-extension.withdrawn", by)
    one.delete()


def _locked(extension: RuleExtension, by: User) -> RuleExtension:
    one = (
        RuleExtension.objects.select_for_update(of=("self",)).select_related("operator").get(pk=extension.pk)
    )
    require(by, one.operator, Permission.REGISTER_ORDERS)
    if one.confirmed_at:
        raise Refusal("already-decided")
    return one


def _record(one: RuleExtension, action: str, by: User) -> None:
    """In the cleared stream: that a court orders more than the law names is known to few."""
    audit.record(one.operator, action, by=by, stream="cleared", rule=one.rule, category=one.category)


def _under_way(one: RuleExtension) -> list[Case]:
    """Erasures whose letter speaks of the category, locked."""
    found = Case.objects.filter(
        operator=one.operator,
        right=Right.ERASURE,
        stage__in=UNDER_WAY,
        runs__category=one.category,
        runs__rows__gt=0,
    )
    cases = [lock(pk) for pk in sorted(set(found.values_list("pk", flat=True)))]
    return [case for case in cases if case.stage in UNDER_WAY]


def _decide_anew(case: Case) -> None:
    """What is erased already stays done; the rest is planned again from what is approved then."""
    case.actions.filter(kind=Action.Kind.ERASE).exclude(status=Action.Status.DONE).delete()
    advance(case, Stage.HOLDS, by=audit.SYSTEM, reason="letters-changed")
