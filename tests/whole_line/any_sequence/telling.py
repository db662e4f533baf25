"""A story told step by step: what Celery, the staff and the systems do in the product, a call does here."""

import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import connection, transaction

from cases.assessment import assessing
from cases.assessment import over_retained as comparing
from cases.casework.workflow import Refusal
from cases.collection import gathering
from cases.execution.amendments import lifting, meanwhile
from cases.execution.erasure import expiry, over_retained, second_pass
from cases.execution.objections import probing, suppressing
from cases.identity import matching
from cases.models import Case, Operator, Order, Restriction, RuleExtension
from cases.orders import extensions
from cases.orders.cleared import assess_cleared
from cases.orders.court_orders import end_order, register_order
from connectors.contract.base import SourceError
from exports import delivery, retention
from exports.answer import building
from exports.notices import annex
from exports.notices.lifting import lift_restriction
from tests.cases.orders.uncleared import Views, all_of, glanced_at, undrawn
from tests.operators.by_hand import carry_out
from tests.operators.line import Staff, approve, decide
from tests.operators.sealed import changed
from tests.whole_line.any_sequence.stories import MAILS, SECRET, START, Step, Story
from tests.whole_line.any_sequence.visits import Visits

NUMBERS = """
    SELECT quote_ident(sequencename), coalesce(last_value, start_value), last_value IS NOT NULL
    FROM pg_sequences WHERE schemaname = 'public'
"""
MOST_TURNS = 12  # of a case between matching and collection


class Clock:
    """What `timezone.now` says, and the database where it dates the record."""

    moment = START

    def __call__(self) -> datetime:
        return self.moment

    def move(self, moment: datetime) -> None:
        self.moment = moment
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('story.moment', %s, true)", [moment.isoformat()])

    @property
    def day(self) -> date:
        return self.moment.date()


