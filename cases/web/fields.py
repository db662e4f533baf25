"""Fields that take hostile input calmly, and choices that carry a sentence each."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from django import forms
from django.core.exceptions import ValidationError
from django.forms.widgets import ChoiceWidget
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words: TypeAlias = str | Promise

UNREADABLE = _("This has characters we can't read. Type it again.")
TOO_LONG = _("This is too long. Use at most %(limit_value)s characters.")

PLAIN = {"spellcheck": "false", "autocapitalize": "off"}  # names and numbers are no prose


def is_readable(text: str) -> bool:
    """No control characters but line breaks and tabs, nothing that was lost in decoding."""
    # Python calls no-break spaces and joiners unprintable, and people paste them.
    return "\ufffd" not in text and all(
        char.isprintable() or char in "\r\n\t" or char > "\x9f" for char in text
    )


class TextField(forms.CharField):
    """One line or several; what cannot be read is refused with a sentence before all else."""

    default_error_messages = {"unreadable": UNREADABLE}

    def __init__(
        self, *, max_length: int, missing: Words = "", attrs: dict[str, Any] | None = None, **kwargs: Any
    ):
        widget = kwargs.pop("widget", forms.TextInput)
        kwargs["error_messages"] = {"required": missing}
        super().__init__(max_length=max_length, widget=widget(attrs=attrs), **kwargs)
        for validator in self.validators:
            if getattr(validator, "code", "") == "max_length":
                validator.message = TOO_LONG  # type: ignore[attr-defined]

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text and not is_readable(text):
            raise ValidationError(self.error_messages["unreadable"], code="unreadable")
        return text

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:  # noqa: ARG002
        """No maxlength: a browser would cut what is pasted without a word."""
        return {}


class _Hinted(ChoiceWidget):
    """Gives each option its sentence, tied to the input for those who hear the page."""

    def __init__(self, *args: Any, hints: Mapping[str, Words] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hints = hints or {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        hint = self.hints.get(str(value))
        if hint:
            option["hint"] = hint
            option["attrs"]["aria-describedby"] = f"{option['attrs'].get('id', name)}_hint"
        return option


class Checkboxes(_Hinted, forms.CheckboxSelectMultiple):
    """Several choices, a sentence each."""


class Radios(_Hinted, forms.RadioSelect):
    """One choice, a sentence each."""
