"""What a source may not hand over by law: the case goes on without it, and says so from the desk to the letter."""

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.assessment import assessing, deciding
from cases.assessment.situations import situation_of
from cases.casework import case_clock
from cases.casework.workflow import Refusal
from cases.collection import failed_runs
from cases.collection.gathering import collect, collect_page
from cases.collection.run_commands import LONGEST_REASON, go_on_without, retry_run
from cases.execution.amendments import corrections
from cases.execution.carrying_out import execute
from cases.execution.objections.suppressing import take_interim_measure
from cases.identity import matching
from cases.identity.vouched.vouching import vouch
from cases.models import Action, AuditEntry, Case, Finding, Run, User
from cases.models.keys import KeyUse
from cases.sealed import vault
from cases.sources import legal_refusals
from connectors.contract.base import (
    SourceDown,
    SourceError,
    SourceGarbage,
    SourceMisconfigured,
    SourceRefused,
)
from connectors.sql.connector import SqlConnector
from exports.answer.given_rows import GivenRows
from exports.answer.outcomes import outcome_of
from exports.answer.snapshot import facts_of
from tests.operators.by_hand import answer, approve, decide, gather, work
from tests.operators.line import answered
from tests.operators.scenes import SMALL

pytestmark = pytest.mark.django_db
WORDS = "Kept for the court in the case of Anna Test"
WHY = "Domstolen har beslutat att de ska hållas hemliga"


@pytest.fixture
def gathering(ask: Callable[..., Case], staff: Callable[..., User]) -> Callable[..., Case]:
    """gathering("access") is matched, with a run for each collection; proven well enough for any."""

    def make(right: str = "access", email: str = "anna@example.com") -> Case:
        case = ask(right, email)
        vouch(
            case.submission,
            level="substantial",
            evidence="shop",
            checked="A passport.",
            by=staff("caseworker"),
        )
        matching.match(case.pk)
        collect(case.pk)
        case.refresh_from_db()
        return case

    return make


def stop(case: Case, collection: str, error: SourceError) -> Run:
    """This is what its source answers from now on."""
    run = case.runs.select_related("case__operator").get(collection=collection)
    failed_runs.note_failure(run, error)
    return run


def refuse(case: Case, collection: str, *words: str) -> Run:
    return stop(case, collection, SourceRefused("refused", "403", words or (WORDS,)))


@pytest.fixture
def without(gathering: Callable[..., Case], staff: Callable[..., User]) -> Callable[..., Case]:
    """without("access", "calls") is a case judged without these collections."""

    def make(right: str, *collections: str, email: str = "anna@example.com") -> Case:
        case = gathering(right, email)
        for collection in collections:
            go_on_without(refuse(case, collection), reason=f" {WHY} ", by=staff("caseworker"))
        gather(case)
        assessing.assess(case.pk)
        case.refresh_from_db()
        return case

    return make


def letter(case: Case) -> str:
    return repr(answered(facts_of(case)).sections).replace("\\xa0", " ")


def reasons(case: Case) -> str:
    """What the letter gives as reasons and times: blocks B4 and B5."""
    sections = answered(facts_of(case)).sections
    return repr([section.parts for section in sections if section.block in ("B4", "B5")])


