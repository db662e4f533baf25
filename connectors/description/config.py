"""The sources of an operator, as in `operators/<slug>/connectors.toml`. docs/connectors.md has every key."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from connectors.description import tomlfile
from connectors.description.apisource import HttpSource
from connectors.description.collection import Collection
from connectors.description.parts import (
    Path,
    Problem,
    Restriction,
    Setting,
    Strict,
    for_channel,
    one_or_more,
)
from connectors.description.secret import WEB_ADDRESS, Address, Secret, is_web_address, reference
from connectors.description.source import SourceBase

C = TypeVar("C", bound=Collection)
_PART = r"""([^\s;'".]+|"[^"]+")"""
_BUCKET = re.compile(r"s3://[^/\s]+(/|$)")
_PATTERN = re.compile(r"\.(parquet|(csv|jsonl|ndjson)(\.gz|\.zst)?)$")
_FOLDER = re.compile(r"[^/*?\[\]]+(/[^/*?\[\]]+)*")
_TABLE = re.compile(rf"{_PART}(\.{_PART})*")


def _named(table: str) -> str:
    if not _TABLE.fullmatch(table):
        raise ValueError(
            "is not the name of a table; a part with blanks or dots stands in quotes: 'crm.\"Kund Order\"'"
        )
    return table


class SqlCollection(Collection):
    """A table, a view, or a query of one's own that is read like a view."""

    table: Annotated[str, AfterValidator(_named)] | None = None
    query: str | None = None
    key_columns: tuple[str, ...] = Field(min_length=1)
    suppress: Annotated[tuple[Setting, ...], BeforeValidator(one_or_more)] = ()
    restrict: Restriction | None = None
    rectify: tuple[str, ...] = ()  # columns that may be corrected

    def suppression(self, channel: str) -> Setting:
        """What to write for an objection to this channel. Raises SourceMisconfigured."""
        return for_channel(self.suppress, channel)

    def written_columns(self) -> Iterator[tuple[Path, str]]:
        """Columns that are written or put into words, but not needed to read; each with the key that names it."""
        for index, setting in enumerate(self.suppress):
            yield from ((("suppress", index, "set", name), name) for name in setting.set)
        if self.restrict is not None:
            yield from ((("restrict", "set", name), name) for name in self.restrict.set)
            yield from ((("restrict", "lift", name), name) for name in self.restrict.lift)
        yield from ((("rectify", index), name) for index, name in enumerate(self.rectify))
        yield from ((("columns_text", name), name) for name in self.columns_text)

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        if (self.table is None) == (self.query is None):
            yield ("key",), "needs either `table` or `query`"
        if self.query is not None and (
            self.on_erase != "none" or self.suppress or self.restrict or self.rectify
        ):
            yield ("query",), "can only be read; give a `table` to change rows"


class FilesCollection(Collection):
    """Files of one format below the source's path; `table` is their pattern, `traffic/month=*/*.parquet`.

    With a `format` it is the folder of a table that has a log of its own.
    """

    table: str = Field(min_length=1)
    format: Literal["delta"] | None = None
    # Which span of `at` one folder holds, by its name: month=2026-11, or day=2026-11-30.
    partition: Literal["month", "day"] | None = None
    delimiter: str = Field(",", min_length=1, max_length=1)  # of CSV

    @property
    def folder_column(self) -> str | None:
        says = {self.at, *self.key_columns, *self.columns}
        return None if self.partition in says else self.partition

    @property
    def keeps_versions(self) -> bool:
        return self.format is not None

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        yield from self._problems_of_table() if self.format else self._problems_of_pattern()
        if self.delimiter in '"\r\n':
            yield ("delimiter",), "cannot be a quote or a line end"

    def _problems_of_table(self) -> Iterator[Problem]:
        if not _FOLDER.fullmatch(self.table) or ".." in self.table.split("/"):
            yield ("table",), "is the folder of the table, below `path`: lake/calls"
        if self.partition:
            yield ("partition",), "is for plain files; the table's own log says what lies where"
        if self.on_erase == "anonymise":
            yield ("on_erase",), "is `delete` or `none` in such a table"

    def _problems_of_pattern(self) -> Iterator[Problem]:
        if not _PATTERN.search(self.table):
            yield (
                ("table",),
                "ends in .parquet, .csv, .jsonl or .ndjson (the last three also .gz or .zst); "
                'a Delta table is its folder, with `format = "delta"`',
            )
        if self.partition and self.at is None:
            yield ("partition",), "needs `at`, the column that the folders follow"
        if self.partition and f"{self.partition}=" not in self.table:
            yield ("partition",), f"needs `{self.partition}=*` in `table`"


class SqlSource(SourceBase):
    """A database that SQLAlchemy reaches."""

    kind: Literal["sql"]
    url: Address
    collection: tuple[SqlCollection, ...] = ()

    def problems(self) -> Iterator[Problem]:
        if not reference(self.url) and "://" not in self.url:
            yield ("url",), "must be an address such as postgresql://host/database, or `env:NAME`"


class FilesSource(SourceBase):
    """A folder, or a prefix in object storage (`s3://bucket/prefix`)."""

    kind: Literal["files"]
    path: Address
    endpoint: Address | None = None
    access_key: Secret | None = None
    secret_key: Secret | None = None
    collection: tuple[FilesCollection, ...] = ()

    def problems(self) -> Iterator[Problem]:
        if not reference(self.path) and ("://" in self.path) != (_BUCKET.match(self.path) is not None):
            yield ("path",), "is a folder, or a bucket and perhaps a prefix: s3://bucket/prefix"
        if self.endpoint and not reference(self.endpoint) and not is_web_address(self.endpoint):
            yield ("endpoint",), WEB_ADDRESS
        if (self.access_key is None) != (self.secret_key is None):
            missing = "access_key" if self.access_key is None else "secret_key"
            yield (missing,), "is missing: the two are given together, or neither"


class ManualSource(SourceBase):
    """A system nobody can connect: `owner` is asked by mail to look, and to hand over what there is."""

    kind: Literal["manual"]
    owner: str = Field(pattern=tomlfile.MAIL)
    collection: tuple[Collection, ...] = ()

    def problems(self) -> Iterator[Problem]:
        for index, collection in enumerate(self.collection):
            if collection.on_erase != "none":
                yield ("collection", index, "on_erase"), "the owner erases by hand, as a task; leave it out"


Source = SqlSource | FilesSource | HttpSource | ManualSource


class ConnectorsFile(Strict):
    """The whole file."""

    source: tuple[Annotated[Source, Field(discriminator="kind")], ...] = ()

    def problems(self) -> Iterator[Problem]:
        """What is wrong across tables, for tomlfile to report with its line."""
        yield from _repeated(self.source, ("source",))
        bounded = {found.kind for one in self.source for part in one.collection for found in part.yields
                   if found.from_ or found.to}  # fmt: skip
        for number, source in enumerate(self.source):
            for path, reason in (*source.problems(), *_across(source, bounded)):
                yield ("source", number, *path), reason


def load_sources(folder: FilePath) -> tuple[Source, ...]:
    """The sources in `folder/connectors.toml`, in the file's order. Raises tomlfile.ConfigError."""
    return tomlfile.load(folder / "connectors.toml", ConnectorsFile).source


def find_collection(collections: tuple[C, ...], key: str) -> C:
    """The collection with this key. Raises KeyError."""
    for collection in collections:
        if collection.key == key:
            return collection
    raise KeyError(key)


def _repeated(named: Sequence[SourceBase | Collection], place: tuple[str | int, ...]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, one in enumerate(named):
        if one.key in seen:
            yield (*place, index, "key"), f"`{one.key}` is used twice"
        seen.add(one.key)


def _across(source: Source, bounded: set[str]) -> Iterator[Problem]:
    if not source.collection:
        yield (), "needs at least one `[[source.collection]]`"
    yield from _repeated(source.collection, ("collection",))
    for index, collection in enumerate(source.collection):
        found = (*collection.problems(), *_unbounded(collection, bounded), *_hashless(source, collection))
        for path, reason in found:
            yield ("collection", index, *path), reason


def _unbounded(collection: Collection, bounded: set[str]) -> Iterator[Problem]:
    """An identifier that passes from person to person must not find rows of all of them."""
    if collection.at is not None or collection.interval is not None:
        return
    for kind in sorted(bounded & collection.find.keys()):
        yield (
            ("find", kind),
            (
                "changes hands over time (see `yields`): say in `at` when a row happened, or in `interval` "
                'whether only its present holder (`"now"`) or every holder (`false`) is meant'
            ),
        )


def _hashless(source: SourceBase, collection: Collection) -> Iterator[Problem]:
    for name, strategy in collection.anonymise.items():
        if strategy.kind == "keyed-hash" and source.hash_key is None:
            yield ("anonymise", name), "needs `hash_key` on the source"
