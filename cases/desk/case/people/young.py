"""A child, or somebody who has died: what the law says of the request, and what a caseworker writes down of it."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from cases.casework.permissions import Permission
from cases.casework.workflow import Refusal
from cases.desk.scope import DeskRequest, case_action, written_reason
from cases.desk.wording import words
from cases.identity.people import child, deceased
from cases.law.people.age import OF_AGE
from cases.law.reasons import say
from cases.models import Case, ChildHeard
from cases.sealed.vault import KeyDestroyed


def young(case: Case) -> dict[str, Any]:
    """What the case page shows; nothing for people of age, nor where no number tells."""
    try:
        found = child.age_of(case)
    except KeyDestroyed:
        return {}
    heard = ChildHeard.objects.filter(case=case).select_related("by").first()
    if found is None or (found.least >= OF_AGE and not heard):
        return {}
    rules = [child.rules_for(case, found)]
    if case.for_other and (two := child.rules_for(case, found, custodians=2)) not in rules:
        rules.append(two)
    return {
        "age": found,
        "age_rules": [say(one.why, words.language()) for one in rules],
        "child_heard": heard,
        "hears_child": case.blocked_by == "child-to-hear",
    }


def departed(case: Case) -> dict[str, Any]:
    """What the case page shows of somebody who died; the day can be told where somebody else asks."""
    try:
        died, reach = deceased.died_on(case), deceased.reach_of(case)
    except KeyDestroyed:
        return {}
    return {
        "died_on": died,
        "death_rule": say(reach.why, words.language(), words.day) if reach else "",
        "law_reaches": reach is not None and reach.applies,
        "notes_death": case.for_other and case.stage in deceased.BEFORE_GATHERING,
    }


@case_action(Permission.WORK_CASES, section="deceased")
def note_death(request: DeskRequest, case: Case) -> str:
    try:
        died = date.fromisoformat(request.POST.get("on", ""))
    except ValueError:
        raise Refusal("died-in-future") from None
    deceased.note_death(case, died=died, by=request.user)
    return _("Written down.")


@case_action(Permission.WORK_CASES, section="child")
def hear(request: DeskRequest, case: Case) -> str:
    child.hear(case, checked=written_reason(request), by=request.user)
    return _("Written down, with your name. The case goes on.")
