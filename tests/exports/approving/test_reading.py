"""What is approved has been read: by the caseworker who sends it, by the approver, to the byte, in this version."""

from collections.abc import Callable
from hashlib import sha256

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.casework.workflow import TO_READ, Refusal
from cases.models import AuditEntry, Case, User
from cases.models.keys import KeyUse
from cases.sealed import vault
from exports import approval, delivery, worded
from exports.answer import building
from exports.models import Answer, Reading
from exports.opened import pdfs
from tests.operators import by_hand
from tests.operators.by_hand import decide, read, sent, work

pytestmark = [pytest.mark.django_db, pytest.mark.pango]
Staff = Callable[..., User]
SignedIn = Callable[..., Client]


@pytest.fixture
def written(ask: Callable[..., Case], staff: Staff) -> Answer:
    """An answer that its caseworker has not read yet."""
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    return by_hand.written(case, staff("caseworker"))


def prepared_again(case: Case, by: User) -> Answer:
    """Decided already, and sent to approval once more."""
    by_hand.written(case, by)
    answer = sent(case, by)
    assert answer
    return answer


def page(name: str, answer: Answer) -> str:
    return reverse(f"exports:{name}", args=[answer.case.reference, answer.version])


def test_the_caseworker_reads_it_to_the_byte_sends_it_and_can_take_it_back(
    written: Answer, staff: Staff, signed_in: SignedIn
) -> None:
    case, desk = written.case, signed_in("caseworker")
    assert (case.stage, case.blocked_by) == ("answer", TO_READ)
    seen = b"".join(desk.get(page("preview", written)))
    listed = {file["name"]: file["sha256"] for file in written.files}
    assert sha256(seen).hexdigest() == listed["letter.pdf"]
    shown = desk.get(page("answer", written)).content.decode()
    assert all(name in shown for name in listed)
    with pytest.raises(PermissionDenied):
        approval.send(written, by=staff("approver"))
    desk.post(page("send", written))
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("approval", "")
    with pytest.raises(Refusal, match="wrong-stage"):
        building.prepare(case, by=staff("caseworker"))
    desk.post(page("answer-back", written))
    case.refresh_from_db()
    written.refresh_from_db()
    assert (case.stage, written.status) == ("decisions", "taken-back")
    with pytest.raises(Refusal):
        approval.approve(read(written, staff("approver")), by=staff("approver"))
    assert prepared_again(case, staff("caseworker")).version == 2


def test_nothing_is_approved_unread(written: Answer, staff: Staff, signed_in: SignedIn) -> None:
    sent(written.case, staff("caseworker"))
    approver = staff("approver")
    desk = signed_in("approver")
    with pytest.raises(Refusal, match="not-read") as refused:
        approval.approve(written, by=approver)
    assert "the letter, the list of files" in refused.value.message
    shown = desk.get(page("answer", written)).content.decode()
    assert "You can approve it when you have opened the letter." in shown
    assert "Approve and send" not in shown
    with pytest.raises(Refusal, match="not-read"):
        approval.approve(written, by=approver)
    desk.get(page("preview", written))
    assert "Approve and send" in desk.get(page("answer", written)).content.decode()
    # Another's reading is none of theirs, nor is one of other bytes.
    other = staff("approver", name="other")
    with pytest.raises(Refusal, match="not-read"):
        approval.approve(written, by=other)
    answered = desk.post(page("approve", written), {"sha256": written.sha256}, follow=True)
    assert "Approved." in answered.content.decode()
    written.refresh_from_db()
    assert written.approved_sha256 == written.sha256


def test_the_database_keeps_no_approval_without_the_reading_of_that_hash(
    written: Answer, staff: Staff
) -> None:
    sent(written.case, staff("caseworker"))
    approver = staff("approver")

    def past_the_code() -> None:
        Answer.objects.filter(pk=written.pk).update(
            status="approved",
            approved_by=approver,
            approved_at=timezone.now(),
            approved_sha256=written.sha256,
        )

    Reading.objects.create(answer=written, part="files", by=approver, sha256=written.sha256)
    Reading.objects.create(answer=written, part="letter", by=approver, sha256="0" * 64)
    with pytest.raises(IntegrityError, match="has not read it"), transaction.atomic():
        past_the_code()
    Reading.objects.create(answer=written, part="letter", by=approver, sha256=written.sha256)
    past_the_code()


def test_whoever_sends_it_does_not_approve_it(written: Answer, staff: Staff) -> None:
    both = staff("caseworker", "approver", name="both")
    approval.send(written, by=both)
    with pytest.raises(Refusal, match="same-person"):
        approval.approve(read(written, both), by=both)
    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.filter(pk=written.pk).update(
            status="approved", approved_by=both, approved_at=timezone.now(), approved_sha256=written.sha256
        )


def test_the_words_of_who_sent_it_back_stay_and_what_changed_since_is_shown(
    written: Answer, staff: Staff, signed_in: SignedIn
) -> None:
    case, worker = written.case, staff("caseworker")
    sent(case, worker)
    approval.send_back(written, reason="Say when the shop is open.", by=staff("approver"))
    case.refresh_from_db()
    worded.write(case, {"closing": "The shop is open until six."}, by=worker)
    again = prepared_again(case, worker)
    shown = signed_in("approver").get(page("answer", again)).content.decode()
    assert "Version 1 was sent back" in shown
    assert "Say when the shop is open." in shown
    assert "Changed since version 1" in shown
    assert "The shop is open until six.</ins>" in shown
    assert "letter.pdf" in shown.partition("Changed since version 1")[2]
    assert (
        "Say when the shop is open." in signed_in("caseworker").get(case.get_absolute_url()).content.decode()
    )


