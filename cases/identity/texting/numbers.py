"""The one number a code may go to: typed by the person, and tied to them by a source as theirs today.

Another number of theirs is not named on any page: whoever reads it may only know the mailbox. And a number that was
theirs is somebody else's by now.
"""

from contextlib import suppress
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.utils import timezone

from cases.identity.authority import proof_is_persons
from cases.identity.identifiers import MSISDN, mask
from cases.identity.known import TOLD_BY_SOURCE, plain
from cases.identity.tenure import tells_when
from cases.models import Case, Identifier, Submission
from cases.sealed.vault import KeyDestroyed


@dataclass(frozen=True)
class Number:
    """A phone number in E.164, its keyed hash, and as it is shown."""

    value: str = field(repr=False)
    digest: str

    @property
    def masked(self) -> str:
        return mask(MSISDN, self.value)


def own_number(submission: Submission) -> Number | None:
    """None where the person typed none, nobody has matched it yet, it is another person's by now, or whoever asks can
    be reached safely in one way only: somebody else may see what comes to the account's number.
    """
    if submission.safe_contact:
        return None
    for case in submission.cases.order_by("pk"):
        if not proof_is_persons(case):
            continue
        for row in _tied(case):
            with suppress(KeyDestroyed):
                return Number(plain(case, row), row.digest)
    return None


def _tied(case: Case) -> list[Identifier]:
    """What sources tie to the person, of the numbers they typed. What tells an interval is believed before what does
    not: a customer card may show a number that has passed on.
    """
    typed = case.claimed.filter(kind=MSISDN, rejected_at=None).values("digest")
    rows: QuerySet[Identifier] = case.identifiers.filter(TOLD_BY_SOURCE, kind=MSISDN, digest__in=typed)
    telling = tells_when(case.operator_id)
    now = timezone.now()
    current = rows.filter(Q(valid_from=None) | Q(valid_from__lte=now), Q(valid_to=None) | Q(valid_to__gt=now))
    placed = {row.pk for row in rows if (row.told_by, MSISDN) in telling}
    return [row for row in current if not placed or row.pk in placed]
