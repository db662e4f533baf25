"""Stage 10: hand the answer over and log every fetch.

The package is fetched behind the reference and a mailed code, for the operator's package days (`exports.retention`).
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from pyrage import DecryptError

from cases.casework import audit, case_clock, standstill
from cases.casework.mail import queue
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, allowed
from cases.casework.workflow import Refusal, block, close, take
from cases.execution import deeds
from cases.identity.mandates import addressing
from cases.identity.people.protection import forwarding_task, opens_by_eid, send_on
from cases.identity.stepping_up.going_on import go_on_later
from cases.models import Case, ClockEvent, User
from cases.models.case import Outcome, Stage
from cases.models.keys import KeyUse
from cases.sealed import vault
from cases.sealed.typed import read_file
from exports.answer.elsewhere import is_open
from exports.answer.outcomes import outcome_of
from exports.models import Answer, Download
from exports.package.zipped import LETTER

log = structlog.get_logger()

DATA_SUBJECT, STAFF, SYSTEM = "subject", "staff", "system"


@transaction.atomic
def deliver(case_id: int) -> None:
    """Open the package to the person, stop the clock, tell them by mail, close the case. Safe to repeat."""
    if standstill.stops("delivery"):
        return
    case = take(case_id, Stage.DELIVERY)
    if case is None:
        return
    if (code := deeds.undone(case)) is not None:
        block(case, code)
        return
    answer = Answer.objects.select_for_update().get(case=case, status=Answer.Status.APPROVED)
    if is_open(answer):
        return
    if not is_as_approved(answer):
        block(case, "package-changed", answer.name)
        return
    answer.status, answer.delivered_at = Answer.Status.DELIVERED, timezone.now()
    last_day = case_clock.today(case) + timedelta(days=register_of_case(case).settings.package_days)
    answer.expires_at = end_of(last_day, case)
    answer.save()
    ClockEvent.objects.get_or_create(
        case=case, kind=ClockEvent.Kind.ANSWERED, defaults={"on": case_clock.today(case)}
    )
    audit.record(case, "answer.delivered", by=audit.SYSTEM, version=answer.version, sha256=answer.sha256)
    _tell(case, last_day)
    close(case, Outcome(outcome_of(case)), by=audit.SYSTEM)
    go_on_later(case)


def is_as_approved(answer: Answer) -> bool:
    """Whether what lies in the vault still is what was approved, to the byte. Streams the package."""
    digest = hashlib.sha256()
    try:
        for block in open_package(answer):
            digest.update(block)
    except (OSError, DecryptError):
        return False
    return digest.hexdigest() == answer.approved_sha256


def _may_be_opened(answer: Answer, who: str) -> bool:
    """Staff open a protected person's package to send it on, and for nothing else; a system never does."""
    case = answer.case
    if not case.protected_by or who == DATA_SUBJECT:
        return True
    return who == STAFF and case.tasks.filter(kind=forwarding_task(case), detail="", done_at=None).exists()


def _tell(case: Case, last_day: date) -> None:
    """Whoever asked, by mail; and a person at the desk, who hands it to the person concerned where they get it."""
    by_eid = not case.protected_by or opens_by_eid(case)
    sent_on = bool(case.protected_by) and (not by_eid or addressing.person_gets(case))
    if sent_on:
        send_on(case)
    queue(
        case.submission,
        "ready",
        to=read_file(case).email,
        case=case,
        expires_on=last_day,
        to_person=not addressing.asker_gets(case) or (case.for_other and not by_eid),
        protected=bool(case.protected_by),
        by_eid=by_eid,
    )
    # Sending it on without the address hands it to the person already.
    if addressing.person_gets(case) and not sent_on:
        addressing.hand_over(case, due_on=last_day)


def end_of(day: date, case: Case) -> datetime:
    """The last second of the operator's local day, so that a package told to last until a day lasts through it."""
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(register_of_case(case).time_zone))


def current_answer(case: Case) -> Answer | None:
    """The latest version, whatever its status."""
    return Answer.objects.filter(case=case).order_by("-version").first()


def open_package(answer: Answer) -> Iterator[bytes]:
    """The bytes of the zip, streamed. Raises vault.KeyDestroyed once its time is over."""
    return vault.unsealed_stream(answer.case, KeyUse.PACKAGE, answer.name)


