"""Words in the three languages of the desk."""

import re
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


Name = Annotated[Text, BeforeValidator(_everywhere)]
"""A Text that may be written as one plain string when it is a proper name, the same in every language."""
