"""What a caseworker writes down about people; the stages check the rules."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import NumberUse
from cases.web.fields import Radios, TextField

DAY = {"type": "date"}


class NumberUseForm(forms.Form):
    """Who used a number, from one day to another, and what the asker gets of it."""

    since = forms.DateField(
        label=_("From"),
        help_text=_("The first of these days; empty: since the number was theirs."),
        required=False,
        widget=forms.DateInput(attrs=DAY),
    )
    until = forms.DateField(
        label=_("Until"),
        help_text=_("The last of these days; empty: as long as the number is theirs."),
        required=False,
        widget=forms.DateInput(attrs=DAY),
    )
    used_by = forms.ChoiceField(
        label=_("Who used it?"),
        choices=NumberUse.By,
        widget=Radios,
        error_messages={"required": _("Choose who used the number on these days.")},
    )
    traffic = forms.BooleanField(
        label=_("Give the asker whom it called, and what it looked at"), required=False
    )
    location = forms.BooleanField(label=_("Give the asker where it was"), required=False)
    reason = TextField(
        max_length=4000,
        label=_("How do you know?"),
        help_text=_("It stays in the record; nobody outside reads it."),
        missing=_("Write down how you know who used it; it goes into the record."),
        widget=forms.Textarea,
        attrs={"rows": 3},
    )
