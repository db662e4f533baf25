"""Files described with a mistake: the case stops and names the column; nothing is said to be done that is not."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from cases.execution import execute
from cases.models import Case, Operator

pytestmark = pytest.mark.django_db
CONNECTORS = """
[[source]]
key = "crm"
NAME
kind = "sql"
url = "env:FILES_CRM"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "customer"
category = "contact"
NAME
table = "customer"
key_columns = ["no"]
find = { email = "email" }
link = ["email"]
contract_end = "left_on"
yields = [{ kind = "customer_no", column = "no" }]

[[source]]
key = "lake"
NAME
kind = "files"
path = "env:FILES_LAKE"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "letters"
category = "correspondence"
NAME
table = "*.jsonl"
key_columns = ["id"]
find = { customer_no = "customer_no" }
at = "at"
on_erase = "anonymise"
anonymise = { COLUMN = "null" }
"""
LETTER = '{"id":1,"customer_no":"C1","at":"2024-12-31T10:00:00","mail":"anna@example.com"}\n'


@pytest.fixture
def anonymised(
    tmp_path: Path,
    describe: Callable[..., Operator],
    approved_erasure: Callable[..., Case],
) -> Callable[[str], Case]:
    """anonymised(column) is Anna's erasure where that column of her letters is to be emptied, carried out."""
    crm = sqlite3.connect(tmp_path / "crm.sqlite", isolation_level=None)
    crm.execute("CREATE TABLE customer (no TEXT PRIMARY KEY, email TEXT, left_on DATE)")
    crm.execute("INSERT INTO customer VALUES ('C1', 'anna@example.com', '2025-01-31')")
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "a.jsonl").write_text(LETTER)

    def make(column: str) -> Case:
        place = {"FILES_CRM": f"sqlite:///{tmp_path}/crm.sqlite", "FILES_LAKE": str(tmp_path / "lake")}
        describe(CONNECTORS.replace("COLUMN", column), **place)
        case = approved_erasure()
        execute(case.pk)
        case.refresh_from_db()
        return case

    return make


def test_a_column_that_is_there_is_emptied(anonymised: Callable[[str], Case], tmp_path: Path) -> None:
    action = anonymised("mail").actions.get(collection="letters")
    assert (action.expected, action.done, action.error) == (1, 1, "")
    assert (tmp_path / "lake" / "a.jsonl").read_text() == LETTER.replace('"anna@example.com"', "null")


def test_a_misspelt_column_stops_the_case(anonymised: Callable[[str], Case], tmp_path: Path) -> None:
    case = anonymised("mial")
    assert (case.stage, case.blocked_by) == ("execution", "source-failed")
    assert case.actions.get(collection="letters").error == "no-column: mial"
    assert (tmp_path / "lake" / "a.jsonl").read_text() == LETTER
