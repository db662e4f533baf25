"""What is ready is answered by its day, the rest in a case of its own with more time; the person is told, once."""

import re
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from cases.casework.course import alike
from cases.casework.members.hands import hand_of
from cases.casework.workflow import Refusal
from cases.collection import gathering, run_commands
from cases.execution.carrying_out import answered_first
from cases.identity import matching
from cases.models import AuditEntry, Case, Finding, LaterPart, User
from exports.answer.outcomes import outcome_of
from exports.notices import extension, letters
from exports.parting import splitting
from tests.operators.by_hand import gather, long_ago, mails, work
from tests.operators.line import decide, finish, letter, said

pytestmark = pytest.mark.django_db
Ask, Staff = Callable[..., Case], Callable[..., User]
WHY = {"categories": ["invoices"], "ground": "complexity", "reason": "The archive answers next month"}


def waiting(case: Case, by: User) -> Case:
    """Everything is gathered but the invoices, which somebody left alone."""
    matching.match(case.pk)
    gathering.collect(case.pk)
    run_commands.pause_run(case.runs.get(category="invoices"), by=by)
    gather(case)
    case.refresh_from_db()
    return case


def test_what_is_ready_goes_out_and_the_rest_comes_later(ask: Ask, staff: Staff) -> None:
    by = staff("caseworker")
    case = waiting(ask("access", language="en"), by)
    due, ready = case.due_on, {*case.runs.values_list("category", flat=True)} - {"invoices"}
    rest = splitting.split(case, **WHY, by=by)
    case.refresh_from_db()
    assert (case.stage, case.due_on, rest.stage, rest.follows) == ("holds", due, "matching", case)
    assert rest.due_on > due
    assert {*case.runs.values_list("category", flat=True)} == ready
    (mail,) = mails(rest.submission, "split")
    assert all(
        one in mail["body"] for one in (case.reference, rest.reference, "The archive answers next month")
    )
    assert not mails(case.submission, "extended") + mails(rest.submission, "extended")
    told = letters.read_pdf(rest.letters.get(), by=by).decode()
    assert case.reference in told
    assert "nvoices" in told
    done = AuditEntry.objects.filter(action__startswith="case.split").order_by("pk")
    assert [(one.action, one.case) for one in done] == [
        ("case.split", case.reference), ("case.split-off", rest.reference),
    ]  # fmt: skip
    assert alike.alike(case, by) == alike.alike(rest, by) == []
    # Whoever said what comes later approves neither answer.
    assert hand_of(by, case)
    assert hand_of(by, rest)

    work(rest)
    assert {*rest.runs.values_list("category", flat=True)} == {"invoices"}
    work(case)
    decide(case, by)
    first = said(letter(case))
    assert rest.reference in first
    assert "The archive answers next month. Legal basis: Article 12(3) GDPR" in first
    assert "You get now what is ready" in first
    finish(case, staff)
    assert case.outcome == "partly"
    decide(rest, by)
    assert "This is the other part of our answer" in said(letter(rest))
    finish(rest, staff)
    assert rest.outcome == "granted"


def test_when_a_request_may_not_be_split(ask: Ask, staff: Staff) -> None:
    by = staff("caseworker")
    case = waiting(ask("access"), by)
    with pytest.raises(PermissionDenied):
        splitting.split(case, **WHY, by=staff("approver"))
    ready = [*case.runs.exclude(category="invoices").values_list("category", flat=True)]
    wrong: list[tuple[str, dict[str, object]]] = [
        ("reason-needed", {"reason": " "}),
        ("choose-parts", {"categories": []}),
        ("choose-parts", {"categories": ["retained"]}),
        ("split-nothing-ready", {"categories": ready}),
        ("extension-ground", {"ground": ""}),
        # The rest that has just been opened is no further request of the person's.
        ("extension-number", {"ground": "number"}),
    ]
    for code, changed in wrong:
        with pytest.raises(Refusal, match=code):
            splitting.split(case, **WHY | changed, by=by)
    assert not LaterPart.objects.exists()
    for code, update in (
        ("split-data-only", {"right": "erasure"}),
        ("wrong-stage", {"stage": "approval"}),
        ("split-paused", {"paused": True}),
    ):
        Case.objects.filter(pk=case.pk).update(**update)
        with pytest.raises(Refusal, match=code):
            splitting.split(case, **WHY, by=by)
        Case.objects.filter(pk=case.pk).update(right="access", stage="collection", paused=False)
    with pytest.raises(Refusal, match="extension-late"):
        splitting.split(long_ago(case, 40), **WHY, by=by)


