"""A case whose person is a member of staff, or close to one, is closed to that member, and who leads the work is told.

The first is known by the mailbox a request comes from, or that a source ties to the person; the second the member says.
"""

from django.db import transaction
from django.db.models import Q

from cases.casework import audit, case_clock
from cases.casework.mail import queue_to_staff
from cases.casework.members.leading import leading
from cases.casework.members.named import has_worker, name_heirs, together
from cases.casework.permissions import Permission, members_with, require, roles_with
from cases.casework.workflow import PARTIAL, Refusal
from cases.identity import identifiers
from cases.models import Case, NamedStaff, Partial, Task, User
from cases.sealed import vault

Why = Partial.Why


@transaction.atomic
def close_to_colleagues(case: Case) -> None:
    """Close what was asked together to every member whose mailbox is the person's. Safe to repeat."""
    mail = Q(kind=identifiers.EMAIL)
    known = {
        case.submission.mailbox_digest,
        *case.identifiers.filter(mail).values_list("digest", flat=True),
        *case.claimed.filter(mail, rejected_at=None).values_list("digest", flat=True),
    }
    # Whoever asked without an address is nobody's mailbox.
    known.discard("")
    for user in members_with(case.operator_id, roles_with(Permission.SEE_CASES)).exclude(email=""):
        if _digest(case, user.email) in known:
            _close(case, user, Why.SELF, by=audit.SYSTEM)


def _digest(case: Case, address: str) -> str:
    try:
        return vault.digest(case.operator_id, identifiers.EMAIL, identifiers.reply_mailbox(address))
    except identifiers.NotAnIdentifier:
        return ""


@transaction.atomic
def say_close(case: Case, *, by: User) -> None:
    """A member says that the person is close to them. From now on there is no such case for them."""
    require(by, case.operator, Permission.SEE_CASES)
    _close(case, by, Why.CLOSE, by=by)


@transaction.atomic
def open_again(case: Case, *, user: User, reason: str, by: User) -> None:
    """Somebody else found that it was a mistake. Refusal reason-needed without why, own-case for oneself."""
    require(by, case.operator, Permission.WORK_CASES)
    if not reason.strip():
        raise Refusal("reason-needed")
    if user == by:
        raise Refusal("own-case")
    for one in together(case):
        if Partial.objects.filter(case=one, user=user).delete()[0]:
            audit.record(one, "case.opened-to", by=by, member=user.get_username())


def _close(case: Case, user: User, why: Why, *, by: audit.Actor) -> None:
    new = [
        one
        for one in together(case)
        if Partial.objects.get_or_create(case=one, user=user, defaults={"why": why})[1]
    ]
    for one in new:
        Case.objects.filter(pk=one.pk, assigned_to=user).update(assigned_to=None)
        NamedStaff.objects.filter(case=one, user=user).delete()
        audit.record(one, "case.closed-to", by=by, member=user.get_username(), why=why)
        if one.named_only and not has_worker(one):
            name_heirs(one, by=by)
    if new:
        _tell_lead(new[0], user)


def _tell_lead(case: Case, user: User) -> None:
    """A task on the case, and a mail to who leads."""
    due = case_clock.today(case)
    Task.objects.get_or_create(
        operator=case.operator, case=case, kind=PARTIAL, done_at=None, defaults={"due_on": due}
    )
    for one in filter(lambda told: told.email, leading(case, but=user)):
        queue_to_staff(case.operator, "partial", to=one.email, user=user, case=case)
