"""A request that reached somebody at the operator: written down by a caseworker, with the day on which it was received.

It goes through the same intake as one from the form. The original, if there is one, is a paper like others.
"""

from dataclasses import replace
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from cases.casework.permissions import Permission, require
from cases.models import Paper, Submission, User
from cases.models.case import BY_HAND
from cases.papers import keeping
from cases.request.asked import Intake, IntakeProblem
from cases.request.intake import submit
from cases.sealed.uploads import Upload


def request_id(operator: str, by: User, form: UUID) -> UUID:
    """The same form sent twice is the same request, and nobody else's."""
    return uuid5(NAMESPACE_URL, f"dsar:{operator}:by-hand:{by.pk}:{form}")


def enter(intake: Intake, *, by: User, original: Upload | None = None) -> Submission:
    """Take it in, with its original, which is closed: both or neither. IntakeProblem, and refusals of `keeping.keep`.

    ``intake.id`` is that of the form, and is made this member's own here.
    """
    try:
        return _entered(intake, original, by)
    finally:
        if original is not None:
            original.close()


@transaction.atomic
def _entered(intake: Intake, original: Upload | None, by: User) -> Submission:
    require(by, intake.operator, Permission.WORK_CASES)
    if intake.channel not in BY_HAND:
        raise IntakeProblem({"channel": _("Choose the way on which the request came.")})
    own = replace(intake, id=request_id(intake.operator.pk, by, intake.id))
    there = Submission.objects.filter(pk=own.id).first()
    if there is not None:
        return there
    submission = submit(own, by=by)
    if original is not None:
        keeping.keep(submission.cases.earliest("pk"), original, about=Paper.About.ORIGINAL, by=by)
    return submission
