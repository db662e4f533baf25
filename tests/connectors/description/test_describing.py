"""What a privacy engineer is told about a source that is described wrongly, and what a right one yields."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.contract.base import Identifier, SourceGarbage, SourceMisconfigured
from connectors.description.collection import Flag, Label
from connectors.description.config import load_sources
from connectors.description.secret import resolve
from connectors.description.tomlfile import ConfigError
from connectors.manual import ManualConnector
from connectors.registry import connect
from connectors.rows.graph import identifiers_of, key_of, parsed

SQL = 'kind = "sql"\nurl = "env:CRM"\n'
FILES, HTTP = 'kind = "files"\npath = "/x"\n', 'kind = "http"\nbase_url = "http://x"\n'
TABLE = 'table = "t"\nkey_columns = ["id"]\n'
HIDDEN = 'hidden_number = { column = "h", equals = true }\n'
ANON = TABLE + 'on_erase = "anonymise"\n'
YIELDING = TABLE + 'yields = [{ kind = "msisdn", column = "msisdn", from = "a", to = "b" }]\n'
DELTA = 'format = "delta"\ntable = "calls"\n'


@pytest.mark.parametrize(
    ("source", "collection", "key", "reason"),
    [
        ('kind = "sqll"\nurl = "env:A"\n', TABLE, "source[0].kind", "is not one of"),
        (SQL + 'time_zone = "Sweden"\n', TABLE, "source[0].time_zone", "is not a time zone"),
        ('kind = "sql"\nurl = "postgresql://u:secret@h/d"\n', TABLE, "source[0].url", "holds a password"),
        (SQL + 'hash_key = "pepper"\n', TABLE, "source[0].hash_key", "no secret belongs in this file"),
        (SQL, 'table = "t"\n', "source[0].collection[0].key_columns", "is missing"),
        (SQL, 'key_columns = ["id"]\n', "source[0].collection[0].key", "needs either `table` or `query`"),
        (SQL, TABLE + 'fnid = { a = "a" }\n', "source[0].collection[0].fnid", "did you mean `find`"),
        (SQL, TABLE + "interval = true\n", "source[0].collection[0].interval", "needs `at`"),
        (SQL, TABLE + 'link = ["email"]\n', "source[0].collection[0].link", "`email` is not among the kinds"),
        (SQL, TABLE + 'columns = ["id"]\nat = "x"\n', "source[0].collection[0].at", "`x` is not among `columns`"),
        (SQL, TABLE + "other_person = true\n", "source[0].collection[0].other_person", "needs `redact`"),
        (SQL, TABLE + HIDDEN, "source[0].collection[0].hidden_number", "needs `redact`: the columns that are masked"),
        (SQL, TABLE + HIDDEN.replace("true }", 'true, when = "a" }') + 'redact = ["a", "b"]\n',
         "source[0].collection[0].hidden_number.when", "leaves out `b`"),
        (SQL, TABLE + 'claim = { when = "a" }\n', "source[0].collection[0].claim", "needs `column` beside"),
        ('kind = "manual"\nowner = "x@y"\n', HIDDEN, "source[0].collection[0].hidden_number", "needs `redact`"),
        (SQL, TABLE + 'redact = ["n"]\ncolumns = ["id"]\n', "source[0].collection[0].redact[0]", "`n` is not among"),
        (SQL, TABLE + HIDDEN + 'redact = ["n", "n"]\n', "source[0].collection[0].redact", "names a column twice"),
        (SQL, TABLE + 'claim = { column = "x" }\n', "source[0].collection[0].claim", "needs `equals`"),
        (SQL, TABLE + 'on_erase = "anonymise"\n', "source[0].collection[0].on_erase", "needs `anonymise`"),
        (SQL, ANON + 'anonymise = { id = "null" }\n', "source[0].collection[0].anonymise.id", "is a key column"),
        (SQL, ANON + 'anonymise = { a = "keyed-hash" }\n', "source[0].collection[0].anonymise.a", "needs `hash_key`"),
        (SQL, TABLE.replace("table", "query") + 'on_erase = "delete"\n', "source[0].collection[0].query", "be read"),
        (SQL, YIELDING + 'find = { msisdn = "m" }\n', "source[0].collection[0].find.msisdn", "changes hands"),
        (SQL, TABLE + 'suppress = { sett = { a = 1 } }\n', "source[0].collection[0].suppress[0].sett", "unknown key"),
        (FILES, 'table = "a.xls"\n', "source[0].collection[0].table", "ends in .parquet"),
        (FILES, 'format = "delta"\ntable = "calls/*"\n', "source[0].collection[0].table", "is the folder of"),
        (FILES, 'format = "delta"\ntable = "../calls"\n', "source[0].collection[0].table", "is the folder of"),
        (FILES, DELTA + 'partition = "day"\nat = "x"\n', "source[0].collection[0].partition", "own log"),
        (FILES, DELTA + 'key_columns = ["a"]\non_erase = "anonymise"\nanonymise = { b = "null" }\n',
         "source[0].collection[0].on_erase", "`delete` or `none`"),
        (FILES, 'table = "a.csv"\npartition = "month"\nat = "x"\n', "source[0].collection[0].partition", "month="),
        (HTTP, 'key = "z"\n', "", "overwrite|twice|duplicate"),
        (HTTP, "", "source[0].collection[0].path", "is missing"),
        (HTTP + 'auth = { kind = "bearer" }\n', 'path = "/"\n', "source[0].auth.token", "is needed"),
        (HTTP, 'path = "/"\npaging = { kind = "page" }\n', "source[0].collection[0].paging", "needs `param`"),
        (HTTP, 'path = "/"\npaging = { kind = "cursor", param = "p" }\n', "source[0].collection[0].paging", "`next`"),
        ('kind = "manual"\nowner = "x"\n', "", "source[0].owner", "must be a mail address"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named_with_its_reason(describe, source, collection, key, reason):
    with pytest.raises(ConfigError, match=reason) as caught:
        describe(source, collection)
    assert caught.value.key == key
    assert caught.value.line > 1 or not key


def test_every_operators_sources_can_be_loaded():
    folders = [path.parent for path in Path("operators").glob("*/connectors.toml")]
    assert len(folders) == 5
    for folder in folders:
        assert {source.kind for source in load_sources(folder)} == {"sql", "files", "http"}


def test_a_mark_that_is_never_true_needs_nothing_masked(describe):
    described = describe(SQL, TABLE + "other_person = false\nhidden_number = false\n")
    assert described.collection[0].marks_of_others == ()


def test_two_sources_or_collections_of_one_key(describe):
    with pytest.raises(ConfigError, match="`c` is used twice"):
        describe(SQL, TABLE, TABLE.replace("[", "[", 1) + "[[source.collection]]\n" + 'key = "c"\ncategory = "x"\n'
                 'name = { sv = "x", da = "x", en = "x" }\n' + TABLE)  # fmt: skip


def test_secrets_come_from_the_environment_or_files(tmp_path):
    (tmp_path / "secret").write_text("from file\n")
    assert resolve("env:A", {"A": "x"}) == "x"
    assert resolve("env:A", {"A_FILE": str(tmp_path / "secret")}) == "from file"
    assert resolve(f"file:{tmp_path}/secret", {}) == "from file"
    assert resolve("https://example.test", {}) == "https://example.test"
    for missing in ("env:B", "file:/nowhere"):
        with pytest.raises(SourceMisconfigured, match="secret-missing"):
            resolve(missing, {})


def test_a_row_yields_identifiers_with_their_interval(describe):
    source = describe(
        SQL,
        TABLE
        + """yields = [{ kind = "msisdn", column = "number", from = "a", to = "b" },
        { kind = "order", column = ["region", "no"] }, { kind = "sim", column = "sims", array = true }]""",
    )
    row = {"number": "+461", "a": "2026-01-01", "b": None, "region": "N", "no": 7, "sims": ["s1", None, "s2"]}
    found = list(identifiers_of(source.collection[0], row, ZoneInfo("Europe/Stockholm")))
    assert found == [
        Identifier("msisdn", "+461", datetime(2025, 12, 31, 23, tzinfo=UTC), None),
        Identifier("order", '["N",7]'),
        Identifier("sim", "s1"),
        Identifier("sim", "s2"),
    ]


def test_empty_columns_and_empty_intervals_yield_nothing(describe):
    source = describe(SQL, YIELDING)
    zone = ZoneInfo("UTC")
    for row in (
        {"msisdn": None, "a": None, "b": None},
        {"msisdn": "", "a": None, "b": None},
        {"msisdn": "+461", "a": "2026-01-01", "b": "2026-01-01"},
        {"msisdn": "+461", "a": "2026-01-02", "b": "2026-01-01"},
    ):
        assert list(identifiers_of(source.collection[0], row, zone)) == []


def test_the_key_of_a_row(describe):
    collection = describe(SQL, 'table = "t"\nkey_columns = ["b", "a"]\n').collection[0]
    assert key_of(collection, {"a": 1, "b": "x"}) == ("x", 1)
    with pytest.raises(SourceGarbage, match="no-key: a"):
        key_of(collection, {"b": "x"})
    for line in (b"[1]", b"{", b"\xff"):
        with pytest.raises(SourceGarbage):
            parsed(line)


def test_flags_and_labels_of_a_row():
    assert Flag.model_validate(True).of({}) is True
    unpaid = Flag.model_validate({"column": "s", "equals": "unpaid"})
    assert [unpaid.of({"s": value}) for value in ("unpaid", "paid", None)] == [True, False, False]
    hidden = Flag.model_validate({"column": "h", "equals": True})
    assert [hidden.of({"h": value}) for value in (True, False, None, "True")] == [
        True,
        False,
        None is True,
        True,
    ]
    filled = Flag.model_validate({"column": "x", "filled": True})
    assert [filled.of({"x": value}) for value in ("a", "", None, 0)] == [True, False, False, True]
    passed_on = Flag.model_validate({"column": "h", "equals": True, "when": "n"})
    assert [passed_on.of({"h": True, "n": value}) for value in ("070", "", None, [], 0)] == [
        True,
        False,
        False,
        False,
        True,
    ]
    assert passed_on.of({"h": False, "n": "070"}) is False
    # A column that is spelled otherwise keeps nobody's number from being masked.
    assert passed_on.of({"h": True, "N": None}) is True
    either = Flag.model_validate({"column": "h", "equals": True, "when": ["n", "m"]})
    assert [either.of({"h": True, "n": None, "m": value}) for value in ("x", None)] == [True, False]
    assert Label.model_validate("telephony").of({}) == "telephony"
    assert Label.model_validate({"column": "k", "map": {"V": "voice"}}).of({"k": "V"}) == "voice"
    assert Label.model_validate({"column": "k"}).of({"k": None}) is None


def test_a_manual_source_never_says_that_there_is_nothing(describe):
    connector = connect(describe('kind = "manual"\nowner = "owner@operator.test"\n', ""), environ={})
    assert isinstance(connector, ManualConnector)
    connector.check()
    assert connector.count("c", []) is None
    with pytest.raises(SourceMisconfigured, match="manual"):
        connector.read("c", [], None, 10)
