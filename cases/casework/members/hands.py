"""Who had a hand in what an answer says: whoever had does not approve it.

Read from the record, which every such deed writes and nobody rewrites; so what was decided before and is decided anew
by somebody else still counts. A case that follows another builds on what was found there, so the record of that one
counts as well. The database asks the same (`answer_not_by_own_hand`), before it keeps an approval.
"""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.casework.permissions import Permission, members_with, roles_with
from cases.models import AuditEntry, Case, User
from cases.models.proof import MANUAL

# Of the deeds in a case's record: which are a hand in its answer, and what was done, said to whoever did it.
HANDS = {
    "case.received": _("You wrote this request down."),
    "supplement.started": _("You had something added to the answer of this case."),
    "case.split": _("You said what of this case is answered later."),
    "case.together": _("You put together again what was split."),
    "forward.pass-on": _("You said whether this request is passed on to the customer."),
    "forward.keep-here": _("You said whether this request is passed on to the customer."),
    "decision.confirmed": _("You accepted a decision of this case."),
    "decision.confirmed-all": _("You accepted decisions of this case."),
    "decision.changed": _("You changed a decision of this case."),
    "review.recorded": _("You reviewed the decision that this case is about."),
    "abuse.found": _("You found that this request is unfounded or excessive."),
    "abuse.withdrawn": _("You found that this request is answered after all."),
    "correction.proposed": _("You decided on a correction of this case."),
    "correction.removed": _("You took back a correction of this case."),
    "correction.settled": _("You decided on the corrections of this case."),
    "identifier.confirmed": _("You said whose an identifier of this case is."),
    "identifier.added": _("You said whose an identifier of this case is."),
    "identifier.rejected": _("You said whose an identifier of this case is."),
    "identifier.open-again": _("You said whose an identifier of this case is."),
    "number.found": _("You said who used a number of this case."),
    "number.taken-back": _("You said who used a number of this case."),
    "authority.checked": _("You accepted that somebody may ask for this person."),
    "child.heard": _("You heard the child who asks."),
    "person.died": _("You wrote down on which day the person died."),
    "person.protected": _("You said whether the person's identity is protected."),
    "person.not-protected": _("You said whether the person's identity is protected."),
    "proof.given": _("You vouched for who asks."),
    "owner.gave": _("You answered for the owner of a system."),
    "owner.took-back": _("You answered for the owner of a system."),
    "owner.answered": _("You answered for the owner of a system."),
    "run.left-out": _("You left something out of the answer of this case."),
    "case.unsearched": _("You went on with this case although nobody could look everywhere."),
    "words.written": _("You wrote words of your own into the letter of this case."),
    "text.marked": _("You marked what is masked in this case."),
    "file.cut": _("You put a file in the place of another in this case."),
    "transfer.chosen": _("You said whether another provider gets the data of this case."),
    "stage.approval": _("You sent an answer of this case to approval."),
    "address.corrected": _("You changed where the answer goes."),
}


def _line(case: Case) -> list[str]:
    """The references of the case, of the one it follows, and so on."""
    line, before = [case.reference], case.follows
    while before is not None and before.reference not in line:
        line.append(before.reference)
        before = before.follows
    return line


def _deeds(case: Case) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(
        operator=case.operator_id, stream="open", case__in=_line(case), action__in=HANDS
    )


def hand_of(user: User, case: Case) -> str:
    """What this person did in the case, or before it, that keeps them from approving its answer; "" for nothing."""
    name = user.get_username()
    found = _deeds(case).filter(Q(actor=name) | Q(data__second=name))
    # What was done here is said before what was done in a case that this one follows.
    did = found.filter(case=case.reference).first() or found.first()
    if did is None:
        return str(HANDS["proof.given"]) if user.pk in _witnesses(case) else ""
    if did.case == case.reference:
        return str(HANDS[did.action])
    told = {"reference": did.case, "did": HANDS[did.action]}
    return gettext("In %(reference)s, which this case follows: %(did)s") % told


def _witnesses(case: Case) -> set[int]:
    """Who vouched for whoever asks, also while another case of the request was open: the record is that case's."""
    manual = case.submission.proofs.filter(method=MANUAL)
    return {pk for pair in manual.values_list("by", "second") for pk in pair if pk}


def who_can_approve(case: Case, *, prepared_by: int | None) -> list[str]:
    """The operator's approvers who had no hand in it; of a case for named staff only, those who know of it."""
    approvers = members_with(case.operator_id, roles_with(Permission.APPROVE))
    if case.named_only:
        approvers = approvers.filter(pk__in=case.named.values("user"))
    if prepared_by is not None:
        approvers = approvers.exclude(pk=prepared_by)
    approvers = approvers.exclude(pk__in=case.partial.values("user")).exclude(pk__in=_witnesses(case))
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
