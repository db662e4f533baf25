"""`manage.py check_sources`: one line a source, and for what is wrong the file, the line, the key and the reason."""

import sqlite3
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from cases.sources.configured import bare_connector_of
from connectors.description.tomlfile import ConfigError
from connectors.survey import sample

pytestmark = pytest.mark.django_db

TABLES = """
CREATE TABLE customer (customer_no TEXT PRIMARY KEY, email TEXT);
CREATE INDEX by_email ON customer (email);
CREATE TABLE visit (id INTEGER, customer_no TEXT, at DATETIME);
INSERT INTO customer VALUES ('C1', 'anna@example.com'), ('C2', 'bo@example.com');
INSERT INTO visit VALUES (1, 'C1', '2026-01-01 12:00:00');
"""
CRM = """
[[source]]
key = "crm"
NAME
kind = "sql"
url = "env:CHECKED_CRM"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "customer"
category = "contact"
NAME
table = "customer"
key_columns = ["customer_no"]
find = { customer_no = "customer_no", email = "email" }
"""
VISITS = """
[[source.collection]]
key = "visits"
category = "usage"
NAME
table = "visit"
key_columns = ["id"]
find = { customer_no = "customer_no" }
at = "at"
"""
FILES = """
[[source]]
key = "calls"
NAME
kind = "files"
path = "env:CHECKED_FILES"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "calls"
category = "usage"
NAME
table = "*.parquet"
find = { customer_no = "customer_no" }
"""
MANUAL = """
[[source]]
key = "binder"
NAME
kind = "manual"
owner = "shops@operator.test"

[[source.collection]]
key = "notes"
category = "correspondence"
NAME
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A database and a folder of files."""
    with sqlite3.connect(tmp_path / "crm.sqlite") as crm:
        crm.executescript(TABLES)
    (tmp_path / "files").mkdir()
    duckdb.sql("select 'C1' as customer_no, 7::uinteger as calls").write_parquet(
        f"{tmp_path}/files/a.parquet"
    )
    return {"CHECKED_CRM": f"sqlite:///{tmp_path}/crm.sqlite", "CHECKED_FILES": f"{tmp_path}/files"}


def check(*operators: str) -> tuple[str, str, str]:
    """What is printed, what is complained of, and the failure in the end."""
    out, err = StringIO(), StringIO()
    try:
        call_command("check_sources", *operators, stdout=out, stderr=err)
    except CommandError as failure:
        return out.getvalue(), err.getvalue(), str(failure)
    return out.getvalue(), err.getvalue(), ""


def test_every_source_has_one_line(describe: Callable[..., object], environ: dict[str, str]) -> None:
    describe(CRM + VISITS + FILES + MANUAL, **environ)
    out, err, failure = check()
    assert (err, failure) == ("", "")
    crm, calls, binder = (line for line in out.splitlines() if ": ok;" in line or "asked by mail" in line)
    assert crm.startswith("tele2-se/crm: ok; 2 collections; 3 rows; time zone Europe/Stockholm")
    assert "visits: the database does not promise that its key is unique" in crm
    assert "visits: no index to search by customer_no" in crm
    assert "customer:" not in crm
    assert calls.startswith("tele2-se/calls: ok; 1 collections")
    assert binder == "tele2-se/binder: asked by mail; 1 collections"


