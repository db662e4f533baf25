"""Whose data: only what the operator's sources link to the proof, or a caseworker has checked, finds anything."""

import sqlite3
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from cases import tasks
from cases.casework import audit
from cases.casework.workflow import Refusal, stalled
from cases.identity import known as matching_known
from cases.identity import matching
from cases.identity.claimed import add_by_hand, confirm_claimed, open_claims, reject_claimed
from cases.identity.known import is_matched, masked, reveal, search_anew
from cases.identity.matching import match
from cases.models import AuditEntry, Case, ClaimedIdentifier, Operator, User
from cases.models.case import Stage
from cases.request.intake import submit
from connectors.contract.base import SourceDown, SourceGarbage, SourceMoved
from dsar.scratch.proving import prove
from tests.operators.by_hand import gather, request, work
from tests.operators.scenes import SMALL

pytestmark = pytest.mark.django_db


def known(case: Case) -> dict[str, set[str]]:
    """Identifiers by kind, in plain."""
    found: dict[str, set[str]] = {}
    for one in matching_known.identifiers_of(case):
        found.setdefault(one.kind, set()).add(one.value)
    return found


def claim(case: Case, kind: str) -> ClaimedIdentifier:
    return next(one for one in open_claims(case) if one.kind == kind)


def test_the_mailbox_leads_to_the_customer_and_on_to_the_number(ask: Callable[..., Case]) -> None:
    case = ask("access")
    match(case.pk)
    assert known(case) == {"email": {"anna@example.com"}, "customer_no": {"C1"}, "msisdn": {"+46701740605"}}


def test_typed_identifiers_find_nothing(ask: Callable[..., Case]) -> None:
    case = ask("access", "eve@example.com", phone="0701740605", customer_no="C1")
    match(case.pk)
    case.refresh_from_db()
    assert known(case) == {"email": {"eve@example.com"}}
    assert (case.stage, case.blocked_by, is_matched(case)) == ("matching", "claims-to-check", False)


def test_a_typed_identifier_a_source_links_is_confirmed_by_itself(ask: Callable[..., Case]) -> None:
    case = ask("access", customer_no="c1")
    match(case.pk)
    assert open_claims(case) == []


def test_a_collection_without_link_is_not_entered_by_the_mailbox_alone(
    configured: Callable[[str], None], ask: Callable[..., Case], crm: sqlite3.Connection
) -> None:
    """Anybody may have typed somebody's mail address into a form whose rows lie there."""
    crm.execute("CREATE TABLE survey (id INTEGER PRIMARY KEY, email TEXT, said TEXT)")
    crm.execute("INSERT INTO survey VALUES (1, 'anna@example.com', 'nice')")
    configured(
        SMALL.connectors
        + """
[[source.collection]]
key = "survey"
category = "surveys"
name = { sv = "Enkäter", da = "Undersøgelser", en = "Surveys" }
table = "survey"
key_columns = ["id"]
find = { email = "email" }
"""
    )
    case = ask("access")
    work(case)
    assert "survey" not in set(case.runs.values_list("collection", flat=True))


def test_a_source_that_tells_the_mailbox_opens_what_is_found_by_it(
    configured: Callable[[str], None], ask: Callable[..., Case], crm: sqlite3.Connection
) -> None:
    crm.execute("CREATE TABLE survey (id INTEGER PRIMARY KEY, email TEXT, said TEXT)")
    crm.execute("INSERT INTO survey VALUES (1, 'anna@example.com', 'nice')")
    told = SMALL.connectors.replace(
        'yields = [{ kind = "customer_no", column = "customer_no" }]',
        'yields = [{ kind = "customer_no", column = "customer_no" }, { kind = "email", column = "email" }]',
    )
    configured(
        told
        + """
[[source.collection]]
key = "survey"
category = "surveys"
name = { sv = "Enkäter", da = "Undersøgelser", en = "Surveys" }
table = "survey"
key_columns = ["id"]
find = { email = "email" }
"""
    )
    case = work(ask("access"))
    assert case.runs.get(collection="survey").rows == 1
    mailbox = case.identifiers.get(kind="email")
    assert (mailbox.origin, mailbox.tied_by) == ("proof:mailed-code", "crm/customer")
    # Searched anew, it is again what was proven, and no more than that.
    search_anew(case, by=audit.SYSTEM)
    kept = case.identifiers.get()
    assert (kept.pk, kept.origin, kept.tied_by, kept.wave) == (mailbox.pk, "proof:mailed-code", "", 0)
    with transaction.atomic(), pytest.raises(IntegrityError, match="what began an identifier stays"):
        case.identifiers.update(origin="crm/customer")


