"""What a person fills in: the request, one thing a page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models.case import Right, Standing
from cases.public.rights import RIGHTS, STANDINGS
from cases.registers.processing import Purpose
from cases.registers.register import Register
from cases.request.asked import LIMITS, unsaid
from cases.web.fields import PLAIN, Checkboxes, Radios, TextField

PHONE = {"inputmode": "tel", "type": "tel", "class": "short"}


@dataclass(frozen=True)
class Asking:
    """What a step's form depends on: the operator's register, the language, and what was answered before."""

    register: Register
    language: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    # Other providers that take data, by their keys: their names.
    receivers: Mapping[str, str] = field(default_factory=dict)

    @property
    def rights(self) -> frozenset[str]:
        return frozenset(self.answers.get("rights", ()))


class StepForm(forms.Form):
    """A page of the request. `asking` is what the page depends on."""

    use_required_attribute = False

    def __init__(self, data: Mapping[str, Any] | None = None, *, asking: Asking, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.adapt(asking)

    def choice(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    def adapt(self, asking: Asking) -> None:
        """Leave out what does not concern this person, and name things as this operator does."""


class RightsForm(StepForm):
    rights = forms.MultipleChoiceField(
        label=_("You can choose more than one"),
        choices=[(right, label) for right, (label, _hint) in RIGHTS.items()],
        widget=Checkboxes(hints={right: hint for right, (_label, hint) in RIGHTS.items()}),
        error_messages={
            "required": _("Choose at least one thing you want us to do."),
            "invalid_choice": _("Choose from the list of rights."),
        },
    )


class StandingForm(StepForm):
    standing = forms.ChoiceField(
        label=_("Choose what fits"),
        choices=Standing.choices,
        widget=Radios,
        error_messages={"required": _("Choose who you are."), "invalid_choice": _("Choose who you are.")},
    )

    def adapt(self, asking: Asking) -> None:
        self.fields["standing"].widget.hints = STANDINGS
        if asking.register.business_users:
            choices = dict(Standing.choices) | {
                Standing.USER: _("I use a subscription that my employer pays for")
            }
            del choices[Standing.HOLDER]
            self.choice("standing").choices = choices.items()
            self.fields["standing"].widget.hints = {
                **STANDINGS,
                Standing.USER: _("Or one that another company pays for."),
            }


def own_name() -> TextField:
    return TextField(
        label=_("Your name"),
        max_length=LIMITS["name"],
        missing=_("Write your name."),
        attrs={"autocomplete": "name", "spellcheck": "false"},
    )


def own_email() -> TextField:
    return TextField(
        label=_("Your e-mail address"),
        help_text=_("We send a code to it now, and later a message when the answer is ready."),
        max_length=LIMITS["email"],
        missing=_("Write an e-mail address we can answer, for example name@example.com."),
        widget=forms.EmailInput,
        attrs={"autocomplete": "email", **PLAIN},
    )


class FindingForm(StepForm):
    name = own_name()
    email = own_email()
    phone = TextField(
        label=_("Phone number"),
        help_text=_("If you have or had a number with us. If there are several, any one of them."),
        max_length=LIMITS["phone"],
        required=False,
        attrs={"autocomplete": "tel", **PHONE},
    )
    customer_no = TextField(
        label=_("Customer number"),
        help_text=_("It stands on an invoice."),
        max_length=LIMITS["customer_no"],
        required=False,
        attrs={"autocomplete": "off", "class": "short", **PLAIN},
    )
    national_id = TextField(
        help_text=_(
            "You don't have to give it. It only helps us to tell you from someone with the same name, "
            "is used for this request alone and is kept locked."
        ),
        max_length=LIMITS["national_id"],
        required=False,
        attrs={"autocomplete": "off", "inputmode": "numeric", "class": "short", **PLAIN},
    )

    def adapt(self, asking: Asking) -> None:
        swedish = asking.register.country == "SE"
        number = self.fields["national_id"]
        number.label = _("Personal identity number (personnummer)") if swedish else _("CPR number")


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
