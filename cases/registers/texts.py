"""Words in the three languages of the desk."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints

Language = Literal["sv", "da", "en"]
LANGUAGES: tuple[Language, ...] = ("sv", "da", "en")


def _flowing(value: Any) -> Any:
    """Line breaks in a file are the writer's; a text is one paragraph."""
    return " ".join(value.split()) if isinstance(value, str) else value


Line = Annotated[str, BeforeValidator(_flowing), StringConstraints(min_length=1)]


def written(pattern: str, like: str) -> AfterValidator:
    """Asks a value to match `pattern` as a whole; the complaint shows what it should look `like`."""
    shape = re.compile(pattern)

    def check(value: str) -> str:
        if not shape.fullmatch(value):
            raise ValueError(f"should look like {like}")
        return value

    return AfterValidator(check)


class Frozen(BaseModel):
    """A value of a register: closed against unknown keys and never changed after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Frozen):
    """The same words in Swedish, Danish and English; none may be left out."""

    sv: Line
    da: Line
    en: Line

    def get(self, language: str) -> str:
        """The words in `language` ("sv", "da" or "en"); another language is a KeyError."""
        return {"sv": self.sv, "da": self.da, "en": self.en}[language]

    def filled(self, **values: "str | Text") -> "Text":
        """The text with its {placeholders} filled in, a Text by its own language."""

        def words(language: Language) -> str:
            return self.get(language).format(**{key: _in(value, language) for key, value in values.items()})

        return Text(sv=words("sv"), da=words("da"), en=words("en"))


def _in(value: str | Text, language: Language) -> str:
    return value.get(language) if isinstance(value, Text) else value


def _everywhere(value: Any) -> Any:
    return dict.fromkeys(LANGUAGES, value) if isinstance(value, str) else value


class Printed(StrEnum):
    """How a text is put into a letter, which says how it has to be written."""

    SENTENCES = "sentences"  # as it stands
    PHRASE = "phrase"  # at the beginning of a line, before a colon: `For the logging`
    CONTINUATION = "continuation"  # after a comma: `among others the Bookkeeping Act`


Sentences = Annotated[Text, Printed.SENTENCES]
Phrase = Annotated[Text, Printed.PHRASE]
Continuation = Annotated[Text, Printed.CONTINUATION]
ENDS = (".", "!", "?")
# What two texts put together by mistake look like.
DOUBLED = re.compile(r"\.{2}|\s[.,;:]|[.,;:][,;:]|  ")


def misshapen(value: Any, annotation: Any = None) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text in a register that does not read as a letter prints it, as (key path, what is wrong)."""
    if isinstance(value, Text) and (printed := _printed(annotation)):
        for language in LANGUAGES:
            if fault := _fault(value.get(language), language, printed):
                yield (language,), fault
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            inner = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
            yield from _under(name, getattr(value, name), inner)
    elif isinstance(value, dict | tuple):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in pairs:
            yield from _under(key, part, annotation)


def _under(key: str | int, value: Any, annotation: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for path, fault in misshapen(value, annotation):
        yield (key, *path), fault


def _printed(annotation: Any) -> Printed | None:
    """How the field is printed, wherever in `Sentences | None` or `dict[str, Sentences]` it says so."""
    if isinstance(annotation, Printed):
        return annotation
    parts = (*get_args(annotation), *getattr(annotation, "__metadata__", ()))
    return next(filter(None, map(_printed, parts)), None)


def _fault(text: str, language: str, printed: Printed) -> str | None:
    if DOUBLED.search(text):
        return "has two signs of punctuation, or two blanks, after one another"
    if printed == Printed.SENTENCES:
        return None if text.endswith(ENDS) else "is printed as a sentence: end it with a full stop"
    if text.endswith((*ENDS, ":", ";", ",")):
        return f"is printed inside a sentence: take `{text[-1]}` away at its end"
    if ":" in text:
        return "is printed beside a colon: write it without one of its own"
    # English gives nations, and so the names of their laws, a capital.
    small = language == "en" or not text[:1].isupper() or text[1:2].isupper()
    if printed == Printed.CONTINUATION and not small:
        return "goes on with a sentence: begin it with a small letter"
    return None


Name = Annotated[Text, BeforeValidator(_everywhere)]
"""A Text that may be written as one plain string when it is a proper name, the same in every language."""
