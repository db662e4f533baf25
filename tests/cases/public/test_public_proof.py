"""After sending: the mailed code and the receipt."""

import pytest
from django.utils import timezone

from cases.casework.mail import MAX_ATTEMPTS
from cases.identity.mailed_codes import LIFE, TRIES
from cases.models import Case, MailedCode, OutgoingMail, Submission
from cases.models.case import Stage
from cases.public.rights import wanted
from tests.cases.public.public_person import Person, at, mailed_code, mails, text, wrong_code


def test_the_right_code_proves_the_mailbox_and_shows_the_receipt(person: Person) -> None:
    person.send()
    assert at(person.prove(), person.url("receipt"))
    assert Case.objects.get().stage == Stage.MATCHING


def test_the_receipt_says_the_reference_and_the_dates(person: Person) -> None:
    case = person.send(rights={"rights": ["access", "marketing-objection"]}).cases.get(right="access")
    person.prove()
    page = text(person.see("receipt"))
    marketing = Case.objects.get(right="marketing-objection")
    assert marketing.act_by is not None
    assert case.reference in page
    for day in (case.received_on, case.due_on, marketing.act_by):
        assert f"{day.day} {day:%B %Y}" in page


def test_a_receipt_comes_by_mail_as_well(person: Person) -> None:
    case = person.send().cases.get()
    person.prove()
    [mail] = mails("receipt")
    assert case.reference in mail["body"]


def test_the_receipt_is_shown_to_nobody_before_the_code(person: Person) -> None:
    assert at(person.see("receipt"), person.url("code"))
    person.send()
    assert at(person.see("receipt"), person.url("code"))


def test_a_wrong_code_is_said_with_the_tries_left(person: Person) -> None:
    person.send()
    assert "Tries left: 4." in text(person.do("code", code=wrong_code()))
    assert Case.objects.get().stage == Stage.VERIFICATION


def test_five_wrong_codes_end_it_and_a_new_one_begins_again(person: Person) -> None:
    person.send()
    for _try in range(5):
        page = text(person.do("code", code=wrong_code()))
    assert "Too many tries. Ask for a new code." in page
    assert "Too many tries" in text(person.do("code", code=mailed_code()))
    person.do("code_again")
    assert at(person.prove(), person.url("receipt"))


@pytest.mark.parametrize("slip", ["1", "abcdef", "1234567"])
def test_a_slip_is_told_as_one_and_costs_no_try(person: Person, slip: str) -> None:
    person.send()
    page = text(person.do("code", code=slip))
    assert "Write the six digits of the code." in page
    assert "ries left" not in page
    assert MailedCode.objects.get().tries_left == TRIES


def test_asking_again_tells_the_limit(person: Person) -> None:
    person.send()
    person.do("code_again")
    assert "at most 5 an hour" in text(person.see("code"))


def test_the_reference_says_on_the_page_what_it_is_for(person: Person) -> None:
    submission = person.send(rights={"rights": ["access", "erasure"]})
    page, [mail] = text(person.see("code")), mails("code")
    first, second = submission.cases.order_by("pk")
    assert (first.reference in page, first.reference in mail["body"]) == (True, True)
    assert (second.reference in page, second.reference in mail["body"]) == (False, False)
    for case in (first, second):
        assert str(wanted(case.right, for_other=False)) in page


def test_what_is_asked_for_somebody_else_is_nowhere_said_of_oneself(person: Person) -> None:
    person.fill_in_for("Bo Test", rights=["access"])
    check = text(person.see("check"))
    submission = person.send_for("Bo Test", rights=["access"])
    code = text(person.see("code"))
    person.prove()
    for page in (check, code, text(person.see("receipt")), text(person.open_status(submission.cases.get()))):
        assert "Show me what you have about the person" in page
        assert "about me" not in page


def test_an_old_code_has_run_out(person: Person) -> None:
    person.send()
    code = mailed_code()
    OutgoingMail.objects.update(sent_at=timezone.now() - LIFE)
    assert "The code has run out." in text(person.do("code", code=code))


def test_a_code_may_be_typed_with_spaces(person: Person) -> None:
    person.send()
    code = mailed_code()
    assert at(person.do("code", code=f" {code[:3]} {code[3:]} "), person.url("receipt"))


def test_the_page_says_of_the_mail_what_was_done(person: Person) -> None:
    """Mailed is only what a server has taken."""
    submission = person.send()

    def said() -> str:
        return text(person.see("code"))

    assert "They are under way to astrid@example.com" in said()
    assert "We have mailed" not in said()
    submission.mails.update(attempts=1)
    assert "is late: it has not gone out yet" in said()
    assert "We have mailed" not in said()
    submission.mails.update(attempts=MAX_ATTEMPTS)
    assert "could not be sent" in said()
    submission.mails.update(sent_at=timezone.now())
    assert "We have mailed them to astrid@example.com" in said()


def test_a_mailbox_that_gets_no_more_codes_is_not_said_to_have_got_one(person: Person) -> None:
    person.send()
    MailedCode.objects.all().delete()
    assert "No mail has gone to astrid@example.com" in text(person.see("code"))


def test_past_the_limit_the_person_hears_that_nothing_was_mailed(person: Person) -> None:
    person.send()
    for _time in range(5):
        person.do("code_again")
    assert "We have not mailed another code" in text(person.see("code"))


def test_whoever_is_stuck_reads_of_another_way(person: Person) -> None:
    person.send()
    person.do("status", reference="26-22222-22")
    assert "dataskydd@tele2.example" in text(person.see("code"))
    assert "dataskydd@tele2.example" in text(person.see("status_code"))


def test_asking_for_codes_floods_no_mailbox_and_tells_nobody(person: Person) -> None:
    person.send()
    answers = {person.do("code_again")["Location"] for _time in range(9)}
    assert answers == {person.url("code")}
    assert len(mails("code")) == 5


def test_the_page_is_the_same_for_any_address(person: Person) -> None:
    person.send()
    known = text(person.see("code")).replace(Case.objects.latest("pk").reference, "R")
    other = Person(person.operator)
    other.send(find={"email": "unknown@example.org"})
    unknown = text(other.see("code")).replace(Case.objects.latest("pk").reference, "R")
    assert unknown.replace("unknown@example.org", "astrid@example.com") == known


def test_codes_and_names_stand_in_no_subject(person: Person) -> None:
    person.send()
    person.prove()
    subjects = " ".join(mail["subject"] for mail in mails())
    assert "Astrid" not in subjects
    assert mailed_code() not in subjects


def test_a_request_that_is_over_is_no_longer_shown_as_just_sent(person: Person) -> None:
    """What was typed is emptied then, the address with it."""
    submission = person.send()
    person.prove()
    Submission.objects.filter(pk=submission.pk).update(sealed=b"")
    assert at(person.see("receipt"), person.url("code"))
    assert "This browser does not know the request" in text(person.see("code"))
