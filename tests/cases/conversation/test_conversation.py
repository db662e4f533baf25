"""What the person and the desk write to each other: who may, what it does to the clock, what is read, and its end."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client, override_settings
from django.utils import timezone

from cases.casework import case_clock
from cases.casework.workflow import Refusal, close
from cases.conversation import notes, questions, reading, writing
from cases.conversation.writing import Waits
from cases.identity.eid.configured import faces_of
from cases.models import AuditEntry, Case, ClockEvent, Message, Note, Paper, Proof, Standstill, Task, User
from cases.models.case import Outcome, Stage
from cases.papers import keeping
from cases.public import pacing
from cases.public.conversation import messages
from cases.sealed.uploads import Upload
from cases.sources.loading import load_operator
from exports import retention
from tests.cases.desk.test_desk_secrecy import keep_secrets
from tests.cases.papers.clamd import HARMFUL, clamd
from tests.cases.public.public_person import Person, mails, text
from tests.operators.placed import gathered, hand_in, proven

pytestmark = pytest.mark.django_db
Staff = Callable[..., User]
SignedIn = Callable[..., Client]
PDF = b"%PDF-1.7\nAn invoice of May"
WORDS = "Jag vill bara ha samtalen i maj."


@pytest.fixture
def case(db: None) -> Case:
    """Proven, and with more rows than a person can be given unasked."""
    made = gathered(proven(hand_in(load_operator("tele2-se")[0])))
    made.runs.filter(pk=made.runs.all()[0].pk).update(expected=case_clock.LARGE)
    return made


@pytest.fixture
def visitor(case: Case) -> Person:
    """The person, with the request open."""
    visitor = Person(case.operator)
    assert visitor.open_status(case).status_code == 200
    return visitor


def conversation(visitor: Person, case: Case) -> str:
    return visitor.url("messages", str(case.pk))


def said(case: Case) -> list[tuple[str, str]]:
    entries = AuditEntry.objects.filter(case=case.reference, action__regex="^(message|note|clock)")
    return list(entries.order_by("number").values_list("action", "actor"))


def test_a_question_with_a_pause_ends_by_the_answer(case: Case, staff: Staff) -> None:
    worker = staff("caseworker")
    question = writing.write(case, "Vilka uppgifter?", by=worker, waits=Waits.WHICH)
    case.refresh_from_db()
    assert case.paused
    assert writing.waits_for_answer(case)
    # Nothing but the fact goes out by mail.
    (mail,) = mails("message")
    assert case.reference in mail["body"]
    assert "uppgifter?" not in mail["subject"] + mail["body"]
    writing.answer(case, WORDS)
    case.refresh_from_db()
    assert not case.paused
    kinds = [event.kind for event in case.clock_events.all()]
    assert kinds == ["received", "paused", "resumed"]
    assert question.pause == case.clock_events.get(kind="paused")
    assert said(case) == [
        ("clock.paused", worker.username),
        ("message.written", worker.username),
        ("message.came", "data-subject"),
        ("clock.resumed", "data-subject"),
    ]


def test_a_question_without_a_pause_leaves_the_clock_and_so_does_the_answer(case: Case, staff: Staff) -> None:
    due = case.due_on
    writing.write(case, "Vad menar du?", by=staff("caseworker"))
    writing.answer(case, WORDS)
    case.refresh_from_db()
    assert (case.due_on, case.paused, case.clock_events.count()) == (due, False, 1)


def test_a_doubt_who_somebody_is_pauses_and_the_law_knows_no_third_ground(case: Case, staff: Staff) -> None:
    worker = staff("caseworker")
    with pytest.raises(Refusal, match="message-waits"):
        writing.write(case, "Hur mår du?", by=worker, waits="because")
    case.runs.update(expected=None)
    with pytest.raises(Refusal, match="not-so-many"):
        writing.write(case, "Vilka?", by=worker, waits=Waits.WHICH)
    pause = writing.write(case, "När blev du kund?", by=worker, waits=Waits.WHO).pause
    assert pause
    assert (pause.asks_who, pause.doubt) == (True, "När blev du kund?")
    with pytest.raises(Refusal, match="paused-already"):
        writing.write(case, "Och var?", by=worker, waits=Waits.WHO)
    writing.answer(case, "I mars 2024.")
    assert not case_clock.is_paused(Case.objects.get(pk=case.pk))


def test_a_question_that_comes_too_late_or_has_a_letter_of_its_own_stops_nothing(
    case: Case, staff: Staff
) -> None:
    worker = staff("caseworker")
    Proof.objects.all().delete()
    with pytest.raises(Refusal, match="ask-who-there"):
        writing.write(case, "Vem är du?", by=worker, waits=Waits.WHO)
    Proof.objects.create(submission=case.submission, level="low", method="mailed-code")
    Case.objects.filter(pk=case.pk).update(received_on=case.received_on - timedelta(days=90))
    for waits in (Waits.WHO, Waits.WHICH):
        with pytest.raises(Refusal, match="pause-late"):
            writing.write(case, "Vem är du?", by=worker, waits=waits)
    assert not case.messages.exists()


def test_no_message_ends_a_pause_that_waits_for_a_proof(case: Case) -> None:
    case_clock.pause(case, asks_who=True)
    writing.answer(case, WORDS)
    assert case_clock.is_paused(Case.objects.get(pk=case.pk))


@pytest.mark.parametrize("blank", ["", " \r\n ", "\u200b"])
def test_nothing_written_and_too_much_are_refused_on_both_sides(blank: str, case: Case, staff: Staff) -> None:
    worker = staff("caseworker")
    for typed, refusal in ((blank, "message-empty"), ("x" * (writing.LONGEST + 1), "message-long")):
        for act in (
            writing.answer,
            lambda *a: writing.write(*a, by=worker),
            lambda *a: notes.note(*a, by=worker),
        ):
            with pytest.raises(Refusal, match=refusal):
                act(case, typed)
    # The end of a line is one character, whatever a browser sends.
    assert len(writing.answer(case, "x\r\n" * (writing.LONGEST // 2)).text) == writing.LONGEST - 1


def test_a_closed_case_a_desk_held_back_and_who_may_not_write_nothing(case: Case, staff: Staff) -> None:
    worker = staff("caseworker")
    for act in (writing.write, notes.note):
        with pytest.raises(PermissionDenied):
            act(case, "Hej.", by=staff("approver"))
    with pytest.raises(PermissionDenied):
        reading.mark_read(case, 9, by=staff("approver"))
    held_back = Standstill.objects.create(dump="0" * 64, knows_until=timezone.now())
    with pytest.raises(Refusal, match="held-back"):
        writing.write(case, "Hej.", by=worker)
    # What people hand in is taken in meanwhile.
    assert writing.answer(case, WORDS)
    held_back.delete()
    close(case, Outcome.WITHDRAWN, by=worker)
    case.refresh_from_db()
    for late in (lambda: writing.write(case, "Hej.", by=worker), lambda: writing.answer(case, "Hej.")):
        with pytest.raises(Refusal, match="closed"):
            late()
    # What happens after the end has to be noted all the same, while there is a file to note it in.
    notes.note(case, "Ringde om svaret.", by=worker)
    Case.objects.filter(pk=case.pk).update(file_sealed=b"")
    with pytest.raises(Refusal, match="case-file-gone"):
        notes.note(case, "Ringde igen.", by=worker)


def test_nobody_who_has_not_proven_who_they_are_writes(case: Case) -> None:
    case.submission.proofs.all().delete()
    with pytest.raises(Refusal, match="closed"):
        writing.answer(case, WORDS)


def test_who_is_reached_by_no_mail_is_told_otherwise_before_a_clock_waits(case: Case, staff: Staff) -> None:
    worker = staff("caseworker")
    case.submission.safe_contact = True
    case.submission.save()
    with pytest.raises(Refusal, match="ask-safely"):
        writing.write(case, "Vilka?", by=worker, waits=Waits.WHICH)
    writing.write(case, "Vilka?", by=worker, waits=Waits.WHICH, told=True)
    assert mails("message") == []
    assert Task.objects.get().detail == "message"


def test_it_lies_sealed_under_the_case_and_ends_with_its_file(case: Case, staff: Staff) -> None:
    worker = staff("caseworker")
    writing.write(case, "Vilka?", by=worker, waits=Waits.WHICH)
    answer = writing.answer(case, WORDS, upload=Upload(PDF))
    notes.note(case, "Astrid lät trött.", by=worker)
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM cases_message UNION ALL SELECT text FROM cases_note")
        rows = [bytes(row[0]) for row in cursor.fetchall()]
    assert len(rows) == 3
    assert all(row.startswith(b"age-encryption.org") for row in rows)
    paper = answer.papers.get()
    assert paper.about == Paper.About.MESSAGE
    close(case, Outcome.WITHDRAWN, by=worker)
    years = timedelta(days=366 * 20)
    Case.objects.filter(pk=case.pk).update(
        closed_at=timezone.now() - years, received_on=case.received_on - years
    )
    # The file of a paper goes before the rest of the request.
    assert (retention.purge_papers(), retention.purge_files()) == (1, 1)
    assert not Message.objects.exists()
    assert not Note.objects.exists()
    paper.refresh_from_db()
    assert (paper.deleted_at is None, paper.message) == (False, None)
    # When the clock stood still stays known, and what was asked does not.
    assert case.clock_events.get(kind="paused").reason == "–"


def test_the_database_keeps_no_empty_message_and_no_pause_by_the_person(case: Case, staff: Staff) -> None:
    pause = ClockEvent.objects.create(case=case, kind="paused", on=case.received_on)
    worker, paper = staff("caseworker"), keeping.keep(case, Upload(PDF), about="proof", by="data-subject")
    message = writing.answer(case, WORDS)
    for wrong in (
        lambda: Message.objects.create(case=case, text=""),
        lambda: Message.objects.create(case=case, text="Ja", pause=pause),
        lambda: Note.objects.create(case=case, text="", by=worker),
        lambda: Paper.objects.filter(pk=paper.pk).update(message=message),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


def test_every_question_is_ready_in_the_language_of_the_case(case: Case) -> None:
    told = {}
    for language in ("sv", "da", "en"):
        case.language = language
        told[language] = {key: questions.begun(case, key) for key in questions.QUESTIONS}
    for key in questions.QUESTIONS:
        texts = {told[language][key] for language in told}
        assert len(texts) == 3
        assert all(0 < len(one) <= writing.LONGEST for one in texts)
    assert questions.begun(case, "no-such") == ""


def test_the_person_writes_with_a_file_and_the_desk_reads_it(
    case: Case, visitor: Person, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = conversation(visitor, case)
    with clamd() as scanner:
        monkeypatch.setattr(settings, "SCANNER", scanner)
        bad = SimpleUploadedFile("a.pdf", PDF + HARMFUL)
        refused = visitor.client.post(page, {"text": WORDS, "file": bad})
        assert refused.status_code == 422
        # What was typed is there still.
        assert WORDS in text(refused)
        assert not case.messages.exists()
        file = SimpleUploadedFile("Astrids faktura.pdf", PDF)
        assert "We have your message" in text(
            visitor.client.post(page, {"text": WORDS, "file": file}, follow=True)
        )
    desk = signed_in("caseworker")
    queue = text(desk.get("/desk/"))
    assert f"{case.reference} unread" in queue
    assert "Unread messages 1" in queue
    case_page = text(desk.get(case.get_absolute_url()))
    assert "1 unread message from the person" in case_page
    assert WORDS in case_page
    paper = desk.get(f"/desk/cases/{case.reference}/papers/{case.papers.get().pk}/")
    assert b"".join(paper.streaming_content) == PDF  # type: ignore[attr-defined]
    # What came after the page was loaded stays unread.
    seen = case.messages.get().pk
    writing.answer(case, "Och juni.")
    desk.post(f"/desk/cases/{case.reference}/messages/read/", {"seen": seen})
    assert case.messages.filter(by=None, read_at=None).count() == 1
    answer = {"text": "Tack, det räcker.", "seen": case.messages.all()[1].pk, "waits": ""}
    desk.post(f"/desk/cases/{case.reference}/messages/write/", answer)
    assert "Unread messages 0" in text(desk.get("/desk/"))
    # Unread on the other side now, until the page has been opened.
    assert "1 new" in text(visitor.see("requests"))
    assert "not opened yet" in text(desk.get(case.get_absolute_url()))
    assert "Tack, det räcker." in text(visitor.client.get(page))
    assert "1 new" not in text(visitor.see("requests"))
    assert "not opened yet" not in text(desk.get(case.get_absolute_url()))


def test_what_was_refused_at_the_desk_stands_there_still(case: Case, signed_in: SignedIn) -> None:
    desk, page = signed_in("caseworker"), f"/desk/cases/{case.reference}/messages/write/"
    begun = text(desk.get(f"{case.get_absolute_url()}?question=which"))
    assert questions.begun(case, "which") in begun
    case_clock.pause(case, asks_who=True)
    refused = desk.post(page, {"text": "Vilka månader?", "waits": Waits.WHICH})
    assert refused.status_code == 422
    assert "Vilka månader?" in text(refused)
    assert "The clock is paused already" in text(refused)
    assert desk.post(page, {"text": "Vilka?", "seen": "9" * 40}).status_code == 302


def test_a_note_is_the_desks_and_says_that_it_is_given_out(
    case: Case, visitor: Person, signed_in: SignedIn
) -> None:
    desk = signed_in("caseworker")
    desk.post(f"/desk/cases/{case.reference}/notes/write/", {"text": "Astrid lät trött."})
    page = text(desk.get(case.get_absolute_url()))
    assert "Astrid lät trött." in page
    assert "note, to be given out on request" in page
    assert "trött" not in text(visitor.client.get(conversation(visitor, case)))
    assert ("note.written", "caseworker") in said(case)


def test_only_who_opened_the_request_and_only_its_own_cases(case: Case, visitor: Person) -> None:
    other = proven(hand_in(case.operator, email="bo@example.com"))
    writing.answer(other, "Bos ord.")
    stranger = Person(case.operator)
    for who, which in ((stranger, case), (visitor, other)):
        assert who.client.get(conversation(who, which)).status_code == 302
        assert who.client.post(conversation(who, which), {"text": "Hej."}).status_code == 302
    assert not case.messages.exists()
    assert other.messages.count() == 1


def test_who_is_protected_reads_by_electronic_identity_alone(
    case: Case, visitor: Person, staff: Staff, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    writing.write(case, "Vilka?", by=staff("caseworker"), waits=Waits.WHICH)
    Case.objects.filter(pk=case.pk).update(named_only=True, protected_by="staff")
    case.refresh_from_db()
    # A mailbox that others read may write, and can't answer what it was not shown.
    assert visitor.client.post(conversation(visitor, case), {"text": "Mina ord."}).status_code == 302
    assert writing.waits_for_answer(case)
    page = text(visitor.client.get(conversation(visitor, case)))
    assert "Mina ord." not in page
    assert "We have asked you something" not in page
    assert "shown only to who opens this page with electronic identity" in page
    # Where the operator offers none, no clock waits for what nobody can read.
    request.addfinalizer(faces_of.cache_clear)
    for folder, unreachable in ((settings.BASE_DIR / "operators", False), (tmp_path, True)):
        with override_settings(OPERATORS_DIR=folder):
            faces_of.cache_clear()
            assert writing.is_unreachable(case) is unreachable


def test_no_byte_of_the_persons_pages_tells_that_something_is_secret(
    case: Case, visitor: Person, staff: Staff
) -> None:
    writing.write(case, "Vilka?", by=staff("caseworker"), waits=Waits.WHICH)

    def pages() -> list[str]:
        answers = [visitor.client.get(url) for url in (conversation(visitor, case), visitor.url("requests"))]
        token = r'name="csrfmiddlewaretoken" value="[^"]+"'
        return [re.sub(token, "", one.content.decode()) for one in answers]

    pages()
    before = pages()
    keep_secrets(case, staff("cleared"))
    assert pages() == before


def test_a_closed_case_is_read_and_says_where_to_write(case: Case, visitor: Person, staff: Staff) -> None:
    writing.answer(case, WORDS)
    close(case, Outcome.WITHDRAWN, by=staff("caseworker"))
    page = visitor.client.get(conversation(visitor, case))
    assert WORDS in text(page)
    assert "This request is closed" in text(page)
    assert b"<textarea" not in page.content
    assert visitor.client.post(conversation(visitor, case), {"text": "Hej."}).status_code == 422
    assert Case.objects.get(pk=case.pk).stage == Stage.CLOSED


def test_whoever_writes_without_end_is_told_to_wait_and_loses_no_word(
    case: Case, visitor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = pacing.Pace("message", free=1, first_wait=pacing.FIRST, longest_wait=pacing.LONGEST)
    monkeypatch.setattr(messages, "MESSAGES", few)
    page = conversation(visitor, case)
    assert visitor.client.post(page, {"text": "Ett."}, REMOTE_ADDR="192.0.2.7").status_code == 302
    waits = visitor.client.post(page, {"text": "Och detta."}, REMOTE_ADDR="192.0.2.7")
    assert waits.status_code == 429
    assert "Och detta." in text(waits)
    assert case.messages.count() == 1
