"""What was begun and not sent: kept for a day, sealed, taken up again, and nobody else's to read."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from cases import tasks
from cases.models import Case, Draft, MailedCode, Operator, OutgoingMail, Submission
from cases.public import wizard
from cases.request import drafts
from cases.sealed.typed import typed_in
from tests.cases.public.public_person import ASTRID, Person, at, mailed_code, mails, text

MINE = ("Astrid", "astrid@example.com", "070-174 06 05")


def code_mailed() -> str:
    for each in drafts.waiting():
        tasks.mail_draft_code(each.pk)
    return mailed_code()


def with_no_session(person: Person) -> Person:
    """The same address, in a browser that knows nothing."""
    other = Person(person.operator)
    other.draft = person.draft
    return other


def test_what_was_typed_lies_sealed_under_a_key_of_its_own(person: Person) -> None:
    person.fill_in()
    other = with_no_session(person)
    other.begin()
    other.fill_in(find={"name": "Bo Öhman"})
    mine, theirs = Draft.objects.order_by("touched_at")
    assert bytes(mine.wrapped) != bytes(theirs.wrapped)
    for row in Draft.objects.values():
        assert not [
            word for word in MINE if word.encode() in b"".join(map(bytes, (row["sealed"], row["wrapped"])))
        ]
    assert "Bo Öhman" not in text(person.see("check"))


def test_the_address_alone_shows_nothing(person: Person) -> None:
    person.fill_in()
    stranger = with_no_session(person)
    for page, *step in (("check",), ("step", "find"), ("step", "rights"), ("reopen",)):
        shown = stranger.client.get(stranger.url(page, *step), follow=True)
        assert shown.redirect_chain == [] or shown.redirect_chain[-1][0] == person.url("reopen")
        assert not [word for word in MINE if word in shown.content.decode()]
    assert at(stranger.do("check"), person.url("reopen"))
    assert not Submission.objects.exists()


def test_a_lost_session_finds_it_again_by_a_code_with_what_was_typed_meanwhile(person: Person) -> None:
    for step in ("rights", "you", "find"):
        person.answer(step, **ASTRID[step])
    again = with_no_session(person)
    assert at(again.answer("more", note="Även i juni."), again.url("reopen"))
    again.do("reopen", send="code")
    code = code_mailed()
    assert [mail["to"] for mail in mails("draft_code")] == ["astrid@example.com"]
    assert again.url("reopen") in mails("draft_code")[0]["body"]
    assert "The code is wrong" in text(again.do("reopen", code=f"{(int(code) + 1) % 10**6:06}"))
    assert at(again.do("reopen", code=code), again.url("step", "more"))
    assert "Även i juni." in again.see("step", "more").content.decode()
    again.answer("more", note="Även i juni.")
    again.do("check")
    assert typed_in(Submission.objects.get()).note == "Även i juni."
    # A code opens once.
    assert (
        "The code is wrong" in text(with_no_session(person).do("reopen", code=code))
        or not Draft.objects.exists()
    )


def test_a_code_that_is_old_used_or_guessed_at_opens_nothing(person: Person) -> None:
    person.fill_in()
    name = UUID(person.draft)
    drafts.ask_for_code(person.operator, name)
    code = code_mailed()
    Draft.objects.update(code_until=timezone.now())
    assert not drafts.opens(person.operator, name, code)
    drafts.ask_for_code(person.operator, name)
    code = code_mailed()
    for _ in range(5):
        assert not drafts.opens(person.operator, name, f"{(int(code) + 1) % 10**6:06}")
    assert not drafts.opens(person.operator, name, code)


def test_no_mailbox_gets_more_than_five_codes_a_day_over_all_drafts(person: Person) -> None:
    for _ in range(7):
        person.begin()
        person.fill_in()
        drafts.ask_for_code(person.operator, UUID(person.draft))
        code_mailed()
    assert OutgoingMail.objects.filter(kind="draft_code").count() == 5
    assert not drafts.waiting().exists()


def test_without_an_address_in_it_the_page_says_the_same_and_nothing_is_mailed(person: Person) -> None:
    person.answer("rights", **ASTRID["rights"])
    told = text(with_no_session(person).client.post(person.url("reopen"), {"send": "code"}, follow=True))
    for each in drafts.waiting():
        tasks.mail_draft_code(each.pk)
    assert "If an e-mail address stands in what was begun" in told
    assert not OutgoingMail.objects.exists()


def test_the_code_goes_to_the_mailbox_that_is_in_the_request_now(person: Person) -> None:
    person.fill_in(find={"email": "former@example.com"})
    person.fill_in_for("Bo Öhman")
    drafts.ask_for_code(person.operator, UUID(person.draft))
    code_mailed()
    # Typed, and not answered yet: what is in the field is what they mean.
    person.answer("asker", name="", email="newer@example.com")
    drafts.ask_for_code(person.operator, UUID(person.draft))
    code_mailed()
    assert [mail["to"] for mail in mails("draft_code")] == ["astrid@example.com", "newer@example.com"]


def test_no_more_is_kept_than_a_page_asks(person: Person) -> None:
    name = UUID(person.draft)
    person.answer("rights", **ASTRID["rights"])
    person.answer("you", **ASTRID["you"])
    person.answer("find", name="Å" * 10_000, email="", more="x" * 10_000)
    kept = drafts.read(person.operator, name)
    assert kept
    assert len(kept["typed"]["find"]["name"]) == 400
    again = with_no_session(person)
    again.answer("find", name="Å" * 10_000, more="x")
    assert again.client.session[f"left:{name}"] == {"find": {"name": "Å" * 400}}


def test_what_is_begun_from_one_network_is_paced(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    person.client.defaults["REMOTE_ADDR"] = "192.0.2.7"
    monkeypatch.setattr(wizard, "DRAFTS", replace(wizard.DRAFTS, free=1))
    for told in (False, True):
        person.begin()
        answered = person.answer("rights", **ASTRID["rights"])
        assert ("Much comes in from your network" in text(answered)) is told
    assert Draft.objects.count() == 1


def test_another_language_in_mid_step_keeps_what_was_typed(person: Person) -> None:
    for step in ("rights", "you"):
        person.answer(step, **ASTRID[step])
    assert 'form="answers" name="lang" value="da"' in person.see("step", "find").content.decode()
    half = {"name": "Astrid Öhman", "email": "astrid@", "phone": "070"}
    assert at(person.answer("find", **half, lang="sv"), person.url("step", "find"))
    page = person.see("step", "find").content.decode()
    assert '<html lang="sv">' in page
    assert [value for value in half.values() if f'value="{value}"' not in page] == []
    # Not answered by it.
    assert at(person.see("check"), person.url("step", "find"))
    person.answer("rights", rights=["erasure"], lang="en")
    assert 'value="erasure" ' in person.see("step", "rights").content.decode()


def test_two_tabs_are_two_requests(person: Person) -> None:
    person.answer("rights", rights=["access"])
    first = person.draft
    person.begin()
    assert "You have begun a request here" in text(person.see("step", "rights"))
    person.send(rights={"rights": ["erasure"]}, find={"email": "second@example.com"})
    second, person.draft = person.draft, first
    person.send()
    person.do("code", code=mailed_code())
    person.draft = second
    assert "second@example.com" in person.see("code").content.decode()
    assert [case.right for case in Case.objects.order_by("pk")] == ["erasure", "access"]
    assert [case.stage for case in Case.objects.order_by("pk")] == ["verification", "matching"]


def test_the_code_in_hand_is_enough_on_its_page_without_a_session(person: Person) -> None:
    submission = person.send()
    code, again = mailed_code(), with_no_session(person)
    page = text(again.see("code"))
    assert "This browser does not know the request" in page
    nobody = Person(person.operator)
    assert text(nobody.see("code")) == page, "whether there is such a request"
    assert not [word for word in (*MINE, submission.cases.get().reference) if word in page]
    assert "The code is wrong" in text(nobody.do("code", code="123456"))
    assert at(again.do("code", code=code), again.url("requests"))
    assert submission.cases.get().stage == "matching"
    again_mailed = with_no_session(person)
    told = text(again_mailed.client.post(person.url("code_again"), follow=True))
    assert "If there is such a request" in told
    assert MailedCode.objects.filter(purpose="status").count() + len(mails("status_code")) >= 1


def test_a_day_after_the_last_answer_it_is_gone_and_the_page_says_so(person: Person) -> None:
    person.fill_in()
    Draft.objects.update(touched_at=timezone.now() - timedelta(hours=23))
    tasks.purge_drafts()
    assert "astrid@example.com" in text(person.see("check"))
    Draft.objects.update(touched_at=timezone.now() - timedelta(hours=25))
    gone = text(person.client.get(person.url("check"), follow=True))
    assert "Nothing is kept here any more" in gone
    tasks.purge_drafts()
    assert not Draft.objects.exists()
    assert "Nothing is kept here any more" in text(person.client.get(person.url("step", "find"), follow=True))


def test_what_was_sent_is_no_draft_any_more(person: Person) -> None:
    person.send()
    assert not Draft.objects.exists()
    assert at(person.see("step", "find"), person.url("code"))


def test_one_that_can_no_longer_be_unsealed_is_begun_anew(person: Person) -> None:
    person.fill_in()
    Draft.objects.update(sealed=b"no seal")
    assert "Nothing is kept here any more" in text(person.client.get(person.url("check"), follow=True))
    person.fill_in()
    assert "astrid@example.com" in text(person.see("check"))


@pytest.mark.parametrize("path", ["request/rights/", "request/check/", "request/code/"])
def test_addresses_from_before_lead_on(person: Person, path: str) -> None:
    assert person.client.get(f"/{person.operator.pk}/{path}").status_code == 302
    assert person.client.get(f"/{person.operator.pk}/request/nowhere/").status_code == 404


def test_of_another_operator_it_is_none(person: Person, other_operator: Operator) -> None:
    person.fill_in()
    assert not drafts.is_kept(Operator(pk="nobody"), UUID(person.draft))
    assert drafts.read(Operator(pk="nobody"), UUID(person.draft)) is None
    mine, person.operator = person.operator, other_operator
    # What this browser has open at one operator it has open at no other.
    assert person.answer("rights", rights=["access"]).status_code == 404
    person.operator = mine
    person.do("check")
    person.operator = other_operator
    assert {person.answer("rights", rights=["access"]).status_code, person.see("check").status_code} == {404}
    assert json.dumps(drafts.read(person.operator, uuid4())) == "null"
