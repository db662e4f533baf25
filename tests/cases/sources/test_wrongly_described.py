"""Sources described wrongly, as it happens: one line with the file, its line, the key and the reason, never a trace."""

import gzip
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from cases.models import SourceHealth
from cases.sources import health
from cases.sources.configured import sources_of
from connectors.sql.connector import SqlConnector
from tests.cases.sources.test_check_sources import CRM, FILES, MANUAL, TABLES, VISITS, check

pytestmark = pytest.mark.django_db
SLUG = "tele2-se"
NAME = 'name = { sv = "Svenska", da = "Dansk", en = "English" }'
BUCKET = FILES.replace("env:CHECKED_FILES", "s3://bucket/x")
API = """
[[source]]
key = "api"
NAME
kind = "http"
base_url = "http://127.0.0.1:1"

[[source.collection]]
key = "bills"
category = "usage"
NAME
path = "/bills/{customer_no}"
find = { customer_no = "customer_no" }
"""
ANONYMISE = 'on_erase = "anonymise"\nanonymise = '


def changed(text: str, right: str, wrong: str) -> str:
    assert right in text
    return text.replace(right, wrong, 1)


@pytest.fixture
def write(
    describe: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], None]:
    """A database and a folder of files, and write(text), what the operator's connectors.toml says of them."""
    with sqlite3.connect(tmp_path / "crm.sqlite") as crm:
        crm.executescript(TABLES)
    files = tmp_path / "files"
    files.mkdir()
    (files / "a.csv").write_text("customer_no,calls\nC1,7\n")
    (files / "a.jsonl").write_text('{"customer_no":"C1","calls":7}\n')
    (files / "broken.csv.gz").write_bytes(gzip.compress(b"customer_no")[:9])
    environ = {"CHECKED_CRM": f"sqlite:///{tmp_path}/crm.sqlite", "CHECKED_FILES": str(files),
               "ENDPOINT": "minio.internal:9000"}  # fmt: skip
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    describe(MANUAL)

    def written(text: str) -> None:
        file = settings.OPERATORS_DIR / SLUG / "connectors.toml"
        file.write_text(re.sub(r"^NAME$", NAME, text, flags=re.MULTILINE))
        sources_of.cache_clear()

    return written


def place_of(key: str) -> str:
    """How a complaint names a key of this file."""
    return rf"connectors\.toml:\d+: {re.escape(key)}: "


