"""Files described with a mistake: the case stops and names the column; nothing is said to be done that is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cases.models import Case

pytestmark = pytest.mark.django_db
LETTERS = """
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
def letters(lake: Path) -> Path:
    file = lake / "a.jsonl"
    file.write_text(LETTER)
    return file


@pytest.fixture
def anonymised(letters: Path, erased_from_files: Callable[[str], Case]) -> Callable[[str], Case]:
    """anonymised(column) is Anna's erasure where that column of her letters is to be emptied, carried out."""
    return lambda column: erased_from_files(LETTERS.replace("COLUMN", column))


def test_a_column_that_is_there_is_emptied(anonymised: Callable[[str], Case], letters: Path) -> None:
    action = anonymised("mail").actions.get(collection="letters")
    assert (action.expected, action.done, action.error) == (1, 1, "")
    assert letters.read_text() == LETTER.replace('"anna@example.com"', "null")


def test_a_misspelt_column_stops_the_case(anonymised: Callable[[str], Case], letters: Path) -> None:
    case = anonymised("mial")
    assert (case.stage, case.blocked_by) == ("execution", "source-failed")
    assert case.actions.get(collection="letters").error == "no-column: mial"
    assert letters.read_text() == LETTER
