"""Calls that are broken, hostile or someone else's: each gets one shape of error, and nothing happens."""

import json

import pytest
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient
from rest_framework.throttling import UserRateThrottle

from cases.api.problems import server_error
from cases.api.reading import LARGEST
from cases.models import Submission
from tests.cases.api.api_calls import ASKED, problem

GOOD = json.dumps(ASKED).encode()


@override_settings(SECURE_SSL_REDIRECT=True, SECURE_PROXY_SSL_HEADER=None)
def test_a_call_in_plain_is_refused_and_not_led_on(portal: APIClient) -> None:
    call = {"data": GOOD, "content_type": "application/json", "headers": {"Idempotency-Key": "1"}}
    answer = portal.post("/api/requests/", **call)
    assert (answer.status_code, answer.json()["code"]) == (403, "in-plain")
    assert portal.post("/api/requests/", **call, secure=True).status_code == 201
    assert Client().get("/tele2-se/")["Location"] == "https://testserver/tele2-se/"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{'operator': 1}",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": "\xff"}',
        b'{"name": "\\ud800"}',
        b'{"name": "' + b"\0" + b'"}',
        "{}".encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b'{"name": "a"} {"name": "b"}',
        b"[" * 50_000,
        b"[" * 900 + b"]" * 900,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"name": ' + b"9" * 90_000 + b"}",
        b"<xml/>",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_a_body_that_is_not_a_request(send, body):
    response = send(body)
    assert response.status_code == 400
    assert response.json()["code"] in ("malformed", "shape")
    assert not Submission.objects.exists()


@pytest.mark.parametrize("body", [b"null", b"[]", b'"text"', b"7", b"true"])
def test_json_that_is_no_object(send, body):
    assert problem(send(body), 400, "shape")["fields"] == {
        "body": ["Send one JSON object with the fields of a request."]
    }


def test_a_name_that_stands_twice_is_not_guessed_at(send):
    twice = GOOD[:-1] + b', "name": "Bo Test"}'
    assert "twice" in problem(send(twice), 400, "malformed")["message"]


def test_an_error_does_not_repeat_what_was_sent(send):
    assert b"1988" not in send(b'{"national_id": "19880320-0016"').content


@pytest.mark.parametrize("size", [LARGEST + 1, 5_000_000])
def test_a_body_too_large(send, size):
    problem(send(b'{"name": "' + b"x" * size + b'"}'), 413, "too-large")


def test_a_body_in_chunks_is_not_taken_for_an_empty_one(portal):
    headers = {"Idempotency-Key": "k", "Transfer-Encoding": "chunked"}
    problem(portal.post("/api/requests/", headers=headers), 411, "length")


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "", "?"],
)
def test_a_body_of_another_kind(send, kind):
    problem(send(GOOD, kind), 415, "content-type")


def test_the_content_type_may_name_its_encoding(send):
    assert send(GOOD, "Application/JSON; charset=utf-8").status_code == 201


@pytest.mark.parametrize("accept", ["text/html", "application/zip", "nonsense", "image/*"])
def test_the_answer_is_json_whatever_was_asked_for(portal, accept):
    problem(portal.get("/api/cases/26-22222-22/", headers={"Accept": accept}), 404, "not-found")


@pytest.mark.parametrize("path", ["/api/", "/api/nothing/", "/api/requests", "/api/cases/", "/api/a/b/c/"])
@pytest.mark.parametrize("method", ["GET", "POST", "BREW"])
def test_an_address_where_nothing_is(portal, path, method):
    problem(portal.generic(method, path), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/requests/"),
        ("DELETE", "/api/requests/"),
        ("POST", "/api/cases/x/"),
        ("PUT", "/api/cases/x/package/"),
    ],
)
def test_a_method_that_is_not_taken(portal, method, path):
    problem(portal.generic(method, path), 405, "method")


@pytest.mark.parametrize("path", ["/api/requests/", "/api/cases/x/", "/api/cases/x/package/"])
def test_nobody_without_a_token(db, path):
    response = APIClient().get(path)
    problem(response, 401, "token-missing")
    assert response["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("header", ["Token", "Token x", "Token a b", f"Token {'0' * 64}", "Token \xe5"])
def test_nobody_with_a_wrong_token(db, header):
    problem(APIClient(HTTP_AUTHORIZATION=header).get("/api/cases/x/"), 401, "token-invalid")


def test_another_scheme_is_no_token(db):
    problem(APIClient(HTTP_AUTHORIZATION="Bearer x").get("/api/cases/x/"), 401, "token-missing")


def test_a_login_at_the_desk_opens_nothing_here(operators, django_user_model):
    browser = Client()
    browser.force_login(django_user_model.objects.create_user("caseworker"))
    problem(browser.get("/api/cases/x/"), 401, "token-missing")


def test_a_token_that_was_taken_back(portal, token_for):
    token_for("portal", revoke=True)
    problem(portal.get("/api/cases/x/"), 401, "token-invalid")


def test_a_user_who_was_switched_off(portal, django_user_model):
    django_user_model.objects.update(is_active=False)
    problem(portal.get("/api/cases/x/"), 401, "token-invalid")


def test_too_many_calls_are_told_when_to_come_back(portal, monkeypatch):
    monkeypatch.setattr(UserRateThrottle, "rate", "2/min", raising=False)
    statuses = [portal.get("/api/cases/x/").status_code for _ in range(2)]
    response = portal.get("/api/cases/x/")
    problem(response, 429, "too-many-calls")
    assert statuses == [404, 404]
    assert 0 < int(response["Retry-After"]) <= 61


def test_a_crash_has_the_shape_too(rf):
    problem_body = json.loads(server_error(rf.get("/api/requests/")).content)
    assert problem_body["code"] == "server-error"


def test_a_header_that_cannot_be_read(db):
    response = APIClient().get("/api/cases/x/", headers={"Host": "elsewhere.example"})
    assert response.status_code == 400
    assert response.json()["code"] == "malformed"


def test_a_nul_in_the_address(portal):
    problem(portal.get("/api/cases/%00/"), 400, "malformed")


def test_a_cookie_of_the_desk_is_not_needed_and_not_set(hand_in):
    assert not hand_in().cookies


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
CHANGES = st.dictionaries(
    st.sampled_from(
        [*ASKED, "standing", "phone", "customer_no", "national_id", "on_behalf_of", "note", "purposes"]
    ),
    ANYTHING,
    min_size=1,
    max_size=3,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_whatever_stands_in_the_fields_it_is_taken_or_told(send, changes):
    body = json.dumps({**ASKED, **changes}).encode(errors="replace")
    response = send(body, key=f"key-{hash(body)}")
    assert response.status_code in (201, 400), response.content
    if response.status_code == 400 and response.json()["code"] != "malformed":
        assert {name.partition(".")[0] for name in response.json()["fields"]} <= set(ASKED) | set(changes)


def test_a_good_request_is_still_good(send):
    assert send(GOOD).status_code == 201