def test_the_case_goes_on_without_it(gathering: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = gathering()
    run = refuse(case, "calls")
    gather(case)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("collection", "source-failed")
    go_on_without(run, reason=WHY, by=staff("caseworker"))
    case.refresh_from_db()
    assert (case.stage, Run.objects.get(pk=run.pk).status) == ("holds", "left-out")


FAULTS = [
    SourceMisconfigured("denied", "401"),
    SourceMisconfigured("denied", "403"),
    SourceDown("timeout"),
    SourceGarbage("not-json"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_what_is_a_fault_is_to_be_mended(
    fault: SourceError, gathering: Callable[..., Case], staff: Callable[..., User]
) -> None:
    run = stop(gathering(), "calls", fault)
    Run.objects.filter(pk=run.pk).update(status="failed", next_try_at=None)
    with pytest.raises(Refusal, match="run-not-refused"):
        go_on_without(run, reason=WHY, by=staff("caseworker"))


def test_what_did_not_fail_is_not_left_out(
    gathering: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = gathering()
    with pytest.raises(Refusal, match="run-not-refused"):
        go_on_without(case.runs.get(collection="calls"), reason=WHY, by=staff("caseworker"))
    run = refuse(case, "calls")
    Case.objects.filter(pk=case.pk).update(stage="decisions")
    with pytest.raises(Refusal, match="wrong-stage"):
        go_on_without(run, reason=WHY, by=staff("caseworker"))


def test_only_who_works_cases_leaves_anything_out(
    gathering: Callable[..., Case], staff: Callable[..., User]
) -> None:
    run = refuse(gathering(), "calls")
    for role in ("approver", "cleared", "auditor", "admin"):
        with pytest.raises(PermissionDenied):
            go_on_without(run, reason=WHY, by=staff(role))


@pytest.mark.parametrize("reason", ["", " \n", "x" * (LONGEST_REASON + 1)])
def test_the_person_is_given_a_reason(
    reason: str, gathering: Callable[..., Case], staff: Callable[..., User]
) -> None:
    run = refuse(gathering(), "calls")
    with pytest.raises(Refusal, match="reason-for-person") as refused:
        go_on_without(run, reason=reason, by=staff("caseworker"))
    assert "2000" in refused.value.message
    assert Run.objects.get(pk=run.pk).status == "failed"


def test_the_record_says_who_and_where_and_never_why(without: Callable[..., Case]) -> None:
    case = without("access", "calls")
    entry = AuditEntry.objects.get(action="run.left-out")
    assert (entry.actor, entry.data) == (
        "caseworker",
        {"source": "crm", "collection": "calls", "was": "failed"},
    )
    assert WHY not in str(list(AuditEntry.objects.values_list("data", flat=True)))
    kept = case.source_refusals.get()
    assert WHY.encode() not in bytes(kept.told) + bytes(kept.sealed)
    assert legal_refusals.told(case.runs.get(collection="calls")) == WHY
    vault.destroy(case, KeyUse.FILE)
    assert legal_refusals.told(case.runs.get(collection="calls")) == ""


def test_half_a_collection_is_never_shown_as_the_whole(
    gathering: Callable[..., Case],
    staff: Callable[..., User],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cases.collection.gathering.PAGE_ROWS", 1)
    case = gathering()
    run = case.runs.get(collection="calls")
    collect_page(run.pk)
    assert Run.objects.get(pk=run.pk).rows == 1
    go_on_without(refuse(case, "calls"), reason=WHY, by=staff("caseworker"))
    run.refresh_from_db()
    assert (run.rows, run.bytes, run.cursor, run.chunks.count()) == (0, 0, None, 0)
    with pytest.raises(IntegrityError, match="run_left_out_has_no_rows"), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(rows=1)


def test_while_others_are_asked_it_can_be_tried_again(
    gathering: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = gathering()
    run = refuse(case, "calls")
    go_on_without(run, reason=WHY, by=staff("caseworker"))
    retry_run(run, by=staff("caseworker"))
    assert legal_refusals.told(Run.objects.get(pk=run.pk)) == ""
    gather(case)
    case.refresh_from_db()
    assert (case.stage, case.runs.get(collection="calls").rows) == ("holds", 2)


def test_the_desk_shows_it_as_a_decision_nobody_can_change(
    without: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = without("access", "calls")
    decision = case.decisions.get(subject="usage")
    assert (decision.proposed, decision.outcome) == ("left-out", "left-out")
    with pytest.raises(Refusal, match="left-out"):
        deciding.override(decision, outcome="give", reason="Because.", by=staff("caseworker", "legal"))


@pytest.mark.parametrize("right", ["access", "portability", "erasure", "restriction"])
def test_given_and_withheld_stay_everything_collected(right: str, without: Callable[..., Case]) -> None:
    case = without(right, "calls", "invoice")
    for run in case.runs.all():
        assert sum(run.findings.values_list("rows", flat=True)) == run.rows
    assert set(Finding.objects.filter(verdict="left-out").values_list("rows", flat=True)) == {0}


@pytest.fixture
def not_erased(ask: Callable[..., Case], staff: Callable[..., User], monkeypatch: pytest.MonkeyPatch) -> Case:
    """Approved, and then one of the sources says that it may not erase."""
    real = SqlConnector.erase

    def refusing(self: SqlConnector, collection: str, *args: Any, **kwargs: Any) -> int:
        if collection == "calls":
            raise SourceRefused("refused", "403", (WORDS,))
        return real(self, collection, *args, **kwargs)

    monkeypatch.setattr(SqlConnector, "erase", refusing)
    case = approve(work(ask("erasure", "bo@example.com")), staff("caseworker"))
    execute(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("execution", "source-failed")
    return case


def rows_in(crm: sqlite3.Connection, table: str) -> int:
    return int(crm.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def receipts(case: Case) -> int:
    return sum(case.actions.filter(kind="erase").values_list("done", flat=True))


def test_what_may_not_be_erased_is_decided_and_approved_anew(
    not_erased: Case, staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    before = {table: rows_in(crm, table) for table in ALL}
    go_on_without(not_erased.runs.get(collection="calls"), reason=WHY, by=staff("caseworker"))
    not_erased.refresh_from_db()
    assert not_erased.stage == "holds"
    assert not not_erased.actions.filter(kind="erase").exists()
    assessing.assess(not_erased.pk)
    case = approve(not_erased, staff("caseworker"))
    execute(case.pk)
    case.refresh_from_db()
    after = {table: rows_in(crm, table) for table in ALL}
    assert (case.stage, after["calls"]) == ("delivery", before["calls"])
    assert sum(before.values()) - sum(after.values()) == receipts(case) > 0
    assert outcome_of(case) == "partly"
    assert f"Skälet: {WHY}." in reasons(case)
    assert "där lagen hindrar oss från att göra det du ber om. De är inte raderade." in reasons(case)


def test_what_has_begun_to_go_is_not_left_out(not_erased: Case, staff: Callable[..., User]) -> None:
    not_erased.actions.filter(collection="calls").update(done=1)
    with pytest.raises(Refusal, match="wrong-stage"):
        go_on_without(not_erased.runs.get(collection="calls"), reason=WHY, by=staff("caseworker"))


def test_what_else_is_erased_stays_erased(
    not_erased: Case, staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    """A source that refuses only what it said it would do, when others have done theirs."""
    done = not_erased.actions.filter(kind="erase").exclude(collection="calls").get()
    rows = done.found
    Action.objects.filter(pk=done.pk).update(
        status="done", done=rows, remaining=0, done_at=timezone.now(), planned_on=case_clock.today(not_erased)
    )
    go_on_without(not_erased.runs.get(collection="calls"), reason=WHY, by=staff("caseworker"))
    assessing.assess(not_erased.pk)
    execute(approve(not_erased, staff("caseworker")).pk)
    assert receipts(not_erased) == rows
    not_erased.refresh_from_db()
    assert not_erased.stage == "delivery"


ALL = ("customer", "subscription", "invoice", "calls")


@pytest.mark.parametrize(
    ("right", "part", "nothing"),
    [
        ("access", "partly", "refused"),
        ("portability", "partly", "refused"),
        ("erasure", "partly", "refused"),
        ("restriction", "partly", "refused"),
        ("rectification", "partly", "refused"),
    ],
)
def test_without_a_part_nothing_is_granted_as_a_whole(
    right: str, part: str, nothing: str, without: Callable[..., Case], staff: Callable[..., User]
) -> None:
    former = "bo@example.com"  # nothing of his is needed for a running contract
    some, none = without(right, "calls", email=former), without(right, *ALL)
    for case in (some, none):
        decide(case, staff("caseworker"))
    assert (outcome_of(some), outcome_of(none)) == (part, nothing)
    for case in (some, none):
        assert f"Skälet: {WHY}." in reasons(case)
        assert "artiklarna 12.4 och 23" in reasons(case)


@pytest.mark.parametrize("right", ["objection", "marketing-objection", "consent-withdrawal"])
def test_an_objection_is_decided_all_the_same_and_says_what_was_not_seen(
    right: str, without: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = without(right, "customer", "subscription")
    take_interim_measure(case.pk)
    case.refresh_from_db()
    decide(case, staff("caseworker"))
    assert outcome_of(case) == "granted"
    assert f"Skälet: {WHY}." in reasons(case)
    assert "Det ändrar ingenting i det som står ovan." in reasons(case)


CARD = """
[[source.collection]]
key = "card"
category = "contact"
name = { sv = "Kort", da = "Kort", en = "Card" }
table = "customer"
key_columns = ["customer_no"]
find = { customer_no = "customer_no" }
on_erase = "delete"
"""


@pytest.fixture
def two_of_a_kind(configured: Callable[[str], None], operator: object) -> None:
    """Two collections of one category; a source may hand over one of them."""
    masked = 'link = ["email"]\nredact = ["name"]\n'
    configured(SMALL.connectors.replace('link = ["email"]\n', masked, 1) + CARD)


def test_all_that_was_gathered_is_not_all(
    two_of_a_kind: None, without: Callable[..., Case], staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    crm.execute("DELETE FROM calls")
    case = without("access", "card")
    decide(case, staff("caseworker"))
    assert set(case.decisions.values_list("outcome", flat=True)) == {"give"}
    assert outcome_of(case) == "partly"


def test_whom_no_source_knows_hears_that_one_may_not_say(
    without: Callable[..., Case], staff: Callable[..., User]
) -> None:
    """Nothing could be stopped, so the letter does not say that it was."""
    case = without("marketing-objection", "customer", email="nobody@example.com")
    decide(case, staff("caseworker"))
    assert outcome_of(case) == "nothing-held"
    assert "I ett system hindrar lagen oss." in letter(case)
    assert f"Skälet: {WHY}." in reasons(case)


def test_what_is_decided_of_the_rest_does_not_hide_it(
    two_of_a_kind: None, without: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = without("access", "card")
    decision = case.decisions.get(subject="contact")
    assert decision.proposed == "give"
    deciding.override(decision, outcome="redact", reason="Somebody else is in it.", by=staff("caseworker"))
    decide(case, staff("caseworker"))
    assert outcome_of(case) == "partly"
    assert "Finns i ett system där lagen hindrar oss" in letter(case)
    assert "Somebody else is in it." in reasons(case)
    assert f"Skälet: {WHY}." in reasons(case)


def test_what_needs_a_choice_still_needs_it(two_of_a_kind: None, without: Callable[..., Case]) -> None:
    assert without("restriction", "card").decisions.get(subject="contact").outcome == "review"


def test_corrections_and_what_could_not_be_looked_into_stand_in_one_letter(
    without: Callable[..., Case], staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    case, by = without("rectification", "calls"), staff("caseworker")
    run = case.runs.get(collection="customer")
    corrections.propose(run, key=("C1",), column="name", outcome="granted", new="Anna Ny", by=by)
    corrections.settle(case, by=by)
    assert case.decisions.get(subject="usage").outcome == "left-out"
    deciding.confirm(case.decisions.get(subject="usage"), by=by)
    assert outcome_of(case) == "partly"
    assert "Anna Ny" in letter(case)
    assert f"Skälet: {WHY}." in reasons(case)


def test_an_erasure_leaves_it_where_it_is_and_says_so(
    without: Callable[..., Case], staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    case = without("erasure", "invoice", email="bo@example.com")
    prepared = answer(case, staff("caseworker"), staff("approver"))
    assert (case.stage, case.outcome, prepared.error) == ("closed", "partly", "")
    left = "SELECT count(*) FROM {} WHERE customer_no = 'C2'"
    counts = [crm.execute(left.format(table)).fetchone()[0] for table in ("customer", "invoice")]
    assert counts == [0, 1]
    assert not case.actions.filter(collection="invoice").exists()
    assert not case.scheduled.filter(collection="invoice").exists()
    assert "De är inte raderade." in reasons(case)
    assert "här raderas ingenting i det system där lagen hindrar oss" in reasons(case)


def test_an_erasure_of_nothing_promises_no_day(
    without: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = without("erasure", *ALL)
    decide(case, staff("caseworker"))
    assert "raderas de utan att du" not in letter(case)
    assert "raderas uppgifterna av sig själva" not in letter(case)


def test_an_access_answer_is_complete_but_for_it(
    without: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = without("access", "calls")
    prepared = answer(case, staff("caseworker"), staff("approver"))
    assert (case.stage, case.outcome, prepared.error) == ("closed", "partly", "")
    assert not [one for one in prepared.files if "calls" in str(one["name"])]
    situation = situation_of(case, case_clock.today(case))
    assert list(GivenRows(case, case.runs.get(collection="calls"), situation).lines()) == []


@pytest.mark.parametrize("category", ["retained", "kyc", "disclosures"])
@pytest.mark.parametrize("right", ["access", "erasure", "portability"])
def test_where_an_order_may_be_behind_it_nothing_tells(
    category: str,
    right: str,
    configured: Callable[[str], None],
    operator: object,
    without: Callable[..., Case],
    gathering: Callable[..., Case],
    staff: Callable[..., User],
) -> None:
    """Whatever the source says and whatever anybody writes, nothing of it is kept, and the letter is the same."""
    configured(SMALL.connectors.replace('category = "usage"', f'category = "{category}"'))
    letters = set()
    for words, reason in (("Kept by order B 77-26",), WHY), (("A fault of ours", "Another"), ""):
        case = gathering(right)
        go_on_without(refuse(case, "calls", *words), reason=reason, by=staff("caseworker"))
        gather(case)
        case = work(case)
        decide(case, staff("caseworker"))
        assert not case.source_refusals.exists()
        assert outcome_of(case) in ("partly", "refused")
        letters.add(letter(case).replace(case.reference, "REFERENCE"))
    assert len(letters) == 1
    said = letters.pop()
    assert "Så är det för alla, och därför svarar vi inte på vad som gäller just för dig." in said
    assert "system som" not in said
    assert "Skälet" not in said
