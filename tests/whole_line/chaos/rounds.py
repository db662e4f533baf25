"""Rounds: some people ask for access and erasure at once, in bad weather; afterwards everything has to be true."""

import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
import redis
from django.db import DatabaseError, close_old_connections

from cases.casework.workflow import Refusal
from cases.models import Case, OutgoingMail
from tests.whole_line.chaos import living, proof
from tests.whole_line.chaos import people as people_of
from tests.whole_line.chaos.living import Customer, Life
from tests.whole_line.chaos.weather import Weather
from tests.whole_line.chaos.world import World

# Seconds of no case moving at all: a lost message costs a minute, and the weather may take several in a row.
PATIENCE = 300.0


@dataclass
class Asked:
    """A person's request, and its cases as they were last looked at."""

    customer: Customer
    key: UUID
    cases: dict[str, Case] = field(default_factory=dict)


class Rounds:
    """Plays rounds and counts what they did."""

    def __init__(self, world: World, seed: int, sizes: tuple[int, ...]) -> None:
        self.world, self.seed, self.sizes = world, seed, sizes
        self.weather = Weather(seed, world)
        self.again: Counter[str] = Counter()
        self.struck: Counter[str] = Counter()
        self.rows = self.cases = 0
        with world.crm() as crm:
            crm.execute(living.TABLES)
        self.bystander = living.move_in(world, living.BYSTANDER, 900_000, 5_000)
        self.untouched = proof.bystander(world, self.bystander)

    def play(self, number: int) -> None:
        customers = [
            living.move_in(self.world, f"c{number}-{each}", number * 10 + each, rows)
            for each, rows in enumerate(self.sizes)
        ]
        life = Life(self.world, customers, self.seed + number)
        self._mood(0.07, 0.2)
        life.start()
        self.weather.gather()
        try:
            asked = self._storm({customer.number: Asked(customer, uuid4()) for customer in customers})
        finally:
            life.stop()
        self._mood(0, 0)
        for one in asked:
            fresh = {right: Case.objects.get(pk=case.pk) for right, case in one.cases.items()}
            self.rows += proof.check_customer(self.world, one.customer, fresh)
            self.cases += len(fresh)
        proof.check_everything()
        if (now := proof.bystander(self.world, self.bystander)) != self.untouched:
            raise AssertionError(f"a bystander's rows changed: {now}")

    def counts(self) -> dict[str, Any]:
        """Everything that was done to it, by kind."""
        return {
            "cases": self.cases,
            "rows compared": self.rows,
            "faults": dict(self.weather.counts),
            "source faults": self.world.web.get("/truth/counts").json(),
            "mail refused": self.world.mailbox.refused,
            "mails": len(self.world.mailbox.arrived),
            "struck while at": dict(self.struck),
            "tried again by hand": dict(self.again),
        }

    def _mood(self, web: float, mail: float) -> None:
        self.world.web.put("/truth/mood", json=web).raise_for_status()
        self.world.mailbox.mood = mail

    def _storm(self, people: dict[str, Asked]) -> list[Asked]:
        """Until every case is closed and every mail gone."""
        stages: dict[int, str] = {}
        end = time.monotonic() + PATIENCE
        while True:
            with suppress(DatabaseError, OSError, redis.RedisError, psycopg.Error):
                close_old_connections()
                now = self._stages(people)
                moved = {stage for pk, stage in now.items() if stages.get(pk) != stage}
                if moved:
                    stages, end = now, time.monotonic() + PATIENCE
                if len(now) == 2 * len(people) and set(now.values()) == {"closed"} and not _mail_waits():
                    return list(people.values())
                self._strike(moved, set(now.values()) - {"closed"})
                self._work(people, now)
            if time.monotonic() > end:
                raise AssertionError(f"stuck: {stuck(list(stages))}")
            time.sleep(0.05)

    def _stages(self, people: dict[str, Asked]) -> dict[int, str]:
        """Where the cases stand; who has not been heard yet asks now."""
        for one in people.values():
            if {case.stage for case in one.cases.values()} <= {"verification"}:
                one.cases = people_of.ask(one.key, one.customer.email, self.world.mailbox)
        cases = [case.pk for one in people.values() for case in one.cases.values()]
        return dict(Case.objects.filter(pk__in=cases).values_list("pk", "stage"))

    def _strike(self, moved: set[str], stages: set[str]) -> None:
        before = self.weather.counts.total()
        self.weather.pass_on(moved)
        if self.weather.counts.total() > before:
            self.struck.update(stages)

    def _work(self, people: dict[str, Asked], stages: dict[int, str]) -> None:
        for case in Case.objects.filter(pk__in=stages).exclude(stage="closed"):
            with suppress(Refusal):
                people_of.work(case, self.again)


def _mail_waits() -> bool:
    return OutgoingMail.objects.filter(sent_at=None).exists()


def stuck(cases: list[int]) -> list[Any]:
    """Where everything stands that does not move."""
    close_old_connections()
    found: list[Any] = list(
        OutgoingMail.objects.filter(sent_at=None).values("kind", "attempts", "next_try_at")
    )
    for case in Case.objects.filter(pk__in=cases).exclude(stage="closed"):
        runs = list(
            case.runs.values("collection", "status", "attempts", "error", "touched_at", "next_try_at")
        )
        doing = list(case.actions.values("collection", "status", "attempts", "error", "next_try_at"))
        found.append((case.right, case.stage, case.blocked_by, case.kicked_at, runs, doing))
    return found
