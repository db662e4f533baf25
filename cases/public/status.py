"""Following a request: reference, code, status. Nothing tells whether a reference exists, and no time does."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.casework.bounces.whose import mailbox_in_doubt
from cases.casework.operators import register_of
from cases.casework.workflow import Refusal
from cases.identity.contact.correcting import not_arrived
from cases.identity.eid.configured import names_of
from cases.identity.knocks import is_late, knock
from cases.identity.mailed_codes import PER_HOUR, purpose_of
from cases.identity.mandates import asking
from cases.identity.stepping_up import posted_codes
from cases.identity.texting.configured import gateway_of
from cases.identity.texting.proving import offered_number
from cases.identity.verification import check_code
from cases.models import Knock, MailedCode, Operator, SignedReceipt, Submission
from cases.public.entry import public
from cases.public.pacing import CODES, TRIES, held_up
from cases.public.proving.proof_forms import CodeForm, ReferenceForm
from cases.public.words import Followed
from cases.request.references import asked_of
from cases.sealed.typed import reply_address
from cases.web.signing_in.sessions import LEFT_BEHIND

OPEN_FOR = timedelta(hours=1)
JUST = timedelta(minutes=10)


def _asked_key(operator: Operator) -> str:
    return f"asked:{operator.pk}"


def _typed_key(operator: Operator) -> str:
    return f"typed:{operator.pk}"


def _by_key(operator: str) -> str:
    return f"code-by:{operator}"


def _ask(request: HttpRequest, submission: Submission, about: Knock.About) -> None:
    """Have a worker send a code, by mail or by text message; the page says where to look."""
    request.session[_by_key(submission.operator_id)] = about
    knock(submission, about)


def opened_submission(request: HttpRequest, operator: Operator | str) -> Submission | None:
    """The submission this browser proved to be its person's within the last hour. The package is fetched on it too."""
    opened = request.session.get("status") or {}
    if opened.get("until", 0) < timezone.now().timestamp():
        return None
    return Submission.objects.filter(pk=opened["submission"], operator=operator).first()


def to_status(request: HttpRequest, operator: Operator) -> HttpResponse:
    """To the page that asks for the reference; whoever had the request open is told why it is closed."""
    opened = request.session.get("status")
    # One that is open still stays so: it may be another than what was asked for.
    if opened and opened.get("until", 0) < timezone.now().timestamp():
        del request.session["status"]
        told = _(
            "For your safety a request is shown for an hour at a time. Type the reference to open it again."
        )
        messages.warning(request, told)
    return redirect("public:status", operator.pk)


def opened_just_now(request: HttpRequest) -> bool:
    """Whether whoever opened it showed that they are the person a few minutes ago, for what asks for it anew."""
    until: float = (request.session.get("status") or {}).get("until", 0)
    return until - (OPEN_FOR - JUST).total_seconds() > timezone.now().timestamp()


def opened_by_eid(request: HttpRequest) -> bool:
    """Whether whoever opened it is known by electronic identity."""
    return bool((request.session.get("status") or {}).get("eid"))


def asked_for(request: HttpRequest, operator: Operator) -> Submission | None:
    """What this browser gave the reference of, be it one that stands in; None where it gave none."""
    asked = request.session.get(_asked_key(operator))
    if not asked:
        return None
    found = Submission.objects.filter(pk=asked, operator=operator).first()
    return found or Submission(pk=UUID(asked), operator=operator)


