"""The place in a long answer stays small: the newest rows and pages are known again, and no more of them are kept."""

import httpx
import pytest

from connectors.contract.base import SourceMoved
from connectors.description.api import Paging
from connectors.web.calling.client import Answer
from connectors.web.reading import remembered
from connectors.web.reading.pages import Place
from connectors.web.reading.paging import Given
from connectors.web.reading.tally import Tally

PAGING, ROWS, PAGES = Paging(kind="page", param="page"), 50_000, 10_000
TWO_MEGABYTES = 2_000_000


def page(number: int) -> list[int]:
    """What the rows of a page are known by."""
    return [remembered.mark(b"%d" % number), remembered.mark(b"also %d" % number)]


def given(tally: Tally, number: int) -> Tally:
    return tally.page(PAGING, Given(Answer(200, b"[]", httpx.Headers(), ""), [], [], 2), page(number))


@pytest.fixture(scope="module")
def tally() -> Tally:
    """After more pages than are remembered."""
    found = Tally()
    for number in range(PAGES + 500):
        found = given(found, number)
    return found


@pytest.mark.parametrize("again", [500, 501, 5_000, PAGES + 499])
def test_a_page_among_the_newest_is_known_again(tally: Tally, again: int) -> None:
    with pytest.raises(SourceMoved, match="page-repeated"):
        given(tally, again)


def test_older_pages_are_forgotten(tally: Tally) -> None:
    assert given(tally, 499).pages != tally.pages


def test_the_newest_rows_are_known_again_in_their_order() -> None:
    marks = {remembered.mark(b"%d" % number): None for number in range(ROWS + 500)}
    assert list(remembered.apart(remembered.together(marks))) == list(marks)[500:]
    assert remembered.apart(remembered.together({})) == {}


def test_the_place_is_below_two_megabytes_whatever_was_given(tally: Tally) -> None:
    rows = remembered.together({remembered.mark(b"%d" % number): None for number in range(3 * ROWS)})
    assert len(Place("0" * 16, tally=tally, seen=rows, own=rows).cursor()) < TWO_MEGABYTES


def test_of_rows_that_are_only_looked_through_no_more_are_kept() -> None:
    marks: dict[int, None] = {}
    for number in range(5 * ROWS):
        marks[number] = None
        marks = remembered.newest(marks)
        assert len(marks) < 2 * ROWS
    assert list(marks)[-ROWS:] == list(range(4 * ROWS, 5 * ROWS))