def may_read(user: User, operator: str) -> bool:
    """Who works on a case or approves its answer may read the answer; who only sees cases may not."""
    return any(allowed(user, operator, one) for one in (Permission.WORK_CASES, Permission.APPROVE))


def _check_reader(answer: Answer, who: str, by: User | None) -> None:
    if by is None:
        return
    operator = answer.case.operator_id
    if not (allowed(by, operator, Permission.HAND_IN) if who == SYSTEM else may_read(by, operator)):
        raise PermissionDenied


def check_fetch(answer: Answer, *, who: str, by: User | None = None) -> None:
    """The refusals of `fetch` for whoever only asks how large it is; nothing is opened, nothing recorded."""
    _check_fetch(answer, answer.name, who, by)


def fetch(answer: Answer, *, who: str, by: User | None = None) -> Iterator[bytes]:
    """The package for the person, or for staff who work on the case; every fetch is logged.

    Refusal package-not-ready before delivery, package-gone after its last day, held-back outside the desk while it
    stands still; vault.KeyDestroyed at once.
    """
    _check_fetch(answer, answer.name, who, by)
    # Before it is logged: what can't be opened was not fetched.
    with _kept():
        parts = open_package(answer)
    log_fetch(answer, Download.Part.PACKAGE, who, by)
    return parts


def fetch_receipt(answer: Answer, *, who: str, by: User | None = None) -> bytes:
    """The letter that says what was carried out; guarded, logged and gone like the package."""
    _check_fetch(answer, answer.receipt_name, who, by)
    with _kept():
        receipt = b"".join(vault.unsealed_stream(answer.case, KeyUse.PACKAGE, answer.receipt_name))
    log_fetch(answer, Download.Part.RECEIPT, who, by)
    return receipt


def fetch_letter(answer: Answer, *, who: str, by: User | None = None) -> bytes:
    """The letter by itself, to be read where the package cannot be opened; guarded, logged and gone like it."""
    _check_fetch(answer, answer.letter_name, who, by)
    letter = letter_of(answer)
    log_fetch(answer, Download.Part.LETTER, who, by)
    return letter


@contextmanager
def _kept() -> Iterator[None]:
    """Refusal for a file that should be in the vault and is not: only a backup has it then."""
    try:
        yield
    except FileNotFoundError as error:
        log.error("vault.missing", name=str(error.filename))
        raise Refusal("package-missing") from None


def _check_fetch(answer: Answer, name: str, who: str, by: User | None) -> None:
    _check_reader(answer, who, by)
    if not _may_be_opened(answer, who):
        raise Refusal("protected-package")
    if who != STAFF and standstill.stops("fetch"):
        raise Refusal("held-back")
    if answer.expires_at and answer.expires_at <= timezone.now():
        raise Refusal("package-gone", day=date_format(timezone.localtime(answer.expires_at), "DATE_FORMAT"))
    # Staff look at an answer before it goes out; nobody else does.
    if not name or (who != STAFF and answer.delivered_at is None):
        raise Refusal("package-not-ready")


@transaction.atomic
def log_fetch(answer: Answer, part: Download.Part, who: str, by: User | None) -> None:
    """Write down that it went out, and to whom."""
    Download.objects.create(answer=answer, part=part, who=who, by=by)
    audit.record(answer.case, f"{part}.fetched", by=by or audit.DATA_SUBJECT, version=answer.version, who=who)


def preview_pdf(answer: Answer, *, by: User) -> bytes:
    """The letter as it will be sent, for staff who may read it. Raises as `letter_of` does."""
    _check_reader(answer, STAFF, by)
    return letter_of(answer)


def letter_of(answer: Answer) -> bytes:
    """The letter, to the byte as it lies in the package. Refusal package-not-ready, or answer-changed where it is
    another than the package has; vault.KeyDestroyed once its time is over.
    """
    if not answer.letter_name:
        raise Refusal("package-not-ready")
    with _kept():
        letter = b"".join(vault.unsealed_stream(answer.case, KeyUse.PACKAGE, answer.letter_name))
    listed = {file["name"]: file["sha256"] for file in answer.files}
    if hashlib.sha256(letter).hexdigest() != listed.get(LETTER):
        raise Refusal("answer-changed")
    return letter
