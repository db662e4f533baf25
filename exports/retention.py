"""How data end: each of a case's keys has its time, and destroying it ends what it sealed, backups included.

What was gathered and the package: after the package days, or at once where no answer was given. What the person typed:
with them. The case file: after the operator's years. The schedule (`erasure.schedule`) ends with its last row.
"""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from cases.casework import attempts, audit, case_clock, standstill
from cases.casework.mail import MAX_ATTEMPTS
from cases.casework.operators import register_of_case
from cases.casework.workflow import lock
from cases.law.calendars import add_months
from cases.law.clock import date_of_receipt
from cases.models import Authority, Case, Chunk, HandedFile, SaidErased, ScheduledErasure, Submission
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.sealed import vault
from exports.models import Answer, Breach

DATA = (KeyUse.COLLECTED, KeyUse.PACKAGE)
GONE = "–"


def purge() -> None:
    """Everything whose time is over. Safe to repeat; killed anywhere, the next call goes on."""
    if standstill.stops("purge"):
        return
    purge_expired()
    empty_submissions()
    purge_files()
    attempts.forget()


def purge_expired() -> int:
    """Destroy what was gathered, and the packages, of closed cases nobody can fetch from. Returns how many cases."""
    alive = Case.objects.filter(keys__use__in=DATA, keys__destroyed_at=None)
    return sum(_purge_data(pk) for pk in _over(alive).values_list("pk", flat=True).distinct())


def _over(cases: QuerySet[Case]) -> QuerySet[Case]:
    fetchable = Answer.objects.filter(expires_at__gt=timezone.now()).values("case")
    return cases.filter(stage=Stage.CLOSED).exclude(pk__in=fetchable)


@transaction.atomic
def _purge_data(case_id: int) -> int:
    case = lock(case_id)
    if not _over(Case.objects.filter(pk=case_id)).exists():
        return 0
    for use in DATA:
        vault.destroy(case, use)
    Answer.objects.filter(case=case).update(name="", letter_name="", receipt_name="")
    Chunk.objects.filter(run__case=case).delete()
    HandedFile.objects.filter(run__case=case).delete()
    audit.record(case, "package.destroyed", by=audit.SYSTEM)
    transaction.on_commit(lambda: _delete_files(case_id))
    return 1


def _delete_files(case_id: int) -> None:
    """Unreadable already; what a killed worker leaves here costs space only."""
    for part in ("collected", "package"):
        vault.delete_folder(f"cases/{case_id}/{part}")


def empty_submissions() -> int:
    """Empty what the person typed once all cases of a submission are over and its mails are out. Returns how many."""
    going_on = Case.objects.exclude(pk__in=_over(Case.objects.all()).values("pk")).values("submission")
    # A mail that was given up keeps nothing open.
    to_send = Submission.objects.filter(mails__sent_at=None, mails__attempts__lt=MAX_ATTEMPTS).values("pk")
    over = Submission.objects.exclude(sealed=b"").exclude(pk__in=going_on)
    return sum(_empty(pk) for pk in over.exclude(pk__in=to_send).values_list("pk", flat=True))


@transaction.atomic
def _empty(submission_id: UUID) -> int:
    submission = Submission.objects.select_for_update().get(pk=submission_id)
    submission.mails.filter(sent_at=None).update(sealed=b"")
    submission.sealed = b""
    submission.save(update_fields=["sealed"])
    return 1


def purge_files() -> int:
    """End the case files whose years are over. Returns how many."""
    # No operator keeps case files for less than a year: younger ones need no look at their register.
    old = timezone.now() - timedelta(days=365)
    alive = Case.objects.filter(closed_at__lt=old, keys__use=KeyUse.FILE, keys__destroyed_at=None)
    return sum(_purge_file(pk) for pk in alive.values_list("pk", flat=True).distinct())


@transaction.atomic
def _purge_file(case_id: int) -> int:
    """The file's key goes, with name, address and identifiers; so do the words people wrote about the case."""
    case = lock(case_id)
    if case.closed_at is None or not _years_over(case):
        return 0
    vault.destroy(case, KeyUse.FILE)
    case.file_sealed = b""
    case.save(update_fields=["file_sealed"])
    # Not emptied: the database asks for a reason wherever there had to be one.
    case.decisions.exclude(reason="").update(reason=GONE)
    case.clock_events.exclude(reason="").update(reason=GONE)
    Answer.objects.filter(case=case).exclude(return_reason="").update(return_reason=GONE)
    for text in ("happened", "authority_reason", "person_reason", "measures"):
        Breach.objects.filter(answer__case=case).exclude(**{text: ""}).update(**{text: GONE})
    case.claimed.all().delete()
    # A second pass shares it, and may have years to go.
    Authority.objects.filter(cases=case).exclude(cases__file_sealed__gt=b"").update(checked=GONE)
    # Kept rows are judged again on their day, with the orders that these digests find.
    if not ScheduledErasure.everything.filter(case=case, erased_at=None).exists():
        case.identifiers.all().delete()
        # Other rights asked in the same request may have years to go.
        case.submission.proofs.exclude(submission__cases__file_sealed__gt=b"").update(number_digest="")
        SaidErased.objects.filter(case=case).delete()
    audit.record(case, "file.destroyed", by=audit.SYSTEM)
    return 1


def _years_over(case: Case) -> bool:
    register = register_of_case(case)
    assert case.closed_at is not None
    closed, today = date_of_receipt(case.closed_at, register.time_zone), case_clock.today(case)
    return today > add_months(closed, 12 * register.settings.case_file_years)
