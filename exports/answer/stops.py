"""Why an answer could not be built, in the words of whoever can do something about it."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from cases.casework.refusal_words import MESSAGES
from cases.desk.wording.words import language
from cases.registers.categories import CATEGORIES

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

# By code; what stands after it is `place|category|columns|marks`, as far as it goes.
STOPS: dict[str, "StrPromise"] = {
    "mask-unnamed": _(
        "%(place)s: rows are to be given with what tells of somebody else masked, and no column is named in `redact`. "
        "Have it named in connectors.toml, or decide otherwise about %(category)s."
    ),
    "mask-missing": _(
        "%(place)s: rows that tell of somebody else could not be masked, because a row has no column %(columns)s. Have "
        "`redact` corrected in connectors.toml, or decide not to hand over %(category)s."
    ),
    "mask-empty": _(
        "%(place)s: a row says by `%(marks)s` that it tells of somebody else, and all that would be masked in it is "
        "empty: %(columns)s. If the other person stands in another column, have it named in `redact`; if nobody does, "
        "let the mark be true only `when` these columns are filled. Both are in connectors.toml; have the rows judged "
        "again after that. Until then you can decide not to hand over %(category)s."
    ),
    "mask-nothing": _(
        "%(place)s: %(category)s is to be given with what tells of somebody else masked, and no row has anything in "
        "%(columns)s. Decide otherwise, or have `redact` name the right columns in connectors.toml."
    ),
    "read-back-cell": _(
        "%(place)s, row %(columns)s: a cell is not as it may go out. Nothing was offered for approval. Have the rows "
        "judged again; if it stays, an administrator compares `redact` in connectors.toml with the rows of this file."
    ),
    "read-back-rows": _(
        "%(place)s: a row too many or too few from row %(columns)s on. Nothing was offered for approval. Prepare the "
        "answer again; if it stays, have the rows judged again."
    ),
    "read-back-echo": _(
        "%(place)s, row %(columns)s: what is masked in this row stands in another of its columns. Mask it there by "
        "hand, or have that column named in `redact` in connectors.toml."
    ),
    "read-back-said": _(
        "%(place)s (%(columns)s) says in words what is masked in %(marks)s. Look for it in your own words and reasons, "
        "in files that were handed over, and in texts that are given; take it out or mask it by hand."
    ),
    "read-back-unread": _(
        "%(place)s cannot be read back: it is too large, locked or damaged. Put a file in its place that can be "
        "opened, or decide not to hand it over."
    ),
    "masks-lapsed": MESSAGES["masks-lapsed"],
    "not-covered": _(
        "%(place)s: rows were judged to tell of somebody else, and as the source is described now none does. Have the "
        "rows judged again."
    ),
}


def in_words(error: str) -> str:
    """What stands with a failed answer as a sentence; what has none stays as it is."""
    code, _colon, detail = error.partition(": ")
    if code not in STOPS:
        return error
    place, category, columns, marks = (*detail.split("|"), "", "", "")[:4]
    # A letter knows no sources: its place is the category.
    named = [CATEGORIES[one].name.get(language()) if one in CATEGORIES else one for one in (place, category)]
    about = {"place": named[0], "category": named[1], "columns": columns, "marks": marks}
    return str(STOPS[code]) % about
