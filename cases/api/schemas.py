"""The shapes the API takes and gives. Rules stand in the stages; a serializer checks shape only."""

import unicodedata
from collections.abc import Callable
from datetime import UTC, date
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cases.execution.objections.stoplist import LISTED_KINDS
from cases.identity.identifier_words import sentence
from cases.identity.identifiers import NotAnIdentifier, refuse_unseen, reply_mailbox
from cases.models import Case, Operator
from cases.models.case import BY_HAND, AuthorityKind, Channel, Outcome, Right, Standing


def _checked(written: Callable[[str], str], value: str) -> str:
    try:
        return written(value)
    except NotAnIdentifier as problem:
        raise serializers.ValidationError(sentence(problem)) from None


def _seen(value: str) -> str:
    refuse_unseen(value)
    return value


class Text(serializers.CharField):
    """A text, and no number: the framework would take one for its digits, of which some may be lost."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Slug(Text, serializers.SlugField):
    """An operator's name in addresses."""


class PlainText(Text):
    """Text without control characters, so that what is stored can be printed."""

    def to_internal_value(self, data: Any) -> str:
        value: str = super().to_internal_value(data)
        if any(unicodedata.category(char) == "Cc" and char not in "\n\r\t" for char in value):
            raise serializers.ValidationError(_("This has characters we can't read."))
        return value


@extend_schema_field({"type": "string", "format": "email", "maxLength": 254})
class Mailbox(PlainText):
    """An address that mail can be sent to as it stands."""

    def to_internal_value(self, data: Any) -> str:
        written: str = super().to_internal_value(data)
        return _checked(reply_mailbox, written) if written else ""


class RequestIn(serializers.Serializer[Any]):
    """A request handed in by the operator's own system."""

    operator = Slug(max_length=50)
    # Nine: each right once.
    rights = serializers.ListField(
        child=serializers.ChoiceField(choices=Right.choices), min_length=1, max_length=9
    )
    language = serializers.ChoiceField(choices=["sv", "da", "en"])
    name = PlainText(max_length=200)
    email = Mailbox(
        max_length=254,
        required=False,
        allow_blank=True,
        default="",
        help_text="May be empty where a person was met on another way; the answer then goes by post.",
    )
    channel = serializers.ChoiceField(
        choices=[(one.value, one.label) for one in (Channel.API, *BY_HAND)],
        default=Channel.API.value,
        help_text="The way on which the request reached you.",
    )
    received_on = serializers.DateField(
        required=False,
        allow_null=True,
        default=None,
        help_text="The day on which it reached you, on whatever way: the month runs from it. Left out, it is today.",
    )
    standing = serializers.ChoiceField(choices=Standing.choices, default=Standing.SELF.value)
    phone = PlainText(max_length=40, required=False, allow_blank=True, default="")
    customer_no = PlainText(max_length=40, required=False, allow_blank=True, default="")
    national_id = PlainText(max_length=20, required=False, allow_blank=True, default="")
    on_behalf_of = PlainText(max_length=200, required=False, allow_blank=True, default="")
    person_email = PlainText(max_length=254, required=False, allow_blank=True, default="")
    authority = serializers.ChoiceField(
        choices=AuthorityKind.choices, required=False, allow_blank=True, default=""
    )
    protected = serializers.BooleanField(
        default=False,
        help_text="The person's identity is protected: from then on named staff alone know of the cases.",
    )
    contact = PlainText(
        max_length=300,
        required=False,
        allow_blank=True,
        default="",
        help_text="A safe way to reach the person; no mails but codes go out then.",
    )
    died_on = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="For an estate: the day the person died."
    )
    send_to = PlainText(
        max_length=40,
        required=False,
        allow_blank=True,
        default="",
        help_text="For portability: a key of the operator's receivers.toml. The data go straight there as well.",
    )
    note = PlainText(max_length=4000, required=False, allow_blank=True, default="")
    purposes = serializers.ListField(
        child=PlainText(max_length=20), required=False, default=list, max_length=50
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # A field we don't know would else be ignored, and the caller believe that it was taken.
        unknown = sorted(set(self.initial_data) - set(self.fields))
        if unknown:
            raise serializers.ValidationError({name: [str(_("There is no such field."))] for name in unknown})
        return attrs


class CaseOut(serializers.ModelSerializer[Case]):
    """Where a case is. No personal data."""

    operator: serializers.SlugRelatedField[Operator] = serializers.SlugRelatedField(
        slug_field="slug", read_only=True
    )
    # Empty until it is closed, which the description would not say of its own accord.
    outcome = serializers.ChoiceField(choices=Outcome.choices, allow_blank=True, read_only=True)
    package_ready = serializers.SerializerMethodField()
    due_on = serializers.SerializerMethodField()
    first_day = serializers.DateField(read_only=True, allow_null=True)

    class Meta:
        model = Case
        fields = (
            "reference", "operator", "right", "stage", "outcome", "received_at", "received_on", "due_on", "act_by",
            "paused", "first_day", "closed_at", "package_ready",
        )  # fmt: skip
        read_only_fields = fields

    def get_due_on(self, case: Case) -> date | None:
        """Null while the clock is paused: there is no such day until it runs again."""
        return None if case.paused else case.due_on

    def get_package_ready(self, case: Case) -> bool:
        """Whether the package can be fetched now."""
        # Without a name the package has been destroyed.
        return any(answer.delivered_at and answer.name for answer in case.answers.all())


class RequestOut(serializers.Serializer[Any]):
    """What was made of a request: one case a right."""

    id = serializers.UUIDField()
    cases = CaseOut(many=True)


class IdentifierIn(serializers.Serializer[Any]):
    """An identifier to look up on the stop list."""

    kind = serializers.ChoiceField(choices=LISTED_KINDS)
    value = PlainText(max_length=254)
    theirs_since = serializers.DateTimeField(
        required=False, allow_null=True, default=None, default_timezone=UTC
    )

    def validate_value(self, value: str) -> str:
        """With a character that nobody sees it would be on no list, and whoever asks would go on."""
        return _checked(_seen, value)


class StopListIn(serializers.Serializer[Any]):
    """Whom an operator's system is about to contact, or to hand on."""

    operator = Slug(max_length=50)
    identifiers = serializers.ListField(child=IdentifierIn(), min_length=1, max_length=1000)


class StoppedOut(serializers.Serializer[Any]):
    """A use that has to leave this person alone."""

    channel = serializers.CharField()
    since = serializers.DateTimeField()


class StopListOut(serializers.Serializer[Any]):
    """What is stopped for each identifier, in the order asked; empty where it is not on the list."""

    stopped = serializers.ListField(child=serializers.ListField(child=StoppedOut()))


class ProblemOut(serializers.Serializer[Any]):
    """An error: a code that stays the same, a sentence, and for a request the sentences by field."""

    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), required=False
    )
