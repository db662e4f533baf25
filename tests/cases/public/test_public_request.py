"""The request form: what is asked, in which order, and what comes of sending it."""

import re

import pytest
from django.test import Client

from cases.models import Case, Operator, Submission
from cases.request import references
from cases.request.references import find_submission
from cases.sealed.typed import read_file, typed_in
from cases.sources.loading import load_operator
from cases.templatetags.public import day
from tests.cases.public.public_person import ASKER, ASTRID, Person, at, mailed_code, mails, text


def test_a_request_goes_in_page_by_page(person: Person) -> None:
    person.begin()
    assert at(person.answer("rights", **ASTRID["rights"]), person.url("step", "you"))
    assert at(person.answer("you", **ASTRID["you"]), person.url("step", "find"))
    assert at(person.answer("find", **ASTRID["find"]), person.url("step", "more"))
    assert at(person.answer("more", **ASTRID["more"]), person.url("check"))
    assert "astrid@example.com" in text(person.see("check"))
    assert at(person.do("check"), person.url("code"))
    assert Case.objects.get().right == "access"


def test_what_was_typed_arrives(person: Person) -> None:
    typed = typed_in(person.send())
    assert (typed.name, typed.email, typed.note) == (
        "Astrid Öhman",
        "astrid@example.com",
        "Även samtal i maj.",
    )


def test_several_rights_are_several_cases_under_one_reference(person: Person, operator: Operator) -> None:
    submission = person.send(rights={"rights": ["access", "erasure", "marketing-objection"]})
    first, *others = [case.reference for case in submission.cases.order_by("pk")]
    assert others == [f"{first}-2", f"{first}-3"]
    page = text(person.see("code"))
    assert page.count(first) == 1
    # However one of them is typed it is this request, and one from before, alone under its own, is too.
    for typed in (first, others[1], others[1].lower().replace("-", " "), f"{first}-9"):
        assert find_submission(operator, typed) == submission
    Case.objects.filter(reference=others[0]).update(reference=(old := references.new(2025)))
    assert find_submission(operator, old) == submission


def test_no_more_marketing_takes_three_pages_and_asks_what_finding_the_account_needs(person: Person) -> None:
    person.begin()
    assert at(person.answer("rights", rights=["marketing-objection"]), person.url("step", "stop"))
    page = person.see("step", "stop").content.decode()
    assert set(re.findall(r'<(?:input|textarea)[^>]*? name="(\w+)"', page)) == {
        "csrfmiddlewaretoken", "name", "email", "phone", "customer_no", "website",
    }  # fmt: skip
    assert "Step 2 of 2" in text(person.see("step", "stop"))
    assert at(person.answer("stop", name="Astrid Öhman", email="astrid@example.com"), person.url("code"))
    case = Case.objects.get()
    assert (case.right, case.submission.standing) == ("marketing-objection", "self")
    assert at(person.do("code", code=mailed_code()), person.url("receipt"))
    assert case.act_by
    by = " ".join(day(case.act_by).split())
    assert f"What has to stop at once stops by {by} at the latest." in text(
        Person(person.operator).open_status(case)
    )


def test_from_the_short_way_all_pages_can_be_had_with_what_was_typed(person: Person) -> None:
    person.answer("rights", rights=["marketing-objection"])
    assert at(person.answer("stop", name="Astrid", email="", whole="1"), person.url("step", "you"))
    person.answer("you", standing="self")
    assert 'value="Astrid"' in person.see("step", "find").content.decode()


@pytest.mark.parametrize(
    ("right", "field", "offered", "left_out"),
    [
        ("consent-withdrawal", "consents", ("T2-P05", "T2-P08"), ("T2-P01", "T2-P10")),
        ("restriction", "restricted", ("T2-P01", "T2-P05"), ("T2-X01",)),
        ("automated-decision", "reviewed", ("T2-P04",), ("T2-P05",)),
    ],
)
def test_consents_restrictions_and_decisions_are_those_of_this_operator_or_all(
    person: Person, right: str, field: str, offered: tuple[str, ...], left_out: tuple[str, ...]
) -> None:
    person.answer("rights", rights=[right, "access"])
    person.answer("you", standing="self")
    person.answer("find", **ASTRID["find"])
    page = person.see("step", "more").content.decode()
    assert all(f'name="{field}" value="{code}"' in page for code in ("all", *offered))
    assert not [code for code in left_out if f'value="{code}"' in page]
    assert "or all of them." in text(person.answer("more", note=""))
    person.answer("more", note="", **{field: [offered[0]]})
    person.do("check")
    asked, access = Case.objects.get(right=right), Case.objects.get(right="access")
    assert (read_file(asked).purposes, read_file(access).purposes) == ((offered[0],), ())
    person.begin()
    person.send(rights={"rights": [right]}, more={"note": "", field: ["all", offered[0]]})
    assert read_file(Case.objects.latest("pk")).purposes == ()


