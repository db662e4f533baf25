"""Columns that are not there: a misspelt name, or a file laid out differently, is said and never passed over."""

import gzip

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.contract.base import Identifier, SourceError, SourceGarbage, SourceMisconfigured

ME = [Identifier("msisdn", "+461")]
FIND = 'key_columns = ["id"]\nfind.msisdn = "msisdn"\nfind.email = "mail"\n'
ENDINGS = ["parquet", "csv", "jsonl"]


@pytest.fixture
def files(connecting, folder):
    def make(table, collection=FIND, ways=""):
        head = f'kind = "files"\npath = "{folder}"\nhash_key = "env:KEY"\ntime_zone = "UTC"\n'
        erase = (
            f'on_erase = "anonymise"\n[source.collection.anonymise]\n{ways}\n'
            if ways
            else 'on_erase = "delete"\n'
        )
        return connecting(head, f'table = "{table}"\n{collection}{erase}', KEY="pepper")

    return make


def write(path, *rows):
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(list(rows)), path)
    elif path.suffix == ".csv":
        names = list(dict.fromkeys(name for row in rows for name in row))
        lines = [",".join(names), *(",".join(row.get(name) or "" for name in names) for row in rows)]
        path.write_text("\n".join(lines) + "\n")
    else:
        path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))


def row(number, **more):
    return {"id": str(number), "msisdn": f"+46{number}", "mail": f"{number}@x.se", **more}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", ["id", "msisdn"])
def test_an_older_file_without_a_needed_column_is_named_before_anything_is_given(folder, files, ending, name):
    old = {("number" if key == name else key): value for key, value in row(1).items() if key != "mail"}
    only = files(f"*.{ending}", FIND.replace('find.email = "mail"\n', ""))
    write(folder / f"2026.{ending}", row(1), row(2))
    assert len(only.read("c", ME, None, 10).lines) == 1
    write(folder / f"2025.{ending}", old, {**old, "number": "7"})
    with pytest.raises(SourceMisconfigured, match=f"^no-column: {name}$"):
        only.read("c", ME, None, 10)
    if name == "id":
        for dry_run in (True, False):
            with pytest.raises(SourceMisconfigured, match=r"^no-column: id$"):
                only.erase("c", [("1",)], dry_run=dry_run)
        with pytest.raises(SourceMisconfigured, match=r"^no-column: id$"):
            only.remaining("c", [("1",)])


def test_a_json_row_may_lack_what_is_empty(folder, files):
    """A file without any mail address is in order as long as other columns find its rows."""
    rows = [{"id": str(number), "msisdn": f"+46{number}"} for number in range(3)]
    write(folder / "a.jsonl", *rows, {"id": "9"})
    assert len(files("a.jsonl").read("c", [*ME, Identifier("email", "a@x.se")], None, 10).lines) == 1
    assert files("a.jsonl").erase("c", [("0",), ("1",), ("2",)], dry_run=False) == 3
    (folder / "a.jsonl").write_bytes(b"")
    assert files("a.jsonl").read("c", ME, None, 10).lines == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_misspelt_column_to_anonymise_is_told_and_counts_as_not_done(folder, files, ending):
    write(folder / f"a.{ending}", row(1), row(2))
    before = (folder / f"a.{ending}").read_bytes()
    source = files(f"a.{ending}", ways='mail = "null"\nmial = "keyed-hash"\n')
    for tried in (
        source.check,
        lambda: source.erase("c", [("1",)], dry_run=True),
        lambda: source.erase("c", [("1",)], dry_run=False),
        lambda: source.erase("c", [("1",)], dry_run=False, whose=ME),
    ):
        with pytest.raises(SourceMisconfigured, match=r"^no-column: mial$"):
            tried()
    assert source.remaining("c", [("1",), ("nobody",)]) == 1
    assert (folder / f"a.{ending}").read_bytes() == before


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_older_file_that_calls_the_column_otherwise_is_told_if_it_holds_a_targeted_row(
    folder, files, ending
):
    old = {"id": "1", "msisdn": "+461", "email": "1@x.se"}
    write(folder / f"2025.{ending}", old, old | {"id": "3"})
    write(folder / f"2026.{ending}", row(2), row(4))
    source = files(f"*.{ending}", FIND.replace('find.email = "mail"\n', ""), ways='mail = "null"')
    for dry_run in (True, False):
        with pytest.raises(SourceMisconfigured, match=r"^no-column: mail$"):
            source.erase("c", [("1",), ("2",)], dry_run=dry_run)
    assert source.remaining("c", [("1",), ("2",)]) == 2
    # The older file is no obstacle to whoever has no row there.
    assert source.erase("c", [("2",)], dry_run=True) == 1
    assert source.erase("c", [("2",)], dry_run=False) == 1
    assert source.remaining("c", [("1",), ("2",)]) == 1


