"""How data end: each of a case's keys has its time, and destroying it ends what it sealed, backups included.

What was gathered and the package: after the package days, or at once where no answer was given. What the person typed:
with them. The case file: after the operator's years, and that of a case nobody proved after the package days. The
schedule (`erasure.schedule`) ends with its last row. What lies under no key of a case's: `exports.kept.ending`.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from cases.casework import attempts, audit, case_clock, standstill
from cases.casework.course.disputes import STATEMENT, going_on
from cases.casework.mail import TO_GO, forget_arrived
from cases.casework.members import open_sessions
from cases.casework.operators import register_of_case
from cases.casework.workflow import lock
from cases.execution.erasure.schedule import waits_for_its_day
from cases.law.calendars import add_months
from cases.law.clock import date_of_receipt
from cases.models import (
    Authority,
    Case,
    Chunk,
    HandedFile,
    OutgoingMail,
    Paper,
    SaidErased,
    SignedReceipt,
    Submission,
)
from cases.models.case import Outcome, Stage
from cases.models.keys import KeyUse
from cases.models.sealing.text import GONE
from cases.papers import keeping
from cases.sealed import leftovers, uploads, vault
from exports.models import Annex, Answer, CaseLetter, CutFile

# After the last case of the request is closed: as long as somebody may still say that it was decided wrongly.
PAPERS_KEPT = timedelta(days=keeping.DAYS_KEPT)
DATA = (KeyUse.COLLECTED, KeyUse.PACKAGE)


def purge() -> None:
    """Everything whose time is over. Safe to repeat; killed anywhere, the next call goes on. Raises NotCleared."""
    if standstill.stops("purge"):
        return
    purge_expired()
    purge_papers()
    empty_submissions()
    purge_files()
    attempts.forget()
    open_sessions.forget()
    forget_arrived()
    leftovers.clear()
    uploads.purge()


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
    for annex in Annex.objects.filter(case=case):
        # No key of the case's ends it.
        leftovers.note(annex.name)
        annex.delete()
    Chunk.objects.filter(run__case=case).delete()
    CutFile.objects.filter(case=case).delete()
    HandedFile.objects.filter(run__case=case).delete()
    audit.record(case, "package.destroyed", by=audit.SYSTEM)
    leftovers.note(f"cases/{case_id}/collected/", f"cases/{case_id}/package/")
    return 1


def purge_papers() -> int:
    """Delete the papers of requests that are over, as whoever gave them was told. Returns how many.

    What was to prove who asks goes at once: the check is done by then, or never will be.
    """
    over = Paper.objects.filter(deleted_at=None).exclude(case__submission__in=_of(Q(closed_at=None)))
    lately = Q(case__submission__in=_of(Q(closed_at__gt=timezone.now() - PAPERS_KEPT)))
    over = over.exclude(case__submission__in=_of(Q(disputes__in=going_on())))
    papers = list(over.exclude(lately & ~Q(about=Paper.About.PROOF)))
    for paper in papers:
        keeping.delete(paper, why="over", by=audit.SYSTEM)
    return len(papers)


def _of(cases: Q) -> QuerySet[Any, Any]:
    """The requests that such cases belong to."""
    return Case.objects.filter(cases).values("submission")


def empty_submissions() -> int:
    """Empty what the person typed once all cases of a submission are over and its mails are out. Returns how many."""
    going_on = Case.objects.exclude(pk__in=_over(Case.objects.all()).values("pk")).values("submission")
    # A mail that was given up keeps nothing open.
    to_send = OutgoingMail.objects.filter(TO_GO, submission__isnull=False).values("submission")
    over = Submission.objects.exclude(sealed=b"").exclude(pk__in=going_on)
    return sum(_empty(pk) for pk in over.exclude(pk__in=to_send).values_list("pk", flat=True))


@transaction.atomic
def _empty(submission_id: UUID) -> int:
    submission = Submission.objects.select_for_update().get(pk=submission_id)
    submission.mails.exclude(sealed=b"").update(sealed=b"")
    SignedReceipt.objects.filter(submission=submission).update(content=b"")
    submission.sealed = b""
    submission.save(update_fields=["sealed"])
    return 1


def purge_files() -> int:
    """End the case files whose years are over. Returns how many."""
    # No operator keeps case files for less than a year: younger ones need no look at their register.
    old = Q(closed_at__lt=timezone.now() - timedelta(days=365)) | Q(outcome=Outcome.UNIDENTIFIED)
    alive = Case.objects.filter(old, keys__use=KeyUse.FILE, keys__destroyed_at=None)
    return sum(_purge_file(pk) for pk in alive.values_list("pk", flat=True).distinct())


@transaction.atomic
def _purge_file(case_id: int) -> int:
    """The file's key goes, and with it the name, the address, the identifiers, and the words written about the case.

    What is written about several cases lies under no case's key, and is overwritten with the last of them.
    """
    case = lock(case_id)
    # An authority or a court asks for what was asked and answered.
    if case.closed_at is None or not _years_over(case) or case.disputes.filter(ended_on=None).exists():
        return 0
    vault.destroy(case, KeyUse.FILE)
    case.file_sealed, case.opened_because = b"", ""
    case.save(update_fields=["file_sealed", "opened_because"])
    case.own_words.all().delete()
    case.masked_texts.all().delete()
    case.number_uses.all().delete()
    case.claimed.all().delete()
    case.name_words.all().delete()
    case.messages.all().delete()
    case.notes.all().delete()
    # Under its number the authority or the court finds the person.
    case.disputes.all().delete()
    case.tasks.filter(kind=STATEMENT).update(detail="")
    CaseLetter.objects.filter(case=case).delete()
    # Other rights asked in the same request may have years to go.
    vouched = case.submission.proofs.exclude(submission__cases__file_sealed__gt=b"")
    vouched.exclude(checked="").update(checked=GONE)
    moved = case.submission.former_addresses.exclude(submission__cases__file_sealed__gt=b"")
    moved.exclude(reason="").update(reason=GONE)
    # A second pass shares it, and may have years to go.
    ended = Authority.objects.filter(cases=case).exclude(cases__file_sealed__gt=b"")
    ended.update(checked=GONE, child_heard="", together="")
    # Kept rows are judged again on their day, with the orders that these digests find.
    if not waits_for_its_day(case):
        case.identifiers.all().delete()
        # Other rights asked in the same request may have years to go.
        case.submission.proofs.exclude(submission__cases__file_sealed__gt=b"").update(number_digest="")
        case.submission.texts.exclude(submission__cases__file_sealed__gt=b"").update(number_digest="")
        case.submission.codes.exclude(submission__cases__file_sealed__gt=b"").update(mailbox_digest="")
        SaidErased.objects.filter(case=case).delete()
    audit.record(case, "file.destroyed", by=audit.SYSTEM)
    leftovers.note(f"cases/{case_id}/papers/")
    return 1


def _years_over(case: Case) -> bool:
    register = register_of_case(case)
    assert case.closed_at is not None
    closed, today = date_of_receipt(case.closed_at, register.time_zone), case_clock.today(case)
    # Nobody knows whose data that is, so nobody keeps it for years; its last letter can be read as long as a package.
    if case.outcome == Outcome.UNIDENTIFIED:
        return today >= closed + timedelta(days=register.settings.package_days)
    return today > add_months(closed, 12 * register.settings.case_file_years)
