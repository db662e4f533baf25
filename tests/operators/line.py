"""The line worked by hand: what Celery does in the product, a call does here."""

from collections.abc import Callable
from dataclasses import replace

from cases.assessment import assessing, deciding, over_retained
from cases.assessment.situations import situation_of
from cases.casework.case_clock import today
from cases.collection import gathering
from cases.execution.amendments import meanwhile
from cases.execution.objections import suppressing
from cases.identity import matching
from cases.models import Case, Decision, User
from exports import delivery
from exports.answer import building
from exports.answer.snapshot import facts_of
from exports.letter import content
from exports.letter.document import Document
from exports.letter.facts import CaseFacts
from exports.letter.plain import plain
from exports.models import Answer
from tests.operators.by_hand import accept, carry_out, read_and_approve, sent, settle, written

Staff = Callable[..., User]


def work(case: Case) -> Case:
    """Everything the workers do before a person is needed."""
    matching.match(case.pk)
    suppressing.take_interim_measure(case.pk)
    meanwhile.take(case.pk)
    gathering.collect(case.pk)
    for run in case.runs.all():
        gathering.collect_page(run.pk)
    assessing.assess(case.pk)
    over_retained.compare(case.pk)
    meanwhile.take(case.pk)
    case.refresh_from_db()
    assert case.stage == "decisions", [(run.collection, run.status, run.error) for run in case.runs.all()]
    return case


def decide(case: Case, by: User, **outcomes: str) -> None:
    """Accept what is proposed; ``outcomes`` by subject where a person has to choose, else the first choice."""
    accept(case, by)
    for decision in case.decisions.filter(status="proposed"):
        chosen = outcomes.get(decision.subject.replace("-", "_"), deciding.CHOICES[case.right][0])
        settle(decision, chosen, by)


def approve(case: Case, staff: Staff) -> Answer:
    """From decided to the door of execution."""
    written(case, staff("caseworker"))
    prepared = sent(case, staff("caseworker"))
    assert prepared
    read_and_approve(prepared, by=staff("approver"), sha256=prepared.sha256)
    return prepared


def finish(case: Case, staff: Staff) -> Answer:
    """From decided to closed."""
    prepared = approve(case, staff)
    carry_out(case, staff("caseworker"))
    building.write_receipt(case.pk)
    delivery.deliver(case.pk)
    case.refresh_from_db()
    prepared.refresh_from_db()
    return prepared


def letter(case: Case) -> Document:
    """The answer as it would be written now."""
    return answered(facts_of(case, situation=situation_of(case, today(case))))


def answered(facts: CaseFacts) -> Document:
    """The answer as it is written beside its files, whatever they sum up to."""
    return content.answer(replace(facts, files_sha256="0" * 64))


def receipted(facts: CaseFacts) -> Document:
    """The receipt as it is written after an answer, whatever that sums up to."""
    return content.receipt(replace(facts, answer_sha256="0" * 64))


def said(document: Document) -> str:
    """Every word of a letter, on one line."""
    return " ".join(plain(document).split())


def decision_on(case: Case, subject: str) -> Decision:
    return case.decisions.get(subject=subject)
