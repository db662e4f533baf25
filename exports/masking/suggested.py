"""What in a free text may tell of somebody else: shown to a person, who masks it or does not. Pure.

Numbers and addresses are known by their form; names by what the sources know of others, and by the words before them.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import phonenumbers

from exports.masking.spans import Span, every

MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
NATIONAL = re.compile(r"\b(?:(?:19|20)?\d{6}[-+]?\d{4})\b")
STREET = re.compile(
    r"\b[A-ZÅÄÖÆØ][\wåäöæøé]*(?:gatan|gata|vägen|väg|gränd|stigen|torget|backen|allén|vej|gade|allé|stræde|torv|plads)"
    r"\s+\d+\s?[A-Z]?\b(?:,?\s+\d{3}\s?\d{1,2}\s+[A-ZÅÄÖÆØ][\wåäöæø]+)?"
)
# Who is spoken of when a name follows, in Swedish, Danish and English.
RELATED = (
    "hustru", "fru", "make", "maken", "man", "sambo", "son", "dotter", "mor", "mamma", "far", "pappa", "bror", "syster",
    "granne", "grannen", "kollega", "vän", "hustruen", "kone", "mand", "samlever", "søn", "datter",
    "søster", "nabo", "ven", "wife", "husband", "partner", "son", "daughter", "mother", "father", "brother", "sister",
    "neighbour", "colleague", "friend", "boss",
)  # fmt: skip
NAME = r"[A-ZÅÄÖÆØÉ][\w'’-]+"
AFTER_RELATION = re.compile(rf"\b(?i:{'|'.join(sorted(set(RELATED)))})\b[\s,:]+({NAME}(?:\s+{NAME})?)")
REGIONS = ("SE", "DK")
LONGEST_NAME = 60


@dataclass(frozen=True)
class Suggestion:
    """A stretch of the text. ``kind``: phone, mail, national-id, address or name."""

    first: int
    end: int
    kind: str
    text: str


def suggestions(text: str, *, names: Iterable[str], own: Callable[[str], bool]) -> list[Suggestion]:
    """In the order of the text, each stretch once. ``own``: whether it is the person's own."""
    found: list[Suggestion] = []
    for kind, first, end in sorted(_found(text, names), key=lambda each: (each[1], -each[2])):
        stretch = text[first:end]
        if not own(stretch) and not any(first < one.end and one.first < end for one in found):
            found.append(Suggestion(first, end, kind, stretch))
    return found


def _found(text: str, names: Iterable[str]) -> Iterator[tuple[str, int, int]]:
    for kind, form in (("mail", MAIL), ("national-id", NATIONAL), ("address", STREET)):
        yield from ((kind, *match.span()) for match in form.finditer(text))
    for region in REGIONS:
        for number in phonenumbers.PhoneNumberMatcher(text, region):
            # It takes the bracket before a number along.
            yield (
                "phone",
                number.start + len(number.raw_string) - len(number.raw_string.lstrip("( ")),
                number.end,
            )
    yield from (("name", *match.span(1)) for match in AFTER_RELATION.finditer(text))
    for name in names:
        yield from (("name", *span) for span in _named(text, name))


def _named(text: str, name: str) -> Iterator[Span]:
    """A name in full; else each of its words that is written like a name."""
    whole = list(every(text, name))
    yield from whole
    if not whole:
        for word in name.split():
            if len(word) > 2 and word[0].isupper():
                yield from every(text, word)


def names_in(values: Iterable[object]) -> Iterator[str]:
    """Of what the sources know of others: what may be a name."""
    for value in values:
        if isinstance(value, str) and len(value) <= LONGEST_NAME and value[:1].isupper() and value.split():
            words = value.split()
            if len(words) < 5 and all(word.replace("-", "").replace("'", "").isalpha() for word in words):
                yield value
