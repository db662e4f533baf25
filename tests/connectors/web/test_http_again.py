"""Rows asked for again before and after they are erased: a list to its end, and nothing taken that must stay."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import stamina

from connectors.contract.base import (
    Connector,
    SourceDown,
    SourceError,
    SourceGarbage,
    SourceMisconfigured,
    SourceMoved,
)
from connectors.description.tomlfile import ConfigError
from connectors.web.reading import asking
from tests.systems.api_server import Api, Asked, Reply

CALLS = """
path = "/calls"
params = { customer = "{customer_no}" }
rows = "calls"
find = { customer_no = "customer_no" }
key_columns = ["customer_no", "id"]
on_erase = "delete"
item = { path = "/calls", params = { customer = "{customer_no}" } }
"""
ONE_BY_ONE = 'erase = { method = "DELETE", path = "/calls/{customer_no}/{id}" }\n'
AT_ONCE = 'erase = { method = "DELETE", path = "/customers/{customer_no}/calls" }\n'
PAGES = 'paging = { kind = "page", param = "page", size_param = "size", size = 2 }\n'
STYLES = {
    "page": PAGES,
    "page, counted": 'paging = { kind = "page", param = "page", total = "total" }\n',
    "offset": 'paging = { kind = "offset", param = "from", total = "total" }\n',
    "cursor": 'paging = { kind = "cursor", param = "after", next = "next", total = "total" }\n',
    "link": 'paging = { kind = "link", next = "further" }\n',
}


class Calls:
    """Anna's five calls, two in a part, however the parts are asked for; and one of Bo's."""

    def __init__(self) -> None:
        self.rows = [("C1", number) for number in range(1, 6)] + [("C2", 9)]
        self.deleted: list[str] = []

    def __call__(self, asked: Asked) -> Reply:
        return self.delete(asked.path) if asked.method == "DELETE" else self.get(asked)

    def get(self, asked: Asked) -> Reply:
        mine = [row for row in self.rows if row[0] == asked.params["customer"]]
        start = int(asked.params.get("from") or asked.params.get("after") or 0)
        start = start or 2 * int(asked.params.get("page", 1)) - 2
        following = start + 2 if start + 2 < len(mine) else None
        body = {
            "calls": [{"customer_no": one, "id": id_} for one, id_ in mine[start : start + 2]],
            "total": len(mine),
            "next": following,
            "further": following and f"/calls?customer={asked.params['customer']}&from={following}",
        }
        return Reply(body)

    def delete(self, path: str) -> Reply:
        self.deleted.append(path)
        self.rows = [
            (one, id_)
            for one, id_ in self.rows
            if path not in (f"/customers/{one}/calls", f"/calls/{one}/{id_}")
        ]
        return Reply(None, 204)


def keys(*numbers: int) -> list[tuple[str, int]]:
    return [("C1", number) for number in numbers]


@pytest.fixture(autouse=True)
def _impatient() -> Any:
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture
def calls(api: Api) -> Calls:
    api.answer = Calls()
    return api.answer


@pytest.fixture
def source(connecting: Callable[..., Connector], api: Api) -> Callable[[str], Connector]:
    return lambda collection: connecting(f'kind = "http"\nbase_url = "{api.url}"\n', collection)


@pytest.mark.parametrize("paging", STYLES.values(), ids=STYLES)
def test_what_lies_on_later_pages_stops_a_request_that_takes_it_too(calls, source, paging):
    connector = source(CALLS + AT_ONCE + paging)
    for dry_run in (True, False):
        with pytest.raises(SourceMisconfigured, match="takes-more: 2 rows"):
            connector.erase("c", keys(1, 2, 3), dry_run=dry_run)
    assert calls.deleted == []
    assert connector.erase("c", keys(1, 2, 3, 4, 5), dry_run=False) == 5
    assert calls.rows == [("C2", 9)]
    assert connector.remaining("c", keys(1, 2, 3, 4, 5)) == 0


@pytest.mark.parametrize("paging", STYLES.values(), ids=STYLES)
def test_what_lies_on_later_pages_is_there(calls, source, paging):
    connector = source(CALLS + ONE_BY_ONE + paging)
    assert connector.erase("c", keys(1, 2, 3, 4, 5), dry_run=True) == 5
    assert connector.remaining("c", keys(4, 5)) == 2
    assert connector.erase("c", keys(1, 3, 5), dry_run=False) == 3
    assert calls.rows == [("C1", 2), ("C1", 4), ("C2", 9)]
    assert connector.remaining("c", keys(1, 2, 3, 4, 5)) == 2
    assert connector.erase("c", keys(1, 3, 5), dry_run=False) == 0


def test_a_list_is_read_once_for_all_its_rows_and_no_further_than_needed(calls, source, api):
    connector = source(CALLS + ONE_BY_ONE + PAGES)
    assert connector.remaining("c", keys(2, 1, 2)) == 2
    assert [asked.params["page"] for asked in api.asked] == ["1"]
    assert connector.remaining("c", keys(1, 5, 9)) == 2
    assert [asked.params["page"] for asked in api.asked[1:]] == ["1", "2", "3", "4"]


def test_a_page_beyond_the_last_may_be_a_404(calls, source, api):
    def answer(asked: Asked) -> Reply:
        given = calls(asked)
        return given if asked.method == "DELETE" or given.body["calls"] else Reply({}, 404)

    api.answer = answer
    assert source(CALLS + ONE_BY_ONE + PAGES).remaining("c", keys(5, 7)) == 1


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_a_cursor_that_has_run_out_is_not_the_end_of_the_list(calls, source, api, status):
    api.answer = lambda asked: Reply({}, status) if asked.params.get("after") == "4" else calls(asked)
    for way in (AT_ONCE, ONE_BY_ONE):
        connector = source(CALLS + way + STYLES["cursor"])
        for ask in (connector.remaining, lambda *of: connector.erase(*of, dry_run=False)):  # noqa: B023
            with pytest.raises(SourceMoved, match=f"place-lost: {status}"):
                ask("c", keys(1, 2, 3, 4, 5))
    assert calls.deleted == []


def test_a_list_that_lacks_what_it_counts_shows_nothing(calls, source, api):
    """The second page is never given: what lies there would seem to be gone, or nobody's."""
    api.answer = lambda asked: calls(replace(asked, params=_skipping(asked.params)))
    connector = source(CALLS + AT_ONCE + STYLES["page, counted"])
    with pytest.raises(SourceMoved, match="rows-missing: 3 rows of 5"):
        connector.erase("c", keys(1, 2, 5), dry_run=False)
    assert calls.deleted == []


