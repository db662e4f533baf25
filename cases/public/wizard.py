"""The request form: one thing a page, each a plain POST. Only the last page hands anything in."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.casework.operators import register_of
from cases.models import Operator
from cases.public.draft import Draft, discard_draft, keep_draft, open_draft
from cases.public.entry import public
from cases.public.for_another import AskerForm, PersonForm
from cases.public.forms import (
    Asking,
    FindingForm,
    MoreForm,
    RightsForm,
    StandingForm,
    StepForm,
)
from cases.public.pacing import REQUESTS, held_up, is_proof_first
from cases.public.proving.proof import remember_sent, sent_submission
from cases.public.summary import remarks, summary_of
from cases.request.asked import IntakeProblem, check
from cases.request.intake import submit
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
KEYS = frozenset(step.key for step in (*OWN, *FOR_ANOTHER))


def _steps(draft: Draft) -> tuple[Step, ...]:
    return FOR_ANOTHER if draft.for_another else OWN


def _asking(operator: Operator, draft: Draft) -> Asking:
    receivers = {key: one.name for key, one in receivers_of(operator.pk).items()}
    return Asking(register_of(operator), get_language() or "en", draft.answers, receivers)


def _answered(operator: Operator, draft: Draft) -> int:
    """How many steps, from the first on, have answers that stand."""
    for number, step in enumerate(_steps(draft)):
        answers = draft.steps.get(step.key)
        # Checked and not believed: what an earlier page asks may have been changed since.
        if answers is None or not step.form(answers, asking=_asking(operator, draft)).is_valid():
            return number
    return len(_steps(draft))


@public
def start(request: HttpRequest, operator: Operator) -> HttpResponse:  # noqa: ARG001
    """The address people are given; the form begins with its first page."""
    return redirect("public:step", operator.pk, RIGHTS.key)


@public
def step(request: HttpRequest, operator: Operator, step: str) -> HttpResponse:
    """One page of the form. Going ahead of what has been answered leads back to the first open page."""
    if step not in KEYS:
        raise Http404
    draft = open_draft(request, operator)
    steps, answered = _steps(draft), _answered(operator, draft)
    number = next((n for n, each in enumerate(steps) if each.key == step), len(steps))
    # Ahead of what has been answered, or a page that only the other kind of request has.
    if answered < number or number == len(steps):
        return redirect("public:step", operator.pk, steps[min(answered, len(steps) - 1)].key)
    chosen, asking = steps[number], _asking(operator, draft)
    if request.method != "POST":
        form = chosen.form(initial=draft.steps.get(step), asking=asking)
        return _page(request, steps, number, form)
    form = chosen.form(request.POST, asking=asking)
    if not _take(form, step, draft, operator):
        return _page(request, steps, number, form)
    keep_draft(request, operator, draft)
    return _onward(request, operator, draft, number)


def _take(form: StepForm, step: str, draft: Draft, operator: Operator) -> bool:
    """Put the answers into the draft, and what the stage says of them into the form. True if all is well."""
    # For what it leaves in cleaned_data: the stage looks at that too, so that both complaints show at once.
    form.is_valid()
    draft.steps[step] = form.cleaned_data
    for name, message in check(draft.intake(operator, get_language() or "en")).items():
        if name in form.fields and name not in form.errors:
            form.add_error(name, message)
    return not form.errors


def _onward(request: HttpRequest, operator: Operator, draft: Draft, number: int) -> HttpResponse:
    steps, answered = _steps(draft), _answered(operator, draft)
    following = answered if "change" in request.GET else min(answered, number + 1)
    if following == len(steps):
        return redirect("public:check", operator.pk)
    return redirect("public:step", operator.pk, steps[following].key)


def _page(request: HttpRequest, steps: tuple[Step, ...], number: int, form: StepForm) -> HttpResponse:
    context = {
        "form": form,
        "step": steps[number],
        "number": number + 1,
        "count": len(steps) + 1,
        "previous": steps[number - 1].key if number else None,
        "changing": "change" in request.GET,
    }
    return render(request, "public/step.html", context)


@public
def check_and_send(request: HttpRequest, operator: Operator) -> HttpResponse:
    """The last look. Sending hands the request in; sending again shows the same request."""
    draft = open_draft(request, operator)
    steps, answered = _steps(draft), _answered(operator, draft)
    if answered < len(steps):
        # Sent already: the draft is empty, and this browser has a request to prove.
        done = not draft.steps and sent_submission(request, operator)
        return (
            redirect("public:code", operator.pk)
            if done
            else redirect("public:step", operator.pk, steps[answered].key)
        )
    if request.method == "POST":
        return _send(request, operator, draft)
    context = {
        "summary": summary_of(draft, _asking(operator, draft)),
        "remarks": remarks(draft, _asking(operator, draft), timezone.localdate()),
        "number": len(steps) + 1,
        "count": len(steps) + 1,
    }
    return render(request, "public/check.html", context)


def _send(request: HttpRequest, operator: Operator, draft: Draft) -> HttpResponse:
    intake = draft.intake(operator, get_language() or "en")
    mailbox = intake.email.strip().lower()
    proof_first = is_proof_first(request, operator, mailbox=mailbox)
    if wait := held_up(request, operator, REQUESTS, mailbox=mailbox):
        messages.warning(request, wait)
        return redirect("public:check", operator.pk)
    try:
        submission = submit(intake, proof_first=proof_first)
    except IntakeProblem as problem:
        return _sent_back(request, operator, draft, problem.errors)
    discard_draft(request, operator)
    remember_sent(request, submission)
    return redirect("public:code", operator.pk)


def _sent_back(
    request: HttpRequest, operator: Operator, draft: Draft, errors: dict[str, str]
) -> HttpResponse:
    """Show the first page that has a complaint; one about no field of ours goes on top of the first page."""
    steps, asking = _steps(draft), _asking(operator, draft)
    forms = [step.form(draft.steps[step.key], asking=asking) for step in steps]
    number = next((n for n, form in enumerate(forms) if form.fields.keys() & errors.keys()), 0)
    form = forms[number]
    mine = {name: text for name, text in errors.items() if name in form.fields}
    for name, text in mine.items() or {None: " ".join(errors.values())}.items():
        form.add_error(name, text)
    return _page(request, steps, number, form)
