"""What no key of a case ends (docs/retention.md): rows that say what was done for somebody whom nobody knows any more.

With the key of its file a case loses who it is about; what is left are days, counts and hashes by which that could be
found out again. They go too, once nothing that is still to happen needs them.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from cases.casework import standstill
from cases.casework.operators import register_of
from cases.casework.workflow import lock
from cases.execution.erasure.schedule import waits_for_its_day
from cases.law.calendars import add_months
from cases.models import (
    Abuse,
    AuthorityRefusal,
    Bounce,
    Case,
    ChildHeard,
    ClockEvent,
    Decision,
    Identifier,
    Knock,
    Likeness,
    Operator,
    OutgoingMail,
    ProposedProof,
    RecipientNotice,
    Restriction,
    Review,
    Run,
    SaidErased,
    ScheduledErasure,
    Submission,
    Suppression,
)
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.sealed import leftovers, vault

# What is deleted with its case, and with its request.
OF_CASE = (
    "runs", "clock_events", "decisions", "claims", "corrections", "source_refusals", "turns", "later_parts",
    "name_words", "number_uses", "claimed", "letters", "own_words", "masked_texts", "erased_keys", "disputes",
)  # fmt: skip
OF_REQUEST = ("codes", "posted_codes", "texts", "former_addresses", "mails")
# A knock is answered within seconds; what belongs to no request is looked at by nobody after a while.
KNOCKS, UNTIED = timedelta(days=1), timedelta(days=30)


def end() -> None:
    """Everything whose time is over. Safe to repeat; killed anywhere, the next call goes on. Raises NotCleared."""
    if standstill.stops("purge"):
        return
    empty_cases()
    forget_hashes()
    empty_requests()
    end_objections()
    Knock.objects.filter(at__lt=timezone.now() - KNOCKS).delete()
    Bounce.objects.filter(mail=None, read_at__lt=timezone.now() - UNTIED).delete()
    over = Q(sent_at__lt=timezone.now() - UNTIED) | Q(failed_at__lt=timezone.now() - UNTIED)
    OutgoingMail.objects.filter(over, submission=None).delete()
    with connection.cursor() as cursor:
        # Django looks at what has run out only when it is asked for that very thing.
        cursor.execute("DELETE FROM cache WHERE expires < now()")


def _without_file() -> QuerySet[Case]:
    """Cases of which nobody knows any more whom they are about."""
    return Case.objects.filter(
        stage=Stage.CLOSED,
        pk__in=Case.objects.filter(keys__use=KeyUse.FILE, keys__wrapped=None).values("pk"),
    )


def _waits() -> Q:
    """Something is still to happen that everybody may know of: what is done here must not tell of anything else."""
    scheduled = Q(pk__in=ScheduledErasure.objects.filter(erased_at=None).values("case"))
    return scheduled | Q(pk__in=Restriction.objects.filter(lifted_at=None).values("case"))


def empty_cases() -> int:
    """Delete what a case still says when its file has ended, and nothing waits for its day. Returns how many."""
    there = [Exists(model.objects.filter(case=OuterRef("pk"))) for model in (ClockEvent, Decision, Run)]
    cases = _without_file().exclude(_waits()).filter(there[0] | there[1] | there[2])
    return sum(_empty_case(pk) for pk in _numbers(cases))


@transaction.atomic
def _empty_case(case_id: int) -> int:
    case = lock(case_id)
    for name in OF_CASE:
        getattr(case, name).all().delete()
    for model in (Abuse, AuthorityRefusal, ChildHeard, Review):
        model.objects.filter(case=case).delete()
    Likeness.objects.filter(Q(case=case) | Q(later=case)).delete()
    RecipientNotice.objects.filter(case=case).exclude(sealed=b"").update(sealed=b"")
    case.contract_ended_on, case.blocked_why = None, ""
    case.save(update_fields=["contract_ended_on", "blocked_why"])
    if case.restrictions.exists():
        vault.destroy(case, KeyUse.SCHEDULE)
        leftovers.note(f"cases/{case_id}/restricted/")
    return 1


def forget_hashes() -> int:
    """By an identifier's hash a person could be known again; it is kept while rows wait for their day. Returns how many
    cases have none any more. Raises NotCleared.
    """
    hashed = [Exists(model.objects.filter(case=OuterRef("pk"))) for model in (Identifier, SaidErased)]
    cases = _without_file().filter(hashed[0] | hashed[1])
    return sum(_forget_hashes(pk) for pk in _numbers(cases))


@transaction.atomic
def _forget_hashes(case_id: int) -> int:
    case = lock(case_id)
    if waits_for_its_day(case):
        return 0
    case.identifiers.all().delete()
    SaidErased.objects.filter(case=case).delete()
    # Other rights asked in the same request may have years to go.
    case.submission.proofs.exclude(submission__cases__file_sealed__gt=b"").update(number_digest="")
    return 1


def empty_requests() -> int:
    """End what a request says of whoever asked, once none of its cases knows them any more. Returns how many."""
    going_on = Case.objects.exclude(pk__in=_without_file().exclude(_waits()).values("pk"))
    told = ~Q(mailbox_digest="") | ~Q(request_sha256="") | Q(idempotency_key__isnull=False)
    told |= Q(mails__isnull=False) | Q(texts__isnull=False) | Q(posted_codes__isnull=False)
    over = Submission.objects.filter(sealed=b"").exclude(pk__in=going_on.values("submission"))
    return sum(_empty_request(each) for each in list(over.filter(told).distinct()[:1000]))


@transaction.atomic
def _empty_request(submission: Submission) -> int:
    for name in OF_REQUEST:
        getattr(submission, name).all().delete()
    ProposedProof.objects.filter(submission=submission).delete()
    submission.mailbox_digest = submission.request_sha256 = ""
    submission.idempotency_key = None
    submission.save(update_fields=["mailbox_digest", "request_sha256", "idempotency_key"])
    return 1


def end_objections() -> int:
    """Take off the stop list who said yes again as long ago as the operator keeps case files. Returns how many."""
    gone = 0
    for operator in Operator.objects.filter(register__isnull=False):
        months = 12 * register_of(operator).settings.case_file_years
        last = add_months(timezone.localdate(), -months)
        ended = Suppression.objects.filter(operator=operator, ended_at__date__lt=last)
        gone += ended.delete()[0]
    return gone


def _numbers(cases: QuerySet[Case]) -> Iterator[int]:
    yield from cases.order_by("pk").values_list("pk", flat=True).iterator()
