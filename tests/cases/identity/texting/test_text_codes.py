"""A code by text message: to a number that is typed and tied, over the operator's gateway, and told as it went."""

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.casework import audit
from cases.identity import knocks
from cases.identity.mailed_codes import LIFE, PER_HOUR, PER_MAILBOX
from cases.identity.texting import sending
from cases.identity.texting.codes import send_text_code
from cases.identity.texting.numbers import own_number
from cases.identity.texting.proving import NUMBER, offered_number
from cases.models import (
    AuditEntry,
    Authority,
    Case,
    ClaimedIdentifier,
    Identifier,
    MailedCode,
    Operator,
    Standstill,
    TextMessage,
    User,
)  # fmt: skip
from cases.sealed.vault import unseal_for_operator
from demo.servers.texts import Gateway
from tests.cases.identity.texting.conftest import GATEWAY
from tests.cases.public.public_person import Person, at, text
from tests.operators.by_hand import work

pytestmark = pytest.mark.django_db
ANNAS = "+46701740605"
ANNA = {"name": "Anna Test", "email": "anna@example.com", "phone": "070-174 06 05"}


def send_all() -> None:
    """What a worker and beat do."""
    for waiting in list(sending.waiting()):
        sending.deliver(waiting.pk)


def later() -> None:
    """The next try is due."""
    TextMessage.objects.update(next_try_at=timezone.now())


def code_in(gateway: Gateway) -> str:
    found = re.search(r"\b\d{6}\b", gateway.taken[-1]["text"])
    assert found
    return found[0]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.fixture
def anna(person: Person) -> Person:
    """Has proven her mailbox, is found by it, and looks at her request."""
    case = person.send(find=ANNA).cases.get()
    person.prove()
    work(case)
    person.open_status(case)
    return person


def the_case() -> Case:
    return Case.objects.get()


def ask(person: Person) -> str:
    """Press the button; what the page says then, once the worker has been at it."""
    assert at(person.do("text_send"), person.url("text_code"))
    send_all()
    return text(person.see("text_code"))


# To whom


def test_it_goes_to_the_number_a_source_ties_to_the_person(anna: Person, gateway: Gateway) -> None:
    assert "We can send a code by text message to +46•••••••05 ," in text(anna.see("requests"))
    page = ask(anna)
    assert "We have sent six digits to +46•••••••05 ; they work for half an hour from then." in page
    [message] = gateway.taken
    assert (message["to"], message["from"]) == (ANNAS, "Desk")
    assert message["text"].startswith(f"{anna.operator.name}: your code is ")
    assert len(message["text"]) <= 160


@pytest.mark.parametrize("typed", ["", "070-174 06 99"], ids=["none", "not known as hers"])
def test_a_number_that_is_only_typed_or_only_known_gets_nothing(
    person: Person, gateway: Gateway, typed: str
) -> None:
    case = person.send(find={**ANNA, "phone": typed}).cases.get()
    person.prove()
    work(case)
    assert "text message" not in text(person.open_status(case))
    assert not send_text_code(case.submission, purpose=NUMBER)
    assert at(person.do("text_send"), person.url("requests"))
    assert at(person.see("text_code"), person.url("requests"))


def test_nobody_is_asked_before_the_person_is_found(person: Person) -> None:
    submission = person.send(find=ANNA)
    assert own_number(submission) is None
    person.prove()
    assert own_number(submission) is None


def test_a_number_that_has_passed_on_is_somebody_elses(person: Person) -> None:
    """Bo had it until the end of 2025; Anna has it now."""
    case = person.send(find={**ANNA, "name": "Bo Test", "email": "bo@example.com"}).cases.get()
    person.prove()
    work(case)
    assert case.identifiers.filter(kind="msisdn").exists()
    assert own_number(case.submission) is None


def test_what_a_card_shows_does_not_outlive_what_an_interval_tells(anna: Person) -> None:
    case = the_case()
    [told] = case.identifiers.filter(kind="msisdn")
    told.valid_to = timezone.now() - timedelta(days=1)
    told.save()
    Identifier.objects.create(
        case=case, kind="msisdn", digest=told.digest, sealed=told.sealed, origin="crm/customer", wave=1
    )
    assert own_number(case.submission) is None


def test_whoever_asks_for_somebody_else_proves_no_number_of_theirs(anna: Person) -> None:
    case = the_case()
    Case.objects.update(
        for_other=True, authority=Authority.objects.create(checked="Seen.", by=User.objects.create())
    )
    assert own_number(case.submission) is None


def test_whoever_may_be_reached_in_one_way_only_gets_no_text_message(anna: Person, gateway: Gateway) -> None:
    """Somebody else may look at what comes to the account's number."""
    submission = the_case().submission
    assert own_number(submission)
    submission.safe_contact = True
    submission.save()
    assert "text message" not in text(anna.see("requests"))
    assert not send_text_code(submission, purpose=NUMBER)
    send_all()
    assert gateway.taken == []


