"""Reads a package back, entry by entry as it comes out of the vault, before anybody is asked to approve it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, takewhile

from cases.casework.operators import register_of_case
from cases.identity.known import identifiers_of
from cases.law.situation import Situation
from cases.models import Case, Run
from cases.sealed.typed import read_file
from cases.sources.configured import collection_of
from exports.answer.data_files import data_files
from exports.answer.read_back import contents
from exports.answer.read_back.cells import read_csv, read_json, read_table, read_xlsx
from exports.answer.read_back.expected import Expected, Held, Whole, alone
from exports.answer.read_back.problem import ReadBack
from exports.answer.read_back.sentences import Sentences, needles, without, words
from exports.letter.facts import CaseFacts
from exports.letter.texts.reading import Texts, texts
from exports.opened import zips
from exports.package.index import END
from exports.package.layout import DataFile, Layout, Sheet
from exports.package.zipped import INDEX

# A table of the page begins in a line of its own, and every row of it is one.
TABLE = re.compile(rb'<section class="table" id="([a-z0-9_-]+)">')


@dataclass
class Reader:
    """One package. ``runs`` and ``files``: those whose rows are in it, by the stem of their files. ``printed``: what
    every letter says of the person and of who writes to them, their address and the signature. ``most``: of how many
    rows of each, None for all."""

    case: Case
    situation: Situation
    runs: Mapping[str, Run]
    masks: bool
    files: Mapping[str, DataFile] = field(default_factory=dict)
    printed: tuple[str, ...] = ()
    most: int | None = None
    _expected: dict[int, Expected] = field(default_factory=dict)

    def check(self, blocks: Iterable[bytes]) -> None:
        """Raises ReadBack for the first thing that is not as it may go out."""
        spoken, layouts = Sentences(), dict[str, Layout]()
        for name, entry in zips.entries(blocks):
            stem, _dot, ending = name.removeprefix("data/").rpartition(".")
            run = self.runs.get(stem) if name.startswith("data/") else None
            if name == INDEX:
                self._add(spoken, name, self._without_tables(name, entry, layouts))
            elif run is None:
                self._add(spoken, name, entry)
            elif ending == "json":
                described = self.files[stem].columns
                layouts[stem] = read_json(name, entry, self._rows(run), self._own, self._common, described)
            else:
                read = read_csv if ending == "csv" else read_xlsx
                read(name, entry, self._rows(run), self._sheet(stem, layouts))
        if self.masks:
            self.check_sentences(spoken)

    def _without_tables(
        self, name: str, entry: Iterable[bytes], layouts: Mapping[str, Layout]
    ) -> Iterator[bytes]:
        """The page's words, while its tables are held against their rows."""
        found = zips.lines(entry)
        for line in found:
            yield line
            if opened := TABLE.match(line):
                stem = opened[1].decode()
                rows = takewhile(lambda row: not row.startswith(END), found)
                read_table(name, rows, self._rows(self.runs[stem]), self._sheet(stem, layouts))

    def _sheet(self, stem: str, layouts: Mapping[str, Layout]) -> Sheet:
        return Sheet(self.files[stem], layouts[stem], self._texts)

    def check_sentences(self, spoken: Sentences) -> None:
        """What is masked in some row stands in no words, unless a cell of some row gives it rightly."""
        found = dict(self._found(spoken))
        if not found:
            return
        given = (
            str(value)
            for run in self.runs.values()
            for row in alone(self._rows(run))
            for value in row.cells.values()
        )
        for one in sorted(without(found, given)):
            file, place, row = found[one]
            raise ReadBack("said", file, place, row)

    def _add(self, spoken: Sentences, name: str, entry: Iterable[bytes]) -> None:
        if not self.masks:
            return
        try:
            for place, text in contents.said(contents.whole(entry)):
                spoken.add(name, place, text)
        except contents.Unread:
            raise ReadBack("unread", name) from None

    def _found(self, spoken: Sentences) -> Iterator[tuple[str, tuple[str, str, str]]]:
        for stem, run in self.runs.items():
            for row in alone(self._rows(run, masked=True)):
                for one in self._needles(row):
                    if at := spoken.find(one):
                        yield one, (*at, f"data/{stem}.json {row.number}")

    def _needles(self, row: Held) -> Iterator[str]:
        """What is masked in a row, as it would stand in words."""
        for value in row.masked:
            yield from (one for one in needles(value, self._common) if not self._own(one))

    def _rows(self, run: Run, *, masked: bool = False) -> Iterator[Held | Whole]:
        """``masked``: those will do that may have a mask."""
        if run.pk not in self._expected:
            self._expected[run.pk] = Expected(self.case, run, self.situation)
        rows = self._expected[run.pk].read(masked=masked)
        return rows if self.most is None else islice(alone(rows), self.most)

    @cached_property
    def _texts(self) -> Texts:
        return texts(self.case.language)

    def _own(self, needle: str) -> bool:
        """Whether it is the person's own, or stands in every letter: such a number or name tells of nobody else."""
        return needle in self._own_needles

    @cached_property
    def _own_needles(self) -> frozenset[str]:
        typed = read_file(self.case)
        values = [one.value for one in identifiers_of(self.case)]
        register = register_of_case(self.case)
        phones = (register.controller.phone, *(one.phone for one in register.authorities))
        own = (*values, typed.person, typed.name, typed.email, *self.printed, *phones)
        return frozenset(one for value in own for one in needles(value))

    @cached_property
    def _common(self) -> frozenset[str]:
        """Words that tell of nobody: the letter's own, the register's, and those of the person's details."""
        typed = read_file(self.case)
        register = register_of_case(self.case).model_dump_json()
        described = [
            collection_of(self.case.operator_id, run.source, run.collection).model_dump_json()
            for run in self.runs.values()
        ]
        own = (typed.person, typed.name, typed.email, *self.printed)
        every = (*self._texts.every(), register, *described, *own)
        return frozenset(word for text in every for word in words(text))


def read_back(case: Case, situation: Situation, facts: CaseFacts, blocks: Iterable[bytes]) -> None:
    """Raises ReadBack where a package that was just written is not as it may go out."""
    masks = any(one.covered for part in facts.categories for one in part.collections)
    runs, files = {}, {}
    for run, file in data_files(case, situation, facts):
        runs[file.stem], files[file.stem] = run, file
    printed = (*facts.address_lines, facts.signed_by)
    Reader(case, situation, runs, masks, files, printed).check(blocks)
