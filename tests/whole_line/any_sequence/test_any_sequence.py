"""Whatever happens in whatever order, nobody without clearance can tell a story with secret orders from one without.

A few long stories here, thousands under `make soak`. That they would find a leak is proven by making one: each guard
is taken out by itself, and a story has to tell.
"""

import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from cases.casework.members import tokens
from cases.casework.signing import keys
from cases.collection import gathering
from cases.execution.erasure import later_rows
from cases.models import Case, Operator, Scope
from cases.request import receipts, references
from cases.sealed import vault
from tests.cases.orders.uncleared import Views, told_apart
from tests.operators.line import Staff
from tests.operators.scenes import Scene
from tests.whole_line.any_sequence.guards import GUARDS, Guard, everything
from tests.whole_line.any_sequence.stories import START, TALKING, Story, drawn, drawn_long
from tests.whole_line.any_sequence.telling import Clock, Telling, counting_on, told
from tests.whole_line.any_sequence.visits import APART, SHARES, TOGETHER

pytestmark = pytest.mark.django_db
SOAK = bool(os.environ.get("SOAK"))
# Four endings each; together they look at every address of the desk once.
SEEDS = range(SHARES // 4)
PARTS = [range(part, 1000, 40) for part in range(40)]
Tell = Callable[[Story], dict[str, list[str]]]
DATED = "clock_timestamp(), max(at)"


@pytest.fixture
def scene() -> Scene:
    return TALKING


@pytest.fixture
def folder_of_operator(folder_of_operator: Path) -> Path:
    """Case files are kept for a year: stories see their end."""
    with (folder_of_operator / "register.toml").open("a") as register:
        register.write("\n[settings]\ncase_file_years = 1\n")
    return folder_of_operator


@pytest.fixture
def clock(db: None, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The record is dated by the database: its function is given the story's clock, and is otherwise as it is.

    Then both tellings have the same times, and with them the same hashes, and nothing of the record need be left out
    of what is compared. The test takes it back with everything else.
    """
    (clock := Clock()).move(START)
    monkeypatch.setattr(timezone, "now", clock)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('cases_audit_record'::regproc)")
        [[function]] = cursor.fetchall()
        assert function.count(DATED) == 1
        cursor.execute(
            function.replace(DATED, "current_setting('story.moment')::timestamptz, max(NULL::timestamptz)")
        )
    return clock


@pytest.fixture
def apart(
    clock: Clock,
    crm: sqlite3.Connection,
    operator: Operator,
    staff: Staff,
    ask: Callable[..., Case],
    away: Callable[[bool], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Tell:
    """apart(story): by what others could tell it with what is secret from the same without."""
    for roles in (TOGETHER, *APART, ("cleared",)):
        staff(*roles)
    # What is drawn by chance for the first signature, and for each receipt, is no order's doing.
    keys.signer_of(operator)
    monkeypatch.setattr(receipts, "secrets", SimpleNamespace(token_hex=lambda size: "00" * size))
    token = tokens.make(staff("system", name="portal"), days=3650, scopes=Scope.values)
    monkeypatch.setattr(settings, "METRICS_TOKEN", "metrics")
    # Pages of two rows: what is split off moves where they end.
    for module in (gathering, later_rows):
        monkeypatch.setattr(module, "PAGE_ROWS", 2)
    before = sqlite3.connect(":memory:")
    crm.backup(before)

    def tell(story: Story, *, secret: bool) -> list[Views]:
        before.backup(crm)
        vault.delete_folder("cases")
        # The same references and numbers each time: a gap in them would tell as well.
        monkeypatch.setattr(references, "secrets", dice := Random(1))
        with counting_on(5000), transaction.atomic():
            clock.move(START)
            telling = Telling(
                secret=secret, tidy=story.tidy, crm=crm, operator=operator, staff=staff, ask_for=ask, away=away,
                clock=clock, token=token, dice=dice,
            )  # fmt: skip
            views = list(told(story, telling))
            transaction.set_rollback(True)
        return views

    return lambda story: told_apart(tell(story, secret=False), tell(story, secret=True))


def shortest(story: Story, tells: Callable[[Story], object]) -> Story:
    """Without the steps that it does not need to tell."""
    for number in reversed(range(len(story.steps))):
        if tells(shorter := story.without(number)):
            story = shorter
    return story


def test_every_guard_is_where_the_table_says() -> None:
    for guard, known in GUARDS.values():
        if isinstance(guard, Guard):
            guard.read()
        if isinstance(known, str):
            file, _colons, name = known.partition("::")
            assert f"def {name}(" in (Path(settings.BASE_DIR) / file).read_text()


@pytest.mark.soak
@pytest.mark.skipif(not SOAK, reason="make soak")
@pytest.mark.parametrize(
    "kept", [kept for kept, (_guard, known) in GUARDS.items() if isinstance(known, Story)]
)
def test_without_its_guard_a_story_tells(kept: str, apart: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    guard, known = GUARDS[kept]
    assert isinstance(known, Story)
    assert not apart(known)
    guard.gone(monkeypatch) if isinstance(guard, Guard) else everything(guard, monkeypatch)
    assert apart(known)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_sequence_tells_of_a_secret_order(seed: int, apart: Tell) -> None:
    _nothing_told(drawn(seed), apart)


@pytest.mark.soak
@pytest.mark.skipif(not SOAK, reason="make soak")
@pytest.mark.parametrize("seeds", PARTS, ids=lambda seeds: f"from {seeds[0]}")
def test_no_long_sequence_tells_of_a_secret_order(seeds: Sequence[int], apart: Tell) -> None:
    for seed in seeds:
        _nothing_told(drawn(seed), apart)
        _nothing_told(drawn_long(seed), apart)


def _nothing_told(story: Story, apart: Tell) -> None:
    if told := apart(story):
        # To find the shortest takes many tellings more.
        short = next((shortest(one, apart) for one in story.apart() if apart(one)), None) if SOAK else None
        pytest.fail(f"story {story.number}:\n{short or story}\n{told}")
