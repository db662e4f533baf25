"""Asking the owner of a system that nobody can connect: a mailed link, reminders, and a task when time runs short.

The link is signed and runs out; it names one question and holds nothing about a person. What the owner is to look
for is shown behind it, once for each mail that was sent.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from cases.casework import audit, case_clock
from cases.casework.commands import open_task
from cases.casework.dispatch import send
from cases.casework.mail import queue
from cases.casework.operators import register_of
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, at_stage, lock
from cases.collection.failed_runs import note_failure
from cases.models import Operator, OwnerRequest, Run, Task, User
from cases.models.case import Stage
from cases.sources.configured import NotConfigured, collection_of, source_of
from connectors.contract.base import SourceError
from connectors.description.config import ManualSource

SALT = "owner-request"
LIFE = timedelta(days=35)
REMIND_AFTER = (timedelta(days=5), timedelta(days=10))
TIME_IS_SHORT = timedelta(days=7)
SILENT = "owner-silent"


@dataclass(frozen=True)
class Link:
    """What a link stands for: the question, and which of its mails it came with (1 is the first)."""

    request: OwnerRequest
    letter: int


def token_of(request: OwnerRequest) -> str:
    """The signed part of the newest mail's link."""
    return signing.dumps([request.pk, request.letters], salt=SALT)


def read_token(token: str) -> Link | None:
    """What a link stands for; None where it was not made here, has run out, or a newer mail has taken its place."""
    try:
        pk, letter = signing.loads(token, salt=SALT, max_age=LIFE)
    except signing.BadSignature:
        # That of a link that has run out is one of these.
        return None
    found = OwnerRequest.objects.select_related("run__case__operator", "run__case__register").filter(pk=pk)
    request = found.first()
    return Link(request, letter) if request and request.letters == letter else None


def was_for(token: str) -> Operator | None:
    """Whose a link was that leads nowhere any more; None where it was not made here."""
    try:
        pk, _letter = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    found = OwnerRequest.objects.select_related("run__case__operator__register").filter(pk=pk).first()
    return found.run.case.operator if found else None


@transaction.atomic
def ask(run_id: int) -> None:
    """Write to the owner, once. Safe to repeat."""
    free = Run.objects.select_for_update(of=("self",), skip_locked=True).select_related("case__operator")
    run = free.filter(pk=run_id, status=Run.Status.ASKED, owner_request=None).first()
    if run is None:
        return
    # Identifiers of a later wave make the owner look once more (`waves.ask_anew`).
    wave = run.case.identifiers.aggregate(last=Max("wave"))["last"] or 0
    try:
        with transaction.atomic():
            _write(OwnerRequest.objects.create(run=run, wave=wave))
    except SourceError as error:
        _fail(run, error)
        return
    audit.record(run.case, "owner.asked", by=audit.SYSTEM, source=run.source, collection=run.collection)


def _fail(run: Run, error: SourceError) -> None:
    """Who the owner is cannot be read: a person mends that and tries again, and nobody else's owner waits for it."""
    note_failure(run, error)
    where = {"source": run.source, "collection": run.collection}
    audit.record(run.case, "run.failed", by=audit.SYSTEM, error=run.error, **where)


def unasked() -> QuerySet[Run]:
    """Runs whose owner should have been written to and was not."""
    runs = Run.objects.filter(status=Run.Status.ASKED, owner_request=None, case__stage=Stage.COLLECTION)
    return runs.order_by("touched_at")


def _write(request: OwnerRequest) -> None:
    run = request.run
    case, source = run.case, source_of(run.case.operator_id, run.source)
    if not isinstance(source, ManualSource):
        raise NotConfigured("not-configured", run.source)
    # The owner works for the operator: in its first language, not the person's.
    language = register_of(case.operator).languages[0]
    queue(
        case.submission,
        "owner",
        to=source.owner,
        language=language,
        case=case,
        source=source.name.get(language),
        collection=collection_of(case.operator_id, run.source, run.collection).name.get(language),
        link=reverse("owner", args=[token_of(request)]),
        reminder=request.letters > 1,
        days=LIFE.days,
    )


def write_letter(request: OwnerRequest) -> None:
    """One more mail, with a link of its own; the links before it end."""
    request.letters += 1
    request.save(update_fields=["letters", "reminders"])
    _write(request)


@transaction.atomic
def write_again(run: Run, *, by: User) -> None:
    """A caseworker has the owner written to once more, with a new link."""
    case = lock(run.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.COLLECTION)
    request = (
        OwnerRequest.objects.select_for_update(of=("self",)).filter(run=run, run__status="asked").first()
    )
    if request is None:
        raise Refusal("owner-answered")
    write_letter(request)
    audit.record(case, "owner.asked-again", by=by, source=run.source, collection=run.collection)


def remind() -> int:
    """Remind owners who have not answered after five and after ten days, and tell the desk. Returns how many mails."""
    waiting = OwnerRequest.objects.filter(run__status=Run.Status.ASKED, run__case__stage=Stage.COLLECTION)
    now, late = timezone.now(), Q()
    for sent, wait in enumerate(REMIND_AFTER):
        late |= Q(reminders=sent, asked_at__lt=now - wait)
    reminded = sum(_remind(pk) for pk in waiting.filter(late).values_list("pk", flat=True)[:500])
    short = waiting.filter(run__case__due_on__lte=(now + TIME_IS_SHORT).date(), run__case__paused=False)
    for pk in short.values_list("pk", flat=True)[:500]:
        _hand_over(pk)
    return reminded


@transaction.atomic
def _remind(request_id: int) -> bool:
    free = OwnerRequest.objects.select_for_update(of=("self",), skip_locked=True)
    request = free.select_related("run__case__operator").filter(pk=request_id, run__status="asked").first()
    # Looked at again under the lock: another worker may have written meanwhile.
    if request is None or request.reminders >= len(REMIND_AFTER):
        return False
    if timezone.now() - request.asked_at < REMIND_AFTER[request.reminders]:
        return False
    run = request.run
    try:
        with transaction.atomic():
            request.reminders += 1
            write_letter(request)
    except SourceError as error:
        _fail(run, error)
        return False
    audit.record(run.case, "owner.reminded", by=audit.SYSTEM, source=run.source, collection=run.collection)
    return True


@transaction.atomic
def _hand_over(request_id: int) -> None:
    """The answer is due soon: a person has to reach the owner, or look for themselves."""
    run = OwnerRequest.objects.select_related("run").get(pk=request_id).run
    case = lock(run.case_id)
    # Tasks that are done count as well: whoever has dealt with it is not asked again the next day.
    if not Task.objects.filter(case=case, kind=SILENT, detail=str(run)).exists():
        due = max(case.due_on, case_clock.today(case))
        open_task(case, SILENT, detail=str(run), due_on=due)


def set_asking(run: Run) -> None:
    """Have the owner written to when the transaction commits; beat does it if this is lost."""
    pk = run.pk
    transaction.on_commit(lambda: send("cases.source_tasks.ask_owner", pk))


def has_owner(run: Run) -> bool:
    """Whether a person is asked and no system; False while the description does not say."""
    try:
        return isinstance(source_of(run.case.operator_id, run.source), ManualSource)
    except SourceError:
        return False
