"""The line worked by hand: what Celery does in the product, a call does here."""

from collections.abc import Callable

from cases import assessment, collection, deciding, execution, matching, suppressing
from cases.clockwork import today
from cases.evidence import situation_of
from cases.models import Case, Decision, User
from exports import answers, approval, content, delivery
from exports.document import Document
from exports.models import Answer
from exports.plain import plain
from exports.snapshot import facts_of

Staff = Callable[..., User]


def work(case: Case) -> Case:
    """Everything the workers do before a person is needed."""
    matching.match(case.pk)
    suppressing.take_interim_measure(case.pk)
    collection.collect(case.pk)
    for run in case.runs.all():
        collection.collect_page(run.pk)
    assessment.assess(case.pk)
    case.refresh_from_db()
    assert case.stage == "decisions", [(run.collection, run.status, run.error) for run in case.runs.all()]
    return case


def decide(case: Case, by: User, **outcomes: str) -> None:
    """Accept what is proposed; ``outcomes`` by subject where a person has to choose, else the first choice."""
    if case.decisions.filter(status="proposed").exclude(outcome="review").exists():
        deciding.confirm_all(case, by=by)
    for decision in case.decisions.filter(status="proposed"):
        chosen = outcomes.get(decision.subject.replace("-", "_"), deciding.CHOICES[case.right][0])
        deciding.override(decision, outcome=chosen, reason="Looked at it.", by=by)


def approve(case: Case, staff: Staff) -> Answer:
    """From decided to the door of execution."""
    answers.prepare(case, by=staff("caseworker"))
    answers.build(case.pk)
    prepared = Answer.objects.get(case=case, status="ready")
    approval.approve(prepared, by=staff("approver"), sha256=prepared.sha256)
    return prepared


def finish(case: Case, staff: Staff) -> Answer:
    """From decided to closed."""
    prepared = approve(case, staff)
    execution.execute(case.pk)
    answers.write_receipt(case.pk)
    delivery.deliver(case.pk)
    case.refresh_from_db()
    prepared.refresh_from_db()
    return prepared


def letter(case: Case) -> Document:
    """The answer as it would be written now."""
    return content.answer(facts_of(case, situation=situation_of(case, today(case))))


def said(document: Document) -> str:
    """Every word of a letter, on one line."""
    return " ".join(plain(document).split())


def decision_on(case: Case, subject: str) -> Decision:
    return case.decisions.get(subject=subject)
