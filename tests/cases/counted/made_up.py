"""Cases of every kind, made by dice: so many that figures of them say something, and past every stage."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

from django.utils import timezone

from cases.models import Abuse, Case, ClockEvent, Correction, Decision, Operator, Run, Submission, User
from cases.models.case import Outcome, Right, Stage

Kind = ClockEvent.Kind
# The two hours in which Sweden and UTC are not of one day, and noon.
HOURS = (0, 12, 23)
OUTCOMES = ("give", "redact", "withhold", "keep", "erase", "continue", "none", "")
RULES = ("", "", "SE-BFL", "SE-CLAIM")
BLOCKS = ("", "", "", "by-hand", "waiting-for-owner", "returned", "claims-to-check", "source-down")
WORDS = b"sealed"
REFUSING = ("partly", "refused")


def make_up(operator: Operator, count: int, *, by: User, dice: Random, today: date) -> None:
    """So many cases of the operator, received within two years."""
    requests = [
        Submission(id=UUID(int=dice.getrandbits(128)), operator=operator, language="sv", channel="phone")
        for _number in range(count)
    ]
    Submission.objects.bulk_create(requests)
    cases = Case.objects.bulk_create(_cases(operator, requests, dice, today))
    ClockEvent.objects.bulk_create(one for case in cases for one in _events(case, dice))
    Decision.objects.bulk_create(one for case in cases for one in _decisions(case, dice))
    few = [case for case in cases if dice.random() < (0.6 if case.outcome in REFUSING else 0.05)]
    Abuse.objects.bulk_create(
        Abuse(case=case, proof=WORDS, fee=dice.choice(["", "200 kr"]), by=by) for case in few
    )
    Correction.objects.bulk_create(_corrections(few, by, dice))
    Run.objects.bulk_create(
        Run(case=case, source="crm", collection="notes", status=dice.choice(["waiting", "left-out"]))
        for case in few
    )


def _cases(operator: Operator, requests: list[Submission], dice: Random, today: date) -> Iterator[Case]:
    for number, request in enumerate(requests):
        closed = dice.random() < 0.7
        received = today - timedelta(days=dice.randrange(730 if closed else 120))
        moment = datetime.combine(received, datetime.min.time(), UTC)
        yield Case(
            reference=f"{operator.pk[:5]}-{number}",
            operator=operator,
            submission=request,
            right=dice.choice(Right.values),
            language="sv",
            stage=Stage.CLOSED if closed else dice.choice(Stage.values[:-1]),
            outcome=dice.choice(Outcome.values) if closed else "",
            received_at=moment,
            received_on=received,
            due_on=received + timedelta(days=dice.choice([30, 31, 61, 92, 190])),
            act_by=dice.choice([None, None, received + timedelta(days=5)]),
            paused=dice.random() < 0.1,
            register=operator.register,
            blocked_by=dice.choice(BLOCKS),
            closed_at=moment + timedelta(days=dice.randrange(120), hours=dice.choice(HOURS))
            if closed
            else None,
            named_only=dice.random() < 0.05,
        )


def _events(case: Case, dice: Random) -> Iterator[ClockEvent]:
    """An answer also of some that are open again, and none of some that are closed."""
    if dice.random() < (0.95 if case.is_closed else 0.1):
        day = case.received_on + timedelta(days=dice.randrange(70))
        yield ClockEvent(case=case, kind=Kind.ANSWERED, on=day)
    if dice.random() < 0.15:
        day, ground = case.received_on + timedelta(days=20), dice.choice(["complexity", "number"])
        yield ClockEvent(case=case, kind=Kind.EXTENDED, on=day, ground=ground, reason=WORDS)


def _decisions(case: Case, dice: Random) -> Iterator[Decision]:
    for subject in ("contact", "invoices", "traffic")[: dice.randrange(4)]:
        outcome, rule = dice.choice(OUTCOMES), dice.choice(RULES)
        yield Decision(case=case, subject=subject, proposed="give", outcome=outcome, rule=rule)


def _corrections(cases: list[Case], by: User, dice: Random) -> Iterator[Correction]:
    about = {"source": "crm", "collection": "customer", "category": "contact", "column": "name"}
    for case in cases:
        for digest in ("a", "b")[: dice.randrange(3)]:
            yield Correction(
                case=case, **about, row_digest=digest, outcome="refused", reason=WORDS, proposed_by=by
            )


def local_day(moment: datetime) -> date:
    return timezone.localtime(moment).date()
