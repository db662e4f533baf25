"""Corrections and restrictions go through the line to the sources, and a restriction ends only after notice."""

import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail as outbox
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.assessment.deciding import override
from cases.casework import audit, mail
from cases.casework.workflow import Refusal
from cases.execution import carrying_out
from cases.execution.amendments import corrections, lifting
from cases.execution.failed_actions import retry
from cases.execution.recipients import notices
from cases.models import Action, AuditEntry, Authority, Case, NamedStaff, Proof, Restriction
from cases.models.keys import KeyUse
from cases.sealed import vault
from cases.sources import configured
from exports.answer.snapshot import facts_of
from exports.notices import letters
from exports.notices.lifting import lift_restriction
from tests.operators.line import Staff, answered, approve, decide, finish, letter, said, work
from tests.operators.scenes import TELLING, Scene

pytestmark = pytest.mark.django_db
Ask = Callable[..., Case]


@pytest.fixture
def scene() -> Scene:
    return TELLING


@pytest.fixture
def case(ask: Ask) -> Case:
    return work(ask("rectification", note="My street is wrong."))


def propose(case: Case, staff: Staff, column: str, new: str, **more: str) -> None:
    corrections.propose(
        case.runs.get(collection="customer"),
        key=("C1",),
        column=column,
        new=new,
        by=staff("caseworker"),
        **more,
    )


def test_a_correction_reaches_the_source_and_the_letter(
    case: Case, staff: Staff, crm: sqlite3.Connection
) -> None:
    propose(case, staff, "street", "Storgatan 2")
    propose(case, staff, "floor", "7")
    corrections.settle(case, by=staff("caseworker"))
    text = said(letter(case))
    assert "Street (Customer card)" in text
    assert "Storgatan 2" in text
    assert "Storgatan 1" not in text
    finish(case, staff)
    assert (case.stage, case.outcome) == ("closed", "granted")
    assert crm.execute("SELECT street, floor FROM customer ORDER BY 1").fetchall() == [
        ("Lillgatan 2", 3), ("Storgatan 2", 7),
    ]  # fmt: skip
    assert [action.done for action in case.actions.filter(kind="rectify")] == [1, 1]


def test_what_no_connector_can_correct_is_a_task(case: Case, staff: Staff, crm: sqlite3.Connection) -> None:
    propose(case, staff, "name", "Anna Prov")
    corrections.settle(case, by=staff("caseworker"))
    finish(case, staff)
    assert crm.execute("SELECT name FROM customer WHERE customer_no = 'C1'").fetchone() == ("Anna Test",)
    assert [task.detail for task in case.tasks.all()] == ["crm/customer.name"]


def test_a_refused_correction_has_its_reason_in_the_letter(case: Case, staff: Staff) -> None:
    propose(case, staff, "street", "Storgatan 2")
    propose(case, staff, "floor", "9", outcome="refused", reason="The house has five floors.")
    corrections.settle(case, by=staff("caseworker"))
    facts = facts_of(case)
    assert facts.outcome == "partly"
    text = said(answered(facts))
    assert "The house has five floors." in text
    assert "Decided value by value" not in text


def test_a_refused_category_corrects_nothing_in_it(case: Case, staff: Staff, crm: sqlite3.Connection) -> None:
    propose(case, staff, "street", "Storgatan 2")
    decide(case, staff("caseworker"), contact="refused")
    assert facts_of(case).outcome == "refused"
    finish(case, staff)
    assert crm.execute("SELECT street FROM customer WHERE customer_no = 'C1'").fetchone() == ("Storgatan 1",)
    assert not case.actions.exists()


