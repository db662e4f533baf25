"""Whatever comes in: a sentence that says what to do, never an error page of the server, never a half-made case."""

import pytest
from django.test import Client

from cases.models import Case, Submission
from tests.cases.public.public_person import ASTRID, Person, at, text

HOSTILE = ["\x00", "a\x00b", "\x1b[31m", "�", "\u009b"]


def _ready_to_find(person: Person) -> None:
    person.answer("rights", **ASTRID["rights"])
    person.answer("you", **ASTRID["you"])


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("field", ["name", "email", "phone", "customer_no", "national_id"])
def test_unreadable_characters_are_named_at_the_field(person: Person, field: str, value: str) -> None:
    _ready_to_find(person)
    response = person.answer("find", **ASTRID["find"] | {field: f"x{value}"})
    assert response.status_code == 200
    assert f'id="id_{field}_error"' in response.content.decode()
    assert "characters we can't read" in text(response)


@pytest.mark.parametrize("field", ["name", "email", "phone", "customer_no", "national_id"])
def test_huge_values_are_too_long(person: Person, field: str) -> None:
    _ready_to_find(person)
    response = person.answer("find", **ASTRID["find"] | {field: "9" * 50_000})
    assert response.status_code == 200
    assert "This is too long" in text(response)


def test_a_note_of_four_thousand_characters_is_taken_and_one_more_is_not(person: Person) -> None:
    _ready_to_find(person)
    person.answer("find", **ASTRID["find"])
    assert "at most 4000" in text(person.answer("more", note="å" * 4001))
    assert at(person.answer("more", note="å" * 4000), person.url("check"))


@pytest.mark.parametrize(
    "name", ["Åsa Ström", "Þóra Ægisdóttir", "Nguyễn Thị", "李小龍", "O'Neill-Świętek", "عمر"]
)
def test_names_of_this_world_are_names(person: Person, name: str) -> None:
    person.send(find={"name": name})
    assert Submission.objects.count() == 1


def test_markup_is_text(person: Person) -> None:
    person.fill_in(more={"note": "<script>alert(1)</script>"})
    page = person.see("check").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("step", "data"),
    [
        ("rights", {"rights": ["own-the-company"]}),
        ("rights", {"rights": ["access", "\x00"]}),
        ("you", {"standing": "king"}),
        ("you", {"standing": ["self", "\x00"]}),
    ],
)
def test_a_choice_that_was_not_offered_is_refused(person: Person, step: str, data: dict[str, object]) -> None:
    person.answer("rights", **ASTRID["rights"])
    response = person.answer(step, **data)
    assert response.status_code == 200
    assert 'class="error-summary"' in response.content.decode()


@pytest.mark.parametrize("code", ["", "abc", "1" * 5000, "\x00", "१२३४५६", "-1"])
def test_a_code_that_is_none(person: Person, code: str) -> None:
    person.send()
    response = person.do("code", code=code)
    assert response.status_code == 200
    assert 'id="id_code_error"' in response.content.decode()


@pytest.mark.parametrize("reference", ["\x00", "9" * 5000, ""])
def test_a_reference_that_is_none(person: Person, reference: str) -> None:
    response = person.do("status", reference=reference)
    assert response.status_code == 200
    assert 'id="id_reference_error"' in response.content.decode()


BODIES = [
    (b"name=%FF%FE%00&email=\xff", "application/x-www-form-urlencoded"),
    (b"rights=access", "application/x-www-form-urlencoded; charset=utf-99"),
    (b"rights=access", "application/x-www-form-urlencoded; charset=utf-16"),
    (b"--x\r\nnot a part", "multipart/form-data; boundary=x"),
    (b"no boundary", "multipart/form-data"),
    (b"&".join(b"rights=access" for _n in range(1000)), "application/x-www-form-urlencoded"),
    (b"note=" + b"x" * 2_000_000, "application/x-www-form-urlencoded"),
    (b"{}", "application/json"),
    (b"", "text/plain; charset=\x00"),
]


@pytest.mark.parametrize(("body", "content_type"), BODIES)
@pytest.mark.parametrize(
    "page", ["request/rights/", "request/check/", "request/code/", "status/", "status/code/"]
)
def test_bodies_no_browser_sends(person: Person, page: str, body: bytes, content_type: str) -> None:
    client = Client(headers={"accept-language": "en"})
    response = client.generic("POST", f"/tele2-se/{page}", body, content_type)
    assert response.status_code in (200, 302, 400, 413)
    assert Case.objects.count() == 0


def test_too_much_is_said_in_words(person: Person) -> None:
    response = person.answer("rights", note="x" * 2_000_000)
    assert response.status_code == 413
    assert "too big" in text(response)


@pytest.mark.parametrize(
    "path", ["/nobody/", "/nobody/request/", "/tele2-se/request/nowhere/", "/tele2-se/x/"]
)
def test_unknown_addresses_are_not_found(person: Person, path: str) -> None:
    response = person.client.get(path)
    assert response.status_code == 404
    assert "There is no such page" in text(response)


@pytest.mark.parametrize("language", ["xx", "sv" * 500, ""])
def test_a_language_we_do_not_speak_changes_nothing(person: Person, language: str) -> None:
    response = person.client.get(person.url("landing"), {"lang": language})
    assert at(response, person.url("landing"))
    assert not response.cookies


@pytest.mark.parametrize(
    "path", ["/tele2-se/%00/", "/desk/cases/%00/", "/tele2-se/status/?a=%00", "/?lang=%00"]
)
def test_a_nul_in_an_address_is_refused(person: Person, path: str) -> None:
    assert person.client.get(path).status_code == 400


def test_a_nul_in_a_cookie_is_refused(person: Person) -> None:
    """Cookies may carry octal escapes; this one is no session key that PostgreSQL could look up."""
    assert (
        Client(headers={"cookie": 'sessionid="abcdefgh\\000"'}).get(person.url("landing")).status_code == 400
    )


def test_cookies_of_rubbish_are_nothing(person: Person) -> None:
    person.client.cookies["sessionid"] = "../../etc/passwd"
    person.client.cookies["django_language"] = "../../etc"
    assert person.see("step", "rights").status_code == 200
