"""The request form: one thing a page, each a plain POST. Only the last page hands anything in."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import transaction
from django.forms import Field, MultipleChoiceField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.models import Operator, Submission
from cases.public.drafts.draft import (
    Draft,
    cut,
    discard_draft,
    keep_draft,
    leave_typed,
    open_draft,
    others_begun,
)
from cases.public.drafts.steps import FORMS, RIGHTS, STANDING, STOP, asking_of, steps_of
from cases.public.drafts.steps import answered as already
from cases.public.entry import public, turned_to
from cases.public.forms import StepForm
from cases.public.pacing import DRAFTS, REQUESTS, held_up, is_proof_first
from cases.public.proving.proof import remember_sent
from cases.public.summary import remarks, summary_of
from cases.request.asked import IntakeProblem, check
from cases.request.intake import submit


@public
def start(request: HttpRequest, operator: Operator) -> HttpResponse:  # noqa: ARG001
    """The address people are given; each request has pages of its own from here on."""
    return redirect("public:step", operator.pk, uuid4(), RIGHTS.key)


@public
def formerly(request: HttpRequest, operator: Operator, step: str) -> HttpResponse:  # noqa: ARG001
    """Pages as they were addressed before requests had addresses of their own; people keep such links."""
    if step == "papers":
        return redirect("public:status", operator.pk)
    if step not in FORMS and step != "check":
        raise Http404
    return redirect("public:start", operator.pk)


@public
@transaction.atomic
def step(request: HttpRequest, operator: Operator, draft: UUID, step: str) -> HttpResponse:
    """One page of the form. Going ahead of what has been answered leads back to the first open page."""
    if step not in FORMS:
        raise Http404
    opened = open_draft(request, operator, draft)
    # Afterwards: another click may have sent it while this one waited for the draft.
    if _is_sent(operator, draft):
        return redirect("public:code", operator.pk, draft)
    if opened is None:
        return _shut(request, operator, draft, step)
    steps, answered = steps_of(opened), already(operator, opened)
    number = next((n for n, each in enumerate(steps) if each.key == step), len(steps))
    # Ahead of what has been answered, or a page that only the other kind of request has.
    if answered < number or number == len(steps):
        if not opened.is_begun:
            _tell_gone(request)
        return redirect("public:step", operator.pk, draft, steps[min(answered, len(steps) - 1)].key)
    if request.method == "POST":
        return _answer(request, operator, opened, number)
    answers = opened.steps.get(step, {}) | opened.typed.get(step, {})
    form = steps[number].form(initial=answers, asking=asking_of(operator, opened))
    return _page(request, operator, opened, number, form)


def _is_sent(operator: Operator, draft: UUID) -> bool:
    """Http404 where it is another operator's request."""
    sent = Submission.objects.filter(pk=draft).values_list("operator", flat=True).first()
    if sent not in (None, operator.pk):
        raise Http404
    return sent is not None


def _tell_gone(request: HttpRequest) -> None:
    messages.warning(
        request,
        _("Nothing is kept here any more: what is begun and not sent we keep for a day. Begin again here."),
    )


def _shut(request: HttpRequest, operator: Operator, name: UUID, step: str) -> HttpResponse:
    """Its draft is not this browser's to open; what was typed all the same is not lost."""
    if request.method == "POST":
        fields = FORMS[step].base_fields
        typed = {key: request.POST.getlist(key) for key in request.POST if key in fields}
        leave_typed(
            request, name, step, {key: _as_typed(fields[key], values) for key, values in typed.items()}
        )
    return redirect("public:reopen", operator.pk, name)


def _as_typed(field: Field, values: list[str]) -> Any:
    return cut(field, values if isinstance(field, MultipleChoiceField) else values[-1])


