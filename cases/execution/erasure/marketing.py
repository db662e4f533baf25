"""Direct marketing that an erasure ends for good (Article 17(1)(c) read with Article 21(2) and (3)).

Whoever leaves and has erased what marketing used wants none of it, also when the same data are bought again one day:
the stop list is what remains. A customer whose contract goes on has not said no to marketing, and objects apart.
"""

from cases.assessment.reviews import is_abusive
from cases.assessment.situations import situation_of
from cases.casework import audit, case_clock
from cases.casework.operators import register_of_case
from cases.execution.erasure.erasable import decided, gathered
from cases.execution.objections import stoplist
from cases.execution.objections.probing import places_for
from cases.execution.objections.suppressing import suppress_at
from cases.law.holds import CONTRACT_NEEDS
from cases.law.situation import Situation
from cases.models import Case
from cases.models.case import Right


def ended(case: Case, situation: Situation) -> list[str]:
    """The channels that the erasure, as it is decided, ends; read from what everybody at the desk may see."""
    if case.right != Right.ERASURE or is_abusive(case):
        return []
    found = {(run.category, verdict) for run in gathered(case) for verdict, _one in decided(case, run)}
    kept = {category for category, verdict in found if verdict == "keep"}
    if situation.is_current_customer and kept & CONTRACT_NEEDS:
        return []
    marketing = [one for one in register_of_case(case).purposes if one.direct_marketing]
    if not any((category, "erase") in found for one in marketing for category in one.categories):
        return []
    return list(dict.fromkeys(one.stopped_by() for one in marketing))


def enlist(case: Case) -> None:
    """Enter the person, in the transaction that lets the rows go: an approval that lapses enters nobody.

    Recorded are the channels that did not stand: rows can be let go again, and the person can have objected before.
    """
    channels, standing = _ended_now(case), {one.channel for one in stoplist.stopped(case)}
    stoplist.enlist(case, channels)
    for channel in channels:
        if channel not in standing:
            audit.record(case, "stop-list.entered", by=audit.SYSTEM, stopped=channel)


def stop(case: Case) -> bool:
    """Tell every source that still markets to the person, before the first row goes. False where one is still to do it.

    What is kept, for a claim say, would be marketed to from there, and be an alarm when it is asked after. Afterwards
    a row that only a secret order keeps would be the one that is told of.
    """
    # A list, since `all` would leave off at the first that can't yet, and the others have to be told.
    told = [
        suppress_at(case, where, channel, once=True)
        for channel in _ended_now(case)
        for where in places_for(case.operator_id, channel)
    ]
    return all(told)


def _ended_now(case: Case) -> list[str]:
    return ended(case, situation_of(case, case_clock.today(case)))
