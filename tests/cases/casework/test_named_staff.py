"""A case for named staff only: for whoever is not named there is no such case, on any page, in any count."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.casework import audit
from cases.casework.case_clock import extend, requests_of_late
from cases.casework.commands import assign
from cases.casework.members import named
from cases.casework.members.staff import remove_member
from cases.casework.workflow import Refusal
from cases.models import AuditEntry, Case, Membership, NamedStaff, Operator, OverRetained, Task, User
from cases.models.secrecy import Kind
from cases.sealed import secrets
from exports.models import Answer
from tests.operators.placed import gathered, hand_in, proven

pytestmark = pytest.mark.django_db
Staff, SignedIn = Callable[..., User], Callable[..., Client]


@pytest.fixture
def shut(operator: Operator, staff: Staff) -> Case:
    """A gathered case with an open task, which only "worker" knows of."""
    case = gathered(proven(hand_in(operator)))
    Task.objects.create(operator=operator, case=case, kind="mail-failed", detail="ready")
    named.for_named_only(case, by=staff("caseworker", name="worker"))
    case.refresh_from_db()
    return case


# Every page of the desk at which a case could show, beside its own.
LISTS = (
    "/desk/", "/desk/?view=all", "/desk/tasks/", "/desk/audit/", "/desk/sources/", "/desk/sources/tele2-se/crm/",
    "/desk/orders/",
)  # fmt: skip


def pages_of(case: Case) -> list[str]:
    run = case.runs.first()
    assert run
    own = [
        reverse(f"desk:{name}", args=[case.reference])
        for name in ("case", "progress", "identifier-add", "unsearched")
    ]
    return [*own, reverse("desk:rows", args=[case.reference, run.pk])]


EVERY_ROLE = ("caseworker", "approver", "legal", "cleared", "auditor")


def test_whoever_is_not_named_finds_nothing_of_it_whatever_roles_they_have(
    shut: Case, signed_in: SignedIn
) -> None:
    client = signed_in(*EVERY_ROLE, name="everything")
    for page in LISTS:
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert shut.reference not in answer.content.decode(), page
    assert not client.get(f"/desk/audit/?case={shut.reference}").context["page"].object_list
    for page in pages_of(shut):
        assert client.get(page).status_code == 404, page
    found = client.post("/desk/find/", {"q": shut.reference}, follow=True)
    assert "No case is known by that" in found.content.decode()
    found = client.post("/desk/find/", {"q": "astrid.berg@example.com"}, follow=True)
    assert "No case is known by that" in found.content.decode()


def test_nothing_is_counted(shut: Case, signed_in: SignedIn, staff: Staff) -> None:
    client = signed_in(*EVERY_ROLE, name="everything")
    # Everything has no number.
    assert {item.count for item in client.get("/desk/").context["rail"]} == {0, None}
    assert client.get("/desk/tasks/").context["open"] == []
    [listed] = [one for one in client.get("/desk/sources/").context["listed"] if one.sources]
    assert {health.runs for _source, _name, health in listed.sources} == {0}
    kept = OverRetained(case=shut, source="crm", collection="customer", rows=3, found_at=timezone.now())
    secrets.keep(Kind.OVER_RETAINED, shut.operator_id, str(shut.pk), kept)
    assert not client.get("/desk/tasks/").context["kept_too_long"]


def test_another_request_of_the_person_counts_it_for_those_alone_who_know_of_it(
    shut: Case, staff: Staff, operator: Operator
) -> None:
    other = proven(hand_in(operator))
    assert other.submission.mailbox_digest == shut.submission.mailbox_digest
    assert requests_of_late(other, staff("caseworker", name="worker")) == 1
    others = staff("caseworker", name="other")
    assert requests_of_late(other, others) == 0
    with pytest.raises(Refusal, match="extension-number"):
        extend(other, ground="number", reason="Two at once.", by=others)


def test_no_button_works_for_them(shut: Case, signed_in: SignedIn) -> None:
    client = signed_in(*EVERY_ROLE, name="everything")
    for name in ("assign", "withdraw", "named-only", "name-staff", "protect", "message"):
        answer = client.post(reverse(f"desk:{name}", args=[shut.reference]), {"reason": "x", "to": "me"})
        assert answer.status_code == 404, name
    task = Task.objects.get(case=shut)
    assert client.post(f"/desk/tasks/{task.pk}/done/").status_code == 404


def test_who_is_named_works_it_as_ever(shut: Case, signed_in: SignedIn) -> None:
    client = signed_in("caseworker", name="worker")
    assert client.get("/desk/").context["page"].cases[0] == shut
    assert client.get(shut.get_absolute_url()).status_code == 200
    assert len(client.get("/desk/tasks/").context["open"]) == 1


def test_a_system_of_the_operator_does_not_hear_of_it(
    operator: Operator, shut: Case, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("api_token", "portal", operator=[operator.pk])
    token = capsys.readouterr().out.split()[-1]
    answer = client.get(f"/api/cases/{shut.reference}/", headers={"authorization": f"Token {token}"})
    assert answer.status_code == 404


def test_what_was_asked_together_is_shut_together(
    ask_together: Callable[..., list[Case]], staff: Staff
) -> None:
    access, _erasure = ask_together("access", "erasure")
    named.for_named_only(access, by=staff("caseworker", name="worker"))
    assert set(Case.objects.values_list("named_only", flat=True)) == {True}


def test_an_approver_is_named_beside_and_taken_off_again(shut: Case, staff: Staff) -> None:
    worker, approver = staff("caseworker", name="worker"), staff("approver", name="second")
    assert named.may_be_named(shut) == [approver]
    named.name(shut, user=approver, by=worker)
    assert named.is_seen_by(approver, shut)
    named.unname(shut, user=approver, by=worker)
    assert not named.is_seen_by(approver, shut)
    actions = [entry.action for entry in audit.timeline(shut)]
    assert actions[-3:] == ["case.named-only", "case.named", "case.unnamed"]


def test_somebody_stays_who_can_work_it(shut: Case, staff: Staff) -> None:
    worker, approver = staff("caseworker", name="worker"), staff("approver", name="second")
    named.name(shut, user=approver, by=worker)
    with pytest.raises(Refusal, match="last-named"):
        named.unname(shut, user=worker, by=worker)


def test_nobody_gets_it_who_is_not_named(shut: Case, staff: Staff) -> None:
    with pytest.raises(Refusal, match="not-named"):
        assign(shut, to=staff("caseworker", name="other"), by=staff("caseworker", name="worker"))


def test_only_staff_of_the_operator_who_see_cases_are_named(shut: Case, staff: Staff) -> None:
    elsewhere = Operator.objects.create(slug="elsewhere", name="Elsewhere")
    worker = staff("caseworker", name="worker")
    for stranger in (staff("admin", name="admin"), staff("caseworker", at=elsewhere, name="dane")):
        with pytest.raises(Refusal, match="not-a-member"):
            named.name(shut, user=stranger, by=worker)


def test_where_nobody_works_it_yet_legal_officers_know_of_it_first(operator: Operator, staff: Staff) -> None:
    staff("caseworker", name="one")
    lawyer = staff("legal", name="lawyer")
    case = hand_in(operator)
    named.shut(case, by=audit.SYSTEM)
    assert [one.user for one in case.named.all()] == [lawyer]


def test_without_a_legal_officer_those_who_work_cases_now_do_and_no_later_ones(
    operator: Operator, staff: Staff
) -> None:
    one = staff("caseworker", name="one")
    case = hand_in(operator)
    named.shut(case, by=audit.SYSTEM)
    assert [each.user for each in case.named.all()] == [one]
    assert not named.is_seen_by(staff("caseworker", name="later"), case)


def test_it_can_be_opened_again_with_a_reason(shut: Case, staff: Staff) -> None:
    worker = staff("caseworker", name="worker")
    with pytest.raises(Refusal, match="reason-needed"):
        named.for_everybody(shut, reason=" ", by=worker)
    named.for_everybody(shut, reason="By mistake", by=worker)
    shut.refresh_from_db()
    assert not shut.named_only
    assert not NamedStaff.objects.exists()


def test_the_database_lets_no_protected_case_be_for_everybody(operator: Operator) -> None:
    case = hand_in(operator)
    with pytest.raises(IntegrityError, match="case_protected_is_for_named_staff"), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(protected_by="staff")
    assert not Answer.objects.exists()


def test_when_the_last_named_loses_the_role_legal_officers_are_named(shut: Case, staff: Staff) -> None:
    legal, admin = staff("legal"), staff("admin")
    remove_member(Membership.objects.get(user__username="worker"), by=admin)
    assert named.is_seen_by(legal, shut)
    assert AuditEntry.objects.filter(action="case.named", case=shut.reference).count() == 1


def test_where_there_is_no_legal_officer_whoever_works_cases_is_named(shut: Case, staff: Staff) -> None:
    other, admin = staff("caseworker", name="other"), staff("admin")
    remove_member(Membership.objects.get(user__username="worker"), by=admin)
    assert named.is_seen_by(other, shut)


def test_the_last_who_could_work_it_keeps_the_role(shut: Case, staff: Staff) -> None:
    with pytest.raises(Refusal, match="nobody-left"):
        remove_member(Membership.objects.get(user__username="worker"), by=staff("admin"))
    assert Membership.objects.filter(user__username="worker").exists()


def test_nobody_more_is_named_while_somebody_named_can_work_it(shut: Case, staff: Staff) -> None:
    legal, admin = staff("legal"), staff("admin")
    named.name(shut, user=staff("caseworker", name="other"), by=User.objects.get(username="worker"))
    remove_member(Membership.objects.get(user__username="worker"), by=admin)
    assert not named.is_seen_by(legal, shut)
