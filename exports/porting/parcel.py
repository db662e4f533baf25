"""What another provider gets: the data files of the approved package, and a list of them. No letter: that is the
person's."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

import orjson

from exports.opened import zips
from exports.package.entries import Hashing, Writer
from exports.package.zipped import MANIFEST, OUTSIDE

FORMAT = 1


@dataclass(frozen=True)
class Parcel:
    """A zip by its hash and size; ``files``: how many data files are in it."""

    sha256: str
    bytes: int
    files: int


def write_parcel(
    out: IO[bytes], package: Iterable[bytes], *, reference: str, operator: str, dated: date
) -> Parcel:
    """Streams the zip of ``package`` into another one. The same package gives the same bytes."""
    tail = Hashing(out)
    with ZipFile(tail, "w", ZIP_DEFLATED, compresslevel=6) as archive:
        parcel = Writer(archive, dated)
        for name, blocks in _data(package):
            # Programs read it, and how large it is shows only at its end.
            with parcel.entry(name, large=True) as entry:
                for block in blocks:
                    entry.write(block)
        files = len(parcel.entries)
        listed = [{k: v for k, v in asdict(one).items() if v is not None} for one in parcel.entries]
        content = {"format": FORMAT, "reference": reference, "operator": operator, "files": listed}
        parcel.add(MANIFEST, orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")
    return Parcel(tail.sha256.hexdigest(), tail.bytes, files)


def _data(package: Iterable[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    return ((name, blocks) for name, blocks in zips.entries(package) if name not in OUTSIDE)