@public
def status(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Ask for the reference. Whatever is typed, the next page is the same."""
    typed = request.POST if request.method == "POST" else None
    # Our mails lead here with the reference filled in; nothing is looked up before it is sent.
    form = ReferenceForm(typed, initial={"reference": request.GET.get("reference", "")[:40]})
    if request.method == "POST" and form.is_valid():
        if wait := held_up(request, operator, CODES):
            form.add_error(None, wait)
        else:
            submission = asked_of(operator, form.cleaned_data["reference"])
            request.session[_asked_key(operator)] = str(submission.pk)
            # Told back as it was typed, whether there is such a one or not: who mistyped it sees it.
            request.session[_typed_key(operator)] = form.cleaned_data["reference"]
            _ask(request, submission, Knock.About.CODE)
            return redirect("public:status_code", operator.pk)
    return render(request, "public/status.html", {"form": form})


@public
def status_code(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Ask for the code. One sentence for every failure: tries left would tell that there is a request."""
    submission = asked_for(request, operator)
    if submission is None:
        return redirect("public:status", operator.pk)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        refused = held_up(request, operator, TRIES) or why_closed(submission, form.cleaned_data["code"])
        if not refused:
            open_status(request, submission)
            return redirect("public:requests", operator.pk)
        form.add_error("code", refused)
    context = {
        "form": form,
        "reference": request.session.get(_typed_key(operator), ""),
        "limit": PER_HOUR,
        "faces": names_of(operator.pk),
        "texts": gateway_of(operator.pk) is not None,
        "by_text": request.session.get(_by_key(operator.pk)) == Knock.About.TEXT,
        "late": is_late(),
    }
    return render(request, "public/status_code.html", context)


def why_closed(submission: Submission, code: str) -> str:
    """Why the code opens nothing; "" where it does. The wait is counted for any reference."""
    nothing = _("The code is wrong, or no longer holds. Check it, or ask for a new one.")
    # Proven by electronic identity, with an address that nobody has confirmed: the code may lie with a stranger. Their
    # tries cost what any try costs, or the wait that never comes would tell that there is such a request.
    in_doubt = mailbox_in_doubt(submission)
    purpose = MailedCode.Purpose.STATUS if in_doubt else purpose_of(submission)
    try:
        check_code(submission, purpose=purpose, code=code)
    except Refusal as refusal:
        return refusal.message if refusal.code == "code-wait" else nothing
    return nothing if in_doubt else ""


def open_status(request: HttpRequest, submission: Submission, *, by_eid: bool = False) -> None:
    """Show this submission to this browser for an hour. ``by_eid``: opened by who is known by electronic identity."""
    # A session whose id was known before the proof must not be the one that is opened by it.
    request.session.cycle_key()
    request.session.pop(_asked_key(submission.operator), None)
    request.session.pop(_typed_key(submission.operator), None)
    until = (timezone.now() + OPEN_FOR).timestamp()
    request.session["status"] = {"submission": str(submission.pk), "until": until, "eid": by_eid}


@require_POST
@public
def status_code_again(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Mail another code, if there is anybody to mail it to. The limit is told alike, request or none."""
    submission = asked_for(request, operator)
    if submission is None:
        return redirect("public:status", operator.pk)
    if wait := held_up(request, operator, CODES):
        messages.warning(request, wait)
        return redirect("public:status_code", operator.pk)
    _ask(request, submission, Knock.About.CODE)
    messages.success(
        request,
        _(
            "If there is such a request, and it has not had %(limit)s codes within the hour, a new one is on its way. "
            "Use the newest one."
        )
        % {"limit": PER_HOUR},
    )
    return redirect("public:status_code", operator.pk)


@require_POST
@public
def status_code_by_text(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Send the code by text message, if there is a number that it may go to. Told alike, number or none."""
    submission = asked_for(request, operator)
    if submission is None or gateway_of(operator.pk) is None:
        return redirect("public:status", operator.pk)
    if wait := held_up(request, operator, CODES):
        messages.warning(request, wait)
        return redirect("public:status_code", operator.pk)
    _ask(request, submission, Knock.About.TEXT)
    told = _(
        "If there is such a request, with a number in it that our systems know as the person's, and it has not had "
        "%(limit)s codes within the hour, one is on its way there. Use the newest one."
    )
    messages.success(request, told % {"limit": PER_HOUR})
    return redirect("public:status_code", operator.pk)


@require_POST
@public
def leave(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Close the status page on a computer that others use too."""
    request.session.flush()
    messages.success(request, _("You have left the status page. Nothing of it stays in this browser."))
    left = redirect("public:landing", operator.pk)
    left["Clear-Site-Data"] = LEFT_BEHIND
    return left


@public
def requests(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Where each case of the submission stands, and its answer while it can be fetched."""
    submission = opened_submission(request, operator)
    if submission is None:
        return to_status(request, operator)
    cases = submission.cases.select_related("operator", "register", "authority").order_by("pk")
    by_eid, may_correct = opened_by_eid(request), submission.proofs.exists()
    followed = [Followed.of(case, by_eid=by_eid) for case in cases]
    waits = any(each.waiting for each in followed)
    context = {
        "submission": submission,
        "followed": followed,
        "faces": names_of(operator.pk) if waits else {},
        "papers": asking.may_give(submission),
        "number": offered_number(submission),
        "letters": any(each.waiting.by_letter for each in followed if each.waiting),
        "letter_under_way": waits and posted_codes.is_under_way(submission),
        "safe_contact": submission.safe_contact,
        "country": register_of(operator).country,
        "email": reply_address(submission) if may_correct else None,
        "came_back": not_arrived(submission),
        "receipt": SignedReceipt.objects.filter(submission=submission).exists(),
    }
    return render(request, "public/requests.html", context)
