"""What was counted is kept, by the clock: what changed is written and nothing else, so that it may run at any time."""

from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from cases.counted.counting import ANSWERS, Key, counted
from cases.models import Case, Figure, Operator
from cases.models.counted.figures import Counted
from cases.models.keys import KeyUse

# Counted from days and decisions of a case, which end with its file (docs/retention.md).
OF_FILES = frozenset({Counted.ANSWERED, Counted.DAYS, Counted.TIMELY, Counted.EXTENDED, Counted.GROUND})


def roll_up() -> int:
    """The figures of every operator as its cases are now. Returns how many figures changed."""
    today = timezone.localdate()
    return sum(roll(pk, today) for pk in Operator.objects.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def roll(operator: str, today: date) -> int:
    """Those of one operator. Safe to repeat: a second run finds nothing to change."""
    # Two at once would both write what is new. Rows that point at the operator can come meanwhile.
    Operator.objects.select_for_update(no_key=True).get(pk=operator)
    found = counted(operator, today)
    kept = {
        Key(one.right, one.month, one.name, one.of): one for one in Figure.objects.filter(operator=operator)
    }
    ended = _files_ended(operator)
    for key, one in kept.items():
        if key.name in OF_FILES and ended and key.month and key.month <= ended:
            found[key] = max(found[key], one.count)
    gone = [one.pk for key, one in kept.items() if key not in found]
    Figure.objects.filter(pk__in=gone).delete()
    changed = [one for key, one in kept.items() if key in found and one.count != found[key]]
    for one in changed:
        one.count = found[Key(one.right, one.month, one.name, one.of)]
    Figure.objects.bulk_update(changed, ["count"], batch_size=500)
    new = [
        Figure(operator_id=operator, **key._asdict(), count=count)
        for key, count in found.items()
        if key not in kept
    ]
    Figure.objects.bulk_create(new, batch_size=500)
    return len(gone) + len(changed) + len(new)


def _files_ended(operator: str) -> date | None:
    """The last day on which an answered case was closed whose file has ended since: up to its month nothing that was
    counted of answers becomes less."""
    ended = Case.objects.filter(
        operator=operator, outcome__in=ANSWERS, keys__use=KeyUse.FILE, keys__wrapped=None
    )
    last = ended.aggregate(last=Max("closed_at"))["last"]
    return timezone.localtime(last).date() if last else None
