"""The words of letters and packages: a TOML file a language, with the same keys and placeholders in each."""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from string import Formatter

from babel.dates import format_date, format_skeleton, get_day_names, get_month_names, get_timezone_name
from babel.numbers import format_decimal, get_decimal_symbol

from exports.letter.matrix import LetterProblem

LANGUAGES = ("sv", "da", "en")
DONE = "done."
LOCALES = {"sv": "sv_SE", "da": "da_DK", "en": "en_GB"}


class TextsError(ValueError):
    """The texts of the languages do not fit together; says which key of which language."""


class Texts:
    """The words of one language. ``texts("complaint.one", authority=...)`` gives a sentence; KeyError if unknown.

    ``always``: values that any sentence may name.
    """

    def __init__(self, language: str, words: Mapping[str, str], **always: object) -> None:
        self.language = language
        self._words = words
        self._always = always

    def __call__(self, key: str, **values: object) -> str:
        return self._words[key].format(**(self._always | values))

    def done(self, deed: str, on: date | None, **values: object) -> str:
        """A sentence that says that something was done, with its day. LetterProblem where there is no deed."""
        if on is None:
            raise LetterProblem("not-done", deed)
        return self(f"{DONE}{deed}", on=self.day(on), **values)

    def every(self) -> Iterable[str]:
        """All its texts, with their placeholders."""
        return self._words.values()

    def __contains__(self, key: str) -> bool:
        return key in self._words

    def count(self, key: str, n: int) -> str:
        """``n`` with the noun it counts, in the right form."""
        return self(f"{key}.{'one' if n == 1 else 'many'}", n=self.number(n))

    def day(self, day: date) -> str:
        """A date written out, as the language does it."""
        return str(format_date(day, "d. MMMM y" if self.language == "da" else "d MMMM y", self._locale))

    def period(self, first: date | None, last: date | None) -> str:
        """From one month to another, or the month alone; nothing for no dates."""
        if first is None or last is None:
            return self("page.nothing")
        names = dict.fromkeys(self.month(day) for day in (first, last))
        return " – ".join(names)

    def month(self, day: date) -> str:
        """A month, short: `nov. 2026`."""
        return str(format_skeleton("yMMM", day, locale=self._locale))

    def number(self, value: float) -> str:
        """A number with the language's own group and decimal signs."""
        return str(format_decimal(value, locale=self._locale))

    def exact(self, value: float) -> str:
        """A number that a source gave, with every digit of it."""
        return str(format_decimal(Decimal(repr(value)), locale=self._locale, decimal_quantization=False))

    def rounded(self, value: Decimal) -> str:
        """A sum as a whole number."""
        return str(format_decimal(value, format="#,##0", locale=self._locale))

    def money(self, value: Decimal) -> str:
        """A sum with its two decimals."""
        return str(format_decimal(value, format="#,##0.00", locale=self._locale))

    def zone(self, name: str) -> str:
        """A time zone in words: `Central European Time` for `Europe/Stockholm`."""
        if name in ("UTC", "Etc/UTC"):
            return "UTC"
        said = str(get_timezone_name(name, locale=self._locale))
        # It stands behind other words, and English alone writes it large there.
        return said if self.language == "en" else inside(said)

    def weekday(self, day: int) -> str:
        """The short name of a day of the week, 0 for Monday."""
        return str(get_day_names("abbreviated", locale=self._locale)[day]).rstrip(".")

    def moment(self, written: str) -> str:
        """`2026-01-31 14:05` as the language writes it; a day alone too."""
        day, _, time = written.partition(" ")
        year, month, of_month = day.split("-")
        if self.language == "da":
            return f"{of_month}.{month}.{year} {time.replace(':', '.')}".rstrip()
        if self.language == "en":
            name = get_month_names("abbreviated", locale=self._locale)[int(month)]
            return f"{int(of_month)} {name} {year} {time}".rstrip()
        return written

    def digits(self, value: Decimal) -> str:
        """An amount with every digit it has and the language's decimal sign."""
        return f"{value:f}".replace(".", get_decimal_symbol(self._locale))

    def listing(self, items: Iterable[str]) -> str:
        """`a, b and c`."""
        *rest, last = list(items) or [self("page.nothing")]
        return f"{', '.join(rest)} {self('page.and')} {last}" if rest else last

    def series(self, items: Iterable[str]) -> str:
        """`A and b; c; d`: names that may hold an "and" themselves, a small letter from the second on."""
        first, *rest = list(items) or [""]
        return "; ".join([first, *map(inside, rest)])

    @property
    def _locale(self) -> str:
        return LOCALES[self.language]


def inside(name: str) -> str:
    """A common noun as it is written inside a sentence."""
    # IP and its like keep their capitals.
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def capital(text: str) -> str:
    """The text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def texts(language: str, *, of_dead: str = "") -> Texts:
    """The words in `sv`, `da` or `en`. KeyError for another language, TextsError if the files differ.

    ``of_dead``: the name of who has died, where whoever writes for the estate is spoken to.
    """
    words = _all()[language]
    return (
        Texts(language, {**words, **_of_estates()[language]}, person=of_dead)
        if of_dead
        else Texts(language, words)
    )


def checked(words: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
    """The same words, after a check that every language has every key with the same placeholders."""
    first, *others = words
    for language, texts_of in words.items():
        for key, text in texts_of.items():
            if key.startswith(DONE) and "on" not in _placeholders(text):
                raise TextsError(f"{language}: {key} does not say when: it needs {{on}}")
    for language in others:
        if odd := words[first].keys() ^ words[language].keys():
            raise TextsError(f"{first} and {language} differ in the key {min(odd)}")
        for key, text in words[first].items():
            if _placeholders(text) != _placeholders(words[language][key]):
                raise TextsError(f"{language}: {key} has other placeholders than {first}")
    return words


@lru_cache(maxsize=1)
def _all() -> Mapping[str, Mapping[str, str]]:
    return checked({language: _read(Path(__file__).parent / f"{language}.toml") for language in LANGUAGES})


@lru_cache(maxsize=1)
def _of_estates() -> Mapping[str, Mapping[str, str]]:
    """What is said otherwise to an estate: sentences in which the one who has died would be spoken to."""
    said = {language: _read(Path(__file__).parent / "estate" / f"{language}.toml") for language in LANGUAGES}
    for language, own in checked(said).items():
        usual = _all()[language]
        for key, text in own.items():
            if key not in usual:
                raise TextsError(f"{language}: {key} is said to estates alone")
            if _placeholders(text) - {"person"} != _placeholders(usual[key]) - {"person"}:
                raise TextsError(f"{language}: {key} has other placeholders where it is said to an estate")
    return said


def _read(path: Path) -> dict[str, str]:
    return dict(_flat(tomllib.loads(path.read_text("utf-8")), ""))


def _flat(table: Mapping[str, object], prefix: str) -> Iterable[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            yield f"{prefix}{key}", value
        else:
            raise TextsError(f"{prefix}{key} is not a text")


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
