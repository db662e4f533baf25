"""Where each key of a TOML text stands, so that a complaint can name the line.

The standard parser checks the text but forgets positions. This scanner only has to find keys in text that the
standard parser has already accepted, and therefore never reports an error of its own.
"""

import re
import tomllib
from collections.abc import Iterator

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'(?P<string>"""(?:\\.|[^\\])*?"""(?:"{0,2})|\'\'\'.*?\'\'\'(?:\'{0,2})|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r"|(?P<skip>#[^\n]*|[ \t\r]+)|(?P<newline>\n)|(?P<sign>[\[\]{}=,.])|(?P<bare>[^\s\[\]{}=,.#\"']+)",
    re.DOTALL,
)


def lines(text: str) -> dict[Path, int]:
    """The 1-based line on which each key path of a valid TOML text first appears; `()` is line 1."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.found


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line = 1
    for match in _TOKEN.finditer(text):
        kind, value = match.lastgroup or "", match.group()
        if kind != "skip":
            yield kind, value, line
        line += value.count("\n")
    yield "end", "", line


class _Scanner:
    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.found: dict[Path, int] = {(): 1}
        self.tables: dict[Path, int] = {}  # arrays of tables: how many entries so far

    @property
    def value(self) -> str:
        kind, value, _ = self.tokens[self.at]
        return value if kind in ("sign", "newline") else kind

    def take(self) -> tuple[str, int]:
        _, value, line = self.tokens[self.at]
        self.at += 1
        return value, line

    def mark(self, path: Path, line: int) -> None:
        for length in range(1, len(path) + 1):
            self.found.setdefault(path[:length], line)

    def document(self) -> None:
        table: Path = ()
        while self.value != "end":
            if self.value == "\n":
                self.take()
            elif self.value == "[":
                table = self.header()
            else:
                self.pair(table)

    def header(self) -> Path:
        _, line = self.take()
        if repeated := self.value == "[":
            self.take()
        path = self.resolve(self.key(), repeated=repeated)
        while self.value == "]":
            self.take()
        self.mark(path, line)
        return path

    def resolve(self, names: Path, *, repeated: bool) -> Path:
        path: Path = ()
        for position, name in enumerate(names):
            path = (*path, name)
            if repeated and position == len(names) - 1:
                self.tables[path] = self.tables.get(path, 0) + 1
            if path in self.tables:
                path = (*path, self.tables[path] - 1)
        return path

    def key(self) -> Path:
        names: Path = ()
        while self.value not in ("=", "]"):
            word, _ = self.take()
            if word != ".":
                names = (*names, _plain(word))
        return names

    def pair(self, table: Path) -> None:
        line = self.tokens[self.at][2]
        path = (*table, *self.key())
        self.take()
        self.mark(path, line)
        self.content(path)

    def content(self, path: Path) -> None:
        if self.value == "[":
            self.array(path)
        elif self.value == "{":
            self.inline(path)
        else:
            while self.value not in (",", "]", "}", "\n", "end"):
                self.take()

    def array(self, path: Path) -> None:
        self.take()
        index = 0
        while self.value != "]":
            if self.value in (",", "\n"):
                index += self.take()[0] == ","
                continue
            self.mark((*path, index), self.tokens[self.at][2])
            self.content((*path, index))
        self.take()

    def inline(self, path: Path) -> None:
        self.take()
        while self.value != "}":
            if self.value in (",", "\n"):
                self.take()
            else:
                self.pair(path)
        self.take()


def _plain(word: str) -> str:
    return str(tomllib.loads(f"key = {word}")["key"]) if word[0] in "\"'" else word
