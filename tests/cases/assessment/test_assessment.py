"""Every gathered row has a verdict, the counts add up, and a person decides; what a person decided stays decided."""

import sqlite3
from collections import Counter
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.assessment import assessing
from cases.assessment.deciding import CHOICES, confirm, confirm_all, override
from cases.casework.workflow import Refusal
from cases.law.decisions import Override
from cases.models import Case, Decision, Finding, Run, User
from cases.models.case import Right
from tests.operators.by_hand import work

pytestmark = pytest.mark.django_db
WITHHELD_OR_GIVEN = {"give", "redact", "describe", "withhold", "delay", "none"}


@pytest.fixture
def judged(ask: Callable[..., Case]) -> Callable[[str, str], Case]:
    return lambda right, email: work(ask(right, email))


def counts(run: Run) -> Counter[str]:
    found: Counter[str] = Counter()
    for finding in run.findings.all():
        found[finding.verdict] += finding.rows
    return found


ROWS = st.lists(
    st.tuples(
        st.dates().map(str).filter(lambda day: "1990" < day < "2030") | st.none(),
        st.sampled_from([0, 1, None]),
    ),
    max_size=30,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, right=st.sampled_from(["access", "erasure", "portability", "restriction"]))
def test_given_and_withheld_are_everything_collected(
    ask: Callable[..., Case], crm: sqlite3.Connection, rows: list[tuple[str | None, int | None]], right: str
) -> None:
    crm.execute("DELETE FROM invoice")
    for number, (day, unpaid) in enumerate(rows):
        status = "unpaid" if unpaid else "paid"
        crm.execute("INSERT INTO invoice VALUES (?, 'C1', ?, ?, NULL, ?)", (f"F{number}", day, day, status))
    with transaction.atomic():
        case = work(ask(right))
        run = case.runs.get(collection="invoice")
        assert counts(run).total() == run.rows == len(rows)
        assert set(counts(run)) <= (
            {"erase", "keep", "gone"}
            if right == "erasure"
            else WITHHELD_OR_GIVEN | {"port", "not-portable", "review"}
        )
        transaction.set_rollback(True)


def test_judging_again_keeps_what_a_person_decided(
    judged: Callable[[str, str], Case], staff: Callable[..., User]
) -> None:
    case = judged("access", "anna@example.com")
    confirm(case.decisions.get(subject="invoices"), by=staff("caseworker"))
    override(
        case.decisions.get(subject="usage"),
        outcome="redact",
        reason="Others are in it.",
        by=staff("caseworker"),
    )
    again(case)
    kept = {one.subject: (one.status, one.outcome) for one in case.decisions.all()}
    assert kept["invoices"] == ("confirmed", "give")
    assert kept["usage"] == ("overridden", "redact")
    assert kept["contact"] == ("proposed", "give")


