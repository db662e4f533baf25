"""Every reason that was written down in a case, with who wrote it and when: what a refusal rests on, in people's words.

These are the desk's own sentences about what it did. No name, identifier, row or letter is among them, unless somebody
wrote one into a sentence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cases.casework import audit
from cases.models import Abuse, AuthorityRefusal, Case, Decision, Review, User
from exports.models import Breach


@dataclass(frozen=True)
class Reason:
    what: str
    text: str
    by: User | None
    at: datetime


@transaction.atomic
def read(case: Case, *, by: User) -> list[Reason]:
    """All of them, the oldest first; that they were read goes into the record first."""
    audit.record(case, "reasons.read", by=by)
    found = [*_of_the_clock(case), *_of_decisions(case), *_of_refusals(case), *_of_the_course(case)]
    return sorted(found, key=lambda one: one.at)


def _of_the_clock(case: Case) -> Iterator[Reason]:
    for event in case.clock_events.exclude(reason="").select_related("by"):
        yield Reason(str(event.get_kind_display()), event.reason, event.by, event.at)


def _of_decisions(case: Case) -> Iterator[Reason]:
    changed = case.decisions.filter(status=Decision.Status.OVERRIDDEN).select_related("decided_by")
    for one in changed.exclude(decided_at=None):
        assert one.decided_at is not None
        yield Reason(_("Decision changed"), one.reason, one.decided_by, one.decided_at)
    for review in Review.objects.filter(case=case).select_related("by"):
        yield Reason(_("Second look at an automated decision"), review.reasons, review.by, review.at)
    for kept in case.corrections.exclude(reason="").select_related("proposed_by"):
        yield Reason(_("A correction was not accepted"), kept.reason, kept.proposed_by, kept.proposed_at)


def _of_refusals(case: Case) -> Iterator[Reason]:
    for abuse in Abuse.objects.filter(case=case).select_related("by"):
        yield Reason(_("Manifestly unfounded or excessive (Art. 12(5))"), abuse.proof, abuse.by, abuse.at)
    for refusal in AuthorityRefusal.objects.filter(case=case).select_related("by"):
        yield Reason(
            _("The authority to ask for another was not accepted"), refusal.reason, refusal.by, refusal.at
        )


def _of_the_course(case: Case) -> Iterator[Reason]:
    for turn in case.turns.select_related("by"):
        yield Reason(str(turn.get_kind_display()), turn.reason, turn.by, turn.at)
    for dispute in case.disputes.select_related("by"):
        yield Reason(str(dispute.get_kind_display()), dispute.note, dispute.by, dispute.at)
    for breach in Breach.objects.filter(answer__case=case).select_related("recorded_by", "settled_by"):
        yield Reason(
            _("An answer reached the wrong person"), breach.happened, breach.recorded_by, breach.recorded_at
        )
        if breach.settled_at:
            for what, text in (
                (_("Why the authority was not told, or late"), breach.authority_reason),
                (_("Why the person was not told, or late"), breach.person_reason),
                (_("What was done about it"), breach.measures),
            ):
                if text:
                    yield Reason(what, text, breach.settled_by, breach.settled_at)
