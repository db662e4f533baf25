"""Erasing one person's rows, beside a DELETE of the same keys plus two counts."""

from statistics import median

from django.db import transaction

from cases.assessment import assessing
from cases.collection import gathering
from cases.execution.erasure import erasable, erasing
from cases.models import Action, Case, Run
from cases.models.case import Stage
from dsar.bench import world
from dsar.bench.measures import crm, numbers, timed


def erase(rows: int, runs: int) -> tuple[float, float, float]:
    """Median seconds for one person's rows: judging them the first time; trying them dry, judging them again, carrying
    out and looking for what came later; and a DELETE of the same keys plus two counts.
    """
    judged, ours, floors = [], [], []
    for _ in range(runs):
        judging, taken = _erase_ours(rows)
        judged.append(judging)
        ours.append(taken)
        floors.append(_erase_floor(rows))
    return median(judged), median(ours), median(floors)


def _erase_ours(rows: int) -> tuple[float, float]:
    number = next(numbers)
    with crm() as connection:
        customer = world.add_customer(connection, number)
        world.fill_table(connection, customer, number * 10_000_000, rows)
    case_id = world.ask(number, "erasure")
    gathering.collect(case_id)
    for run in Run.objects.filter(case_id=case_id):
        while Run.objects.filter(pk=run.pk).exclude(status="done").exists():
            gathering.collect_page(run.pk)
    judging = timed(lambda: assessing.assess(case_id))
    Case.objects.filter(pk=case_id).update(stage=Stage.EXECUTION)
    case = Case.objects.get(pk=case_id)

    def work() -> None:
        with transaction.atomic():
            erasable.begin(case)
        assert erasing.work(case) is None

    taken = timed(work)
    assert sum(Action.objects.filter(case=case).values_list("done", flat=True)) == rows
    return judging, taken


def _erase_floor(rows: int) -> float:
    number = next(numbers)
    with crm() as connection:
        customer = world.add_customer(connection, number)
        world.fill_table(connection, customer, number * 10_000_000, rows)
        keys = [
            row[0] for row in connection.execute("SELECT id FROM traffic WHERE customer_no = %s", [customer])
        ]

        def work() -> None:
            for query in ("SELECT count(*) FROM", "DELETE FROM", "SELECT count(*) FROM"):
                connection.execute(f"{query} traffic WHERE id = ANY(%s)", [keys])

        return timed(work)