@dataclass
class Telling:
    """One telling of a story: with what is secret in it, or without. Its verbs are those of the steps."""

    secret: bool
    tidy: bool
    crm: sqlite3.Connection
    operator: Operator
    staff: Staff
    ask_for: Callable[..., Case]
    away: Callable[[bool], None]
    clock: Clock
    token: str
    dice: Random
    cases: list[Case] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)

    def take(self, step: Step) -> str:
        """What came of the step, as whoever took it was told. Some time has passed since the one before."""
        self.clock.move(self.clock.moment + timedelta(seconds=1))
        if step.verb in SECRET and not self.secret:
            return ""
        try:
            getattr(self, step.verb)(**step.given)
        except (Refusal, PermissionDenied, ObjectDoesNotExist, SourceError, ValueError) as why:
            return "" if step.verb in SECRET else f"{type(why).__name__}: {why}"
        return ""

    # ---------------------------------------------------------------- what everybody may know of

    def ask(self, right: str, who: str) -> None:
        case = self.ask_for(right, MAILS[who])
        self.cases.append(case)
        self._gather(case)

    def again(self) -> None:
        erased = next((case for case in reversed(self._fresh()) if case.right == "erasure"), None)
        if erased:
            case = second_pass.start(erased, by=self.staff("caseworker"))
            self.cases += [case] if case not in self.cases else []
            self._gather(case)

    def finish(self) -> None:
        """The case that waits longest, as far as it goes."""
        case = next((case for case in self._fresh() if not case.is_closed), None)
        if case is None:
            return
        self._gather(case)
        if case.stage == "decisions":
            decide(case, self.staff("caseworker"))
            approve(case, self.staff)
        carry_out(case, self.staff("caseworker"))
        building.write_receipt(case.pk)
        delivery.deliver(case.pk)

    def lift(self) -> None:
        restricted = Restriction.objects.filter(announced_at=None).order_by("pk").first()
        if restricted:
            on = self.clock.day + timedelta(days=1)
            lift_restriction(restricted.case, on=on, reason="It is settled.", by=self.staff("caseworker"))

    def days(self, days: int) -> None:
        self.clock.move(self.clock.moment + timedelta(days=days))
        self._beat()

    def silence(self, days: int) -> None:
        """The same while the source is away, and the day after that it is back."""
        self.away(True)
        self.days(days)
        self.away(False)
        self.days(1)

    def returns(self, who: str, at: str) -> None:
        """A customer again, about whom there is something new."""
        name, number = who, int(self.clock.moment.timestamp()) // 86400 % 10000 + 1000
        self.crm.execute(
            "INSERT OR IGNORE INTO customer VALUES (?, 'Back Again', 'Lillgatan 2', ?, 3, NULL, 1, 0)",
            (name, MAILS[who]),
        )
        self.crm.execute(
            "INSERT OR IGNORE INTO retained VALUES (?, ?, 'internet', ?, NULL, 0)", (number, who, at)
        )
        self.crm.execute(
            "INSERT OR IGNORE INTO note VALUES (?, ?, ?, 'Wrote again.')", (number, who, at[:10])
        )

    def hands(self) -> None:
        """The number passes on to Anna."""
        now = self.clock.moment.strftime("%F %T")
        self.crm.execute("UPDATE subscription SET valid_to = ? WHERE id = 1 AND valid_to IS NULL", (now,))
        self.crm.execute(
            "INSERT OR IGNORE INTO subscription SELECT 2, 'C1', msisdn, ?, NULL FROM subscription WHERE id = 1",
            (now,),
        )

    def wider(self) -> None:
        """Officers extend the rule: everybody who knows of orders knows that, and no letter tells of whom."""
        one = RuleExtension.objects.first()
        if one is None:
            extensions.propose(
                self.operator, rule_id="SE-LEK-ORDER", category="correspondence", by=self.staff("legal")
            )
        elif one.confirmed_at is None:
            extensions.confirm(one, by=self.staff("cleared"))

    # ---------------------------------------------------------------- what only cleared officers do

    def order(self, kind: str, value: str, categories: list[str], days: int) -> None:
        self.orders.append(
            register_order(
                self.operator,
                by=self.staff("cleared"),
                rule="SE-LEK-ORDER",
                kind=kind,
                value=value,
                categories=categories,
                court="Polisen",
                court_case="K 1-26",
                days=days,
                decided_on=self.clock.day - timedelta(days=3),
            )
        )
        self.kept |= {value} if value in MAILS else set(MAILS)

    def arrives(self) -> None:
        """A row comes that an authority has had kept, of a kind that nobody else is to know of."""
        number, at = int(self.clock.moment.timestamp()) // 86400 % 10000 + 20_000, self.clock.moment
        self.crm.execute(
            "INSERT OR IGNORE INTO retained VALUES (?, 'C2', 'targeted', ?, 'A-9', 0)",
            (number, f"{at:%F %T}"),
        )

    def release(self) -> None:
        if self.orders:
            end_order(self.orders[-1], because="done", by=self.staff("cleared"))

    def extend(self) -> None:
        for order in self.orders:
            changed(order, extended_days=90)

    def look(self) -> None:
        for case in self._fresh():
            assess_cleared(case, by=self.staff("cleared"))
            annex.read_annex(case, language="en", by=self.staff("cleared"))
        for one in over_retained.tasks_for(self.staff("cleared")):
            over_retained.erase(one, by=self.staff("cleared"))

    # ----------------------------------------------------------------

    @contextmanager
    def for_a_while(self) -> Iterator[None]:
        """What happens here is undone: in the database, in the systems, in the vault, and of what is drawn."""
        systems, dice = sqlite3.connect(":memory:"), self.dice.getstate()
        self.crm.backup(systems)
        before = (self.clock.moment, list(self.cases), list(self.orders), set(self.kept))
        with kept_aside(Path(settings.VAULT)), counting_on(), transaction.atomic():
            yield
            transaction.set_rollback(True)
        systems.backup(self.crm)
        self.dice.setstate(dice)
        moment, self.cases, self.orders, self.kept = before
        self._fresh()
        self.clock.move(moment)

    def _fresh(self) -> list[Case]:
        for case in self.cases:
            case.refresh_from_db()
        return self.cases

    def _gather(self, case: Case) -> None:
        """Everything the workers do before a person is needed."""
        for _ in range(MOST_TURNS):
            matching.match(case.pk)
            suppressing.take_interim_measure(case.pk)
            meanwhile.take(case.pk)
            gathering.collect(case.pk)
            for run in case.runs.filter(status__in=gathering.WORKABLE).order_by("pk"):
                gathering.collect_page(run.pk)
            case.refresh_from_db()
            if case.stage not in ("matching", "collection"):
                break
        assessing.assess(case.pk)
        comparing.compare(case.pk)
        meanwhile.take(case.pk)
        case.refresh_from_db()

    def _beat(self) -> None:
        """What the clock sets going, and what the source itself erases: not what an order keeps."""
        if self.tidy:
            old = (self.clock.moment - timedelta(days=310)).strftime("%F %T")
            for who in MAILS.keys() - self.kept:
                self.crm.execute(
                    "DELETE FROM retained WHERE kind = 'internet' AND at < ? AND customer_no = ?", (old, who)
                )
        expiry.erase_due()
        meanwhile.end_over()
        lifting.lift_due()
        probing.probe()
        retention.purge()


