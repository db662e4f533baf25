"""Whoever shows more after the answer gets the rest in a new case, and types nothing again."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from cases.casework import audit
from cases.casework.bounces.whose import mailbox_in_doubt
from cases.casework.members import named
from cases.casework.workflow import Refusal
from cases.execution.erasure import second_pass
from cases.identity.eid.outcomes import Outcome, Shown
from cases.identity.eid.proving import prove_by_eid
from cases.identity.people import protection
from cases.identity.stepping_up import posted_codes
from cases.identity.vouched import vouching
from cases.models import Case, Dispatch, Partial, Proof, Run, Standstill, Submission, Task, User
from cases.models.keys import KeyUse
from cases.models.proof import Level
from cases.request import once_more
from cases.request.following import copied_submission, following
from cases.sealed import vault
from cases.sealed.typed import read_file
from exports import delivery
from exports.answer import building
from tests.operators.by_hand import answer, carry_out, mails, prepare, read_and_approve, vouched, work
from tests.operators.scenes import SMALL, Scene

pytestmark = pytest.mark.django_db
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


def test_a_second_pass_keeps_no_stronger_proof_out_and_each_is_opened_once(
    over: Case, staff: Callable[..., User]
) -> None:
    over.later_rows.create(source="crm", collection="calls", rows=2, asked_at=timezone.now())
    first = second_pass.start(over, by=staff("caseworker"))
    _outcome, submission = once(over)
    again = submission.cases.get()
    assert (once_more.asked_again(over), second_pass.begun(over)) == (again, first)
    assert second_pass.start(over, by=staff("caseworker")) == first
    with pytest.raises(IntegrityError, match="case_follows_once_each_way"), transaction.atomic():
        Case.objects.filter(pk=first.pk).update(follows_as="once-more")


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
    _proof, submission = once_more.vouch_again(
        over.submission, level="substantial", **SEEN, by=staff("caseworker")
    )
    assert work(submission.cases.get()).runs.get(collection="identity").rows == 1
    with pytest.raises(Refusal, match="closed"):
        once_more.vouch_again(over.submission, level="high", **SEEN, by=staff("caseworker"))


# What is a new row's own; everything else of a row comes along, also what is thought of later.
OWN = {"id", "submission_id"}


def columns(rows: Iterable[Model]) -> list[dict[str, object]]:
    return [
        {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
        | dict.fromkeys(OWN)
        for row in rows
    ]


def test_a_proof_that_people_vouched_for_comes_along_with_their_names_and_words(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = work(ask("access"))
    vouching.vouch(case.submission, level="low", **SEEN, by=staff("caseworker"))
    vouched(case.submission, staff)
    typed = read_file(case)
    copied = copied_submission(case, typed, channel="once-more")
    assert len(columns(copied.proofs.all())) == 3
    assert columns(copied.proofs.all()) == columns(case.submission.proofs.all())


def test_former_addresses_come_along_as_they_are(over: Case, staff: Callable[..., User]) -> None:
    over.submission.former_addresses.create(digest="1" * 64)
    over.submission.former_addresses.create(digest="2" * 64, by=staff("caseworker"), reason="Called.")
    _outcome, again = once(over)
    assert columns(again.former_addresses.all()) == columns(over.submission.former_addresses.all())


def test_a_case_that_was_vouched_for_goes_on_by_electronic_identity(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = work(ask("access"))
    vouching.vouch(case.submission, level="low", **SEEN, by=staff("caseworker"))
    answer(case, staff("caseworker"), staff("approver"))
    outcome, submission = once(case)
    assert (outcome, submission.cases.get().stage) == (Outcome.PROVEN, "matching")


def test_what_fails_for_the_rest_holds_no_delivery(
    ask: Callable[..., Case],
    staff: Callable[..., User],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise OSError("The disk is full.")

    monkeypatch.setattr(once_more, "copied_submission", fail)
    case = work(ask("access"))
    prepared = prepare(case, staff("caseworker"))
    read_and_approve(prepared, by=staff("approver"))
    carry_out(case, staff("caseworker"))
    vouched(case.submission, staff)
    building.write_receipt(case.pk)
    with django_capture_on_commit_callbacks(execute=True):
        delivery.deliver(case.pk)
    case.refresh_from_db()
    assert case.stage == "closed"
    assert Dispatch.objects.filter(task="cases.tasks.go_on", subject=case.pk).exists()
    with pytest.raises(OSError, match="full"):
        once_more.go_on(case.pk)


@pytest.fixture
def closed_and_open(ask_together: Callable[..., list[Case]], staff: Callable[..., User]) -> tuple[Case, Case]:
    """Asked together: the first is answered without what waits for proof, the second is being worked."""
    closed, still_open = ask_together("access", "portability")
    answer(work(closed), staff("caseworker"), staff("approver"))
    closed.refresh_from_db()
    assert closed.stage == "closed"
    return closed, still_open


def by_eid(closed: Case, still_open: Case, staff: Callable[..., User]) -> None:
    prove_by_eid(still_open.submission, shown())


def by_letter(closed: Case, still_open: Case, staff: Callable[..., User]) -> None:
    code = posted_codes.write(still_open, by=staff("caseworker"))
    posted_codes.note_posted(still_open, by=staff("caseworker"))
    once_more.prove_by_letter(still_open.submission, code=code)


def by_caseworker(closed: Case, still_open: Case, staff: Callable[..., User]) -> None:
    vouching.vouch(still_open.submission, level="substantial", **SEEN, by=staff("caseworker"))


def by_caseworker_at_the_closed_one(closed: Case, still_open: Case, staff: Callable[..., User]) -> None:
    once_more.vouch_again(closed.submission, level="substantial", **SEEN, by=staff("caseworker"))
    assert still_open.submission.proofs.filter(method="manual").exists()


def by_two(closed: Case, still_open: Case, staff: Callable[..., User]) -> None:
    vouched(still_open.submission, staff)


@pytest.mark.parametrize("prove", [by_eid, by_letter, by_caseworker, by_caseworker_at_the_closed_one, by_two])
def test_a_proof_while_another_right_is_open_reaches_what_is_over_as_well(
    prove: Callable[..., None],
    closed_and_open: tuple[Case, Case],
    staff: Callable[..., User],
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    closed, still_open = closed_and_open
    with django_capture_on_commit_callbacks(execute=True):
        prove(closed, still_open, staff)
    assert Dispatch.objects.filter(task="cases.tasks.go_on", subject=closed.pk).exists()
    assert list(once_more.due()) == [closed]
    once_more.go_on(closed.pk)
    again = Case.objects.get(follows=closed)
    assert (again.stage, again.right) == ("matching", "access")
    proven = still_open.identifiers.filter(origin__startswith="proof:")
    assert set(again.identifiers.values_list("kind", "digest")) == set(proven.values_list("kind", "digest"))
    assert not work(again).runs.filter(status=Run.Status.NOT_PROVEN).exists()


def test_a_restored_desk_opens_no_case_by_itself(closed_and_open: tuple[Case, Case]) -> None:
    closed, still_open = closed_and_open
    prove_by_eid(still_open.submission, shown())
    Standstill.objects.create(dump="0" * 64)
    once_more.go_on(closed.pk)
    assert not Case.objects.filter(follows=closed).exists()


def test_a_case_opened_for_a_proof_that_is_taken_back_is_left_to_a_person(
    over: Case, staff: Callable[..., User]
) -> None:
    _proof, submission = once_more.vouch_again(over.submission, level="high", **SEEN, by=staff("caseworker"))
    again = submission.cases.get()
    vouching.take_back(submission, by=staff("caseworker"))
    assert again.stage == "verification"
    assert [task.kind for task in Task.objects.filter(case=again, done_at=None)] == ["close-unidentified"]
    vouching.vouch(submission, level="substantial", **SEEN, by=staff("caseworker"))
    assert not Task.objects.filter(case=again).exclude(kind="confirm-proof").exists()


@pytest.mark.parametrize("first", [False, True])
def test_a_case_and_what_follows_it_are_protected_together(
    first: bool, over: Case, staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    once(over)
    again = Case.objects.get(follows=over)
    worker, colleague = staff("caseworker", name="worker"), staff("approver", name="colleague")
    # Whoever works one of them knows of the person.
    Case.objects.filter(pk=over.pk).update(assigned_to=staff("caseworker", name="earlier"))
    protection.mark_protected(over if first else again, by=worker)
    named.name(again if first else over, user=colleague, by=worker)
    knowing = {"worker", "earlier", "colleague"}
    stranger = signed_in("caseworker", "auditor", name="stranger")
    log = stranger.get("/desk/audit/").content.decode()
    for case in (over, again):
        case.refresh_from_db()
        assert (case.protected_by, case.named_only) == ("staff", True)
        assert set(case.named.values_list("user__username", flat=True)) == knowing
        assert stranger.get(case.get_absolute_url()).status_code == 404
        assert case.reference not in log
    protection.unprotect(again, reason="It has ended.", by=worker)
    named.for_everybody(over, reason="It has ended.", by=worker)
    assert not Case.objects.filter(named_only=True).exists()


def test_what_is_far_along_a_chain_belongs_together(over: Case, staff: Callable[..., User]) -> None:
    typed, chain = read_file(over), [over]
    for _ in range(2):
        submission = copied_submission(chain[-1], typed, channel="once-more")
        chain.append(following(chain[-1], submission, typed, received_at=timezone.now()))
    for case in chain:
        assert named.together(case) == chain


def test_whoever_is_close_to_the_person_does_not_see_what_follows(
    over: Case, staff: Callable[..., User]
) -> None:
    Partial.objects.create(case=over, user=staff("caseworker"), why=Partial.Why.CLOSE)
    _outcome, submission = once(over)
    assert not Case.objects.filter(named.seen_by(staff("caseworker")), submission=submission).exists()


def test_a_code_from_a_letter_says_nothing_of_the_mailbox(over: Case, staff: Callable[..., User]) -> None:
    """It went to the registered address; the mailbox may be a stranger's, and is not told that it is confirmed."""
    over.submission.proofs.all().delete()
    Proof.objects.create(
        submission=over.submission,
        level="high",
        method="bankid",
        issuer="https://id.example",
        number_digest="0" * 64,
    )
    Proof.objects.create(submission=over.submission, level="substantial", method="letter")
    assert mailbox_in_doubt(over.submission)


def test_nothing_is_said_to_have_begun_while_a_second_person_has_to_confirm(
    over: Case, staff: Callable[..., User]
) -> None:
    proof, submission = once_more.vouch_again(over.submission, level="high", **SEEN, by=staff("caseworker"))
    assert proof is None
    assert mails(submission, "receipt") == []