def _answer(request: HttpRequest, operator: Operator, draft: Draft, number: int) -> HttpResponse:
    step, asking = steps_of(draft)[number], asking_of(operator, draft)
    form = step.form(request.POST, asking=asking)
    if not draft.is_begun and (wait := held_up(request, operator, DRAFTS)):
        messages.warning(request, wait)
        return _page(request, operator, draft, number, form)
    draft.typed[step.key] = {name: cut(field, form[name].data) for name, field in form.fields.items()}
    if "lang" in request.POST:
        keep_draft(request, operator, draft)
        return turned_to(request, operator, redirect(request.get_full_path()))
    if "whole" in request.POST and step is STOP:
        return _ask_more(request, operator, draft)
    # What can't stay as it is stays as it was typed.
    before = draft.steps.get(step.key)
    if not _take(form, step.key, draft, operator):
        draft.steps = {key: answers for key, answers in draft.steps.items() if key != step.key}
        draft.steps |= {step.key: before} if before is not None else {}
        keep_draft(request, operator, draft)
        return _page(request, operator, draft, number, form)
    del draft.typed[step.key]
    keep_draft(request, operator, draft)
    # Nothing is left that a last look would show.
    return _send(request, operator, draft) if step is STOP else _onward(request, operator, draft, number)


def _ask_more(request: HttpRequest, operator: Operator, draft: Draft) -> HttpResponse:
    """On to all pages, with what was typed on the short one."""
    draft.whole = True
    draft.typed["find"] = draft.typed.pop(STOP.key)
    keep_draft(request, operator, draft)
    return redirect("public:step", operator.pk, draft.id, STANDING.key)


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
    steps, answered = steps_of(draft), already(operator, draft)
    following = answered if "change" in request.GET else min(answered, number + 1)
    if following == len(steps):
        return redirect("public:check", operator.pk, draft.id)
    return redirect("public:step", operator.pk, draft.id, steps[following].key)


def _page(
    request: HttpRequest, operator: Operator, draft: Draft, number: int, form: StepForm
) -> HttpResponse:
    steps = steps_of(draft)
    begun = [] if draft.is_begun else others_begun(request, operator, draft)
    context = {
        "draft": draft.id,
        "begun": begun[:1],
        "form": form,
        # Where a page asks one thing, its heading is the question itself.
        "question": next(iter(form)) if len(form.fields) == 1 else None,
        "step": steps[number],
        "number": number + 1,
        "count": len(steps) + (not draft.is_short),
        "previous": steps[number - 1].key if number else None,
        "changing": "change" in request.GET,
        "sends": steps[number] is STOP,
    }
    return render(request, "public/step.html", context)


@public
@transaction.atomic
def check_and_send(request: HttpRequest, operator: Operator, draft: UUID) -> HttpResponse:
    """The last look. Sending hands the request in; sending again shows the same request."""
    opened = open_draft(request, operator, draft)
    if _is_sent(operator, draft):
        return redirect("public:code", operator.pk, draft)
    if opened is None:
        return redirect("public:reopen", operator.pk, draft)
    steps, answered = steps_of(opened), already(operator, opened)
    # The short way has no last look: its last page sends.
    if answered < len(steps) or opened.is_short:
        if not opened.is_begun:
            _tell_gone(request)
        return redirect("public:step", operator.pk, draft, steps[min(answered, len(steps) - 1)].key)
    if request.method == "POST":
        return _send(request, operator, opened)
    context = {
        "draft": draft,
        "summary": summary_of(opened, asking_of(operator, opened)),
        "remarks": remarks(opened, asking_of(operator, opened), timezone.localdate()),
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
        return redirect("public:check", operator.pk, draft.id)
    try:
        submission = submit(intake, proof_first=proof_first)
    except IntakeProblem as problem:
        return _sent_back(request, operator, draft, problem.errors)
    discard_draft(request, operator, draft)
    remember_sent(request, submission)
    return redirect("public:code", operator.pk, submission.pk)


def _sent_back(
    request: HttpRequest, operator: Operator, draft: Draft, errors: dict[str, str]
) -> HttpResponse:
    """Show the first page that has a complaint; one about no field of ours goes on top of the first page."""
    steps, asking = steps_of(draft), asking_of(operator, draft)
    forms = [step.form(draft.steps[step.key], asking=asking) for step in steps]
    number = next((n for n, form in enumerate(forms) if form.fields.keys() & errors.keys()), 0)
    form = forms[number]
    mine = {name: text for name, text in errors.items() if name in form.fields}
    for name, text in mine.items() or {None: " ".join(errors.values())}.items():
        form.add_error(name, text)
    return _page(request, operator, draft, number, form)
