"""The rows that are given: streamed from the sealed chunks, judged, masked where they tell of somebody else."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial
from itertools import chain

from cases.assessment.assessing import verdict_for
from cases.assessment.situations import open_orders_on
from cases.identity.people.protection import hides_home, is_hidden
from cases.law.decisions import judge
from cases.law.situation import Record, Situation
from cases.models import Case, Chunk, Run
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


def given(case: Case, run: Run, situation: Situation) -> Iterator[bytes]:
    """The lines of a run that are given, one JSON object each, a chunk in memory at a time.

    Raises NotCovered at a row that cannot be masked, or that says it tells of others and has nothing to mask.
    """
    collection = collection_of(case.operator_id, run.source, run.collection)
    exact = exact_lines(collection, source_of(case.operator_id, run.source).zone)
    lines = exact(chain.from_iterable(_judged(case, run, situation)))
    return map(_without_home(case, run), lines) if hides_home(case) else lines


def _without_home(case: Case, run: Run) -> Callable[[bytes], bytes]:
    hidden = is_hidden(case, collection_of(case.operator_id, run.source, run.collection))
    return lambda line: exactly({name: value for name, value in parsed(line).items() if not hidden(name)})


def _judged(case: Case, run: Run, situation: Situation) -> Iterator[Iterable[bytes]]:
    """The lines that are given, a chunk at a time."""
    plain = masking.of_run(run) is masking.nothing and not masked_files.newest(run)
    # Most runs are given whole: what it would ask the database for is asked when it is wanted.
    one_by_one = cache(partial(_one_by_one, case, run, situation))
    for chunk, whole in _judged_chunks(case, run, situation):
        lines = chunks.lines_of(chunk)
        # As it was gathered, and nobody has to read it.
        yield lines if whole and plain else one_by_one()(lines)


def _one_by_one(case: Case, run: Run, situation: Situation) -> Callable[[Sequence[bytes]], Iterator[bytes]]:
    """What is given of lines that are read for it, masked where that is due."""
    columns_of, by_hand, cuts = masked_columns(case, run), masking.of_run(run), masked_files.newest(run)
    read, verdict_of = reader(run, open_orders_on(case)), verdicts(case, run, situation)

    def given_of(lines: Sequence[bytes]) -> Iterator[bytes]:
        for line, row in _read(lines):
            record = read(row)
            verdict = verdict_of(record)
            if is_masked(verdict, record):
                covered_row = redacted(run, row, columns_of(row), marks_of(record))
                yield exactly(_with_cut(masking.covered_row(covered_row, by_hand(line)), row, cuts))
            elif verdict in IN_PACKAGE:
                # To the byte as it was gathered, where nothing of it is masked by hand.
                of_row = by_hand(line)
                changed = of_row or str(row.get("file")) in cuts
                yield exactly(_with_cut(masking.covered_row(row, of_row), row, cuts)) if changed else line

    return given_of


def shape_of(case: Case, run: Run, situation: Situation) -> Shape | None:
    """What the rows that are given look like together, as it was noted when they were gathered.

    None where that is no longer so, as where some of them are masked or left out.
    """
    untouched = (
        masking.of_run(run) is masking.nothing and not masked_files.newest(run) and not hides_home(case)
    )
    collection, shape = collection_of(case.operator_id, run.source, run.collection), Shape()
    if not untouched or collection.folder_column is not None:
        return None
    for chunk, whole in _judged_chunks(case, run, situation):
        noted = counted.shape_of(chunk) if whole else None
        if noted is None:
            return None
        shape.add(noted)
    return shape


def _read(lines: Sequence[bytes]) -> Iterator[tuple[bytes, dict[str, object]]]:
    """Lines with their rows, a page of which is read at a time."""
    return zip(lines, chain.from_iterable(parsed_pages(lines)), strict=True)


def _judged_chunks(case: Case, run: Run, situation: Situation) -> Iterator[tuple[Chunk, bool]]:
    """The chunks of a run with rows that are given, each with whether all of it is, with nothing masked by rule."""
    record_of, verdict_of = recorder(run, open_orders_on(case)), verdicts(case, run, situation)
    for chunk, found in counted.pages(run):
        judged = [(verdict_of(record), record) for record in map(record_of, found)]
        if any(verdict in IN_PACKAGE for verdict, _record in judged):
            yield (
                chunk,
                all(verdict in IN_PACKAGE and not is_masked(verdict, record) for verdict, record in judged),
            )


def _with_cut(
    given_row: dict[str, object], row: Mapping[str, object], cuts: Mapping[str, CutFile]
) -> dict[str, object]:
    """The row, naming what is given in the place of its file."""
    cut = cuts.get(str(row.get("file")))
    return {**given_row, "file": cut.file} if cut else given_row


def covered(case: Case, run: Run, situation: Situation) -> int:
    """How many values and stretches of a run are masked in what the person gets. Raises NotCovered, also for none.

    A caseworker may have everything masked: a row that is not marked and has nothing to mask is then given as it is.
    """
    columns_of, by_hand = masked_columns(case, run), masking.of_run(run)
    read, verdict_of = reader(run, open_orders_on(case)), verdicts(case, run, situation)
    count, by_rule = 0, False
    for line, row in chain.from_iterable(map(_read, chunks.pages(run))):
        record = read(row)
        verdict = verdict_of(record)
        telling: frozenset[str] = frozenset()
        if is_masked(verdict, record):
            by_rule = True
            telling = _telling(run, row, columns_of(row), marks_of(record))
        if verdict in IN_PACKAGE:
            hands = by_hand(line)
            count += len(telling) + sum(len(hands[name]) for name in hands.keys() - telling)
    if by_rule and not count:
        described = collection_of(case.operator_id, run.source, run.collection)
        raise NotCovered("mask-nothing", run, described.redact)
    return count


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
