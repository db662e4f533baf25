"""The desk's usual questions to a person, ready to be changed and sent, in the language of the case."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from cases.conversation.writing import Waits
from cases.models import Case

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True)
class Question:
    """``title``: for the desk, in its language. ``text``: for the person. ``waits``: for which the clock can stand."""

    title: "StrPromise"
    text: "StrPromise"
    waits: Waits = Waits.NO


QUESTIONS = {
    "which": Question(
        _("Which of very many data?"),
        _(
            "We have a great deal of information about you. Is there something in particular you are looking for: a "
            "period, a service, a phone number or one kind of data? Tell us, and you get that. If you want everything, "
            "write that you want everything."
        ),
        Waits.WHICH,
    ),
    "who": Question(
        _("Who they are is in doubt"),
        _(
            "Something in your request does not match what we know, so we are not certain that we are writing to the "
            "right person. Please tell us something that only you and we know, such as when you became a customer or "
            "the number of an invoice. Do not send a copy of a passport or an identity card."
        ),
        Waits.WHO,
    ),
    "numbers": Question(
        _("Further numbers"),
        _(
            "Have you had other phone numbers or customer numbers with us? Write them here, with the time you had them "
            "if you remember it. Then we search by those too. If there are none, you need not answer."
        ),
    ),
    "meant": Question(
        _("What do they mean?"),
        _(
            "We want to be sure that we understand you. Could you tell us in a few more words what you want us to do? "
            "We go on with your request meanwhile."
        ),
    ),
    "right": Question(
        _("What is right instead?"),
        _(
            "Which information is wrong, and what should it say instead? If you have something that shows it, attach "
            "a file. Cover what we do not need to see."
        ),
    ),
    "received": Question(
        _("Thanks, nothing more is needed"),
        _("Thank you, we have read your message and go on with your request. You need not do anything more."),
    ),
}


def begun(case: Case, key: str) -> str:
    """The question in the language of the case; "" for none that there is."""
    question = QUESTIONS.get(key)
    if question is None:
        return ""
    with override(case.language):
        return str(question.text)
