"""Rows of a Delta table erased through a case: gone from the table, and said to be in its earlier versions still."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from django.utils import timezone

from cases.models import Case
from exports.answer.done import done

pytestmark = pytest.mark.django_db
LETTERS = """
[[source.collection]]
key = "letters"
category = "correspondence"
NAME
format = "delta"
table = "letters"
key_columns = ["id"]
find = { customer_no = "customer_no" }
on_erase = "delete"

[[source.collection]]
key = "calls"
category = "traffic"
NAME
format = "delta"
table = "calls"
key_columns = ["id"]
find = { customer_no = "customer_no" }
on_erase = "delete"
"""


def test_what_earlier_versions_hold_is_said(lake: Path, erased_from_files: Callable[[str], Case]) -> None:
    rows = pa.table({"id": [1, 2, 3], "customer_no": ["C1", "C1", "C2"]})
    kept = {"delta.deletedFileRetentionDuration": "interval 3 days"}
    write_deltalake(lake / "letters", rows, configuration=kept)
    write_deltalake(lake / "calls", rows.slice(2))
    case = erased_from_files(LETTERS)
    action = case.actions.get(collection="letters")
    assert (action.status, action.done, action.remaining, action.error) == ("done", 2, 0, "")
    assert action.done_at is not None
    assert action.copies_until == timezone.localtime(action.done_at + timedelta(days=3)).date()
    now, before = DeltaTable(lake / "letters"), DeltaTable(lake / "letters", version=0)
    assert [pa.table(one.scan()).num_rows for one in (now, before)] == [1, 3]
    facts = done(case)
    assert [one.copies_until for one in facts["executions"]] == [action.copies_until]
    assert {category for category, _ in facts["versioned"]} == {"correspondence", "traffic"}
