"""A code in a letter: whoever has no electronic identity shows who they are by their registered address."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.casework.operators import register_of
from cases.casework.workflow import Refusal
from cases.identity import knocks
from cases.identity.people.protection import mark_protected
from cases.identity.stepping_up import posted_codes
from cases.identity.stepping_up.waiting import waiting
from cases.models import AuditEntry, Case, PostedCode, Proof, Run, Standstill, Task, User
from cases.request.once_more import prove_by_letter
from cases.sources.loading import load_operator
from tests.operators.by_hand import mails, work
from tests.operators.scenes import NUMBERED, Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def proof_asked() -> str:
    return ""


@pytest.fixture
def scene() -> Scene:
    return NUMBERED


@pytest.fixture
def worker(staff: Callable[..., User]) -> User:
    return staff("caseworker")


@pytest.fixture
def case(ask: Callable[..., Case]) -> Case:
    return work(ask("access"))


@pytest.fixture
def code(case: Case, worker: User) -> str:
    """In the post."""
    written = posted_codes.write(case, by=worker)
    posted_codes.note_posted(case, by=worker)
    return written


def test_where_letters_are_no_way_any_more_the_code_is_refused_and_not_used_up(
    case: Case, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as changed:
        changed.setattr(posted_codes, "proves", lambda _operator: None)
        assert enter(case, code) == "no-letters"
    assert enter(case, code) == ""


def enter(case: Case, code: str) -> str:
    """The code of what refuses it; "" where it opens."""
    refusal, _submission = prove_by_letter(case.submission, code=code)
    return refusal.code if refusal else ""


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08}"


def test_the_code_proves_what_the_register_says_and_the_rest_is_gathered(
    case: Case, code: str, worker: User
) -> None:
    assert enter(case, f"{code[:4]} {code[4:]}") == ""
    proof = Proof.objects.get(method="letter")
    # Who wrote the letter could have read the code.
    assert (proof.level, proof.by) == ("substantial", worker)
    case.refresh_from_db()
    assert not work(case).runs.filter(status=Run.Status.NOT_PROVEN).exists()


def test_it_counts_once(case: Case, code: str) -> None:
    assert enter(case, code) == ""
    assert enter(case, code) == "posted-expired"
    assert Proof.objects.filter(method="letter").count() == 1


def test_its_life_is_counted_from_the_day_it_was_posted(case: Case, code: str) -> None:
    sent = timezone.now() - posted_codes.LIFE
    PostedCode.objects.update(written_at=sent - timedelta(days=9), posted_at=sent + timedelta(hours=1))
    assert posted_codes.is_under_way(case.submission)
    PostedCode.objects.update(posted_at=sent)
    assert not posted_codes.is_under_way(case.submission)
    assert enter(case, code) == "posted-expired"


def test_a_letter_that_was_not_posted_opens_nothing(case: Case, worker: User) -> None:
    assert enter(case, posted_codes.write(case, by=worker)) == "posted-expired"


def test_a_newer_letter_ends_the_one_before(case: Case, code: str, worker: User) -> None:
    newer = posted_codes.write(case, by=worker)
    assert enter(case, newer) == "code-wrong"
    posted_codes.note_posted(case, by=worker)
    assert enter(case, code) == "code-wrong"
    assert enter(case, newer) == ""


def test_guesses_are_counted_and_end_the_code(case: Case, code: str) -> None:
    answers = [enter(case, wrong(code)) for _ in range(5)]
    assert answers == ["code-wrong"] * 4 + ["posted-expired"]
    assert enter(case, code) == "code-wait"
    assert Proof.objects.filter(method="letter").count() == 0


def test_the_person_hears_of_guesses_by_mail(case: Case, code: str) -> None:
    for _ in range(5):
        enter(case, wrong(code))
    for left in knocks.waiting():
        knocks.answer(left.pk)
    [told] = mails(case.submission, "guesses")
    assert case.reference in told["body"]


def test_a_slip_of_the_pen_costs_no_try(case: Case, code: str) -> None:
    assert enter(case, code[:7]) == "posted-digits"
    assert PostedCode.objects.get().tries_left == 5


def test_the_code_is_kept_nowhere(case: Case, code: str) -> None:
    kept = repr(list(PostedCode.objects.values()) + list(AuditEntry.objects.values()))
    assert code not in kept


def test_only_a_caseworker_writes_and_posts_it(case: Case, staff: Callable[..., User]) -> None:
    for role in ("approver", "auditor", "admin"):
        with pytest.raises(PermissionDenied):
            posted_codes.write(case, by=staff(role))
    with pytest.raises(Refusal, match="no-letter"):
        posted_codes.note_posted(case, by=staff("caseworker"))


def test_asking_for_a_letter_is_a_task_that_posting_it_ends(case: Case, worker: User) -> None:
    posted_codes.ask_for(case.submission)
    posted_codes.ask_for(case.submission)
    task = Task.objects.get(kind="post-code")
    posted_codes.write(case, by=worker)
    posted_codes.note_posted(case, by=worker)
    task.refresh_from_db()
    assert (task.done_at is None, task.done_by) == (False, worker)


def test_an_operator_that_sends_no_letters_refuses(
    case: Case, worker: User, folder_of_operator: Path
) -> None:
    register = folder_of_operator / "register.toml"
    register.write_text(register.read_text().replace("[ways.letter]", "[ways.caseworker]"))
    load_operator(case.operator_id)
    case.operator.refresh_from_db()
    with pytest.raises(Refusal, match="no-letters"):
        posted_codes.ask_for(case.submission)
    with pytest.raises(Refusal, match="no-letters"):
        posted_codes.write(case, by=worker)


def test_a_desk_that_is_held_back_sends_no_letters(case: Case, worker: User) -> None:
    Standstill.objects.create(dump="0" * 64)
    with pytest.raises(Refusal, match="held-back"):
        posted_codes.write(case, by=worker)


def test_a_code_that_nobody_posted_cannot_have_been_used(case: Case, worker: User) -> None:
    posted_codes.write(case, by=worker)
    with pytest.raises(IntegrityError, match="posted_code_used_only_posted"), transaction.atomic():
        PostedCode.objects.update(used_at=timezone.now())
    with pytest.raises(IntegrityError, match="posted_code_by_somebody"), transaction.atomic():
        PostedCode.objects.update(posted_at=timezone.now())


def test_nobody_looks_up_where_a_protected_person_lives(ask: Callable[..., Case], worker: User) -> None:
    case = work(ask("access"))
    way = {"letter"} & {kind for kind, _way in register_of(case.operator).ways_to("national-id")}
    assert way
    before = waiting(case, "en")
    mark_protected(case, by=worker)
    with pytest.raises(Refusal, match="no-letters"):
        posted_codes.ask_for(case.submission)
    with pytest.raises(Refusal, match="letter-protected"):
        posted_codes.write(case, by=worker)
    assert not case.tasks.exists()
    after = waiting(case, "en")
    assert before is not None
    assert after is not None
    assert sum(len(group.ways) for group in after.groups) < sum(len(group.ways) for group in before.groups)


def test_to_whoever_is_reached_in_one_way_a_letter_goes_once_they_said_that_it_is_safe(
    ask: Callable[..., Case], worker: User
) -> None:
    case = work(ask("access", standing="user", contact="Call my sister."))
    posted_codes.ask_for(case.submission)
    with pytest.raises(Refusal, match="letter-unsafe"):
        posted_codes.write(case, by=worker)
    assert posted_codes.write(case, by=worker, agreed=True)