@pytest.mark.parametrize("step", ["you", "find", "more"])
def test_nobody_skips_a_page(person: Person, step: str) -> None:
    assert at(person.see("step", step), person.url("step", "rights"))


def test_the_last_page_leads_to_the_first_open_one(person: Person) -> None:
    person.answer("rights", **ASTRID["rights"])
    assert at(person.see("check"), person.url("step", "you"))


def test_going_back_shows_what_was_answered(person: Person) -> None:
    person.fill_in()
    assert 'value="Astrid Öhman"' in person.see("step", "find").content.decode()


def test_changing_one_answer_leads_back_to_the_last_page(person: Person) -> None:
    person.fill_in()
    changed = person.client.post(person.url("step", "you") + "?change", {"standing": "user"})
    assert at(changed, person.url("check"))
    assert "someone else pays for" in text(person.see("check"))


def test_a_change_that_opens_a_question_leads_to_it(person: Person) -> None:
    person.fill_in(more={"note": ""})
    changed = person.client.post(person.url("step", "rights") + "?change", {"rights": ["objection"]})
    assert at(changed, person.url("step", "more"))


def test_sending_twice_is_sending_once(person: Person) -> None:
    person.fill_in()
    person.do("check")
    assert at(person.do("check"), person.url("code"))
    assert Submission.objects.count() == 1
    assert len(mails("code")) == 1


def test_sending_again_later_shows_the_request_that_was_sent(person: Person) -> None:
    person.send()
    assert at(person.do("check"), person.url("code"))
    assert Submission.objects.count() == 1


def test_a_second_request_starts_empty(person: Person) -> None:
    person.send()
    person.begin()
    assert "Astrid" not in person.see("step", "rights").content.decode()
    assert at(person.see("step", "find"), person.url("step", "rights"))


def test_a_draft_for_one_operator_is_not_one_for_another(person: Person) -> None:
    person.fill_in()
    other = load_operator("telia-finance-dk")[0]
    response = person.client.get(f"/{other.pk}/request/{person.draft}/check/")
    assert at(response, f"/{other.pk}/request/{person.draft}/rights/")


def test_who_asks_for_another_names_them(person: Person) -> None:
    assert "on_behalf_of" not in person.see("step", "find").content.decode()
    person.answer("rights", **ASTRID["rights"])
    person.answer("you", standing="proxy")
    assert "Write the name of the person you ask for." in text(person.answer("person", on_behalf_of=""))
    person.answer("person", on_behalf_of="Bertil Öhman", person_email="bertil@example.com")
    assert "Choose what gives you the right to ask" in text(
        person.answer("asker", **ASKER | {"authority": ""})
    )
    person.answer("asker", **ASKER)
    person.answer("more", note="")
    person.do("check")
    typed, submission = typed_in(Submission.objects.get()), Submission.objects.get()
    assert (typed.name, typed.email) == ("Astrid Öhman", "astrid@example.com")
    assert (typed.on_behalf_of, typed.person_email) == ("Bertil Öhman", "bertil@example.com")
    assert submission.authority_kind == "attorney"


def test_a_browser_fills_nothing_of_the_askers_into_what_is_the_persons(person: Person) -> None:
    person.answer("rights", **ASTRID["rights"])
    person.answer("you", standing="proxy")
    page = person.see("step", "person").content.decode()
    fields = re.findall(r"<(?:input|textarea)[^>]*name=\"(?!csrf|trap)[^>]*>", page)
    assert len(fields) == 5
    assert all('autocomplete="off"' in field for field in fields)
    assert 'type="email"' not in page


