"""Each gathered row as it may go out, read from the sealed rows by itself: not by what writes the package."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cases.assessment.situations import open_orders_on
from cases.identity.people.protection import hides_home, is_hidden
from cases.law.situation import Record, Situation
from cases.models import Case, Run
from cases.rows import chunks
from cases.rows.counted import counting
from cases.rows.signatures import reader, recorder
from cases.sources.configured import collection_of, source_of
from connectors.description.collection import EMPTY
from connectors.rows.graph import PAGE, parsed_all
from exports.answer.exact import exact_cells, looks_whole
from exports.answer.given_rows import is_masked, masked_columns, verdicts
from exports.answer.read_back.sifting import Sieve
from exports.letter.facts import IN_PACKAGE
from exports.letter.values import MASK
from exports.masking import by_hand, files
from exports.masking.spans import covered


@dataclass(frozen=True)
class Held:
    """A gathered row. ``number``: which it is in its files, counted from 1; 0 for one that is not given.

    ``cells``: the value that each column of the files has; ``masked``: what was there where a mask is now.
    """

    number: int
    cells: Mapping[str, object] = field(default_factory=dict)
    masked: tuple[object, ...] = ()


@dataclass(frozen=True)
class Whole:
    """Rows in order that are given with nothing masked in them. ``lines``: theirs, where they are given to the byte as
    they were gathered."""

    rows: Sequence[dict[str, object]]
    lines: Sequence[bytes] = ()


Given = Callable[[bytes, dict[str, object]], tuple[dict[str, object], tuple[object, ...]] | None]


class Expected:
    """What the files of a run may show, to be read once for each of them. Every page is judged anew, whatever was
    counted when it was gathered; what is whole by that is not judged once more for the next file.

    ``sieve``: which rows are opened; they are numbered without the others then."""

    def __init__(self, case: Case, run: Run, situation: Situation, sieve: Sieve | None = None) -> None:
        self._run, self._sieve = run, sieve
        collection = collection_of(case.operator_id, run.source, run.collection)
        zone = source_of(case.operator_id, run.source).zone
        self._exact, self._same = exact_cells(collection, zone), collection.folder_column is None
        self._is_whole, self._given = _whole(case, run, situation), _given(case, run, situation)
        self._whole: dict[tuple[int, int], bool] = {}

    def read(self, *, masked: bool = False) -> Iterator[Held | Whole]:
        """Every row, given or not, a chunk in memory at a time. ``masked``: those will do that may have a mask."""
        number = 0
        for chunk in self._run.chunks.filter(secret=False).order_by("number"):
            starts = range(0, chunk.rows, PAGE)
            if masked and all(self._whole.get((chunk.number, at)) for at in starts):
                number += chunk.rows
                continue
            chunk.run = self._run
            lines = chunks.lines_of(chunk)
            for at in starts:
                page = lines[at : at + PAGE]
                opened = list(self._sieve(page)) if self._sieve else page
                for some in self._page((chunk.number, at), opened, number):
                    number += len(some.rows) if isinstance(some, Whole) else bool(some.number)
                    yield some

    def _page(self, place: tuple[int, int], lines: Sequence[bytes], number: int) -> Iterator[Held | Whole]:
        rows = parsed_all(lines)
        if place not in self._whole:
            self._whole[place] = self._is_whole(rows)
        if self._whole[place]:
            same = self._same and looks_whole(b"\n".join(lines))
            yield Whole(rows, lines) if same else Whole(list(map(self._exact, rows)))
            return
        for line, row in zip(lines, rows, strict=True):
            found = self._given(line, row)
            if found is None:
                # What it holds is not given by this row, and may well be by others: nothing is masked in it.
                yield Held(0)
                continue
            number += 1
            yield Held(number, self._exact(found[0]), found[1])


def held(case: Case, run: Run, situation: Situation) -> Iterator[Held]:
    """Every row of a run by itself."""
    return alone(Expected(case, run, situation).read())


def alone(rows: Iterable[Held | Whole]) -> Iterator[Held]:
    """These rows, each by itself."""
    number = 0
    for some in rows:
        if isinstance(some, Held):
            number = some.number or number
            yield some
            continue
        for row in some.rows:
            number += 1
            yield Held(number, row)


def _whole(case: Case, run: Run, situation: Situation) -> Callable[[Sequence[dict[str, object]]], bool]:
    """Whether rows are given as they are, every one of them."""
    plain = by_hand.of_run(run) is by_hand.nothing and not files.newest(run) and not hides_home(case)
    record_of, verdict_of = recorder(run, open_orders_on(case)), verdicts(case, run, situation)
    count = counting(run)

    def unmasked(record: Record) -> bool:
        verdict = verdict_of(record)
        return verdict in IN_PACKAGE and not is_masked(verdict, record)

    return lambda rows: plain and all(unmasked(record_of(marks)) for marks in count(rows))


def _given(case: Case, run: Run, situation: Situation) -> Given:
    """A row as it may go out and what is masked in it, or None for one that is not given."""
    columns_of, spans_of = masked_columns(case, run), by_hand.of_run(run)
    read, verdict_of = reader(run, open_orders_on(case)), verdicts(case, run, situation)
    hides = is_hidden(case, collection_of(case.operator_id, run.source, run.collection))
    home, cuts = hides_home(case), files.newest(run)

    def given(line: bytes, row: dict[str, object]) -> tuple[dict[str, object], tuple[object, ...]] | None:
        record = read(row)
        verdict = verdict_of(record)
        if verdict not in IN_PACKAGE:
            return None
        telling = frozenset(columns_of(row) if is_masked(verdict, record) else ())
        if (cut := cuts.get(str(row.get("file")))) is not None:
            # What is given in its place is called after it: the original's name is nothing that was masked.
            row = {name: value for name, value in row.items() if name != "file"}
        cells, masked = _cells(row, telling, spans_of(line))
        if cut is not None:
            cells["file"] = cut.file
        if home:
            cells = {name: value for name, value in cells.items() if not hides(name)}
        return cells, masked

    return given


def _cells(
    row: Mapping[str, object], telling: frozenset[str], spans: by_hand.OfRow
) -> tuple[dict[str, object], tuple[object, ...]]:
    cells: dict[str, object] = {}
    masked: list[object] = []
    for name, value in row.items():
        if name in telling and value not in EMPTY:
            cells[name] = MASK
            masked.append(value)
        elif isinstance(value, str) and spans.get(name):
            cells[name] = covered(value, spans[name])
            masked += by_hand.stretches(value, spans[name])
        else:
            cells[name] = value
    return cells, tuple(masked)
