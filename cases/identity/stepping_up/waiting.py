"""What of a case waits for a stronger proof, and the ways there: for the status page, the letter and the desk."""

from collections.abc import Iterable
from dataclasses import dataclass

from cases.casework.operators import register_of_case
from cases.identity.eid.configured import names_of
from cases.identity.stepping_up.levels import needed_level, proof_level, suffices
from cases.law.decisions import is_described
from cases.models import Case, Run, Submission
from cases.models.case import Right
from cases.models.proof import Level
from cases.registers.register import Register


@dataclass(frozen=True)
class Ways:
    """Categories by their names, and what somebody without an electronic identity does for them, in one language."""

    categories: tuple[str, ...]
    ways: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """What waits, by the ways to it; ``faces``: the electronic identities that open all of it, by their keys.

    ``by_letter``: a code by letter opens some of it.
    """

    groups: tuple[Ways, ...]
    faces: dict[str, str]
    by_letter: bool

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(name for group in self.groups for name in group.categories)


def waiting_runs(case: Case) -> list[Run]:
    """What was not gathered for want of proof."""
    return [run for run in case.runs.all() if run.status == Run.Status.NOT_PROVEN]


def opened_runs(case: Case) -> list[Run]:
    """Those among them for which what was shown meanwhile is enough."""
    level = proof_level(case)
    return [run for run in waiting_runs(case) if suffices(level, needed_level(case, run.category))]


def would_open(submission: Submission, level: str) -> bool:
    """Whether a proof of this level is enough for anything that was not gathered."""
    return any(
        suffices(Level(level), needed_level(case, run.category))
        for case in submission.cases.all()
        for run in waiting_runs(case)
    )


def waiting(case: Case, language: str) -> Waiting | None:
    """None where nothing waits."""
    register = register_of_case(case)
    keys = sorted({run.category for run in waiting_runs(case)})
    keys = [key for key in keys if not is_only_described(case, key)]
    if not keys:
        return None
    # Nobody looks up where a protected person lives (`posted_codes.may_be_posted`).
    closed = frozenset({"letter"}) if case.protected_by else frozenset[str]()
    groups = by_ways(register, keys, language, without=closed)
    kinds = {kind for key in keys for kind, _way in register.ways_to(key)} - closed
    return Waiting(groups, names_of(case.operator_id), "letter" in kinds)


def is_only_described(case: Case, category: str) -> bool:
    """Whether no proof opens a category to what is asked: it is described, whatever somebody shows."""
    register = register_of_case(case)
    return case.right == Right.ACCESS and is_described(category, register.settings, register.country)


def by_ways(
    register: Register, keys: Iterable[str], language: str, *, without: frozenset[str] = frozenset()
) -> tuple[Ways, ...]:
    """Categories with the same ways together, in the order of the first of each."""
    found: dict[tuple[str, ...], list[str]] = {}
    for key in keys:
        if (entry := register.categories.get(key)) is not None:
            ways = tuple(way.text.get(language) for kind, way in register.ways_to(key) if kind not in without)
            found.setdefault(ways, []).append(entry.name.get(language))
    return tuple(Ways(tuple(names), ways) for ways, names in found.items())


def asks_more(register: Register, language: str) -> tuple[Ways, ...]:
    """The categories that a mailed code does not open."""
    asked = (key for key, entry in register.categories.items() if entry.proof != "low")
    opened = (key for key in asked if not is_described(key, register.settings, register.country))
    return by_ways(register, opened, language)
