"""Whether docs/samples say what letters say today: each is noted with a hash of its words when it is written."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from demo.samples.letters import samples
from demo.samples.more import more
from exports.letter.document import Document
from exports.letter.plain import plain
from exports.letter.texts.reading import LANGUAGES

LIST = "words.sha256"


def letters() -> Iterator[tuple[str, Document]]:
    """(`sv/access-partly`, letter)."""
    for language in LANGUAGES:
        for name, letter in (*samples(language), *more(language)):
            yield f"{language}/{name}", letter


def words() -> dict[str, str]:
    """Each letter's name and the hash of what it says."""
    return {name: hashlib.sha256(plain(letter).encode()).hexdigest() for name, letter in letters()}


def listed(folder: Path) -> dict[str, str]:
    """The same as it was when they were written."""
    path = folder / LIST
    lines = path.read_text().splitlines() if path.exists() else []
    return {name: noted for noted, name in (line.split("  ", 1) for line in lines)}


def note(folder: Path, found: Mapping[str, str]) -> None:
    lines = [f"{noted}  {name}\n" for name, noted in sorted(found.items())]
    (folder / LIST).write_text("".join(lines))
