"""What somebody fills in who asks for another: the person concerned, and apart from that whoever asks."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models.case import AuthorityKind
from cases.public.forms import PHONE, Asking, StepForm, own_email, own_name
from cases.public.rights import authorities
from cases.request.asked import LIMITS
from cases.web.fields import PLAIN, Radios, TextField


class PersonForm(StepForm):
    """About the person concerned alone. A browser must fill in nothing: what it knows is of whoever types."""

    on_behalf_of = TextField(
        label=_("The person's name"),
        max_length=LIMITS["on_behalf_of"],
        missing=_("Write the name of the person you ask for."),
        attrs={"autocomplete": "off", "spellcheck": "false"},
    )
    person_email = TextField(
        label=_("The person's e-mail address"),
        help_text=_("If they have one that we know them by. We do not write to it."),
        max_length=LIMITS["person_email"],
        required=False,
        # Not one of type email: browsers fill those in of themselves.
        attrs={"autocomplete": "off", "inputmode": "email", **PLAIN},
    )
    phone = TextField(
        label=_("The person's phone number"),
        help_text=_("If they have or had a number with us."),
        max_length=LIMITS["phone"],
        required=False,
        attrs={"autocomplete": "off", **PHONE},
    )
    customer_no = TextField(
        label=_("The person's customer number"),
        help_text=_("It stands on an invoice to them."),
        max_length=LIMITS["customer_no"],
        required=False,
        attrs={"autocomplete": "off", "class": "short", **PLAIN},
    )
    national_id = TextField(
        help_text=_(
            "You don't have to give it. It only helps us to tell them from someone with the same name, "
            "is used for this request alone and is kept locked."
        ),
        max_length=LIMITS["national_id"],
        required=False,
        attrs={"autocomplete": "off", "inputmode": "numeric", "class": "short", **PLAIN},
    )

    def adapt(self, asking: Asking) -> None:
        swedish = asking.register.country == "SE"
        number = self.fields["national_id"]
        number.label = (
            _("The person's personal identity number (personnummer)")
            if swedish
            else _("The person's CPR number")
        )


class AskerForm(StepForm):
    """Whoever asks for somebody else, and by what right."""

    name = own_name()
    email = own_email()
    authority = forms.ChoiceField(
        label=_("What gives you the right to ask?"),
        help_text=_("You can send us the papers that show it once you have confirmed your address."),
        choices=AuthorityKind.choices,
        widget=Radios,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), _("Choose what gives you the right to ask for the other.")
        ),
    )

    def adapt(self, asking: Asking) -> None:
        labels, hints = authorities(asking.register.country)
        self.choice("authority").choices = labels.items()
        self.fields["authority"].widget.hints = hints
