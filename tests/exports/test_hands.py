"""Who decided may not approve: each deed that shapes an answer keeps whoever did it from approving it."""

import re
from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.assessment import deciding, numbers, reviews
from cases.casework import audit
from cases.casework.members.hands import HANDS, hand_of, who_can_approve
from cases.casework.workflow import Refusal
from cases.collection import owner_answers
from cases.identity import matching
from cases.identity.claimed import add_by_hand, confirm_claimed, take_back
from cases.identity.contact.correcting import correct_for_person
from cases.identity.mandates.deciding import Acceptance, accept
from cases.identity.vouched import vouching
from cases.models import AuditEntry, Case, ClaimedIdentifier, Decision, HandedFile, NumberUse, Run, User
from cases.models.case import Following
from cases.request.following import copied_submission, following
from cases.sealed.typed import read_file
from exports.masking import files
from exports.migrations import __path__ as migrations
from exports.models import Answer
from tests.operators.by_hand import read, read_and_approve

pytestmark = pytest.mark.django_db
Staff = Callable[..., User]
Deed = Callable[[Case, User], object]


@pytest.fixture
def senior(staff: Staff) -> User:
    """Who may decide and approve."""
    return staff("caseworker", "approver", name="senior")


def prepared(case: Case, by: User) -> Answer:
    """An answer that waits for approval, without the work of building one."""
    Case.objects.filter(pk=case.pk).update(stage="approval")
    return Answer.objects.create(case=case, version=1, status="ready", sha256="a" * 64, prepared_by=by)


def one(case: Case) -> Decision:
    return case.decisions.filter(proposed="give")[0]


def vouch(case: Case, by: User) -> None:
    vouching.vouch(case.submission, level="substantial", evidence="shop", checked="A face.", by=by)


def answer_as_owner(case: Case, by: User) -> None:
    Case.objects.filter(pk=case.pk).update(stage="collection")
    case.runs.update(status=Run.Status.ASKED, finished_at=None)
    owner_answers.finish(case.runs.all()[0], nothing=True, by=by)


def cut(case: Case, by: User) -> None:
    note = HandedFile.objects.create(
        run=case.runs.all()[0], number=1, type="text/plain", rows=0, bytes=1, digest="a", file="note.txt"
    )
    files.put(note, b"Without the other.", why="Another.", by=by)


def take_number_back(case: Case, by: User) -> None:
    numbers.take_back(
        NumberUse.objects.create(
            case=case, kind="msisdn", digest="a", sealed=b"a", used_by="other", traffic=False, location=False,
            reason="A son.", by=by,
        ),
        by=by,
    )  # fmt: skip


def open_a_claim_again(case: Case, by: User) -> None:
    claim = ClaimedIdentifier.objects.create(
        case=case, kind="msisdn", sealed=b"a", digest="a", rejected_at=timezone.now()
    )
    Case.objects.filter(pk=case.pk).update(stage="matching")
    take_back(claim, by=by)