@pytest.mark.parametrize(
    ("column", "new", "more", "code"),
    [
        ("floor", "first", {}, "value-unreadable"),
        ("no_such", "x", {}, "row-unknown"),
        ("customer_no", "C9", {}, "row-unknown"),
        ("street", "x", {"outcome": "refused"}, "reason-needed"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(
    case: Case, staff: Staff, column: str, new: str, more: dict[str, str], code: str
) -> None:
    with pytest.raises(Refusal, match=code):
        propose(case, staff, column, new, **more)


def test_a_row_of_somebody_else_cannot_be_corrected(case: Case, staff: Staff) -> None:
    run = case.runs.get(collection="customer")
    with pytest.raises(Refusal, match="row-unknown"):
        corrections.propose(run, key=("C2",), column="street", new="x", by=staff("caseworker"))


def test_values_stand_nowhere_in_the_clear(case: Case, staff: Staff) -> None:
    propose(case, staff, "street", "Hemliga gatan 5")
    correction = case.corrections.get()
    assert b"Hemliga" not in bytes(correction.sealed)
    assert "Hemliga" not in str([entry.data for entry in AuditEntry.objects.all()])
    assert corrections.corrected(case)[0].new == "Hemliga gatan 5"
    corrections.remove(correction, by=staff("caseworker"))
    assert corrections.read(case) == []


def test_a_recipient_learns_the_new_value_only_of_data_it_had(case: Case, staff: Staff) -> None:
    run = case.runs.get(collection="profile")
    corrections.propose(run, key=(1,), column="segment", new="music", by=staff("caseworker"))
    propose(case, staff, "street", "Storgatan 2")
    corrections.settle(case, by=staff("caseworker"))
    approve(case, staff)
    carrying_out.execute(case.pk)
    assert not case.recipient_notices.exists()
    case.tasks.update(done_at=timezone.now(), done_by=staff("caseworker"))
    carrying_out.execute(case.pk)
    told = {notice.recipient: notices.content_of(notice) for notice in notices.notices_of(case)}
    assert told["meta"]["corrections"] == [{"what": "segment", "value": "music"}]
    assert told["meta"]["categories"] == ["profile"]


def test_a_row_that_is_gone_is_a_failure_not_a_success(
    case: Case, staff: Staff, crm: sqlite3.Connection
) -> None:
    propose(case, staff, "street", "Storgatan 2")
    corrections.settle(case, by=staff("caseworker"))
    approve(case, staff)
    crm.execute("DELETE FROM customer WHERE customer_no = 'C1'")
    carrying_out.execute(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("execution", "source-failed")
    assert Action.objects.get(case=case).error.startswith("row-gone")


@pytest.fixture
def restriction_of(ask: Ask, staff: Staff) -> Callable[..., Case]:
    """restriction_of("contact") is Anna's restriction, granted for these categories and no others."""

    def make(*categories: str) -> Case:
        case = work(ask("restriction"))
        for decision in case.decisions.all():
            wanted = "granted" if decision.subject in categories else "refused"
            override(decision, outcome=wanted, reason="Looked at it.", by=staff("caseworker"))
        return case

    return make


@pytest.fixture
def restricted(restriction_of: Callable[..., Case]) -> Case:
    return restriction_of("contact", "credit")


def test_granted_categories_are_restricted_where_a_source_can_else_by_hand(
    restricted: Case, staff: Staff, crm: sqlite3.Connection
) -> None:
    text = said(letter(restricted))
    assert "Before the limit ends we will let you know." in text
    finish(restricted, staff)
    assert dict(crm.execute("SELECT customer_no, blocked FROM customer")) == {"C1": 1, "C2": 0}
    assert {row[0] for row in crm.execute("SELECT blocked FROM profile")} == {0}
    assert [task.detail for task in restricted.tasks.all()] == ["crm/credit"]
    assert (restricted.stage, restricted.outcome) == ("closed", "partly")


def test_a_restriction_ends_only_after_notice(
    restricted: Case, staff: Staff, crm: sqlite3.Connection
) -> None:
    finish(restricted, staff)
    today, by = timezone.localdate(), staff("caseworker")
    with pytest.raises(Refusal, match="lifting-too-early"):
        lift_restriction(restricted, on=today, reason="The address is right.", by=by)
    with pytest.raises(Refusal, match="reason-needed"):
        lift_restriction(restricted, on=today + timedelta(days=7), reason=" ", by=by)
    assert lifting.lift_due(today + timedelta(days=99)) == 0

    day = today + timedelta(days=7)
    lift_restriction(restricted, on=day, reason="The address is right.", by=by)
    mail.deliver(restricted.submission.mails.get(kind="letter").pk)
    sent = outbox.outbox[-1]
    assert sent.to == ["anna@example.com"]
    assert "There is a letter for you" in sent.body
    assert "The address is right." not in sent.body
    letter = letters.read(restricted.letters.get(), by=audit.DATA_SUBJECT)
    assert "The address is right." in letter.page
    assert "the limit ends" in letter.page
    assert lifting.lift_due(day - timedelta(days=1)) == 0
    assert crm.execute("SELECT blocked FROM customer WHERE customer_no = 'C1'").fetchone() == (1,)
    assert lifting.lift_due(day) == 1
    assert crm.execute("SELECT blocked FROM customer WHERE customer_no = 'C1'").fetchone() == (0,)
    assert lifting.lift_due(day) == 0
    assert Restriction.objects.get(case=restricted).lifted_at
    with pytest.raises(Refusal, match="not-restricted"):
        lift_restriction(restricted, on=day, reason="Again.", by=by)


@pytest.mark.parametrize(
    ("changes", "eid", "mailed", "task", "opened"),
    [
        ({"protected_by": "asker", "named_only": True}, False, 0, "send-through-tax-agency", 404),
        ({"protected_by": "asker", "named_only": True}, True, 1, "", 200),
        ({"for_other": True, "answer_to": "person"}, False, 0, "hand-to-person", 404),
        ({"for_other": True, "answer_to": "both"}, False, 1, "hand-to-person", 200),
        ({"for_other": True, "answer_to": "asker"}, False, 1, "", 200),
    ],
)
def test_the_end_of_a_limit_is_told_to_whoever_gets_the_answer(
    changes: dict[str, Any],
    eid: bool,
    mailed: int,
    task: str,
    opened: int,
    restricted: Case,
    staff: Staff,
    client: Client,
) -> None:
    finish(restricted, staff)
    worker = staff("caseworker")
    if answer_to := changes.pop("answer_to", ""):
        changes["authority"] = Authority.objects.create(
            kind="attorney", answer_to=answer_to, checked="Seen.", by=worker
        )
    Case.objects.filter(pk=restricted.pk).update(**changes)
    NamedStaff.objects.create(case=restricted, user=worker)
    if eid:
        Proof.objects.create(
            submission=restricted.submission,
            level="high",
            method="bankid",
            issuer="https://id.example",
            number_digest="0" * 64,
        )
        restricted.identifiers.create(
            kind="national_id",
            digest="0" * 64,
            sealed=vault.seal(restricted, KeyUse.FILE, b"19900101-2388"),
            origin="crm/customer",
        )
    announce(restricted, staff)
    assert restricted.submission.mails.filter(kind="letter").count() == mailed
    assert list(restricted.tasks.filter(detail="lifting").values_list("kind", flat=True)) == [task] * bool(
        task
    )
    session = client.session
    until = (timezone.now() + timedelta(minutes=5)).timestamp()
    session["status"] = {"submission": str(restricted.submission_id), "until": until, "eid": eid}
    session.save()
    url = reverse("exports:own-letter", args=[restricted.operator_id, restricted.letters.get().pk])
    assert client.get(url).status_code == opened
    listed = client.get(reverse("public:requests", args=[restricted.operator_id])).content.decode()
    assert (url in listed) is (opened == 200)


def announce(case: Case, staff: Staff) -> date:
    """The person is told that the limit ends, and this is the day."""
    day = timezone.localdate() + timedelta(days=7)
    lift_restriction(case, on=day, reason="What we hold is right.", by=staff("caseworker"))
    return day


@pytest.fixture
def announced(restricted: Case, staff: Staff) -> Restriction:
    """The person has been told that the limit ends in a week."""
    finish(restricted, staff)
    announce(restricted, staff)
    return Restriction.objects.get(case=restricted)


@pytest.mark.parametrize(
    ("said", "instead", "error"),
    [
        ('key = "customer"', 'key = "card"', "not-configured: crm/customer"),
        ('key_columns = ["customer_no"]', 'key_columns = ["street"]', "key-columns-changed: crm/customer"),
    ],
)
def test_a_restriction_that_no_longer_fits_its_source_is_told_once(
    announced: Restriction, crm: sqlite3.Connection, said: str, instead: str, error: str
) -> None:
    file = settings.OPERATORS_DIR / "tele2-se" / "connectors.toml"
    file.write_text(file.read_text().replace(said, instead, 1))
    configured.sources_of.cache_clear()
    for _ in range(2):
        assert lifting.lift_due(announced.lifts_on) == 0
    announced.refresh_from_db()
    assert announced.error == error
    assert announced.case.tasks.filter(kind="restriction-not-lifted").count() == 1
    assert crm.execute("SELECT blocked FROM customer WHERE customer_no = 'C1'").fetchone() == (1,)


def test_a_restriction_that_hits_no_row_is_a_failure(
    restricted: Case, staff: Staff, crm: sqlite3.Connection
) -> None:
    approve(restricted, staff)
    crm.execute("DELETE FROM customer")
    carrying_out.execute(restricted.pk)
    restricted.refresh_from_db()
    assert (restricted.stage, restricted.blocked_by) == ("execution", "source-failed")
    assert Action.objects.get(case=restricted).error.startswith("row-gone")


@pytest.fixture
def rows_restricted(restriction_of: Callable[..., Case]) -> Case:
    """Anna's two profiles are to be restricted."""
    return restriction_of("profile")


def blocked(crm: sqlite3.Connection) -> dict[int, int]:
    return dict(crm.execute("SELECT id, blocked FROM profile"))


def lifted(case: Case, staff: Staff) -> dict[str, object]:
    """The restriction is announced to end, its day comes, and this is what the record says of it."""
    assert lifting.lift_due(announce(case, staff)) == 1
    data = AuditEntry.objects.filter(action="restriction.lifted").latest("number").data
    return {name: data.get(name) for name in ("rows", "gone", "passed_on")}


def tasks(case: Case) -> set[tuple[str, str]]:
    return set(case.tasks.exclude(kind="inform-recipients").values_list("kind", "detail"))


@pytest.mark.parametrize(
    ("happened", "left", "task"),
    [
        ("UPDATE profile SET customer_no = 'C2' WHERE id = 2", {1: 1, 2: 0, 3: 0}, "rows-passed-on"),
        ("DELETE FROM profile WHERE id = 2", {1: 1, 3: 0}, "restricted-rows-gone"),
    ],
    ids=["somebody-elses", "gone"],
)
def test_a_row_that_is_not_the_persons_by_now_is_not_restricted_and_told_of(
    rows_restricted: Case,
    staff: Staff,
    crm: sqlite3.Connection,
    happened: str,
    left: dict[int, int],
    task: str,
) -> None:
    approve(rows_restricted, staff)
    crm.execute(happened)
    carrying_out.execute(rows_restricted.pk)
    assert blocked(crm) == left
    action = rows_restricted.actions.get()
    assert (action.status, action.expected, action.done) == ("done", 2, 1)
    assert Restriction.objects.get().rows == 1
    assert tasks(rows_restricted) == {(task, "crm/profile")}


def test_a_restriction_that_the_source_undoes_is_a_failure_until_it_is_mended(
    rows_restricted: Case, staff: Staff, crm: sqlite3.Connection
) -> None:
    approve(rows_restricted, staff)
    crm.execute(
        "CREATE TRIGGER undo AFTER UPDATE ON profile WHEN new.id = 2 AND new.blocked"
        " BEGIN UPDATE profile SET blocked = 0 WHERE id = 2; END"
    )
    carrying_out.execute(rows_restricted.pk)
    rows_restricted.refresh_from_db()
    assert (rows_restricted.stage, rows_restricted.blocked_by) == ("execution", "source-failed")
    action = rows_restricted.actions.get()
    assert action.error == "not-kept: 1 rows"
    crm.execute("DROP TRIGGER undo")
    retry(action, by=staff("caseworker"))
    carrying_out.execute(rows_restricted.pk)
    assert rows_restricted.actions.get().done == 2
    assert blocked(crm) == {1: 1, 2: 1, 3: 0}


def test_what_is_lifted_is_counted_and_what_is_missing_is_told(
    rows_restricted: Case, staff: Staff, crm: sqlite3.Connection
) -> None:
    """One row was erased since, and the key of the other is one of Bo's by now, who has a restriction of his own."""
    finish(rows_restricted, staff)
    crm.execute("DELETE FROM profile WHERE id = 1")
    crm.execute("UPDATE profile SET customer_no = 'C2' WHERE id = 2")
    assert lifted(rows_restricted, staff) == {"rows": 0, "gone": 1, "passed_on": 1}
    assert blocked(crm) == {2: 1, 3: 0}
    assert tasks(rows_restricted) == {
        ("rows-passed-on", "crm/profile"), ("restricted-rows-gone", "crm/profile"),
    }  # fmt: skip


def test_what_all_is_lifted_is_no_task(rows_restricted: Case, staff: Staff, crm: sqlite3.Connection) -> None:
    finish(rows_restricted, staff)
    assert lifted(rows_restricted, staff) == {"rows": 2, "gone": None, "passed_on": None}
    assert blocked(crm) == {1: 0, 2: 0, 3: 0}
    assert tasks(rows_restricted) == set()


def test_a_restriction_whose_rows_are_lost_stops_no_other(rows_restricted: Case, staff: Staff) -> None:
    finish(rows_restricted, staff)
    vault.delete(Restriction.objects.get().name)
    assert lifting.lift_due(announce(rows_restricted, staff)) == 0
    assert ("restriction-not-lifted", "crm/profile") in tasks(rows_restricted)


def test_a_worker_killed_before_it_noted_the_lifting_counts_all_the_same(
    rows_restricted: Case, staff: Staff, crm: sqlite3.Connection
) -> None:
    finish(rows_restricted, staff)
    crm.execute("UPDATE profile SET blocked = 0")
    assert lifted(rows_restricted, staff)["rows"] == 2


def test_a_value_is_not_written_into_a_row_of_somebody_elses(
    case: Case, staff: Staff, crm: sqlite3.Connection
) -> None:
    file = settings.OPERATORS_DIR / "tele2-se" / "connectors.toml"
    profile = 'recipient = "shared_with"\n'
    file.write_text(file.read_text().replace(profile, f'{profile}rectify = ["segment"]\n'))
    configured.sources_of.cache_clear()
    run = case.runs.get(collection="profile")
    corrections.propose(run, key=(1,), column="segment", new="music", by=staff("caseworker"))
    corrections.settle(case, by=staff("caseworker"))
    approve(case, staff)
    crm.execute("UPDATE profile SET customer_no = 'C2' WHERE id = 1")
    carrying_out.execute(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("execution", "source-failed")
    assert case.actions.get().error == "row-gone: profile"
    assert crm.execute("SELECT segment FROM profile WHERE id = 1").fetchone() == ("sport",)


def test_a_restriction_whose_run_is_gone_ends_by_the_keys_that_were_sealed(announced: Restriction) -> None:
    announced.case.runs.all().delete()
    assert announced.lifts_on
    assert lifting.lift_due(announced.lifts_on) == 1
    announced.refresh_from_db()
    assert (announced.error, announced.lifted_at is None) == ("", False)


def test_a_restriction_whose_file_is_damaged_is_told_and_keeps_no_other(announced: Restriction) -> None:
    vault.write(announced.name, b"damaged")
    assert announced.lifts_on
    assert lifting.lift_due(announced.lifts_on) == 0
    announced.refresh_from_db()
    assert announced.error == "DecryptError"
    assert announced.case.tasks.get(kind="restriction-not-lifted").detail == "crm/customer"
