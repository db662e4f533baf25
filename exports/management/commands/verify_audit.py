"""Recompute every audit chain, hold it against what it speaks of and, with --anchors, against its anchors outside."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.casework import audit
from cases.casework.record import agreeing, comparing
from cases.casework.record.anchoring import AWAY
from cases.models import AuditEntry
from cases.sealed import orders_key
from exports.record import agreeing as answers

MOST = 50


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Command(BaseCommand):
    help = (
        "Verify the audit chains, and that what they tell of is there. Status 1 and every fault, the first 50, if "
        "something was touched."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchors", action="store_true", help="compare with the checkpoints at DSAR_ANCHORS too"
        )
        parser.add_argument(
            "--since", type=_day, metavar="DATE", help="with --anchors: from this day on, 2026-01-31"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        faults = list(islice(self._faults(**options), MOST))
        if faults:
            raise CommandError("\n".join(faults))
        if not orders_key.is_at_hand() and (unread := sum(1 for _ in audit.unread())):
            self.stdout.write(f"{unread} entries are sealed and were not read: {orders_key.NotCleared()}")
        compared = ", as their anchors say" if options["anchors"] else ""
        self.stdout.write(f"{AuditEntry.objects.count()} entries, all chains whole{compared}")

    def _faults(self, *, anchors: bool, since: datetime | None, **_: Any) -> Iterator[str]:
        yield from map(str, audit.breaks())
        if orders_key.is_at_hand():
            for entry in audit.unread():
                yield f"{entry.operator}/{entry.stream} entry {entry.number}: sealed with a key that is not this desk's"
        yield from map(str, agreeing.apart())
        yield from map(str, answers.apart())
        if anchors:
            yield from self._against_anchors(since)

    def _against_anchors(self, since: datetime | None) -> Iterator[str]:
        try:
            for one in comparing.differences(since):
                if one.told:
                    self.stdout.write(one.sentence)
                else:
                    yield one.sentence
        except AWAY as error:
            yield f"the anchors can't be read: {type(error).__name__}; look at DSAR_ANCHORS"
