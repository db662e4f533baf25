"""The package: the same snapshot gives the same bytes, and anyone can check that nothing was changed."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import orjson
import pytest
from django.core.management import call_command
from isal import isal_zlib

from exports.package.entries import LEVEL
from exports.package.layout import DataFile
from exports.package.verify import problems
from exports.package.zipped import AttachedFile, Package, PackageFacts, PackageProblem, write

FACTS = PackageFacts(
    reference="24-7KQ-19", operator="Tele2", right="access", language="sv", dated=date(2026, 12, 14)
)
LETTER = b"%PDF-1.7 a letter"


def calls(rows: int = 1000, stem: str = "network-calls") -> DataFile:
    def lines() -> Iterator[bytes]:
        for n in range(rows):
            yield orjson.dumps({"id": n, "number": f"+467017406{n % 100:02d}", "note": "å=ä;ö\n" * (n % 3)})

    columns = {"number": "Den andra partens nummer"}
    return DataFile(stem=stem, name="Samtal", source_name="Nätet", rows=lines, columns=columns)


def package(*data: DataFile, facts: PackageFacts = FACTS) -> tuple[bytes, Package]:
    out = io.BytesIO()
    written = write(out, facts, letter=lambda _: LETTER, data=data)
    return out.getvalue(), written


def test_it_says_of_itself_what_it_is() -> None:
    content, written = package(calls(), calls(7, "crm-notes"))
    assert written.sha256 == hashlib.sha256(content).hexdigest()
    assert written.bytes == len(content)
    assert written.rows == 1007
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        manifest = orjson.loads(archive.read("manifest.json"))
        assert [entry["name"] for entry in manifest["files"]] == archive.namelist()[:-1]
        for entry in manifest["files"]:
            stored = archive.read(entry["name"])
            assert (len(stored), hashlib.sha256(stored).hexdigest()) == (entry["bytes"], entry["sha256"])
        assert archive.read("letter.pdf") == LETTER
        assert len(orjson.loads(archive.read("data/network-calls.json"))) == 1000
        assert "Den andra partens nummer" in archive.read("readme.txt").decode()


def test_the_same_snapshot_gives_the_same_bytes_in_whatever_order_it_is_told() -> None:
    first, _ = package(calls(), calls(7, "crm-notes"))
    second, _ = package(calls(7, "crm-notes"), calls())
    assert first == second


def test_the_deflate_that_was_chosen_is_the_one_that_is_used() -> None:
    """zipfile is told which by an attribute of its own; were it called otherwise, zlib would be used without a word."""
    content, _ = package(calls())
    deflate = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -isal_zlib.MAX_WBITS)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        csv = archive.getinfo("data/network-calls.csv")
        packed = deflate.compress(archive.read(csv)) + deflate.flush()
    assert csv.compress_size == len(packed)
    assert packed in content


def test_another_row_day_letter_or_language_gives_other_bytes() -> None:
    variants = [
        package(calls())[0],
        package(calls(1001))[0],
        package(calls(), facts=replace(FACTS, dated=date(2026, 12, 15)))[0],
        package(calls(), facts=replace(FACTS, language="da"))[0],
    ]
    assert len({hashlib.sha256(each).hexdigest() for each in variants}) == len(variants)


def test_it_can_be_written_to_what_cannot_be_wound_back() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.content = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes, /) -> int:  # type: ignore[override]
            self.content += data
            return len(data)

    pipe = Pipe()
    write(pipe, FACTS, letter=lambda _: LETTER, data=[calls()])  # type: ignore[arg-type]
    assert bytes(pipe.content) == package(calls())[0]


def test_files_handed_over_as_they_are_are_spoken_of() -> None:
    out, name = io.BytesIO(), "attachments/recordings-shop-visits-1.mp3"
    write(
        out,
        FACTS,
        letter=lambda _: LETTER,
        data=[calls(3)],
        attachments=[AttachedFile(name, lambda: [b"ID3", b"x"])],
    )
    with zipfile.ZipFile(out) as archive:
        assert archive.read(name) == b"ID3x"
        assert f"lämnat för hand, precis som de är:\r\n{name}\r\n" in archive.read("readme.txt").decode()


def test_no_data_is_a_package_too() -> None:
    content, written = package()
    assert written.rows == 0
    assert list(problems(io.BytesIO(content))) == []


@pytest.mark.parametrize("stem", ["", "../evil", "Names", "a/b", "a b", "x" * 200])
def test_a_file_name_cannot_lead_astray(stem: str) -> None:
    with pytest.raises(PackageProblem):
        package(calls(1, stem))


def test_two_files_of_one_name_are_refused() -> None:
    with pytest.raises(PackageProblem, match="network-calls"):
        package(calls(), calls(3))


def test_rows_that_change_while_they_are_read_are_noticed() -> None:
    seen = iter((3, 4))

    def lines() -> list[bytes]:
        return [b'{"a": 1}'] * next(seen)

    with pytest.raises(PackageProblem, match="rows changed"):
        package(DataFile(stem="crm-notes", name="Notes", source_name="CRM", rows=lines))


def changed(content: bytes, name: str, new: bytes | None, *, also: str = "") -> bytes:
    """The same zip with one file replaced, left out (None), or another added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as archive:
        for entry in old.namelist():
            kept = old.read(entry) if entry != name else new
            if kept is not None:
                archive.writestr(entry, kept)
        if also:
            archive.writestr(also, b"?")
    return out.getvalue()


