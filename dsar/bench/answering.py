"""The answer to one subscriber: judged, written, packed and sealed by a worker, beside packing the same bytes."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

from cases.assessment import deciding
from cases.casework.workflow import TO_READ
from cases.models import Case, Membership, User
from cases.models.case import Stage
from dsar.bench import world
from dsar.bench.measures import crm, numbers, timed, wait_for, wait_until
from dsar.bench.workers import workers
from dsar.scratch.staff import sign_in
from exports import delivery
from exports.answer import building
from exports.package import verify

BLOCK = 1 << 20


@dataclass(frozen=True)
class Answering:
    """Median seconds of ours and of the floor, the package in MB, and the most memory of a worker in MB."""

    ours: float
    floor: float
    package: float
    megabytes: float


def answer(rows: int, runs: int) -> Answering:
    """One subscriber's access answer, from the last decision to ready to be read, through the real tasks."""
    with crm() as connection:
        number = next(numbers)
        customer = world.add_customer(connection, number)
        world.fill_table(connection, customer, number * 10_000_000, rows)
    ours, floors, size = [], [], 0.0
    with workers(2) as pool, TemporaryDirectory(prefix="dsar-bench-") as folder:
        for _ in range(runs):
            case_id = world.ask(number)
            wait_for(Stage.DECISIONS, case_id)
            ours.append(_build(case_id))
            package = Path(folder) / "package.zip"
            _fetch(case_id, package)
            # One after the other: whatever else the machine has to do weighs on both.
            floors.append(timed(partial(_deflate, package)))
            size = package.stat().st_size / 1e6
        return Answering(median(ours), median(floors), size, pool.peak_megabytes())


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


def _deflate(package: Path) -> None:
    """The same files into a zip once more, streamed."""
    with ZipFile(package) as archive, ZipFile(package.with_suffix(".floor"), "w", ZIP_DEFLATED) as floor:
        for name in archive.namelist():
            with archive.open(name) as source, floor.open(name, "w", force_zip64=True) as sink:
                while block := source.read(BLOCK):
                    sink.write(block)
