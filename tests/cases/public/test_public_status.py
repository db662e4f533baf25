"""Following a request: nobody learns whether a reference exists; its person sees where it stands."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases.casework.mail import queue
from cases.identity.mailed_codes import LIFE
from cases.models import Case, Operator, OutgoingMail, User
from cases.models.case import Outcome, Stage
from cases.sources.loading import load_operator
from exports.models import Answer
from tests.cases.public.public_person import Person, at, mailed_code, mails, text, wrong_code
from tests.operators.placed import approved


@pytest.fixture
def case(person: Person) -> Case:
    """A proven access case; who asks for its status comes with a fresh browser."""
    person.send()
    person.prove()
    return Case.objects.get()


@pytest.fixture
def visitor(operator: Operator) -> Person:
    return Person(operator)


def test_reference_and_code_show_where_it_stands(case: Case, visitor: Person) -> None:
    page = text(visitor.open_status(case))
    assert case.reference in page
    assert "We look for you in our systems" in page
    assert f"{case.due_on.day} {case.due_on:%B %Y}" in page


def test_the_reference_may_be_typed_as_one_hears_it(case: Case, visitor: Person) -> None:
    visitor.do("status", reference=f"  {case.reference.lower().replace('-', ' ')} ")
    assert len(mails("status_code")) == 1


UNKNOWN = ("26-22222-22", "nonsense", "26-7KQXA-19")


def _walk(visitor: Person, reference: str, tries: int = 7) -> list[tuple[int, str, str]]:
    """Everything a visitor can see of a reference without its mailbox."""
    answers = [
        visitor.do("status", reference=reference),
        visitor.see("status_code"),
        *(visitor.do("status_code", code="000000") for _try in range(tries)),
        *(visitor.do("status_code", code=slip) for slip in ("1", "abcdef")),
        *(visitor.do("status_code_again") for _press in range(6)),
        visitor.see("status_code"),
        visitor.do("status_code", code="000000"),
        visitor.see("requests"),
    ]
    # What was typed is told back, and nothing else differs.
    assert reference in text(answers[1])
    return [
        (answer.status_code, answer.get("Location", ""), text(answer).replace(reference, "REFERENCE"))
        for answer in answers
    ]


@pytest.mark.parametrize("reference", UNKNOWN)
def test_a_known_and_an_unknown_reference_look_the_same(
    case: Case, operator: Operator, reference: str
) -> None:
    assert _walk(Person(operator), case.reference) == _walk(Person(operator), reference)


def test_a_request_whose_mailbox_is_in_doubt_looks_the_same(case: Case, operator: Operator) -> None:
    """Proven by electronic identity alone: the code in the mailbox opens nothing, and tries cost what they cost."""
    case.submission.proofs.update(method="bankid", issuer="https://broker.example")
    assert _walk(Person(operator), case.reference, tries=12) == _walk(Person(operator), UNKNOWN[0], tries=12)


def test_a_mailbox_in_doubt_is_mailed_what_opens_the_request_and_no_code(case: Case, visitor: Person) -> None:
    case.submission.proofs.update(method="bankid", issuer="https://broker.example")
    visitor.do("status", reference=case.reference)
    about = {"to": "a@example.com", "case": case}
    queue(case.submission, "ready", expires_on=case.due_on, **about)
    queue(case.submission, "letter", **about)
    for kind in ("status_code", "ready", "letter"):
        [mail] = mails(kind)
        assert "You need the reference and your electronic identity" in mail["body"]
        assert not re.search(r"\d{6}|mail you a code", mail["body"])
    case.outcome = "unidentified"
    queue(case.submission, "closed", **about)
    queue(case.submission, "guesses", to="a@example.com", cases=[case])
    for kind in ("closed", "guesses"):
        [mail] = mails(kind)
        assert "with the reference and your electronic identity" in mail["body"]
        assert not re.search(r"mail a code|ask for a new code", mail["body"])
    queue(case.submission, "papers", cases=[case], waits=True, until=case.due_on, **about)
    [mail] = mails("papers")
    assert "On the page that opens there is also a letter" in mail["body"]
    assert "code" not in mail["body"]


def test_a_code_that_waits_in_a_mailbox_in_doubt_opens_nothing_and_proves_nothing(
    case: Case, visitor: Person
) -> None:
    visitor.do("status", reference=case.reference)
    waits = mailed_code()
    case.submission.proofs.update(method="bankid", issuer="https://broker.example")
    # As a case of its own that nobody has proven yet would be.
    Case.objects.update(stage=Stage.VERIFICATION)
    visitor.do("status_code", code=waits)
    assert at(visitor.see("requests"), visitor.url("status"))
    assert case.submission.proofs.count() == 1


def test_a_request_that_was_shown_for_an_hour_says_that_it_is_closed(case: Case, visitor: Person) -> None:
    visitor.open_status(case)
    session = visitor.client.session
    for page in ("requests", "address", "papers"):
        session["status"] = {"submission": str(case.submission_id), "until": 0}
        session.save()
        closed = visitor.client.get(visitor.url(page), follow=True)
        assert closed.redirect_chain[-1][0] == visitor.url("status")
        assert "shown for an hour at a time" in text(closed)
    # Whoever never had one open is told nothing.
    assert "for an hour" not in text(visitor.client.get(visitor.url("requests"), follow=True))


def test_papers_go_to_the_request_they_are_for_whatever_else_is_open(case: Case, visitor: Person) -> None:
    """Two requests for somebody else in one browser, and one of one's own open beside them."""
    visitor.open_status(case)
    sent = []
    for other in ("Bo Test", "Eva Test"):
        visitor.begin()
        sent.append(visitor.send_for(other, customer_no="C2"))
        visitor.prove()
    first, second = sent
    for submission in (second, first):
        visitor.draft = str(submission.pk)
        assert visitor.url("papers") in visitor.see("receipt").content.decode()
        page = visitor.see("papers")
        assert visitor.url("papers") in page.content.decode()
        photo = SimpleUploadedFile("p.pdf", b"%PDF-1.7\n%%EOF\n", content_type="application/pdf")
        visitor.client.post(visitor.url("papers"), {"papers": photo})
    assert [
        one.papers.count() for one in (case.submission.cases.get(), first.cases.get(), second.cases.get())
    ] == [0, 1, 1]
    # The one that takes none says so, and what is open stays open.
    visitor.draft = str(case.submission_id)
    assert at(visitor.see("papers"), visitor.url("status"))
    assert visitor.see("requests").status_code == 200


