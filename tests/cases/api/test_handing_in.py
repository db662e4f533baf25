"""A request from an operator's own system: taken in once, or refused whole."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from cases.identity.people.deceased import died_on
from cases.models import AuditEntry, Case, OutgoingMail, Submission
from cases.sealed.typed import typed_in
from tests.cases.api.api_calls import ASKED, calling_with, problem


def test_a_request_opens_a_case_for_each_right(hand_in):
    response = hand_in(rights=["access", "marketing-objection"])
    assert response.status_code == 201
    body = response.json()
    assert [case["right"] for case in body["cases"]] == ["access", "marketing-objection"]
    assert {case["stage"] for case in body["cases"]} == {"verification"}
    assert {case["reference"] for case in body["cases"]} == set(
        Case.objects.values_list("reference", flat=True)
    )
    assert Submission.objects.get(pk=body["id"]).channel == "api"
    entries = AuditEntry.objects.filter(action="case.received")
    assert set(entries.values_list("actor", flat=True)) == {"portal"}


def test_the_person_is_mailed_a_code_as_with_the_form(hand_in):
    hand_in()
    assert OutgoingMail.objects.filter(kind="code").count() == 1


def test_a_case_tells_nothing_personal(hand_in, portal):
    reference = hand_in(national_id="19880320-0016", phone="0701740605").json()["cases"][0]["reference"]
    answer = portal.get(f"/api/cases/{reference}/").content.decode()
    assert not any(typed in answer for typed in ("Anna", "anna@", "1988", "0701740605"))


def test_the_same_key_again_opens_nothing_and_says_the_same(hand_in):
    first, second = hand_in(), hand_in()
    assert first.json() == second.json()
    assert (first.status_code, second.status_code) == (201, 201)
    assert Submission.objects.count() == Case.objects.count() == OutgoingMail.objects.count() == 1


def test_the_same_key_for_another_request_is_refused(hand_in):
    hand_in()
    problem(hand_in(name="Bo Test"), 422, "key-reused")
    assert Submission.objects.count() == 1


def test_a_key_belongs_to_its_caller(hand_in, token_for):
    hand_in()
    other = calling_with(token_for("crm", "tele2-se"))
    response = other.post("/api/requests/", ASKED, format="json", headers={"Idempotency-Key": "key-1"})
    assert response.status_code == 201
    assert Submission.objects.count() == 2


@pytest.mark.parametrize("key", ["", " ", "k" * 81, "nyckel-å", "a\tb"])
def test_a_key_that_is_none(hand_in, key):
    problem(hand_in(key=key), 400, "idempotency-key")


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_the_same_moment_is_one_request(hand_in):
    together = Barrier(4)

    def post(_number):
        together.wait()
        try:
            return hand_in()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        responses = list(pool.map(post, range(4)))
    assert {response.status_code for response in responses} == {201}
    assert len({response.json()["id"] for response in responses}) == 1
    assert Submission.objects.count() == Case.objects.count() == OutgoingMail.objects.count() == 1
    assert AuditEntry.objects.filter(action="case.received").count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"rights": []}, "rights", "shape"),
        ({"rights": ["acces"]}, "rights.0", "shape"),
        ({"rights": "access"}, "rights", "shape"),
        ({"rights": [["access"]]}, "rights.0", "shape"),
        ({"rights": [{"a": 1}]}, "rights.0", "shape"),
        ({"language": "fi"}, "language", "shape"),
        ({"language": None}, "language", "shape"),
        ({"name": ""}, "name", "shape"),
        ({"name": {"first": "Anna"}}, "name", "shape"),
        ({"name": True}, "name", "shape"),
        ({"name": "A" * 201}, "name", "shape"),
        ({"name": "Anna\0"}, "name", "shape"),
        ({"name": "Anna\x1b[31m"}, "name", "shape"),
        ({"email": "anna"}, "email", "shape"),
        ({"email": "anna@example.com\nBcc: bo@example.com"}, "email", "shape"),
        ({"phone": "070-12"}, "phone", "rules"),
        ({"national_id": "19880320-0017"}, "national_id", "rules"),
        ({"standing": "boss"}, "standing", "shape"),
        ({"standing": "proxy"}, "on_behalf_of", "rules"),
        ({"purposes": ["no-such-use"]}, "purposes", "rules"),
        ({"purposes": [None]}, "purposes.0", "shape"),
        ({"note": "x" * 4001}, "note", "shape"),
        ({"rights": ["objection"]}, "purposes", "rules"),
        ({"rights": ["objection"], "note": " ", "purposes": []}, "purposes", "rules"),
        ({"rights": ["rectification"]}, "note", "rules"),
        ({"operator": "nobody"}, "operator", "operator"),
        ({"operator": "../etc"}, "operator", "shape"),
        ({"colour": "blue"}, "colour", "shape"),
    ],
)
def test_a_field_that_cannot_stay_is_named_and_nothing_is_made(hand_in, changes, field, code):
    body = problem(hand_in(**changes), 400, code)
    assert list(body["fields"]) == [field]
    assert not Submission.objects.exists()
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"rights": ["objection"], "purposes": ["T2-P05"]},
        {"rights": ["objection"], "note": "My web history."},
        {"rights": ["rectification"], "note": "My street is Storgatan 1."},
    ],
)
def test_an_objection_or_correction_that_says_what_is_taken(hand_in, said):
    assert hand_in(**said).status_code == 201


def test_every_wrong_field_is_named_at_once(hand_in):
    body = problem(hand_in(name="", email="x", rights=[]), 400, "shape")
    assert set(body["fields"]) == {"name", "email", "rights"}


def test_names_of_the_world_are_fine(hand_in):
    assert hand_in(name="Þórunn Åsa Ægir-Łukasz 王 😀 O'Neill").status_code == 201


def test_the_sentences_come_in_the_language_asked_for(portal):
    response = portal.post("/api/requests/", {}, format="json", headers={"Accept-Language": "sv"})
    assert response["Content-Language"] == "sv"


def test_what_the_form_asks_to_keep_people_safe_can_be_handed_in_as_well(hand_in, staff):
    staff("legal")
    body = hand_in(protected=True, contact="Call 070-174 06 05 before noon").json()
    case = Case.objects.get()
    assert (case.protected_by, case.named_only, case.submission.safe_contact) == ("asker", True, True)
    assert typed_in(case.submission).contact == "Call 070-174 06 05 before noon"
    # The calling system is not named for it.
    assert body["cases"] == []


def test_the_day_a_person_died_can_be_handed_in_for_an_estate(hand_in):
    estate = {"standing": "proxy", "on_behalf_of": "Bo Test", "authority": "estate", "died_on": "2026-01-31"}
    assert hand_in(**estate).status_code == 201
    assert died_on(Case.objects.get()) == date(2026, 1, 31)


def test_nobody_who_asks_has_died(hand_in):
    assert "died_on" in problem(hand_in(died_on="2026-01-31"), 400, "rules")["fields"]


def test_what_came_on_another_way_has_its_channel_and_its_day(hand_in):
    day = timezone.localdate() - timedelta(days=9)
    body = hand_in(channel="shop", received_on=day.isoformat(), email="").json()
    assert body["cases"][0]["received_on"] == day.isoformat()
    submission = Submission.objects.get(pk=body["id"])
    assert (submission.channel, submission.is_mailed) == ("shop", False)
    assert not OutgoingMail.objects.exists()
    # The day belongs to what is asked: the same key with another one is another request.
    problem(hand_in(channel="shop", email=""), 422, "key-reused")
    for wrong, field in (
        ({"received_on": "2999-01-01"}, "received_on"),
        ({"email": ""}, "email"),
        ({"channel": "form"}, "channel"),
    ):
        assert (
            field
            in problem(hand_in(key=field, **wrong), 400, "shape" if field == "channel" else "rules")["fields"]
        )
