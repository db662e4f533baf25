"""The answer to one subscriber by a worker, and its parts by themselves, each beside a floor of the same rows."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from cases.assessment import deciding
from cases.assessment.situations import situation_of
from cases.casework import case_clock
from cases.casework.workflow import TO_READ
from cases.models import Case, Membership, User
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.sealed import vault
from dsar.bench import world
from dsar.bench.answers import forms
from dsar.bench.gathering import steps
from dsar.bench.measures import crm, numbers, spent, timed, wait_for, wait_until
from dsar.bench.workers import workers
from dsar.scratch.staff import sign_in
from exports import delivery, pdf
from exports.answer import building
from exports.answer.read_back.checking import read_back
from exports.answer.snapshot import facts_of
from exports.letter import content
from exports.models import Answer
from exports.package import verify

Part = tuple[float, float]


@dataclass(frozen=True)
class Answering:
    """Medians. ``parts``: processor seconds of each by its name, and of its floor, the database's own not counted.
    ``whole``: seconds of a worker's answer; ``gathered``, ``judged``: seconds from the first task to the last row, and
    from there to ready for decision; ``package`` in MB, ``megabytes``: the most memory of a worker."""

    parts: Mapping[str, Part]
    whole: float
    gathered: float
    judged: float
    package: float
    megabytes: float


def answer(rows: int, runs: int) -> Answering:
    """One subscriber's access answer, from gathering to ready to be read, through the real tasks."""
    with crm() as connection:
        number = next(numbers)
        customer = world.add_customer(connection, number)
        world.fill_table(connection, customer, number * 10_000_000, rows)
    parts, whole, stages, size = defaultdict[str, list[Part]](list), [], [], 0.0
    with workers(2) as pool, TemporaryDirectory(prefix="dsar-bench-") as folder:
        for _ in range(runs):
            case_id = world.ask(number)
            wait_for(Stage.DECISIONS, case_id)
            stages.append(steps(Case.objects.get(pk=case_id)))
            whole.append(_build(case_id))
            package = Path(folder) / "package.zip"
            _fetch(case_id, package)
            # A part and its floor one after the other: whatever else the machine has to do weighs on both.
            for name, (ours, floor) in _parts(case_id, customer, package).items():
                parts[name].append((spent(ours), spent(floor)))
            size = package.stat().st_size / 1e6
        gathered, judged = _medians(stages)
        found = {name: _medians(measured) for name, measured in parts.items()}
        return Answering(found, median(whole), gathered, judged, size, pool.peak_megabytes())


def _medians(pairs: list[Part]) -> Part:
    first, second = zip(*pairs, strict=True)
    return median(first), median(second)


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
    pdf.load()  # as workers do before their first
    once = pdf.pdf(document).pages
    longer = replace(document, sections=document.sections * ceil(pages / once))
    found: list[pdf.Letter] = []
    seconds = median(spent(lambda: found.append(pdf.pdf(longer))) for _ in range(runs))
    return seconds / found[0].pages * pages


def _parts(
    case_id: int, customer: str, package: Path
) -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    """What writes each form of the package once more or reads the package back, and its floor."""
    case = Case.objects.select_related("operator", "register", "submission").get(pk=case_id)
    answer = case.answers.get(status=Answer.Status.WRITTEN)
    situation = situation_of(case, case_clock.today(case))
    facts = facts_of(case, situation=situation, signed_by="bench")

    def read() -> None:
        read_back(case, situation, facts, vault.unsealed_stream(case, KeyUse.PACKAGE, answer.name))

    floor = package.with_suffix(".floor")
    return {
        **forms.parts(case, situation, facts, customer, floor),
        # As whoever gets it can: every file unpacked and hashed, every line of the manifest looked at.
        "read back": (read, lambda: list(verify.problems(package))),
    }


def decide(*cases: int) -> User:
    """A caseworker who has confirmed what is proposed in each of them."""
    user, _made = User.objects.get_or_create(username="bench")
    Membership.objects.get_or_create(user=user, operator_id=world.SLUG, role="caseworker")
    sign_in(user)
    for case in Case.objects.filter(pk__in=cases):
        for decision in deciding.open_decisions(case):
            deciding.confirm(decision, by=user)
    return user


def _build(case_id: int) -> float:
    user = decide(case_id)

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