def _skipping(params: dict[str, str]) -> dict[str, str]:
    page = int(params.get("page", 1))
    return params | {"page": str(page + (page > 1))}


def test_a_row_that_comes_twice_hides_none_that_never_came(calls, source, api):
    """Two rows changed places over the border of a page, and the count is as it was."""

    def answer(asked: Asked) -> Reply:
        page = {"1": (1, 2), "2": (2, 4), "3": (5,)}.get(asked.params.get("page", ""), ())
        return Reply({"calls": [{"customer_no": "C1", "id": number} for number in page], "total": 5})

    api.answer = answer
    with pytest.raises(SourceMoved, match="rows-missing: 4 rows of 5"):
        source(CALLS + AT_ONCE + STYLES["page, counted"]).erase("c", keys(1, 2, 4, 5), dry_run=False)
    assert {asked.method for asked in api.asked} == {"GET"}


def test_a_circle_of_empty_parts_is_left(source, api):
    turns = {"": "a", "a": "b", "b": "a"}
    api.answer = lambda asked: Reply({"calls": [], "next": turns[asked.params.get("after", "")]})
    cursor = 'paging = { kind = "cursor", param = "after", next = "next" }\n'
    with pytest.raises(SourceMoved, match="page-repeated"):
        source(CALLS + ONE_BY_ONE + cursor).remaining("c", keys(1))


def test_a_list_that_changed_while_it_was_read_is_read_anew(calls, source, api):
    def answer(asked: Asked) -> Reply:
        if len(api.asked) == 2:
            calls.rows.remove(("C1", 1))
        return calls(asked)

    api.answer = answer
    assert source(CALLS + ONE_BY_ONE + STYLES["cursor"]).remaining("c", keys(1, 2, 3, 4, 5)) == 4


def test_a_list_that_comes_whole_says_so(calls, source, api):
    """It disregards the page that is asked for, and would be taken for an API that goes in a circle."""
    whole = [{"customer_no": "C1", "id": number} for number in range(1, 6)]
    api.answer = lambda asked: calls(asked) if asked.method == "DELETE" else Reply({"calls": whole})
    with pytest.raises(SourceMoved, match="page-repeated"):
        source(CALLS + AT_ONCE + PAGES).erase("c", keys(1, 2), dry_run=False)
    unpaged = CALLS.replace('"{customer_no}" } }', '"{customer_no}" }, paging = { kind = "none" } }')
    connector = source(unpaged + AT_ONCE + PAGES)
    with pytest.raises(SourceMisconfigured, match="takes-more: 3 rows"):
        connector.erase("c", keys(1, 2), dry_run=False)
    assert calls.deleted == []
    assert connector.erase("c", keys(1, 2, 3, 4, 5), dry_run=True) == 5
    assert "page" not in api.asked[-1].params


