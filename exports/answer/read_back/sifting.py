"""Which gathered rows can have anything in them that a short letter says: the others need not be opened. Pure.

A letter has a page of words, and a subscriber a million rows. What is looked for has a word that not every letter has,
or seven digits in a row; a line without one of the letter's holds nothing that could be found in it. Every doubt counts
as a find, so that nothing is missed and now and then a line is opened for nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from exports.answer.read_back.sentences import SHORTEST, Numbers, words

WINDOW = 7  # digits; no shorter number is looked for
# What may stand between the groups of a number; byte by byte, all of a space that is none of the alphabet's.
BETWEEN = b" -()." + bytes(range(0x80, 0x100))
RUN = re.compile(r"[a-z0-9]+")
APART = "[^a-z0-9]+"
NOT_PLAIN = re.compile(APART)
# What stands otherwise in a line than it is compared: written with a backslash or a power of ten, and letters that are
# compared by some of the alphabet's.
OTHERWISE = (b"\\", b"e+")
FOLDED = (
    *(chr(one).encode() for one in range(0x80, 0x3000) if RUN.search(chr(one).casefold())),
    *(chr(one).encode() for one in range(0xFB00, 0xFB07)),
)


@dataclass(frozen=True)
class Sieve:
    """What of a letter a line has to have: one of ``words`` or ``pairs`` in small letters, or of ``numbers``."""

    words: frozenset[bytes]
    pairs: frozenset[re.Pattern[bytes]]
    numbers: frozenset[bytes]

    @classmethod
    def of(cls, said: Iterable[str], common: Callable[[str], bool]) -> "Sieve":
        """``said``: the letter's texts. ``common``: whether a word tells of nobody."""
        alone, pairs, numbers = set[bytes](), set[re.Pattern[bytes]](), set[bytes]()
        for text in said:
            spoken = words(text)
            alone.update(_longest(word) for word in spoken if not common(word) and _stands_alone(word))
            # A short word or a figure is found with its neighbour only.
            for left, right in pairwise(spoken):
                if any(not common(word) and not _stands_alone(word) for word in (left, right)):
                    pairs.add(re.compile(NOT_PLAIN.sub(APART, f"{left} {right}").encode()))
            numbers.update(_windows(text))
        return cls(frozenset(alone), frozenset(pairs), frozenset(numbers))

    def __call__(self, lines: Sequence[bytes]) -> Iterator[bytes]:
        """Those of a page's lines that have to be opened."""
        page = b"\n".join(lines).lower()
        # Almost every page ends here, and few of the letter's words are in any.
        wanted = (*self.words, *OTHERWISE, *(() if page.isascii() else FOLDED))
        found = [one for one in wanted if one in page]
        pairs = [one for one in self.pairs if one.search(page)]
        bare = page.translate(None, BETWEEN) if self.numbers else b""
        numbers = [one for one in self.numbers if one in bare]
        if not (found or pairs or numbers):
            return
        for line in lines:
            small = line.lower()
            if (
                any(one in small for one in found)
                or any(one.search(small) for one in pairs)
                or (numbers and any(one in small.translate(None, BETWEEN) for one in numbers))
            ):
                yield line


def _stands_alone(word: str) -> bool:
    """Whether it is long enough to be looked for by itself."""
    return len(word) >= SHORTEST and not word.isdigit()


def _longest(word: str) -> bytes:
    return max(RUN.findall(word), key=len, default="").encode()


def _windows(text: str) -> Iterator[bytes]:
    for number in Numbers.of(text).digits.split():
        for at in range(len(number) - WINDOW + 1):
            window = number[at : at + WINDOW]
            # Digits of another script may be written otherwise: any line may have them.
            yield window.encode() if window.isascii() else b""