def test_it_is_offered_only_while_it_proves_more(anna: Person, texts: Callable[[str], None]) -> None:
    submission = the_case().submission
    assert offered_number(submission)
    texts(GATEWAY.replace("substantial", "low"))
    assert offered_number(submission) is None
    texts("")
    assert offered_number(submission) is None
    assert "text message" not in text(anna.see("requests"))


# What comes of it


def test_it_proves_the_number_at_the_operators_level_and_the_rest_is_gathered(
    anna: Person, gateway: Gateway
) -> None:
    case = the_case()
    assert case.runs.get(collection="identity").status == "not-proven"
    ask(anna)
    assert at(anna.do("text_code", code=code_in(gateway)), anna.url("requests"))
    assert "You have shown that the number is yours." in text(anna.see("requests"))
    proof = case.submission.proofs.get(method="text-message")
    assert (proof.level, proof.issuer, proof.number_digest) == ("substantial", "", "")
    entry = next(one for one in audit.timeline(case) if one.data.get("method") == "text-message")
    assert (entry.action, entry.data["level"]) == ("proof.given", "substantial")
    assert work(case).runs.get(collection="identity").rows == 1


def test_a_number_that_is_tied_no_longer_proves_nothing(anna: Person, gateway: Gateway) -> None:
    ask(anna)
    code, submission = code_in(gateway), the_case().submission
    Identifier.objects.filter(kind="msisdn").update(valid_to=timezone.now())
    anna.do("text_code", code=code)
    assert not submission.proofs.filter(method="text-message").exists()


def test_a_code_for_the_number_opens_nothing_else(anna: Person, gateway: Gateway, operator: Operator) -> None:
    ask(anna)
    other = Person(operator)
    other.do("status", reference=the_case().reference)
    assert "The code is wrong, or no longer holds" in text(other.do("status_code", code=code_in(gateway)))


def test_the_database_holds_that_each_code_goes_its_own_way(anna: Person) -> None:
    submission = the_case().submission
    message = TextMessage.objects.create(submission=submission, number_digest="x", sealed=b"x")
    mail = submission.mails.first()
    for purpose, way in (("number", {"mail": mail}), ("prove", {"text": message})):
        with pytest.raises(IntegrityError), transaction.atomic():
            MailedCode.objects.create(submission=submission, purpose=purpose, digest="x", **way)


# As mailed ones


def test_its_half_hour_begins_when_it_is_sent(anna: Person, gateway: Gateway) -> None:
    anna.do("text_send")
    MailedCode.objects.update(created_at=timezone.now() - timedelta(hours=3))
    send_all()
    TextMessage.objects.update(sent_at=timezone.now() - LIFE)
    anna.do("text_code", code=code_in(gateway))
    assert not the_case().submission.proofs.filter(method="text-message").exists()
    TextMessage.objects.update(sent_at=timezone.now())
    assert at(anna.do("text_code", code=code_in(gateway)), anna.url("requests"))


def test_guesses_are_counted(anna: Person, gateway: Gateway) -> None:
    ask(anna)
    code = code_in(gateway)
    for _ in range(5):
        anna.do("text_code", code=wrong(code))
    anna.do("text_code", code=code)
    assert not the_case().submission.proofs.filter(method="text-message").exists()


def test_a_request_has_its_limit_and_it_is_told(anna: Person, gateway: Gateway) -> None:
    MailedCode.objects.all().delete()
    for _ in range(PER_HOUR):
        ask(anna)
    assert len(gateway.taken) == PER_HOUR
    page = ask(anna)
    assert "We have sent no further code: there are at most 5 an hour" in page
    assert len(gateway.taken) == PER_HOUR


def test_a_number_has_its_limit_over_all_requests(anna: Person) -> None:
    case = the_case()
    number = own_number(case.submission)
    assert number
    for _ in range(PER_MAILBOX):
        message = TextMessage.objects.create(
            submission=case.submission, number_digest=number.digest, sent_at=timezone.now()
        )
        MailedCode.objects.create(submission=case.submission, purpose="status", digest="x", text=message)
    # Those of other requests, as far as this request's own limit goes.
    again = Person(anna.operator)
    second = again.send(find=ANNA).cases.get()
    MailedCode.objects.filter(purpose="status").update(submission=second.submission)
    assert not send_text_code(case.submission, purpose=NUMBER)


# Told as it went


def test_a_gateway_that_is_away_is_told_and_tried_again(anna: Person, gateway: Gateway) -> None:
    gateway.answers = {"status": 503}
    page = ask(anna)
    assert "The text message to +46•••••••05 is late: it has not gone out yet." in page
    assert "We have sent" not in page
    assert "dataskydd@tele2.example" in page
    gateway.answers = {}
    later()
    send_all()
    assert "We have sent six digits" in text(anna.see("text_code"))