def test_ones_own_number_is_not_the_others_after_a_change_of_mind(person: Person) -> None:
    """Somebody asks for another, goes back to ask for themselves, and asks for the other after all."""
    person.fill_in_for("Bertil Öhman")
    person.fill_in()
    person.answer("you", standing="proxy")
    person.do("check")
    (case,) = Submission.objects.get().cases.all()
    assert not case.claimed.exists()


def test_nobodys_name_is_left_after_a_change_of_mind_the_other_way(person: Person) -> None:
    person.fill_in_for("Bertil Öhman", customer_no="C-7")
    person.fill_in()
    person.do("check")
    submission = Submission.objects.get()
    assert (typed_in(submission).on_behalf_of, submission.authority_kind) == ("", "")
    assert set(submission.cases.get().claimed.values_list("kind", flat=True)) == {"email", "msisdn"}


def test_ones_own_address_is_not_the_persons(person: Person) -> None:
    person.fill_in_for("Bertil Öhman", person_email="Astrid@example.com")
    assert "This is your own address" in text(person.do("check"))


def test_an_objection_names_a_use_or_describes_one(person: Person) -> None:
    person.answer("rights", rights=["objection"])
    person.answer("you", standing="self")
    person.answer("find", **ASTRID["find"])
    assert "Choose a use that should stop" in text(person.answer("more", note=""))
    assert at(person.answer("more", note="", purposes=["T2-P07"]), person.url("check"))
    person.do("check")
    assert typed_in(Submission.objects.get()).purposes == ("T2-P07",)


def test_only_uses_that_can_be_objected_to_are_offered(person: Person) -> None:
    """Art. 21(1): legitimate interest (T2-P05), not contract (T2-P01), consent (T2-P08) or law (T2-P10).

    Nor what the operator added because the policy does not name it (T2-X01).
    """
    person.answer("rights", rights=["objection"])
    person.answer("you", standing="self")
    person.answer("find", **ASTRID["find"])
    page = person.see("step", "more").content.decode()
    assert 'value="T2-P05"' in page
    assert not [code for code in ("T2-P01", "T2-P08", "T2-P10", "T2-X01") if f'value="{code}"' in page]


def test_a_correction_says_what_is_wrong(person: Person) -> None:
    person.answer("rights", rights=["rectification"])
    person.answer("you", standing="self")
    person.answer("find", **ASTRID["find"])
    assert "Write what is wrong and what is right." in text(person.answer("more", note=" "))


def test_every_complaint_about_a_page_comes_at_once(person: Person) -> None:
    person.answer("rights", **ASTRID["rights"])
    person.answer("you", **ASTRID["you"])
    page = text(person.answer("find", name="", email="astrid@", phone="hundra", national_id="123"))
    for sentence in (
        "Write your name.",
        "Write an e-mail address",
        "Write the phone number",
        "ten or twelve",
    ):
        assert page.count(sentence) == 2, sentence  # in the summary, and at the field


def test_the_summary_names_the_field(person: Person) -> None:
    """The same sentence can stand at two fields."""
    person.answer("rights", **ASTRID["rights"])
    person.answer("you", **ASTRID["you"])
    page = text(person.answer("find", **ASTRID["find"] | {"phone": "0" * 41, "customer_no": "x" * 41}))
    for label in ("Phone number", "Customer number"):
        assert f"{label}: This is too long. Use at most 40 characters." in page


def test_the_summary_links_to_the_fields_and_takes_focus(person: Person) -> None:
    page = person.answer("rights").content.decode()
    assert 'role="alert" tabindex="-1" autofocus' in page
    assert 'href="#id_rights_0"' in page
    assert 'id="id_rights_0"' in page
    assert "<title>Error:" in " ".join(page.split())


def test_nothing_is_asked_for_by_get(person: Person) -> None:
    """What is typed never stands in an address, where logs and histories keep it."""
    person.fill_in()
    for step in ("rights", "you", "find", "more"):
        assert 'method="post"' in person.see("step", step).content.decode()


def test_a_form_from_another_site_is_refused_with_a_sentence(person: Person) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    response = strict.post(person.url("step", "rights"), {"rights": ["access"]})
    assert response.status_code == 403
    assert "load the page again" in text(response)