def test_where_it_is_now_reads_as_going_on_and_the_day_says_why(case: Case, visitor: Person) -> None:
    page = text(visitor.open_status(case))
    assert "We gather your data (now)" in page
    assert "Your data gathered" not in page
    assert "Why this date" in page
    assert "which is not counted (Regulation 1182/71" in page


def test_the_limit_is_told_to_everybody(operator: Operator) -> None:
    visitor = Person(operator)
    visitor.do("status", reference=UNKNOWN[0])
    assert "at most 5 codes an hour" in text(visitor.see("status_code"))
    visitor.do("status_code_again")
    assert "has not had 5 codes within the hour" in text(visitor.see("status_code"))


def test_a_slip_in_the_code_costs_no_try(case: Case, visitor: Person) -> None:
    visitor.do("status", reference=case.reference)
    for _try in range(6):
        visitor.do("status_code", code="abcdef")
    assert at(visitor.do("status_code", code=mailed_code()), visitor.url("requests"))


def test_used_up_and_expired_codes_tell_nothing_either(case: Case, operator: Operator) -> None:
    visitor, stranger = Person(operator), Person(operator)
    visitor.do("status", reference=case.reference)
    stranger.do("status", reference=UNKNOWN[0])
    code = mailed_code()
    OutgoingMail.objects.update(sent_at=timezone.now() - LIFE)
    seen = text(visitor.do("status_code", code=code)).replace(case.reference, UNKNOWN[0])
    assert seen == text(stranger.do("status_code", code="123456"))


def test_a_wrong_code_opens_nothing(case: Case, visitor: Person) -> None:
    visitor.do("status", reference=case.reference)
    visitor.do("status_code", code=wrong_code())
    assert at(visitor.see("requests"), visitor.url("status"))


