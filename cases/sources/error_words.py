"""What the errors of a source mean, and what to do about them, by the codes of connectors.contract.base.SourceError."""

from django.utils.translation import gettext_lazy as _

from connectors.description.remarks import Remark

SOURCE_ERRORS = {
    "unreachable": _("The source does not answer"),
    "timeout": _("The source takes too long"),
    "dropped": _("The source broke off in the middle of its answer"),
    "failing": _("The source reports a fault of its own"),
    "busy": _("The source is overloaded"),
    "denied": _("The source refuses our access"),
    "unauthorized": _("The source refuses our access"),
    "refused": _("The source says that it may not"),
    "rejected": _("The source does not understand the question"),
    "no-table": _("The table or file is not there"),
    "no-files": _("The table or file is not there"),
    "table-format": _("The files belong to a table whose own log says which rows are in it"),
    "no-pruning": _("The folders are not named as `partition` says"),
    "table-feature": _("The table uses something that is not understood here"),
    "append-only": _("The table's own settings forbid that rows are deleted"),
    "no-column": _("A configured column is not there"),
    "no-such": _("The source does not know this address"),
    "not-configured": _("It has left the configuration"),
    "faulty-file": _("The operator's connectors.toml has a fault"),
    "not-json": _("The source's answer can't be read"),
    "not-a-row": _("The source's answer can't be read"),
    "not-a-table": _("The source's answer can't be read"),
    "not-readable": _("The source's answer can't be read"),
    "not-a-moment": _("A date in the source can't be read"),
    "rows-missing": _("The source's pages do not fit together"),
    "rows-moved": _("The source's pages do not fit together"),
    "place-lost": _("The source's pages do not fit together"),
    "identifiers-changed": _("The source's pages do not fit together"),
    "no-rows": _("The rows are not where they should be in the answer"),
    "no-key": _("A row has no value in a key column"),
    "no-paging": _("The answer does not say which page is the last"),
    "page-repeated": _("The source gives the same page again and again"),
    "foreign-row": _("The source gave rows of somebody else; none was taken"),
    "inside": _("The name of the source's host leads into an internal network that is not listed"),
    "outside": _("A file of the source leads out of its folder"),
    "foreign-host": _("The source points to another host; nobody followed"),
    "too-big": _("An answer of the source is too big"),
    "still-there": _("The source still shows what was erased"),
    "constraint": _("Other rows still refer to these"),
    "guarded-reference": _("What may have to be kept in secret refers to these rows"),
    "guarded-trigger": _("A trigger may look at what has to be kept in secret when these rows are deleted"),
    "row-gone": _("The rows are not there any more"),
    "key-columns-changed": _("Its key columns were changed: what was kept can't be told apart any more"),
    "not-null": _("A column can't take what would be written into it"),
    "unique": _("A column can't take what would be written into it"),
    "too-short": _("A column can't take what would be written into it"),
    "not-text": _("A column can't take what would be written into it"),
    "value": _("A column can't take what would be written into it"),
    "generated": _("A column is filled in by the database itself"),
    "rule": _("A rule of the database forbids what would be written"),
    "no-parent": _("What would be written refers to a row that is not there"),
    "not-kept": _("The source does not keep what is written into it"),
    "not-changeable": _("The rows of this view can't be changed"),
    "takes-more": _("The request would erase more than it may"),
    "secret-missing": _("A password or token is not set"),
    "time-zone-missing": _("The source's time zone is not set"),
    "too-many-identifiers": _("The source links more identifiers than one person has"),
    "key-not-unique": _("The configured key does not tell rows apart"),
    "key-empty": _("A row has no value in a key column"),
    "interval-unknown": _("It is not said from which time rows are the person's"),
    "url": _("The source's address is no address"),
    "sql": _("The database refuses the question"),
    "column-twice": _("Two columns of the query have the same name"),
    "at-type": _("The time column holds no dates or times"),
    "charset": _("The source's answer can't be read"),
    "encoding": _("The source's answer can't be read"),
    "file-changed": _("A file was written anew while it was read"),
    "file-type": _("A file can't be written back as it was"),
    "rewrite-failed": _("A file can't be written back as it was"),
    "is-folder": _("A column stands in the name of a folder and can't be changed"),
    "key-inexact": _("A number with decimals, or too long, is no key"),
    "key-length": _("Its key columns were changed: what was kept can't be told apart any more"),
    "key-twice": _("The same name stands twice in one row"),
    "manual": _("Its owner answers for this system"),
    "memory": _("A part of a file is too big to be read"),
    "no-arrays": _("This database is not searched for elements of arrays"),
    "no-item": _("It is not said how the source is asked for a row again"),
    "no-shows": _("It is not said what a row shows once a use has stopped"),
    "no-restriction": _("It is not said how rows are changed there"),
    "no-suppression": _("It is not said how rows are changed there"),
    "not-erasable": _("It is not said how rows are changed there"),
    "not-rectifiable": _("It is not said how rows are changed there"),
    "files-only-erase": _("It is not said how rows are changed there"),
    "no-subject": _("The source gives no token for this person"),
    "no-token": _("The source gives no token for this person"),
    "no-value": _("The source's address can't be filled in for this person"),
    "not-an-array": _("A column that should hold a list holds none"),
    "path": _("The table or file is not there"),
    "redirect": _("The source points somewhere else; nobody followed"),
    "too-many-digits": _("A number has more digits than can be read"),
    "unforeseen": _("Something went wrong that nobody thought of"),
}

