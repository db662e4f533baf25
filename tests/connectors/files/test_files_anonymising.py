"""Nothing, a constant or a keyed hash in a column's place; all else of the row, and of the file, as it was."""

import gzip

import duckdb
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from connectors.contract.anonymous import hashed
from connectors.contract.base import Identifier, SourceMisconfigured

ROWS = [
    {"id": "1", "name": "Åsa", "mail": "a@x.se", "phone": "+461", "note": 'says "hi",\nbye'},
    {"id": "2", "name": "Bo", "mail": None, "phone": "+462", "note": ""},
    {"id": "3", "name": "Cy", "mail": "anon-ymous@x.se", "phone": "+463", "note": None},
]
WAYS = 'mail = "keyed-hash"\nphone = "null"\nname = { constant = "Erased, \\"by\\" request" }\n'
FORMATS = ["a.parquet", "a.csv", "a.jsonl", "a.csv.gz", "a.jsonl.zst"]


@pytest.fixture
def source(connecting, folder):
    def make(table, ways=WAYS, **more):
        head = f'kind = "files"\npath = "{folder}"\nhash_key = "env:KEY"\n'
        collection = (
            f'table = "{table}"\nkey_columns = ["id"]\nfind = {{ phone = "phone" }}\non_erase = "anonymise"\n'
        )
        return connecting(head, f"{collection}[source.collection.anonymise]\n{ways}", KEY="pepper", **more)

    return make


def csv_field(value):
    if value is None:
        return ""
    return value if value and not set('",\n') & set(value) else '"' + value.replace('"', '""') + '"'


def write(path, rows=ROWS):
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
        return
    lines = [orjson.dumps(row).decode() for row in rows]
    if ".csv" in path.suffixes:
        lines = [",".join(rows[0]), *(",".join(map(csv_field, row.values())) for row in rows)]
    text = ("\n".join(lines) + "\n").encode()
    pack = {".gz": gzip.compress, ".zst": zstandard.compress}.get(path.suffix, bytes)
    path.write_bytes(pack(text))


def rows_of(path):
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    reader = "read_csv(?, all_varchar = true, nullstr = '', allow_quoted_nulls = false)"
    reader = reader if ".csv" in path.suffixes else "read_json(?, format = 'newline_delimited')"
    found = duckdb.execute(f"select id::varchar, name, mail, phone, note from {reader}", [str(path)])
    return [dict(zip(ROWS[0], row, strict=True)) for row in found.fetchall()]