def test_in_json_lines_a_row_without_the_column_is_as_anonymous_as_one_where_it_is_null(folder, files):
    write(
        folder / "a.jsonl", {"id": "1", "msisdn": "+461"}, row(2), {"id": "3", "msisdn": "+463", "mail": None}
    )
    source = files("a.jsonl", ways='mail = "null"')
    assert source.erase("c", [("1",), ("2",), ("3",)], dry_run=True) == 1
    assert source.erase("c", [("1",), ("2",), ("3",)], dry_run=False) == 1
    assert source.remaining("c", [("1",), ("2",), ("3",)]) == 0


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_column_of_the_path_cannot_be_anonymised_but_one_of_the_same_name_in_the_file_can(
    folder, files, ending
):
    (folder / "mail=x").mkdir()
    write(folder / "mail=x" / f"a.{ending}", {"id": "1", "msisdn": "+461"})
    source = files(f"mail=*/*.{ending}", ways='mail = "null"')
    for dry_run in (True, False):
        with pytest.raises(SourceMisconfigured, match=r"^is-folder: mail$"):
            source.erase("c", [("1",)], dry_run=dry_run)
    assert source.remaining("c", [("1",)]) == 1
    write(folder / "mail=x" / f"a.{ending}", row(1))
    assert source.erase("c", [("1",)], dry_run=True) == source.erase("c", [("1",)], dry_run=False) == 1


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    ("more", "name"),
    [
        ('redact = ["b_number"]', "b_number"),
        ('yields = [{ kind = "imsi", column = "imsi", from = "begun" }]', "begun"),
        ('claim = { column = "unpaid", equals = "1" }', "unpaid"),
        ('contract_end = "ends"', "ends"),
        ('columns = ["id", "msisdn", "mail", "nmae"]', "nmae"),
        ('find.imsi = "imis"', "imis"),
    ],
)
def test_every_column_of_the_description_is_looked_for_when_it_is_checked(folder, files, ending, more, name):
    write(folder / f"a.{ending}", row(1, imsi="2", name="x"))
    with pytest.raises(SourceMisconfigured, match=f"^no-column: {name}$"):
        files(f"a.{ending}", f"{FIND}{more}\n").check()


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_sample_without_a_column_that_is_to_be_given_is_refused(folder, files, ending):
    write(folder / f"a.{ending}", row(1))
    with pytest.raises(SourceMisconfigured, match=r"^no-column: nmae$"):
        files(f"a.{ending}", f'{FIND}columns = ["id", "msisdn", "mail", "nmae"]\n').sample("c", 1)


def test_in_json_lines_a_column_that_is_filled_in_some_file_only_is_there(folder, files):
    write(folder / "1.jsonl", row(1, ends="2026-01-01"))
    write(folder / "2.jsonl", row(2))
    (folder / "3.jsonl").write_bytes(b"")
    files("*.jsonl", f'{FIND}contract_end = "ends"\n').check()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"id":"1","msisdn":"+461","msisdn":"+469"}', "key-twice: msisdn"),
        ('{"id":"1","msisdn":"+469", "msisdn" :"+461"}', "key-twice: msisdn"),
        ('{"id":"1","msisdn":"+461","m\\u0073isdn" \t:"+469"}', "key-twice: msisdn"),
        ('{"id":"7","msisdn":"+469","id":"1"}', "key-twice: id"),
        ('{"id":"1","msisdn":"+461","n":89460000000000000011,"n":1}', "key-twice: n"),
        ('{"id":"1","msisdn":"+461","cut":"\\ud83d","n":1,"n":2}', "key-twice: n"),
        ('{"id":"1","msisdn":"+461","calls":[{"+469":1,"+469":2}]}', "key-twice: inside a column"),
    ],
)
def test_a_json_row_that_says_two_things_is_a_fault(folder, files, line, told):
    (folder / "a.jsonl").write_text(f'{{"id":"2","msisdn":"+462"}}\n{line}\n')
    before = (folder / "a.jsonl").read_bytes()
    source = files("a.jsonl", FIND.replace('find.email = "mail"\n', ""))
    for tried in (
        lambda: source.read("c", ME, None, 10),
        lambda: source.erase("c", [("1",)], dry_run=False),
        lambda: source.remaining("c", [("1",)]),
        lambda: source.describe("c"),
    ):
        with pytest.raises(SourceGarbage) as caught:
            tried()
        assert str(caught.value) == told
    assert (folder / "a.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    "more",
    [
        '"a\\"":1,"a":2',
        '"note":"he said \\"id\\": 1, \\"id\\": 2"',
        '"a":{"id":1},"b":[{"id":2},{"id":3}]',
        '"x":"a:b"',
    ],
)
def test_what_only_looks_as_if_it_were_said_twice_is_none(folder, files, more):
    line = f'{{"id":"1", "msisdn" : "+461",{more}}}'
    (folder / "a.jsonl").write_text(line)
    source = files("a.jsonl", FIND.replace('find.email = "mail"\n', ""))
    assert source.read("c", ME, None, 10).lines == [line.encode()]


@pytest.mark.parametrize(
    ("begins", "says"),
    [
        (
            b"sep=;\r\nmail;id\r\n",
            "begins with sep=: have it exported without that line, and set `delimiter`",
        ),
        (b"\xef\xbb\xbfSEP=,\nmail,id\n", "begins with sep=: have it exported without that line"),
        ("mail,id,på\n".encode("cp1252"), "not UTF-8: have it exported as CSV UTF-8"),
        ("mail,id\n".encode("utf-16"), "not UTF-8: have it exported as CSV UTF-8"),
    ],
)
def test_a_file_as_office_programs_write_it_says_what_to_do(folder, files, begins, says):
    (folder / "a.csv").write_bytes(begins)
    with pytest.raises(SourceError, match=f"^not-readable: {says}"):
        files("a.csv").read("c", ME, None, 10)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_a_csv_file_without_even_a_header_is_a_fault(folder, files, name):
    write(folder / "a.csv", row(1))
    if name.endswith("gz"):
        (folder / "a.csv").unlink()
    (folder / name).write_bytes(gzip.compress(b"") if name.endswith("gz") else b"")
    source = files(name)
    for tried in (
        source.check,
        lambda: source.describe("c"),
        lambda: source.read("c", ME, None, 10),
        lambda: source.erase("c", [("1",)], dry_run=True),
        lambda: source.remaining("c", [("1",)]),
    ):
        with pytest.raises(SourceError, match=r"^not-readable: a CSV file without a header line$"):
            tried()
