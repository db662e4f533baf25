"""Somebody asks for a person who has died: since when, and whether the law reaches that far."""

from dataclasses import replace
from datetime import date

from django.db import transaction

from cases.casework import audit, case_clock
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, at_stage, lock
from cases.law.people.deceased import Reach, reach
from cases.models import Case, User
from cases.models.case import Stage
from cases.sealed.typed import read_file, write_file

# Before anything is gathered: a letter that says so has to be true.
BEFORE_GATHERING = (Stage.VERIFICATION, Stage.MATCHING)


def died_on(case: Case) -> date | None:
    """The day; None for the living. vault.KeyDestroyed once the case file's time is over."""
    written = read_file(case).died_on
    return date.fromisoformat(written) if written else None


def reach_of(case: Case) -> Reach | None:
    """Whether the law of the operator's country reaches the person today; None for the living."""
    died = died_on(case)
    return reach(register_of_case(case).country, died, case_clock.today(case)) if died else None


@transaction.atomic
def note_death(case: Case, *, died: date, by: User) -> None:
    """A caseworker has seen on which day the person died. Refusal died-in-future for a day still to come."""
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, *BEFORE_GATHERING)
    if died > case_clock.today(case):
        raise Refusal("died-in-future")
    write_file(case, replace(read_file(case), died_on=died.isoformat()))
    audit.record(case, "person.died", by=by)
