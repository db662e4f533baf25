"""Files of a table with a log of its own are no rows by themselves: nobody reads them, nobody writes them anew."""

import duckdb
import pytest

from connectors.contract.base import Identifier, SourceMisconfigured

WHO = [Identifier("msisdn", "+461")]
KEYS = 'key_columns = ["id"]\nfind = { msisdn = "msisdn" }\non_erase = "delete"\n'
LOGS = {
    "Delta": "_delta_log/00000000000000000000.json",
    "Iceberg": "metadata/00000-0a1b.metadata.json",
    "Hudi": ".hoodie/hoodie.properties",
}


@pytest.fixture
def files(folder):
    for name in ("lake/calls/month=1/a", "lake/calls/month=2/data/b", "lake/plain/month=1/c"):
        path = folder / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        duckdb.execute(f"copy (select 1 as id, '+461' as msisdn) to '{path}' (format parquet)")
    return folder


def logged(place, log):
    path = place / log
    path.parent.mkdir(parents=True)
    path.write_text("{}")


def asked(source):
    """Every way in which files are come by."""
    return (
        source.check,
        lambda: source.describe("c"),
        lambda: source.sample("c", 1),
        lambda: source.count("c", WHO),
        lambda: source.read("c", WHO, None, 10),
        lambda: source.erase("c", [(1,)], dry_run=True),
        lambda: source.erase("c", [(1,)], dry_run=False),
        lambda: source.remaining("c", [(1,)]),
    )


@pytest.mark.parametrize(("table", "log"), LOGS.items())
@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("lake", "**/*.parquet"),
        ("lake", "calls/month=*/*.parquet"),
        ("lake/calls/month=1", "*.parquet"),
        ("lake/calls", "month=2/data/b.parquet"),
        ("lake/by-link", "*.parquet"),
    ],
    ids=["all", "its partitions", "from inside", "one file", "through a link"],
)
def test_a_table_is_not_read_as_files(connecting, files, table, log, path, pattern):
    logged(files / "lake/calls", log)
    (files / "lake/by-link").symlink_to(files / "lake/calls/month=1")
    source = connecting(f'kind = "files"\npath = "{files}/{path}"\n', KEYS + f'table = "{pattern}"\n')
    for ask in asked(source):
        with pytest.raises(SourceMisconfigured, match=f"^table-format: `calls` is a table of {table}"):
            ask()
    assert len(duckdb.execute(f"from '{files}/lake/calls/month=1/a.parquet'").fetchall()) == 1


def test_files_beside_a_table_are_read(connecting, files, everything):
    logged(files / "lake/calls", LOGS["Delta"])
    (files / "lake/plain/metadata").mkdir()  # of a folder with that name alone nothing follows
    source = connecting(
        f'kind = "files"\npath = "{files}/lake"\n', KEYS + 'table = "plain/month=*/*.parquet"\n'
    )
    assert len(everything(source, WHO)) == 1
