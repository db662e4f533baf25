"""24:00 could mean either day. Some Pythons read it, some do not; here it is no moment on any of them."""

from zoneinfo import ZoneInfo

import pytest

from connectors.contract.base import SourceGarbage, iso_moment, moment
from exports.letter.values import local_moment

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@pytest.mark.parametrize(
    "text", ["2026-04-30 24:00:00", "2026-04-30T24:00", "20260430T24", "2026-04-30T24:00+02:00"]
)
def test_it_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match="hour"):
        iso_moment(text)
    with pytest.raises(SourceGarbage):
        moment(text, COPENHAGEN)


def test_it_is_printed_as_it_stands() -> None:
    assert local_moment("2026-04-30 24:00:00", COPENHAGEN) is None


@pytest.mark.parametrize("text", ["2026-05-24", "2026-04-24T23:59:24", "20260524", "2024-12-24 00:24"])
def test_a_24_elsewhere_is_none_of_it(text: str) -> None:
    assert iso_moment(text)
