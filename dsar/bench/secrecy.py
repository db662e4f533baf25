"""What an uncleared page and a letter are made of, read with a secret order behind the case and without one."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from statistics import median

from django.utils import timezone

from cases.assessment import assessing
from cases.collection import gathering
from cases.desk.case import panels
from cases.models import Case, Membership, Operator, Run, User
from cases.orders.cleared import assess_cleared
from cases.orders.court_orders import register_order
from dsar.bench import world
from dsar.bench.measures import crm, numbers, timed
from dsar.scratch.staff import sign_in
from exports.answer.snapshot import facts_of

# So many readings a run: one of a page takes milliseconds, one of a letter a hundred times that.
TIMES = {"findings of a case page": 50, "facts of a letter": 2}


def read(rows: int, runs: int) -> dict[str, tuple[float, float]]:
    """Median milliseconds of each reading of one case: without an order, and with one and a cleared officer's view."""
    number = next(numbers)
    case = judged(number, rows)
    readings: dict[str, Callable[[], object]] = {
        "findings of a case page": partial(panels.findings_of, case, cleared=False),
        "facts of a letter": partial(facts_of, case),
    }
    without = _milliseconds(readings, runs)
    _keep_in_secret(case, number)
    having = _milliseconds(readings, runs)
    return {name: (without[name], having[name]) for name in readings}


def judged(number: int, rows: int) -> Case:
    """A case of a new customer with so many rows, ready for decision."""
    with crm() as connection:
        customer = world.add_customer(connection, number)
        world.fill_table(connection, customer, number * 10_000_000, rows)
    case_id = world.ask(number)
    gathering.collect(case_id)
    for run in Run.objects.filter(case_id=case_id):
        while Run.objects.filter(pk=run.pk).exclude(status="done").exists():
            gathering.collect_page(run.pk)
    assessing.assess(case_id)
    return Case.objects.select_related("operator", "register", "submission").get(pk=case_id)


def _keep_in_secret(case: Case, number: int) -> None:
    officer, _made = User.objects.get_or_create(username="bench-cleared")
    Membership.objects.get_or_create(user=officer, operator_id=world.SLUG, role="cleared")
    sign_in(officer)
    register_order(
        Operator.objects.get(pk=world.SLUG),
        by=officer,
        rule="SE-LEK-ORDER",
        kind="customer_no",
        value=f"K{number}",
        decided_on=timezone.localdate() - timedelta(days=1),
        days=90,
    )
    assess_cleared(case, by=officer)


def _milliseconds(readings: dict[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """Medians of single readings, after one that warms up."""

    def work(name: str) -> None:
        for _ in range(TIMES[name]):
            readings[name]()

    for reading in readings.values():
        reading()
    return {
        name: median(timed(partial(work, name)) for _ in range(runs)) / TIMES[name] * 1000
        for name in readings
    }