DEEDS: dict[str, Deed] = {
    "accepted one": lambda case, by: deciding.confirm(one(case), by=by),
    "accepted all": lambda case, by: deciding.confirm_all(case, by=by),
    "changed one": lambda case, by: deciding.override(one(case), outcome="withhold", reason="Others.", by=by),
    "said whose a number is": lambda case, by: add_by_hand(case, kind="msisdn", value="0701740633", by=by),
    "vouched": vouch,
    "changed the address": lambda case, by: correct_for_person(
        case, address="new@example.com", reason="By telephone.", by=by
    ),
    "put a file in another's place": cut,
    "took back whose a number was": take_number_back,
    "undid what was said of an identifier": open_a_claim_again,
    "answered for an owner": answer_as_owner,
    "wrote it down": lambda case, by: audit.record(case, "case.received", by=by),
    "had something added": lambda case, by: audit.record(case, "supplement.started", by=by),
    "answers after all": lambda case, by: reviews.take_abuse_back(case, by=by),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_whoever_had_a_hand_in_it_does_not_approve(
    deed: str, review_case: Case, staff: Staff, senior: User
) -> None:
    DEEDS[deed](review_case, senior)
    answer = prepared(review_case, staff("caseworker"))
    with pytest.raises(Refusal, match="own-hand") as refused:
        read_and_approve(answer, by=senior)
    assert "Nobody is left who can approve it" in refused.value.message
    with pytest.raises(IntegrityError, match="hand in its case"), transaction.atomic():
        past_the_code(answer, senior)
    approver = staff("approver")
    with pytest.raises(Refusal) as refused:
        read_and_approve(answer, by=senior)
    assert "It can be approved by: approver." in refused.value.message
    read_and_approve(answer, by=approver)


def past_the_code(answer: Answer, by: User) -> None:
    Answer.objects.filter(pk=answer.pk).update(
        status="approved", approved_by=by, approved_at=timezone.now(), approved_sha256=answer.sha256
    )


def test_who_confirms_a_vouching_as_the_second_had_a_hand_in_it(
    review_case: Case, staff: Staff, senior: User
) -> None:
    vouching.vouch(
        review_case.submission, level="high", evidence="shop", checked="A face.", by=staff("caseworker")
    )
    vouching.confirm(review_case.submission, by=senior)
    answer = prepared(review_case, staff("caseworker"))
    with pytest.raises(Refusal, match="own-hand"):
        read_and_approve(answer, by=senior)
    with pytest.raises(IntegrityError, match="hand in its case"), transaction.atomic():
        past_the_code(answer, senior)


def test_a_decision_that_somebody_else_made_anew_still_counts(
    review_case: Case, staff: Staff, senior: User
) -> None:
    deciding.override(one(review_case), outcome="withhold", reason="Others.", by=senior)
    deciding.judge_again(review_case, by=staff("caseworker"))
    review_case.decisions.all().delete()
    with pytest.raises(Refusal, match="own-hand"):
        read_and_approve(prepared(review_case, staff("caseworker")), by=senior)


def test_a_hand_in_one_case_is_none_in_another(
    review_case: Case, ask: Callable[..., Case], staff: Staff, senior: User
) -> None:
    deciding.confirm_all(review_case, by=senior)
    read_and_approve(prepared(ask("access", "bo@example.com"), staff("caseworker")), by=senior)


def test_who_accepts_an_authority_and_who_confirms_an_identifier_had_a_hand_in_it(
    ask: Callable[..., Case], staff: Staff, senior: User
) -> None:
    for_bo = ask("access", standing="proxy", on_behalf_of="Bo Test", authority="attorney")
    matching.match(for_bo.pk)
    seen = Acceptance(kind="attorney", checked="Seen.", rights=frozenset({"access"}))
    accept(for_bo, seen, by=senior)
    typed = ask("access", "eve@example.com", customer_no="C1")
    matching.match(typed.pk)
    confirm_claimed(typed.claimed.get(kind="customer_no"), by=senior)
    for case, said in ((for_bo, "accepted that somebody may ask"), (typed, "said whose an identifier")):
        answer = prepared(case, staff("caseworker"))
        assert said in hand_of(senior, case)
        with pytest.raises(IntegrityError, match="hand in its case"), transaction.atomic():
            past_the_code(read(answer, senior), senior)


def followed(case: Case) -> Case:
    """A case for what is left of this one."""
    typed = read_file(case)
    submission = copied_submission(case, typed, channel=Following.ONCE_MORE)
    return following(case, submission, typed, received_at=timezone.now())


def test_a_hand_in_a_case_is_one_in_all_that_follow_it(review_case: Case, staff: Staff, senior: User) -> None:
    add_by_hand(review_case, kind="msisdn", value="0701740633", by=senior)
    last = followed(followed(review_case))
    assert not AuditEntry.objects.filter(case=last.reference, actor=senior.username).exists()
    assert hand_of(senior, last).startswith(f"In {review_case.reference}, which this case follows: You said")
    answer, approver = prepared(last, staff("caseworker")), staff("approver")
    assert who_can_approve(last, prepared_by=None) == ["approver"]
    with pytest.raises(Refusal, match="own-hand"):
        read_and_approve(answer, by=senior)
    with pytest.raises(IntegrityError, match="hand in its case"), transaction.atomic():
        past_the_code(answer, senior)
    read_and_approve(answer, by=approver)


def test_who_vouched_while_another_case_was_open_had_a_hand_in_what_follows(
    ask_together: Callable[..., list[Case]], staff: Staff, senior: User
) -> None:
    over, still_open = ask_together("access", "erasure")
    Case.objects.filter(pk=over.pk).update(stage="closed", outcome="partly", closed_at=timezone.now())
    vouch(still_open, senior)
    again = followed(over)
    answer, approver = prepared(again, staff("caseworker")), staff("approver")
    assert who_can_approve(again, prepared_by=None) == ["approver"]
    with pytest.raises(Refusal, match="own-hand"):
        read_and_approve(answer, by=senior)
    with pytest.raises(IntegrityError, match="hand in its case"), transaction.atomic():
        past_the_code(answer, senior)
    read_and_approve(answer, by=approver)


def test_a_decision_without_a_record_is_seen_by_the_database(
    review_case: Case, staff: Staff, senior: User
) -> None:
    review_case.decisions.update(status="confirmed", decided_by=senior, decided_at=timezone.now())
    answer = prepared(review_case, staff("caseworker"))
    with pytest.raises(IntegrityError, match="hand in its case"), transaction.atomic():
        past_the_code(read(answer, senior), senior)


def test_the_database_knows_the_same_deeds() -> None:
    every = [import_module(f"exports.migrations.{each.name}") for each in iter_modules(migrations)]
    asked = [each.NOT_BY_OWN_HAND for each in every if hasattr(each, "NOT_BY_OWN_HAND")][-1]
    assert set(re.findall(r"'([a-z-]+\.[a-z-]+)'", asked)) == set(HANDS)


def test_of_a_case_for_named_staff_only_they_approve(review_case: Case, staff: Staff) -> None:
    staff("approver")
    assert who_can_approve(review_case, prepared_by=None) == ["approver"]
    Case.objects.update(named_only=True)
    review_case.refresh_from_db()
    assert who_can_approve(review_case, prepared_by=None) == []


def test_the_case_page_says_what_blocks_and_who_can(
    review_case: Case, staff: Staff, senior: User, signed_in: Callable[..., Client]
) -> None:
    deciding.confirm_all(review_case, by=senior)
    answer = prepared(review_case, staff("caseworker"))
    desk = signed_in(name="senior")
    page = desk.get(review_case.get_absolute_url()).content.decode()
    assert "You accepted decisions of this case." in page
    assert "Nobody is left who can approve it" in page
    assert "Approve and send" not in page
    staff("approver", name="bo")
    assert "It can be approved by: bo." in desk.get(review_case.get_absolute_url()).content.decode()
    pressed = reverse("exports:approve", args=[review_case.reference, answer.version])
    said = desk.post(pressed, {"sha256": answer.sha256}, follow=True).content.decode()
    assert "So you can&#x27;t approve the answer." in said
    answer.refresh_from_db()
    assert answer.approved_by is None
