"""What reached the operator on another way goes through the same intake, with the day it was received."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.casework import case_clock, mail
from cases.casework.course import alike
from cases.casework.workflow import Refusal
from cases.identity import unproven
from cases.identity.contact import correcting
from cases.models import AuditEntry, Case, Operator, OutgoingMail, Paper, Submission, Task, User
from cases.request import by_hand
from cases.request.asked import IntakeProblem
from cases.request.intake import submit
from cases.sealed.uploads import Upload
from tests.operators.by_hand import request, staff_mails, vouched

pytestmark = pytest.mark.django_db
Staff = Callable[..., User]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def days_ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def entered(operator: Operator, by: User, *rights: str, **typed: object) -> Case:
    given = {"channel": "letter", "email": "", "received_on": days_ago(2)} | typed
    return by_hand.enter(request(operator, *rights or ("access",), **given), by=by).cases.earliest("pk")


def test_the_clock_runs_from_the_true_day_of_receipt(operator: Operator, staff: Staff) -> None:
    now = submit(request(operator, "access")).cases.get()
    case = entered(operator, staff("caseworker"), received_on=days_ago(20))
    assert case.received_on == days_ago(20)
    assert case.clock_events.get().on == case.received_on
    assert case.due_on == case_clock.first_due(case) < now.due_on
    assert timezone.localdate(case.received_at) >= now.received_on
    received = AuditEntry.objects.get(case=case.reference, action="case.received")
    assert (received.actor, received.data["channel"]) == (str(staff("caseworker")), "letter")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"received_on": -1}, "received_on"),
        ({"received_on": 732}, "received_on"),
        ({"channel": "form"}, "channel"),
        ({"channel": "pigeon"}, "channel"),
        ({"name": ""}, "name"),
        ({"email": "no address"}, "email"),
        ({"rights": ()}, "rights"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    operator: Operator, staff: Staff, changed: dict[str, object], field: str
) -> None:
    rights = changed.pop("rights", ("access",)) if "rights" in changed else ("access",)
    # Counted from the day of the test, and not from that on which it was collected.
    given = {"channel": "letter", "email": "", "received_on": 2} | changed
    given["received_on"] = days_ago(given["received_on"])  # type: ignore[arg-type]
    with pytest.raises(IntakeProblem) as problem:
        by_hand.enter(request(operator, *rights, **given), by=staff("caseworker"))  # type: ignore[misc]
    assert list(problem.value.errors) == [field]
    assert not Submission.objects.exists()


def test_the_form_has_no_other_day_and_needs_an_address(operator: Operator) -> None:
    with pytest.raises(IntakeProblem) as problem:
        submit(request(operator, "access", email="", received_on=days_ago(1)))
    assert set(problem.value.errors) == {"email", "received_on"}
    case = submit(request(operator, "access")).cases.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.filter(pk=case.submission_id).update(mailbox_digest="")


def test_only_who_works_cases_writes_requests_down(operator: Operator, staff: Staff) -> None:
    with pytest.raises(PermissionDenied):
        entered(operator, staff("auditor"))


def test_the_original_is_sealed_with_it_or_nothing_is_taken(operator: Operator, staff: Staff) -> None:
    by, asked = staff("caseworker"), request(operator, "access", channel="letter", email="")
    with pytest.raises(Refusal, match="paper-type"):
        by_hand.enter(asked, by=by, original=Upload(b"MZ this is no paper"))
    assert not Submission.objects.exists()
    submission = by_hand.enter(asked, by=by, original=Upload(PNG))
    assert by_hand.enter(asked, by=by, original=Upload(PNG)) == submission
    paper = Paper.objects.get()
    assert (paper.about, paper.type, paper.by) == ("original", "image/png", by)


def test_who_gave_no_address_is_told_by_a_person(operator: Operator, staff: Staff) -> None:
    case = entered(operator, staff("caseworker"))
    assert not OutgoingMail.objects.filter(submission=case.submission).exists()
    with pytest.raises(Refusal, match="ask-safely"):
        unproven.ask_for_proof(case, by=staff("caseworker"))
    vouched(case.submission, staff)
    mail.queue(case.submission, "closed", to="", case=case)
    assert case.tasks.filter(kind=mail.TELL, detail="closed").exists()
    assert (
        correcting.correct_for_person(
            case, address="anna@example.com", reason="Said on the phone.", by=staff("caseworker")
        )
        == 0
    )
    case.submission.refresh_from_db()
    assert case.submission.is_mailed
    assert not case.submission.former_addresses.exists()


def test_two_without_an_address_are_not_one_person(operator: Operator, staff: Staff) -> None:
    by, odd = staff("caseworker"), staff("legal")
    User.objects.filter(pk=odd.pk).update(email="no mailbox")
    first, second = entered(operator, by), entered(operator, by, name="Bo Test")
    assert not first.partial.exists()
    for one in (first, second):
        vouched(one.submission, staff)
    assert not alike.alike(second, by)
    assert not case_clock.requests_of_late(second, by)


def test_the_earlier_of_two_is_the_one_received_earlier(operator: Operator, staff: Staff) -> None:
    by = staff("caseworker")
    form = submit(request(operator, "access")).cases.get()
    letter = entered(operator, by, email="anna@example.com")
    for one in (form, letter):
        vouched(one.submission, staff)
    (pair,) = alike.alike(form, by)
    assert (pair.earlier, pair.later) == (letter, form)


def test_a_late_entry_is_told_to_the_lead_once(operator: Operator, staff: Staff) -> None:
    lead, by = staff("legal"), staff("caseworker")
    User.objects.filter(pk=lead.pk).update(email="lead@example.com")
    entered(operator, by)
    assert not Task.objects.filter(kind="came-late").exists()
    for name in ("Anna Test", "Bo Test"):
        late = entered(operator, by, name=name, received_on=days_ago(40))
    assert Task.objects.get(kind="came-late").case is None
    assert [one["to"] for one in staff_mails("came_late")] == ["lead@example.com"]
    assert AuditEntry.objects.get(case=late.reference, action="case.came-late").data["days"] == 40


def test_nobody_is_closed_out_because_a_letter_lay_about(operator: Operator, staff: Staff) -> None:
    case = entered(operator, staff("caseworker"), received_on=days_ago(60))
    assert unproven.time_to_answer(case) > timezone.localdate()
    unproven.hand_over_unproven()
    assert not case.tasks.filter(kind="close-unidentified").exists()