@pytest.mark.parametrize(
    ("right", "wrong", "line", "key", "reason"),
    [
        ('at = "at"', 'at = "happened_at"', 24, "source[0].collection[1].at", "no-column: happened_at"),
        ('table = "visit"', 'table = "visits"', 21, "source[0].collection[1].table", "no-table: visits"),
        (
            'find = { customer_no = "customer_no" }\nat',
            'find = { customer_no = "customer" }\nat',
            23,
            "source[0].collection[1].find.customer_no",
            "no-column: customer",
        ),
        (
            'key_columns = ["id"]',
            'key_columns = ["no"]',
            22,
            "source[0].collection[1].key_columns[0]",
            "no-column: no",
        ),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(
    describe: Callable[..., object],
    environ: dict[str, str],
    right: str,
    wrong: str,
    line: int,
    key: str,
    reason: str,
) -> None:
    described = CRM + VISITS
    assert right in described
    describe(described.replace(right, wrong) + MANUAL, **environ)
    out, err, failure = check()
    assert "tele2-se/binder" in out
    assert f"connectors.toml:{line}: {key}: {reason}" in err
    assert failure == "not ready: tele2-se/crm"


def test_a_source_that_is_away_is_named(describe: Callable[..., object], environ: dict[str, str]) -> None:
    describe(CRM, **environ | {"CHECKED_CRM": "postgresql://127.0.0.1:1/none"})
    _out, err, failure = check("tele2-se")
    assert "connectors.toml:6: source[0].url: unreachable: nothing answers at its host and port" in err
    assert failure


def test_it_says_what_to_do_next(describe: Callable[..., object], environ: dict[str, str]) -> None:
    describe(CRM.replace('table = "customer"', 'table = "custmer"'), **environ)
    assert "Correct `table`, or give the account the right to read it." in check()[1]
    describe(CRM.replace("env:CHECKED_CRM", "env:NEVER_SET"))
    assert "Set the variable, or the file it names" in check()[1]


def test_what_is_seldom_meant_is_said(describe: Callable[..., object], environ: dict[str, str]) -> None:
    linked = CRM + 'link = ["email"]\nyields = [{ kind = "customer_no", column = "customer_no" }]\n'
    describe(
        linked + VISITS.replace('{ customer_no = "', '{ custmer_no = "') + 'on_erase = "none"\n', **environ
    )
    out = check()[0]
    assert "crm: visits: no collection tells custmer_no (customer_no?)" in out
    assert "crm: visits: nothing that is proven leads here" in out
    assert "crm: customer: what is to be erased here becomes a task" in out
    assert "crm: visits: what is to be erased here becomes a task" not in out
    describe(linked + VISITS, **environ)
    assert "crm: visits: no" not in check()[0]


def test_a_category_the_register_does_not_know_is_refused_with_its_line(
    describe: Callable[..., object], environ: dict[str, str]
) -> None:
    for wrong, reason in (("usagee", "did you mean `usage`?"), ("health-data", "is not a data category")):
        with pytest.raises(ConfigError, match=reason) as caught:
            describe(CRM + VISITS.replace('"usage"', f'"{wrong}"'), **environ)
        assert (caught.value.line, caught.value.key) == (19, "source[0].collection[1].category")
        _out, err, failure = check()
        assert reason in err
        assert failure == "not ready: tele2-se"


INLINE = "suppress = { channels = %s, set = { email = 0 } }\n"
TABLE = "[[source.collection.suppress]]\nset = { email = 0 }\nchannels = %s\n"


@pytest.mark.parametrize(
    ("written", "line", "channels", "reason"),
    [
        (INLINE, 16, ["tv-add"], "`tv-add` is not the channel of any purpose in register.toml; did you mean `tv-ads`?"),
        (TABLE, 18, ["marketing", "tv-add"], "did you mean `tv-ads`?"),
        (TABLE, 18, ["consents", "consent"], "did you mean `consent`?"),
        (INLINE, 16, ["fax"], "`fax` is not the channel of any purpose in register.toml"),
    ],
)  # fmt: skip
def test_a_channel_that_no_purpose_has_is_refused_with_its_line(
    describe: Callable[..., object],
    environ: dict[str, str],
    written: str,
    line: int,
    channels: list[str],
    reason: str,
) -> None:
    with pytest.raises(ConfigError) as caught:
        describe(CRM + written % channels, **environ)
    (fault,) = caught.value.errors
    assert (fault.line, fault.key) == (line, "source[0].collection[0].suppress[0].channels")
    assert fault.reason.endswith(reason)
    assert check()[1:] == (f"{fault}\n", "not ready: tele2-se")


def test_channels_of_the_register_and_consent_are_fine(
    describe: Callable[..., object], environ: dict[str, str]
) -> None:
    describe(CRM + INLINE % ["marketing", "tv-ads", "ad-profiling", "consent"], **environ)
    describe(CRM + TABLE.replace("channels = %s\n", ""), **environ)
    assert check()[1:] == ("", "")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://dsar:hunter2@127.0.0.1:1/crm",
        "postgresql://dsar:hun#ter2/hunter2@127.0.0.1:x/crm",
        "postgresql://127.0.0.1:1/crm?user=dsar&password=hunter2",
        "mysql://dsar:hunter2@127.0.0.1:1/crm",
        "nonsense:hunter2",
        "oracle://dsar:hunter2@h/crm",
    ],
)
def test_no_password_is_ever_shown(
    describe: Callable[..., object],
    address: str,
    caplog: pytest.LogCaptureFixture,
    signed_in: Callable[..., Client],
) -> None:
    describe(CRM, CHECKED_CRM=address)
    out, err, failure = check()
    assert failure
    client = signed_in("caseworker")
    page = client.post(reverse("desk:source-test", args=["tele2-se", "crm"]), follow=True).content.decode()
    assert "hunter2" not in out + err + failure + page + caplog.text
    with pytest.raises(ConfigError) as caught:
        describe(CRM.replace("env:CHECKED_CRM", address))
    assert "hunter2" not in str(caught.value)


def test_a_secret_that_is_not_set_is_named(describe: Callable[..., object]) -> None:
    describe(CRM.replace("env:CHECKED_CRM", "env:NEVER_SET"))
    _out, err, failure = check()
    assert "NEVER_SET" in err
    assert failure


def test_a_mistake_in_the_file_is_told_as_when_it_is_loaded(
    describe: Callable[..., object], environ: dict[str, str], settings: object
) -> None:
    describe(CRM, **environ)
    file = settings.OPERATORS_DIR / "tele2-se" / "connectors.toml"
    file.write_text(file.read_text().replace("key_columns", "key_colums"))
    from cases.sources.configured import sources_of

    sources_of.cache_clear()
    _out, err, failure = check()
    assert "did you mean `key_columns`" in err
    assert failure == "not ready: tele2-se"


def test_an_unknown_operator_is_an_error(describe: Callable[..., object], environ: dict[str, str]) -> None:
    describe(CRM, **environ)
    assert "nobody" in check("nobody")[2]


def test_a_sample_is_rendered_like_gathered_rows(
    describe: Callable[..., object], environ: dict[str, str]
) -> None:
    describe(CRM + FILES + MANUAL, **environ)
    shown = {
        (source, collection): sample(bare_connector_of("tele2-se", source), collection, 1)
        for source, collection in (("crm", "customer"), ("calls", "calls"), ("binder", "notes"))
    }
    assert shown == {
        ("crm", "customer"): [b'{"customer_no":"C1","email":"anna@example.com"}'],
        ("calls", "calls"): [b'{"customer_no":"C1","calls":7}'],
        ("binder", "notes"): [],
    }
