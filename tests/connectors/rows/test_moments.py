"""When something happened, and whose it then was."""

import pickle
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract.base import (
    Identifier,
    SourceDown,
    SourceError,
    SourceGarbage,
    SourceMisconfigured,
    SourceRefused,
    moment,
)
from connectors.rows.intervals import date_bound, local_bound

STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2026-07-01T12:00:00", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("2026-01-01 12:00:00.000001", datetime(2026, 1, 1, 11, 0, 0, 1, tzinfo=UTC)),
        ("2026-07-01T12:00:00Z", datetime(2026, 7, 1, 12, tzinfo=UTC)),
        ("2026-07-01T12:00:00+05:30", datetime(2026, 7, 1, 6, 30, tzinfo=UTC)),
        ("2026-07-01 12:00:00+02", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        (date(2026, 7, 1), datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2026-10-25T02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (None, None), ("", None), ("infinity", None), ("-infinity", None),
        ("9999-12-31T23:59:59-12:00", None),
    ],
)  # fmt: skip
def test_what_a_value_says_about_time(value, instant):
    assert moment(value, STOCKHOLM) == instant


def test_local_time_without_a_zone_and_nonsense_are_refused():
    with pytest.raises(SourceMisconfigured, match="time-zone-missing"):
        moment("2026-07-01T12:00:00", None)
    with pytest.raises(SourceGarbage) as caught:
        moment("Anna Ek", STOCKHOLM)
    assert "Anna" not in str(caught.value)


@pytest.mark.parametrize(
    "value", [1705120800000, "1705120800000", 1705120800, "20240113", 1705120800.5, "2024-W02-6"]
)
def test_digits_alone_are_no_year(value):
    """Milliseconds since 1970 would pass for the year 1705, and the row for the first holder's."""
    with pytest.raises(SourceGarbage, match="not-a-moment"):
        moment(value, STOCKHOLM)


hours = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
changes = st.sampled_from((datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)))
near = st.builds(
    lambda change, seconds: change + timedelta(seconds=seconds), changes, st.integers(-9000, 9000)
)


@given(bound=hours | near, instant=hours | near)
def test_a_naive_bound_divides_local_times_as_the_bound_divides_instants(bound, instant):
    naive = instant.astimezone(STOCKHOLM).replace(tzinfo=None, fold=0)
    read = moment(naive, STOCKHOLM)
    assert read is not None
    assert (naive >= local_bound(bound, STOCKHOLM)) == (read >= bound)
    begins = moment(naive.date(), STOCKHOLM)
    assert begins is not None
    assert (naive.date() >= date_bound(bound, STOCKHOLM)) == (begins >= bound)


def test_an_interval_is_half_open_and_a_row_without_time_is_nobodys():
    mine = Identifier("msisdn", "+461", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    assert mine.covers(datetime(2026, 1, 1, tzinfo=UTC))
    assert not mine.covers(datetime(2026, 2, 1, tzinfo=UTC))
    assert not mine.covers(None)
    assert Identifier("msisdn", "+461").covers(None)


def test_an_interval_that_makes_no_sense_cannot_be_made():
    with pytest.raises(ValueError, match="zone"):
        Identifier("msisdn", "+461", datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="before"):
        Identifier("msisdn", "+461", datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "error",
    [
        SourceMisconfigured("a", "b"), SourceGarbage("a"), SourceDown("a", "b", 3.5), SourceRefused("a", "b", ("c",)),
    ],
)  # fmt: skip
def test_errors_cross_from_process_to_process(error: SourceError):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert again.__dict__ == error.__dict__
