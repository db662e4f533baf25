"""An API whose rows move on between gathering and erasing: to somebody else, away, or with new ones beside them."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from django.utils import timezone

from cases.collection import gathering
from cases.execution import deeds, failed_actions
from cases.execution.carrying_out import execute
from cases.execution.erasure import erasing, expiry
from cases.models import Action, Case, LaterRows, User
from cases.sources import row_changes
from tests.systems.api_server import Api, Asked, Reply

pytestmark = pytest.mark.django_db
SIZE = 2
CUSTOMER = """
[[source]]
key = "web"
NAME
kind = "http"
base_url = "env:SHOP_URL"
attempts = 1

[[source.collection]]
key = "customer"
category = "contact"
NAME
path = "/customers"
params = { email = "{email}" }
find = { email = "email" }
link = ["email"]
key_columns = ["customer_no"]
contract_end = "left_on"
yields = [{ kind = "customer_no", column = "customer_no" }]
"""
CALLS = """
[[source.collection]]
key = "calls"
category = "usage"
NAME
path = "/calls"
params = { customer = "{customer_no}" }
rows = "calls"
find = { customer_no = "payer" }
on_erase = "delete"
paging = { kind = "page", param = "page", total = "total" }
"""
BY_NUMBER = (
    CALLS
    + """
key_columns = ["id"]
item = { path = "/calls/{id}" }
erase = { method = "DELETE", path = "/calls/{id}" }
"""
)
FROM_A_LIST = (
    CALLS
    + """
key_columns = ["account", "id"]
item = { path = "/calls", params = { account = "{account}" } }
erase = { method = "DELETE", path = "/calls/{id}", params = { account = "{account}" } }
"""
)
AT_ONCE = FROM_A_LIST.replace(
    'path = "/calls/{id}", params = { account = "{account}" }', 'path = "/accounts/{account}"'
)


class Shop(Api):
    """Call -> account and payer: Anna's account A1 has five calls, all paid by C1. Lists come two rows at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = dict.fromkeys(range(1, 6), ("A1", "C1")) | {9: ("A2", "C2")}
        self.deleted: list[str] = []
        self.answer = self._reply

    def _reply(self, asked: Asked) -> Reply:
        parts, params = asked.path.split("/")[1:], asked.params
        if asked.method == "DELETE":
            return self._delete(parts)
        if parts[0] == "customers":
            return Reply([{"customer_no": "C1", "email": params["email"], "left_on": "2026-01-31"}])
        rows = [
            {"id": id_, "account": account, "payer": payer, "billed_on": "2025-12-31"}
            for id_, (account, payer) in self.calls.items()
        ]
        if len(parts) == 2:
            return next((Reply(row) for row in rows if str(row["id"]) == parts[1]), Reply({}, 404))
        found = [row for row in rows if params.get("customer", row["payer"]) == row["payer"]]
        found = [row for row in found if params.get("account", row["account"]) == row["account"]]
        start = SIZE * int(params.get("page", 1)) - SIZE
        return Reply({"calls": found[start : start + SIZE], "total": len(found)})

    def _delete(self, parts: list[str]) -> Reply:
        self.deleted.append("/".join(parts))
        kind, which = parts
        self.calls = {
            id_: (account, payer)
            for id_, (account, payer) in self.calls.items()
            if which != (account if kind == "accounts" else str(id_))
        }
        return Reply({})


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    with Shop() as system:
        monkeypatch.setenv("SHOP_URL", system.url)
        yield system


@pytest.fixture
def approve(describe: Callable[..., object], approved_erasure: Callable[..., Case]) -> Callable[[str], Case]:
    """approve(calls) is Anna's approved erasure where her calls are described like this."""

    def make(calls: str) -> Case:
        describe(CUSTOMER + calls)
        return approved_erasure()

    return make


def carried_out(case: Case) -> Action:
    execute(case.pk)
    if case.tasks.filter(deeds.BY_HAND, done_at=None).update(
        done_at=timezone.now(), done_by=User.objects.first()
    ):
        execute(case.pk)
    case.refresh_from_db()
    return case.actions.get(collection="calls")


def receipt(action: Action) -> tuple[object, ...]:
    """What was approved, there when it was tried, somebody else's, erased, and still there."""
    return action.expected, action.found, action.strangers, action.done, action.remaining


@pytest.mark.parametrize("calls", [BY_NUMBER, FROM_A_LIST, AT_ONCE])
def test_all_rows_go_and_are_counted(shop: Shop, approve: Callable[[str], Case], calls: str) -> None:
    action = carried_out(approve(calls))
    assert (action.case.stage, receipt(action)) == ("delivery", (5, 5, 0, 5, 0))
    assert list(shop.calls) == [9]


@pytest.mark.parametrize("calls", [BY_NUMBER, FROM_A_LIST])
def test_a_call_that_somebody_else_pays_by_now_is_left_and_one_that_is_gone_is_not_counted(
    shop: Shop, approve: Callable[[str], Case], calls: str
) -> None:
    case = approve(calls)
    shop.calls[2] = ("A1", "C2")
    del shop.calls[3]
    action = carried_out(case)
    assert (action.case.stage, receipt(action)) == ("delivery", (5, 3, 1, 3, 0))
    assert shop.calls == {2: ("A1", "C2"), 9: ("A2", "C2")}
    assert [(one.kind, one.detail) for one in case.tasks.filter(kind="rows-passed-on")] == [
        ("rows-passed-on", "web/calls")
    ]


