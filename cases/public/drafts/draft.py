"""The request while it is being filled in. The server keeps it; the session says which ones this browser may open."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.forms import Field
from django.http import Http404, HttpRequest
from django.utils.translation import get_language

from cases.models import Operator
from cases.models.case import Right, Standing
from cases.request import drafts
from cases.request.asked import Intake

# Chosen in place of each of them; what is asked is then about whatever there is.
ALL = "all"
# What a request can be about more closely, and the right that asks it.
WHICH_OF = {
    "purposes": Right.OBJECTION,
    "consents": Right.CONSENT_WITHDRAWAL,
    "restricted": Right.RESTRICTION,
    "reviewed": Right.AUTOMATED_DECISION,
}
# A browser in which more are begun than this is no person's.
MOST_OPEN = 20
# Of what is chosen from a list: so many, and no key of one is longer than twice that.
MOST_CHOSEN = 200


@dataclass
class Draft:
    """The answers of each step so far. ``id`` becomes the submission's: sending twice is sending once.

    ``typed``: what stands on a page that was left before it was answered, as it was typed.
    """

    id: UUID
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    typed: dict[str, dict[str, Any]] = field(default_factory=dict)

    # Asked for all pages, where the few would do.
    whole: bool = False

    @property
    def is_short(self) -> bool:
        """Whether nothing but marketing has to stop, which takes few pages."""
        return not self.whole and list(self.steps.get("rights", {}).get("rights", ())) == [
            Right.MARKETING_OBJECTION
        ]

    @property
    def is_begun(self) -> bool:
        return bool(self.steps or self.typed)

    @property
    def for_another(self) -> bool:
        """Whether it is about somebody else than whoever fills it in."""
        return not self.is_short and bool(self.steps.get("you", {}).get("standing") == Standing.PROXY)

    @property
    def answers(self) -> dict[str, Any]:
        """All answers by field name, of the pages that this request has.

        Who changes for whom they ask has answered the other pages too: one's own number is not the other's.
        """
        steps = (answers for key, answers in self.steps.items() if self._has(key))
        return {name: value for step in steps for name, value in step.items()}

    @property
    def writers(self) -> list[str]:
        """What was typed as the asker's address on the pages that this request has, the newest first."""
        pages = [*self.typed.items(), *self.steps.items()]
        return [answers["email"] for key, answers in pages if self._has(key) and answers.get("email")]

    def _has(self, page: str) -> bool:
        if self.is_short:
            return page in {"rights", "stop"}
        return page not in ({"find", "stop"} if self.for_another else {"person", "asker", "stop"})

    def intake(self, operator: Operator, language: str) -> Intake:
        """The request as it stands, complete or not."""
        # `Intake` can't be made without these two.
        answers = {"name": "", "email": "", **self.answers}
        if not self.for_another:
            # Named, and then asked for themselves after all.
            answers.pop("died_on", None)
        if self.for_another or Right.PORTABILITY not in answers.get("rights", ()):
            # Chosen, and then asked for something else, or for somebody else.
            answers.pop("send_to", None)
        died = answers.get("died_on")
        answers["died_on"] = date.fromisoformat(str(died)) if died else None
        answers["rights"] = tuple(answers.get("rights", ()))
        for name, right in WHICH_OF.items():
            chosen = answers.get(name, ()) if right in answers["rights"] else ()
            answers[name] = () if ALL in chosen else tuple(chosen)
        return Intake(id=self.id, operator=operator, language=language, **answers)


def _open_key(operator: Operator) -> str:
    return f"drafts:{operator.pk}"


def is_open(request: HttpRequest, operator: Operator, name: UUID) -> bool:
    """Whether this browser began it, or opened it by a code."""
    return str(name) in request.session.get(_open_key(operator), ())


def let_in(request: HttpRequest, operator: Operator, name: UUID) -> None:
    others = [each for each in request.session.get(_open_key(operator), ()) if each != str(name)]
    request.session[_open_key(operator)] = [*others, str(name)][-MOST_OPEN:]


def open_draft(request: HttpRequest, operator: Operator, name: UUID) -> Draft | None:
    """The draft of this address, or a new one where nothing is kept; None where it is not this browser's to open."""
    if not is_open(request, operator, name):
        return None if drafts.is_kept(operator, name) else Draft(name)
    content = drafts.read(operator, name, to_change=request.method == "POST")
    return Draft(name, content["steps"], content["typed"], content["whole"]) if content else Draft(name)


def keep_draft(request: HttpRequest, operator: Operator, draft: Draft) -> None:
    """Http404 where its address is that of another operator's."""
    content = {
        "steps": draft.steps,
        "typed": draft.typed,
        "whole": draft.whole,
        "writers": draft.writers,
        "language": get_language(),
    }
    try:
        drafts.write(operator, draft.id, content)
    except drafts.Elsewhere:
        raise Http404 from None
    let_in(request, operator, draft.id)


def discard_draft(request: HttpRequest, operator: Operator, draft: Draft) -> None:
    key = _open_key(operator)
    request.session[key] = [each for each in request.session.get(key, ()) if each != str(draft.id)]
    drafts.discard(operator, draft.id)


def others_begun(request: HttpRequest, operator: Operator, draft: Draft) -> list[UUID]:
    """What else was begun in this browser and not sent, the last one first."""
    opened = request.session.get(_open_key(operator), ())
    names = [UUID(each) for each in reversed(opened) if each != str(draft.id)]
    return [name for name in names if drafts.is_kept(operator, name)]


def cut(field: Field, typed: Any) -> Any:
    """What is kept of it: enough that a page can say by how much it is too long, and not as much as anybody sends."""
    if isinstance(typed, list):
        return [cut(field, one) for one in typed[:MOST_CHOSEN]]
    return (
        typed[: 2 * (getattr(field, "max_length", None) or MOST_CHOSEN)] if isinstance(typed, str) else typed
    )


def _left_key(name: UUID) -> str:
    return f"left:{name}"


def leave_typed(request: HttpRequest, name: UUID, step: str, typed: dict[str, Any]) -> None:
    """What was typed into a page whose draft this browser may not open, until it may. Sessions are sealed."""
    request.session[_left_key(name)] = {step: typed}


def take_typed(request: HttpRequest, draft: Draft) -> str:
    """The page that was left so, "" for none."""
    left: dict[str, dict[str, Any]] = request.session.pop(_left_key(draft.id), {})
    draft.typed |= left
    return next(iter(left), "")
