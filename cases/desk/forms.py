"""Forms of the desk: they check shape; the stages check rules."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.assessment.deciding import CHOICES
from cases.collection.run_commands import LONGEST_REASON
from cases.desk.wording import words
from cases.identity.identifier_words import sentence
from cases.identity.identifiers import TYPED_KINDS, NotAnIdentifier, normalise
from cases.law.holdrules import RULES
from cases.models import Correction
from cases.models.operators import Role
from cases.orders.days import faults
from cases.orders.extensions import extensible
from cases.registers.categories import CATEGORIES
from cases.web.fields import TextField

DAY = {"type": "date"}
CHOOSE = _("Choose the kind of order.")
ORDER_DAYS = ("decided_on", "days", "served_on", "handed_over_on", "covers_from", "covers_to")


def order_rules(*, cleared: bool) -> list[tuple[str, str]]:
    """The kinds of order a member may register; secret ones only with clearance."""
    rows = {
        row.id: row for row in RULES if row.counts == "order" and row.blocks and (cleared or not row.secret)
    }
    return [(key, words.rule_name(key)) for key in rows]


class ChangeForm(forms.Form):
    """Another outcome for a decision, and the reason that stands beside it."""

    outcome = forms.ChoiceField(label=_("What should be done instead?"))
    reason = TextField(
        max_length=4000,
        label=_("Why?"),
        help_text=_("It goes into the record, and into the letter where the law asks for reasons."),
        missing=_("Write down the reason; it goes into the record."),
        widget=forms.Textarea,
        attrs={"rows": 4},
    )

    def __init__(self, *args: Any, right: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"] = forms.ChoiceField(
            label=_("What should be done instead?"),
            choices=[(code, words.VERDICTS.get(code, code)) for code in CHOICES[right]],
        )


class LeaveOutForm(forms.Form):
    """Why a collection is left out, for the person. Without a field where everybody is told the same."""

    reason = TextField(
        max_length=LONGEST_REASON,
        label=_("Why may it not be handed over?"),
        help_text=_("The person reads this in the letter. Say what stops it, and nothing of anybody else."),
        missing=_("Write the reason; the letter gives it."),
        widget=forms.Textarea,
        attrs={"rows": 5},
    )

    def __init__(self, *args: Any, guarded: bool, erasing: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if guarded:
            del self.fields["reason"]
        elif erasing:
            self.fields["reason"].label = _("Why may it not be erased?")


class GoOnForm(forms.Form):
    """Why a case is answered though nobody could look everywhere. The record keeps it."""

    reason = TextField(
        max_length=LONGEST_REASON,
        label=_("Why can this be answered all the same?"),
        help_text=_("For example: the person was asked and knows nothing else. It stays in the record."),
        missing=_("Write down the reason; it goes into the record."),
        widget=forms.Textarea,
        attrs={"rows": 4},
    )


def _day(label: Any, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=help_text,
        required=False,
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        error_messages={"invalid": _("This is no day. Write it like 2026-03-31.")},
    )


class IdentifierForm(forms.Form):
    """A further identifier that the person has told."""

    kind = forms.ChoiceField(
        label=_("What is it?"), choices=[(key, words.IDENTIFIERS[key]) for key in TYPED_KINDS]
    )
    value = TextField(
        max_length=254,
        label=_("Value"),
        help_text=_("Only one that you have checked to be this person's. Your name stays with it."),
        missing=_("Write the identifier."),
        attrs={"autocomplete": "off"},
    )
    since = _day(
        _("The person's since"),
        _(
            "What passes from person to person, like a phone number, finds calls and the like by its days alone."
        ),
    )
    until = _day(_("The person's until"), _("Its last day. Empty: it still is."))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day lies before the first."))
        return cleaned


class OrderForm(forms.Form):
    """An order of a court or an authority about one person's data."""

    rule = forms.ChoiceField(label=_("Kind of order"))
    court = TextField(
        max_length=120, label=_("Court or authority"), missing=_("Write which court or authority.")
    )
    court_case = TextField(max_length=60, label=_("Its case number"), required=False)
    kind = forms.ChoiceField(
        label=_("The person is known by"), choices=[(key, words.IDENTIFIERS[key]) for key in TYPED_KINDS]
    )
    value = TextField(
        max_length=254,
        label=_("Value"),
        help_text=_("Kept only as a keyed hash: it finds the person, it can't be read back."),
        missing=_("Write the identifier the order names."),
        attrs={"autocomplete": "off"},
    )
    categories = forms.MultipleChoiceField(
        label=_("Data the order covers"),
        help_text=_("None ticked: everything that the law behind the order reaches."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    covers_from = _day(_("Covers data from"))
    covers_to = _day(_("Covers data to"))
    decided_on = _day(_("Decided on"))
    days = forms.IntegerField(
        label=_("Days in force"),
        required=False,
        error_messages={"invalid": _("Write the number of days in digits.")},
    )
    served_on = _day(_("Served on"))
    handed_over_on = _day(_("Handed over on"), _("The day the rights holder got the information."))

    def __init__(self, *args: Any, country: str, language: str, cleared: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country = country
        rules = forms.ChoiceField(
            label=_("Kind of order"),
            choices=order_rules(cleared=cleared),
            error_messages={"required": CHOOSE, "invalid_choice": CHOOSE},
        )
        self.fields["rule"] = rules
        names = [(key, category.name.get(language)) for key, category in CATEGORIES.items()]
        self.fields["categories"].widget.choices = names
        self.fields["categories"].choices = names  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            if value := cleaned.get("value"):
                cleaned["value"] = normalise(cleaned.get("kind", ""), value, self.country)
        except NotAnIdentifier as problem:
            self.add_error("value", sentence(problem))
        self._check_days(cleaned)
        return cleaned

    def _check_days(self, cleaned: dict[str, Any]) -> None:
        """What the rules of orders find wrong, at the fields it is wrong in; a field that can't be read has said so."""
        days = {name: cleaned.get(name) for name in ORDER_DAYS}
        for fault in faults(rule=cleaned.get("rule", ""), **days):
            if fault.field not in self.errors:
                self.add_error(fault.field, fault.what)


class ExtensionForm(forms.Form):
    """Which secret rule is to reach which further kind of data."""

    rule = forms.ChoiceField(label=_("Kind of order"))
    category = forms.ChoiceField(label=_("reaches also"))

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(key, each.name.get(language)) for key, each in CATEGORIES.items()]
        rules = [(key, words.rule_name(key)) for key in extensible()]
        self.fields["rule"] = forms.ChoiceField(label=_("Kind of order"), choices=rules)
        self.fields["category"] = forms.ChoiceField(label=_("reaches also"), choices=names)


class CorrectionForm(forms.Form):
    """Which value of a row is wrong, what it should be, or why it stays."""

    column = forms.ChoiceField(
        label=_("Which value does the person say is wrong?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the value.")},
    )
    outcome = forms.ChoiceField(
        label=_("Is the person right?"),
        choices=[
            (Correction.Outcome.GRANTED, _("Yes: correct it")),
            (Correction.Outcome.REFUSED, _("No: it stays as it is")),
        ],
        initial=Correction.Outcome.GRANTED,
        widget=forms.RadioSelect,
    )
    new = TextField(
        max_length=1000,
        label=_("What should it be, the person says?"),
        help_text=_("Write it the way the old value is written. Left empty, the value is removed."),
        required=False,
        attrs={"autocomplete": "off"},
    )
    reason = TextField(
        max_length=4000,
        label=_("If it stays: why?"),
        help_text=_("The letter gives this reason."),
        required=False,
        widget=forms.Textarea,
        attrs={"rows": 3},
    )

    def __init__(self, *args: Any, columns: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["column"].widget.choices = columns
        self.fields["column"].choices = columns  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("outcome") == Correction.Outcome.REFUSED and not cleaned.get("reason"):
            self.add_error("reason", _("Write down why it stays; the letter gives this reason."))
        return cleaned


class MemberForm(forms.Form):
    """Who works for an operator, in which role."""

    username = TextField(
        max_length=150, label=_("User name"), missing=_("Write a user name."), attrs={"autocomplete": "off"}
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("The person's own, for the invitation. May be left empty for who has an account."),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=_("Role"),
        help_text=_(
            "Approver, legal officer, cleared officer, administrator: a second one of them confirms it."
        ),
        choices=[(role.value, role.label) for role in Role if role != Role.SYSTEM],
    )
