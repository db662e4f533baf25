"""A number is found however a system writes it, and never the number of another country."""

import pytest
from pydantic import ValidationError

from connectors.contract.base import Identifier
from connectors.description.parts import Find
from connectors.description.spelling import spelled

SE, DK, NO, FI = "+46701740605", "+4520123456", "+4740612345", "+358401234567"


@pytest.mark.parametrize(
    ("value", "written", "expected"),
    [
        (SE, "plain", SE),
        (SE, "digits", "46701740605"),
        (SE, "double-zero", "0046701740605"),
        (SE, "national-se", "0701740605"),
        (DK, "national-dk", "20123456"),
        (NO, "national-no", "40612345"),
        (FI, "national-fi", "0401234567"),
        # +47 20 12 34 56 would read as a Danish subscriber's number.
        (NO, "national-dk", ""),
        (SE, "national-dk", ""),
        ("+12025550123", "national-se", ""),
        ("198501011234", "hyphen", "19850101-1234"),
        ("198501011234", "short", "8501011234"),
        ("198501011234", "short-hyphen", "850101-1234"),
        ("0101851234", "hyphen", "010185-1234"),
        ("0101851234", "short", "0101851234"),
        ("Anna@Example.SE", "lower", "anna@example.se"),
    ],
)
def test_each_spelling(value, written, expected):
    assert spelled(value, written) == expected
    assert spelled(expected, written) == expected


@pytest.mark.parametrize(
    "find",
    [
        {"columns": ["region", "no"], "written": "digits"},
        {"columns": ["mails"], "array": True, "written": "lower"},
        {"columns": ["a", "b"], "written": "lower"},
    ],
)
def test_what_would_be_left_undone_is_refused(find):
    with pytest.raises(ValidationError, match="`written"):
        Find(**find)


def test_a_number_written_nationally_is_found_in_a_database_and_in_files(crm, crm_url, folder, connecting):
    crm.execute("create table call (id int primary key, number text, person text)")
    crm.execute(
        "insert into call values (1, '0701740605', '850101-1234'), (2, '40612345', ''), (3, '', ''), (4, null, null)"
    )
    (folder / "calls.csv").write_text("id,number,person\n1,0701740605,850101-1234\n2,40612345,\n3,,\n")
    found = (
        'find = { msisdn = { column = "number", written = "national-se" },'
        ' national_id = { column = "person", written = "short-hyphen" } }\nkey_columns = ["id"]\n'
    )
    sources = (
        connecting('kind = "sql"\nurl = "env:CRM"\n', 'table = "crm.call"\n' + found, CRM=crm_url),
        connecting(f'kind = "files"\npath = "{folder}"\n', 'table = "*.csv"\n' + found),
    )
    for source in sources:
        for one, rows in (
            (Identifier("msisdn", SE), 1),
            (Identifier("national_id", "198501011234"), 1),
            (Identifier("msisdn", NO), 0),
            (Identifier("msisdn", "+46701740606"), 0),
        ):
            assert len(source.read("c", [one], None, 10).lines) == rows
