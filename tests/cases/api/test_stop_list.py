"""An operator's own system asks whom it has to leave alone, before a mailing or a feed goes out."""

from datetime import UTC, datetime

import pytest

from cases.models import AuditEntry, Standstill, Suppression
from cases.sealed import vault
from tests.cases.api.api_calls import calling_with, problem

ANNA = {"kind": "email", "value": "Anna@Example.com"}
NUMBER = {"kind": "msisdn", "value": "070-174 06 05"}


@pytest.fixture
def listed(operators):
    """Anna's address and number are on Tele2's list since Midsummer Eve; her data have long been erased."""
    for kind, value in (("email", "anna@example.com"), ("msisdn", "+46701740605")):
        digest = vault.digest("tele2-se", kind, value)
        Suppression.objects.create(operator=operators[0], kind=kind, digest=digest, channel="marketing")
    Suppression.objects.update(since=datetime(2026, 6, 19, tzinfo=UTC))


@pytest.fixture
def ask(portal):
    """ask(identifiers) is the list's answer to Tele2's portal."""

    def post(*identifiers, operator="tele2-se"):
        return portal.post(
            "/api/stop-list/", {"operator": operator, "identifiers": list(identifiers)}, format="json"
        )

    return post


def test_it_tells_what_is_stopped_in_the_order_asked(listed, ask):
    answer = ask({"kind": "email", "value": "bo@example.com"}, ANNA, NUMBER)
    assert [[one["channel"] for one in each] for each in answer.json()["stopped"]] == [
        [], ["marketing"], ["marketing"],
    ]  # fmt: skip
    assert answer.json()["stopped"][1][0]["since"].startswith("2026-06-19")


def test_what_was_said_about_a_number_by_its_earlier_holder_is_left_out(listed, ask):
    moved_in, before = "2026-08-01T00:00:00Z", "2026-01-01T00:00:00Z"
    answer = ask({**NUMBER, "theirs_since": moved_in}, {**NUMBER, "theirs_since": before})
    assert [len(each) for each in answer.json()["stopped"]] == [0, 1]


def test_an_address_stays_with_its_person(listed, ask):
    assert ask({**ANNA, "theirs_since": "2026-08-01T00:00:00Z"}).json()["stopped"][0]


def test_an_objection_that_ended_stops_nothing(listed, ask, django_user_model):
    somebody = django_user_model.objects.create(username="somebody")
    Suppression.objects.update(ended_at=datetime.now(UTC), ended_by=somebody, ended_reason="Signed up again.")
    assert ask(ANNA).json()["stopped"] == [[]]


def test_another_operators_list_is_out_of_reach(listed, ask, token_for):
    problem(ask(ANNA, operator="telenor-dk"), 400, "operator")
    danish = calling_with(token_for("danish", "telenor-dk"))
    asked = {"operator": "telenor-dk", "identifiers": [ANNA]}
    assert danish.post("/api/stop-list/", asked, format="json").json()["stopped"] == [[]]


def test_a_restored_desk_says_neither_yes_nor_no_before_it_is_released(listed, ask):
    Standstill.objects.create(dump="0" * 64)
    problem(ask({"kind": "email", "value": "bo@example.com"}), 503, "held-back")


def test_it_is_recorded_with_counts_and_no_identifier(listed, ask):
    ask(ANNA, {"kind": "email", "value": "bo@example.com"})
    entry = AuditEntry.objects.get(action="stop-list.asked")
    assert (entry.actor, entry.data) == ("portal", {"asked": 2, "listed": 1})


@pytest.mark.parametrize(
    "identifiers",
    [
        [],
        [{"kind": "imsi", "value": "1"}],
        [{"kind": "email"}],
        [ANNA] * 1001,
        [{**ANNA, "theirs_since": "x"}],
    ],
)
def test_what_cannot_be_asked_is_said_by_field(ask, identifiers):
    problem(ask(*identifiers), 400, "shape")


def test_only_a_system_may_ask(operators, client):
    assert client.post("/api/stop-list/", {}, "application/json").status_code == 401


def test_a_thousand_are_one_question_to_the_database(listed, ask, django_assert_max_num_queries):
    many = [{"kind": "email", "value": f"p{number}@example.com"} for number in range(999)]
    with django_assert_max_num_queries(30):
        assert sum(map(bool, ask(*many, ANNA).json()["stopped"])) == 1
