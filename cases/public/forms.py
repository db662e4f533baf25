"""What a person fills in: the request, one thing a page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models.case import Standing
from cases.public.rights import RIGHTS, STANDINGS
from cases.registers.register import Register
from cases.request.asked import LIMITS
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
        label=_("What do you want us to do?"),
        help_text=_("You can choose more than one"),
        choices=[(right, label) for right, (label, _hint) in RIGHTS.items()],
        widget=Checkboxes(hints={right: hint for right, (_label, hint) in RIGHTS.items()}),
        error_messages={
            "required": _("Choose at least one thing you want us to do."),
            "invalid_choice": _("Choose from the list of rights."),
        },
    )


class StandingForm(StepForm):
    standing = forms.ChoiceField(
        label=_("Who are you?"),
        help_text=_("Choose what fits"),
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


class StopForm(FindingForm):
    """All that an objection to marketing needs: whom to find, and where to write to. Nothing has to be proven by it."""

    field_order = ("name", "email", "phone", "customer_no")

    def adapt(self, asking: Asking) -> None:  # noqa: ARG002
        del self.fields["national_id"]
