"""The conversation on the case page: what was written, the desk's next words, and its notes for itself."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.casework import case_clock
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal
from cases.conversation import notes, questions, reading, writing
from cases.conversation.writing import Waits
from cases.desk.scope import DeskRequest, case_action, find_case, staff
from cases.models import Case, Message, Paper
from cases.papers import keeping


@dataclass(frozen=True)
class Said:
    """A message with the files it came with, each with whether it can be opened."""

    message: Message
    papers: list[tuple[Paper, bool]]

    @property
    def is_unread(self) -> bool:
        """By the desk."""
        return self.message.by_id is None and self.message.read_at is None


def conversation(case: Case, *, begin: str) -> dict[str, Any]:
    """What the panel shows. ``begin``: the key of a question that the page was asked to begin."""
    said = [_said(one) for one in case.messages.select_related("by").prefetch_related("papers")]
    context = {
        "said": said,
        "seen": said[-1].message.pk if said else 0,
        "unread": sum(one.is_unread for one in said),
        "notes": case.notes.select_related("by"),
    }
    return context if case.is_closed else context | _next_words(case, begin)


def _said(message: Message) -> Said:
    return Said(message, [(paper, keeping.may_be_opened(paper)) for paper in message.papers.all()])


def _next_words(case: Case, begin: str) -> dict[str, Any]:
    question = questions.QUESTIONS.get(begin)
    ways = _ways(case)
    return {
        "questions": [(key, one.title) for key, one in questions.QUESTIONS.items()],
        "begun": questions.begun(case, begin),
        "ways": ways if len(ways) > 1 else [],
        "chosen": question.waits if question and question.waits in dict(ways) else Waits.NO,
        "unreachable": writing.is_unreachable(case),
        "longest": writing.LONGEST,
    }


def _ways(case: Case) -> list[tuple[str, str]]:
    """The pauses that the law allows today, after the question without one."""
    stops = {
        Waits.WHICH: case_clock.keeps_from_specifying(case),
        Waits.WHO: writing.keeps_from_doubting(case),
    }
    open_ones = (
        [] if case_clock.is_paused(case) else [way for way, refusal in stops.items() if refusal is None]
    )
    return [(way.value, str(way.label)) for way in (Waits.NO, *open_ones)]


@require_POST
@staff
def write(request: DeskRequest, reference: str) -> HttpResponseBase:
    """Send it. What was refused stands there still, to be changed."""
    case, asked = find_case(request.user, reference), request.POST
    require(request.user, case.operator_id, Permission.WORK_CASES)
    text, waits, seen = asked.get("text", ""), asked.get("waits", ""), _number(asked.get("seen", ""))
    try:
        sent = writing.write(case, text, by=request.user, waits=waits, told="told" in asked, seen=seen)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return _refused(request, case, text, waits, seen)
    messages.success(
        request, _("Sent, and the clock waits for the answer.") if sent.pause else _("Sent to the person.")
    )
    return redirect(f"{case.get_absolute_url()}#conversation")


def _refused(request: DeskRequest, case: Case, text: str, waits: str, seen: int) -> HttpResponseBase:
    talk = _next_words(case, "") | {"begun": text, "chosen": waits, "seen": seen}
    return render(request, "desk/message.html", {"case": case, "talk": talk}, status=422)


@case_action(Permission.WORK_CASES, section="conversation")
def read(request: DeskRequest, case: Case) -> str:
    reading.mark_read(case, _number(request.POST.get("seen", "")), by=request.user)
    return _("Marked as read.")


@case_action(Permission.WORK_CASES, section="conversation")
def note(request: DeskRequest, case: Case) -> str:
    notes.note(case, request.POST.get("text", ""), by=request.user)
    return _("The note is kept with the case.")


def _number(typed: str) -> int:
    """Nothing is read by what is no number, or longer than any."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else 0
