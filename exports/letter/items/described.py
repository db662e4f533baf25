"""What connectors.toml says of a collection for letters: words for columns and codes, and what is worth most."""

from collections.abc import Iterator, Mapping
from typing import TypedDict

from connectors.description.collection import Collection


class Described(TypedDict):
    """The fields of `CollectionFacts` that come from the description alone."""

    columns: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]
    telling: tuple[str, ...]
    naming: frozenset[str]
    price: str
    currency: str


def described(collection: Collection, language: str) -> Described:
    """Read them, with the words in one language."""
    codes = {
        name: {code: text.get(language) for code, text in of_column.items()}
        for name, of_column in collection.codes.items()
    }
    return Described(
        columns={
            name: text.get(language)
            for name, text in collection.columns_text.items()
            if name != collection.folder_column
        },
        codes=codes,
        telling=tuple(filter(None, (collection.at, *collection.tells.columns))),
        naming=frozenset((*collection.key_columns, *_identifiers(collection))),
        price=collection.tells.price or "",
        currency=collection.tells.currency or "",
    )


def _identifiers(collection: Collection) -> Iterator[str]:
    yield from (name for find in collection.find.values() for name in find.columns)
    yield from (name for told in collection.yields for name in told.columns)