@contextmanager
def kept_aside(folder: Path) -> Iterator[None]:
    """The files of a folder as they are now, whatever becomes of them meanwhile."""
    with TemporaryDirectory() as aside:
        shutil.copytree(folder, Path(aside) / "kept")
        yield
        shutil.rmtree(folder)
        shutil.copytree(Path(aside) / "kept", folder)


@contextmanager
def counting_on(start: int | None = None) -> Iterator[None]:
    """Numbers of rows go on from where they were, which no rollback does; or begin at ``start`` meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS)
        before = cursor.fetchall()
        if start is not None:
            cursor.executemany("SELECT setval(%s, %s)", [(name, start) for name, *_rest in before])
        try:
            yield
        finally:
            cursor.executemany("SELECT setval(%s, %s, %s)", before)


@contextmanager
def logged() -> Iterator[list[str]]:
    """What every logger of the process says meanwhile, without the time of day."""
    lines = list[str]()

    class Heard(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said: object = record.msg
            if isinstance(said, dict):
                said = {name: value for name, value in said.items() if name != "timestamp"}
            lines.append(
                f"{record.levelname} {record.name} {said} {record.args} {record.exc_info and record.exc_info[0]}"
            )

    root, handler = logging.getLogger(), Heard()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def told(story: Story, telling: Telling) -> Iterator[Views]:
    """What can be seen after each step at a glance, and where it ends of all pages a share."""
    telling.crm.executescript(story.rows + (story.secret_rows if telling.secret else ""))
    with logged() as lines:
        for step in story.steps:
            yield _taken(step, telling, lines)
        for place, ending in enumerate(story.endings):
            with telling.for_a_while():
                for step in ending:
                    yield _taken(step, telling, lines, f"ending {place}: ")
                number = None if story.number is None else story.number + place
                yield _named(f"ending {place}: ", seen(telling, number)) | {"log": undrawn("\n".join(lines))}


def _taken(step: Step, telling: Telling, lines: list[str], where: str = "") -> Views:
    said = telling.take(step)
    glance = {"said": said, "log": undrawn("\n".join(lines))} | glanced_at(telling.cases)
    return _named(f"{where}{step}: ", glance)


def _named(where: str, views: Views) -> Views:
    return {where + name: text for name, text in views.items()}


def seen(telling: Telling, number: int | None) -> Views:
    """What is told of each case to whom it is about and to systems, and a share of all pages."""
    given = telling.cases, telling.staff, telling.token
    if number is None:
        return all_of(*given, whole=True)
    return all_of(*given, whole=number % 4 == 0) | Visits(telling.operator, *given).share(number)
