"""Whole cases from submission to ready for approval, and the processor seconds each of them takes by stage."""

from dataclasses import dataclass

from django.db import close_old_connections

from cases.casework.workflow import TO_READ
from cases.models import Case
from cases.models.case import Stage
from dsar.bench import world
from dsar.bench.answers.answering import decide
from dsar.bench.measures import crm, numbers, spent, timed, wait_for, wait_until
from dsar.bench.throughput import fill_ordinary
from dsar.bench.workers import Workers, workers
from exports.answer import building


@dataclass(frozen=True)
class Course:
    """Cases a minute, people not counted; processor seconds a case by stage."""

    rate: float
    stages: dict[str, float]


def course(cases: int, rows: int, jobs: int) -> Course:
    """So many cases of so many rows, by so many workers, all at the same stage before the next begins."""
    with crm() as connection:
        warming, measured = [
            [fill_ordinary(connection, next(numbers), rows) for _ in range(many)] for many in (jobs, cases)
        ]
        connection.execute("ANALYZE traffic")
    with workers(jobs) as pool:
        # Every worker process reads its configuration and opens its connections once.
        _walked(warming, pool)
        found = _walked(measured, pool)
    close_old_connections()
    return found


def _walked(customers: list[int], pool: Workers) -> Course:
    ids: list[int] = []
    submitted = spent(lambda: ids.extend(map(world.proven, customers)))
    before = pool.spent()
    gathering = timed(lambda: wait_for(Stage.DECISIONS, *ids))
    gathered = pool.spent()
    user = decide(*ids)
    written = Case.objects.filter(pk__in=ids, blocked_by=TO_READ)

    def answered() -> None:
        for case in Case.objects.filter(pk__in=ids):
            building.prepare(case, by=user)
        wait_until(lambda: written.count() == len(ids))

    answering = timed(answered)
    spent_by = {
        "submitted and proven": submitted,
        "matched, gathered, judged": gathered - before,
        "letter and package written, read back": pool.spent() - gathered,
    }
    rate = 60 * len(ids) / (gathering + answering)
    return Course(rate, {name: seconds / len(ids) for name, seconds in spent_by.items()})
