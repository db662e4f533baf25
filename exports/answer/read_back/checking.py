"""Reads a package back, entry by entry as it comes out of the vault, before anybody is asked to approve it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from zoneinfo import ZoneInfo

from cases.casework.operators import register_of_case
from cases.identity.known import identifiers_of
from cases.law.situation import Situation
from cases.models import Case, Run
from cases.sealed.typed import read_file
from cases.sources.configured import collection_of
from exports.answer.read_back import contents
from exports.answer.read_back.cells import read_csv, read_json
from exports.answer.read_back.expected import Held, held
from exports.answer.read_back.problem import ReadBack
from exports.answer.read_back.sentences import Sentences, needles, without, words
from exports.letter.facts import CaseFacts, file_stem
from exports.letter.texts.reading import Texts, texts
from exports.letter.values import Figures
from exports.opened import zips


@dataclass
class Reader:
    """One package. ``runs``: those whose rows are in it, by the stem of their files. ``printed``: what every letter
    says of the person and of who writes to them, their address and the signature. ``most``: of how many rows of each,
    None for all."""

    case: Case
    situation: Situation
    runs: Mapping[str, Run]
    masks: bool
    printed: tuple[str, ...] = ()
    most: int | None = None

    def check(self, blocks: Iterable[bytes]) -> None:
        """Raises ReadBack for the first thing that is not as it may go out."""
        spoken, amounts = Sentences(), dict[str, Figures]()
        for name, entry in zips.entries(blocks):
            stem, _dot, ending = name.removeprefix("data/").rpartition(".")
            run = self.runs.get(stem) if name.startswith("data/") else None
            if run is None:
                self._add(spoken, name, entry)
            elif ending == "json":
                amounts[stem] = read_json(name, entry, self._rows(run), self._own, self._common)
            else:
                read_csv(name, entry, self._rows(run), amounts[stem], self._zone, self._texts)
        if self.masks:
            self.check_sentences(spoken)

    def check_sentences(self, spoken: Sentences) -> None:
        """What is masked in some row stands in no words, unless a cell of some row gives it rightly."""
        found = dict(self._found(spoken))
        if not found:
            return
        given = (
            str(value)
            for run in self.runs.values()
            for row in self._rows(run)
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
            for row in self._rows(run):
                for value in row.masked:
                    for one in needles(value, self._common):
                        if not self._own(one) and (at := spoken.find(one)):
                            yield one, (*at, f"data/{stem}.json {row.number}")

    def _rows(self, run: Run) -> Iterator[Held]:
        return islice(held(self.case, run, self.situation), self.most)

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(register_of_case(self.case).time_zone)

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
    found = [one for part in facts.categories for one in part.collections]
    filled = {(one.source, one.collection) for one in found if one.rows}
    runs = {}
    for run in case.runs.filter(rows__gt=0):
        if (run.source, run.collection) in filled:
            run.case = case
            runs[file_stem(run.category, run.source, run.collection)] = run
    printed = (*facts.address_lines, facts.signed_by)
    Reader(case, situation, runs, any(one.covered for one in found), printed).check(blocks)
