"""Who had a hand in what an answer says: whoever had does not approve it.

Read from the record, which every such deed writes and nobody rewrites; so what was decided before and is decided anew
by somebody else still counts. The database asks the same (`answer_not_by_own_hand`), before it keeps an approval.
"""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.casework.permissions import Permission, members_with, roles_with
from cases.models import AuditEntry, Case, User

# Of the deeds in a case's record: which are a hand in its answer, and what was done, said to whoever did it.
HANDS = {
    "decision.confirmed": _("You accepted a decision of this case."),
    "decision.confirmed-all": _("You accepted decisions of this case."),
    "decision.changed": _("You changed a decision of this case."),
    "review.recorded": _("You reviewed the decision that this case is about."),
    "abuse.found": _("You found that this request is unfounded or excessive."),
    "correction.proposed": _("You decided on a correction of this case."),
    "correction.settled": _("You decided on the corrections of this case."),
    "identifier.confirmed": _("You said whose an identifier of this case is."),
    "identifier.added": _("You said whose an identifier of this case is."),
    "identifier.rejected": _("You said whose an identifier of this case is."),
    "number.found": _("You said who used a number of this case."),
    "authority.checked": _("You accepted that somebody may ask for this person."),
    "proof.given": _("You vouched for who asks."),
    "words.written": _("You wrote words of your own into the letter of this case."),
    "text.marked": _("You marked what is masked in this case."),
    "stage.approval": _("You sent an answer of this case to approval."),
    "address.corrected": _("You changed where the answer goes."),
}


def _deeds(case: Case) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(
        operator=case.operator_id, stream="open", case=case.reference, action__in=HANDS
    )


def hand_of(user: User, case: Case) -> str:
    """What this person did in the case that keeps them from approving its answer; "" for nothing."""
    name = user.get_username()
    did = _deeds(case).filter(Q(actor=name) | Q(data__second=name)).values_list("action", flat=True).first()
    return str(HANDS[did]) if did else ""


def who_can_approve(case: Case, *, prepared_by: int | None) -> list[str]:
    """The operator's approvers who had no hand in it; of a case for named staff only, those who know of it."""
    approvers = members_with(case.operator_id, roles_with(Permission.APPROVE))
    if case.named_only:
        approvers = approvers.filter(pk__in=case.named.values("user"))
    if prepared_by is not None:
        approvers = approvers.exclude(pk=prepared_by)
    approvers = approvers.exclude(pk__in=case.partial.values("user"))
    hands = {name for pair in _deeds(case).values_list("actor", "data__second") for name in pair}
    names = approvers.order_by("username").values_list("username", flat=True)
    return [name for name in names if name not in hands]


def others(case: Case, *, prepared_by: int | None) -> str:
    """Who can approve the answer, or what helps where nobody is left: a sentence."""
    if names := who_can_approve(case, prepared_by=prepared_by):
        return gettext("It can be approved by: %(names)s.") % {"names": ", ".join(names)}
    return gettext(
        "Nobody is left who can approve it: every approver had a part in it. An administrator gives another person the "
        "role of approver."
    )
