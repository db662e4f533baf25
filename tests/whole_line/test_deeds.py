"""An answer is handed over when what it speaks of is done, and says of each thing what was done, by whom and when."""

import re
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.assessment import deciding
from cases.casework.course.turning import withdraw
from cases.execution import carrying_out
from cases.execution.amendments import lifting, meanwhile
from cases.models import Action, Case, Finding, RecipientNotice, Task
from cases.sources import configured
from exports import delivery
from exports.answer import building
from exports.answer.snapshot import facts_of
from exports.letter.document import Table
from exports.notices.lifting import lift_restriction
from tests.operators.by_hand import accept, carry_out
from tests.operators.line import Staff, approve, decide, finish, letter, receipted, said, work
from tests.operators.looked_at import allowed
from tests.operators.scenes import TELLING, Scene

pytestmark = pytest.mark.django_db
Ask = Callable[..., Case]


@pytest.fixture
def scene() -> Scene:
    return TELLING


def configure(change: Callable[[str], str]) -> None:
    """The operator's systems, described otherwise from now on."""
    file = Path(settings.OPERATORS_DIR) / "tele2-se" / "connectors.toml"
    file.write_text(change(file.read_text()))
    configured.sources_of.cache_clear()


def only_by_hand(collection: str, line: str, instead: str = "") -> None:
    """The collection's line goes, or becomes another."""
    pattern = rf'(?ms)(key = "{collection}".*?)^{line}.*?$'
    configure(lambda text: re.sub(pattern, lambda found: found[1] + instead, text, count=1))


def try_to_deliver(case: Case) -> Case:
    """Everything the workers do once it is approved."""
    carrying_out.execute(case.pk)
    building.write_receipt(case.pk)
    delivery.deliver(case.pk)
    case.refresh_from_db()
    return case


def press_done(task: Task, staff: Staff, settings_client: Client) -> None:
    settings_client.force_login(staff("caseworker"), backend="django.contrib.auth.backends.ModelBackend")
    settings_client.post(reverse("desk:task-done", args=[task.pk]))


def restriction(ask: Ask, staff: Staff, *granted: str) -> Case:
    case = work(ask("restriction"))
    for decision in case.decisions.all():
        outcome = "granted" if decision.subject in granted else "refused"
        deciding.override(decision, outcome=outcome, reason="Looked at it.", by=staff("caseworker"))
    return case


def test_a_restriction_by_hand_is_no_restriction_until_somebody_did_it(
    ask: Ask, staff: Staff, client: Client
) -> None:
    """The fault: closed as granted with no action at all and its tasks open."""
    case = restriction(ask, staff, "credit")
    approve(case, staff)
    assert (try_to_deliver(case).stage, case.blocked_by, case.outcome) == ("execution", "by-hand", "")
    [task] = case.tasks.filter(kind="carry-out-restriction")
    assert (task.detail, task.due_on) == ("crm/credit", case.act_by)
    client.force_login(staff("caseworker"), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("desk:queue") + "?view=by-hand").content.decode()
    assert case.reference in page
    assert "has to be done by hand before the answer says that it is done" in page
    press_done(task, staff, client)
    assert Case.objects.get(pk=case.pk).blocked_by == ""
    assert (try_to_deliver(case).stage, case.outcome) == ("closed", "partly")
    shown = " ".join(client.get(case.get_absolute_url()).content.decode().split())
    assert "By hand: no connector can" in shown
    assert "done <time" in shown.partition("By hand: no connector can")[2] or "caseworker" in shown


