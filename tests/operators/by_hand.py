"""What people and workers do, done by a call: what Celery does in the product happens here at once."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from cases.assessment import assessing, deciding
from cases.casework.permissions import allowed
from cases.collection import gathering
from cases.execution import carrying_out, deeds
from cases.execution.recipients import telling
from cases.identity import matching
from cases.identity.vouched import vouching
from cases.law.verdicts import Confirms
from cases.models import Case, ClockEvent, Decision, Membership, Operator, OutgoingMail, Submission, User
from cases.request.asked import Intake
from dsar.scratch.proving import opened
from dsar.scratch.staff import sign_in
from exports import approval, delivery
from exports.answer import building
from exports.models import Answer, Reading


def request(operator: Operator, *rights: str, **typed: Any) -> Intake:
    """A form as somebody fills it in, with a note where the right needs one."""
    note = "Look at my address." if {"objection", "rectification"} & {*rights} else ""
    given = {"id": uuid4(), "language": "sv", "name": "Anna Test", "email": "anna@example.com", "note": note}
    return Intake(operator=operator, rights=rights, **given | typed)


def mails(submission: Submission, kind: str) -> list[dict[str, str]]:
    """The mails of a kind that wait to be sent, oldest first: to, subject, body."""
    return [opened(one) for one in submission.mails.filter(kind=kind).order_by("pk")]


def staff_mails(kind: str) -> list[dict[str, str]]:
    """What waits to be sent to members of staff, oldest first."""
    return [opened(one) for one in OutgoingMail.objects.filter(submission=None, kind=kind).order_by("pk")]


def mailed_link(kind: str) -> str:
    """The path of the link in the newest mail of this kind to a member of staff."""
    found = re.search(r"http://localhost:8000(/accounts/link/\S+)", staff_mails(kind)[-1]["body"])
    assert found
    return found[1]


def vouched(submission: Submission, staff: Callable[..., User], level: str = "high") -> None:
    """A caseworker vouches for who asks, and where it takes two, a legal officer with them."""
    by = staff("caseworker")
    vouching.vouch(submission, level=level, evidence="shop", checked="Face and name in a passport.", by=by)
    if level == "high":
        vouching.confirm(submission, by=staff("legal"))


def gather(case: Case) -> None:
    """All pages of all runs."""
    gathering.collect(case.pk)
    while waiting := list(case.runs.filter(status__in=["waiting", "running"])):
        for run in waiting:
            gathering.collect_page(run.pk)


def work(case: Case) -> Case:
    """Everything the workers would do before a person is needed."""
    matching.match(case.pk)
    gather(case)
    assessing.assess(case.pk)
    case.refresh_from_db()
    return case


def who_settles(decision: Decision, by: User) -> User:
    """Whoever works the case, or a lawyer where the law's reason to look names one."""
    operator = decision.case.operator
    asked = deciding.SETTLES[deciding.settled_by(decision)]
    if deciding.settles(decision, {one for one in asked if allowed(by, operator, one)}):
        return by
    role = "legal" if deciding.settled_by(decision) == Confirms.LAWYER else "cleared"
    lawyer, _made = User.objects.get_or_create(username=f"counsel-{role}")
    Membership.objects.get_or_create(user=lawyer, operator=operator, role=role)
    sign_in(lawyer)
    return lawyer


def settle(decision: Decision, chosen: str, by: User) -> None:
    """As it is proposed; as chosen where the law leaves it to a person."""
    by = who_settles(decision, by)
    if decision.outcome == deciding.REVIEW:
        deciding.override(decision, outcome=chosen, reason="Looked at it.", by=by)
    else:
        deciding.confirm(decision, by=by)


def accept(case: Case, by: User) -> None:
    """All that is proposed and that a caseworker may accept, one by one where each has to be looked at.

    Left open: what takes a choice, a lawyer, or a look at who used a number.
    """
    undecided = deciding.open_decisions(case)
    if not all(map(deciding.needs_a_look, undecided)):
        deciding.confirm_all(case, by=by)
    for decision in undecided:
        code = decision.review.get("code", "")
        anothers = code.startswith(("review.other-user", "review.no-account", "review.user-unknown"))
        if (
            code
            and decision.outcome != deciding.REVIEW
            and not anothers
            and not deciding.for_a_lawyer(decision)
        ):
            deciding.confirm(decision, by=by)


def decide(case: Case, by: User) -> None:
    """Accept what is proposed; choose where a person has to."""
    accept(case, by)
    for decision in case.decisions.filter(status="proposed"):
        settle(decision, deciding.CHOICES[case.right][0], by)


def approve(case: Case, by: User) -> Case:
    """Decided and approved, without the letter."""
    accept(case, by)
    for decision in case.decisions.filter(status="proposed"):
        settle(decision, deciding.CHOICES[case.right][0], by)
    Case.objects.filter(pk=case.pk).update(stage="execution")
    case.refresh_from_db()
    return case


def prepare(case: Case, by: User) -> Answer:
    """From judged to an answer that waits for approval."""
    decide(case, by)
    answer = written(case, by)
    return sent(case, by) or answer


def written(case: Case, by: User) -> Answer:
    """From decided to an answer that waits to be read, or says what stopped it."""
    case.refresh_from_db()
    building.prepare(case, by=by)
    building.build(case.pk)
    # With the case as it is now, and not as it was handed in.
    return Answer.objects.filter(case=case.pk).latest("version")


def sent(case: Case, by: User) -> Answer | None:
    """The answer that waits to be read, sent to approval; None where none does."""
    waiting = Answer.objects.filter(case=case, status="written").first()
    if waiting is not None:
        approval.send(waiting, by=by)
        waiting.refresh_from_db()
    return waiting


def long_ago(case: Case, days: int = 31) -> Case:
    """The request came so many days before it did, and nobody has answered what was asked then."""
    case.refresh_from_db()
    span = timedelta(days=days)
    Case.objects.filter(pk=case.pk).update(
        received_at=case.received_at - span, received_on=case.received_on - span
    )
    for event in case.clock_events.all():
        ClockEvent.objects.filter(pk=event.pk).update(on=event.on - span, at=event.at - span)
    case.refresh_from_db()
    return case


def read(answer: Answer, by: User) -> Answer:
    """Letter and list of files opened, as they are now."""
    answer = Answer.objects.get(pk=answer.pk)
    for part in Reading.Part:
        approval.note_opened(answer, part, by=by)
    return answer


def read_and_approve(answer: Answer, *, by: User, sha256: str | None = None) -> None:
    """What an approver does."""
    approval.approve(read(answer, by), by=by, sha256=sha256)


def carry_out(case: Case, by: User) -> None:
    """What is approved is done: by the sources, by hand, and whoever received the data is told."""
    for _ in range(3):
        carrying_out.execute(case.pk)
        for notice in case.recipient_notices.all():
            telling.tell(notice.pk)
        case.tasks.filter(deeds.BY_HAND, done_at=None).update(done_at=timezone.now(), done_by=by)
        telling.note_told_by_hand()
        if not Case.objects.filter(pk=case.pk, stage="execution").exists():
            return
    carrying_out.execute(case.pk)


def answer(case: Case, caseworker: User, approver: User) -> Answer:
    """From decided to closed."""
    prepared = prepare(case, caseworker)
    read_and_approve(prepared, by=approver)
    carry_out(case, caseworker)
    building.write_receipt(case.pk)
    delivery.deliver(case.pk)
    case.refresh_from_db()
    prepared.refresh_from_db()
    return prepared
