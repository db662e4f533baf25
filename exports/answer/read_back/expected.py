"""Each gathered row as it may go out, read from the sealed rows by itself: not by what writes the package."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from cases.assessment.situations import open_orders_on
from cases.identity.people.protection import hides_home, is_hidden
from cases.law.situation import Record, Situation
from cases.models import Case, Run
from cases.rows import chunks
from cases.rows.counted import count
from cases.rows.signatures import reader, recorder
from cases.sources.configured import collection_of, source_of
from connectors.description.collection import EMPTY
from connectors.rows.graph import parsed, parsed_pages
from exports.answer.exact import exact_cells
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


def held(case: Case, run: Run, situation: Situation, sieve: Sieve | None = None) -> Iterator[Held]:
    """Every row of a run, given or not, a chunk in memory at a time.

    ``sieve``: which rows are opened; they are numbered without the others then.
    """
    whole, given = _whole(case, run, situation), _given(case, run, situation)
    collection = collection_of(case.operator_id, run.source, run.collection)
    exact = exact_cells(collection, source_of(case.operator_id, run.source).zone)
    number = 0
    for page in chunks.pages(run):
        lines = list(sieve(page)) if sieve else page
        if whole(lines):
            for row in chain.from_iterable(parsed_pages(lines)):
                number += 1
                yield Held(number, exact(row))
            continue
        for line in lines:
            found = given(line)
            if found is None:
                # What it holds is not given by this row, and may well be by others: nothing is masked in it.
                yield Held(0)
                continue
            number += 1
            cells, masked = found
            yield Held(number, exact(cells), masked)


def _whole(case: Case, run: Run, situation: Situation) -> Callable[[Sequence[bytes]], bool]:
    """Whether rows are given as they are, every one of them: judged anew, whatever was counted before."""
    plain = by_hand.of_run(run) is by_hand.nothing and not files.newest(run) and not hides_home(case)
    record_of, verdict_of = recorder(run, open_orders_on(case)), verdicts(case, run, situation)

    def unmasked(record: Record) -> bool:
        verdict = verdict_of(record)
        return verdict in IN_PACKAGE and not is_masked(verdict, record)

    return lambda lines: plain and all(unmasked(record_of(marks)) for marks in count(run, lines))


def _given(
    case: Case, run: Run, situation: Situation
) -> Callable[[bytes], tuple[dict[str, object], tuple[object, ...]] | None]:
    """A row as it may go out and what is masked in it, or None for one that is not given."""
    columns_of, spans_of = masked_columns(case, run), by_hand.of_run(run)
    read, verdict_of = reader(run, open_orders_on(case)), verdicts(case, run, situation)
    hides = is_hidden(case, collection_of(case.operator_id, run.source, run.collection))
    home, cuts = hides_home(case), files.newest(run)

    def given(line: bytes) -> tuple[dict[str, object], tuple[object, ...]] | None:
        row = parsed(line)
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
