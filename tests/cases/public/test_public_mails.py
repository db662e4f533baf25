"""Mails to the person: what they say, in which language, and what stands in no subject."""

from datetime import date

import pytest

from cases.casework.audit import DATA_SUBJECT
from cases.casework.course.turning import withdraw
from cases.casework.mail import queue
from cases.identity.unproven import ask_for_proof, close_unidentified
from cases.law.unbroken import tied
from cases.models import Case, Membership, Operator, User
from cases.public.rights import wanted
from dsar.scratch.staff import sign_in
from tests.cases.public.public_person import Person, mails
from tests.operators.by_hand import long_ago


@pytest.fixture
def caseworker(operator: Operator) -> User:
    user = User.objects.create(username="caseworker")
    Membership.objects.create(user=user, operator=operator, role="caseworker")
    sign_in(user)
    return user


@pytest.fixture
def case(person: Person) -> Case:
    return person.send().cases.get()


def test_the_code_comes_alone_on_its_line_with_the_reference(case: Case) -> None:
    [mail] = mails("code")
    assert mail["to"] == "astrid@example.com"
    assert case.reference in mail["body"]
    assert "30 minutes" in mail["body"]


def test_the_way_back_in_is_a_whole_address(case: Case) -> None:
    [mail] = mails("code")
    assert f"http://localhost:8000/tele2-se/status/?reference={case.reference}" in mail["body"].split()


def test_a_ready_answer_is_announced_but_not_enclosed(case: Case) -> None:
    queue(case.submission, "ready", to="a@example.com", case=case, expires_on=date(2027, 1, 4))
    [mail] = mails("ready")
    assert case.reference in mail["subject"]
    assert tied("4 January 2027") in mail["body"]
    assert "package" not in mail["body"]


def test_a_ready_answer_says_by_its_reference_what_it_answers(person: Person) -> None:
    cases = list(person.send(rights={"rights": ["access", "erasure"]}).cases.order_by("pk"))
    for case in cases:
        queue(case.submission, "ready", to="a@example.com", case=case, expires_on=date(2027, 1, 4))
    written = [mail["body"] for mail in mails("ready")]
    assert [case.reference in body for case, body in zip(cases, written, strict=True)] == [True, True]


def test_the_receipt_names_the_one_reference_and_nothing_of_what_was_asked(person: Person) -> None:
    first, *others = person.send(rights={"rights": ["access", "erasure", "portability"]}).cases.order_by("pk")
    person.prove()
    [mail] = mails("receipt")
    assert mail["subject"] == f"{person.operator.name} has your request {first.reference}"
    assert mail["body"].count(first.reference) == 2  # once to read, once in the link
    assert not [case for case in others if case.reference in mail["body"]]
    assert not [case for case in (first, *others) if str(wanted(case.right, for_other=False)) in mail["body"]]
    # All three have the same days.
    assert mail["body"].count("Our answer by") == 1


def test_the_receipt_of_one_request_names_it(person: Person) -> None:
    [case] = person.send(rights={"rights": ["access"]}).cases.all()
    person.prove()
    [mail] = mails("receipt")
    assert mail["subject"] == f"{person.operator.name} has your request {case.reference}"


def test_who_never_proved_it_is_told_why_it_ended(case: Case, caseworker: User) -> None:
    close_unidentified(long_ago(case), reason="Nothing came.", by=caseworker)
    [mail] = mails("closed")
    assert "could not make sure who was asking" in mail["body"]
    assert "http://localhost:8000/tele2-se/request/" in mail["body"].split()


def test_who_takes_it_back_gets_that_in_writing(case: Case) -> None:
    withdraw(case, by=DATA_SUBJECT)
    [mail] = mails("closed")
    assert "You have taken it back" in mail["body"]


def test_asking_for_proof_again_says_where_to_give_it(case: Case, caseworker: User) -> None:
    ask_for_proof(case, by=caseworker)
    [mail] = mails("proof")
    assert f"http://localhost:8000/tele2-se/status/?reference={case.reference}" in mail["body"].split()


@pytest.mark.parametrize("language", ["sv", "da", "en"])
def test_dates_are_written_as_the_reader_writes_them(operator: Operator, language: str) -> None:
    person = Person(operator, language)
    case = person.send().cases.get()
    queue(case.submission, "ready", to="a@example.com", case=case, expires_on=date(2027, 1, 4))
    written = {"sv": "4 januari 2027", "da": "4. januar 2027", "en": "4 January 2027"}
    assert tied(written[language]) in mails("ready")[0]["body"]


def test_nothing_in_a_mail_is_escaped_for_html(operator: Operator) -> None:
    Operator.objects.filter(pk=operator.pk).update(name="A & B's")
    Person(operator).send()
    [mail] = mails("code")
    assert mail["subject"] == "Your code for A & B's"
    assert "&amp;" not in mail["body"]


def test_no_subject_holds_anything_personal(person: Person, case: Case) -> None:
    person.prove()
    queue(case.submission, "ready", to="a@example.com", case=case, expires_on=date(2027, 1, 4))
    withdraw(case, by=DATA_SUBJECT)
    subjects = " ".join(mail["subject"] for mail in mails())
    assert len(mails()) == 4
    assert not [word for word in ("Astrid", "astrid", "0701740605", "070-174") if word in subjects]
