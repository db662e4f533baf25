"""How the operators' systems are: each is asked every quarter of an hour whether it can be read as described."""

from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from cases.casework import audit
from cases.models import Operator, SourceHealth
from cases.sources import places
from cases.sources.configured import connector_of, described
from connectors.contract.base import SourceError
from connectors.description.config import ManualSource
from connectors.description.tomlfile import ConfigError

# A little less than beat's interval, so that a task that runs twice asks once.
FRESH = timedelta(minutes=10)


@transaction.atomic
def check(operator: Operator, source: str) -> SourceHealth | None:
    """Ask one source now and write down what it says. None where every place at it is taken: it is being read."""
    if not places.claim(operator.pk, source):
        return None
    # The place is given back by the commit, so nobody can take it before.
    transaction.on_commit(partial(places.wake_next, operator.pk, source))
    return _note(operator, source, _error(operator.pk, source))


def _error(operator: str, source: str) -> str:
    try:
        connector_of(operator, source).check()
    except SourceError as error:
        return _plain(error)
    return ""


def _plain(error: SourceError) -> str:
    """What can be written down: a configured name might hold a character that PostgreSQL does not take."""
    return str(error).replace("\0", "")[:300]


def _note(operator: Operator, source: str, error: str) -> SourceHealth:
    now = timezone.now()
    SourceHealth.objects.get_or_create(operator=operator, source=source, defaults={"checked_at": now})
    # Two checks at once would both tell of the change.
    health = SourceHealth.objects.select_for_update().get(operator=operator, source=source)
    # A change alone is told: a source that is away all night is one entry.
    if bool(error) != bool(health.error):
        action = "source.failing" if error else "source.well"
        audit.record(operator, action, by=audit.SYSTEM, source=source, error=error)
        health.failing_since = now if error else None
    health.checked_at, health.error = now, error
    health.save()
    return health


def check_all() -> int:
    """Ask every source that has not been asked lately. Returns how many do not answer as they should."""
    failing = 0
    for operator in Operator.objects.filter(is_active=True):
        asked = set(
            SourceHealth.objects.filter(operator=operator, checked_at__gt=timezone.now() - FRESH).values_list(
                "source", flat=True
            )
        )
        for source in _checkable(operator.pk, asked):
            checked = check(operator, source)
            failing += bool(checked and checked.error)
    return failing


def _checkable(operator: str, asked: set[str]) -> list[str]:
    """A file with a mistake in it shows on the sources page already."""
    try:
        sources = described(operator)
    except ConfigError:
        return []
    return [one.key for one in sources if not isinstance(one, ManualSource) and one.key not in asked]