def test_a_letter_that_is_not_the_packages_is_not_shown(written: Answer, signed_in: SignedIn) -> None:
    with vault.sealed_file(written.case, KeyUse.PACKAGE, written.letter_name) as file:
        file.write(b"%PDF-1.7 another letter")
    desk = signed_in("caseworker")
    assert desk.get(page("preview", written)).status_code == 404
    assert not Reading.objects.filter(part="letter").exists()


def test_only_the_bytes_that_were_approved_are_delivered(written: Answer, staff: Staff) -> None:
    sent(written.case, staff("caseworker"))
    approval.approve(read(written, staff("approver")), by=staff("approver"))
    Case.objects.update(stage="delivery")
    kept = b"".join(delivery.open_package(Answer.objects.get()))
    with vault.sealed_file(written.case, KeyUse.PACKAGE, written.name) as file:
        file.write(kept[:-1] + b"x")
    delivery.deliver(written.case_id)
    case = Case.objects.get()
    assert (case.stage, case.blocked_by, case.answers.get().delivered_at) == (
        "delivery",
        "package-changed",
        None,
    )
    with vault.sealed_file(written.case, KeyUse.PACKAGE, written.name) as file:
        file.write(kept)
    delivery.deliver(written.case_id)
    assert Case.objects.get().stage == "closed"


def test_own_words_stand_at_their_places_and_what_is_required_around_them(
    written: Answer, staff: Staff, signed_in: SignedIn
) -> None:
    case, desk = written.case, signed_in("caseworker")
    before = " ".join(pdfs.lines(delivery.letter_of(written)))
    url = reverse("exports:own-words", args=[case.reference])
    worded.set_standard(
        case.operator,
        name="Thanks",
        language="sv",
        place="opening",
        text="Tack för att du skrev.",
        by=staff("legal"),
    )
    [ready] = worded.standard(case.operator, "sv")
    taken_over = desk.post(url, {"opening": "Hej igen.", "use": ready.pk}).content.decode()
    assert "Hej igen.\n\nTack för att du skrev.</textarea>" in taken_over
    assert not case.own_words.exists()
    desk.post(url, {"opening": "Hej igen.\n\nTack för att du skrev.", "closing": "Vi hörs."})
    desk.post(url, {"opening": "Hej igen.\n\nTack för att du skrev.", "closing": "Vi hörs."})
    assert case.own_words.count() == 1
    building.build(case.pk)
    now = case.answers.get(status="written")
    assert (now.version, now.words) == (2, case.own_words.get())
    after = " ".join(pdfs.lines(delivery.letter_of(now)))
    assert after.index("Hej igen. Tack för att du skrev.") < after.index("Vi hörs.")
    left = after.replace("Hej igen. Tack för att du skrev. ", "").replace("Vi hörs. ", "")
    assert sorted(left.split()) == sorted(before.split())
    assert AuditEntry.objects.filter(action="words.written").count() == 1
    assert "Hej igen" not in str(list(AuditEntry.objects.values_list("data", flat=True)))
    worded.write(case, {"closing": "Vi ses."}, by=staff("caseworker"))
    with pytest.raises(Refusal, match="words-newer"):
        approval.send(now, by=staff("caseworker"))
    prepared_again(case, staff("caseworker"))
    case.refresh_from_db()
    with pytest.raises(Refusal, match="wrong-stage"):
        worded.write(case, {}, by=staff("caseworker"))


def test_an_ordinary_case_takes_five_clicks_and_four_pages(
    ask: Callable[..., Case], signed_in: SignedIn
) -> None:
    """From the queue to "waits for an approver", with a look at the letter."""
    case, desk = work(ask("access")), signed_in("caseworker")
    # What has to be looked at by itself takes a click more each.
    case.decisions.update(review={})
    at, clicks, pages = [case.reference], 0, 0

    def press(name: str, *more: int) -> str:
        nonlocal clicks, pages
        clicks, pages = clicks + 1, pages + 1
        return desk.post(reverse(name, args=[*at, *more]), follow=True).content.decode()

    queue = desk.get("/desk/").content.decode()
    assert case.get_absolute_url() in queue
    shown, clicks, pages = desk.get(case.get_absolute_url()).content.decode(), 1, 1
    assert reverse("desk:accept-all", args=at) in shown
    shown = press("desk:accept-all")
    assert reverse("exports:prepare", args=at) in shown
    press("exports:prepare")
    building.build(case.pk)
    # The page asks by itself until the answer is written.
    shown = desk.get(case.get_absolute_url()).content.decode()
    assert reverse("exports:preview", args=[*at, 1]) in shown
    assert desk.get(reverse("exports:preview", args=[*at, 1]))["Content-Type"] == "application/pdf"
    clicks += 1
    assert f'action="{reverse("exports:send", args=[*at, 1])}"' in shown
    shown = press("exports:send", 1)
    assert "Another person has to approve it." in shown
    assert (clicks, pages) == (5, 4)
