"""What a caseworker can do where nothing known leads to the person: ask them, search again, or go on without.

The fourth way, an identifier that they have told meanwhile, is added in `identity.claimed`.
"""

from django.db import transaction
from django.utils import timezone

from cases.casework import audit
from cases.casework.mail import queue
from cases.casework.permissions import Permission, require
from cases.casework.workflow import LEADS_NOWHERE, Refusal, advance, at_stage, lock
from cases.collection import nowhere
from cases.collection.gathering import settle
from cases.identity.identifiers import CUSTOMER_NO, MSISDN, TYPED_KINDS
from cases.models import Case, Run, User
from cases.models.case import Stage
from cases.sealed.typed import read_file
from cases.sealed.vault import KeyDestroyed

# What to ask for where no source is found by anything that a person could know.
ON_AN_INVOICE = (MSISDN, CUSTOMER_NO)


def _stopped(case: Case, by: User) -> Case:
    """The case, locked. Refusal where it is not stopped for this."""
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.COLLECTION)
    if case.blocked_by != LEADS_NOWHERE:
        raise Refusal("nothing-unsearched")
    return case


def _left(case: Case) -> tuple[nowhere.Unsearched, ...]:
    """Where nobody could look; Refusal where the description of a source has been mended meanwhile."""
    if (left := nowhere.nowhere(case)) is None:
        raise Refusal("search-again")
    return left.places


@transaction.atomic
def ask_person(case: Case, *, by: User) -> None:
    """Ask by mail for what would find them. The clock goes on: nobody doubts who asks (Article 12(6))."""
    case = _stopped(case, by)
    useful = {kind for place in _left(case) for kind in place.kinds}
    kinds = [kind for kind in TYPED_KINDS if kind in useful] or list(ON_AN_INVOICE)
    try:
        address = read_file(case).email
    except KeyDestroyed:
        raise Refusal("case-file-gone") from None
    queue(case.submission, "more", to=address, case=case, kinds=kinds)
    audit.record(case, "person.asked", by=by)


@transaction.atomic
def search_again(case: Case, *, by: User) -> None:
    """Search anew, once the description of a source has been mended so that it finds people by what is known."""
    case = _stopped(case, by)
    case.runs.all().delete()
    advance(case, Stage.MATCHING, by=by)


@transaction.atomic
def go_on_without(case: Case, *, reason: str, by: User) -> None:
    """Answer though nobody could look everywhere; the letter names where. The reason stays in the record."""
    case = _stopped(case, by)
    if not reason.strip():
        raise Refusal("reason-needed")
    places = _left(case)
    for one in places:
        Run.objects.update_or_create(
            case=case,
            source=one.source,
            collection=one.collection,
            defaults={
                "category": one.category,
                "status": Run.Status.UNSEARCHED,
                "reason": reason.strip(),
                "finished_at": None,
            },
        )
    tasks = case.tasks.filter(kind=LEADS_NOWHERE, done_at=None)
    tasks.update(done_at=timezone.now(), done_by=by)
    audit.record(case, "case.unsearched", by=by, collections=len(places))
    settle(case)
