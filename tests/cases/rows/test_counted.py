"""Rows counted by their marks when they are gathered: as row by row, sealed, not believed when they do not fit."""

from collections import Counter
from collections.abc import Callable

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.models import Case, Run
from cases.rows import chunks, counted
from cases.rows.marks import marks_reader
from connectors.contract.base import SourceGarbage
from connectors.rows.graph import parsed
from tests.operators.by_hand import work
from tests.operators.scenes import SMALL

pytestmark = pytest.mark.django_db

MOMENTS = st.sampled_from([
    "2025-03-29T22:59:59+00:00", "2025-03-29T23:00:00+00:00", "2025-06-01T00:10:00", "2025-06-01T00:50:00.25",
    "2025-06-01T03:10:00+05:45", "2025-06-01T03:50:00+05:45", "2025-06-01", "infinity", "", None,
])  # fmt: skip
ROWS = st.fixed_dictionaries(
    {"started_at": MOMENTS, "other": st.sampled_from(["", "x", None])},
    optional={
        "hidden": st.sampled_from([True, 1, "true", None]),
        "kind": st.sampled_from(["sms", 1, True, None]),
    },
)
HIDDEN = 'hidden_number = { column = "hidden", equals = 1 }'
DESCRIBED = """hidden_number = { column = "hidden", equals = true, when = ["kind", "other"] }
record_kind = { column = "kind" }"""


@pytest.fixture
def calls(ask: Callable[..., Case]) -> Run:
    return work(ask("access")).runs.get(collection="calls")


def alone(run: Run) -> Counter[object]:
    return Counter(map(marks_reader(run), map(parsed, chunks.lines(run))))


def test_a_case_is_judged_by_what_was_counted_when_it_was_gathered(
    calls: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, sealed = alone(calls), calls.chunks.get().counted
    assert sealed
    assert b"2026" not in bytes(sealed)
    monkeypatch.setattr(chunks, "lines_of", None)
    assert counted.counts(calls) == wanted


def test_counts_of_another_configuration_are_made_again(
    calls: Run, configured: Callable[[str], None]
) -> None:
    assert {marks.kind for marks in counted.counts(calls)} == {""}
    before = bytes(calls.chunks.get().counted)
    configured(SMALL.connectors.replace('table = "calls"', 'table = "calls"\nrecord_kind = "telephony"'))
    assert {marks.kind for marks in counted.counts(calls)} == {"telephony"}
    counted.renew(calls)
    assert bytes(calls.chunks.get().counted) != before


def test_rows_are_counted_as_if_each_were_read_alone(calls: Run, configured: Callable[[str], None]) -> None:
    assert HIDDEN in SMALL.connectors
    configured(SMALL.connectors.replace(HIDDEN, DESCRIBED))
    read = marks_reader(calls)

    @settings(max_examples=150, deadline=None)
    @given(st.lists(ROWS, min_size=1, max_size=6))
    def holds(rows: list[dict[str, object]]) -> None:
        assert counted.count(calls, list(map(orjson.dumps, rows))) == Counter(map(read, rows))

    holds()


def test_a_row_that_cannot_be_read_is_left_to_whoever_judges_it(calls: Run) -> None:
    lines = [b'{"started_at":"soon"}']
    assert counted.sealed(calls, lines) is None
    with pytest.raises(SourceGarbage):
        counted.count(calls, lines)
