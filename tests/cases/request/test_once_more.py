"""Whoever shows more after the answer gets the rest in a new case, and types nothing again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from cases.casework import audit
from cases.casework.workflow import Refusal
from cases.identity.eid.outcomes import Outcome, Shown
from cases.models import Case, Proof, Run, Submission, User
from cases.models.keys import KeyUse
from cases.models.proof import Level
from cases.request import once_more
from cases.sealed import vault
from cases.sealed.typed import read_file
from tests.operators.by_hand import answer, mails, work
from tests.operators.scenes import SMALL, Scene

pytestmark = [pytest.mark.django_db, pytest.mark.pango]
ANNA, BERTIL = "196710192391", "196712112397"
IDENTITY = """
[[source.collection]]
key = "identity"
category = "national-id"
name = { sv = "Personnummer", da = "CPR-nummer", en = "Identity number" }
table = "identity"
key_columns = ["customer_no"]
find = { customer_no = "customer_no", national_id = "national_id" }
link = ["national_id"]
yields = [{ kind = "national_id", column = "national_id" }, { kind = "customer_no", column = "customer_no" }]
"""


SEEN = {"evidence": "shop", "checked": "A passport."}


@pytest.fixture
def proof_asked() -> str:
    return ""


@pytest.fixture
def scene() -> Scene:
    people = f"insert into identity values ('C1', '{ANNA}'), ('C2', '{BERTIL}');"
    table = "create table identity (customer_no text primary key, national_id text);"
    return Scene(SMALL.connectors + IDENTITY, f"{SMALL.tables}\n{table}\n{people}")


@pytest.fixture
def over(ask: Callable[..., Case], staff: Callable[..., User]) -> Case:
    """Answered without what a mailed code does not open."""
    case = work(ask("access"))
    answer(case, staff("caseworker"), staff("approver"))
    case.refresh_from_db()
    assert (case.stage, case.outcome) == ("closed", "partly")
    return case


def shown(number: str = ANNA, level: Level = Level.HIGH) -> Shown:
    return Shown("bankid", "https://broker.example", level, number)


def once(case: Case, number: str = ANNA) -> tuple[Outcome, Submission]:
    return once_more.prove_again_by_eid(case.submission, shown(number))


def test_signing_in_after_the_answer_opens_a_case_with_a_month_of_its_own(over: Case) -> None:
    Case.objects.filter(pk=over.pk).update(received_at=timezone.now() - timedelta(days=60))
    outcome, submission = once(over)
    again = submission.cases.get()
    assert outcome == Outcome.PROVEN
    assert (again.follows, again.right, read_file(again)) == (over, "access", read_file(over))
    assert again.received_on == timezone.localdate()
    assert again.due_on > timezone.localdate()
    again = work(again)
    assert not again.runs.filter(status=Run.Status.NOT_PROVEN).exists()
    assert again.runs.get(collection="identity").rows == 1
    assert len(mails(submission, "receipt")) == 1


def test_the_earlier_answer_stands_and_each_case_tells_of_the_other(over: Case) -> None:
    (earlier,) = over.answers.all()
    _outcome, submission = once(over)
    earlier.refresh_from_db()
    over.refresh_from_db()
    assert (earlier.status, over.outcome) == ("delivered", "partly")
    asked = next(entry for entry in audit.timeline(over) if entry.action == "case.asked-again")
    assert asked.data["case"] == submission.cases.get().reference


def test_earlier_proofs_come_along_at_the_moments_they_were_given(over: Case) -> None:
    _outcome, submission = once(over)
    (first,), proofs = over.submission.proofs.all(), list(submission.proofs.all())
    assert [(one.method, one.level) for one in proofs] == [("mailed-code", "low"), ("bankid", "high")]
    assert proofs[0].at == first.at


def test_another_person_than_whom_the_sources_found_opens_nothing(over: Case) -> None:
    assert once(over, BERTIL) == (Outcome.ANOTHER, over.submission)
    assert (Case.objects.count(), Proof.objects.count()) == (1, 1)


def test_once_is_enough(over: Case) -> None:
    once(over)
    assert once(over) == (Outcome.PROVEN, over.submission)
    assert Case.objects.count() == 2


def test_where_nothing_waits_nothing_is_opened(over: Case) -> None:
    over.runs.filter(status=Run.Status.NOT_PROVEN).delete()
    assert once(over) == (Outcome.PROVEN, over.submission)
    assert Case.objects.count() == 1


def test_a_case_file_whose_time_is_over_opens_nothing(over: Case) -> None:
    vault.destroy(over, KeyUse.FILE)
    Case.objects.filter(pk=over.pk).update(file_sealed=b"")
    assert once(over)[1] == over.submission


def test_a_caseworker_who_vouches_later_does_the_same(over: Case, staff: Callable[..., User]) -> None:
    for role in ("approver", "auditor"):
        with pytest.raises(PermissionDenied):
            once_more.vouch_again(over.submission, level="substantial", **SEEN, by=staff(role))
    submission = once_more.vouch_again(over.submission, level="substantial", **SEEN, by=staff("caseworker"))
    assert work(submission.cases.get()).runs.get(collection="identity").rows == 1
    with pytest.raises(Refusal, match="closed"):
        once_more.vouch_again(over.submission, level="high", **SEEN, by=staff("caseworker"))
