"""What is given is what the files hold, and what cannot be read is said: of odd values, columns and files."""

import gzip
import json
import os
from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from connectors.contract.base import (
    PAGE_BYTES,
    Identifier,
    SourceError,
    SourceGarbage,
    SourceMisconfigured,
    SourceMoved,
)
from connectors.files.storage import Storage
from connectors.files.text.unpacking import blocks

ME = [Identifier("msisdn", "+461")]
CALLS = 'key_columns = ["id"]\nfind = { msisdn = "msisdn" }\non_erase = "delete"\n'


@pytest.fixture
def files(connecting, folder):
    def make(table, collection=CALLS):
        head = f'kind = "files"\npath = "{folder}"\ntime_zone = "Europe/Stockholm"\n'
        return connecting(head, f'table = "{table}"\n{collection}')

    return make


@pytest.fixture
def parquet(folder, files):
    def make(columns):
        duckdb.execute("set timezone = 'UTC'")
        duckdb.execute(f"copy (select 1 as id, '+461' as msisdn, {columns}) to '{folder}/a.parquet'")
        return files("a.parquet")

    return make


def only(connector):
    [line] = connector.read("c", ME, None, 10).lines
    return json.loads(line, parse_float=Decimal)


@pytest.mark.parametrize(
    ("value", "given"),
    [
        ("18446744073709551615::ubigint", 18446744073709551615),
        ("170141183460469231731687303715884105.27::decimal(38,2)", "170141183460469231731687303715884105.27"),
        ("255::utinyint", 255),
        ("[1.10::decimal(9,4), null]", ["1.1000", None]),
        ("{'price': 199.00::decimal(9,2), 'at': timestamp '2026-01-01 00:00:00.000001'}",
         {"price": "199.00", "at": "2026-01-01T00:00:00.000001"}),
        ("map {'a': [{'b': '\\x00\\xFF'::blob}]}", {"a": [{"b": {"type": "binary", "base64": "AP8="}}]}),
        ("map {date '2026-01-01': 0.10::decimal(3,2)}", {"2026-01-01": "0.10"}),
        ("['nan'::double, '-inf'::double, 0.1::double]", ["nan", "-inf", Decimal("0.1")]),
        ("0.1::float", Decimal("0.1")),
        ("{'none': null::struct(a decimal(9,2))}", {"none": None}),
        ("null::struct(a decimal(9,2))", None),
        ("[[1701411834604692317316873037158841057::decimal(38,0)]]", [["1701411834604692317316873037158841057"]]),
        ("'a' || chr(0) || 'é💥' || chr(8232)", "a\x00é💥\u2028"),
        ("'mon'::enum('mon', 'tue')", "mon"),
        ("'{\"a\": 1.10}'::json", {"a": Decimal("1.10")}),
        ("uuid '123e4567-e89b-12d3-a456-426614174000'", "123e4567-e89b-12d3-a456-426614174000"),
        ("time '23:59:59.999999'", "23:59:59.999999"),
        ("timestamp_ns '2026-01-01 00:00:00.123456789'", "2026-01-01T00:00:00.123456789"),
        ("[timestamptz '2026-10-25 00:30:00+00', timestamptz '2026-10-25 01:30:00+00']",
         ["2026-10-25T02:30:00+02", "2026-10-25T02:30:00+01"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("beside", ["", ", '{}'::json as document"])
def test_a_value_of_any_type_in_parquet(parquet, value, given, beside):
    assert only(parquet(f"{value} as value{beside}"))["value"] == given


def test_json_in_parquet_keeps_every_digit(folder, files):
    document = (
        '{"amount":199.00,\r\n "f":0.10000000000000000001, "n":1e400, "big":123456789012345678901234567890}'
    )
    query = """select 1 as id, '+461' as msisdn, $doc::json as "d ""é", null::json as nothing, 'null'::json as empty,
        [$doc::json, null] as documents, {'in': $doc::json} as nested, map {'a': '1.10'::json} as mapped,
        0.1::double as f, 0.10::decimal(9,2) as price, null::int as missing, ['x', null] as plain,
        timestamptz '2026-01-01 00:00:00+00' as at, '\\x00'::blob as photo, '"text"'::json as text"""
    duckdb.execute("set timezone = 'UTC'")
    duckdb.execute(f"copy ({query}) to '{folder}/a.parquet'", {"doc": document})
    connector = files("a.parquet")
    [line] = connector.read("c", ME, None, 10).lines
    assert b"\n" not in line
    assert b"\r" not in line
    one_line = document.replace("\r\n", "  ")
    assert f'"d \\"é":{one_line},'.encode() in line
    given = json.loads(line, parse_float=str)
    assert list(given.values())[3:] == [
        None, None, [document, None], {"in": document}, {"a": "1.10"}, "0.1", "0.10", None, ["x", None],
        "2026-01-01T01:00:00+01", {"type": "binary", "base64": "AA=="}, "text",
    ]  # fmt: skip
    assert connector.sample("c", 1) == [line]
    assert [one.name for one in connector.describe("c") if not one.known] == ["documents", "nested", "mapped"]


@pytest.mark.parametrize(
    "price",
    [
        pa.array([Decimal("1" * 50), Decimal(7)], pa.decimal256(60, 2)),
        pa.array([[Decimal(1)], None], pa.list_(pa.decimal256(60, 2))),
        pa.array(
            [{"a": 1.5, "b": Decimal(1)}, None], pa.struct([("a", pa.float64()), ("b", pa.decimal256(39, 0))])
        ),
    ],
)
def test_a_decimal_with_more_digits_than_are_read_is_refused_by_its_name(folder, files, price):
    columns = {
        "ratio": [1.5, 2.5],
        "id": [1, 2],
        "msisdn": ["+461", "+462"],
        "price": price,
        "note": ["a", "b"],
    }
    pq.write_table(pa.table(columns), folder / "a.parquet")
    assert [one.name for one in files("a.parquet").describe("c") if not one.known] == ["price"]
    for tried in (
        lambda connector: connector.check(),
        lambda connector: connector.read("c", ME, None, 10),
        lambda connector: connector.sample("c", 1),
    ):
        with pytest.raises(SourceMisconfigured, match=r"^too-many-digits: price$"):
            tried(files("a.parquet"))
    without = CALLS + 'columns = ["id", "msisdn", "ratio", "note"]\n'
    assert only(files("a.parquet", without))["ratio"] == Decimal("1.5")
    for find in ('"price"', '{ column = "price", array = true }'):
        with pytest.raises(SourceMisconfigured, match=r"^too-many-digits: price$"):
            files("a.parquet", CALLS.replace('"msisdn"', find)).read(
                "c", [Identifier("msisdn", "7")], None, 10
            )
    # Rows are erased without being rendered, and what stays keeps every digit.
    assert files("a.parquet", without).erase("c", [(1,)], dry_run=False) == 1
    assert pq.read_table(folder / "a.parquet")["price"].to_pylist() == price.slice(1).to_pylist()


def test_two_columns_of_one_name_are_both_given(folder, files):
    pq.write_table(
        pa.table([[1], ["+461"], ["a"], ["b"]], names=["id", "msisdn", "note", "note"]), folder / "a.parquet"
    )
    (folder / "a.csv").write_text("id,msisdn,note,note,\n1,+461,a,b,c\n")
    assert only(files("a.parquet")) == {"id": 1, "msisdn": "+461", "note": "a", "note_1": "b"}
    assert only(files("a.csv")) == {"id": "1", "msisdn": "+461", "note": "a", "note_1": "b", "column4": "c"}
    assert files("a.parquet").erase("c", [(2,)], dry_run=False) == 0


def test_a_column_that_only_newer_files_have(folder, files):
    for name, columns in (("1", ""), ("2", ", 0.10::decimal(9,2) as price")):
        duckdb.execute(f"copy (select {name} as id, '+461' as msisdn{columns}) to '{folder}/{name}.parquet'")
    rows = [orjson.loads(line) for line in files("*.parquet").read("c", ME, None, 10).lines]
    assert rows == [{"id": 1, "msisdn": "+461"}, {"id": 2, "msisdn": "+461", "price": "0.10"}]
    assert [column.name for column in files("*.parquet").describe("c")] == ["id", "msisdn", "price"]


def test_a_file_without_the_column_that_is_searched_is_a_fault_and_not_nothing_held(folder, files):
    duckdb.execute(f"copy (select 1 as id, '+461' as number) to '{folder}/1.parquet'")
    duckdb.execute(f"copy (select 1 as id, '+461' as msisdn) to '{folder}/2.parquet'")
    (folder / "a.csv").write_text("id,number\n1,+461\n")
    (folder / "a.jsonl").write_text('{"id": 1, "number": "+461"}\n')
    for table in ("*.parquet", "a.csv"):
        with pytest.raises(SourceMisconfigured, match="no-column: msisdn"):
            files(table).read("c", ME, None, 10)
    with pytest.raises(SourceMisconfigured, match="no-column: msisdn"):
        files("a.jsonl").check()


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_what_the_folder_tells_is_a_column_unless_the_file_has_it(folder, files, ending):
    for number, folder_name, columns in (
        (1, "month=2026%2D01", ""),
        (2, "month=2026-02", ", 'own' as month"),
    ):
        (folder / folder_name).mkdir()
        query = f"select '{number}' as id, '+461' as msisdn, 'x' as th{columns}"
        kind = {"jsonl": "json"}.get(ending, ending)
        duckdb.execute(f"copy ({query}) to '{folder}/{folder_name}/a.{ending}' (format {kind})")
    connector = files(f"month=*/*.{ending}")
    months = [orjson.loads(line)["month"] for line in connector.read("c", ME, None, 10).lines]
    assert sorted(months) == ["2026-01", "own"]
    assert connector.erase("c", [("9",), ("1",)], dry_run=False) == 1
    [line] = connector.read("c", ME, None, 10).lines
    assert orjson.loads(line) == {"id": "2", "msisdn": "+461", "th": "x", "month": "own"}


def test_a_key_finds_no_row_that_only_looks_like_it(folder, files):
    """Columns that are called as our own, and keys that a cast would make equal."""
    duckdb.execute(f"copy (select i as part0, '+461' as msisdn from range(9) r(i)) to '{folder}/a.parquet'")
    connector = files("a.parquet", CALLS.replace('"id"', '"part0"'))
    assert connector.erase("c", [("007",), ("1e0",), (8,)], dry_run=False) == 1
    assert connector.remaining("c", [(number,) for number in range(9)]) == 8
    (folder / "a.jsonl").write_text('{"id": 1}\n{"id": "1"}\n{"id": true}\n{"id": 1.5}\n{}\n')
    assert files("a.jsonl").erase("c", [("1",)], dry_run=False) == 1
    assert (folder / "a.jsonl").read_text() == '{"id": 1}\n{"id": true}\n{"id": 1.5}\n{}\n'
    with pytest.raises(SourceMisconfigured, match="key-inexact"):
        files("a.jsonl").erase("c", [(1.5,)], dry_run=True)


def test_an_identifier_finds_no_row_that_only_looks_like_it(folder, files):
    duckdb.execute(f"copy (select i as id, i as msisdn from range(2000) r(i)) to '{folder}/a.parquet'")
    for value, found in (("1e3", 0), ("1.5", 0), ("1000", 1), ("x", 0)):
        assert len(files("a.parquet").read("c", [Identifier("msisdn", value)], None, 10).lines) == found


def test_a_number_beyond_64_bits_finds_its_row_and_no_other(folder, files):
    (folder / "a.jsonl").write_text(
        '{"id":1,"msisdn":89460000000000000011}\n{"id":2,"msisdn":89460000000000000012}\n'
    )
    [line] = files("a.jsonl").read("c", [Identifier("msisdn", "89460000000000000012")], None, 10).lines
    assert line == b'{"id":2,"msisdn":89460000000000000012}'


def test_half_a_character_is_spelled_out(folder, files):
    (folder / "a.jsonl").write_text(
        '{"id": 1, "msisdn": "+461", "n": "a\\ud83d", "m": "\\ud83d\\ude00 \\\\ud83d"}\n'
    )
    assert only(files("a.jsonl")) == {"id": 1, "msisdn": "+461", "n": "a\\ud83d", "m": "😀 \\ud83d"}
    assert files("a.jsonl").erase("c", [(1,)], dry_run=False) == 1


def test_a_line_end_between_two_parts_of_a_json_line_ends_no_line(folder, files):
    (folder / "a.jsonl").write_bytes(b'{"id": 1,\r"msisdn": "+461",\r "n": "a\\rb"}\r\n')
    [line] = files("a.jsonl").read("c", ME, None, 10).lines
    assert line.splitlines() == [b'{"id": 1, "msisdn": "+461",  "n": "a\\rb"}']


def test_csv_as_it_comes(folder, files):
    text = '\ufeff"id",msisdn,"a ""b"""\r\n1,+461,"x\r\ny, ""z"""\r\n\r\n#2,+461,#\r\n3,"+461",""\r\n4,+461,'
    (folder / "a.csv").write_bytes(text.encode())
    rows = [orjson.loads(line) for line in files("a.csv").read("c", ME, None, 10).lines]
    assert [tuple(row.values()) for row in rows] == [
        ("1", "+461", 'x\r\ny, "z"'), ("#2", "+461", "#"), ("3", "+461", ""), ("4", "+461", None),
    ]  # fmt: skip
    assert list(rows[0]) == ["id", "msisdn", 'a "b"']


GOOD = b"id,msisdn\n1,+461\n"
PACKED = gzip.compress(GOOD * 9, mtime=0)
TEXTS = {
    "a.csv": [GOOD + b"2\n", GOOD + b"2,+461,x\n", GOOD + b'2,"+461\n', GOOD + b'2,a"b\n', GOOD + b"2,\xff\n",
              b"id,msisdn\r1,+461\r2,+461\r"],
    "a.jsonl": [b'{"id": 1, "msisdn": "+461"}\n{"id": 2, "msi', b"[1]\n", b'{"id": "\xff"}\n', b"\0\0\0\0"],
    "a.csv.gz": [PACKED[:-4], PACKED[:-12] + b"xxxxxxxxxxxx", GOOD],
    "a.csv.zst": [zstandard.compress(GOOD)[:-3], GOOD],
    "a.parquet": [b"", b"PAR1", GOOD],
}  # fmt: skip


@pytest.mark.parametrize(("name", "content"), [(name, one) for name, some in TEXTS.items() for one in some])
def test_a_file_that_is_cut_off_or_broken_is_a_fault(folder, files, name, content):
    (folder / name).write_bytes(content)
    with pytest.raises(SourceError) as caught:
        files(name).read("c", ME, None, 10)
    assert "461" not in str(caught.value)
    with pytest.raises(SourceError):
        files(name).erase("c", [("1",)], dry_run=False)
    assert (folder / name).read_bytes() == content


@pytest.mark.timeout(100)
def test_a_quote_that_nobody_closes_is_told_before_long(folder, files):
    (folder / "a.csv").write_bytes(GOOD + b'2,"' + b"3,+461\n" * (PAGE_BYTES // 7 + (1 << 20)))
    with pytest.raises(SourceGarbage, match="a line without an end"):
        files("a.csv").read("c", ME, None, 10)


@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_however_well_a_file_is_packed_a_few_megabytes_of_it_are_unpacked_at_once(folder, ending):
    pack = {"gz": gzip.compress, "zst": zstandard.compress}[ending]
    (folder / f"a.jsonl.{ending}").write_bytes(pack(b'{"id":1,"msisdn":"+461"}\n' * 4_000_000))
    sizes = list(map(len, blocks(Storage.local(folder), f"a.jsonl.{ending}", 0)))
    assert sum(sizes) == 100_000_000
    assert max(sizes) < 6_000_000


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst"])
def test_an_empty_file_of_json_lines_holds_nothing(folder, files, name):
    (folder / name).write_bytes(
        {"gz": gzip.compress(b""), "zst": zstandard.compress(b"")}.get(name[-2:], b"")
    )
    if name.endswith("zst"):
        (folder / name).write_bytes(zstandard.compress(b""))
    files(name).check()
    assert files(name).read("c", ME, None, 10).lines == []
    assert files(name).erase("c", [("1",)], dry_run=False) == 0


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl", "a.jsonl.zst"])
def test_every_byte_of_a_text_is_read_about_once(folder, files, everything, name, monkeypatch):
    """However many pages there are, and with rows longer than what is read at once."""
    rows = [{"id": str(i), "msisdn": f"+46{i % 2}", "note": '",\n' + "é" * (i % 300)} for i in range(20_000)]
    rows[10_001]["note"] = "x" * 3_000_000
    lines = ['{},{},"{}"'.format(*(value.replace('"', '""') for value in row.values())) for row in rows]
    text = "\n".join(
        ["id,msisdn,note", *lines] if ".csv" in name else [orjson.dumps(row).decode() for row in rows]
    )
    pack = {"gz": gzip.compress, "zst": zstandard.compress}.get(name.rpartition(".")[2], bytes)
    (folder / name).write_bytes(pack(text.encode()))
    read = []

    class Counted:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def seek(self, place):
            self.file.seek(place)

        def read(self, size):
            data = self.file.read(size)
            read.append(len(data))
            return data

    monkeypatch.setattr(
        "connectors.files.storage.Storage.reading",
        lambda storage, name: Counted(open(f"{storage.root}/{name}", "rb")),  # noqa: SIM115
    )
    found = [orjson.loads(line) for line in everything(files(name), ME, 500)]
    assert found == rows[1::2]
    size, pages = (folder / name).stat().st_size, len(found) // 500 + 1
    ahead = 0 if name.endswith(("gz", "zst")) else 1 << 20
    assert sum(read) < 2 * size + pages * (ahead + (1 << 21))


def test_a_file_replaced_while_it_is_read_is_noticed(folder, files, monkeypatch):
    for name in ("a.csv", "a.parquet"):
        query = "select i::varchar as id, '+461' as msisdn from range(9000) r(i)"
        duckdb.execute(f"copy ({query}) to '{folder}/{name}'")
        page = files(name).read("c", ME, None, 10)
        (folder / "new").write_bytes((folder / name).read_bytes())
        (folder / "new").replace(folder / name)
        with pytest.raises(SourceGarbage, match="file-changed"):
            files(name).read("c", ME, page.cursor, 10)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl", "a.jsonl.zst"])
def test_a_file_written_over_in_the_middle_of_a_page_has_changed_and_is_not_broken(
    folder, files, monkeypatch, name
):
    pack = {"gz": gzip.compress, "zst": zstandard.compress}.get(name.rpartition(".")[2], bytes)

    def write(begin):
        rows = ({"id": str(begin + i), "msisdn": "+460", "note": os.urandom(30).hex()} for i in range(40_000))
        if ".csv" in name:
            text = "id,msisdn,note\n" + "".join(",".join(row.values()) + "\n" for row in rows)
        else:
            text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / name).write_bytes(pack(text.encode()))

    def overtaken(storage, name, place):
        for block in blocks(storage, name, place):
            yield block
            write(1_000_000)

    write(1)
    monkeypatch.setattr("connectors.files.text.textfile.blocks", overtaken)
    with pytest.raises(SourceMoved, match="file-changed"):
        files(name).read("c", ME, None, 10)


def test_time_in_text_is_read_as_everywhere_else(folder, files):
    (folder / "a.jsonl").write_text(
        '{"id": 1, "msisdn": "+461", "at": "2026-10-25T02:30:00"}\n{"id": 2, "msisdn": "+462", "at": "yesterday"}\n'
    )
    connector = files("a.jsonl", CALLS + 'at = "at"\n')
    before = Identifier("msisdn", "+461", None, datetime(2026, 10, 25, 1, tzinfo=UTC))
    after = Identifier("msisdn", "+461", datetime(2026, 10, 25, 1, tzinfo=UTC), None)
    assert [len(connector.read("c", [one], None, 9).lines) for one in (before, after)] == [1, 0]
    with pytest.raises(SourceGarbage, match="not-a-moment"):
        connector.read("c", [Identifier("msisdn", "+462", before.valid_to)], None, 9)
