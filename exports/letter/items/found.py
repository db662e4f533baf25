"""What was found: an overview, then part by part. Few rows are printed, and of many it is said where they are."""

from collections.abc import Iterator, Mapping

from exports.letter.decided import category_description, category_name
from exports.letter.document import Column, Paragraph, Part, Section, Table
from exports.letter.facts import CaseFacts, CategoryFacts, CollectionFacts
from exports.letter.items.annexes import annexes, printed, stem
from exports.letter.items.overview import overview
from exports.letter.items.printed import Cells, printed_rows
from exports.letter.matrix import Block
from exports.letter.texts.reading import Texts


def found(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    """The overview, and one section a category with something given in it."""
    with_rows = [category for category in facts.categories if any(c.rows for c in category.collections)]
    if facts.right not in ("access", "portability") or not with_rows:
        return ()
    in_letter, apart = printed(facts), annexes(facts)
    opening = Section(Block.FOUND, texts("found.heading"), (Paragraph(texts("found.intro")),), new_page=True)
    return (
        opening,
        *_overview(facts, in_letter, texts),
        *(_category(facts, category, in_letter, apart, texts) for category in with_rows),
    )


def _file(category: CategoryFacts, collection: CollectionFacts) -> str:
    return f"data/{stem(category, collection)}.csv"


def _overview(facts: CaseFacts, in_letter: frozenset[str], texts: Texts) -> Iterator[Section]:
    """Of what sums are told of, and of what is too much to print."""
    parts = [
        part
        for category in facts.categories
        for one in category.collections
        if one.rows
        for part in overview(one, texts, printed=stem(category, one) in in_letter)
    ]
    if parts:
        yield Section(Block.FOUND, texts("found.overview"), tuple(parts), level=3)


def _category(
    facts: CaseFacts,
    category: CategoryFacts,
    in_letter: frozenset[str],
    apart: Mapping[str, tuple[str, ...]],
    texts: Texts,
) -> Section:
    cells = Cells(facts.register.time_zone, texts)
    parts: list[Part] = [Paragraph(category_description(facts, category.key), leads=True)]
    for collection in category.collections:
        if not collection.rows:
            continue
        file, name = _file(category, collection), stem(category, collection)
        parts.append(Paragraph(_where_from(collection, texts), leads=True))
        if name in in_letter:
            parts += printed_rows(collection, file, cells)
        else:
            parts.append(Paragraph(_where(facts, collection, file, apart.get(name, ()), texts)))
            parts += _fields(collection, texts)
    return Section(Block.FOUND, category_name(facts, category.key), tuple(parts), level=3)


def _where(
    facts: CaseFacts, collection: CollectionFacts, file: str, annex: tuple[str, ...], texts: Texts
) -> str:
    """Where every record stands: in the file, and on paper in an annex, unless there are too many for that."""
    told = [texts("found.in_file", file=file)]
    if len(annex) == 1:
        told.append(texts("found.annex", file=annex[0]))
    elif annex:
        told.append(texts("found.annexes", n=texts.number(len(annex)), first=annex[0], last=annex[-1]))
    elif facts.right == "access" and collection.rows > facts.annex_rows:
        told.append(texts("found.many"))
    return " ".join(told)


def _where_from(collection: CollectionFacts, texts: Texts) -> str:
    rows = texts.count("rows", collection.rows)
    key = "found.source_period" if collection.first_on else "found.source"
    period = texts.period(collection.first_on, collection.last_on)
    return texts(key, source=collection.source_name, name=collection.name, rows=rows, period=period)


def _fields(collection: CollectionFacts, texts: Texts) -> Iterator[Part]:
    """What the columns of the file mean, and the codes in them."""
    rows = tuple(
        (column, meaning, _codes(collection, column)) for column, meaning in collection.columns.items()
    )
    if not rows:
        return
    with_codes = any(codes for _column, _meaning, codes in rows)
    heads = tuple(Column(texts(f"found.{key}")) for key in ("field", "meaning", "codes"))
    width = 3 if with_codes else 2
    yield Table("", heads[:width], tuple(row[:width] for row in rows), dense=True)


def _codes(collection: CollectionFacts, column: str) -> str:
    codes = collection.codes.get(column, {})
    # What stands there in plain words of the letter's language needs none.
    return ", ".join(f"{code} = {meaning}" for code, meaning in codes.items() if code != meaning)