C0, C1 = "source[0].collection[0]", "source[0].collection[1]"
WRONG = {
    "two columns of which either may hold it": (changed(CRM, 'email = "email"', 'email = ["email", "customer_no"]'),
        f"{C0}.find.email", "say `any_of`"),
    "an identifier of fewer parts elsewhere": (
        changed(CRM, 'email = "email"', 'ref = ["email", "customer_no"]')
        + 'yields = [{ kind = "ref", column = ["email", "customer_no"] }, { kind = "ref", column = "email" }]\n',
        f"{C0}.find.ref", "a `ref` of 1 is told or proven too"),
    "one of a single column": (changed(CRM, 'email = "email"', 'email = { any_of = ["email"] }'),
        f"{C0}.find.email", "two columns or more"),
    "one of several beside a column": (
        changed(CRM, 'email = "email"', 'email = { any_of = ["email", "a"], column = "b" }'),
        f"{C0}.find.email", "give one of them"),
    "one of several that is not there": (changed(CRM, 'email = "email"', 'email = { any_of = ["email", "nope"] }'),
        f"{C0}.find.email", "no-column: nope"),
    "a number for a column": (changed(CRM, 'email = "email"', "email = { column = 5 }"),
        f"{C0}.find.email", "`column` is the name"),
    "a table for a column": (changed(CRM, 'email = "email"', "email = { column = {} }"),
        f"{C0}.find.email", "`column` is the name"),
    "a column misspelt": (changed(CRM, 'email = "email"', 'email = { colum = "a" }'),
        f"{C0}.find.email.colum", "did you mean `column`"),
    "a column twice over": (changed(CRM, 'email = "email"', 'email = { column = "email", columns = ["email"] }'),
        f"{C0}.find.email",
                            "give one of them"),
    "a number for a find": (changed(CRM, 'email = "email"', "email = 5"), f"{C0}.find.email", "is a table"),
    "no column at all": (changed(CRM, 'email = "email"', "email = []"), f"{C0}.find.email.columns", "is empty"),
    "a number in yields": (CRM + 'yields = [{ kind = "msisdn", column = 5 }]\n',
        f"{C0}.yields[0]", "`column` is the name"),
    "an endpoint without protocol": (changed(BUCKET, "path =", 'endpoint = "minio.internal:9000"\npath ='),
        "source[0].endpoint",
                                     "begins with http://"),
    "an endpoint with a blank": (changed(BUCKET, "path =", 'endpoint = "http://minio internal"\npath ='),
        "source[0].endpoint",
                                 "begins with http://"),
    "such an endpoint in the environment": (changed(BUCKET, "path =", 'endpoint = "env:ENDPOINT"\npath ='),
        "source[0].endpoint", "url: "),
    "half a login": (changed(BUCKET, "path =", 'access_key = "env:ENDPOINT"\npath ='),
        "source[0].secret_key", "together"),
    "no bucket": (changed(BUCKET, "s3://bucket/x", "s3://"), "source[0].path", "a bucket"),
    "another cloud": (changed(BUCKET, "s3://bucket/x", "gs://bucket"), "source[0].path", "a bucket"),
    "a pattern that is none": (changed(FILES, "*.parquet", "**a/x.parquet"), f"{C0}.table", "no-files"),
    "a column to set": (CRM + "suppress = { set = { adds = false } }\n", f"{C0}.suppress", "no-column: adds"),
    "a column to set, as a table": (CRM + "[[source.collection.suppress]]\nset = { adds = false }\n",
                                    f"{C0}.suppress[0].set.adds", "no-column: adds"),
    "a column to restrict": (CRM + "restrict = { set = { nope = 1 } }\n",
        f"{C0}.restrict.set.nope", "no-column: nope"),
    "a column to lift": (CRM + "restrict = { set = { email = 1 }, lift = { nope = 1 } }\n",
        f"{C0}.restrict.lift.nope",
                         "no-column: nope"),
    "a column to correct": (CRM + 'rectify = ["email", "nope"]\n', f"{C0}.rectify[1]", "no-column: nope"),
    "a column in words": (CRM + 'columns_text = { nope = { sv = "a", da = "a", en = "a" } }\n',
        f"{C0}.columns_text.nope",
                          "no-column: nope"),
    "anonymise beside delete": (CRM + 'on_erase = "delete"\nanonymise = { email = "null" }\n',
        f"{C0}.anonymise", "is done with"),
    "anonymised into nothing": (CRM + ANONYMISE + "{ email = {} }\n", f"{C0}.anonymise.email", 'is `"null"`'),
    "anonymised in two ways": (CRM + ANONYMISE + '{ email = { kind = "null", constant = "x" } }\n',
        f"{C0}.anonymise.email", 'is `"null"`'),
    "anonymised into a list": (CRM + ANONYMISE + '{ email = { constant = ["a"] } }\n',
        f"{C0}.anonymise.email.constant", "is a text, a number"),
    "anonymised nowhere": (CRM + ANONYMISE + '{ nope = "null" }\n', f"{C0}.anonymise.nope", "no-column: nope"),
    "a column of a CSV file": (changed(FILES, "*.parquet", "*.csv") + 'at = "at"\n', f"{C0}.at", "no-column: at"),
    "a file cut off": (changed(FILES, "*.parquet", "*.csv.gz"), C0, "not-readable"),
    "a query of bad SQL": (changed(CRM, 'table = "customer"', 'query = "selct *"'),
        f"{C0}.query", "sql: SQLITE_ERROR"),
    "a query that is empty": (changed(CRM, 'table = "customer"', 'query = ""'), f"{C0}.query", "sql: SQLITE_ERROR"),
    "a query of no table": (changed(CRM, 'table = "customer"', 'query = "select * from custmer"'),
        f"{C0}.query", "no-table"),
    "a query of no column": (changed(CRM, 'table = "customer"', 'query = "select nope from customer"'),
        f"{C0}.query", "no-column"),
    "a query that changes": (changed(CRM, 'table = "customer"', 'query = "delete from customer"'),
        f"{C0}.query", "sql: "),
    "no such schema": (changed(CRM, '"customer"\nkey', '"x.customer"\nkey'), f"{C0}.table", "no-table: x.customer"),
    "a table's odd name": (changed(CRM, 'table = "customer"', 'table = "a;b"'),
        f"{C0}.table", "is not the name of a table"),
    "a list for a table": (changed(CRM, 'table = "customer"', 'table = ["customer"]'), f"{C0}.table", "is a text"),
    "a text for a list": (changed(CRM, '["customer_no"]', '"customer_no"'), f"{C0}.key_columns", "is a list"),
    "an empty list": (changed(CRM, '["customer_no"]', "[]"), f"{C0}.key_columns", "is empty"),
    "a table nested in a value": (CRM + "suppress = { set = { email = { a = 1 } } }\n",
        f"{C0}.suppress[0].set.email", "is a text, a number"),
    "a date for a value": (CRM + "suppress = { set = { email = 2026-01-01 } }\n",
        f"{C0}.suppress[0].set.email", "is a text, a number"),
    "a list for a value": (CRM + 'claim = { column = "email", equals = ["a"] }\n',
        f"{C0}.claim", "is a text, a number"),
    "a condition of no column": (CRM + 'claim = { equals = "x" }\n', f"{C0}.claim", "needs `column`"),
    "a time below nothing": (changed(CRM, "kind =", "timeout = -1\nkind ="), "source[0].timeout", "greater than 0"),
    "a kind that is a list": (changed(CRM, '"sql"', '["sql"]'), "source[0].kind", "is not one of"),
    "a name in one language": (changed(CRM, "NAME", 'name = "Kunder"'), "source[0].name", "is a table"),
    "one source, not several": (changed(CRM, "[[source]]", "[source]"), "source", "is a list"),
    "one collection, not several": (changed(CRM, "[[source.collection]]", "[source.collection]"),
        "source[0].collection", "is a list"),
    "a collection twice": (CRM + changed(VISITS, '"visits"', '"customer"'), f"{C1}.key", "used twice"),
    "a driver's odd parameter": (changed(CRM, "env:CHECKED_CRM", "mysql://127.0.0.1:1/d?nonsense=1"),
        "source[0].url", "url: "),
    "another driver's": (changed(CRM, "env:CHECKED_CRM", "postgresql://127.0.0.1:1/d?nonsense=1"),
        "source[0].url", "url: "),
    "a certificate that is not there": (changed(CRM, "env:CHECKED_CRM", "mysql://127.0.0.1:1/d?ssl_ca=/none"),
        "source[0].url", "url: "),
    "a host that cannot be": (changed(CRM, "env:CHECKED_CRM", f"mysql://{'a' * 70}.se/d"), "source[0].url", "url: "),
    "a secret that is not set": (changed(CRM, "kind =", 'hash_key = "env:NEVER_SET"\nkind ='),
        "source[0].hash_key", "secret-missing"),
    "a secret's impossible file": (changed(CRM, "kind =", 'hash_key = "file:/x/\\u0000"\nkind ='),
        "source[0].hash_key", "secret-missing"),
    "a key no database takes": (changed(CRM, '["customer_no"]', '["a\\u0000"]'), f"{C0}.key_columns[0]", "no-column"),
    "an API's port": (changed(API, "http://127.0.0.1:1", "http://h:abc"),
        "source[0].base_url", "begins with http://"),
    "an API's host": (changed(API, "http://127.0.0.1:1", "http://my host/"),
        "source[0].base_url", "begins with http://"),
    "an API's odd host": (changed(API, "http://127.0.0.1:1", "http://xn--a.se"),
        "source[0]", "unforeseen: InvalidCodepoint"),
    "headers in a list": (changed(API, "kind =", 'headers = ["a"]\nkind ='), "source[0].headers", "is a table"),
    "an owner in a list": (changed(MANUAL, '"shops@operator.test"', '["a@b.se"]'), "source[0].owner", "is a text"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_it_is_one_line_with_its_key_and_no_trace_anywhere(
    write: Callable[[str], None], signed_in: Callable[..., Client], wrong: str
) -> None:
    text, key, reason = WRONG[wrong]
    write(text)
    _out, err, failure = check()
    assert re.search(place_of(key), err)
    assert reason in err
    assert err.count("\n") == 1
    assert failure
    health.check_all()
    client = signed_in("caseworker")
    assert client.get(reverse("desk:sources")).status_code == 200
    for source in ("crm", "calls", "api"):
        address = reverse("desk:source-test", args=[SLUG, source])
        assert client.post(address, follow=True).status_code in (200, 404)


def test_a_file_saved_with_a_byte_order_mark_is_told_so(write: Callable[[str], None]) -> None:
    write("\ufeff" + CRM)
    assert "connectors.toml:1: begins with a byte order mark" in check()[1]


def test_a_fault_nobody_thought_of_keeps_no_other_source_from_being_asked(
    write: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(_self: object) -> None:
        raise KeyError("hunter2")

    monkeypatch.setattr(SqlConnector, "check", odd)
    write(CRM + changed(FILES, "*.parquet", "*.csv"))
    out, err, failure = check()
    assert "unforeseen: KeyError in test_wrongly_described.py:" in err
    assert "tele2-se/calls: ok" in out
    assert failure == "not ready: tele2-se/crm"
    health.check_all()
    errors = dict(SourceHealth.objects.values_list("source", "error"))
    assert errors.keys() == {"crm", "calls"}
    assert errors["crm"].startswith("unforeseen: KeyError")
    assert "hunter2" not in err + errors["crm"]
    assert errors["calls"] == ""
