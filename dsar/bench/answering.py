"""The answer to one subscriber by a worker, and its parts by themselves, beside COPY of the same rows into a zip."""

from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

from cases.assessment import deciding
from cases.assessment.situations import situation_of
from cases.casework import case_clock
from cases.casework.workflow import TO_READ
from cases.models import Case, Membership, User
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.sealed import vault
from dsar.bench import world
from dsar.bench.gathering import ONE_TABLE
from dsar.bench.measures import crm, numbers, spent, timed, wait_for, wait_until
from dsar.bench.workers import workers
from dsar.scratch.staff import sign_in
from exports import delivery, pdf
from exports.answer import building, writing
from exports.answer.read_back.checking import read_back
from exports.answer.snapshot import facts_of
from exports.letter import content
from exports.models import Answer
from exports.package import verify


@dataclass(frozen=True)
class Answering:
    """Medians: seconds of a worker's answer, processor seconds of its parts and of the floor, the database's own not
    counted. ``package`` in MB, ``megabytes``: the most memory of a worker."""

    whole: float
    written: float
    read_back: float
    floor: float
    package: float
    megabytes: float


def answer(rows: int, runs: int) -> Answering:
    """One subscriber's access answer, from the last decision to ready to be read, through the real tasks."""
    with crm() as connection:
        number = next(numbers)
        customer = world.add_customer(connection, number)
        world.fill_table(connection, customer, number * 10_000_000, rows)
    whole, parts, floors, size = [], [], [], 0.0
    with workers(2) as pool, TemporaryDirectory(prefix="dsar-bench-") as folder:
        for _ in range(runs):
            case_id = world.ask(number)
            wait_for(Stage.DECISIONS, case_id)
            whole.append(_build(case_id))
            package = Path(folder) / "package.zip"
            _fetch(case_id, package)
            parts.append(_parts(case_id))
            # One after the other: whatever else the machine has to do weighs on both.
            floors.append(spent(partial(_copy, customer, package.with_suffix(".floor"))))
            size = package.stat().st_size / 1e6
        written, read = (median(column) for column in zip(*parts, strict=True))
        return Answering(median(whole), written, read, median(floors), size, pool.peak_megabytes())


def letter(runs: int, pages: int = 20) -> float:
    """Median processor seconds of an ordinary letter, as if it had so many pages."""
    with crm() as connection:
        number = next(numbers)
        world.fill_table(connection, world.add_customer(connection, number), number * 10_000_000, 200)
    with workers(2):
        case_id = world.ask(number)
        wait_for(Stage.DECISIONS, case_id)
        _build(case_id)
    case = Case.objects.select_related("operator", "register", "submission").get(pk=case_id)
    document = content.answer(replace(facts_of(case), files_sha256="0" * 64))
    once = pdf.pdf(document).pages
    longer = replace(document, sections=document.sections * ceil(pages / once))
    found: list[pdf.Letter] = []
    seconds = median(spent(lambda: found.append(pdf.pdf(longer))) for _ in range(runs))
    return seconds / found[0].pages * pages


def _parts(case_id: int) -> tuple[float, float]:
    """Processor seconds of writing the package once more, and of reading it back."""
    case = Case.objects.select_related("operator", "register", "submission").get(pk=case_id)
    answer = case.answers.select_related("prepared_by").get(status=Answer.Status.WRITTEN)
    situation = situation_of(case, case_clock.today(case))
    facts = facts_of(case, situation=situation, signed_by="bench")
    written = spent(partial(writing.write_package, case, answer, situation, facts))
    stream = vault.unsealed_stream(case, KeyUse.PACKAGE, answer.name)
    return written, spent(partial(read_back, case, situation, facts, stream))


def _build(case_id: int) -> float:
    user, _made = User.objects.get_or_create(username="bench")
    Membership.objects.get_or_create(user=user, operator_id=world.SLUG, role="caseworker")
    sign_in(user)
    case = Case.objects.get(pk=case_id)
    for decision in deciding.open_decisions(case):
        deciding.confirm(decision, by=user)

    def work() -> None:
        building.prepare(Case.objects.get(pk=case_id), by=user)
        wait_until(Case.objects.filter(pk=case_id, blocked_by=TO_READ).exists)

    return timed(work)


def _fetch(case_id: int, to: Path) -> None:
    """The package as the person gets it; it has to be what it says it is."""
    found = delivery.current_answer(Case.objects.get(pk=case_id))
    assert found
    with to.open("wb") as file:
        file.writelines(delivery.open_package(found))
    assert not list(verify.problems(to))


def _copy(customer: str, to: Path) -> None:
    """The database's own way out: COPY of the same rows as JSON, streamed into a zip."""
    with crm() as connection, connection.cursor() as cursor, ZipFile(to, "w", ZIP_DEFLATED) as floor:
        query = f"COPY ({ONE_TABLE.replace('%s', repr(customer))}) TO STDOUT"
        with floor.open("rows.json", "w", force_zip64=True) as sink, cursor.copy(query) as out:
            for block in out:
                sink.write(bytes(block))
