"""Who asks? A question by letter and mail, a reminder, a letter that closes what nobody proved, and then no trace."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases import tasks
from cases.casework import audit, case_clock
from cases.casework.mail import deliver
from cases.casework.workflow import Refusal
from cases.identity import unproven
from cases.identity.mandates import asking
from cases.law.unbroken import tied
from cases.models import AuditEntry, Case, ClockEvent, OutgoingMail, User
from cases.public.words import Followed
from cases.sealed.typed import read_file
from cases.sealed.uploads import Upload
from cases.sealed.vault import KeyDestroyed
from dsar.scratch.proving import prove
from exports import retention
from exports.models import CaseLetter
from exports.notices import identity, letters
from tests.operators.by_hand import mails
from tests.operators.line import said

pytestmark = [pytest.mark.django_db, pytest.mark.pango]
Staff = Callable[..., User]
MONTH = unproven.HAND_OVER_AFTER + timedelta(days=1)


@pytest.fixture
def case(ask: Callable[..., Case]) -> Case:
    return ask("erasure", proven=False, language="en")


def ago(case: Case, span: timedelta) -> Case:
    """All that happened in this case happened so much earlier."""
    case.refresh_from_db()
    Case.objects.filter(pk=case.pk).update(
        received_at=case.received_at - span, received_on=case.received_on - span
    )
    case.submission.__class__.objects.update(created_at=timezone.now() - span)
    for event in case.clock_events.all():
        ClockEvent.objects.filter(pk=event.pk).update(on=event.on - span, at=event.at - span)
    case.refresh_from_db()
    return case


def test_it_is_asked_by_letter_and_mail(case: Case, staff: Staff) -> None:
    kept = identity.ask(case, by=staff("caseworker"))
    [written] = mails(case.submission, "proof")
    until = (case_clock.today(case) + unproven.HAND_OVER_AFTER).year
    assert case.reference in written["body"]
    assert "there is also a letter for you" in written["body"]
    assert str(until) in written["body"]
    assert "erasure" not in (written["body"] + written["subject"]).lower()
    read = letters.read(kept, by=audit.DATA_SUBJECT)
    assert read.title == "We need to know that it is you"
    assert "does not count towards our time to answer" in read.page
    assert "We keep no copy of any identity document" in read.page
    assert letters.read_pdf(kept, by=audit.DATA_SUBJECT).startswith(b"%PDF")


def test_asked_too_late_the_clock_runs_on_and_the_letter_does_not_say_otherwise(
    case: Case, staff: Staff
) -> None:
    kept = identity.ask(ago(case, timedelta(days=20)), by=staff("caseworker"))
    assert case_clock.clock_of(Case.objects.get()).due is not None
    assert "does not count" not in letters.read(kept, by=audit.DATA_SUBJECT).page


@pytest.mark.parametrize("language", ["sv", "da", "en"])
def test_both_letters_in_three_languages(case: Case, staff: Staff, language: str) -> None:
    Case.objects.update(language=language)
    unproven.ask_for_proof(case, by=staff("caseworker"))
    case = Case.objects.select_related("submission", "operator", "register").get()
    for letter in (identity.question(case), identity.closing(case, asked=case.received_on)):
        assert "{" not in said(letter)
        assert letter.language == language
    assert identity.closing(case, asked=None).title == identity.closing(case, asked=case.received_on).title


def test_a_question_has_more_than_one_answer(case: Case, staff: Staff) -> None:
    """Nobody is left with one door (Article 12(2))."""
    unproven.ask_for_proof(case, by=staff("caseworker"))
    words = said(identity.question(Case.objects.get()))
    assert "Enter the code" in words
    assert "Get in touch with us" in words


def test_who_does_not_answer_is_reminded_once_a_question(case: Case, staff: Staff) -> None:
    ago(case, timedelta(days=8))
    assert unproven.remind() == 1
    identity.ask(case, by=staff("caseworker"))
    assert unproven.remind() == 0
    ago(case, timedelta(days=8))
    assert [unproven.remind(), unproven.remind()] == [1, 0]


def test_the_task_to_close_waits_for_the_day_the_letter_names(case: Case, staff: Staff) -> None:
    identity.ask(ago(case, timedelta(days=20)), by=staff("caseworker"))
    ago(case, timedelta(days=15))
    assert unproven.hand_over_unproven() == 0
    ago(case, timedelta(days=16))
    assert unproven.hand_over_unproven() == 1


def test_nothing_is_closed_before_that_day(case: Case, staff: Staff) -> None:
    identity.ask(case, by=staff("caseworker"))
    with pytest.raises(Refusal, match="still-asked"):
        identity.close(case, reason="Nothing came.", by=staff("caseworker"))
    assert not CaseLetter.objects.filter(kind="unidentified").exists()
    identity.close(ago(case, MONTH), reason="Nothing came.", by=staff("caseworker"))


def closed(case: Case, staff: Staff) -> Case:
    identity.ask(case, by=staff("caseworker"))
    identity.close(ago(case, MONTH), reason="Nothing came.", by=staff("caseworker"))
    case.refresh_from_db()
    return case


def test_the_letter_that_closes_it_says_why_and_how_to_complain(case: Case, staff: Staff) -> None:
    case = closed(case, staff)
    letter = said(identity.closing(case, asked=case.received_on))
    assert case.outcome == "unidentified"
    assert "Articles 11(2) and 12(2) GDPR" in letter
    assert "Integritetsskyddsmyndigheten" in letter
    assert "court" in letter
    [written] = mails(case.submission, "closed")
    assert "There is a letter about it" in written["body"]
    assert f"/status/?reference={case.reference}" in written["body"]


def test_what_was_typed_is_erased_as_the_letter_promises(case: Case, staff: Staff) -> None:
    case = closed(case, staff)
    for mail in OutgoingMail.objects.filter(sent_at=None):
        deliver(mail.pk)
    retention.purge()
    case.submission.refresh_from_db()
    assert bytes(case.submission.sealed) == b""
    # The letter can be read until that day, and the address is in the case file for it.
    assert read_file(case).name == "Anna Test"
    days = identity.erased_on(case) - case_clock.today(case)
    Case.objects.update(closed_at=case.closed_at - days)
    retention.purge()
    case.refresh_from_db()
    assert (bytes(case.file_sealed), case.claimed.count(), case.letters.count()) == (b"", 0, 0)
    with pytest.raises(KeyDestroyed):
        read_file(case)


def test_a_case_that_was_proven_keeps_its_file_for_years(ask: Callable[..., Case]) -> None:
    case = ask("access")
    Case.objects.update(stage="closed", outcome="withdrawn", closed_at=timezone.now() - timedelta(days=200))
    assert retention.purge_files() == 0
    assert read_file(case).name == "Anna Test"


def test_only_who_works_cases_asks_and_closes(case: Case, staff: Staff) -> None:
    with pytest.raises(PermissionDenied):
        identity.ask(case, by=staff("approver"))
    with pytest.raises(PermissionDenied):
        identity.close(case, reason="Nothing came.", by=staff("approver"))
    assert not CaseLetter.objects.exists()


# Who asks for somebody else, with a doubt about who somebody is


@pytest.fixture
def for_bo(ask: Callable[..., Case]) -> Callable[[str], Case]:
    """for_bo("custody"): Anna has proven her mailbox, and asks for Bo."""

    def make(kind: str) -> Case:
        case = ask("erasure", language="en", standing="proxy", on_behalf_of="Bo Test", authority=kind)
        tasks.match(case.pk)
        case.refresh_from_db()
        return case

    return make


def test_a_doubt_is_put_by_letter_and_mail_and_names_a_day(
    for_bo: Callable[[str], Case], signed_in: Callable[..., Client]
) -> None:
    case, client = for_bo("attorney"), signed_in("caseworker")
    page = client.get(f"/desk/cases/{case.reference}/authority/").content.decode()
    asked = f"/desk/cases/{case.reference}/ask-for-papers/"
    assert asked in page
    client.post(asked, {"ask-doubt": "The names differ."})
    until = unproven.answer_by(Case.objects.get())
    assert until is not None
    # Nor does the status page promise a day while the clock stands still.
    assert Followed.of(Case.objects.get(), by_eid=False).paused
    [written] = mails(case.submission, "papers")
    assert tied(f"{until.day} {until:%B} {until.year}") in written["body"]
    assert "there is also a letter for you" in written["body"]
    page = letters.read(case.letters.get(), by=audit.DATA_SUBJECT).page
    assert "The data are yours" not in page
    assert "You ask for somebody else" in page
    assert "Your request for Bo Test reached us" in page
    assert "about you" not in page
    assert "Enter the code" not in page
    assert "The names differ." not in page
    assert "The names differ." in client.get(case.get_absolute_url()).content.decode()


def test_papers_that_are_asked_without_a_doubt_have_no_letter_and_no_day(
    for_bo: Callable[[str], Case], staff: Staff
) -> None:
    case = for_bo("attorney")
    assert identity.ask_papers(case, by=staff("caseworker")) is False
    assert not case.letters.exists()
    assert "Please send them by" not in mails(case.submission, "papers")[0]["body"]


def test_what_is_in_doubt_is_not_closed_before_that_day_and_reminded_before_it(
    for_bo: Callable[[str], Case], staff: Staff
) -> None:
    case, worker = for_bo("attorney"), staff("caseworker")
    identity.ask_papers(case, doubt="The names differ.", by=worker)
    with pytest.raises(Refusal, match="still-asked"):
        identity.close(case, reason="Nothing came.", by=worker)
    ago(case, timedelta(days=8))
    assert [unproven.remind(), unproven.remind()] == [1, 0]
    assert "Please send them by" in mails(case.submission, "papers")[1]["body"]
    identity.close(ago(case, MONTH), reason="Nothing came.", by=worker)
    [written] = mails(case.submission, "closed")
    assert "There is a letter about it" in written["body"]
    assert f"/status/?reference={case.reference}" in written["body"]


def test_who_sent_the_papers_is_not_reminded(for_bo: Callable[[str], Case], staff: Staff) -> None:
    case = for_bo("attorney")
    identity.ask_papers(case, doubt="The names differ.", by=staff("caseworker"))
    asking.give(case.submission, Upload(b"%PDF-1.7\nPower of attorney for Bo Test"))
    ago(case, timedelta(days=8))
    assert unproven.remind() == 0


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("attorney", "the power of attorney"),
        ("guardian", "the decision that made you a guardian"),
        ("custody", "that you have custody of the child"),
        ("estate", "that you speak for the estate"),
    ],
)
def test_the_letter_asks_for_what_shows_this_authority(
    kind: str, shown: str, for_bo: Callable[[str], Case], staff: Staff
) -> None:
    case = for_bo(kind)
    identity.ask_papers(case, doubt="The names differ.", by=staff("caseworker"))
    words = said(identity.question(Case.objects.get()))
    assert shown in words
    assert ("power of attorney" in words) is (kind == "attorney")


# Where it is read


def test_the_person_reads_it_behind_the_code(case: Case, staff: Staff, client: Client) -> None:
    kept = identity.ask(case, by=staff("caseworker"))
    urls = [
        reverse(f"exports:{name}", args=[case.operator_id, kept.pk])
        for name in ("own-letter", "own-letter-pdf")
    ]
    assert [client.get(url).status_code for url in urls] == [302, 302]
    prove(case.submission)
    session = client.session
    until = (timezone.now() + timedelta(minutes=5)).timestamp()
    session["status"] = {"submission": str(case.submission_id), "until": until}
    session.save()
    page, printed = (client.get(url) for url in urls)
    assert "We need to know that it is you" in page.content.decode()
    assert (printed["Content-Type"], page["Cache-Control"].count("no-store")) == ("application/pdf", 1)
    listed = client.get(reverse("public:requests", args=[case.operator_id])).content.decode()
    assert urls[0] in listed
    assert AuditEntry.objects.filter(action="letter.fetched").count() == 2


def test_a_letter_of_another_request_is_not_there(
    case: Case, ask: Callable[..., Case], staff: Staff, client: Client
) -> None:
    kept = identity.ask(case, by=staff("caseworker"))
    session = client.session
    until = (timezone.now() + timedelta(minutes=5)).timestamp()
    session["status"] = {"submission": str(ask("access", "bo@example.com").submission_id), "until": until}
    session.save()
    assert client.get(reverse("exports:own-letter", args=[case.operator_id, kept.pk])).status_code == 404


def test_nothing_typed_runs_in_the_page(ask: Callable[..., Case], staff: Staff) -> None:
    case = ask("access", proven=False, name="<script>alert(1)</script>", language="en")
    kept = identity.ask(case, by=staff("caseworker"))
    assert "<script>" not in letters.read(kept, by=audit.DATA_SUBJECT).page


def test_it_lies_sealed(case: Case, staff: Staff) -> None:
    kept = identity.ask(case, by=staff("caseworker"))
    assert b"Anna" not in bytes(kept.sealed) + bytes(kept.pdf_sealed)
    assert bytes(kept.sealed).startswith(b"age-encryption.org")


def test_staff_read_it_too(case: Case, staff: Staff, signed_in: Callable[..., Client]) -> None:
    kept = identity.ask(case, by=staff("caseworker"))
    url = reverse("exports:letter", args=[case.reference, kept.pk])
    statuses = {
        role: signed_in(role).get(url).status_code for role in ("caseworker", "approver", "auditor", "admin")
    }
    assert statuses == {"caseworker": 200, "approver": 200, "auditor": 403, "admin": 404}
    assert url in signed_in("caseworker").get(case.get_absolute_url()).content.decode()
