"""What differs between two versions of an answer: lines of the letter, files of the package. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True)
class Changed:
    """Lines that stood there and are gone, and what stands there now."""

    gone: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True)
class ChangedFile:
    """``how``: new, gone, or other for a file with another content. Rows before and now, None where it has none."""

    name: str
    how: str
    rows_before: int | None = None
    rows: int | None = None


def changed_lines(before: Sequence[str], now: Sequence[str]) -> Iterator[Changed]:
    """In the order of the letter; what is alike is left out."""
    for what, one, two, three, four in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if what != "equal":
            yield Changed(tuple(before[one:two]), tuple(now[three:four]))


def changed_files(
    before: Iterable[Mapping[str, object]], now: Iterable[Mapping[str, object]]
) -> Iterator[ChangedFile]:
    """By name, from the lists that answers keep of their files."""
    old, new = ({str(file["name"]): file for file in files} for files in (before, now))
    for name in sorted(old.keys() | new.keys()):
        was, is_now = old.get(name), new.get(name)
        if was and is_now and was["sha256"] == is_now["sha256"]:
            continue
        how = "other" if was and is_now else "new" if is_now else "gone"
        yield ChangedFile(name, how, _rows(was), _rows(is_now))


def _rows(file: Mapping[str, object] | None) -> int | None:
    rows = file.get("rows") if file else None
    return rows if isinstance(rows, int) else None
