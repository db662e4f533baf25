"""The page on which a caseworker refuses one part of what was asked, by its ground and with its reason."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cases.assessment import deciding, refusing
from cases.casework.permissions import Permission, require
from cases.casework.refusal_words import MESSAGES
from cases.desk.final.page import ReasonForm, Weighed, typed, weighed
from cases.desk.scope import DeskRequest, find_case, permissions_of, staff
from cases.desk.wording import words
from cases.models import Case, Decision
from cases.registers.categories import CATEGORIES
from cases.web.fields import Radios, TextField


class RefuseForm(ReasonForm):
    """By what of the law, why it holds here, and a fee where one is asked instead."""

    ground = forms.ChoiceField(
        label=gettext_lazy("By what of the law?"),
        widget=Radios,
        error_messages={"required": gettext_lazy("Choose by what of the law.")},
    )
    fee = TextField(
        max_length=60,
        required=False,
        label=gettext_lazy("A fee instead of a refusal (what it costs us)"),
        help_text=gettext_lazy("Only for a part that is manifestly unfounded or excessive."),
    )
    field_order = ("ground", "reason", "fee")

    def __init__(self, right: str, data: Any) -> None:
        super().__init__(data)
        grounds = self.fields["ground"]
        assert isinstance(grounds, forms.ChoiceField)
        grounds.choices = [(one.value, one.label) for one in refusing.GROUNDS[right]]
        self.fields["reason"].label = _("Why does it hold here?")
        self.fields["reason"].help_text = _("The person reads this. Say nothing of anybody else.")


@require_http_methods(["GET", "POST"])
@staff
def refuse_part(request: DeskRequest, reference: str, pk: int) -> HttpResponseBase:
    """Refuse one category of a request for data or of an erasure."""
    case = find_case(request.user, reference)
    decision = get_object_or_404(case.decisions, pk=pk)
    can = permissions_of(request.user, case.operator_id)
    if not deciding.settles(decision, can):
        require(request.user, case.operator_id, Permission.WORK_CASES)
    if why := _stopped(case, decision, can):
        messages.error(request, why)
        return redirect(f"{case.get_absolute_url()}#decisions")
    said = Weighed(
        heading=_("Refuse this part"),
        follows=[
            _(
                "The letter names this part, the rule and your reason, and says how to complain and go to court."
            ),
            _("A second person reads that before it goes out. You can't be that person."),
            _("Until the answer is written you can decide otherwise."),
        ],
        submit=_("Refuse this part"),
        back=f"{case.get_absolute_url()}#decisions",
        more={"case": case, "named": CATEGORIES[decision.subject].name.get(words.language())},
    )
    form = RefuseForm(case.right, typed(request))
    return weighed(request, said, form, lambda chosen: _refuse(request, decision, chosen))


def _stopped(case: Case, decision: Decision, can: frozenset[Permission]) -> str:
    """Why this part can't be refused by this reader; "" where it can."""
    code = f"{deciding.settled_by(decision)}-confirms"
    if deciding.settles(decision, can):
        code = deciding.fixed_by(case, decision, legal_officer=Permission.OVERRIDE_HOLDS in can)
        code = code or ("" if refusing.may_be_refused(decision) else "ground-needed")
    return str(MESSAGES[code]) if code else ""


def _refuse(request: DeskRequest, decision: Decision, chosen: dict[str, Any]) -> str:
    refusing.refuse(decision, by=request.user, **chosen)
    return _("Refused. The letter gives the rule and your reason.")