@pytest.mark.parametrize("name", FORMATS)
def test_each_way_in_each_format(folder, source, name):
    write(folder / name)
    keys = [("1",), ("2",), ("3",), ("nobody",)]
    assert source(name).erase("c", keys[1:], dry_run=True) == 2
    assert rows_of(folder / name) == ROWS
    assert source(name).erase("c", keys[1:], dry_run=False) == 2
    gone = {"name": 'Erased, "by" request', "phone": None}
    assert rows_of(folder / name) == [
        ROWS[0],
        ROWS[1] | gone | {"mail": None},
        ROWS[2] | gone | {"mail": hashed("anon-ymous@x.se", b"pepper")},
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_anonymised_is_left_alone_from_then_on(folder, source, name):
    write(folder / name)
    keys = [("1",), ("3",)]
    assert source(name).remaining("c", keys) == 2
    source(name).erase("c", keys, dry_run=False)
    after = (folder / name).read_bytes()
    assert source(name).remaining("c", keys) == 0
    assert source(name).erase("c", keys, dry_run=False) == 0
    assert (folder / name).read_bytes() == after


@pytest.mark.parametrize("name", FORMATS)
def test_only_rows_that_still_are_the_persons(folder, source, name):
    write(folder / name)
    mine = [Identifier("phone", "+461"), Identifier("other", "x")]
    assert source(name).erase("c", [("1",), ("2",)], dry_run=False, whose=mine) == 1
    assert [row["phone"] for row in rows_of(folder / name)] == [None, "+462", "+463"]
    assert source(name).erase("c", [("2",)], dry_run=False, whose=[]) == 0


def test_in_a_nested_line_nothing_else_moves(folder, source):
    line = (
        '\ufeff { "id" : "1", "deep":{"mail":"a@x.se","phone":[1.10, 2e400]} ,"mail"\t: "caf\\u00e9",'
        '"big":123456789012345678901234567890, "phone":["+461", {"a":"}"}], "name":null }  \r\n'
    )
    (folder / "a.jsonl").write_bytes((line + '{"id":"2"}').encode())
    assert source("a.jsonl").erase("c", [("1",), ("2",)], dry_run=False) == 1
    wanted = line.replace('"caf\\u00e9"', f'"{hashed("café", b"pepper")}"').replace(
        '["+461", {"a":"}"}]', "null"
    )
    wanted = wanted.replace('"name":null', '"name":"Erased, \\"by\\" request"')
    assert (folder / "a.jsonl").read_bytes().decode() == wanted + '{"id":"2"}'


def test_in_a_csv_line_nothing_else_moves(folder, source):
    text = '\ufeffid,name,mail,phone,note\r\n"1","Åsa",a@x.se,"+461","a\r\n""b"""\r\n\r\n2,Bo,b@x.se,+462,""'
    (folder / "a.csv").write_bytes(text.encode())
    assert source("a.csv", 'phone = "null"\n').erase("c", [("1",)], dry_run=False) == 1
    assert (folder / "a.csv").read_bytes().decode() == text.replace('"+461"', "")


def test_a_number_in_json_is_hashed_as_it_is_written(folder, source):
    (folder / "a.jsonl").write_text('{"id": "1", "phone": 46701740605, "mail": true}\n')
    source("a.jsonl", 'phone = "keyed-hash"\nmail = "keyed-hash"\n').erase("c", [("1",)], dry_run=False)
    row = orjson.loads((folder / "a.jsonl").read_bytes())
    assert (row["phone"], row["mail"]) == (hashed("46701740605", b"pepper"), hashed("true", b"pepper"))


@pytest.mark.parametrize(
    ("ways", "problem"),
    [
        ('mail = "null"', "not-null: mail"),
        ('age = "keyed-hash"', "not-text: age"),
        ('age = { constant = "none" }', "value: age"),
        ('month = "null"', "is-folder: month"),
    ],
)
def test_a_column_that_cannot_take_it_is_told_before_anything_is_touched(folder, source, ways, problem):
    (folder / "month=1").mkdir()
    required = pa.schema(
        [("id", pa.string()), pa.field("mail", pa.string(), nullable=False), ("age", pa.int32())]
    )
    pq.write_table(
        pa.Table.from_pylist([{"id": "1", "mail": "x", "age": 1, "phone": "1"}], required),
        folder / "month=1" / "a.parquet",
    )
    with pytest.raises(SourceMisconfigured, match=problem):
        source("month=*/*.parquet", ways).erase("c", [("1",)], dry_run=True)


def test_a_column_that_an_older_file_does_not_have_yet_is_no_obstacle_to_who_has_no_row_there(folder, source):
    write(folder / "2.parquet")
    pq.write_table(pa.Table.from_pylist([{"id": "1", "phone": "+461"}]), folder / "1.parquet")
    assert source("*.parquet").erase("c", [("2",)], dry_run=False) == 1
    with pytest.raises(SourceMisconfigured, match="no-column: mail"):
        source("*.parquet").erase("c", [("1",)], dry_run=True)
    assert source("*.parquet").remaining("c", [("1",)]) == 2


def test_the_schema_the_order_the_packing_and_the_metadata_stay(folder, source):
    fields = [
        pa.field("id", pa.string(), nullable=False),
        ("kind", pa.dictionary(pa.int8(), pa.string())),
        ("at", pa.timestamp("ms", "Europe/Stockholm")),
        ("code", pa.binary(2)),
        ("price", pa.decimal128(12, 4)),
        ("phone", pa.large_string()),
        ("legs", pa.list_(pa.struct([("cell", pa.uint64())]))),
    ]
    schema = pa.schema(fields, metadata={"owner": "billing"})
    rows = [
        {
            "id": str(i),
            "kind": "v",
            "at": i,
            "code": b"ab",
            "price": i,
            "phone": f"+46{i}",
            "legs": [{"cell": 2**64 - 1}],
        }
        for i in reversed(range(5000))
    ]
    pq.write_table(
        pa.Table.from_pylist(rows, schema), folder / "a.parquet", compression={"id": "zstd", "kind": "gzip"}
    )
    old = pq.ParquetFile(folder / "a.parquet")
    before, groups = old.read(), old.metadata.row_group(0)
    assert (
        source("a.parquet", 'phone = "null"\nkind = { constant = "x" }\n').erase("c", [("7",)], dry_run=False)
        == 1
    )
    new = pq.ParquetFile(folder / "a.parquet")
    assert new.schema_arrow.equals(old.schema_arrow, check_metadata=True)
    assert new.schema_arrow.metadata[b"owner"] == b"billing"
    assert [new.metadata.row_group(0).column(i).compression for i in range(3)] == [
        groups.column(i).compression for i in range(3)
    ]
    place = len(rows) - 8
    after = new.read()
    assert after.slice(place, 1).select(["phone", "kind"]).to_pylist() == [{"phone": None, "kind": "x"}]
    for part in (slice(0, place), slice(place + 1, None)):
        assert after.to_pylist()[part] == before.to_pylist()[part]
