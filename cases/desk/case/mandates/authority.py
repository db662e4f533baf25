"""The authority of whoever asks for somebody else, beside that person and what the sources know; and the decision."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.casework.permissions import Permission, require
from cases.desk.case.mandates.forms import AcceptForm, AskForm, RefuseForm
from cases.desk.scope import DeskRequest, attempt, find_case, staff
from cases.desk.wording import words
from cases.identity import known, looking
from cases.identity.authority import awaits_authority, is_askers
from cases.identity.mandates import asking, deciding
from cases.identity.mandates.addressing import may_get
from cases.identity.mandates.deciding import Acceptance
from cases.models import Case, Paper
from cases.models.case import Stage
from cases.papers import keeping
from cases.sealed.typed import read_file
from cases.sealed.vault import KeyDestroyed
from cases.sources.configured import names_of

Form = AcceptForm | RefuseForm | AskForm


def is_to_decide(case: Case) -> bool:
    """Whether the page is about something still open."""
    return case.stage == Stage.MATCHING and awaits_authority(case)


@require_http_methods(["GET", "POST"])
@staff
def authority(request: DeskRequest, reference: str) -> HttpResponseBase:
    """Side by side what was shown, who is asked for, and, once asked, what the sources know; below, what to do."""
    case = find_case(request.user, reference)
    require(request.user, case.operator_id, Permission.WORK_CASES)
    if not is_to_decide(case):
        return redirect(f"{case.get_absolute_url()}#person")
    forms, asked_for = _forms(request, case), request.POST.get("action", "")
    seen: list[looking.Seen] | None = None
    if asked_for == "look":
        seen = _look(request, case)
    elif (form := forms.get(asked_for)) and form.is_valid() and _done(request, case, asked_for, form):
        return redirect(f"{case.get_absolute_url()}#person")
    context = {"case": case, "forms": forms, "seen": seen, **_shown(case, seen)}
    wrong = any(form.errors for form in forms.values())
    return render(request, "desk/authority.html", context, status=422 if wrong else 200)


def _done(request: DeskRequest, case: Case, what: str, form: Form) -> bool:
    return attempt(request, lambda: ACTS[what](request, case, form))


def _forms(request: DeskRequest, case: Case) -> dict[str, Form]:
    """A form for each thing to do; what was sent is in its own alone."""

    def sent(action: str) -> dict[str, Any]:
        mine = request.method == "POST" and request.POST.get("action") == action
        return {"data": request.POST if mine else None, "prefix": action}

    cases = [one for one in case.submission.cases.order_by("pk") if is_to_decide(one)]
    rights, (heard, agreed) = (
        [one.right for one in cases],
        zip(*map(deciding.custody_asks, cases), strict=True),
    )
    # Who decides says it, and is led nowhere: but away from whom a protected person may hide from.
    kind = case.submission.authority_kind
    proposed = {"answer_to": may_get(kind, protected=True)[0]} if case.protected_by else {}
    return {
        "accept": AcceptForm(
            rights=rights, custody=(any(heard), any(agreed)), initial=proposed, **sent("accept")
        ),
        "refuse": RefuseForm(**sent("refuse")),
        "ask": AskForm(prefix="ask"),
    }


def _look(request: DeskRequest, case: Case) -> list[looking.Seen]:
    found: list[looking.Seen] = []

    def look() -> str:
        found.extend(looking.look(case, by=request.user))
        return ""

    attempt(request, look)
    return found


def _shown(case: Case, seen: list[looking.Seen] | None) -> dict[str, object]:
    try:
        written = read_file(case)
    except KeyDestroyed:
        written = None
    papers = keeping.held(case.submission, Paper.About.AUTHORITY)
    claims = [row for row in case.claimed.all() if not is_askers(case, row.kind, row.digest)]
    return {
        "written": written,
        "papers": [(paper, keeping.may_be_opened(paper)) for paper in papers],
        "proofs": case.submission.proofs.select_related("by"),
        "claims": [(row, known.masked(row)) for row in claims],
        "found": [(one, known.masked(one.claim), *_named(case, one)) for one in seen or ()],
        "may_pause": asking.may_pause(case),
        "siblings": case.submission.cases.exclude(pk=case.pk),
    }


def _named(case: Case, one: looking.Seen) -> tuple[str, str]:
    return names_of(case.operator_id, one.source, one.collection, words.language())


def _accept(request: DeskRequest, case: Case, form: Form) -> str:
    rights = frozenset(form.cleaned_data["rights"])
    found = Acceptance(**{"refused_why": "", **form.cleaned_data, "rights": rights})
    deciding.accept(case, found, by=request.user)
    return _("Accepted, with your name. Now say who the person is: nothing is looked for before that.")


def _refuse(request: DeskRequest, case: Case, form: Form) -> str:
    deciding.refuse(case, **form.cleaned_data, by=request.user)
    if not case.submission.is_mailed:
        return _(
            "Refused. A task says to tell whoever asked, in another way than by mail, that our letter is there."
        )
    return _("Refused. Whoever asked is told by mail that our letter is there.")


ACTS: dict[str, Callable[[DeskRequest, Case, Form], str]] = {
    "accept": _accept,
    "refuse": _refuse,
}
