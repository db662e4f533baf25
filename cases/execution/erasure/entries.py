"""Entries of the schedule, those kept in the open and those kept in secret: found, written, ended."""

from datetime import date

from django.db import transaction

from cases.execution.erasure.due import latest, perhaps_due
from cases.execution.erasure.schedule import secret_entries, secret_file
from cases.models import Operator, ScheduledErasure
from cases.models.secrecy import Kind
from cases.sealed import leftovers, secrets

# Whether it is kept in secret, and its number.
Which = tuple[bool, int]


def in_turn(on: date | None) -> list[Which]:
    """All that are perhaps due, by their last day; what has none comes last."""
    opens = perhaps_due(ScheduledErasure.objects.all(), on).values_list("until", "pk")
    every = secrets.every(ScheduledErasure, Kind.ERASURE, Operator.objects.values_list("pk", flat=True))
    secretly = (one for one in every if one.until is None or one.until < latest(on))
    found = [(until or date.max, False, pk) for until, pk in opens]
    found += [(one.until or date.max, True, one.pk) for one in secretly]
    return [(secret, pk) for _until, secret, pk in sorted(found)]


def find(which: Which, *, lock: bool = False) -> ScheduledErasure | None:
    """The entry, unless it has been erased. ``lock``: nobody else changes it before this transaction ends."""
    secret, pk = which
    if secret:
        return secrets.one(ScheduledErasure, Kind.ERASURE, pk, lock=lock)
    rows = ScheduledErasure.objects.select_related("case__operator", "case__register")
    rows = rows.select_for_update(of=("self",)) if lock else rows
    return rows.filter(pk=pk, erased_at=None).first()


@transaction.atomic
def write(one: ScheduledErasure, **values: object) -> None:
    """Note this, unless the entry is gone."""
    for name, value in values.items():
        setattr(one, name, value)
    if one.secret:
        secrets.change(one)
    else:
        ScheduledErasure.objects.filter(pk=one.pk).update(**values)


def end_secretly(one: ScheduledErasure) -> None:
    """Nothing is left of it but the entry in the cleared stream; the file goes with the last that lies in it."""
    secrets.drop(one)
    if all(other.name != one.name for other in secret_entries(one.case)):
        file = secret_file(one.name)
        # Nothing open may tell of it, so nothing comes back for one that does not go but `manage.py vault_check`.
        transaction.on_commit(lambda: leftovers.end(file))
