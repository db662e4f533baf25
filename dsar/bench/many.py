"""A desk with very many cases: copies of one that was worked for real, made by the database itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db import connection, models
from django.utils import timezone

from cases.models import Case, ClaimedIdentifier, Identifier, Membership, NameWord, Submission, User
from cases.request.references import ALPHABET, made_of
from cases.sealed import names
from dsar.bench import world

NAMED = "bench-worker-"
MEMBERS, GIVEN, FAMILY = 40, 200, 5000  # caseworkers, and names that people have
DAYS_BACK = 1000
# Of the open cases, in turn: what stops them, and at which stage.
STANDING = (
    ("decisions", ""), ("verification", ""), ("collection", "waiting-for-owner"), ("decisions", "returned"),
    ("approval", ""), ("collection", ""), ("answer", "answer-to-read"), ("execution", "by-hand"),
)  # fmt: skip
BODY = "".join(f"substr('{ALPHABET}', 1 + (n / {24**place} % 24)::int, 1) || " for place in (4, 3, 2, 1, 0))
VALUE = " + ".join(f"(10 + n / {24**place} % 24) * {100**place}" for place in (4, 3, 2, 1, 0))
CHECK = f"((98 - 100 * ((26 * 10000000000 + {VALUE}) % 97)) % 97 + 97) % 97"
REFERENCE = f"'26-' || {BODY} '-' || lpad(({CHECK})::text, 2, '0')"


@dataclass(frozen=True)
class Sort:
    """So many cases, numbered from `first`; `columns` as the database makes them of their number n."""

    first: int
    cases: int
    columns: dict[str, str]


def fill(case: Case, *, first: int, cases: int, open_ones: bool) -> None:
    """So many more cases like this one, open or closed, each with a request, a claim, an identifier and a name."""
    sort = Sort(first, cases, _open() if open_ones else _closed())
    submission = {
        "id": "md5('request ' || n)::uuid",
        "mailbox_digest": _hashed("mailbox"),
        "sealed": "''::bytea",
    }
    _copy(Submission, case.submission_id, sort, {**submission, "idempotency_key": "NULL"})
    _copy(
        Case,
        case.pk,
        sort,
        {"id": _id(case), "reference": REFERENCE, "submission_id": submission["id"], **sort.columns},
    )
    for model in (ClaimedIdentifier, Identifier):
        one = model.objects.filter(case=case).order_by("pk")[0]
        _copy(model, one.pk, sort, {"case_id": _id(case), "digest": _hashed(model.__name__)})
    word = NameWord.objects.filter(case=case).order_by("pk")[0]
    for kind, number in (("Given", GIVEN), ("Family", FAMILY)):
        _copy(NameWord, word.pk, sort, {"case_id": _id(case), "digest": _name(case, kind, number)})


def settle() -> None:
    """What a database that has had such cases for long knows of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM ANALYZE cases_case, cases_submission, cases_nameword, cases_identifier, cases_claimedidentifier"
        )


def members() -> list[User]:
    """New caseworkers."""
    made = User.objects.bulk_create(
        [User(username=f"{NAMED}{number}", email=f"{NAMED}{number}@example.com") for number in range(MEMBERS)]
    )
    Membership.objects.bulk_create(
        [Membership(user=one, operator_id=world.SLUG, role="caseworker") for one in made]
    )
    return made


def reference_of(number: int) -> str:
    """The reference that the database makes of a case's number."""
    places = (number // 24**place % 24 for place in (4, 3, 2, 1, 0))
    return made_of("26", "".join(ALPHABET[place] for place in places))


def _id(case: Case) -> str:
    return f"{case.pk} + n"


def _hashed(what: str) -> str:
    return f"encode(sha256(('{what} ' || n)::bytea), 'hex')"


def _name(case: Case, kind: str, number: int) -> str:
    """Some names are common; each is hashed as the desk does it."""
    hashed = ", ".join(f"'{each}'" for each in _digests(case.operator_id, kind, number))
    return f"(ARRAY[{hashed}])[1 + n % {number}]"


def _digests(operator: str, kind: str, number: int) -> Iterator[str]:
    for each in range(number):
        yield from names.digests(operator, f"{kind}{each}")


def _day(day: date) -> str:
    return f"DATE '{day}'"


def _open() -> dict[str, str]:
    today = _day(timezone.localdate())
    stages, stops = (", ".join(f"'{one[part]}'" for one in STANDING) for part in (0, 1))
    workers = User.objects.filter(username__startswith=NAMED).order_by("pk")
    hands = ", ".join(str(pk) for pk in workers.values_list("pk", flat=True))
    return {
        "stage": f"(ARRAY[{stages}])[1 + n % {len(STANDING)}]",
        "blocked_by": f"(ARRAY[{stops}])[1 + n % {len(STANDING)}]",
        "due_on": f"{today} + (n % 37)::int - 5",
        "received_on": f"{today} - 30 + (n % 25)::int",
        "paused": "n % 16 = 1",
        "act_by": f"CASE WHEN n % 11 = 0 THEN {today} + (n % 7)::int END",
        "assigned_to_id": f"CASE WHEN n % 5 > 0 THEN (ARRAY[{hands}])[1 + n / 5 % {MEMBERS}] END",
    }


def _closed() -> dict[str, str]:
    today = _day(timezone.localdate())
    return {
        "stage": "'closed'", "outcome": "'granted'", "blocked_by": "''",
        "closed_at": f"{today} - (n % {DAYS_BACK})::int - 1",
        "due_on": f"{today} - (n % {DAYS_BACK})::int", "received_on": f"{today} - (n % {DAYS_BACK})::int - 30",
    }  # fmt: skip


def _copy(model: type[models.Model], pk: object, sort: Sort, made: dict[str, str]) -> None:
    """Rows like this one of the table, but for what is made; each gets a key of its own."""
    key = str(model._meta.pk.column)
    every = [str(one.column) for one in model._meta.concrete_fields]
    columns = [column for column in every if column != key or key in made]
    values = ", ".join(made.get(column, f't."{column}"') for column in columns)
    named = ", ".join(f'"{column}"' for column in columns)
    # A remainder's sign is no place for a parameter.
    values = values.replace("%", "%%")
    numbers = f"generate_series({sort.first}::bigint, {sort.first + sort.cases - 1}) n"
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({named}) SELECT {values}'  # noqa: S608 - nothing from outside
            f' FROM "{model._meta.db_table}" t, {numbers} WHERE t."{key}" = %s',
            [str(pk)],
        )