def test_a_list_of_its_own_is_paged_in_its_own_way(source, api):
    def answer(asked: Asked) -> Reply:
        start = asked.json["start"]
        return Reply({"calls": [{"customer_no": "C1", "id": one} for one in range(5)[start : start + 2]]})

    api.answer = answer
    item = (
        'item = { method = "POST", path = "/search", body = { customer = "{customer_no}" }, '
        'paging = { kind = "offset", param = "start", in_body = true } }\n'
    )
    collection = "".join(line for line in CALLS.splitlines(keepends=True) if not line.startswith("item"))
    assert source(collection + item + ONE_BY_ONE + PAGES).remaining("c", keys(0, 1, 2, 3, 4, 5)) == 5
    assert [asked.json["start"] for asked in api.asked] == [0, 2, 4, 5]
    with pytest.raises(ConfigError, match="needs `param`"):
        source(collection + item.replace(', param = "start"', "") + ONE_BY_ONE)
    with pytest.raises(ConfigError, match='needs `method = "POST"`'):
        source(collection + item.replace('method = "POST", ', "") + ONE_BY_ONE)


def test_pages_of_a_search_are_asked_for_in_the_query_of_a_get(calls, source, api):
    search = CALLS.replace('"{customer_no}" }\nrows', '"{customer_no}" }\nmethod = "POST"\nrows', 1)
    connector = source(search + ONE_BY_ONE + PAGES.replace(" }", ", in_body = true }"))
    assert connector.remaining("c", keys(1, 5)) == 2
    assert [(asked.params["page"], asked.body) for asked in api.asked] == [("1", b""), ("2", b""), ("3", b"")]


def test_a_list_without_an_end_is_given_up(source, api, monkeypatch):
    monkeypatch.setattr(asking, "_PATIENCE", 0)
    api.answer = lambda asked: Reply({"calls": [{"customer_no": "C1", "id": int(asked.params["page"])}]})
    with pytest.raises(SourceDown, match="timeout"):
        source(CALLS + AT_ONCE + PAGES).erase("c", keys(1), dry_run=False)
    assert {asked.method for asked in api.asked} == {"GET"}


ONE = CALLS.replace(
    '"/calls", params = { customer = "{customer_no}" } }\n', '"/calls/{customer_no}/{id}" }\n'
)


def test_one_row_asked_for_by_its_whole_key_is_asked_for_without_pages(source, api):
    """Many APIs refuse a parameter that they do not know."""
    there = {"/calls/C1/1", "/calls/C1/2"}

    def answer(asked: Asked) -> Reply:
        if asked.params:
            return Reply({"error": "unknown parameter"}, 400)
        return Reply({"text": "x"}) if asked.path in there else Reply({}, 404)

    api.answer = answer
    assert source(ONE + ONE_BY_ONE + PAGES).remaining("c", keys(1, 2, 3)) == 2
    assert len(api.asked) == 3


def test_an_answer_with_other_rows_than_the_one_is_read_to_its_end(calls, source):
    """The API does not heed the number it is asked for, and lists everything."""
    item = '"{customer_no}", id = "{id}" } }\n'
    connector = source(CALLS.replace('"{customer_no}" } }\n', item) + ONE_BY_ONE + PAGES)
    assert connector.remaining("c", keys(1, 5, 7)) == 2


def test_one_object_where_one_request_takes_several_rows_is_no_list(source, api):
    api.answer = lambda _: Reply({"items": [{"customer_no": "C1", "id": number} for number in range(9)]})
    with pytest.raises(SourceGarbage, match="no-rows"):
        source(CALLS + AT_ONCE).erase("c", keys(1), dry_run=False)
    assert {asked.method for asked in api.asked} == {"GET"}


def test_half_of_a_character_in_a_row_is_no_reason_to_keep_it(calls, source, api):
    half = b'{"calls": [{"customer_no": "C1", "id": 1, "text": "\\ud83d"}]}'
    api.answer = lambda asked: calls(asked) if asked.method == "DELETE" else Reply(half)
    assert source(CALLS + ONE_BY_ONE).erase("c", keys(1), dry_run=False) == 1


@pytest.mark.parametrize("item", ["{customer_no}/calls/{id}", "{customer_no}/calls?of={region}"])
def test_a_list_that_shows_less_than_one_request_takes_is_refused(source, item):
    """All of a customer's calls would go, of every region and number."""
    collection = CALLS.replace('["customer_no", "id"]', '["region", "customer_no", "id"]')
    collection = collection.replace(
        '"/calls", params = { customer = "{customer_no}" } }\n', f'"/{item}" }}\n'
    )
    with pytest.raises(ConfigError, match="let `item` list all"):
        source(collection + AT_ONCE)


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_list_that_breaks_off_takes_nothing(calls, source, api, status):
    api.answer = lambda asked: Reply({}, status) if asked.params.get("page") == "2" else calls(asked)
    with pytest.raises(SourceError):
        source(CALLS + AT_ONCE + PAGES).erase("c", keys(1, 2), dry_run=False)
    assert calls.deleted == []
