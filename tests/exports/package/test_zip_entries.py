"""The zip as the strictest of its readers take it: from the front, without looking at its end, as Java's does."""

import struct
import zlib
from collections.abc import Callable
from zipfile import ZIP_DEFLATED, ZipInfo

from exports.letter.facts import CaseFacts
from exports.opened import zips
from exports.package.entries import ZIP64_FROM
from exports.package.verify import problems
from exports.package.zipped import AttachedFile
from tests.exports.package.packed import STEM, invoices, packed

Case = Callable[..., CaseFacts]
LOCAL, DESCRIPTOR, UTF8, SIZES_LATER, ZIP64 = b"PK\x03\x04", b"PK\x07\x08", 1 << 11, 1 << 3, 1


def read_from_the_front(content: bytes) -> dict[str, bytes]:
    """As java.util.zip.ZipInputStream did until it was taught to look for an extra field: sizes of eight bytes behind
    an entry are read only if it is larger than four bytes can say."""
    found, at = {}, 0
    while content.startswith(LOCAL, at):
        version, flags, method, _when, _crc, packed_size, size, name_size, extra_size = struct.unpack_from(
            "<3HL3L2H", content, at + 4
        )
        name = content[at + 30 : at + 30 + name_size].decode("utf-8" if flags & UTF8 else "ascii")
        extra = content[at + 30 + name_size : at + 30 + name_size + extra_size]
        assert method == ZIP_DEFLATED, "only DEFLATED entries can have EXT descriptor"
        assert (flags & SIZES_LATER, version, packed_size, size) == (SIZES_LATER, 20, 0, 0), name
        assert not extra, name
        unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
        at += 30 + name_size + extra_size
        plain = unpacking.decompress(content[at:])
        end = len(content) - len(unpacking.unused_data)
        mark, crc, packed_size, size = struct.unpack_from("<4s3L", content, end)
        assert (mark, crc) == (DESCRIPTOR, zlib.crc32(plain)), name
        assert (packed_size, size) == (end - at, len(plain)), f"invalid entry size of {name}"
        found[name], at = plain, end + 16
    assert content.startswith(b"PK\x01\x02", at)
    return found


def test_every_entry_is_read_from_the_front_and_the_end_says_the_same(case: Case) -> None:
    package = packed(case)
    content = package.fp.getvalue()  # type: ignore[union-attr]
    assert read_from_the_front(content) == {name: package.read(name) for name in package.namelist()}
    # No room for more than four bytes anywhere: some readers of Windows and macOS stop there.
    assert b"PK\x06\x06" not in content
    for entry in package.infolist():
        assert (entry.extract_version, entry.extra, entry.is_dir()) == (20, b"", False)
        assert entry.filename.isascii() or entry.flag_bits & UTF8
    # And so is the workbook within it.
    assert "xl/workbook.xml" in read_from_the_front(package.read(f"data/{STEM}.xlsx"))


def test_a_name_beyond_ascii_says_that_it_is_utf_8(case: Case) -> None:
    package = packed(case, attachments=[AttachedFile("attachments/ärende.pdf", lambda: [b"x"])])
    [entry] = [one for one in package.infolist() if one.filename.startswith("attachments")]
    assert entry.flag_bits & UTF8


def has_room_for_eight(content: bytes, entry: ZipInfo) -> bool:
    """By the head before its bytes, which is all that a reader from the front has seen by then."""
    name, extra = struct.unpack_from("<HH", content, entry.header_offset + 26)
    begins = entry.header_offset + 30 + name
    return content[begins : begins + extra].startswith(b"\x01\x00")


def test_only_what_can_be_too_large_for_four_bytes_has_room_for_eight(case: Case) -> None:
    package = packed(case, data=[invoices(most=ZIP64_FROM)])
    content = package.fp.getvalue()  # type: ignore[union-attr]
    large = {one.filename for one in package.infolist() if has_room_for_eight(content, one)}
    assert large == {f"data/{STEM}.{ending}" for ending in ("json", "csv", "xlsx")}
    # What reads it back here takes both.
    streamed = {name: b"".join(entry) for name, entry in zips.entries([content])}
    assert streamed == {name: package.read(name) for name in package.namelist()}


def test_a_package_with_files_that_were_handed_over_is_whole(case: Case) -> None:
    package = packed(case, attachments=[AttachedFile("attachments/notes-crm-shop-1.pdf", lambda: [b"%PDF"])])
    assert list(problems(package.fp)) == []  # type: ignore[arg-type]
