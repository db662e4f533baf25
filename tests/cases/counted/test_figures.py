"""What the clock rolls up is what a recount finds, case by case; a second run changes nothing. Ten thousand under
`make soak PART=figures`."""

import os
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.counted.counting import ANSWERS
from cases.counted.rolling import roll, roll_up
from cases.counted.shares import percent, percentile
from cases.models import Case, Operator, User, WrappedKey
from cases.models.counted.figures import Counted
from cases.models.keys import KeyUse
from cases.sources.loading import load_operator
from cases.tasks import roll_up as task
from tests.cases.counted.made_up import make_up
from tests.cases.counted.recount import Line, recount
from tests.operators.placed import hand_in
from tests.operators.sealed import registered, secret_orders

pytestmark = pytest.mark.django_db
CASES = 10_000 if os.environ.get("SOAK") else 300
TODAY = date(2026, 11, 18)


@pytest.fixture
def operators() -> tuple[Operator, Operator]:
    return load_operator("tele2-se")[0], load_operator("telenor-dk")[0]


def kept(operator: Operator) -> Counter[Line]:
    return Counter({(one.right, one.month, one.name, one.of): one.count for one in operator.figures.all()})


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_figures_are_what_a_recount_finds(
    operators: tuple[Operator, Operator], staff: Callable[..., User]
) -> None:
    dice, by = Random(39), staff("caseworker")
    for operator, count in zip(operators, (CASES, CASES // 10), strict=True):
        make_up(operator, count, by=by, dice=dice, today=TODAY)
        assert roll(operator.pk, TODAY) == operator.figures.count()
    for operator in operators:
        assert kept(operator) == recount(operator, TODAY)
        assert roll(operator.pk, TODAY) == 0
    here = operators[0]
    before, ids = kept(here), set(here.figures.values_list("pk", flat=True))
    some = Case.objects.filter(operator=here, pk__in=here.cases.order_by("pk").values("pk")[: CASES // 5])
    some.update(stage="decisions", outcome="", closed_at=None, blocked_by="")
    tomorrow = TODAY + timedelta(days=1)
    roll(here.pk, tomorrow)
    assert kept(here) == recount(here, tomorrow) != before
    # What stayed as it was is not written anew: a page that reads meanwhile finds no gap.
    assert len(ids & set(here.figures.values_list("pk", flat=True))) > len(ids) // 2


def test_what_was_answered_stays_counted_when_the_files_end(
    operators: tuple[Operator, Operator], staff: Callable[..., User]
) -> None:
    here = operators[0]
    make_up(here, 60, by=staff("caseworker"), dice=Random(39), today=TODAY)
    roll(here.pk, TODAY)
    before = kept(here)
    assert {"answered", "days", "timely", "extended", "ground"} <= {line[2] for line in before}
    closed = here.cases.filter(stage="closed")
    for case in closed:
        WrappedKey.objects.filter(case=case, use=KeyUse.FILE).delete()
        WrappedKey.objects.create(
            case=case, use=KeyUse.FILE, public="", wrapped=None, destroyed_at=timezone.now()
        )
        case.clock_events.all().delete()
        case.decisions.all().delete()
    roll(here.pk, TODAY)
    ended = closed.filter(outcome__in=ANSWERS).latest("closed_at").closed_at
    assert ended is not None
    # Of what is still open nothing was taken away.
    assert {line: count for line, count in before.items() if not line[1] or line[1] <= ended.date()} == {
        line: count for line, count in kept(here).items() if not line[1] or line[1] <= ended.date()
    }
    assert roll(here.pk, TODAY) == 0


def test_every_kind_of_figure_is_made_up(
    operators: tuple[Operator, Operator], staff: Callable[..., User]
) -> None:
    """Or the recount would prove nothing of it."""
    make_up(operators[0], 300, by=staff("caseworker"), dice=Random(39), today=TODAY)
    found = {(name, of) for _right, _month, name, of in recount(operators[0], TODAY)}
    assert {name for name, _of in found} == set(Counted.values)
    assert {of for name, of in found if name == "ground"} >= {
        "SE-BFL",
        "continue",
        "abuse",
        "fee",
        "correction",
        "source-law",
    }
    assert {of for name, of in found if name == "waiting"} == {
        "person",
        "approver",
        "desk",
        "owner",
        "source",
        "nobody",
    }
    assert {of for name, of in found if name == "due"} >= {"overdue", "none", "later", "2026-11-16"}


def test_the_questions_asked_do_not_grow_with_the_cases(operators: tuple[Operator, Operator]) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            task()
        return len(queries)

    roll_up()
    one = asked()
    hand_in(operators[0])
    assert asked() <= one + 2
    assert asked() == one


def test_a_secret_order_moves_nothing(
    operators: tuple[Operator, Operator], staff: Callable[..., User]
) -> None:
    here = operators[0]
    make_up(here, 50, by=staff("caseworker"), dice=Random(5), today=timezone.localdate())
    case = hand_in(here)
    claimed = case.claimed.order_by("pk").first()
    assert claimed is not None
    roll_up()
    without = kept(here)
    registered(
        here,
        rule="SE-RB27-16",
        identifier_kind=claimed.kind,
        identifier_digest=claimed.digest,
        registered_by=staff("cleared", name="eva"),
    )
    assert secret_orders(here)
    assert roll_up() == 0
    assert kept(here) == without


@pytest.mark.parametrize("share", [0.5, 0.9, 1.0])
def test_percentiles_of_counts_are_those_of_the_values(share: float) -> None:
    dice = Random(12)
    for size in (1, 2, 9, 10, 11, 400):
        values = sorted(dice.randrange(60) for _ in range(size))
        place = next(n for n in range(1, size + 1) if n >= share * size)
        assert percentile(Counter(values), share) == values[place - 1]


def test_of_nothing_there_is_no_share() -> None:
    assert percentile({}, 0.5) is None
    assert percent(0, 0) is None
    assert (percent(999, 1000), percent(7, 7)) == (99, 100)
