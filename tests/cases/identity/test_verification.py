"""Who asks is proven by a mailbox or by a caseworker who says so with a name, and how strongly is never forgotten."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from cases.assessment import deciding
from cases.casework import case_clock
from cases.casework.workflow import Refusal
from cases.collection.gathering import collect
from cases.identity import claimed, mailed_codes, matching, unproven
from cases.identity.stepping_up.levels import RANK, proof_level, suffices
from cases.identity.verification import check_code
from cases.identity.vouched.vouching import vouch
from cases.models import Case, MailedCode, Operator, Proof, Run, User
from cases.models.proof import Level
from cases.request.intake import submit
from cases.request.references import find_submission
from dsar.scratch.proving import mailed_code, prove
from tests.operators.by_hand import gather, long_ago, mails, request, vouched, work
from tests.operators.scenes import SMALL

pytestmark = pytest.mark.django_db


def test_a_code_proves_a_mailbox_and_no_more(ask: Callable[..., Case]) -> None:
    case = ask("access", phone="0701740605", customer_no="C1")
    assert proof_level(case) == Level.LOW
    assert [(one.kind, one.origin) for one in case.identifiers.all()] == [("email", "proof:mailed-code")]
    open_kinds = {one.kind for one in claimed.open_claims(case)}
    assert open_kinds == {"msisdn", "customer_no"}


def test_one_code_proves_every_case_of_the_request(operator: Operator) -> None:
    submission = submit(request(operator, "access", "erasure"))
    prove(submission)
    assert {case.stage for case in submission.cases.all()} == {"matching"}
    assert len(mails(submission, "receipt")) == 1


def test_a_wrong_code_is_counted_although_it_fails(ask: Callable[..., Case]) -> None:
    submission = ask("access", proven=False).submission
    wrong = (int(mailed_code(submission)) + 1) % 10**6
    with pytest.raises(Refusal):
        check_code(submission, purpose=MailedCode.Purpose.PROVE, code=f"{wrong:06}")
    assert submission.codes.get().tries_left == 4


def test_vouching_needs_a_caseworker(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = ask("access", proven=False)
    for roles in (["approver"], ["auditor"], ["admin"], ["cleared"], []):
        with pytest.raises(PermissionDenied):
            vouch(case.submission, level="low", evidence="shop", checked="A passport.", by=staff(*roles))
    assert proof_level(case) is None


def test_vouching_without_a_name_is_refused_by_the_database(ask: Callable[..., Case]) -> None:
    submission = ask("access", proven=False).submission
    with pytest.raises(IntegrityError, match="proof_manual_has_witness"), transaction.atomic():
        Proof.objects.create(
            submission=submission, level=Level.LOW, method="manual", evidence="shop", checked="A passport."
        )


def test_the_strongest_proof_counts(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = ask("access")
    vouched(case.submission, staff)
    assert proof_level(case) == Level.HIGH


@pytest.mark.parametrize(
    ("level", "needed", "enough"),
    [
        (None, "low", False),
        ("low", "low", True),
        ("low", "substantial", False),
        ("substantial", "low", True),
        ("substantial", "high", False),
        ("high", "high", True),
    ],
)
def test_a_proof_is_enough_for_what_needs_no_more(level: str | None, needed: str, enough: bool) -> None:
    assert suffices(Level(level) if level else None, needed) is enough


@pytest.fixture
def proof_asked() -> str:
    return ""


@pytest.fixture
def strict(configured: Callable[[str], None], operator: Operator) -> None:
    """Identity numbers are handed out on a stronger proof than a mailbox, as the shared table of categories says."""
    configured(SMALL.connectors + IDENTITY)


IDENTITY = """
[[source.collection]]
key = "identity"
category = "national-id"
name = { sv = "Personnummer", da = "CPR-nummer", en = "Identity number" }
table = "customer"
key_columns = ["customer_no"]
find = { customer_no = "customer_no" }
"""


def test_a_stronger_proof_later_gathers_what_was_left_out(
    strict: None, ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = work(ask("access"))
    left_out = case.runs.get(collection="identity")
    assert (left_out.status, left_out.rows) == (Run.Status.NOT_PROVEN, 0)
    assert case.decisions.get(subject="national-id").outcome == "not-proven"
    vouched(case.submission, staff)
    case = work(case)
    assert (case.stage, case.runs.get(collection="identity").rows) == ("decisions", 1)
    assert case.decisions.get(subject="national-id").outcome == "give"


def test_what_was_not_gathered_cannot_be_decided_otherwise(
    strict: None, ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = work(ask("access"))
    decision = case.decisions.get(subject="national-id")
    with pytest.raises(Refusal, match="stronger-proof"):
        deciding.override(decision, outcome="give", reason="Because.", by=staff("legal"))


def test_a_stronger_proof_while_gathering_is_used_at_once(
    strict: None, ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = ask("access")
    matching.match(case.pk)
    collect(case.pk)
    assert case.runs.filter(status=Run.Status.NOT_PROVEN).exists()
    vouched(case.submission, staff)
    gather(case)
    assert not case.runs.exclude(status=Run.Status.DONE).exists()


def test_a_proof_ends_the_pause(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = ask("access", proven=False)
    unproven.ask_for_proof(case, by=staff("caseworker"))
    assert case_clock.is_paused(case)
    prove(case.submission)
    assert not case_clock.is_paused(case)


def test_a_closed_request_cannot_be_proven(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = ask("access", proven=False)
    unproven.close_unidentified(long_ago(case), reason="Nothing came.", by=staff("caseworker"))
    prove(case.submission)
    case.refresh_from_db()
    assert (case.stage, case.identifiers.count()) == ("closed", 0)
    assert (proof_level(case), mails(case.submission, "receipt")) == (None, [])
    with pytest.raises(Refusal, match="closed"):
        vouched(case.submission, staff)


def test_a_reference_finds_a_request_of_that_operator_only(
    ask: Callable[..., Case], operator: Operator
) -> None:
    case, other = ask("access", proven=False), Operator.objects.create(slug="other", name="Other")
    assert find_submission(operator, case.reference.lower().replace("-", " ")) == case.submission
    assert find_submission(other, case.reference) is None
    assert find_submission(operator, "nonsense") is None


def test_levels_are_ranked_completely() -> None:
    assert set(RANK) == set(Level)
    assert timedelta(0) < mailed_codes.LIFE
