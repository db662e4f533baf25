"""Words about a person in a column: sealed in the database, plain on the instance."""

from typing import TYPE_CHECKING, Any

import pyrage
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from .case_keys import KeyDestroyed, identity, recipient, seal_for_operator, unseal_for_operator

if TYPE_CHECKING:
    Field = models.Field[str, str]
else:
    Field = models.Field

# What is read where the key's time is over: there were words, and they are gone.
GONE = "–"


class Opened(str):
    """Words with the bytes they lay sealed in, and the id of the case under whose key: a save writes those again."""

    sealed: bytes
    case: int | None


class _Opened(DeferredAttribute):
    """Opens on reading, and only then."""

    field: "SealedText"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        value = super().__get__(instance, owner)
        if instance is None or not isinstance(value, bytes | memoryview):
            return value
        opened = self.field.open(instance, bytes(value)) if value else ""
        instance.__dict__[self.field.attname] = opened
        return opened

    def __set__(self, instance: Any, value: Any) -> None:
        # Without it, reading what is in the instance's dictionary would pass this by.
        instance.__dict__[self.field.attname] = value


class SealedText(Field):
    """Text that lies sealed: with `under`, the way to the case, under a key of that case; else under the master key.

    Nothing is found by it but whether it is empty. Without an instance at hand (`update`), words for a case's key have
    to be sealed before; those for the master key need not.
    """

    descriptor_class = _Opened
    empty_values = [None, "", b""]

    def __init__(self, *args: Any, under: str = "", use: str = "file", **kwargs: Any) -> None:
        self.under, self.use = under, use
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "under": self.under, "use": self.use}

    def get_internal_type(self) -> str:
        return "BinaryField"

    def seal(self, instance: Any, text: str) -> bytes:
        """Empty stays empty: the database asks for a reason where there has to be one."""
        if not text:
            return b""
        if not self.under:
            return seal_for_operator(text.encode())
        return bytes(pyrage.encrypt(text.encode(), [recipient(self._case(instance), self.use)]))

    def open(self, instance: Any, sealed: bytes) -> Opened:
        """What lies sealed in the instance's column; GONE where the key's time is over."""
        case = self._case(instance) if self.under else None
        opened = Opened(self._unsealed(case, sealed))
        opened.sealed, opened.case = sealed, case and case.pk
        return opened

    def _unsealed(self, case: Any, sealed: bytes) -> str:
        if case is None:
            return unseal_for_operator(sealed).decode()
        try:
            return bytes(pyrage.decrypt(sealed, [identity(case, self.use)])).decode()
        except KeyDestroyed:
            return GONE

    def _case(self, instance: Any) -> Any:
        for step in self.under.split("."):
            instance = instance if step == "self" else getattr(instance, step)
        return instance

    def pre_save(self, model_instance: Any, add: bool) -> Any:  # noqa: ARG002 - the framework's signature
        value = model_instance.__dict__.get(self.attname)
        # Copied from another case it is sealed anew, under that one's key.
        if isinstance(value, Opened) and (not self.under or value.case == self._case(model_instance).pk):
            return value.sealed
        return self.seal(model_instance, value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value and self.under:
            raise TypeError(
                f"{self.name}: words for a case's key are sealed before they are written like this"
            )
        return self.seal(None, value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        return None if value is None else connection.Database.Binary(bytes(value))


def sealed_or_none(*, under: str, use: str) -> "models.Field[str | None, str | None]":
    """The same where there need not be any."""
    made: Any = SealedText
    return made(null=True, default=None, under=under, use=use)  # type: ignore[no-any-return]
