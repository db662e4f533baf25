"""What an API shows as somebody else's is left alone, whatever keys it has: it has passed on since it was gathered."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.contract.base import Connector, Identifier, SourceGarbage, SourceMisconfigured
from tests.systems.api_server import Api, Asked, Reply

SUBSCRIPTIONS = """
path = "/subscriptions"
params = { customer = "{customer_no}", number = "{msisdn}" }
find = FIND
key_columns = ["id"]
on_erase = "delete"
item = { path = "/subscriptions/{id}" }
erase = { method = "DELETE", path = "/subscriptions/{id}", dry_run = { dry = "1" } }
"""
BY_CUSTOMER = SUBSCRIPTIONS.replace("FIND", '{ customer_no = "customer_no" }').replace(
    ', number = "{msisdn}"', ""
)
BY_BOTH = SUBSCRIPTIONS.replace("FIND", '{ customer_no = "customer_no", msisdn = "number" }')
BY_NUMBER = SUBSCRIPTIONS.replace("FIND", '{ msisdn = "number" }').replace('customer = "{customer_no}", ', "")
ANNA = [Identifier("customer_no", "C1"), Identifier("email", "anna@example.com")]
SPRING = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
Row = dict[str, Any]


class Subscriptions:
    """Rows by number; asked for and deleted one by one."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}

    def __call__(self, asked: Asked) -> Reply:
        number = int(asked.path.rpartition("/")[2])
        if number not in self.rows:
            return Reply({"error": "unknown"}, 404)
        if asked.method == "GET":
            return Reply({"id": number, **self.rows[number]})
        if "dry" not in asked.params:
            del self.rows[number]
        return Reply({"deleted": 1})


@pytest.fixture
def held(api: Api) -> dict[int, Row]:
    api.answer = Subscriptions()
    return api.answer.rows


@pytest.fixture
def source(connecting: Callable[..., Connector], api: Api) -> Callable[[str], Connector]:
    head = f'kind = "http"\nbase_url = "{api.url}"\ntime_zone = "Europe/Stockholm"\n'
    return lambda collection: connecting(head, collection)


def erased(connector: Connector, held: dict[int, Row], whose: list[Identifier] | None) -> list[int]:
    """What is erased of all that is held: what the dry run counted, and no other."""
    keys = [(number,) for number in held]
    before = set(held)
    dry = connector.erase("c", keys, dry_run=True, whose=whose)
    assert set(held) == before
    assert connector.remaining("c", keys) == len(before)
    assert connector.erase("c", keys, dry_run=False, whose=whose) == dry == len(before - set(held))
    assert connector.remaining("c", keys) == len(held)
    return sorted(before - set(held))


def test_a_row_that_somebody_else_has_now_is_left_alone(source, held, api):
    held |= {1: {"customer_no": "C1"}, 2: {"customer_no": "C2"}, 3: {"customer_no": "C1"}}
    assert erased(source(BY_CUSTOMER), held, ANNA) == [1, 3]
    assert [asked.path for asked in api.asked if asked.method == "DELETE"] == [
        "/subscriptions/1",
        "/subscriptions/3",
    ] * 2


def test_without_somebody_to_compare_with_every_key_counts(source, held):
    held |= {1: {"customer_no": "C1"}, 2: {"customer_no": "C2"}}
    assert erased(source(BY_CUSTOMER), held, None) == [1, 2]


@pytest.mark.parametrize("whose", [[], [Identifier("email", "anna@example.com")]])
def test_whom_the_collection_does_not_know_nothing_is_erased_of(source, held, whose):
    held |= {1: {"customer_no": "C1"}, 2: {}}
    assert erased(source(BY_CUSTOMER), held, whose) == []


def test_one_that_is_gone_meanwhile_is_nobodys(source, held):
    held |= {1: {"customer_no": "C1"}, 3: {"customer_no": "C2"}}
    connector = source(BY_CUSTOMER)
    keys = [(1,), (2,), (3,)]
    assert connector.erase("c", keys, dry_run=True, whose=ANNA) == 1
    assert connector.remaining("c", keys) == 2
    assert connector.erase("c", keys, dry_run=False, whose=ANNA) == 1
    assert (list(held), connector.erase("c", keys, dry_run=False, whose=ANNA)) == ([3], 0)


def test_a_row_found_by_any_identifier_is_the_persons(source, held):
    """The firm pays for the first number, and Anna for the third, which her son uses."""
    held |= {
        1: {"customer_no": "F1", "number": "+461"},
        2: {"customer_no": "F1", "number": "+462"},
        3: {"customer_no": "C1", "number": "+463"},
        4: {"number": "+461"},
        5: {"number": "+464"},
    }
    whose = [Identifier("customer_no", "C1"), Identifier("msisdn", "+461")]
    assert erased(source(BY_BOTH), held, whose) == [1, 3, 4]


@pytest.mark.parametrize("row", [{}, {"customer_no": None}, {"number": None, "text": "x"}])
def test_a_row_that_names_nobody_is_believed_to_be_what_it_was(source, held, row):
    """It could not be told apart from what was gathered, either: a key that passes on has to say whose it is."""
    held[1] = row
    assert erased(source(BY_BOTH), held, ANNA) == [1]


