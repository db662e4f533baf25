"""The rows that are given: streamed from the sealed chunks, judged, masked where they tell of somebody else."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain

from cases.assessment.assessing import verdict_for
from cases.assessment.situations import open_orders_on
from cases.identity.people.protection import hides_home, is_hidden
from cases.law.decisions import judge
from cases.law.situation import Record, Situation
from cases.models import Case, Chunk, Order, Run
from cases.rows import chunks, counted
from cases.rows.signatures import reader, recorder
from cases.sources.configured import collection_of, source_of
from connectors.description.collection import EMPTY
from connectors.rows.graph import parsed, parsed_pages
from connectors.rows.jsonline import exactly
from connectors.rows.shape import Shape
from exports.answer.exact import exact_lines
from exports.letter.facts import IN_PACKAGE
from exports.letter.values import MASK
from exports.masking import by_hand as masking
from exports.masking import files as masked_files
from exports.models import CutFile


class NotCovered(ValueError):
    """What tells of somebody else and cannot be masked: it must not be given like that.

    ``code``: `mask-unnamed` (no column is), `mask-missing` (a row lacks the columns), `mask-empty` (a row is marked,
    and they are all empty in it), or `mask-nothing` (no row of the run has anything in them). Its text is the code and
    what `exports.answer.stops` says it with.
    """

    def __init__(
        self, code: str, run: Run, columns: Collection[str] = (), marks: Collection[str] = ()
    ) -> None:
        about = (f"{run.source}/{run.collection}", run.category, ", ".join(columns), ", ".join(marks))
        super().__init__(f"{code}: {'|'.join(about)}")


def verdicts(case: Case, run: Run, situation: Situation) -> Callable[[Record], str]:
    """The effective verdict of a row of this run, by its signature.

    Whoever gives what the law holds back has not weighed what it tells of others: that stays masked.
    """
    ruled = lru_cache(maxsize=None)(lambda record: judge(record, situation))
    decided = verdict_for(case, run, ruled)

    def verdict_of(record: Record) -> str:
        verdict = decided(record)
        if verdict == "give" and _tells_of_others(record) and ruled(record).verdict != "redact":
            return "redact"
        return verdict

    return verdict_of


def is_masked(verdict: str, record: Record) -> bool:
    """Whether a given row leaves with what tells of somebody else masked.

    The right to take data along harms the others in them no more than a copy may (Articles 15(4), 20(4) GDPR).
    """
    return verdict == "redact" or (verdict == "port" and _tells_of_others(record))


def _tells_of_others(record: Record) -> bool:
    return bool(marks_of(record))


def marks_of(record: Record) -> tuple[str, ...]:
    """The keys in connectors.toml by which the row says that it tells of somebody else."""
    return tuple(mark for mark in ("hidden_number", "other_person") if getattr(record, mark))


class GivenRows:
    """The rows of a run that are given. What they are judged by is looked up once, however many files are made of
    them: nothing of a case in preparation changes, and what reads the files back looks again for itself."""

    def __init__(self, case: Case, run: Run, situation: Situation) -> None:
        self._case, self._run, self._situation = case, run, situation
        self._collection = collection_of(case.operator_id, run.source, run.collection)
        self._wholes: dict[int, bool] | None = None

    @cached_property
    def verdict_of(self) -> Callable[[Record], str]:
        """Of each row, by its signature."""
        return verdicts(self._case, self._run, self._situation)

    @cached_property
    def _orders(self) -> list[Order]:
        return open_orders_on(self._case)

    @cached_property
    def _by_hand(self) -> Callable[[bytes], masking.OfRow]:
        return masking.of_run(self._run)

    @cached_property
    def _cuts(self) -> Mapping[str, CutFile]:
        return masked_files.newest(self._run)

    @cached_property
    def _columns_of(self) -> Callable[[Mapping[str, object]], Collection[str]]:
        return masked_columns(self._case, self._run)

    @cached_property
    def _record_of_row(self) -> Callable[[Mapping[str, object]], Record]:
        return reader(self._run, self._orders)

    def lines(self) -> Iterator[bytes]:
        """One JSON object each, a chunk in memory at a time.

        Raises NotCovered at a row that cannot be masked, or that says it tells of others and has nothing to mask.
        """
        exact = exact_lines(self._collection, source_of(self._case.operator_id, self._run.source).zone)
        lines = exact(chain.from_iterable(self._judged()))
        return map(self._without_home(), lines) if hides_home(self._case) else lines

    def shape(self) -> Shape | None:
        """What the rows look like together, as it was noted when they were gathered.

        None where that is no longer so, as where some of them are masked or left out.
        """
        if not self._plain or hides_home(self._case) or self._collection.folder_column is not None:
            return None
        shape = Shape()
        for chunk, whole in self._judged_chunks():
            noted = counted.shape_of(chunk) if whole else None
            if noted is None:
                return None
            shape.add(noted)
        return shape

    def covered(self) -> int:
        """How many values and stretches are masked in what the person gets. Raises NotCovered, also for none.

        A caseworker may have everything masked: a row that is not marked and has nothing to mask is then given as it
        is.
        """
        count, by_rule = 0, False
        for line, row in chain.from_iterable(map(_read, chunks.pages(self._run))):
            record = self._record_of_row(row)
            verdict = self.verdict_of(record)
            telling: frozenset[str] = frozenset()
            if is_masked(verdict, record):
                by_rule = True
                telling = _telling(self._run, row, self._columns_of(row), marks_of(record))
            if verdict in IN_PACKAGE:
                hands = self._by_hand(line)
                count += len(telling) + sum(len(hands[name]) for name in hands.keys() - telling)
        if by_rule and not count:
            raise NotCovered("mask-nothing", self._run, self._collection.redact)
        return count

    @property
    def _plain(self) -> bool:
        """Whether nothing of the run is masked or cut by hand."""
        return self._by_hand is masking.nothing and not self._cuts

    def _without_home(self) -> Callable[[bytes], bytes]:
        hidden = is_hidden(self._case, self._collection)
        return lambda line: exactly({name: value for name, value in parsed(line).items() if not hidden(name)})

    def _judged(self) -> Iterator[Iterable[bytes]]:
        """The lines that are given, a chunk at a time."""
        for chunk, whole in self._judged_chunks():
            lines = chunks.lines_of(chunk)
            # As it was gathered, and nobody has to read it.
            yield lines if whole and self._plain else self._one_by_one(lines)

    def _judged_chunks(self) -> Iterator[tuple[Chunk, bool]]:
        """The chunks with rows that are given, each with whether all of it is, with nothing masked by rule."""
        if self._wholes is None:
            yield from self._judged_first()
            return
        for chunk in self._run.chunks.filter(secret=False).order_by("number"):
            if chunk.number in self._wholes:
                chunk.run = self._run
                yield chunk, self._wholes[chunk.number]

    def _judged_first(self) -> Iterator[tuple[Chunk, bool]]:
        record_of, found = recorder(self._run, self._orders), dict[int, bool]()
        for chunk, counts in counted.pages(self._run):
            judged = [(self.verdict_of(record), record) for record in map(record_of, counts)]
            if any(verdict in IN_PACKAGE for verdict, _record in judged):
                found[chunk.number] = all(
                    verdict in IN_PACKAGE and not is_masked(verdict, record) for verdict, record in judged
                )
                yield chunk, found[chunk.number]
        self._wholes = found

    def _one_by_one(self, lines: Sequence[bytes]) -> Iterator[bytes]:
        """What is given of lines that are read for it, masked where that is due."""
        for line, row in _read(lines):
            record = self._record_of_row(row)
            verdict = self.verdict_of(record)
            if is_masked(verdict, record):
                covered_row = redacted(self._run, row, self._columns_of(row), marks_of(record))
                yield exactly(
                    _with_cut(masking.covered_row(covered_row, self._by_hand(line)), row, self._cuts)
                )
            elif verdict in IN_PACKAGE:
                # To the byte as it was gathered, where nothing of it is masked by hand.
                of_row = self._by_hand(line)
                changed = of_row or str(row.get("file")) in self._cuts
                yield (
                    exactly(_with_cut(masking.covered_row(row, of_row), row, self._cuts)) if changed else line
                )


def _read(lines: Sequence[bytes]) -> Iterator[tuple[bytes, dict[str, object]]]:
    """Lines with their rows, a page of which is read at a time."""
    return zip(lines, chain.from_iterable(parsed_pages(lines)), strict=True)


def _with_cut(
    given_row: dict[str, object], row: Mapping[str, object], cuts: Mapping[str, CutFile]
) -> dict[str, object]:
    """The row, naming what is given in the place of its file."""
    cut = cuts.get(str(row.get("file")))
    return {**given_row, "file": cut.file} if cut else given_row


def masked_columns(case: Case, run: Run) -> Callable[[Mapping[str, object]], Collection[str]]:
    """The columns of each row of this run that tell of somebody else, where the row does."""
    columns = collection_of(case.operator_id, run.source, run.collection).redact
    files = frozenset(run.handed.exclude(name="").values_list("file", flat=True))
    # A file with somebody else in it stays out of the package, so the row must not point to it.
    return lambda row: ("file",) if str(row.get("file")) in files else columns


def redacted(
    run: Run, row: Mapping[str, object], columns: Collection[str], marks: Collection[str] = ()
) -> dict[str, object]:
    """The row with what tells of somebody else masked; every column stays, so that nothing vanishes unseen."""
    telling = _telling(run, row, columns, marks)
    return {name: MASK if name in telling else value for name, value in row.items()}


def _telling(
    run: Run, row: Mapping[str, object], columns: Collection[str], marks: Collection[str]
) -> frozenset[str]:
    """The columns of this row to mask: whole values, however they are made up. One that is empty tells nothing.

    All of them have to be there: one that is spelled otherwise in this row would leave it as it is. And if all are
    empty in a row that is marked, what it tells of somebody else stands elsewhere in it, or its mark is wrong.
    """
    missing = sorted(set(columns) - row.keys())
    if missing or not columns:
        raise NotCovered("mask-missing" if missing else "mask-unnamed", run, missing)
    telling = frozenset(name for name in columns if row[name] not in EMPTY)
    if marks and not telling:
        raise NotCovered("mask-empty", run, columns, marks)
    return telling
