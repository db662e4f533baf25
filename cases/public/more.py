"""The last page with questions: which uses, consents and decisions of this operator, and what there is to add."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models.case import Right, Standing
from cases.public.drafts.draft import ALL
from cases.public.forms import Asking, StepForm
from cases.registers.processing import Purpose
from cases.registers.register import Register
from cases.request.asked import LIMITS, unsaid
from cases.web.fields import Checkboxes, Radios, TextField, Words


@dataclass(frozen=True)
class Which:
    """What a right is about at this operator, offered one by one, and all at once."""

    right: Right
    all_of_them: Words
    fits: Callable[[Purpose, Register], bool]


def _is_consented(purpose: Purpose, register: Register) -> bool:
    """Art. 7(3): a consent of the person, or of the customer where the user's own word ends it."""
    honoured = register.settings.user_withdrawal_honoured
    own = any(
        basis.kind == "consent" and (honoured or basis.consent_of == "person") for basis in purpose.bases
    )
    return own or bool(purpose.consent_for)


WHICH = {
    "consents": Which(Right.CONSENT_WITHDRAWAL, _("All consents I have given"), _is_consented),
    "restricted": Which(
        Right.RESTRICTION, _("All uses of my data"), lambda purpose, _register: purpose.stated
    ),
    "reviewed": Which(
        Right.AUTOMATED_DECISION,
        _("All automatic decisions about me"),
        lambda purpose, _register: purpose.automated is not None,
    ),
}


def which_field(*, label: Any, missing: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        widget=Checkboxes,
        error_messages={"required": missing, "invalid_choice": _("Choose from the list.")},
    )


def _can_be_objected_to(purpose: Purpose) -> bool:
    """Art. 21(1): what the policy rests on legitimate interest, or names without a basis, or lets one opt out of."""
    return (purpose.stated or purpose.opt_out is not None) and (
        purpose.rests_on("legitimate-interest") or purpose.rests_on("none-stated")
    )


class MoreForm(StepForm):
    purposes = forms.MultipleChoiceField(
        label=_("Which use should stop?"),
        help_text=_(
            "These are the uses that rest on our own interest. Choose one or more, or describe it below."
        ),
        widget=Checkboxes,
        required=False,
        error_messages={"invalid_choice": _("Choose uses from the list.")},
    )
    consents = which_field(
        label=_("Which consent do you take back?"),
        missing=_("Choose which consents you take back, or all of them."),
    )
    restricted = which_field(
        label=_("Which use should we pause?"),
        missing=_("Choose which uses we should pause, or all of them."),
    )
    reviewed = which_field(
        label=_("Which decision should a person look at?"),
        missing=_("Choose which decisions a person should look at, or all of them."),
    )
    send_to = forms.ChoiceField(
        label=_("Should we send your data straight to another company as well?"),
        help_text=_("You get the files yourself in any case."),
        widget=Radios,
        required=False,
        error_messages={
            "invalid_choice": _("Choose a company from the list, or that the data go to you alone.")
        },
    )
    note = TextField(
        label=_("Anything you want to add"),
        help_text=_("For example a period, a certain phone call, or a shop you visited."),
        max_length=LIMITS["note"],
        required=False,
        widget=forms.Textarea,
        attrs={"rows": 6},
    )
    died_on = forms.DateField(
        label=_("If the person has died: on which day?"),
        help_text=_("The law then differs from country to country. We tell you what the estate can ask."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}),
        error_messages={"invalid": _("Write the day the person died, today or earlier, as 2026-03-14.")},
    )
    protected = forms.BooleanField(
        label=_("My identity or address is protected"),
        help_text=_(
            "If there is a confidentiality marking, protected population registration, or name and address "
            "protection, tick here. Only a few named people then see the request, and the answer is opened with "
            "electronic identity or sent in a way that needs no address."
        ),
        required=False,
    )
    contact = TextField(
        label=_("Reach me only in this way"),
        help_text=_(
            "If somebody else may read your mail or post. We then send no mails but the codes you ask for, write to "
            "no other address, and tell nobody who pays for the number."
        ),
        max_length=LIMITS["contact"],
        required=False,
        attrs={"autocomplete": "off"},
    )

    def adapt(self, asking: Asking) -> None:
        for name, which in WHICH.items():
            self._offer(name, which, asking)
        if asking.answers.get("standing") == Standing.PROXY:
            self.fields["protected"].label = _("The person's identity or address is protected")
        else:
            del self.fields["died_on"]
        self.rights = asking.rights
        self._offer_receivers(asking)
        uses = [use for use in asking.register.purposes if _can_be_objected_to(use)]
        if uses and Right.OBJECTION in asking.rights:
            self.choice("purposes").choices = [(use.code, use.name.get(asking.language)) for use in uses]
        else:
            del self.fields["purposes"]
        if Right.RECTIFICATION in asking.rights:
            self.fields["note"].label = _("What is wrong, and what should it say?")
            self.fields["note"].required = True
            self.fields["note"].error_messages.update(required=unsaid(asking.rights, (), "")["note"])

    def _offer(self, name: str, which: "Which", asking: Asking) -> None:
        uses = [use for use in asking.register.purposes if which.fits(use, asking.register)]
        if not uses or which.right not in asking.rights:
            del self.fields[name]
            return
        named = [(use.code, use.name.get(asking.language)) for use in uses]
        self.choice(name).choices = [(ALL, which.all_of_them), *named]
        if which.right == Right.AUTOMATED_DECISION:
            said = {use.code: use.automated.get(asking.language) for use in uses if use.automated}
            self.fields[name].widget.hints = said

    def _offer_receivers(self, asking: Asking) -> None:
        for_self = asking.answers.get("standing") != Standing.PROXY
        if asking.receivers and for_self and Right.PORTABILITY in asking.rights:
            self.choice("send_to").choices = [("", _("No, to me alone")), *asking.receivers.items()]
        else:
            del self.fields["send_to"]

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if not self.errors:
            for name, sentence in unsaid(self.rights, cleaned.get("purposes", ()), cleaned["note"]).items():
                self.add_error(name if name in self.fields else "note", sentence)
        return cleaned
