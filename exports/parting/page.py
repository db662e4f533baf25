"""The pages on which a request is split, and put together again."""

from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, require
from cases.collection import parts
from cases.desk.final.page import ReasonForm, Weighed, typed, weighed
from cases.desk.scope import DeskRequest, find_case, staff
from cases.desk.wording import words
from cases.models import Case, ClockEvent
from cases.sources.configured import source_of
from cases.web.fields import Checkboxes, Radios
from exports.parting import splitting


class SplitForm(ReasonForm):
    """What comes later, and why."""

    categories = forms.MultipleChoiceField(
        label=gettext_lazy("What comes later?"),
        widget=Checkboxes,
        error_messages={"required": gettext_lazy("Choose what comes later.")},
    )
    ground = forms.ChoiceField(
        label=gettext_lazy("What does the longer time rest on?"),
        choices=ClockEvent.Ground.choices,
        widget=Radios,
        error_messages={"required": gettext_lazy("Choose what the longer time rests on.")},
    )
    field_order = ("categories", "ground", "reason")

    def __init__(self, case: Case, data: Any) -> None:
        there = parts.parts(case)
        waits = [part.category for part in there if not part.ready]
        super().__init__(data, initial={"categories": waits})
        names = register_of_case(case).categories
        chosen = self.fields["categories"]
        assert isinstance(chosen, forms.MultipleChoiceField)
        chosen.choices = [(part.category, names[part.category].name.get(words.language())) for part in there]
        chosen.widget = Checkboxes(
            choices=chosen.choices, hints={part.category: _state(case, part) for part in there}
        )
        if parts.is_extended(case):
            del self.fields["ground"]
        self.fields["reason"].label = _("Why does it take longer, in this case?")
        self.fields["reason"].help_text = _("The person reads this, in the mail and in both letters.")


def _state(case: Case, part: parts.Part) -> str:
    names = (source_of(case.operator_id, source).name.get(words.language()) for source in part.sources)
    rows = ngettext("%(count)s row", "%(count)s rows", part.rows) % {"count": part.rows}
    state = _("ready, %(rows)s") % {"rows": rows} if part.ready else _("waits")
    return f"{', '.join(names)}: {state}"


@require_http_methods(["GET", "POST"])
@staff
def split(request: DeskRequest, reference: str) -> HttpResponseBase:
    """The page on which a caseworker sends what is ready first, and the rest later."""
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    refusal = parts.keeps_from_splitting(case)
    longer = _("The rest gets two more months, once, and the person is told why.")
    if parts.is_extended(case):
        longer = _("The rest keeps the day to which the request was extended.")
    said = Weighed(
        heading=_("Answer in two parts"),
        follows=[
            _("What is ready is decided, approved and delivered by its day, which stays as it is."),
            _("The rest is gathered again from the beginning, in a case of its own, and answered there."),
            longer,
            _("The person gets a mail and a letter that say what comes when, and how to complain."),
            _(
                "Until one of the two answers is written, and the day of the first is not over, it can be undone."
            ),
        ],
        submit=_("Split it and tell the person"),
        back=f"{case.get_absolute_url()}#clock",
        stopped=refusal.message if refusal else "",
        more={"case": case},
    )
    form = SplitForm(case, typed(request))
    return weighed(request, said, form, lambda chosen: _split(request, case, chosen))


def _split(request: DeskRequest, case: Case, chosen: dict[str, Any]) -> str:
    rest = splitting.split(case, by=request.user, **chosen)
    told = {"reference": rest.reference, "day": words.day(rest.due_on)}
    return _("The rest comes in case %(reference)s, due %(day)s.") % told


@require_http_methods(["GET", "POST"])
@staff
def put_together(request: DeskRequest, reference: str) -> HttpResponseBase:
    """The page on which the two parts of a split request become one again."""
    rest = find_case(request.user, reference)
    require(request.user, rest.operator_id, Permission.WORK_CASES)
    refusal = parts.keeps_from_putting_together(rest)
    said = Weighed(
        heading=_("One answer after all"),
        follows=[
            _(
                "This case is closed. The first one gathers its data as well, and is decided anew where it has to be."
            ),
            _("All of it is due by the day of the first part: the longer time is given up."),
            _("The person is told by mail."),
            _("It can't be split again."),
        ],
        submit=_("Put it together and tell the person"),
        back=f"{rest.get_absolute_url()}#clock",
        stopped=refusal.message if refusal else "",
        more={"case": rest},
    )
    form = ReasonForm(typed(request))
    form.fields["reason"].label = _("Why is it answered as one after all?")
    return weighed(request, said, form, lambda chosen: _together(request, rest, chosen["reason"]))


def _together(request: DeskRequest, rest: Case, reason: str) -> str:
    first = splitting.put_together(rest, reason=reason, by=request.user)
    told = {"reference": first.reference, "day": words.day(first.due_on)}
    return _("Answered as one, in case %(reference)s, due %(day)s.") % told