def test_a_request_for_all_is_not_sent_where_one_is_somebody_elses(
    shop: Shop, approve: Callable[[str], Case]
) -> None:
    case = approve(AT_ONCE)
    shop.calls[5] = ("A1", "C2")
    action = carried_out(case)
    assert (action.case.stage, action.case.blocked_by) == ("execution", "source-failed")
    assert action.error == "takes-more: 1 rows that are not to be erased"
    assert (len(shop.calls), shop.deleted) == (6, [])


def test_a_request_for_all_is_not_sent_where_the_last_page_has_rows_that_came_later(
    shop: Shop, approve: Callable[[str], Case], staff: Callable[..., User]
) -> None:
    case = approve(AT_ONCE)
    shop.calls |= {6: ("A1", "C1"), 7: ("A1", "C1")}
    action = carried_out(case)
    assert action.error == "takes-more: 2 rows that are not to be erased"
    assert (len(shop.calls), shop.deleted) == (8, [])
    del shop.calls[6], shop.calls[7]
    failed_actions.retry(action, by=staff("caseworker"))
    assert receipt(carried_out(case)) == (5, 5, 0, 5, 0)


def test_rows_that_came_later_stay_for_a_second_pass(shop: Shop, approve: Callable[[str], Case]) -> None:
    case = approve(FROM_A_LIST)
    shop.calls |= {6: ("A1", "C1"), 7: ("A1", "C1")}
    assert receipt(carried_out(case)) == (5, 5, 0, 5, 0)
    assert list(shop.calls) == [9, 6, 7]
    assert LaterRows.objects.get(case=case, collection="calls").rows == 2


class PowerCutError(Exception):
    pass


@pytest.mark.parametrize("calls", [BY_NUMBER, FROM_A_LIST, AT_ONCE])
def test_what_was_deleted_before_a_power_cut_counts_once(
    shop: Shop, approve: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch, calls: str
) -> None:
    """The API has deleted everything, and we have not written it down."""
    case = approve(calls)

    def cut(*_: object) -> None:
        raise PowerCutError

    with pytest.MonkeyPatch.context() as power:
        power.setattr(erasing, "_note_page", cut)
        with pytest.raises(PowerCutError):
            execute(case.pk)
    assert list(shop.calls) == [9]
    assert case.actions.get(collection="calls").done == 0
    sent = len(shop.deleted)
    action = carried_out(case)
    assert (action.case.stage, receipt(action), len(shop.deleted)) == ("delivery", (5, 5, 0, 5, 0), sent)


@pytest.mark.parametrize("calls", [BY_NUMBER, FROM_A_LIST])
def test_after_a_failure_half_way_the_rest_goes_and_all_of_it_is_counted(
    shop: Shop, approve: Callable[[str], Case], calls: str
) -> None:
    case = approve(calls)
    answer = shop.answer

    def failing(asked: Asked) -> Reply:
        return Reply({}, 503) if asked.method == "DELETE" and len(shop.deleted) == 2 else answer(asked)

    shop.answer = failing
    assert carried_out(case).status == "retrying"
    assert len(shop.calls) == 4
    shop.answer = answer
    Action.objects.update(next_try_at=timezone.now())
    assert receipt(carried_out(case)) == (5, 5, 0, 5, 0)
    assert list(shop.calls) == [9]


@pytest.mark.parametrize("calls", [BY_NUMBER, FROM_A_LIST, AT_ONCE])
def test_rows_gathered_and_erased_in_several_parts_all_go(
    shop: Shop, approve: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch, calls: str
) -> None:
    monkeypatch.setattr(gathering, "PAGE_ROWS", 2)
    monkeypatch.setattr(row_changes, "BY_REQUEST", 1)
    monkeypatch.setattr(row_changes, "AT_ONCE", 1)
    case = approve(calls)
    assert case.runs.get(collection="calls").chunks.count() == 3
    action = carried_out(case)
    assert (action.case.stage, receipt(action)) == ("delivery", (5, 5, 0, 5, 0))


@pytest.mark.parametrize("calls", [BY_NUMBER, FROM_A_LIST, AT_ONCE])
def test_what_the_books_keep_goes_years_later_but_for_what_is_somebody_elses(
    shop: Shop, approve: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch, calls: str
) -> None:
    monkeypatch.setattr(expiry, "BATCH", 2)
    case = approve(calls.replace('"usage"', '"invoices"') + 'at = "billed_on"\n')
    execute(case.pk)
    assert case.scheduled.get().rows == 5
    shop.calls[2] = ("A1", "C2")
    del shop.calls[3]
    together = calls == AT_ONCE
    assert expiry.erase_due(date(2040, 1, 1)) == (0 if together else 3)
    assert len(shop.calls) == (5 if together else 2)
    task = "scheduled-erasure-failed" if together else "rows-passed-on"
    assert [(one.kind, one.detail) for one in case.tasks.filter(kind=task)] == [(task, "web/calls")]
    del shop.calls[2]
    assert expiry.erase_due(date(2040, 1, 1)) == (3 if together else 0)
    assert list(shop.calls) == [9]
