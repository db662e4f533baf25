"""Names as the desk searches them: word by word, each a keyed hash, so that no name stands in the database."""

import re
import unicodedata
from collections.abc import Iterable

from cases.models import Case, NameWord
from cases.sealed import vault

MOST = 12  # words of a name that can be searched for; the rest of a longer one is left out


def words(text: str) -> list[str]:
    """The words of a name, each once, however it is written: small letters without accents, å and ö as a and o."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return list(dict.fromkeys(re.findall(r"\w+", letters)))[:MOST]


def digests(operator: str, text: str) -> list[str]:
    """The keyed hash of each word: equal only within one operator."""
    return [vault.digest(operator, "name", word) for word in words(text)]


def index(case: Case, names: Iterable[str]) -> None:
    """From now on the case is found by the words of these names, and by no others."""
    found = {digest for name in names for digest in digests(case.operator_id, name)}
    case.name_words.exclude(digest__in=found).delete()
    NameWord.objects.bulk_create(
        [NameWord(case=case, digest=digest) for digest in sorted(found)], ignore_conflicts=True
    )
