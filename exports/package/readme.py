"""readme.txt: which file to open with what, and what is in each."""

import fnmatch
from collections.abc import Iterator, Sequence

from exports.letter.texts.reading import Texts
from exports.letter.values import MASK
from exports.package.layout import Table
from exports.package.workbook.xlsx import MOST_ROWS

# The sentence about a file by its name, in the order in which they are said.
ABOUT = {
    "index.html": "index",
    "letter.pdf": "letter",
    "data/*.pdf": "annex",
    "*.xlsx": "xlsx",
    "*.csv": "csv",
    "schema.json": "json",
    "register.json": "register",
}


def readme(
    operator: str, reference: str, names: Sequence[str], about: Sequence[str], words: Texts, *, masked: bool
) -> bytes:
    """The whole file. ``names``: the package's files; ``about``: the lines about its data."""
    lines = [words("package.title", operator=operator), "", words("package.intro", reference=reference), ""]
    for pattern, key in ABOUT.items():
        if fnmatch.filter(names, pattern):
            lines.append(f"- {words(f'package.{key}', rows=words.count('rows', MOST_ROWS - 1))}")
    lines += ["", *([words("package.masked", hidden=MASK)] if masked else []), words("package.manifest"), ""]
    lines += about or [words("package.empty")]
    # The mark and these line ends are what plain editors on Windows need.
    return ("\ufeff" + "\r\n".join(lines)).encode()


def described(table: Table, words: Texts) -> Iterator[str]:
    """The lines about one collection."""
    file = table.file
    yield words("package.file", name=file.name, source=file.source_name, rows=words.count("rows", table.rows))
    yield f"  {', '.join(table.names)}"
    columns = [(column, _about(table, column)) for column in table.layout.columns]
    if any(lines for _column, lines in columns):
        yield f"  {words('package.columns')}"
        for column, lines in columns:
            yield from (f"    {column}: {line}" for line in lines[:1])
            yield from (f"      {line}" for line in lines[1:])


def _about(table: Table, column: str) -> list[str]:
    """What a column means, and then its codes."""
    means = " ".join(table.file.columns.get(column, "").split())
    codes = [f"{code} = {said}" for code, said in table.file.codes.get(column, {}).items() if code != said]
    return [means or column, *codes] if means or codes else []
