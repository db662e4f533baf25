"""An answer that reached the wrong person: taken back, and written down with its 72 hours (Articles 33 and 34)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from cases.casework import audit, standstill
from cases.casework.permissions import Permission, require
from cases.casework.workflow import BREACH, Refusal, lock
from cases.models import Case, Task, User
from cases.models.keys import KeyUse
from cases.sealed import leftovers, vault
from exports.models import Answer, Breach

# Article 33(1), counted from the minute: Regulation 1182/71 would begin at the next full hour, and end no earlier.
HOURS = timedelta(hours=72)
# From outside the desk: by whoever had the link, or an operator's system. Staff who look are no breach.
OUTSIDE = ("subject", "system")


@transaction.atomic
def recall(answer: Answer, *, aware_at: datetime, happened: str, risk: str, by: User) -> Breach:
    """Shut the link, destroy the key of the package, drop what was not sent yet, and open the record of the breach.

    Refusal held-back while the desk stands still (nothing can be fetched then), not-recallable for what was never
    handed over or is taken back already, aware-later for a time before the delivery or to come, reason-needed.
    """
    case = lock(answer.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    if standstill.stops("recall"):
        raise Refusal("held-back")
    answer = Answer.objects.select_for_update().get(pk=answer.pk)
    if answer.delivered_at is None or Breach.objects.filter(answer=answer).exists():
        raise Refusal("not-recallable")
    # People write the minute.
    if not answer.delivered_at.replace(second=0, microsecond=0) <= aware_at <= timezone.now():
        raise Refusal("aware-later")
    if not happened.strip():
        raise Refusal("reason-needed")
    fetched = answer.downloads.filter(who__in=OUTSIDE).count()
    _shut(case, answer)
    audit.record(case, "package.recalled", by=by, version=answer.version, fetched=fetched)
    breach = Breach.objects.create(
        answer=answer, aware_at=aware_at, authority_by=aware_at + HOURS, happened=happened.strip(), risk=risk,
        fetched=fetched, recorded_by=by,
    )  # fmt: skip
    audit.record(case, "breach.recorded", by=by, breach=breach.pk, risk=risk)
    _open_task(case, breach)
    return breach


def _shut(case: Case, answer: Answer) -> None:
    now = timezone.now()
    if answer.expires_at is None or answer.expires_at > now:
        answer.expires_at = now
        answer.save(update_fields=["expires_at"])
    vault.destroy(case, KeyUse.PACKAGE)
    Answer.objects.filter(case=case).update(name="", letter_name="", receipt_name="")
    case.submission.mails.filter(kind="ready", sent_at=None).delete()
    # Whoever has a code in hand gets in with it no more.
    case.submission.codes.filter(used_at=None).update(used_at=now)
    leftovers.note(f"cases/{case.pk}/package/")


def _open_task(case: Case, breach: Breach) -> None:
    last = timezone.localtime(breach.authority_by)
    Task.objects.create(
        operator=case.operator, case=case, kind=BREACH, due_on=last.date(), detail=f"{last:%Y-%m-%d %H:%M %Z}"
    )


@dataclass(frozen=True, kw_only=True)
class Told:
    """Whether one was told: when, or why not; both where it was late."""

    at: datetime | None = None
    reason: str = ""

    def check(self, aware_at: datetime) -> None:
        """Refusal tell-or-why, told-before-aware."""
        if self.at is None and not self.reason.strip():
            raise Refusal("tell-or-why")
        if self.at is not None and not aware_at <= self.at <= timezone.now():
            raise Refusal("told-before-aware")


@transaction.atomic
def settle(breach: Breach, *, authority: Told, person: Told, measures: str, by: User) -> None:
    """Write down who was told and what was done; the task is done with it.

    Refusal late-says-why for an authority told after the 72 hours without the reasons of Article 33(1).
    """
    case = lock(breach.answer.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    breach = Breach.objects.select_for_update(of=("self",)).get(pk=breach.pk)
    if breach.settled_at is not None:
        raise Refusal("breach-settled")
    authority.check(breach.aware_at)
    person.check(breach.aware_at)
    if authority.at and authority.at > breach.authority_by and not authority.reason.strip():
        raise Refusal("late-says-why")
    if not measures.strip():
        raise Refusal("reason-needed")
    breach.authority_told_at, breach.authority_reason = authority.at, authority.reason.strip()
    breach.person_told_at, breach.person_reason = person.at, person.reason.strip()
    breach.measures, breach.settled_by, breach.settled_at = measures.strip(), by, timezone.now()
    breach.save()
    case.tasks.filter(kind=BREACH, done_at=None).update(done_at=breach.settled_at, done_by=by)
    told: dict[str, Any] = {"authority_told": authority.at is not None, "person_told": person.at is not None}
    audit.record(case, "breach.settled", by=by, breach=breach.pk, **told)
