"""Whether what is masked stands in the words of a file. Pure.

The words of the files are the index, and the masked values stream past it: memory grows with what a person can read,
and not with the rows. What counts as a find stands in docs/adr/0099.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

WORD = re.compile(r"[^\W_]+")
DIGITS = re.compile(r"\d+")
# What may stand between the groups of one number.
BETWEEN = re.compile(r"[\s\u00a0\-–().]{1,3}")
BETWEEN_DIGITS = re.compile(rf"(?<=\d){BETWEEN.pattern}(?=\d)")
SEPARATORS = dict.fromkeys(map(ord, "-–()."))
NUMBER = re.compile(r"\d{7,}")
TELEPHONE = re.compile(r"\+?[0-9]{7,30}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?")
# Longer groups of digits stand by themselves, as in a table, but where a hyphen or an area code joins them.
GROUP = 4
# A number is the same with and without a country's code; nine digits of it are nobody else's. In Denmark and in Norway
# a number has no more than eight.
TAIL = 9
OF_EIGHT = re.compile(r"(?:00)?4[57](\d{8})")
SHORTEST = 4  # characters; less stands in every letter by chance
LONG = 8  # words; what is longer is looked for piece by piece


def words(text: str) -> list[str]:
    """The words and numbers of a text, in small letters."""
    return [word.casefold() for word in WORD.findall(text)]


def needles(value: object, common: frozenset[str] = frozenset()) -> Iterator[str]:
    """What to look for in sentences so that this value is not missed. Nothing for what every letter may say by chance.

    ``common``: words that tell of nobody, because the operator's own texts and the person's own details use them.
    """
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from needles(part, common)
    elif value is not None and not isinstance(value, bool):
        yield from _of_text(str(value), common)


def may_stand_in(text: str, needle: str) -> bool:
    """A quick look that misses nothing, for what is looked through row by row. ``text``: in small letters."""
    if needle.isdigit():
        return needle in "".join(text.split()).translate(SEPARATORS)
    return needle.partition(" ")[0] in text


def _of_text(text: str, common: frozenset[str]) -> Iterator[str]:
    # What is masked is a telephone number as a rule, and has no words.
    if TELEPHONE.fullmatch(text):
        yield _without_country(text.lstrip("+"))
        return
    # A day and a time have as many digits as a number, and stand everywhere.
    numbers = NUMBER.findall(BETWEEN_DIGITS.sub("", MOMENT.sub(" ", text)))
    yield from map(_without_country, numbers)
    found = words(text)
    if len(found) <= LONG:
        pieces = [found]
    else:
        pieces = [found[at : at + LONG] for at in range(0, len(found) - LONG + 1, LONG)] + [found[-LONG:]]
    # A single word in small letters is a code of some system, as a name never is.
    if len(found) == 1 and text.strip()[:1].islower() and text.strip().isalpha():
        return
    for piece in pieces:
        if _tells(piece, common):
            yield " ".join(piece)


def _without_country(number: str) -> str:
    of_eight = OF_EIGHT.fullmatch(number)
    return of_eight[1] if of_eight else number[-TAIL:]


def _tells(piece: list[str], common: frozenset[str]) -> bool:
    """Whether finding these words together would tell what was masked: numbers alone are looked for as numbers."""
    letters = "".join(word for word in piece if not word.isdigit())
    return len(letters) >= SHORTEST and not common.issuperset(piece)


@dataclass(frozen=True)
class Numbers:
    """The numbers of a text, a blank between two. ``begins``, ``ends``: where in ``digits`` one may begin and end."""

    digits: str
    begins: frozenset[int]
    ends: frozenset[int]

    @classmethod
    def of(cls, text: str) -> "Numbers":
        digits, begins, ends, at = list[str](), set[int](), set[int](), 0
        for groups in _glued(text):
            number = "".join(groups)
            # A country's code before it, or the front of one that is longer than what is looked for.
            begins.update(range(at, at + len(groups[0])))
            for group in groups:
                # An area code has a zero that it loses behind a country's.
                begins.update((at, at + 1) if group[0] == "0" else (at,))
                at += len(group)
                ends.add(at)
            digits.append(number)
            at += 1
        return cls(" ".join(digits), frozenset(begins), frozenset(ends))

    def say(self, needle: str) -> bool:
        """Whether these digits are one of the numbers, not the end of one with the beginning of its neighbour."""
        at = self.digits.find(needle)
        while at >= 0:
            end = at + len(needle)
            closes = self.digits[end : end + 1] in ("", " ")
            if end in self.ends and (at in self.begins or closes):
                return True
            at = self.digits.find(needle, at + 1)
        return False


def _glued(text: str) -> Iterator[list[str]]:
    """The groups of digits that may be one number together."""
    groups, last, abroad = list[str](), 0, False
    for match in DIGITS.finditer(text):
        between = text[last : match.start()]
        joined = (
            BETWEEN.fullmatch(between) and _goes_on(groups, between, match[0], abroad=abroad)
            if groups
            else True
        )
        if not joined:
            yield groups
            groups = []
        if not groups:
            abroad = match[0].startswith("00") or text[match.start() - 1 : match.start()] == "+"
        groups.append(match[0])
        last = match.end()
    if groups:
        yield groups


def _goes_on(groups: list[str], between: str, after: str, *, abroad: bool) -> bool:
    if between in ("-", "–"):
        return True
    before = groups[-1]
    # Behind a country's code an area code has lost its zero.
    return len(before) <= GROUP and (len(after) <= GROUP or before[0] == "0" or (abroad and len(groups) <= 2))


@dataclass
class Sentences:
    """The words of files, by file and place in it ("3" for the third page), to find needles in."""

    _texts: list[tuple[str, str, str, "Numbers"]] = field(default_factory=list)
    _starts: set[str] = field(default_factory=set)

    def add(self, file: str, place: str, text: str) -> None:
        spoken = words(text)
        numbers = Numbers.of(text)
        self._texts.append((file, place, f" {' '.join(spoken)} ", numbers))
        self._starts.update(spoken)
        for number in NUMBER.findall(numbers.digits):
            self._starts.update(number[at : at + 7] for at in range(len(number) - 6))

    def find(self, needle: str) -> tuple[str, str] | None:
        """File and place of the first text that has it."""
        # Almost every needle ends here.
        start = needle[:7] if needle.isdigit() else needle.partition(" ")[0]
        if start not in self._starts:
            return None
        for file, place, spoken, numbers in self._texts:
            if numbers.say(needle) if needle.isdigit() else (f" {needle} " in spoken):
                return file, place
        return None

    def __bool__(self) -> bool:
        return bool(self._texts)


def without(found: Iterable[str], given: Iterable[str]) -> set[str]:
    """The needles that no text which is rightly given has in it."""
    left = set(found)
    for text in given:
        if not left:
            break
        spoken, digits = f" {' '.join(words(text))} ", BETWEEN_DIGITS.sub("", text)
        left = {one for one in left if not ((one in digits) if one.isdigit() else (f" {one} " in spoken))}
    return left
