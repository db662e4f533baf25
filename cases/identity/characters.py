"""Characters that nobody sees: two values that look alike on paper and are not the same to a computer."""

import unicodedata
from dataclasses import dataclass

# Blank, or without a shape of their own, though Unicode counts them among letters, marks and symbols.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_CATEGORIES = frozenset({"Cc", "Cf", "Zl", "Zp"})
# What comes after such a character may be long; the words before it are enough to find the place.
_SHOWN = 20


@dataclass(frozen=True)
class Unseen:
    """A character that nobody sees, and the end of what stands before it; "" at the beginning."""

    char: str
    after: str


def first_unseen(text: str) -> Unseen | None:
    """The first character of the text that has no shape, or turns the direction of reading."""
    for place, char in enumerate(text):
        if _is_unseen(char):
            return unseen_at(text, place)
    return None


def is_blank(text: str) -> bool:
    """Whether nothing of the text is seen: blanks, and characters that have no shape."""
    return all(char.isspace() or _is_unseen(char) for char in text)


def unseen_at(text: str, place: int) -> Unseen:
    """The character at this place, which is one that nobody sees."""
    return Unseen(text[place], text[max(0, place - _SHOWN) : place].strip())


def _is_unseen(char: str) -> bool:
    # Seen by the space they take; they come along where something is copied from a table.
    if char in "\n\r\t":
        return False
    variant = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    return unicodedata.category(char) in _CATEGORIES or char in _BLANK or variant
