"""Accepting what the law proposes, or changing it with a reason."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from cases.assessment import deciding
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, require
from cases.casework.refusal_words import MESSAGES
from cases.desk.case import panels
from cases.desk.forms import ChangeForm
from cases.desk.scope import DeskRequest, attempt, case_action, find_case, permissions_of, staff
from cases.law import verdicts
from cases.models import Case, Decision, Run
from cases.models.case import Right


@dataclass(frozen=True)
class ShownDecision:
    """A decision; `fixed`: why this reader can't decide otherwise, "" where the law leaves room for it.

    `settles`: whether this reader accepts or changes it; `waits_for`: who does, where the law names a lawyer who this
    reader is not; `in_part`: whether a source may not hand over the rest of the category; `looks`: whether it is still
    to be looked at by itself, and `runs`: what was gathered that this is to be seen in.
    """

    decision: Decision
    fixed: str
    goes_on: bool = False
    in_part: bool = False
    settles: bool = False
    waits_for: str = ""
    looks: bool = False
    runs: tuple[Run, ...] = ()


# Whom the law gives no choice: what these two requests don't reach goes on, for one reason each.
GOES_ON = {
    Right.MARKETING_OBJECTION: _lazy("they are no direct marketing"),
    Right.CONSENT_WITHDRAWAL: _lazy("they don't rest on consent alone"),
}


def decisions_of(case: Case, can: frozenset[Permission]) -> list[ShownDecision]:
    """The decisions of a case, those that change something first."""
    legal_officer = Permission.OVERRIDE_HOLDS in can
    runs = list(case.runs.all())
    left_out = {run.category for run in runs if run.status == Run.Status.LEFT_OUT}
    shown = [
        replace(
            _shown(case, one, legal_officer, left_out),
            settles=deciding.settles(one, can),
            waits_for=_waits_for(one, can),
            looks=one.status == Decision.Status.PROPOSED and deciding.needs_a_look(one),
            runs=_readable(case, one.subject, runs, can),
        )
        for one in case.decisions.all()
    ]
    return sorted(shown, key=lambda one: one.goes_on)


def _readable(case: Case, category: str, runs: list[Run], can: frozenset[Permission]) -> tuple[Run, ...]:
    """What was gathered of a category, where this reader may look into the rows."""
    found = tuple(run for run in runs if run.category == category and run.rows)
    cleared = Permission.SEE_SECRET in can
    return found if found and panels.may_read_rows(register_of_case(case), category, cleared=cleared) else ()


def going_on(case: Case, shown: list[ShownDecision]) -> dict[str, Any]:
    """What the page folds into one line: the uses this request doesn't reach, and the reason they share.

    `to_look_at`: those that somebody has to take one by one; `reached`: the other decisions, which stand in the open.
    """
    return {
        "to_look_at": [one for one in shown if one.looks],
        "reached": [one for one in shown if not one.goes_on and not one.looks],
        "going_on": [one for one in shown if one.goes_on and not one.looks],
        "goes_on_because": GOES_ON.get(Right(case.right), ""),
    }


def _shown(case: Case, decision: Decision, legal_officer: bool, left_out: set[str]) -> ShownDecision:
    if decision.proposed == decision.outcome == "continue" and case.right in GOES_ON:
        reason = _("This request doesn't reach this use: it goes on.")
        return ShownDecision(decision, reason, goes_on=True)
    in_part = decision.subject in left_out and decision.proposed != verdicts.LEFT_OUT
    fixed = _fixed(deciding.fixed_by(case, decision, legal_officer=legal_officer))
    return ShownDecision(decision, fixed, in_part=in_part)


def _waits_for(decision: Decision, can: frozenset[Permission]) -> str:
    its_own = deciding.settles(decision, can) or not deciding.for_a_lawyer(decision)
    return "" if its_own else _fixed(f"{deciding.settled_by(decision)}-confirms")


def _fixed(code: str) -> str:
    return str(MESSAGES[code]) if code else ""


@case_action(Permission.WORK_CASES, section="decisions")
def accept_all(request: DeskRequest, case: Case) -> str:
    deciding.confirm_all(case, by=request.user)
    left = deciding.open_decisions(case)
    if left and all(map(deciding.for_a_lawyer, left)):
        return _("Accepted. What is left is for a lawyer.")
    if left:
        words = ngettext(
            "Accepted. %(count)s decision is left that has to be looked at.",
            "Accepted. %(count)s decisions are left that have to be looked at, one by one.",
            len(left),
        )
        return words % {"count": len(left)}
    return _("All decisions are accepted.")


# Whose it is to accept, the decision itself says.
@case_action(Permission.SEE_CASES, section="decisions")
def accept(request: DeskRequest, case: Case, pk: int) -> str:
    deciding.confirm(get_object_or_404(case.decisions, pk=pk), by=request.user)
    return _("Accepted.")


@case_action(Permission.SEE_CASES, section="decisions")
def take_over(request: DeskRequest, case: Case, pk: int) -> str:
    deciding.take_over(get_object_or_404(case.decisions, pk=pk), by=request.user)
    return _("Taken over, with the reason given then.")


@case_action(Permission.WORK_CASES, section="decisions")
def judge_again(request: DeskRequest, case: Case) -> str:
    deciding.judge_again(case, by=request.user)
    return _("The rows are judged again. What is proposed as before stays decided.")


@require_http_methods(["GET", "POST"])
@staff
def change(request: DeskRequest, reference: str, pk: int) -> HttpResponseBase:
    """The page on which a caseworker decides otherwise, and says why."""
    case = find_case(request.user, reference)
    decision = get_object_or_404(case.decisions, pk=pk)
    can = permissions_of(request.user, case.operator_id)
    if not deciding.settles(decision, can):
        require(request.user, case.operator_id, Permission.WORK_CASES)
    if waits_for := _waits_for(decision, can):
        messages.error(request, waits_for)
        return redirect(f"{case.get_absolute_url()}#decisions")
    legal_officer = Permission.OVERRIDE_HOLDS in can
    if fixed := deciding.fixed_by(case, decision, legal_officer=legal_officer):
        messages.error(request, _fixed(fixed))
        return redirect(f"{case.get_absolute_url()}#decisions")
    form = ChangeForm(request.POST or None, right=case.right, initial={"outcome": decision.outcome})
    if form.is_valid() and attempt(request, lambda: _override(request, decision, form)):
        return redirect(f"{case.get_absolute_url()}#decisions")
    cleared = Permission.SEE_SECRET in can
    findings = [
        finding
        for finding in panels.findings_of(case, cleared=cleared)
        if finding.run.category == decision.subject
    ]
    context = {
        "case": case,
        "decision": decision,
        "register": register_of_case(case),
        "form": form,
        "findings": findings,
    }
    return render(request, "desk/change.html", context, status=422 if form.errors else 200)


def _override(request: DeskRequest, decision: Decision, form: ChangeForm) -> str:
    chosen = form.cleaned_data
    deciding.override(decision, outcome=chosen["outcome"], reason=chosen["reason"], by=request.user)
    return _("Changed. Your reason stands with the decision.")
