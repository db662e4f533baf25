"""Stage 6: a part of what was asked is refused, by a ground of the law that is named and a reason that is its own.

The letter says which part, by what and why, and how to complain (Article 12(4)); a second person approves it, as any
answer. That the whole request is unfounded or excessive is found in `assessment.reviews`.
"""

from django.db import transaction

from cases.assessment import deciding
from cases.casework.workflow import Refusal
from cases.models import Decision, User
from cases.models.case import Right

Ground = Decision.Ground
# What a refusal is called, and what it can rest on. The other rights have a ground of their own each.
REFUSED_AS: dict[str, str] = {
    Right.ACCESS: "withhold",
    Right.PORTABILITY: "not-portable",
    Right.ERASURE: "keep",
}
GROUNDS: dict[str, tuple[Ground, ...]] = {
    Right.ACCESS: (Ground.OTHERS, Ground.SECRETS, Ground.EXCESSIVE),
    Right.PORTABILITY: (Ground.OTHERS_FILES, Ground.EXCESSIVE),
    Right.ERASURE: (Ground.DUTY, Ground.CLAIM, Ground.EXCESSIVE),
}


def may_be_refused(decision: Decision) -> bool:
    """Whether this part can be refused by a ground that somebody names."""
    right = decision.case.right
    nothing_to_refuse = {"none", REFUSED_AS.get(right), *deciding.NOT_GATHERED}
    return right in GROUNDS and decision.proposed not in nothing_to_refuse


@transaction.atomic
def refuse(decision: Decision, *, ground: str, reason: str, by: User, fee: str = "") -> None:
    """Refuse one category. Refusal ground-needed, fee-excessive-only, reason-needed, and as `deciding.override`."""
    right = decision.case.right
    if not may_be_refused(decision) or ground not in GROUNDS[right]:
        raise Refusal("ground-needed")
    if fee.strip() and ground != Ground.EXCESSIVE:
        raise Refusal("fee-excessive-only")
    deciding.override(
        decision, outcome=REFUSED_AS[right], reason=reason, by=by, ground=ground, fee=fee.strip()[:60]
    )
