"""Pages that come again, in another order or not at all: all rows, each once, or a refusal that says begin anew."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
import stamina

from connectors.contract.base import Connector, Identifier, SourceGarbage, SourceMoved
from tests.systems.api_server import Api, Asked, Reply

COLLECTION = """
path = "/customers/{customer_no}/x"
rows = "rows"
find = { customer_no = "owner" }
key_columns = ["id"]
"""
PAGES = COLLECTION + 'paging = { kind = "page", param = "page", total = "total" }\n'
UNCOUNTED = COLLECTION + 'paging = { kind = "page", param = "page" }\n'
CURSORS = COLLECTION + 'paging = { kind = "cursor", param = "after", next = "next", total = "total" }\n'
LIST = [{"id": number} for number in range(25)]
SIZE = 5
Give = Callable[[int], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture
def read(
    connecting: Callable[..., Connector], api: Api, everything: Callable[..., list[bytes]]
) -> Callable[..., Any]:
    """read(collection, people=...) is every row's id, in pages of ours that end inside theirs."""

    def ids(collection: str, *people: str, limit: int = 3) -> list[int]:
        source = connecting(f'kind = "http"\nbase_url = "{api.url}"\n', collection)
        identifiers = [Identifier("customer_no", one) for one in people or ["C1"]]
        return [orjson.loads(line)["id"] for line in everything(source, identifiers, limit)]

    return ids


def page(number: int) -> list[dict[str, Any]]:
    return LIST[number * SIZE - SIZE : number * SIZE]


def numbered(api: Api, give: Give, total: Callable[[int], int] = lambda _: 25) -> None:
    """Answers page 1 to 5 with what `give` makes of them."""

    def answer(asked: Asked) -> Reply:
        number = int(asked.params["page"])
        return Reply({"rows": give(number), "total": total(number), "moment": len(api.asked)})

    api.answer = answer


def test_in_order_everything_comes_once(api: Api, read: Callable[..., list[int]]) -> None:
    numbered(api, page)
    assert read(PAGES) == list(range(25))


def test_swapped_pages_lose_nothing(api: Api, read: Callable[..., list[int]]) -> None:
    numbered(api, lambda number: page({2: 3, 3: 2}.get(number, number)))
    assert sorted(read(PAGES)) == list(range(25))


@pytest.mark.parametrize("collection", [PAGES, UNCOUNTED])
@pytest.mark.parametrize("again", [1, 2, 3])
def test_a_page_that_comes_again_later_is_refused(
    collection: str, again: int, api: Api, read: Callable[..., list[int]]
) -> None:
    numbered(api, lambda number: page(again if number == 4 else number))
    with pytest.raises(SourceMoved, match="page-repeated"):
        read(collection)


def test_a_page_left_out_is_missed(api: Api, read: Callable[..., list[int]]) -> None:
    numbered(api, lambda number: page(number if number < 3 else number + 1))
    with pytest.raises(SourceMoved, match="rows-missing: 20 rows of 25"):
        read(PAGES)


def test_an_order_that_changes_between_pages_is_noticed(api: Api, read: Callable[..., list[int]]) -> None:
    """Two rows change places over the border of a page: one would come twice, the other never."""
    numbered(api, lambda number: [{"id": 4}, *page(2)[1:]] if number == 2 else page(number))
    with pytest.raises(SourceMoved, match="rows-missing: 24 rows of 25"):
        read(PAGES)


def test_a_list_that_shrinks_while_it_is_read_is_read_anew(api: Api, read: Callable[..., list[int]]) -> None:
    numbered(api, page, total=lambda number: 25 if number < 4 else 24)
    with pytest.raises(SourceMoved, match="rows-moved"):
        read(PAGES)


def test_rows_of_two_identifiers_are_counted_for_each(api: Api, read: Callable[..., list[int]]) -> None:
    """The second finds the same rows: they come once, and none is missed."""
    numbered(api, page)
    assert read(PAGES, "C1", "C2") == list(range(25))


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_a_cursor_that_has_run_out_is_not_nothing_held(
    status: int, api: Api, read: Callable[..., list[int]]
) -> None:
    def answer(asked: Asked) -> Reply:
        start = int(asked.params.get("after", 0))
        if start == 15:
            return Reply({"error": "unknown cursor"}, status=status)
        return Reply({"rows": LIST[start : start + SIZE], "next": start + SIZE, "total": 25})

    api.answer = answer
    with pytest.raises(SourceMoved, match=f"place-lost: {status}"):
        read(CURSORS)


def test_nothing_held_is_still_no_fault(api: Api, read: Callable[..., list[int]]) -> None:
    api.answer = lambda _: Reply({"error": "no such customer"}, status=404)
    assert read(CURSORS) == []


def test_a_count_that_is_not_there_is_a_fault(api: Api, read: Callable[..., list[int]]) -> None:
    api.answer = lambda _: Reply({"rows": LIST[:2], "next": None})
    with pytest.raises(SourceGarbage, match="no number at `total`"):
        read(CURSORS)
