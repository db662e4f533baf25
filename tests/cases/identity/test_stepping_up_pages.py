"""What waits for a stronger proof, and the ways without electronic identity, as the person and the desk see them."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from cases.identity.people.protection import mark_protected
from cases.models import Case, Operator, Run, Submission, User
from cases.sources.loading import load_operator
from exports.opened import pdfs
from tests.cases.public.public_person import Person, at, text
from tests.operators.by_hand import answer, work
from tests.operators.scenes import NUMBERED, Scene

pytestmark = [pytest.mark.django_db, pytest.mark.pango]


@pytest.fixture
def proof_asked() -> str:
    return ""


@pytest.fixture
def scene() -> Scene:
    return NUMBERED


@pytest.fixture
def person(operator: Operator) -> Person:
    return Person(operator)


@pytest.fixture
def case(person: Person) -> Case:
    """Asked, proven by the mailed code alone, judged; the status page is open."""
    person.send(find={"name": "Anna", "email": "anna@example.com", "phone": ""})
    person.prove()
    case = work(Case.objects.get())
    person.open_status(case)
    return case


@pytest.fixture
def desk(signed_in: Callable[..., Client]) -> Client:
    return signed_in("caseworker")


ADDRESS = {"address": "Anna Test\nSmala gatan 3\n111 22 Stockholm"}


def posted_code(desk: Client, case: Case) -> str:
    """The code in the letter that a caseworker prints, once it is in the post."""
    printed = desk.post(reverse("exports:posted-code", args=[case.reference]), ADDRESS)
    assert printed["Content-Type"] == "application/pdf"
    letter = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(printed.content)).pages)
    assert "Smala gatan 3" in letter
    desk.post(reverse("exports:code-posted", args=[case.reference]))
    found = re.search(r"\b(\d{4})\s(\d{4})\b", letter)
    assert found
    return found[1] + found[2]


def test_the_form_says_what_the_code_does_not_open_and_how_else_it_is_had(person: Person) -> None:
    person.send()
    page = text(person.see("code"))
    for said in ("What the code does not open", "Traffic data", "Visit one of our shops"):
        assert said in page


@pytest.mark.parametrize("language", ["sv", "da", "en"])
def test_the_ways_are_told_in_the_persons_language(operator: Operator, language: str) -> None:
    person = Person(operator, language)
    person.send()
    way = {
        "sv": "Besök en av våra butiker",
        "da": "Besøg en af vores butikker",
        "en": "Visit one of our shops",
    }
    assert way[language] in text(person.see("code"))


def test_the_status_page_says_what_waits_and_every_way(person: Person, case: Case) -> None:
    page = text(person.see("requests"))
    for said in ("Waits for a stronger proof", "National identity number", "Call us on 08-465 004 10"):
        assert said in page
    case.runs.filter(status=Run.Status.NOT_PROVEN).delete()
    assert "stronger proof" not in text(person.see("requests"))


def test_a_letter_is_offered_where_it_opens_something(person: Person, folder_of_operator: Path) -> None:
    register = folder_of_operator / "register.toml"
    asked = "[categories.national-id]"
    register.write_text(register.read_text().replace(asked, f'{asked}\nways = ["shop"]'))
    load_operator(person.operator.pk)
    person.send(find={"name": "Anna", "email": "anna@example.com", "phone": ""})
    person.prove()
    person.open_status(work(Case.objects.get()))
    page = text(person.see("requests"))
    assert "Waits for a stronger proof" in page
    assert "letter with a code" not in page


def test_the_desk_says_the_same(case: Case, desk: Client) -> None:
    page = text(desk.get(case.get_absolute_url()))
    assert "Waits for a stronger proof: National identity number." in page
    assert "Visit one of our shops" in page
    register = text(desk.get(reverse("desk:register", args=[case.operator_id])))
    assert "a code by letter to the registered address" in register


def test_nobody_looks_a_protected_persons_address_up_for_a_letter(
    person: Person, case: Case, desk: Client, staff: Callable[..., User]
) -> None:
    def offered() -> list[bool]:
        own, theirs = text(person.see("requests")), text(desk.get(case.get_absolute_url()))
        asked = "Send me a letter with a code" in own, "Write a letter with a code" in theirs
        return [*asked, *("Ask us for a letter with a code" in page for page in (own, theirs))]

    assert all(offered())
    mark_protected(case, by=staff("caseworker"))
    assert not any(offered())
    assert "Visit one of our shops" in text(person.see("requests"))


def test_a_letter_is_asked_for_posted_and_its_code_entered(person: Person, case: Case, desk: Client) -> None:
    assert "Send me a letter with a code" in text(person.see("requests"))
    person.do("letter")
    assert "The person asks for a letter with a code" in text(desk.get(reverse("desk:tasks")))
    code = posted_code(desk, case)
    assert not case.tasks.filter(kind="post-code", done_at=None).exists()
    assert "The code in the letter" in text(person.see("requests"))
    wrong = person.do("letter_code", code="1")
    assert at(wrong, person.url("requests"))
    assert "has 8 digits" in text(person.see("requests"))
    person.do("letter_code", code=f"{code[:4]} {code[4:]}")
    case = work(case)
    assert not case.runs.filter(status=Run.Status.NOT_PROVEN).exists()
    assert "code by letter" in text(desk.get(case.get_absolute_url()))


@pytest.mark.parametrize("more_waits", [True, False])
def test_that_the_rest_is_gathered_is_said_where_something_opened(
    person: Person, case: Case, desk: Client, more_waits: bool
) -> None:
    code = posted_code(desk, case)
    if not more_waits:
        case.runs.filter(status=Run.Status.NOT_PROVEN).delete()
    person.do("letter_code", code=code)
    page = text(person.see("requests"))
    assert "You have shown who you are" in page
    assert ("we gather the rest" in page) is more_waits


def test_the_letter_names_no_mailed_code_where_none_opens_the_request(case: Case, desk: Client) -> None:
    case.submission.proofs.update(method="bankid", issuer="https://broker.example")
    printed = desk.post(reverse("exports:posted-code", args=[case.reference]), ADDRESS)
    # However its lines are broken.
    letter = "".join("".join(pdfs.pages(printed.content)).split())
    assert "yourelectronicidentity" in letter
    assert "codewemailyou" not in letter


def test_a_letter_needs_an_address(case: Case, desk: Client) -> None:
    answered = desk.post(reverse("exports:posted-code", args=[case.reference]), {"address": " "}, follow=True)
    assert "Write the address the letter goes to" in text(answered)
    assert case.submission.posted_codes.count() == 0


def test_the_pages_offer_no_letter_to_a_protected_person(
    person: Person, case: Case, desk: Client, staff: Callable[..., User]
) -> None:
    assert "Write a letter with a code" in text(desk.get(case.get_absolute_url()))
    mark_protected(case, by=staff("caseworker"))
    assert "Send me a letter with a code" not in text(person.see("requests"))
    assert "Write a letter with a code" not in text(desk.get(case.get_absolute_url()))
    answered = desk.post(reverse("exports:posted-code", args=[case.reference]), {"address": "X"}, follow=True)
    assert "their address is not looked up here" in text(answered)


def test_the_desk_says_that_a_letter_is_safe(case: Case, desk: Client) -> None:
    Submission.objects.update(safe_contact=True)
    assert "a letter is safe" in text(desk.get(case.get_absolute_url()))
    written, address = reverse("exports:posted-code", args=[case.reference]), {"address": "Storgatan 1"}
    assert "Ask them in that way whether a letter is safe" in text(desk.post(written, address, follow=True))
    assert desk.post(written, {**address, "agreed": "on"})["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("role", ["approver", "auditor"])
def test_who_works_no_cases_writes_no_letter(case: Case, signed_in: Callable[..., Client], role: str) -> None:
    client = signed_in(role)
    for name in ("posted-code", "code-posted"):
        assert client.post(reverse(f"exports:{name}", args=[case.reference])).status_code == 403


def test_without_the_status_page_open_nothing_is_asked_or_entered(operator: Operator) -> None:
    stranger = Person(operator)
    for page in ("letter", "letter_code"):
        assert at(stranger.do(page), stranger.url("status"))


def test_after_the_answer_the_code_opens_a_case_of_its_own_and_its_page(
    person: Person, case: Case, desk: Client, staff: Callable[..., User]
) -> None:
    answer(case, staff("caseworker"), staff("approver"))
    page = text(person.see("requests"))
    assert "Show who you are, and we answer once more" in page
    person.do("letter_code", code=posted_code(desk, case))
    again = Case.objects.get(follows=case)
    assert again.reference in text(person.see("requests"))
    visitor = Person(person.operator)
    assert again.reference in text(visitor.open_status(case))
    for one, other in ((case, again), (again, case)):
        assert other.reference in text(desk.get(one.get_absolute_url()))


def test_a_caseworker_vouches_for_whoever_comes_to_the_shop_after_the_answer(
    case: Case, desk: Client, staff: Callable[..., User]
) -> None:
    answer(case, staff("caseworker"), staff("approver"))
    assert "Prove in another way" in text(desk.get(case.get_absolute_url()))
    desk.post(
        reverse("desk:prove", args=[case.reference]),
        {"level": "substantial", "evidence": "shop", "checked": "A passport."},
    )
    again = Case.objects.get(follows=case)
    assert work(again).runs.get(collection="identity").rows == 1
    assert "Prove in another way" not in text(desk.get(case.get_absolute_url()))