def test_what_was_extended_is_split_by_that_day_and_put_together_again(ask: Ask, staff: Staff) -> None:
    by = staff("caseworker")
    case = work(ask("access"))
    extension.extend(case, ground="complexity", reason="Much of it is on paper.", by=by)
    case.refresh_from_db()
    rest = splitting.split(case, categories=["invoices"], reason="The copies.", by=by)
    case.refresh_from_db()
    assert (case.stage, rest.due_on) == ("holds", case.due_on)
    assert rest.clock_events.filter(kind="extended").count() == 1
    work(case)
    assert not case.decisions.filter(subject="invoices").exists()
    # All that is here is given, or nothing is here: neither is the whole that was asked for.
    case.decisions.update(outcome="give")
    assert outcome_of(case) == "partly"
    Finding.objects.filter(run__case=case).delete()
    assert outcome_of(case) == "refused"
    with pytest.raises(Refusal, match="split-already"):
        splitting.split(case, **WHY, by=by)
    with pytest.raises(Refusal, match="not-split"):
        splitting.put_together(case, reason="x", by=by)
    Case.objects.filter(pk=case.pk).update(stage="approval")
    with pytest.raises(Refusal, match="together-too-late"):
        splitting.put_together(rest, reason="x", by=by)
    Case.objects.filter(pk=case.pk).update(stage="decisions")

    splitting.put_together(rest, reason="The archive was quick.", by=by)
    rest.refresh_from_db()
    assert (rest.stage, rest.outcome) == ("closed", "merged")
    (mail,) = mails(rest.submission, "together")
    assert case.reference in mail["body"]
    work(case)
    assert case.decisions.filter(subject="invoices").exists()
    assert [turn.kind for turn in case.turns.all()] == ["split", "together"]
    with pytest.raises(Refusal, match="split-already"):
        splitting.split(case, **WHY, by=by)


def test_an_erasure_waits_for_both_parts(ask_together: Callable[..., list[Case]], staff: Staff) -> None:
    by = staff("caseworker")
    access, erasure = ask_together("access", "erasure")
    rest = splitting.split(waiting(access, by), **WHY, by=by)
    assert {*answered_first(erasure)} == {access, rest}


def test_at_the_desk_and_on_the_status_page(
    ask: Ask, staff: Staff, signed_in: Callable[..., Client], client: Client
) -> None:
    case, desk = waiting(ask("access"), staff("caseworker")), signed_in("caseworker")
    page = reverse("exports:split", args=[case.reference])
    assert page in desk.get(case.get_absolute_url()).content.decode()
    shown = desk.get(page).content.decode()
    assert 'value="invoices" id="id_categories_' in shown
    assert re.findall(r'<input[^>]* value="([a-z]+)"[^>]* checked', shown) == ["invoices"]
    assert desk.post(page, {"categories": ["invoices"]}).status_code == 422
    assert desk.post(page, WHY).status_code == 302
    rest = case.followed_by.get()
    assert rest.reference in desk.get(case.get_absolute_url()).content.decode()
    back = reverse("exports:together", args=[rest.reference])
    assert back in desk.get(rest.get_absolute_url()).content.decode()
    for one, other in ((case, rest), (rest, case)):
        session = client.session
        session["status"] = {"submission": str(one.submission_id), "until": 9e12, "eid": False}
        session.save()
        page = client.get(reverse("public:requests", args=[case.operator_id])).content.decode()
        assert other.reference in page
    assert desk.post(back, {"reason": "It came."}).status_code == 302
    assert "split before" in desk.get(reverse("exports:split", args=[case.reference])).content.decode()
