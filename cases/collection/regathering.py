"""What was gathered and can no longer be read is gathered again, and the case decided anew."""

from django.db import transaction

from cases.casework import audit
from cases.casework.workflow import NEXT, advance, block, lock
from cases.identity.stepping_up.going_on import plans_dropped
from cases.models.case import Stage
from cases.rows import chunks

DAMAGED = "gathered-damaged"


@transaction.atomic
def gather_again(case_id: int, damaged: chunks.Damaged) -> None:
    """Send the case back for the rows of one run whose sealed file is missing or damaged. Safe to repeat.

    Once erasing has begun the sources no longer hold everything: then the case says what is wrong, and goes on by
    itself when the file is back in its place.
    """
    case = lock(case_id)
    run = case.runs.select_for_update().filter(pk=damaged.run_id).first()
    if run is None:
        return
    if Stage.MATCHING not in NEXT[Stage(case.stage)] or not plans_dropped(case):
        block(case, DAMAGED)
        return
    place = {"source": run.source, "collection": run.collection}
    audit.record(case, "run.failed", by=audit.SYSTEM, error=DAMAGED, **place)
    # `collect` makes it anew, from the first page.
    run.delete()
    advance(case, Stage.MATCHING, by=audit.SYSTEM, reason=DAMAGED)