@pytest.mark.parametrize(
    ("right", "email", "hidden", "kind"),
    [
        ("erasure", "bo@example.com", ("note", "on_erase", 'on_erase = "none"'), "carry-out-erasure"),
        ("objection", "anna@example.com", ("customer", "suppress"), "carry-out-objection"),
    ],
)
def test_no_answer_is_handed_over_while_a_task_of_its_decision_is_open(
    ask: Ask, staff: Staff, client: Client, right: str, email: str, hidden: tuple[str, ...], kind: str
) -> None:
    only_by_hand(*hidden)
    case = work(ask(right, email))
    decide(case, staff("caseworker"))
    approve(case, staff)
    assert (try_to_deliver(case).stage, case.blocked_by) == ("execution", "by-hand")
    assert not case.recipient_notices.exists()
    assert case.tasks.filter(kind=kind, done_at=None).exists()
    for task in case.tasks.filter(kind=kind, done_at=None):
        press_done(task, staff, client)
    carry_out(case, staff("caseworker"))
    assert try_to_deliver(case).stage == "closed"


def test_recipients_are_told_of_what_was_done_before_the_answer_says_so(ask: Ask, staff: Staff) -> None:
    case = work(ask("erasure", "bo@example.com"))
    decide(case, staff("caseworker"))
    approve(case, staff)
    assert (try_to_deliver(case).stage, case.blocked_by) == ("execution", "recipients")
    carry_out(case, staff("caseworker"))
    assert RecipientNotice.objects.get(case=case).status == "told"
    assert try_to_deliver(case).stage == "closed"
    assert "We have told those who had received the data from us" in said(receipted(facts_of(case)))


