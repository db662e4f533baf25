"""Two things a person finds and writes down: what came of a second look at a computer's decision (Article 22(3)), and
that a request is manifestly unfounded or excessive (Article 12(5)). An approver looks at both before they go out."""

from django.db import transaction
from django.utils import timezone

from cases.assessment.deciding import NOT_GATHERED
from cases.casework import audit
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, at_stage, lock
from cases.models import Abuse, Case, Decision, Review, User
from cases.models.case import Right, Stage
from cases.models.keys import KeyUse
from cases.registers.processing import Purpose
from cases.sealed import vault

# What each result makes of the request: only a changed decision gives the person what was asked for.
MEANS = {
    Review.Result.CHANGED: "granted",
    Review.Result.UPHELD: "refused",
    Review.Result.NOT_AUTOMATED: "refused",
}
# Neither can be refused or charged for (Articles 7(3), 21(3)).
NEVER_ABUSIVE = frozenset({Right.MARKETING_OBJECTION, Right.CONSENT_WITHDRAWAL})


def automated_purposes(case: Case) -> list[Purpose]:
    """The purposes of the register in which a computer may decide."""
    return [purpose for purpose in register_of_case(case).purposes if purpose.automated]


@transaction.atomic
def review(case: Case, *, purpose: str, result: str, reasons: str, by: User) -> Review:
    """Record what a person made of the decision, with the reasons the letter gives. Settles the case's decisions."""
    case = _locked(case, by)
    if case.right != Right.AUTOMATED_DECISION or result not in Review.Result.values:
        raise Refusal("outcome-unknown", outcome=result)
    if purpose not in {one.code for one in automated_purposes(case)}:
        raise Refusal("outcome-unknown", outcome=purpose)
    if not reasons.strip():
        raise Refusal("reason-needed")
    values = {"purpose": purpose, "result": result, "reasons": reasons.strip(), "by": by}
    found, _created = Review.objects.update_or_create(case=case, defaults=values)
    case.decisions.exclude(proposed__in=NOT_GATHERED).update(
        outcome=MEANS[Review.Result(result)],
        reason=vault.seal(case, KeyUse.FILE, reasons.strip().encode()),
        status=Decision.Status.OVERRIDDEN,
        decided_by=by,
        decided_at=timezone.now(),
    )
    audit.record(case, "review.recorded", by=by, purpose=purpose, result=result)
    return found


@transaction.atomic
def find_abusive(case: Case, *, proof: str, by: User, fee: str = "") -> Abuse:
    """Refuse the request, or ask a fee for it, with what shows that it is unfounded or excessive.

    Refusal no-refusal for an objection to marketing or a withdrawal, reason-needed without proof.
    """
    case = _locked(case, by)
    if case.right in NEVER_ABUSIVE:
        raise Refusal("no-refusal")
    if not proof.strip():
        raise Refusal("reason-needed")
    values = {"proof": proof.strip(), "fee": fee.strip(), "by": by}
    found, _created = Abuse.objects.update_or_create(case=case, defaults=values)
    audit.record(case, "abuse.found", by=by, fee=bool(fee.strip()))
    return found


@transaction.atomic
def take_abuse_back(case: Case, *, by: User) -> None:
    """The request is answered after all."""
    case = _locked(case, by)
    Abuse.objects.filter(case=case).delete()
    audit.record(case, "abuse.withdrawn", by=by)


def is_abusive(case: Case) -> bool:
    """Whether nothing may be given or carried out, because the request as a whole is refused or waits for a fee."""
    return Abuse.objects.filter(case=case).exists()


def _locked(case: Case, by: User) -> Case:
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.DECISIONS)
    return case
