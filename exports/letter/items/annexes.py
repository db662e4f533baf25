"""Which records are printed in the letter, which in an annex of their own, and under which names. Pure."""

from collections.abc import Iterator

from exports.letter.facts import CaseFacts, CategoryFacts, CollectionFacts, file_stem

PRINTED_ROWS = 600  # in the whole letter; above it the largest collections go elsewhere
TABLE = 2_000  # rows up to which an annex has a table; more are set as plain lines
# Of each file: what is set at once is in memory at once (docs/adr/0132).
TABLE_PART, LINES_PART = 500, 5_000


def stem(category: CategoryFacts, collection: CollectionFacts) -> str:
    """The name of a collection's files in the package, without folder and ending."""
    return file_stem(category.key, collection.source, collection.collection)


def printed(facts: CaseFacts) -> frozenset[str]:
    """The stems of what is printed in the letter: smallest first, as long as the letter stays a letter."""
    small = [
        (c.rows, stem(category, c)) for category in facts.categories for c in category.collections if c.inline
    ]
    chosen, left = set(), PRINTED_ROWS
    for rows, each in sorted(small):
        left -= rows
        if left >= 0:
            chosen.add(each)
    return frozenset(chosen)


def annexes(facts: CaseFacts) -> dict[str, tuple[str, ...]]:
    """By stem the files of its annex, of what is too much for the letter and not too much for paper.

    A copy (Article 15(3) GDPR) is for reading; what is taken along (Article 20) is for programs alone.
    """
    if facts.right != "access":
        return {}
    in_letter = printed(facts)
    return {
        stem(category, c): tuple(names(stem(category, c), c.rows))
        for category in facts.categories
        for c in category.collections
        if 0 < c.rows <= facts.annex_rows and stem(category, c) not in in_letter
    }


def a_part(rows: int) -> int:
    """How many of so many rows are in one file of an annex."""
    return TABLE_PART if rows <= TABLE else LINES_PART


def names(name: str, rows: int) -> Iterator[str]:
    """The files of an annex with so many rows."""
    files = -(-rows // a_part(rows))
    width = len(str(files))
    for number in range(1, files + 1):
        # No stem has a full stop in it.
        yield f"data/{name}.pdf" if files == 1 else f"data/{name}.part-{number:0{width}}.pdf"