def test_nobody_listens_there(anna: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTS_URL", "http://localhost:1/messages")
    assert "is late: it has not gone out yet" in ask(anna)


def test_a_gateway_that_stays_away_is_given_up(anna: Person, gateway: Gateway) -> None:
    gateway.answers = {"status": 503}
    anna.do("text_send")
    for _ in range(sending.MOST_TRIES + 2):
        later()
        send_all()
    message = TextMessage.objects.get()
    assert (message.attempts, bytes(message.sealed)) == (sending.MOST_TRIES, b"")
    assert "could not be sent. Try again, or choose another way below." in text(anna.see("text_code"))
    entry = next(one for one in audit.timeline(the_case()) if one.action == "text.failed")
    assert entry.data["why"] == "status-503"


@pytest.mark.parametrize("answers", [{"said": "rejected"}, {"status": 400}], ids=["in words", "by status"])
def test_a_number_the_gateway_refuses_is_not_tried_again(
    anna: Person, gateway: Gateway, answers: dict[str, object]
) -> None:
    gateway.answers = answers
    assert "could not be sent" in ask(anna)
    assert TextMessage.objects.get().attempts == 1
    gateway.answers = {}
    assert "We have sent six digits" in ask(anna)


@pytest.mark.parametrize(
    "spoilt", [("TEXTS_TOKEN", "another"), ("TEXTS_TOKEN", "")], ids=["wrong", "missing"]
)
def test_a_secret_that_does_not_fit_is_the_operators_to_mend(
    anna: Person, monkeypatch: pytest.MonkeyPatch, spoilt: tuple[str, str]
) -> None:
    monkeypatch.setenv(*spoilt)
    assert "is late" in ask(anna)
    assert TextMessage.objects.get().given_up_at is None


def test_what_was_sent_twice_bears_the_same_key(anna: Person, gateway: Gateway) -> None:
    ask(anna)
    sealed = TextMessage.objects.get()
    anna.do("text_send")
    second = TextMessage.objects.exclude(pk=sealed.pk).get()
    kept = bytes(second.sealed)
    send_all()
    # A worker that died before its commit.
    TextMessage.objects.filter(pk=second.pk).update(sent_at=None, sealed=kept)
    send_all()
    assert len(gateway.taken) == 2


def test_a_desk_that_is_held_back_sends_none(anna: Person, gateway: Gateway) -> None:
    Standstill.objects.create(dump="0" * 64, knows_until=timezone.now())
    ask(anna)
    assert (gateway.taken, TextMessage.objects.get().attempts) == ([], 0)


# Kept nowhere


def test_no_number_is_written_anywhere_but_sealed(
    anna: Person, gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(0):
        anna.do("text_send")
        message = TextMessage.objects.get()
        opened = json.loads(unseal_for_operator(message.sealed))
        assert opened["number"] == ANNAS
        gateway.answers = {"status": 400}
        send_all()
        gateway.answers = {}
        ask(anna)
        anna.do("text_code", code=code_in(gateway))
    kept = repr(
        list(AuditEntry.objects.values())
        + list(TextMessage.objects.values())
        + list(MailedCode.objects.values())
    )
    for where in (kept, caplog.text, repr(dict(anna.client.session))):
        assert [one for one in (ANNAS, ANNAS[3:], "070-174", code_in(gateway)) if one in where] == []
    assert [bytes(one.sealed) for one in TextMessage.objects.all()] == [b"", b""]


# By reference


def by_reference(operator: Operator) -> tuple[Person, str]:
    visitor = Person(operator)
    visitor.do("status", reference=the_case().reference)
    assert "Send a code by text message instead" in text(visitor.see("status_code"))
    assert at(visitor.do("status_code_by_text"), visitor.url("status_code"))
    page = text(visitor.see("status_code"))
    for left in list(knocks.waiting()):
        knocks.answer(left.pk)
    send_all()
    return visitor, page


def test_the_request_opens_by_a_code_to_the_number(
    anna: Person, gateway: Gateway, operator: Operator
) -> None:
    visitor, page = by_reference(operator)
    assert "If there is such a request, with a number in it" in page
    assert "Look at your phone" in page
    assert at(visitor.do("status_code", code=code_in(gateway)), visitor.url("requests"))


def test_without_a_number_nothing_goes_out_and_the_page_is_the_same(
    anna: Person, gateway: Gateway, operator: Operator
) -> None:
    _visitor, known = by_reference(operator)
    ClaimedIdentifier.objects.filter(kind="msisdn").delete()
    taken = len(gateway.taken)
    _visitor, unknown = by_reference(operator)
    assert known == unknown
    assert len(gateway.taken) == taken


def test_without_a_gateway_it_is_not_offered(operator: Operator, texts: Callable[[str], None]) -> None:
    texts("")
    visitor = Person(operator)
    visitor.do("status", reference="26-22222-22")
    assert "text message" not in text(visitor.see("status_code"))
    assert at(visitor.do("status_code_by_text"), visitor.url("status"))