TIMED = BY_NUMBER + 'at = "at"\n'


@pytest.mark.parametrize(
    ("at", "mine"),
    [
        ("2026-02-28T23:59:59.999999Z", False),
        ("2026-03-01T00:00:00Z", True),
        ("2026-03-01 00:59:59", False),  # in Stockholm
        ("2026-05-31T23:59:59Z", True),
        ("2026-06-01T00:00:00Z", False),
        ("2026-09-01T00:00:00Z", True),
        (None, False),
    ],
)
def test_a_row_from_outside_the_time_the_number_was_theirs_is_somebody_elses(source, held, at, mine):
    held[1] = {"number": "+461", "at": at}
    whose = [
        Identifier("msisdn", "+461", *SPRING),
        Identifier("msisdn", "+461", datetime(2026, 8, 1, tzinfo=UTC)),
    ]
    assert erased(source(TIMED), held, whose) == ([1] if mine else [])


def test_a_row_that_names_nobody_still_has_a_time(source, held):
    held |= {1: {"at": "2026-04-01T00:00:00Z"}, 2: {"at": "2026-07-01T00:00:00Z"}}
    assert erased(source(TIMED), held, [Identifier("msisdn", "+461", *SPRING)]) == [1]


def test_a_row_without_the_time_that_is_asked_for_is_a_fault(source, held):
    held[1] = {"number": "+461"}
    with pytest.raises(SourceGarbage, match="no-column: at"):
        source(TIMED).erase("c", [(1,)], dry_run=False, whose=[Identifier("msisdn", "+461", *SPRING)])
    assert held
    assert erased(source(TIMED), held, [Identifier("msisdn", "+461")]) == [1]


def test_where_rows_are_as_things_are_now_only_who_has_the_number_now_has_them(source, held):
    held[1] = {"number": "+461"}
    now = BY_NUMBER + 'interval = "now"\n'
    assert erased(source(now), held, [Identifier("msisdn", "+461", *SPRING)]) == []
    assert erased(source(now), held, [Identifier("msisdn", "+461", SPRING[0])]) == [1]
    with pytest.raises(SourceMisconfigured, match="interval-unknown"):
        source(BY_NUMBER).erase("c", [(1,)], dry_run=True, whose=[Identifier("msisdn", "+461", *SPRING)])


WAYS = {
    "a number": ('{ msisdn = { column = "number", written = "digits" } }', {"number": 461}, {"number": 462}),
    "an array": (
        '{ msisdn = { column = "numbers", array = true } }',
        {"numbers": ["+469", "+461"]},
        {"numbers": ["+462"]},
    ),
    "nobody left in an array": (
        '{ msisdn = { column = "numbers", array = true } }',
        {"numbers": ["+461"]},
        {"numbers": []},
    ),
    "inside an object": (
        '{ msisdn = "user.number" }',
        {"user": {"number": "+461"}},
        {"user": {"number": "+462"}},
    ),
}


@pytest.mark.parametrize(("find", "mine", "other"), WAYS.values(), ids=WAYS)
def test_however_a_row_says_whose_it_is(source, held, find, mine, other):
    held |= {1: mine, 2: other}
    collection = BY_NUMBER.replace('{ msisdn = "number" }', find) + "flatten = true\n"
    assert erased(source(collection), held, [Identifier("msisdn", "+461")]) == [1]


def test_columns_that_have_to_agree_together(source, held):
    held |= {
        1: {"region": "north", "no": 7},
        2: {"region": "south", "no": 7},
        3: {"region": "north", "no": 8},
    }
    collection = BY_CUSTOMER.replace('"customer_no" }', '["region", "no"] }', 1)
    assert erased(source(collection), held, [Identifier("customer_no", '["north",7]')]) == [1]


AT_ONCE = """
path = "/customers/{customer_no}/calls"
find = { customer_no = "payer" }
key_columns = ["customer_no", "id"]
on_erase = "delete"
item = { path = "/customers/{customer_no}/calls" }
erase = { method = "DELETE", path = "/customers/{customer_no}/calls" }
"""


@pytest.fixture
def listed(source, api) -> Connector:
    """Three calls of customer C1, of which C2 pays the last by now."""
    payers = enumerate(["C1", "C1", "C2"])
    calls = [{"customer_no": "C1", "id": number, "payer": payer} for number, payer in payers]
    api.answer = lambda asked: Reply(None, 204) if asked.method == "DELETE" else Reply(calls)
    return source(AT_ONCE)


@pytest.mark.parametrize("dry_run", [True, False])
def test_one_request_for_several_rows_is_not_sent_where_one_is_somebody_elses(listed, api, dry_run):
    keys = [("C1", number) for number in range(3)]
    for some in (keys, keys[:2]):
        with pytest.raises(SourceMisconfigured, match="takes-more: 1 rows"):
            listed.erase("c", some, dry_run=dry_run, whose=ANNA)
    assert {asked.method for asked in api.asked} == {"GET"}
    assert listed.erase("c", keys, dry_run=dry_run) == 3
