"""What a caseworker says of an authority: they check shape; `identity.mandates` checks rules."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.desk.wording import words
from cases.models import AuthorityRefusal
from cases.models.case import AuthorityKind
from cases.models.evidence.authority import AnswerTo
from cases.web.fields import Checkboxes, Radios, TextField

DAY = {"type": "date"}
LONGEST = 4000


class AcceptForm(forms.Form):
    """How far it is accepted, with nothing chosen beforehand.

    ``rights``: those of the request that wait; ``custody``: `deciding.custody_asks`.
    """

    use_required_attribute = False
    kind = forms.ChoiceField(
        label=_("What kind of authority is it?"),
        choices=AuthorityKind.choices,
        widget=Radios,
        error_messages={"required": _("Choose what kind of authority it is.")},
    )
    checked = TextField(
        label=_("What did you check?"),
        help_text=_("Which paper, of which day, or whom you called on a number you knew before."),
        max_length=LONGEST,
        missing=_("Write down the reason; it goes into the record."),
        widget=forms.Textarea,
        attrs={"rows": 3},
    )
    child_heard = TextField(
        label=_("What does the child want, and how do you know?"),
        help_text=_(
            "Under custody, from about twelve. From about fifteen nothing is given against the child's will. Ask where "
            "only the child reads or hears it."
        ),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea,
        attrs={"rows": 2},
    )
    together = TextField(
        label=_("How do you know that the other custodian agrees, or that there is none?"),
        help_text=_(
            "Under custody of a child under fifteen, where more is asked than to know, or to stop marketing."
        ),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea,
        attrs={"rows": 2},
    )
    rights = forms.MultipleChoiceField(
        label=_("Which rights does it cover?"),
        widget=Checkboxes,
        error_messages={
            "required": _("Choose at least one right that the authority reaches to, or refuse it as a whole.")
        },
    )
    refused_why = TextField(
        label=_("Why not to the others?"),
        help_text=_("For the letter that refuses them, in the language of the case."),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea,
        attrs={"rows": 3},
    )
    covers_from = forms.DateField(
        label=_("From which day does it cover the person's data?"),
        help_text=_(
            "Empty where it has no limit. Rows of other days are not gathered. What has no date, such as the customer "
            "card, is gathered all the same."
        ),
        required=False,
        widget=forms.DateInput(attrs=DAY),
    )
    covers_until = forms.DateField(
        label=_("Until which day, that day included?"), required=False, widget=forms.DateInput(attrs=DAY)
    )
    answer_to = forms.ChoiceField(
        label=_("Who gets the answer?"),
        help_text=_("As the authority says. What goes to the person, somebody here hands over or posts."),
        choices=AnswerTo.choices,
        widget=Radios,
        error_messages={"required": _("Choose who gets the answer.")},
    )

    def __init__(self, *args: Any, rights: list[str], custody: tuple[bool, bool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reach = self.fields["rights"]
        assert isinstance(reach, forms.MultipleChoiceField)
        reach.choices = [(right, words.RIGHTS[right]) for right in rights]
        if len(rights) == 1:
            del self.fields["refused_why"]
        for name, asked in zip(("child_heard", "together"), custody, strict=True):
            if not asked:
                del self.fields[name]


class RefuseForm(forms.Form):
    """Why nothing of it is accepted; both go into the letter."""

    use_required_attribute = False
    ground = forms.ChoiceField(
        label=_("Why is it refused?"),
        choices=AuthorityRefusal.Ground.choices,
        widget=Radios,
        error_messages={"required": _("Choose why it is refused.")},
    )
    reason = TextField(
        label=_("The reason in this case"),
        help_text=_(
            "For the letter, in the language of the case. Say nothing of what is known of the person."
        ),
        max_length=LONGEST,
        missing=_("Write the reason; the letter gives it."),
        widget=forms.Textarea,
        attrs={"rows": 4},
    )


class AskForm(forms.Form):
    """What the doubt is, where there is one: it alone stops the clock."""

    doubt = TextField(
        label=_("Is it in doubt who asks, or for whom? Say why"),
        help_text=_(
            "Only reasonable doubt about who somebody is stops the clock (Article 12(6)), and only if you ask in time. "
            "That papers are missing does not."
        ),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea,
        attrs={"rows": 2},
    )
