"""A package of ours as it streams by: the same entries and bytes as whoever unpacks it gets."""

import io
import random
from datetime import date
from zipfile import ZipFile

import pytest

from exports.opened import zips
from exports.package.layout import DataFile
from exports.package.manifest import PackageFacts
from exports.package.zipped import write

ABOUT = PackageFacts(
    reference="24-1", operator="Tele2", right="access", language="sv", dated=date(2026, 11, 1)
)


@pytest.mark.parametrize("block", [1, 7, 65_536])
def test_it_gives_what_a_whole_zip_gives(block: int) -> None:
    noise = random.Random(1).randbytes(150_000)
    written = io.BytesIO()
    data = DataFile(
        stem="usage-crm-calls", name="Calls", source_name="CRM", rows=lambda: [b'{"a":1}', b'{"a":2}']
    )
    write(written, ABOUT, letter=lambda _files: noise, data=[data])
    whole = ZipFile(written)
    blocks = (written.getvalue()[at : at + block] for at in range(0, len(written.getvalue()), block))
    streamed = {name: b"".join(entry) for name, entry in zips.entries(blocks)}
    assert streamed == {name: whole.read(name) for name in whole.namelist()}


def test_half_a_zip_and_another_ones_are_refused() -> None:
    written = io.BytesIO()
    write(written, ABOUT, letter=lambda _files: b"x" * 1000, data=[])
    with pytest.raises(zips.NotOurs):
        list(zips.entries([written.getvalue()[:40]]))
    with ZipFile(other := io.BytesIO(), "w") as archive:
        archive.writestr("a.txt", "stored")
    with pytest.raises(zips.NotOurs):
        list(zips.entries([other.getvalue()]))
