"""A row's local day, quickly: the same as worked out moment by moment."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.models import Case
from cases.sources.local_days import local_days
from connectors.contract.base import SourceGarbage, moment
from tests.operators.by_hand import work

pytestmark = pytest.mark.django_db
STOCKHOLM = ZoneInfo("Europe/Stockholm")
OFFSETS = st.sampled_from(["", "Z", "+00:00", "+02", "-05:00", "+05:30", "-03:45", "+14:00"])


@pytest.fixture
def day_of(ask: Callable[..., Case]) -> Callable[[object], object]:
    return local_days(work(ask("access")), "crm")


def test_any_moment_has_the_day_it_has_when_worked_out_alone(day_of: Callable[[object], object]) -> None:
    @settings(max_examples=300, deadline=None)
    @given(st.datetimes(datetime(1995, 1, 1), datetime(2035, 1, 1)), OFFSETS)
    def holds(written: datetime, offset: str) -> None:
        value = written.isoformat() + offset
        instant = moment(value, STOCKHOLM)
        assert instant
        assert day_of(value) == instant.astimezone(STOCKHOLM).date()

    holds()


@pytest.mark.parametrize("month", [3, 10])
def test_every_minute_around_midnight_and_a_change_of_clocks(
    day_of: Callable[[object], object], month: int
) -> None:
    start = datetime(2026, month, 24, 20, tzinfo=UTC)
    for minutes in range(0, 7 * 24 * 60, 7):
        instant = start + timedelta(minutes=minutes)
        assert day_of(instant.isoformat()) == instant.astimezone(STOCKHOLM).date()


@pytest.mark.parametrize("value", [None, "", "infinity"])
def test_what_is_no_moment_has_no_day(day_of: Callable[[object], object], value: object) -> None:
    assert day_of(value) is None


@pytest.mark.parametrize("value", ["2026-02-30T10:00:00", "2026-02-03T10:60:00", "soon"])
def test_what_cannot_be_read_is_not_guessed(day_of: Callable[[object], object], value: str) -> None:
    with pytest.raises(SourceGarbage):
        day_of(value)
