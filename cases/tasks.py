"""Celery's door to the stages. Arguments are ids; every task may run twice and may die at any line."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from cases.assessment import assessing, over_retained
from cases.casework import case_clock, mail, workflow
from cases.casework.bounces import reading
from cases.casework.course import reminding
from cases.casework.dispatch import Errand, Sent, forget_lost, send, send_all, unsent
from cases.casework.record import anchoring
from cases.collection import gathering, regathering, scanned_files
from cases.counted import rolling
from cases.execution import carrying_out, failed_actions
from cases.execution.amendments import lifting, meanwhile
from cases.execution.objections import suppressing
from cases.execution.recipients import telling
from cases.identity import knocks, matching, unproven
from cases.identity.stepping_up import going_on
from cases.identity.texting import sending
from cases.models import Case, Run
from cases.models.case import Stage
from cases.orders import calendar
from cases.papers import keeping
from cases.request import drafts, once_more
from cases.rows.chunks import Damaged
from cases.sealed import faults, vault
from cases.sources import retries
from connectors.contract.base import SourceError

# The hour from which staff are written to.
MORNING = 6


class StageTask(Sent):
    """A task that works a case's stage. What nobody foresaw shows on the case; beat tries again."""

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        super().before_start(task_id, args, kwargs)
        # Before any source is asked again for what nothing could take.
        if Case.objects.filter(pk=args[0], blocked_by__in=faults.CODES).exists():
            vault.probe()

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:  # noqa: ARG002
        if isinstance(exc, Damaged):
            regathering.gather_again(args[0], exc)
        else:
            workflow.note_blocked(args[0], *retries.stopped_by(exc))


class PageTask(Sent):
    """The same for a task that works one run of a case."""

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:  # noqa: ARG002
        case_id = Run.objects.filter(pk=args[0]).values_list("case_id", flat=True).first()
        if case_id is not None:
            workflow.note_blocked(case_id, *retries.stopped_by(exc), at=Stage.COLLECTION)


class InterimTask(Sent):
    """The same for what is done beside the stages."""

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:  # noqa: ARG002
        failed_actions.note_interim_failed(args[0], exc)


@shared_task(base=StageTask)
def match(case_id: int) -> None:
    """A source that is away is asked again by beat, and so is one that an administrator has to mend."""
    try:
        matching.match(case_id)
    except SourceError as error:
        workflow.note_blocked(case_id, *retries.stopped_by(error), at=Stage.MATCHING)


@shared_task(base=StageTask)
def collect(case_id: int) -> None:
    gathering.collect(case_id)


@shared_task(base=PageTask)
def collect_page(run_id: int) -> None:
    gathering.collect_page(run_id)


@shared_task(base=StageTask)
def assess(case_id: int) -> None:
    assessing.assess(case_id)


@shared_task(base=InterimTask)
def take_interim_measure(case_id: int) -> None:
    suppressing.take_interim_measure(case_id)
    meanwhile.take(case_id)


@shared_task(base=Sent)
def go_on(case_id: int) -> None:
    once_more.go_on(case_id)


@shared_task(base=StageTask)
def execute(case_id: int) -> None:
    """What asks every order goes on to workers that may know of them, in each case alike."""
    if carrying_out.asks_orders(case_id):
        send(carrying_out.TASK, case_id)
    else:
        carrying_out.execute(case_id)


@shared_task(base=Sent)
def send_mail(mail_id: int) -> None:
    mail.deliver(mail_id)


@shared_task(base=Sent)
def send_text(message_id: int) -> None:
    sending.deliver(message_id)


@shared_task(base=Sent)
def answer_knock(knock_id: int) -> None:
    knocks.answer(knock_id)


@shared_task(base=Sent)
def mail_draft_code(draft_id: int) -> None:
    drafts.mail_code(draft_id)


@shared_task(base=Errand)
def purge_drafts() -> None:
    drafts.purge()


@shared_task(base=Errand)
def send_waiting_mail() -> None:
    """A task each: a mail that cannot be read, or a server that does not answer, is the matter of that mail alone."""
    send_all(drafts.TASK, unsent(drafts.TASK, drafts.waiting()))
    send_all(knocks.TASK, unsent(knocks.TASK, knocks.waiting()))
    send_all("cases.tasks.send_mail", unsent("cases.tasks.send_mail", mail.waiting()))
    send_all(sending.TASK, unsent(sending.TASK, sending.waiting()))


@shared_task(base=Errand)
def read_bounces() -> None:
    reading.read_mailbox()


@shared_task(base=Errand)
def remind() -> None:
    unproven.remind()
    unproven.hand_over_unproven()


@shared_task(base=Errand)
def roll_up() -> None:
    rolling.roll_up()


@shared_task(base=Errand)
def remind_staff() -> None:
    """Once a day, before work begins: nobody is written to at night."""
    now = timezone.localtime()
    if now.hour >= MORNING:
        reminding.remind_all(now.date())


@shared_task(base=Errand)
def tell_of_ends() -> None:
    calendar.tell_all(timezone.localdate())


@shared_task(base=Errand)
def recompute_dates() -> None:
    """A holiday that was announced since moves what is due on it."""
    case_clock.recompute_all()


@shared_task(base=Errand)
def scan_papers() -> None:
    keeping.scan_waiting()
    scanned_files.scan_waiting()


@shared_task(base=Sent)
def tell_recipient(notice_id: int) -> None:
    telling.tell(notice_id)


@shared_task(base=Errand)
def tell_recipients() -> None:
    telling.note_told_by_hand()
    send_all("cases.tasks.tell_recipient", unsent("cases.tasks.tell_recipient", telling.waiting()))


@shared_task(base=Errand)
def lift_due() -> None:
    meanwhile.end_over()
    lifting.lift_due()


@shared_task(base=Errand)
def anchor_record() -> None:
    anchoring.anchor()


@shared_task(base=Errand)
def watch_anchors() -> None:
    anchoring.watch()


@shared_task(base=Errand)
def sweep() -> None:
    """Set going again whatever should be moving and is not: a lost message costs time, never a case."""
    # First: what was lost must not pass for being on its way.
    forget_lost()
    send_all("cases.tasks.collect_page", unsent("cases.tasks.collect_page", gathering.due_runs()))
    measure = "cases.tasks.take_interim_measure"
    send_all(measure, unsent(measure, suppressing.due_interim()))
    send_all(measure, unsent(measure, meanwhile.due()))
    send_all(going_on.TASK, unsent(going_on.TASK, once_more.due()))
    send_all(over_retained.TASK, unsent(over_retained.TASK, over_retained.due()))
    send_all("cases.tasks.execute", unsent("cases.tasks.execute", failed_actions.due_actions(), by="case"))
    for stage, task in workflow.TASKS.items():
        stalled = unsent(task, workflow.stalled(stage))
        # `stalled` goes by this: each is sent once a minute at most.
        Case.objects.filter(pk__in=stalled).update(kicked_at=timezone.now())
        send_all(task, stalled)