def test_an_answer_at_the_door_does_not_go_out_either(ask: Ask, staff: Staff) -> None:
    case = restriction(ask, staff, "credit")
    approve(case, staff)
    carrying_out.execute(case.pk)
    Case.objects.filter(pk=case.pk).update(stage="delivery", blocked_by="")
    building.write_receipt(case.pk)
    delivery.deliver(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("delivery", "by-hand")
    assert case.answers.get(status="approved").receipt_name == ""


def test_what_is_limited_by_hand_ends_by_hand_after_notice(ask: Ask, staff: Staff) -> None:
    case = restriction(ask, staff, "credit")
    finish(case, staff)
    day = timezone.localdate() + timedelta(days=7)
    lift_restriction(case, on=day, reason="It is settled.", by=staff("caseworker"))
    task = case.tasks.get(kind="lift-restriction")
    assert (task.detail, task.opens_on, task.due_on) == ("crm/credit", day, day)


# The receipt


def table(case: Case) -> dict[str, tuple[str, ...]]:
    document = receipted(facts_of(Case.objects.get(pk=case.pk)))
    tables = [part for section in document.sections for part in section.parts if isinstance(part, Table)]
    return {row[1]: row[2:] for row in tables[0].rows}


def test_a_receipt_counts_what_is_kept_wherever_it_is(
    ask: Ask, staff: Staff, crm: sqlite3.Connection
) -> None:
    """The fault: rows that a running contract needs, and collections in which nothing was erased, counted as 0."""
    crm.executemany(
        "INSERT INTO note (id, customer_no, written_on) VALUES (?, 'C1', '2026-05-02')",
        [(n,) for n in range(10, 56)],
    )
    case = work(ask("erasure"))
    decide(case, staff("caseworker"))
    finish(case, staff)
    kept = {
        (run.collection): sum(one.rows for one in run.findings.filter(view="open", verdict="keep"))
        for run in case.runs.all()
    }
    rows = table(case)
    assert kept["customer"] == 1
    assert rows["Customer register: Customer card"][-2:] == ("1", "while you are a customer")
    told = {name: int(row[2]) for name, row in rows.items()}
    for run in case.runs.exclude(category__in=("disclosures", "retained")):
        name = {
            "customer": "Customer card",
            "note": "Notes",
            "profile": "Profiles",
            "credit": "Credit checks",
        }
        assert told.get(f"Customer register: {name[run.collection]}", 0) == kept[run.collection]
    for action in case.actions.filter(kind="erase").exclude(collection__in=("disclosure", "retained")):
        assert any(int(row[0]) == action.done for row in rows.values())


def test_a_receipt_names_what_a_person_erased_and_when(ask: Ask, staff: Staff) -> None:
    only_by_hand("note", "on_erase", 'on_erase = "none"')
    case = work(ask("erasure", "bo@example.com"))
    decide(case, staff("caseworker"))
    finish(case, staff)
    text = said(receipted(facts_of(case)))
    assert "This was done by a member of our staff by hand" in text
    assert "What: Customer register: Notes; Records: 1" in text


# What letters promise


def promised(case: Case) -> str:
    return said(letter(case)).partition("HOW LONG WE KEEP THE DATA")[2].partition("OTHERS WHO")[0]


def test_what_a_contract_needs_is_not_promised_to_go_by_itself(ask: Ask, staff: Staff) -> None:
    case = work(ask("erasure"))
    decide(case, staff("caseworker"))
    text = promised(case)
    itself = text.partition("without your having to do anything. This goes for")[2].partition(
        "These are not"
    )[0]
    assert "These are not erased automatically" in text
    assert "Name and contact details" not in itself
    assert not case.scheduled.filter(rule="CONTRACT").exists()
    finish(case, staff)
    assert set(case.scheduled.values_list("collection", flat=True)).isdisjoint({"customer"})


def test_what_a_person_decides_to_keep_is_not_promised_to_go_by_itself(ask: Ask, staff: Staff) -> None:
    case = work(ask("erasure", "bo@example.com"))
    decide(case, staff("caseworker"))
    Case.objects.filter(pk=case.pk).update(stage="decisions")
    deciding.override(
        case.decisions.get(subject="correspondence"),
        outcome="keep",
        reason="A dispute.",
        by=staff("caseworker", "legal"),
    )
    assert "These are not erased automatically" in promised(case)
    finish(case, staff)
    assert not case.scheduled.filter(collection="note").exists()


def test_what_is_held_back_for_now_has_somebody_to_send_it(ask: Ask, staff: Staff) -> None:
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    Case.objects.filter(pk=case.pk).update(stage="decisions")
    deciding.override(
        case.decisions.get(subject="credit"), outcome="delay", reason="Later.", by=staff("caseworker")
    )
    finish(case, staff)
    task = case.tasks.get(kind="tell-when-due")
    # No rule says when: somebody looks again by the day of the answer.
    assert (task.detail, task.opens_on, task.due_on) == ("credit", None, case.due_on)


def test_what_is_held_back_is_due_when_the_last_rule_lets_it_be_told(ask: Ask, staff: Staff) -> None:
    case, day = work(ask("access")), timezone.localdate()
    decide(case, staff("caseworker"))
    Case.objects.filter(pk=case.pk).update(stage="decisions")
    deciding.override(
        case.decisions.get(subject="credit"), outcome="delay", reason="Later.", by=staff("caseworker")
    )
    found = list(Finding.objects.filter(run__case=case, run__category="credit", view="open"))
    assert found
    for number, one in enumerate(found):
        Finding.objects.filter(pk=one.pk).update(opens=day + timedelta(days=40 + number))
    finish(case, staff)
    last = day + timedelta(days=39 + len(found))
    task = case.tasks.get(kind="tell-when-due")
    assert (task.opens_on, task.due_on) == (last, last)


# Objections


def goes_on(case: Case, staff: Staff) -> Case:
    """Everything that can be refused is."""
    for decision in case.decisions.exclude(proposed="stop"):
        if decision.proposed == "review":
            deciding.override(decision, outcome="continue", reason="Safety.", by=staff("caseworker"))
    if case.decisions.filter(status="proposed").exists():
        accept(case, staff("caseworker"))
    return case


def test_an_objection_letter_has_its_last_day_for_every_use_that_stops(ask: Ask, staff: Staff) -> None:
    case = goes_on(work(ask("objection")), staff)
    day = f"{case.due_on.day} {case.due_on:%B %Y} at the latest"
    stops = case.decisions.filter(outcome="stop").count()
    assert stops
    assert said(letter(case)).count(day) == stops


def test_grounds_were_weighed_only_where_there_is_a_right_to_object(ask: Ask, staff: Staff) -> None:
    case = goes_on(work(ask("objection")), staff)
    none = case.decisions.filter(proposed="none").first()
    weighed = case.decisions.filter(outcome="continue", proposed="review")
    assert none
    assert weighed.exists()
    deciding.override(none, outcome="continue", reason="We need it.", by=staff("caseworker"))
    reasons = said(letter(case)).partition("WHY")[2]
    assert reasons.count("we weighed your reasons against ours") <= weighed.count()
    assert "The right to object applies only to uses that rest on a legitimate interest" in reasons
    case.decisions.filter(proposed__in=("stop", "review")).delete()
    text = said(letter(case))
    assert facts_of(case).outcome == "refused"
    assert "The right to object does not reach the uses" in text
    assert "weighed your reasons" not in text


def blocked(crm: sqlite3.Connection) -> dict[str, int]:
    return dict(crm.execute("SELECT customer_no, blocked FROM customer"))


def limit_by_hand(case: Case, staff: Staff) -> None:
    case.tasks.filter(kind="limit-meanwhile").update(done_at=timezone.now(), done_by=staff("caseworker"))
    meanwhile.take(case.pk)
    case.refresh_from_db()


def test_an_objection_limits_the_use_at_once_and_stops_it_after_the_decision(
    ask: Ask, staff: Staff, crm: sqlite3.Connection
) -> None:
    case = work(ask("objection"))
    assert (blocked(crm), allowed(crm)["C1"]) == ({"C1": 1, "C2": 0}, 1)
    assert {row[0] for row in crm.execute("SELECT blocked FROM profile WHERE customer_no = 'C1'")} == {1}
    tasks = case.tasks.filter(kind="limit-meanwhile")
    assert tasks.exists()
    assert case.interim_at is None
    assert "only stored the data" not in said(letter(goes_on(case, staff)))
    limit_by_hand(case, staff)
    assert case.interim_at
    assert "we have only stored the data, and not used them for what you objected to" in said(letter(case))
    finish(case, staff)
    assert (allowed(crm)["C1"], blocked(crm)["C1"]) == (0, 1)
    meanwhile.end_over()
    assert lifting.lift_due(timezone.localdate()) == 0
    assert lifting.lift_due(timezone.localdate() + timedelta(days=1)) > 0
    assert blocked(crm) == {"C1": 0, "C2": 0}
    assert case.tasks.filter(kind="lift-meanwhile").count() == tasks.count()
    assert meanwhile.end_over() == 0


def test_a_refused_objection_ends_its_limit_too(ask: Ask, staff: Staff, crm: sqlite3.Connection) -> None:
    case = goes_on(work(ask("objection")), staff)
    case.decisions.filter(proposed="stop").update(outcome="continue")
    finish(case, staff)
    assert (case.outcome, allowed(crm)["C1"]) == ("refused", 1)
    meanwhile.end_over()
    lifting.lift_due(timezone.localdate() + timedelta(days=1))
    assert blocked(crm)["C1"] == 0


def test_an_objection_taken_back_ends_its_limit(ask: Ask, staff: Staff, crm: sqlite3.Connection) -> None:
    case = work(ask("objection"))
    withdraw(case, by="data-subject")
    assert not meanwhile.due()
    meanwhile.end_over()
    lifting.lift_due(timezone.localdate() + timedelta(days=1))
    assert blocked(crm)["C1"] == 0
    assert not case.tasks.filter(kind="limit-meanwhile", done_at=None).exists()


def test_what_was_not_limited_before_the_decision_does_not_delay_it(
    ask: Ask, staff: Staff, crm: sqlite3.Connection
) -> None:
    case = goes_on(work(ask("objection")), staff)
    Action.objects.filter(case=case, kind="restrict").update(status="waiting", done_at=None)
    finish(case, staff)
    assert case.stage == "closed"
    assert not case.tasks.filter(kind="limit-meanwhile").exists()