def listed(content: bytes, **changes: object) -> bytes:
    """The manifest with the line of the CSV changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        manifest = orjson.loads(archive.read("manifest.json"))
    for entry in manifest["files"]:
        if entry["name"].endswith(".csv"):
            entry.update(changes)
    return orjson.dumps(manifest)


@pytest.mark.parametrize(
    ("name", "new", "also", "expected"),
    [
        ("letter.pdf", LETTER.replace(b"a", b"e"), "", "letter.pdf has another content"),
        ("letter.pdf", LETTER + b"!", "", "letter.pdf is longer than 17 bytes"),
        ("letter.pdf", LETTER[:-1], "", "letter.pdf has 16 bytes, not 17"),
        ("data/network-calls.csv", None, "", "data/network-calls.csv is missing"),
        ("", None, "data/extra.csv", "data/extra.csv is not in the manifest"),
        ("manifest.json", None, "", "manifest.json is missing"),
        ("manifest.json", b"{}", "", "manifest.json is not a manifest"),
        ("manifest.json", b"\xff\xfe", "", "manifest.json is not a manifest"),
    ],
)
def test_every_change_is_found_and_named(name: str, new: bytes | None, also: str, expected: str) -> None:
    [found] = problems(io.BytesIO(changed(package(calls(10))[0], name, new, also=also)))
    assert expected in found


def test_a_wrong_number_of_rows_is_found() -> None:
    content, _ = package(calls(10))
    found = list(problems(io.BytesIO(changed(content, "manifest.json", listed(content, rows=11)))))
    assert found == [
        "data/network-calls.csv has 10 rows, not 11",
        "manifest.json: its root is that of other files than it lists",
    ]


def test_a_manifest_that_sums_up_other_files_is_found_and_an_older_one_has_no_sum() -> None:
    content, _ = package(calls(10))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        manifest = orjson.loads(archive.read("manifest.json"))
    other = orjson.dumps({**manifest, "files_sha256": "0" * 64})
    [found] = problems(io.BytesIO(changed(content, "manifest.json", other)))
    assert found == "manifest.json sums up other files than it lists"
    older = {name: value for name, value in manifest.items() if name != "files_sha256"}
    first = orjson.dumps({**older, "format": 1})
    assert list(problems(io.BytesIO(changed(content, "manifest.json", first)))) == []


def test_a_file_twice_is_found() -> None:
    content, _ = package(calls(10))
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = changed(content, "", None, also="letter.pdf")
    assert "letter.pdf is there twice" in list(problems(io.BytesIO(twice)))


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all" * 100])
def test_what_is_no_package_is_said_to_be_none(content: bytes) -> None:
    [found] = problems(io.BytesIO(content))
    assert found.startswith("cannot be read")


def test_the_command_tells_whole_from_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, _ = package(calls(10))
    whole, broken = tmp_path / "whole.zip", tmp_path / "broken.zip"
    whole.write_bytes(content)
    broken.write_bytes(changed(content, "letter.pdf", b"another letter!!!"))
    call_command("verify_package", str(whole))
    assert "whole.zip: whole, not proven (24-7KQ-19, Tele2, 2026-12-14)\n" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        call_command("verify_package", str(whole), str(broken), str(tmp_path / "none.zip"))
    assert ended.value.code == 1
    out = capsys.readouterr().out
    assert (
        "broken.zip: NOT AS IT WAS WRITTEN (24-7KQ-19, Tele2, 2026-12-14)\n  letter.pdf has another content"
        in out
    )
    assert "none.zip: NOT AS IT WAS WRITTEN\n  cannot be read: FileNotFoundError" in out


def test_the_letter_is_told_what_its_files_sum_up_to_and_so_is_the_manifest() -> None:
    told: list[str] = []

    def letter(files: str) -> bytes:
        told.append(files)
        return LETTER

    out = io.BytesIO()
    write(out, FACTS, letter=letter, data=[calls()])
    with zipfile.ZipFile(out) as archive:
        data = sorted(name for name in archive.namelist() if name.startswith("data/"))
        lines = "".join(f"{hashlib.sha256(archive.read(name)).hexdigest()}  {name}\n" for name in data)
        assert orjson.loads(archive.read("manifest.json"))["files_sha256"] == told[0]
    # As `sha256sum data/* | sha256sum` has it.
    assert told == [hashlib.sha256(lines.encode()).hexdigest()]
    write(io.BytesIO(), FACTS, letter=letter, data=[])
    assert told[1] == ""
