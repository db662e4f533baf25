"""What a refused command says: why, and what to do instead. By code; parameters in the manner of gettext."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

MESSAGES: dict[str, "StrPromise"] = {
    "wrong-stage": _("The case is at “%(stage)s”; this can't be done there."),
    "closed": _("The case is closed. Reopen it first."),
    "code-wrong": _("That is not the code we sent. You have %(tries)s tries left."),
    "code-expired": _("The code has run out. Ask for a new one."),
    "code-none-left": _("Too many tries. Ask for a new code."),
    "choose-outcome": _("This one needs your own judgement. Choose an outcome and say why."),
    "nothing-to-confirm": _("There is nothing left to decide here."),
    "decisions-open": _("%(count)s decisions are still open. Accept or change them first."),
    "reason-needed": _("Write down the reason; it goes into the record."),
    "no-refusal": _("The law leaves no room for a refusal here."),
    "hold-not-overridable": _("A statutory hold can only be overridden by a legal officer."),
    "outcome-unknown": _("“%(outcome)s” is not an outcome this right can have."),
    "same-person": _("You prepared this answer. Another person has to approve it."),
    "not-ready": _("The answer is not ready to be approved."),
    "answer-changed": _("The answer has changed since you looked at it. Look again."),
    "not-a-caseworker": _("This person doesn't work cases for this operator."),
    "package-gone": _("The package could be fetched until %(day)s. Ask us again if you still need it."),
    "package-not-ready": _("There is no package to fetch yet."),
    "no-extension": _("This request can't be extended: the law gives it no second period."),
    "extension-late": _("The first month is over; it is too late to extend."),
    "extended-already": _("This case has been extended once already."),
    "paused-already": _("The clock is paused already."),
    "not-paused": _("The clock is not paused."),
    "own-role": _("You can't take your own administration away. Ask another administrator."),
    "already-decided": _("Somebody has decided this already."),
    "verdicts-changed": _("Holds or verdicts changed since approval. Look at the case again before it is carried out."),
    "blocked": _("Before this can be answered: %(what)s"),
    "run-not-stopped": _("This source is not stopped; there is nothing to retry."),
    "run-ended": _("This source has ended or is stopped already; there is nothing to pause."),
    "claims-open": _("The person typed identifiers that no source links to them. Confirm or reject these first."),
    "failed-sources": _("A source has failed. Try it again, or have it mended, before the answer is prepared."),
    "proof-missing": _("Nobody has proven who asks yet."),
    "stronger-proof": _("Nothing was gathered here: it takes a stronger proof of identity. Vouch for it first."),
    "source-unknown": _("There is no such source."),
    "key-reused": _("This idempotency key was used for another request."),
    "order-invalid": _("%(what)s"),
    "row-unknown": _("There is no such value in the gathered rows. Look at the rows again."),
    "value-unreadable": _("The new value doesn't look like the one that stands there. Write it the same way."),
    "corrections-none": _("Write down what should be corrected first."),
    "not-restricted": _("Nothing of this case is restricted."),
    "lifting-too-early": _("The person has to be told first. Choose a day that is still to come."),
    "notice-window": _("The notice may be sent from %(opens)s to %(ends)s, not on another day."),
    "mail-limit": _("Too many codes were asked for. Wait an hour and try again."),
}  # fmt: skip
