"""What opens a door: the mailed code, and the reference."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.identity.mailed_codes import DIGITS, digits_of
from cases.web.fields import PLAIN, TextField


class CodeForm(forms.Form):
    use_required_attribute = False
    code = TextField(
        label=_("Your code"),
        help_text=_("Six digits."),
        max_length=20,
        missing=_("Write the six digits of the code."),
        attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code", **PLAIN},
    )

    def clean_code(self) -> str:
        """Stopped here so that a slip is told as one, and costs no try."""
        code = digits_of(self.cleaned_data["code"])
        if len(code) != DIGITS:
            raise forms.ValidationError(self.fields["code"].error_messages["required"])
        return code


class AddressForm(forms.Form):
    use_required_attribute = False
    address = TextField(
        label=_("Your new e-mail address"),
        help_text=_("We send a code to it now. It is used once you have entered the code."),
        max_length=254,
        missing=_("Write an e-mail address we can answer, for example name@example.com."),
        widget=forms.EmailInput,
        attrs={"autocomplete": "email", **PLAIN},
    )


class ReferenceForm(forms.Form):
    use_required_attribute = False
    reference = TextField(
        label=_("Your reference"),
        help_text=_("It looks like 26-7KQXA-19 and is on your receipt and in our mails."),
        max_length=40,
        missing=_("Write the reference from your receipt."),
        attrs={
            "autocomplete": "off",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "class": "short mono",
        },
    )
