"""Words in the three languages of the desk."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

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


# What two texts put together by mistake look like.
_DOUBLED = re.compile(r"\.{2}|\s[.,;:]|[.,;:][,;:]|  ")


def _each(value: Text, fault: Callable[[str, str], str | None]) -> Text:
    for language in LANGUAGES:
        if said := fault(value.get(language), language):
            raise ValueError(f"{language}: {said}")
    return value


def _sentences(value: Text) -> Text:
    return _each(value, _no_sentence)


def _no_sentence(text: str, _language: str) -> str | None:
    if not text.endswith((".", "!", "?")):
        return "is printed as a sentence and should end with a full stop"
    return "has two signs after one another" if _DOUBLED.search(text) else None


def _phrase(value: Text) -> Text:
    return _each(value, _no_phrase)


def _no_phrase(text: str, _language: str) -> str | None:
    if text.endswith((".", "!", "?", ":", ";", ",")):
        return f"is printed inside a sentence and should not end with `{text[-1]}`"
    if ":" in text:
        return "is printed beside a colon and should not hold another"
    return "has two signs after one another" if _DOUBLED.search(text) else None


def _continued(value: Text) -> Text:
    return _each(value, _no_continuation)


def _no_continuation(text: str, language: str) -> str | None:
    # English writes the names of nations with a capital, and so the names of their laws.
    if language != "en" and text[:1].isupper() and not text[1:2].isupper():
        return "goes on with a sentence and should begin with a small letter"
    return _no_phrase(text, language)


Sentences = Annotated[Text, AfterValidator(_sentences)]
"""One sentence or more, each whole: printed as they stand."""
Phrase = Annotated[Text, AfterValidator(_phrase)]
"""Words at the beginning of a line that a colon ends: `For the logging`."""
Continuation = Annotated[Text, AfterValidator(_continued)]
"""Words that go on with a sentence, after a comma: `among others the Bookkeeping Act`."""

Name = Annotated[Text, BeforeValidator(_everywhere)]
"""A Text that may be written as one plain string when it is a proper name, the same in every language."""