def test_a_reference_of_another_operator_is_unknown_here(case: Case) -> None:
    visitor = Person(load_operator("telia-finance-dk")[0])
    visitor.do("status", reference=case.reference)
    assert mails("status_code") == []


def test_the_page_of_one_operator_is_not_opened_at_another(case: Case, visitor: Person) -> None:
    visitor.open_status(case)
    other = load_operator("telia-finance-dk")[0]
    assert at(visitor.client.get(f"/{other.pk}/status/requests/"), f"/{other.pk}/status/")


def test_it_stays_open_for_an_hour(case: Case, visitor: Person) -> None:
    visitor.open_status(case)
    session = visitor.client.session
    session["status"] |= {"until": session["status"]["until"] - 3601}
    session.save()
    assert at(visitor.see("requests"), visitor.url("status"))


def test_leaving_closes_it(case: Case, visitor: Person) -> None:
    visitor.open_status(case)
    assert visitor.do("leave")["Clear-Site-Data"] == '"cache", "storage"'
    assert at(visitor.see("requests"), visitor.url("status"))


def test_who_lost_the_first_code_proves_the_mailbox_here(person: Person, visitor: Person) -> None:
    case = person.send().cases.get()
    visitor.open_status(case)
    case.refresh_from_db()
    assert case.stage == Stage.MATCHING


def _delivered(case: Case, days: int) -> Answer:
    now = timezone.now()
    writer, checker = (User.objects.create(username=name) for name in ("writer", "checker"))
    Case.objects.filter(pk=case.pk).update(stage=Stage.CLOSED, outcome=Outcome.GRANTED, closed_at=now)
    return approved(
        case, by=checker, status="delivered", name="x", sha256="a" * 64, bytes=3_100_000, prepared_by=writer,
        delivered_at=now - timedelta(days=14 - days), expires_at=now + timedelta(days=days),
    )  # fmt: skip


def test_a_ready_answer_is_offered(case: Case, visitor: Person) -> None:
    answer = _delivered(case, days=10)
    page = visitor.open_status(case).content.decode()
    assert f'href="/tele2-se/status/package/{answer.pk}/"' in page
    assert "We have done what you asked." in page


def test_an_answer_past_its_last_day_is_gone_and_says_so(case: Case, visitor: Person) -> None:
    _delivered(case, days=-1)
    page = visitor.open_status(case)
    assert "/status/package/" not in page.content.decode()
    assert "We have destroyed our copy" in text(page)


def test_an_answer_that_is_not_delivered_is_not_mentioned(case: Case, visitor: Person) -> None:
    answer = _delivered(case, days=10)
    Answer.objects.filter(pk=answer.pk).update(delivered_at=None, expires_at=None, status="approved")
    Case.objects.filter(pk=case.pk).update(stage=Stage.EXECUTION, outcome="", closed_at=None)
    page = visitor.open_status(case).content.decode()
    assert "/status/package/" not in page
    assert "destroyed" not in page


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage != Stage.CLOSED])
def test_every_stage_has_a_place_on_the_persons_line(case: Case, visitor: Person, stage: Stage) -> None:
    Case.objects.filter(pk=case.pk).update(stage=stage)
    assert visitor.open_status(case).content.decode().count('aria-current="step"') == 1


@pytest.mark.parametrize("outcome", Outcome.values)
def test_every_outcome_has_a_sentence(case: Case, visitor: Person, outcome: str) -> None:
    Case.objects.filter(pk=case.pk).update(stage=Stage.CLOSED, outcome=outcome, closed_at=timezone.now())
    page = visitor.open_status(case).content.decode()
    assert '<div class="note' in page
    assert "<p></p>" not in page


def test_a_request_nobody_proved_does_not_claim_that_it_was_worked(person: Person, visitor: Person) -> None:
    case = person.send().cases.get()
    Case.objects.filter(pk=case.pk).update(
        stage=Stage.CLOSED, outcome=Outcome.UNIDENTIFIED, closed_at=timezone.now()
    )
    assert "Looked through and decided" not in text(visitor.open_status(case))
