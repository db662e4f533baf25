"""Reads a package back, entry by entry as it comes out of the vault, before anybody is asked to approve it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile

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
from exports.answer.read_back.printed import read_annex
from exports.answer.read_back.problem import ReadBack
from exports.answer.read_back.sentences import Sentences, needles, without, words
from exports.answer.read_back.sifting import Sieve
from exports.letter.facts import CaseFacts
from exports.letter.texts.reading import Texts, texts
from exports.opened import zips
from exports.package.course import Course
from exports.package.index import END
from exports.package.layout import DataFile, Layout, Sheet
from exports.package.zipped import INDEX, NOBODY_WAITS
from exports.paper.annexes import About

# A table of the page begins in a line of its own, and every row of it is one.
TABLE = re.compile(rb'<section class="table" id="([a-z0-9_-]+)">')


@dataclass
class Reader:
    """One package. ``runs`` and ``files``: those whose rows are in it, by the stem of their files. ``printed``: what
    every letter says of the person and of who writes to them, their address and the signature. ``sieve``: which rows
    are opened, None for all. ``course``: is told which file is read."""

    case: Case
    situation: Situation
    runs: Mapping[str, Run]
    masks: bool
    files: Mapping[str, DataFile] = field(default_factory=dict)
    printed: tuple[str, ...] = ()
    sieve: Sieve | None = None
    course: Course = NOBODY_WAITS
    _expected: dict[int, Expected] = field(default_factory=dict)

    def check(self, blocks: Iterable[bytes]) -> None:
        """Raises ReadBack for the first thing that is not as it may go out."""
        spoken, layouts, annexes = Sentences(), dict[str, Layout](), dict[str, Iterator[Held]]()
        for name, entry in zips.entries(blocks):
            # No stem has a full stop in it, and of an annex in parts there are two.
            stem, _dot, ending = name.removeprefix("data/").partition(".")
            run = self.runs.get(stem) if name.startswith("data/") else None
            self.course.begins(name, reading=True)
            if name == INDEX:
                self._add(spoken, name, self._without_tables(name, entry, layouts))
            elif run is None:
                self._add(spoken, name, entry)
            elif ending == "json":
                described = self.files[stem].columns
                layouts[stem] = read_json(name, entry, self._rows(run), self._own, self._common, described)
            elif ending.endswith("pdf"):
                self._check_annex(name, entry, self.files[stem], layouts[stem], annexes)
            else:
                read = read_csv if ending == "csv" else read_xlsx
                read(name, entry, self._rows(run), self._sheet(stem, layouts))
        if self.masks:
            self.check_sentences(spoken)

    def _check_annex(
        self,
        name: str,
        entry: Iterable[bytes],
        file: DataFile,
        layout: Layout,
        begun: dict[str, Iterator[Held]],
    ) -> None:
        """``begun``: by stem, the rows of annexes whose first parts have been read."""
        if name not in file.annex:
            raise ReadBack("unread", name)
        given = (row for row in alone(self._rows(self.runs[file.stem])) if row.number)
        rows = begun.setdefault(file.stem, given)
        about = About(self.case.operator.name, self.case.reference)
        read_annex(name, b"".join(entry), rows, Sheet(file, layout, self._texts), file, about)

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
            self._expected[run.pk] = Expected(self.case, run, self.situation, self.sieve)
        return self._expected[run.pk].read(masked=masked)

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

    def is_common(self, word: str) -> bool:
        """Whether the word tells of nobody."""
        return word in self._common

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


def read_back(
    case: Case,
    situation: Situation,
    facts: CaseFacts,
    blocks: Iterable[bytes],
    course: Course = NOBODY_WAITS,
) -> None:
    """Raises ReadBack where a package that was just written is not as it may go out. ``course``: is told how far."""
    masks = any(one.covered for part in facts.categories for one in part.collections)
    runs, files = {}, {}
    for run, file in data_files(case, situation, facts):
        runs[file.stem], files[file.stem] = run, file
    printed = (*facts.address_lines, facts.signed_by)
    Reader(case, situation, runs, masks, files, printed, course=course).check(blocks)
