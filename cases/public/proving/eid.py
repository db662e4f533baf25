"""Electronic identity: to the broker, and back with whatever came of it. Every end offers another way."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from cases.casework.bounces.whose import mailbox_is_proven
from cases.identity.eid.configured import faces_of, names_of
from cases.identity.eid.login import Attempt, begin, finish
from cases.identity.eid.outcomes import NotShown, Outcome, Shown
from cases.identity.eid.proving import is_known_by, note_not_shown, prove_by_eid
from cases.models import Operator, Submission
from cases.models.case import Following, Stage
from cases.public.entry import public
from cases.public.proving.proof import sent_submission
from cases.public.status import asked_for, open_status, opened_submission
from cases.request.once_more import prove_again_by_eid

Find = Callable[[HttpRequest, Operator, UUID | None], Submission | None]


@dataclass(frozen=True)
class Door:
    """A page that offers electronic identity: whose request it is there, and the pages around it."""

    find: Find
    page: str
    done: str
    # Whether the proof is for the request, or opens one that was proven so before.
    proves: bool = True
    # Whether those pages have the request in their address.
    named: bool = False

    def done_for(self, operator: Operator, submission: Submission) -> HttpResponse:
        return redirect(self.done, operator.pk, *[submission.pk] * self.named)


def _sent_unproven(request: HttpRequest, operator: Operator, name: UUID | None) -> Submission | None:
    """The request this browser sent, unless its mailbox is proven: by whoever has the mail, perhaps a stranger.

    With a number proven beside it, the stranger's code would open what the number finds.
    """
    submission = sent_submission(request, operator, name)
    return None if submission is None or mailbox_is_proven(submission) else submission


def _opened(request: HttpRequest, operator: Operator, name: UUID | None) -> Submission | None:  # noqa: ARG001
    return opened_submission(request, operator)


def _asked(request: HttpRequest, operator: Operator, name: UUID | None) -> Submission | None:  # noqa: ARG001
    return asked_for(request, operator)


DOORS = {
    "code": Door(_sent_unproven, "public:code", "public:receipt", named=True),
    "requests": Door(_opened, "public:requests", "public:requests"),
    "status": Door(_asked, "public:status_code", "public:requests", proves=False),
}


def _uuid(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


def _key(operator: Operator) -> str:
    return f"eid:{operator.pk}"


def _back(operator: Operator) -> str:
    """Where the broker sends the person back to; brokers compare it letter by letter with what they were told."""
    return settings.BASE_URL + reverse("public:eid_back", args=[operator.pk])


def _ended(
    request: HttpRequest,
    operator: Operator,
    outcome: Outcome,
    door: str,
    face: str,
    submission: Submission | None = None,
) -> HttpResponse:
    """On to a page of its own: the address of this one holds what the broker sent."""
    ended = {"outcome": outcome, "door": door, "face": face}
    ended["draft"] = str(submission.pk) if submission and DOORS[door].named else ""
    request.session[f"eid-ended:{operator.pk}"] = ended
    return redirect("public:eid_ended", operator.pk)


@require_GET
@public
def ended(request: HttpRequest, operator: Operator) -> HttpResponse:
    """What came of the last attempt, and the other ways."""
    last = request.session.get(f"eid-ended:{operator.pk}")
    if last is None:
        return redirect("public:status", operator.pk)
    names = names_of(operator.pk)
    return render(request, "public/eid.html", {**last, "faces": names, "name": names.get(last["face"], "")})


# The broker is asked outside of any transaction: it may take seconds.
@transaction.non_atomic_requests
@require_POST
@public
def go(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Send the person to the broker. By a page: a browser lets no form lead to another site (CSP form-action)."""
    key, door = request.POST.get("face", ""), request.POST.get("door", "")
    face = faces_of(operator.pk).get(key)
    if face is None or door not in DOORS:
        raise Http404
    submission = DOORS[door].find(request, operator, _uuid(request.POST.get("draft", "")))
    if submission is None and DOORS[door].proves:
        return redirect("public:status", operator.pk)
    attempt = Attempt.new(key)
    try:
        address = begin(attempt, face, back=_back(operator), language=request.LANGUAGE_CODE)
    except NotShown as failed:
        return _failed(request, operator, submission, door, key, failed)
    whose = str(submission.pk) if submission else ""
    # One at a time: a second attempt ends the first.
    request.session[_key(operator)] = {"attempt": asdict(attempt), "door": door, "submission": whose}
    return render(request, "public/eid_go.html", {"address": address, "name": names_of(operator.pk)[key]})


@transaction.non_atomic_requests
@require_GET
@public
def back(request: HttpRequest, operator: Operator) -> HttpResponse:
    """The answer of the broker, once, and only to what this browser asked."""
    kept = request.session.get(_key(operator))
    query = {name: request.GET[name] for name in ("state", "code", "error", "iss") if name in request.GET}
    if kept is None or not Attempt(**kept["attempt"]).is_answered_by(query):
        return _ended(request, operator, Outcome.STALE, "status", "")
    del request.session[_key(operator)]
    # Now, whatever comes of it: the same answer must find nothing a second time.
    request.session.save()
    attempt, door = Attempt(**kept["attempt"]), kept["door"]
    face = faces_of(operator.pk).get(attempt.face)
    submission = DOORS[door].find(request, operator, _uuid(kept["submission"]))
    # Meanwhile another tab may have opened another request, or closed this one.
    if face is None or kept["submission"] != (str(submission.pk) if submission else ""):
        return _ended(request, operator, Outcome.STALE, door, attempt.face, submission)
    try:
        shown = finish(attempt, face, query, back=_back(operator))
    except NotShown as failed:
        return _failed(request, operator, submission, door, attempt.face, failed)
    return _shown(request, operator, submission, door, shown)


def _failed(
    request: HttpRequest,
    operator: Operator,
    submission: Submission | None,
    door: str,
    face: str,
    failed: NotShown,
) -> HttpResponse:
    # Whoever has only a reference writes nothing into its record.
    if submission is not None and DOORS[door].proves:
        note_not_shown(submission, face, failed)
    return _ended(request, operator, failed.outcome, door, face, submission)


def _note_eid(request: HttpRequest, submission: Submission, shown: Shown) -> None:
    """The status page this browser has open is now its person's by electronic identity as well."""
    opened = request.session.get("status") or {}
    if opened.get("submission") == str(submission.pk) and is_known_by(submission, shown):
        request.session["status"] = opened | {"eid": True}


def _shown(
    request: HttpRequest, operator: Operator, submission: Submission | None, door: str, shown: Shown
) -> HttpResponse:
    if DOORS[door].proves:
        assert submission is not None
        return _proven(request, operator, submission, door, shown)
    # One answer for a wrong reference and for another person: neither tells whether there is a request.
    if submission is None or not is_known_by(submission, shown):
        return _ended(request, operator, Outcome.ANOTHER, door, shown.face)
    open_status(request, submission, by_eid=True)
    return DOORS[door].done_for(operator, submission)


def _proven(
    request: HttpRequest, operator: Operator, submission: Submission, door: str, shown: Shown
) -> HttpResponse:
    if submission.cases.exclude(stage=Stage.CLOSED).exists():
        outcome = prove_by_eid(submission, shown)
    else:
        outcome, submission = prove_again_by_eid(submission, shown)
    if outcome != Outcome.PROVEN:
        return _ended(request, operator, outcome, door, shown.face, submission)
    if submission.channel == Following.ONCE_MORE:
        open_status(request, submission, by_eid=is_known_by(submission, shown))
    _note_eid(request, submission, shown)
    return DOORS[door].done_for(operator, submission)