def again(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(stage="holds")
    assessing.assess(case.pk)
    case.refresh_from_db()


def test_a_decision_about_something_else_now_is_open_again(
    judged: Callable[[str, str], Case], staff: Callable[..., User]
) -> None:
    case = judged("access", "anna@example.com")
    decision = case.decisions.get(subject="usage")
    confirm(decision, by=staff("caseworker"))
    Decision.objects.filter(pk=decision.pk).update(proposed="withhold")
    again(case)
    assert case.decisions.get(subject="usage").status == "proposed"


def test_judging_twice_counts_once(judged: Callable[[str, str], Case]) -> None:
    case = judged("erasure", "bo@example.com")
    before = sorted(Finding.objects.values_list("verdict", "rule", "until", "rows"))
    claims = case.claims.count()
    again(case)
    assert sorted(Finding.objects.values_list("verdict", "rule", "until", "rows")) == before
    assert case.claims.count() == claims == 1


def test_what_the_sources_told_of_the_contract_outlives_the_rows(judged: Callable[[str, str], Case]) -> None:
    case = judged("erasure", "bo@example.com")
    assert str(case.contract_ended_on) == "2026-08-31"


# right, what is proposed, by which rule, what somebody wants instead -> who may
MAY = [
    (Right.ACCESS, "give", "", "withhold", Override.CASEWORKER),
    (Right.ACCESS, "redact", "", "give", Override.CASEWORKER),
    (Right.ACCESS, "describe", "SE-LEK-TEL", "give", Override.LEGAL_OFFICER),
    (Right.ACCESS, "withhold", "", "give", Override.LEGAL_OFFICER),
    (Right.ACCESS, "delay", "SE-IPRED-NOTICE", "give", Override.LEGAL_OFFICER),
    (Right.ACCESS, "partly", "SE-IPRED-NOTICE", "give", Override.LEGAL_OFFICER),
    (Right.ERASURE, "erase", "", "keep", Override.CASEWORKER),
    (Right.ERASURE, "keep", "SE-BFL", "erase", Override.LEGAL_OFFICER),
    (Right.ERASURE, "keep", "CONTRACT", "erase", Override.CASEWORKER),
    (Right.ERASURE, "partly", "SE-BFL", "erase", Override.LEGAL_OFFICER),
    (Right.PORTABILITY, "port", "", "not-portable", Override.CASEWORKER),
    (Right.OBJECTION, "review", "", "continue", Override.CASEWORKER),
    (Right.OBJECTION, "stop", "", "continue", Override.NOBODY),
    (Right.MARKETING_OBJECTION, "stop", "", "continue", Override.NOBODY),
    (Right.CONSENT_WITHDRAWAL, "stop", "", "continue", Override.NOBODY),
    (Right.RECTIFICATION, "review", "", "granted", Override.CASEWORKER),
    (Right.RESTRICTION, "review", "", "refused", Override.CASEWORKER),
    (Right.AUTOMATED_DECISION, "review", "", "granted", Override.CASEWORKER),
]


@pytest.mark.parametrize(("right", "proposed", "rule", "wanted", "who"), MAY)
def test_who_may_decide_otherwise(
    ask: Callable[..., Case],
    staff: Callable[..., User],
    right: str,
    proposed: str,
    rule: str,
    wanted: str,
    who: Override,
) -> None:
    case = ask(right)
    Case.objects.update(stage="decisions")
    decision = Decision.objects.create(case=case, subject="x", proposed=proposed, outcome=proposed, rule=rule)
    told = {role: _tries(decision, wanted, staff(role)) for role in ("caseworker", "legal")}
    refused = {Override.NOBODY: "no-refusal", Override.LEGAL_OFFICER: "hold-not-overridable"}.get(who, "")
    assert told == {"caseworker": refused, "legal": refused if who is Override.NOBODY else ""}


def _tries(decision: Decision, wanted: str, by: User) -> str:
    try:
        override(decision, outcome=wanted, reason="Looked at.", by=by)
    except Refusal as refusal:
        return refusal.code
    return ""


def test_every_right_has_outcomes_to_choose_from() -> None:
    assert CHOICES.keys() >= {right.value for right in Right}


def test_an_outcome_of_another_right_is_refused(
    judged: Callable[[str, str], Case], staff: Callable[..., User]
) -> None:
    case = judged("access", "anna@example.com")
    with pytest.raises(Refusal, match="outcome-unknown"):
        override(case.decisions.get(subject="usage"), outcome="erase", reason="x", by=staff("legal"))


def test_a_change_needs_its_reason_also_in_the_database(
    judged: Callable[[str, str], Case], staff: Callable[..., User]
) -> None:
    decision = judged("access", "anna@example.com").decisions.get(subject="usage")
    with pytest.raises(Refusal, match="reason-needed"):
        override(decision, outcome="redact", reason="  ", by=staff("caseworker"))
    with pytest.raises(IntegrityError, match="decision_override_has_reason"), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(status="overridden", decided_by=staff("caseworker"))
    with pytest.raises(IntegrityError, match="decision_has_decider"), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(status="confirmed")


def test_only_who_works_cases_decides(judged: Callable[[str, str], Case], staff: Callable[..., User]) -> None:
    case = judged("access", "anna@example.com")
    for role in ("approver", "cleared", "auditor", "admin", "system"):
        with pytest.raises(PermissionDenied):
            confirm_all(case, by=staff(role))
    # The fourth bears a mark and is looked at by itself.
    assert confirm_all(case, by=staff("caseworker")) == 3
    with pytest.raises(Refusal, match="nothing-to-confirm"):
        confirm_all(case, by=staff("caseworker"))


def test_what_needs_a_choice_cannot_be_waved_through(
    judged: Callable[[str, str], Case], staff: Callable[..., User]
) -> None:
    case = judged("objection", "anna@example.com")
    needs = case.decisions.filter(outcome="review")
    assert needs.exists()
    confirm_all(case, by=staff("caseworker"))
    assert needs.exists()
    with pytest.raises(Refusal, match="choose-outcome"):
        confirm(needs[0], by=staff("caseworker"))