_DESCRIBED = _("Describe it in connectors.toml; docs/connectors.md names the keys.")
_ACCESS = _("Check the user name, password or token, and what the account may read.")
_SHAPE = _("Compare the collection in connectors.toml with what the system gives.")
_WRITTEN = _("Choose another value in `anonymise`, or have the rule changed in the system.")
_REVEALING = _(
    'Say `on_erase = "anonymise"` here, of columns that nothing refers to, or have the key or trigger taken out of the '
    "database. Until then these rows are erased in nobody's case: if some could not go, it would tell why."
)
_NETWORK = _("Check that the system is up, its address, and that this machine may reach it.")
ADVICE = {
    "unreachable": _NETWORK,
    "not-configured": _("Put it back into connectors.toml under this key, and restart web and workers."),
    "faulty-file": _("Run `manage.py check_operators`, mend the line it names, and restart web and workers."),
    "timeout": _("Ask for an index over the columns in `find`, or raise `timeout`."),
    "dropped": _NETWORK,
    "busy": _("Lower `concurrency` or `per_second`; it is asked again by itself."),
    "failing": _("Ask those who run the system; it is asked again by itself."),
    "denied": _ACCESS,
    "unauthorized": _ACCESS,
    "rejected": _SHAPE,
    "no-table": _("Correct `table`, or give the account the right to read it."),
    "no-files": _("Correct `path` and `table`, and see that the folder is mounted."),
    "table-format": _(
        'Read a Delta table with `format = "delta"`, naming its folder in `table`; read another table through a '
        'database that knows it, such as Trino, with a source of `kind = "sql"`.'
    ),
    "table-feature": _(
        'Read it through a database that knows the table, such as Trino or Spark, with a source of `kind = "sql"`, '
        "or have the table written without that feature."
    ),
    "no-pruning": _(
        "Have the folders named so, or leave `partition` out: every file is opened for everybody then."
    ),
    "append-only": _('Say `on_erase = "none"`, or have `delta.appendOnly` taken off the table.'),
    "no-column": _("Correct the column's name; capitals and small letters differ."),
    "no-such": _SHAPE,
    "not-json": _SHAPE,
    "not-a-row": _SHAPE,
    "no-rows": _("Correct `rows`, or say in `nothing_says` what the answer is when nothing is held."),
    "no-key": _("Correct `key_columns`: every row needs a value there."),
    "key-empty": _("Correct `key_columns`: every row needs a value there."),
    "key-not-unique": _("Name columns in `key_columns` that together are there once."),
    "no-paging": _(
        "Correct `next`, `more`, `pages` or `total` in `paging`. "
        "Where the last part has no `next`, say `absent_at_end`."
    ),
    "page-repeated": _("Correct `paging`; leave it out if the answer comes whole."),
    "foreign-row": _("Correct `find` and the request, which must ask for one person."),
    "inside": _("If the system is in a network of your own, list that network in `networks`."),
    "outside": _("Take the link out of the folder, or correct `path` and `table`."),
    "foreign-host": _("If the host is right, list it in `hosts`."),
    "too-big": _("Ask for smaller pages in `paging`, or raise `max_bytes`."),
    "takes-more": _("Let `erase` name all `key_columns`."),
    "not-null": _WRITTEN,
    "unique": _WRITTEN,
    "too-short": _WRITTEN,
    "not-text": _WRITTEN,
    "value": _WRITTEN,
    "rule": _WRITTEN,
    "no-parent": _WRITTEN,
    "generated": _("Leave the column out of `anonymise`, and name those that it is made of."),
    "not-kept": _("Look for a trigger that undoes the change, or a column that cuts or fills up the value."),
    "not-changeable": _("Name the table behind the view, or have the view made one that can be changed."),
    "guarded-reference": _REVEALING,
    "guarded-trigger": _REVEALING,
    "secret-missing": _("Set the variable, or the file it names, for web and workers alike."),
    "time-zone-missing": _("Add `time_zone` to the source."),
    "interval-unknown": _("Add `at` or `interval` to the collection."),
    "url": _("Correct the address: https://host for an API, postgresql://user@host/database for a database."),
    "sql": _("Try it in the database itself; a `query` is one `select`, with no semicolon at its end."),
    "column-twice": _("Give one of them another name in the `query`, with `as`."),
    "at-type": _("Name another column in `at`."),
    "charset": _SHAPE,
    "encoding": _SHAPE,
    "file-changed": _("Read it when nothing writes there."),
    "file-type": _('Have the file written with plain column types, or say `on_erase = "none"`.'),
    "is-folder": _("Leave the column out of `anonymise`."),
    "key-inexact": _("Name other columns in `key_columns`."),
    "key-twice": _("Have the system write each name once."),
    "memory": _("Have the files written with smaller row groups."),
    "no-arrays": _("Search through a `query` that gives an element a row."),
    "no-item": _DESCRIBED,
    "no-shows": _DESCRIBED,
    "no-restriction": _DESCRIBED,
    "no-suppression": _DESCRIBED,
    "not-erasable": _DESCRIBED,
    "not-rectifiable": _DESCRIBED,
    "no-token": _ACCESS,
    "not-an-array": _("Leave out `array`, or name the column that holds the list."),
    "path": _("Correct `path` and `table`, and see that the folder is mounted."),
    "redirect": _("Give the address that it points to, if that is right."),
    "too-many-digits": _("Have the column written with at most 38 digits, or as text."),
    "unforeseen": _(
        "Compare the source in connectors.toml with docs/connectors.md; if it is right, report the fault."
    ),
}

REMARKS = {
    "no-find": _("nothing finds rows here: add `find`"),
    "unreached": _(
        "nothing that is proven leads here: add `link`, or let another collection tell its identifier"
    ),
    "never-told": _("no collection tells %(detail)s: only a caseworker can add it"),
    "erase-unsaid": _(
        "what is to be erased here becomes a task for a person: say `on_erase`, if only `none`"
    ),
    "others-unsaid": _(
        "data of this kind often tell of somebody else as well: say in `other_person` or `hidden_number` which rows "
        "do, and in `redact` what is masked there; where none does, say `other_person = false`"
    ),
    "never-masked": _(
        "no row says that it tells of somebody else, so `redact` masks only what a caseworker decides: say in "
        "`other_person` or `hidden_number` which rows do"
    ),
}


def remark(code: str, detail: str) -> str:
    """A remark of connectors.description.remarks in words."""
    return str(REMARKS[code] % {"detail": detail})


def told(one: Remark) -> str:
    """The remark with its place, on a line of its own."""
    return f"{one.source}: {one.collection}: {remark(one.code, one.detail)}"


def advice(error: str) -> str:
    """What to do about an error as it is written down (`code: detail`); empty where nobody knows."""
    return str(ADVICE.get(error.partition(":")[0], ""))