def test_what_a_caseworker_says_of_a_proven_mailbox_leaves_it_proven(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = ask("access", "eve@example.com")
    match(case.pk)
    add_by_hand(case, kind="email", value="eve@example.com", by=staff("caseworker"))
    said = case.identifiers.get()
    assert (said.origin, said.tied_by, said.is_tied) == ("proof:mailed-code", "caseworker", True)
    search_anew(case, by=audit.SYSTEM)
    assert case.identifiers.get().tied_by == "caseworker"


def test_the_number_is_theirs_from_the_day_they_got_it(ask: Callable[..., Case]) -> None:
    anna, bo = ask("access"), ask("access", "bo@example.com")
    for case in (anna, bo):
        match(case.pk)
    [hers] = anna.identifiers.filter(kind="msisdn")
    [his] = bo.identifiers.filter(kind="msisdn")
    assert hers.digest == his.digest
    assert his.valid_to == hers.valid_from
    assert hers.valid_to is None


def test_a_family_on_one_account_stays_apart(ask: Callable[..., Case], crm: sqlite3.Connection) -> None:
    """The account is Anna's; her child uses a number on it and asks with a mailbox of their own."""
    crm.execute("INSERT INTO customer VALUES ('C3', 'Kim Test', 'kim@example.com', NULL, 1)")
    crm.execute("INSERT INTO subscription VALUES (3, 'C3', '+46701740606', '2026-01-01', NULL)")
    case = ask("access", "kim@example.com")
    match(case.pk)
    assert known(case)["msisdn"] == {"+46701740606"}
    assert known(case)["customer_no"] == {"C3"}


def test_a_confirmed_claim_is_matched_with(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = ask("access", "eve@example.com", customer_no="C1")
    match(case.pk)
    confirm_claimed(claim(case, "customer_no"), by=staff("caseworker"))
    match(case.pk)
    case.refresh_from_db()
    assert case.stage == "collection"
    assert known(case)["msisdn"] == {"+46701740605"}


def test_a_confirmation_after_the_gathering_gathers_anew(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = work(ask("access", customer_no="C2"))
    before = case.runs.get(collection="calls").rows
    confirm_claimed(claim(case, "customer_no"), by=staff("caseworker"))
    case = work(case)
    assert (before, case.runs.get(collection="calls").rows) == (2, 3)
    assert case.decisions.filter(status="proposed").exists()


def test_a_rejected_claim_is_never_used(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = ask("access", "eve@example.com", customer_no="C1")
    match(case.pk)
    reject_claimed(claim(case, "customer_no"), by=staff("caseworker"))
    match(case.pk)
    case.refresh_from_db()
    gather(case)
    assert (known(case), case.runs.filter(rows__gt=0).count()) == ({"email": {"eve@example.com"}}, 0)


def test_a_claim_is_judged_once_and_by_a_caseworker(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = ask("access", "eve@example.com", customer_no="C1")
    match(case.pk)
    one = claim(case, "customer_no")
    with pytest.raises(PermissionDenied):
        confirm_claimed(one, by=staff("approver"))
    reject_claimed(one, by=staff("caseworker"))
    with pytest.raises(Refusal, match="already-decided"):
        confirm_claimed(one, by=staff("caseworker"))


def test_a_source_that_yields_everybody_is_not_believed(
    ask: Callable[..., Case], crm: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "MOST_IDENTIFIERS", 3)
    crm.executemany(
        "INSERT INTO subscription VALUES (?, 'C1', ?, NULL, NULL)",
        [(number, f"+4670174{number:04}") for number in range(600, 610)],
    )
    case = ask("access")
    with pytest.raises(SourceGarbage, match="too-many-identifiers"):
        match(case.pk)
    tasks.match(case.pk)
    tasks.match(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("matching", "source-failed")


def test_the_source_that_stops_the_search_is_named_once(
    ask: Callable[..., Case], crm: sqlite3.Connection
) -> None:
    crm.execute("ALTER TABLE subscription RENAME COLUMN customer_no TO account_no")
    case = ask("access")
    for _ in range(3):
        tasks.match(case.pk)
    case.refresh_from_db()
    assert case.blocked_by == "source-failed"
    told = AuditEntry.objects.get(case=case.reference, action="run.failed").data
    assert (told["source"], told["collection"]) == ("crm", "subscription")
    assert "customer_no" in told["error"]


def test_a_source_that_is_down_blocks_the_case_until_beat_asks_again(
    ask: Callable[..., Case], away: Callable[[bool], None]
) -> None:
    case = ask("access")
    away(True)
    with pytest.raises(SourceDown):
        match(case.pk)
    tasks.match(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("matching", "source-down")
    Case.objects.update(kicked_at="2026-01-01T00:00:00Z")
    assert list(stalled(Stage.MATCHING)) == [case]
    away(False)
    tasks.match(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("collection", "")


def test_a_source_that_changes_while_it_is_searched_is_nobodys_to_mend(
    ask: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = ask("access")

    def changes(*_: object) -> None:
        raise SourceMoved("file-changed")

    monkeypatch.setattr(matching, "_ask", changes)
    tasks.match(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("matching", "source-down")
    assert not AuditEntry.objects.filter(case=case.reference, action="run.failed").exists()


def test_a_search_that_died_half_way_goes_on_from_what_it_had_found(
    ask: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The customer number was found, then the worker died: the next one must not take that for the end."""
    case, asked = ask("access"), matching._ask_all

    def dies(case: Case, last: object, wave: int) -> None:
        if wave == 2:
            raise SourceDown("unreachable")
        asked(case, last, wave)

    monkeypatch.setattr(matching, "_ask_all", dies)
    with pytest.raises(SourceDown):
        match(case.pk)
    assert known(case).keys() == {"email", "customer_no"}
    monkeypatch.setattr(matching, "_ask_all", asked)
    match(case.pk)
    assert known(case)["msisdn"] == {"+46701740605"}


def test_a_case_that_waits_for_a_caseworker_does_not_ask_the_sources_every_minute(
    ask: Callable[..., Case],
) -> None:
    case = ask("access", "eve@example.com", customer_no="C1")
    match(case.pk)
    Case.objects.update(kicked_at="2026-01-01T00:00:00Z")
    assert list(stalled(Stage.MATCHING)) == []


def test_matching_twice_changes_nothing(ask: Callable[..., Case]) -> None:
    case = ask("access")
    match(case.pk)
    before = known(case)
    Case.objects.update(stage="matching")
    match(case.pk)
    assert known(case) == before
    assert case.identifiers.count() == 3


def test_values_are_masked_and_reading_one_is_recorded(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = ask("access", phone="0701740605")
    one = case.claimed.get(kind="msisdn")
    assert masked(one) == "+46•••••••05"
    assert reveal(one, by=staff("caseworker")) == "+46701740605"
    entry = AuditEntry.objects.get(action="identifier.read")
    assert (entry.actor, "0701740605" in str(entry.data)) == ("caseworker", False)
    with pytest.raises(PermissionDenied):
        reveal(one, by=staff("auditor"))


def test_a_sibling_case_is_matched_on_its_own(operator: Operator) -> None:
    submission = submit(request(operator, "access", "erasure"))
    prove(submission)
    for case in submission.cases.all():
        match(case.pk)
        assert known(case)["customer_no"] == {"C1"}
