"""The person who asks, the caseworker and the approver: what they would click, as far as each case allows it by now."""

from collections import Counter
from uuid import UUID

from cases.casework.workflow import TO_READ
from cases.collection import run_commands
from cases.execution import failed_actions
from cases.identity.verification import check_code
from cases.models import Action, Case, MailedCode, Membership, Operator, Proof, Run, User
from cases.models.case import Stage
from cases.request.asked import Intake
from cases.request.intake import submit
from dsar.scratch.staff import sign_in
from exports import approval
from exports.answer.building import prepare
from exports.models import Answer
from tests.operators.by_hand import accept, read_and_approve
from tests.whole_line.chaos.mailbox import Mailbox
from tests.whole_line.chaos.world import OPERATOR

RIGHTS = ("access", "erasure")


def ask(key: UUID, email: str, mailbox: Mailbox) -> dict[str, Case]:
    """One request for both rights, and the code typed in once its mail is there. The same key is the same request."""
    operator = Operator.objects.get(pk=OPERATOR)
    submission = submit(Intake(key, operator, "en", RIGHTS, "Somebody", email))
    if not Proof.objects.filter(submission=submission).exists() and (code := mailbox.code(email)):
        check_code(submission, purpose=MailedCode.Purpose.PROVE, code=code)
    return {case.right: case for case in submission.cases.all()}


def member(role: str) -> User:
    user, _created = User.objects.get_or_create(username=role)
    Membership.objects.get_or_create(user=user, operator_id=OPERATOR, role=role)
    sign_in(user)
    return user


def work(case: Case, counts: Counter[str]) -> None:
    """What lies before a person now: a failure that shows, a decision, an approval."""
    if case.blocked_by == "source-failed" and case.stage in (Stage.COLLECTION, Stage.EXECUTION):
        _try_again(case, counts)
    elif case.stage == Stage.DECISIONS:
        caseworker = member("caseworker")
        if case.decisions.filter(status="proposed").exists():
            accept(case, caseworker)
        prepare(case, by=caseworker)
    elif case.blocked_by == TO_READ:
        approval.send(Answer.objects.get(case=case, status="written"), by=member("caseworker"))
    elif case.stage == Stage.APPROVAL:
        read_and_approve(Answer.objects.filter(case=case).latest("version"), by=member("approver"))


def _try_again(case: Case, counts: Counter[str]) -> None:
    for run in case.runs.filter(status=Run.Status.FAILED):
        counts[f"run: {run.error.split(':')[0]}"] += 1
        run_commands.retry_run(run, by=member("caseworker"))
    for action in case.actions.filter(status=Action.Status.FAILED):
        counts[f"action: {action.error.split(':')[0]}"] += 1
        failed_actions.retry(action, by=member("caseworker"))
