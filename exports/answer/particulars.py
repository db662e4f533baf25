"""What single rights add to a letter: recipients, corrections, the second look, the customer who answers for part."""

from typing import TypedDict

from django.conf import settings
from django.urls import reverse

from cases.casework.operators import register_of_case
from cases.collection.parts import rest_of
from cases.execution.amendments import corrections
from cases.execution.recipients import notices
from cases.execution.recipients.forwarding import customer_of, is_asked_for, is_passed_on
from cases.execution.recipients.received import received
from cases.identity.people.protection import is_hidden
from cases.identity.stepping_up.waiting import waiting
from cases.law.situation import Situation
from cases.models import Abuse, Case, Review, Turn
from cases.models.case import Following, Outcome, Right
from cases.sources.configured import collection_of
from exports.letter.facts import (
    AbuseFacts,
    CorrectionFacts,
    ForwardedFacts,
    LaterFacts,
    ReviewFacts,
    StepUpFacts,
)
from exports.letter.texts.reading import Texts, texts


class Particulars(TypedDict):
    """The fields of `CaseFacts` that this module fills."""

    recipients_actual: tuple[str, ...]
    recipients_informed: tuple[str, ...]
    step_up: StepUpFacts | None
    forwarded: ForwardedFacts | None
    abuse: AbuseFacts | None
    corrections: tuple[CorrectionFacts, ...]
    review: ReviewFacts | None
    later: LaterFacts | None
    earlier: str


def particulars(case: Case, situation: Situation) -> Particulars:
    """Read them for one case. Streams the rows that tell of recipients."""
    return Particulars(
        recipients_actual=_actual(case, situation),
        recipients_informed=_informed(case, situation),
        step_up=_step_up(case),
        forwarded=_forwarded(case),
        abuse=_abuse(case),
        corrections=tuple(_corrections(case)),
        review=_review(case),
        later=later(case),
        earlier=case.follows.reference if case.follows_as == Following.REST and case.follows else "",
    )


def _actual(case: Case, situation: Situation) -> tuple[str, ...]:
    """(c) of Article 15(1): only an access answer tells who got the data."""
    return tuple(one.key for one in received(case, situation)) if case.right == Right.ACCESS else ()


def _informed(case: Case, situation: Situation) -> tuple[str, ...]:
    """Who is told once the approved answer is carried out, and after that who was written to."""
    written = tuple(notice.recipient for notice in notices.notices_of(case))
    return written or tuple(one.key for one in notices.to_tell(case, situation))


def _step_up(case: Case) -> StepUpFacts | None:
    waits = waiting(case, case.language)
    if waits is None:
        return None
    page = reverse("public:status", args=[case.operator_id], query={"reference": case.reference})
    return StepUpFacts(
        page=f"{settings.BASE_URL}{page}",
        faces=tuple(waits.faces.values()),
        groups=tuple((group.categories, group.ways) for group in waits.groups),
    )


def _forwarded(case: Case) -> ForwardedFacts | None:
    customer, register = customer_of(case), register_of_case(case)
    if customer is None or register.processor_for is None:
        return None
    return ForwardedFacts(
        company=customer.name.get(case.language),
        named=customer.naming == "named",
        passed_on=is_passed_on(case),
        unasked=not (is_asked_for(case) or case.submission.safe_contact),
        contact=customer.contact or texts(case.language)("forwarded.contact"),
        services=register.processor_for.get(case.language),
    )


def _abuse(case: Case) -> AbuseFacts | None:
    found = Abuse.objects.filter(case=case).first()
    return AbuseFacts(proof=found.proof, fee=found.fee) if found else None


def _corrections(case: Case) -> list[CorrectionFacts]:
    words = texts(case.language)
    return [
        CorrectionFacts(
            category=one.category,
            what=corrections.column_name(case, one),
            new_value="" if one.reason else _new_value(case, one, words),
            reason=one.reason,
        )
        for one in corrections.read(case)
    ]


def _new_value(case: Case, one: corrections.Corrected, words: Texts) -> str:
    """What it says now; not where a protected person lives: staff read the letter."""
    hidden = is_hidden(case, collection_of(case.operator_id, one.source, one.collection))
    if hidden(one.column):
        return words("corrections.hidden")
    return one.new or words("corrections.emptied")


def _review(case: Case) -> ReviewFacts | None:
    found = Review.objects.filter(case=case).first()
    if found is None:
        return None
    name = register_of_case(case).purpose(found.purpose).name.get(case.language)
    return ReviewFacts(decision=name, result=found.result, reasons=found.reasons)


def later(case: Case) -> LaterFacts | None:
    """What of a split request is answered by another case, and why; None where it was not split."""
    rest = rest_of(case)
    if rest is None:
        return None
    return LaterFacts(
        categories=tuple(case.later_parts.values_list("category", flat=True)),
        reference=rest.reference,
        due=None if rest.outcome == Outcome.WITHDRAWN else rest.due_on,
        reason=case.turns.filter(kind=Turn.Kind.SPLIT).latest("pk").reason,
    )
