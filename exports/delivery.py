"""Stage 10: hand the answer over, log every fetch, and let it end.

The package is fetched behind the reference and a mailed code; it can be fetched for the operator's package days, then
its key is destroyed, and with it the gathered rows.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from cases import audit, clockwork, vault
from cases.casefile import read_file
from cases.mail import queue
from cases.models import Case, Chunk, ClockEvent, User
from cases.models.case import Outcome, Stage
from cases.models.keys import KeyUse
from cases.operators import register_of_case
from cases.permissions import Permission, require
from cases.workflow import Refusal, close, lock
from exports.models import Answer, Download
from exports.outcomes import outcome_of

DATA_SUBJECT, STAFF, SYSTEM = "subject", "staff", "system"


@transaction.atomic
def deliver(case_id: int) -> None:
    """Open the package to the person, stop the clock, tell them by mail, close the case. Safe to repeat."""
    case = lock(case_id)
    if case.stage != Stage.DELIVERY:
        return
    answer = Answer.objects.select_for_update().get(case=case, status=Answer.Status.APPROVED)
    now = timezone.now()
    answer.status, answer.delivered_at = Answer.Status.DELIVERED, now
    answer.expires_at = now + timedelta(days=register_of_case(case).settings.package_days)
    answer.save()
    ClockEvent.objects.get_or_create(
        case=case, kind=ClockEvent.Kind.ANSWERED, defaults={"on": clockwork.today(case)}
    )
    audit.record(case, "answer.delivered", by=audit.SYSTEM, version=answer.version, sha256=answer.sha256)
    queue(case.submission, "ready", to=read_file(case).email, case=case, expires_on=answer.expires_at.date())
    close(case, Outcome(outcome_of(case)), by=audit.SYSTEM)


def current_answer(case: Case) -> Answer | None:
    """The latest version, whatever its status."""
    return Answer.objects.filter(case=case).order_by("-version").first()


def open_package(answer: Answer) -> Iterator[bytes]:
    """The bytes of the zip, streamed. Raises vault.KeyDestroyed once its time is over."""
    return vault.unsealed_stream(answer.case, KeyUse.PACKAGE, answer.name)


def fetch(answer: Answer, *, who: str, by: User | None = None) -> Iterator[bytes]:
    """The package for the person, or for staff who may see the case; every fetch is logged.

    Refusal package-not-ready before delivery, package-gone after its last day.
    """
    if by is not None:
        permission = Permission.HAND_IN if who == SYSTEM else Permission.SEE_CASES
        require(by, answer.case.operator, permission)
    if answer.expires_at and answer.expires_at <= timezone.now():
        raise Refusal("package-gone", day=date_format(answer.expires_at, "DATE_FORMAT"))
    if not answer.name or (who != STAFF and answer.delivered_at is None):
        raise Refusal("package-not-ready")
    with transaction.atomic():
        Download.objects.create(answer=answer, who=who, by=by)
        audit.record(
            answer.case, "package.fetched", by=by or audit.DATA_SUBJECT, version=answer.version, who=who
        )
    return open_package(answer)


def preview_pdf(answer: Answer, *, by: User) -> bytes:
    """The letter as it will be sent. Raises vault.KeyDestroyed once its time is over."""
    audit.record(answer.case, "letter.read", by=by, version=answer.version)
    return b"".join(vault.unsealed_stream(answer.case, KeyUse.PACKAGE, answer.letter_name))


def purge_expired() -> int:
    """Destroy packages whose last day is over, and what was gathered for them. Returns how many."""
    over = Answer.objects.filter(expires_at__lt=timezone.now()).exclude(name="")
    return sum(_purge(pk) for pk in over.values_list("pk", flat=True))


@transaction.atomic
def _purge(answer_id: int) -> int:
    answer = Answer.objects.select_for_update(skip_locked=True).filter(pk=answer_id).exclude(name="").first()
    if answer is None:
        return 0
    case = lock(answer.case_id)
    names = [
        answer.name,
        answer.receipt_name,
        *Chunk.objects.filter(run__case=case).values_list("name", flat=True),
    ]
    for use in (KeyUse.PACKAGE, KeyUse.COLLECTED):
        vault.destroy(case, use)
    answer.name = answer.letter_name = answer.receipt_name = ""
    answer.save(update_fields=["name", "letter_name", "receipt_name"])
    Chunk.objects.filter(run__case=case).delete()
    audit.record(case, "package.destroyed", by=audit.SYSTEM, version=answer.version)
    transaction.on_commit(lambda: _delete_files(names))
    return 1


def _delete_files(names: list[str]) -> None:
    for name in filter(None, names):
        vault.delete(name)
