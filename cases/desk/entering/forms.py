"""A request as a caseworker writes it down: shape only. What it must have, the one intake says (`request.asked`)."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from cases.desk.wording import words
from cases.models.case import BY_HAND, AuthorityKind, Standing
from cases.registers.register import Register
from cases.request.asked import LIMITS
from cases.web.fields import PLAIN, Checkboxes, Radios, TextField, Words

DAY = {"type": "date", "class": "short"}
NO_DAY = _("This is no day. Write it like 2026-03-31.")
# As the desk says it: the form's own words speak to the person.
STANDINGS = {
    Standing.SELF: _("The person, who is or was a private customer"),
    Standing.USER: _("The person, who uses a subscription that somebody else pays for"),
    Standing.HOLDER: _("The person, who pays for a subscription that somebody else uses"),
    Standing.PROXY: _("Somebody on behalf of the person"),
}


def _line(label: Words, longest: str, *, help_text: Words = "", short: bool = False) -> TextField:
    looks = {**PLAIN, "autocomplete": "off", **({"class": "short"} if short else {})}
    return TextField(
        label=label, max_length=LIMITS[longest], required=False, help_text=help_text, attrs=looks
    )


class RequestForm(forms.Form):
    """What came, when and how; then who asks, and for what."""

    use_required_attribute = False
    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    channel = forms.ChoiceField(
        label=_("How did it come?"),
        choices=[(one.value, one.label) for one in BY_HAND],
        widget=Radios,
        error_messages={"required": _("Choose the way on which the request came.")},
    )
    received_on = forms.DateField(
        label=_("On which day was it received?"),
        help_text=_(
            "The day on which it reached anybody at the operator: the shop, the letter box. The month runs from it."
        ),
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        error_messages={"invalid": NO_DAY, "required": _("Write the day.")},
    )
    rights = forms.MultipleChoiceField(
        label=_("What is asked?"),
        choices=list(words.RIGHTS.items()),
        widget=Checkboxes,
        error_messages={"required": _("Choose at least one thing that is asked.")},
    )
    note = TextField(
        label=_("What the person said, in their own words"),
        max_length=LIMITS["note"],
        required=False,
        widget=forms.Textarea,
        attrs={"rows": 5},
    )
    purposes = forms.MultipleChoiceField(
        label=_("Which uses should stop?"), required=False, widget=Checkboxes
    )
    original = forms.FileField(
        label=_("The original"),
        help_text=_(
            "A scan, a photograph or a PDF. It is sealed as it comes, and deleted once all is answered."
        ),
        required=False,
        allow_empty_file=True,
    )
    standing = forms.ChoiceField(
        label=_("Who asks?"), choices=list(STANDINGS.items()), initial=Standing.SELF, widget=Radios
    )
    name = _line(_("Name of whoever asks"), "name")
    email = _line(
        _("E-mail address"),
        "email",
        help_text=_("A code to prove it is mailed there. Without one, the answer goes by post."),
    )
    phone = _line(_("Phone number"), "phone", short=True)
    customer_no = _line(_("Customer number"), "customer_no", short=True)
    national_id = _line(_("Personal identity number"), "national_id", short=True)
    language = forms.ChoiceField(label=_("Language of the answer"))
    on_behalf_of = _line(_("Name of the person concerned, if it is another"), "on_behalf_of")
    authority = forms.ChoiceField(
        label=_("What gives the right to ask for them?"),
        choices=[("", _("Not known")), *AuthorityKind.choices],
        required=False,
    )
    person_email = _line(_("E-mail address of the person concerned"), "person_email")
    died_on = forms.DateField(
        label=_("Day on which the person died"),
        required=False,
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        error_messages={"invalid": NO_DAY},
    )
    protected = forms.BooleanField(label=_("The person's identity or address is protected"), required=False)
    contact = _line(
        _("The only safe way to reach them"),
        "contact",
        help_text=_(
            "If somebody else may read their mail or post. No mails but codes they ask for go out then."
        ),
    )

    def __init__(self, *args: Any, register: Register, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        uses = [(one.code, f"{one.code} {one.name.get(language)}") for one in register.purposes if one.stated]
        spoken = [(code, get_language_info(code)["name_local"]) for code in register.languages]
        self._offer("purposes", uses)
        self._offer("language", spoken)

    def _offer(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)

    def typed(self) -> dict[str, Any]:
        """As the intake takes it."""
        chosen = {name: value for name, value in self.cleaned_data.items() if name != "original"}
        lists = {name: tuple(chosen[name]) for name in ("rights", "purposes")}
        return {**chosen, **lists}
