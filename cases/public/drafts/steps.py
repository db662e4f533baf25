"""The pages of the form, in their order, and how far a request has come on them."""

from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.casework.operators import register_of
from cases.models import Operator
from cases.public.drafts.draft import Draft
from cases.public.for_another import AskerForm, PersonForm
from cases.public.forms import Asking, FindingForm, RightsForm, StandingForm, StepForm, StopForm
from cases.public.more import MoreForm
from cases.request.receivers import receivers_of
from cases.web.fields import Words


@dataclass(frozen=True)
class Step:
    key: str
    title: Words
    form: type[StepForm]


RIGHTS = Step("rights", _("What do you want us to do?"), RightsForm)
STANDING = Step("you", _("Who are you?"), StandingForm)
MORE = Step("more", _("Anything to add?"), MoreForm)
OWN = (RIGHTS, STANDING, Step("find", _("How do we find you?"), FindingForm), MORE)
# About two people: the one whose data it is, and apart from that whoever asks.
FOR_ANOTHER = (
    RIGHTS,
    STANDING,
    Step("person", _("Who do you ask for?"), PersonForm),
    Step("asker", _("And who are you?"), AskerForm),
    MORE,
)
# Nothing but no more marketing: whom to find, and it is sent (Article 21(2) and (3): no reason, no proof beforehand).
STOP = Step("stop", _("Whom should we stop writing to?"), StopForm)
SHORT = (RIGHTS, STOP)
FORMS = {step.key: step.form for step in (*OWN, *FOR_ANOTHER, *SHORT)}


def steps_of(draft: Draft) -> tuple[Step, ...]:
    if draft.is_short:
        return SHORT
    return FOR_ANOTHER if draft.for_another else OWN


def asking_of(operator: Operator, draft: Draft) -> Asking:
    receivers = {key: one.name for key, one in receivers_of(operator.pk).items()}
    return Asking(register_of(operator), get_language() or "en", draft.answers, receivers)


def answered(operator: Operator, draft: Draft) -> int:
    """How many steps, from the first on, have answers that stand."""
    for number, step in enumerate(steps_of(draft)):
        answers = draft.steps.get(step.key)
        # Checked and not believed: what an earlier page asks may have been changed since.
        if answers is None or not step.form(answers, asking=asking_of(operator, draft)).is_valid():
            return number
    return len(steps_of(draft))
