"""What came to a source after it was gathered is listed once the erasure is done, and goes in a second pass."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from cases.casework.workflow import Refusal
from cases.execution.carrying_out import execute
from cases.execution.erasure import erasing, later_rows, second_pass
from cases.identity.people.protection import mark_protected
from cases.identity.vouched.vouching import vouch
from cases.models import Action, AuditEntry, Case, LaterRows, NumberUse, User
from cases.models.keys import KeyUse
from cases.rows.keys_on_disk import KeysOnDisk
from cases.sealed import vault
from connectors.contract.base import Identifier, SourceDown, SourceError, SourceMoved
from connectors.sql.connector import SqlConnector
from tests.operators.by_hand import answer, approve, work
from tests.operators.scenes import SMALL

pytestmark = pytest.mark.django_db
NEW_CALLS = """
    INSERT INTO calls VALUES (11, '+46701740605', '2025-07-01 12:00:00', '+46701740611', 0),
                             (12, '+46701740605', '2025-08-01 12:00:00', '+46701740612', 0),
                             (13, '+46701740605', '2026-05-01 12:00:00', '+46701740613', 0);
"""


@pytest.fixture
def bo(ask: Callable[..., Case], staff: Callable[..., User]) -> Case:
    """Judged and approved; number +46701740605 was his through 2025, and is Anna's since."""
    return approve(work(ask("erasure", "bo@example.com")), staff("caseworker"))


def listed(case: Case) -> dict[str, tuple[int, date | None, date | None]]:
    return {one.collection: (one.rows, one.first_on, one.last_on) for one in second_pass.later_rows(case)}


def calls(crm: sqlite3.Connection) -> list[int]:
    return [row[0] for row in crm.execute("SELECT id FROM calls ORDER BY id")]


def test_what_came_later_is_listed_and_left_alone(bo: Case, crm: sqlite3.Connection) -> None:
    crm.executescript(NEW_CALLS)
    crm.execute("INSERT INTO invoice VALUES ('F3', 'C2', '2026-08-31', '2026-09-30', NULL, 'paid')")
    execute(bo.pk)
    bo.refresh_from_db()
    assert bo.stage == "delivery"
    assert calls(crm) == [2, 3, 11, 12, 13]
    assert listed(bo) == {
        "calls": (2, date(2025, 7, 1), date(2025, 8, 1)),
        "invoice": (1, date(2026, 8, 31), date(2026, 8, 31)),
    }
    assert bo.actions.get(collection="calls").done == 1


def test_where_nothing_came_there_is_nothing_to_offer(
    bo: Case, crm: sqlite3.Connection, staff: Callable[..., User]
) -> None:
    execute(bo.pk)
    assert listed(bo) == {}
    assert LaterRows.objects.filter(case=bo, asked_at=None).count() == 0
    Case.objects.filter(pk=bo.pk).update(stage="delivery")
    with pytest.raises(Refusal, match="no-later-rows"):
        second_pass.start(bo, by=staff("caseworker"))


def test_where_a_source_cannot_count_it_is_read_again(
    bo: Case, crm: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqlConnector, "count", lambda *_: None)
    monkeypatch.setattr(later_rows, "PAGE_ROWS", 1)
    crm.executescript(NEW_CALLS)
    execute(bo.pk)
    assert listed(bo)["calls"][0] == 2


def test_rows_that_answer_although_they_were_erased_are_a_failure(
    bo: Case, crm: sqlite3.Connection, staff: Callable[..., User]
) -> None:
    """By its keys the source says they are gone; asked for the person it shows them: a nightly load put them back."""
    remaining = erasing.remove

    def loads(*args: object, **more: object) -> object:
        found = remaining(*args, **more)
        crm.execute(
            "INSERT OR IGNORE INTO calls VALUES (1, '+46701740605', '2025-06-01 12:00:00', '+46701740699', 0)"
        )
        return found

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(erasing, "remove", loads)
        execute(bo.pk)
    bo.refresh_from_db()
    action = bo.actions.get(collection="calls")
    assert (action.status, action.remaining, action.done) == ("failed", 1, 0)
    assert (bo.stage, bo.blocked_by) == ("execution", "source-failed")
    from cases.execution import failed_actions

    failed_actions.retry(action, by=staff("caseworker"))
    execute(bo.pk)
    bo.refresh_from_db()
    assert bo.stage == "delivery"
    assert calls(crm) == [2, 3]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, SourceError], None]:
    """failing("calls", error) is what the source says from then on when it is asked again for the person's calls."""
    count = SqlConnector.count

    def make(one: str, error: SourceError) -> None:
        def fails(self: SqlConnector, collection: str, known: Sequence[Identifier]) -> int | None:
            if collection == one:
                raise error
            return count(self, collection, known)

        monkeypatch.setattr(SqlConnector, "count", fails)

    return make


def test_rows_that_change_while_they_are_asked_for_again_need_nobody(
    bo: Case, crm: sqlite3.Connection, failing: Callable[[str, SourceError], None]
) -> None:
    """Somebody else's erasure may write the same file anew."""
    failing("calls", SourceMoved("file-changed"))
    execute(bo.pk)
    bo.refresh_from_db()
    assert (bo.stage, bo.blocked_by) == ("execution", "source-down")
    assert bo.actions.get(collection="calls").status == "retrying"
    failing("", SourceMoved("file-changed"))
    Action.objects.update(next_try_at=timezone.now())
    execute(bo.pk)
    bo.refresh_from_db()
    assert bo.stage == "delivery"
    assert calls(crm) == [2, 3]


@pytest.mark.parametrize("error", [SourceDown("unreachable"), SourceMoved("file-changed")])
def test_a_source_that_goes_away_is_asked_again_and_stops_nothing_for_ever(
    bo: Case, failing: Callable[[str, SourceError], None], error: SourceError
) -> None:
    """Nothing is erased from the invoices, so that only the look at what came later can fail there."""
    failing("invoice", error)
    execute(bo.pk)
    bo.refresh_from_db()
    assert (bo.stage, bo.blocked_by) == ("execution", "source-down")
    assert set(bo.actions.values_list("status", flat=True)) == {"done"}
    for _ in range(later_rows.ENOUGH):
        execute(bo.pk)
    bo.refresh_from_db()
    assert bo.stage == "delivery"
    noted = LaterRows.objects.get(case=bo, collection="invoice")
    assert (noted.asked_at, noted.error) == (None, str(error))


def test_a_second_pass_goes_the_whole_line_with_another_approver(
    ask: Callable[..., Case], staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    first = work(ask("erasure", "bo@example.com"))
    crm.executescript(NEW_CALLS)
    answer(first, staff("caseworker"), staff("approver"))
    assert (first.stage, listed(first)["calls"][0]) == ("closed", 2)
    with pytest.raises(PermissionDenied):
        second_pass.start(first, by=staff("approver"))
    again = second_pass.start(first, by=staff("caseworker"))
    assert (again.stage, again.follows, again.due_on) == ("matching", first, first.due_on)
    assert again.received_on == first.received_on
    assert second_pass.start(first, by=staff("caseworker")) == again
    assert again.identifiers.count() == first.identifiers.count()
    # The customer card that tied number and mailbox together may be gone by then.
    crm.execute("DELETE FROM subscription WHERE customer_no = 'C2'")
    crm.execute("DELETE FROM customer WHERE customer_no = 'C2'")
    answer(work(again), staff("caseworker"), staff("approver"))
    again.refresh_from_db()
    assert (again.stage, again.actions.get(collection="calls").done) == ("closed", 2)
    assert calls(crm) == [2, 3, 13]
    assert listed(again) == {}
    steps = AuditEntry.objects.filter(action__startswith="second-pass").order_by("pk")
    assert [(one.case, one.data["case"]) for one in steps] == [
        (first.reference, again.reference), (again.reference, first.reference),
    ]  # fmt: skip


def test_the_clock_of_a_second_pass_is_the_first_ones(
    ask: Callable[..., Case], staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    from cases.casework import case_clock

    first = work(ask("erasure", "bo@example.com"))
    case_clock.extend(first, ground="complexity", reason="Many systems.", by=staff("caseworker"))
    crm.executescript(NEW_CALLS)
    answer(first, staff("caseworker"), staff("approver"))
    again = second_pass.start(first, by=staff("caseworker"))
    assert again.due_on == first.due_on > first.received_on + timedelta(days=40)


def test_nobody_can_be_asked_for_once_the_case_file_is_gone(
    bo: Case, crm: sqlite3.Connection, staff: Callable[..., User]
) -> None:
    crm.executescript(NEW_CALLS)
    execute(bo.pk)
    vault.destroy(bo, KeyUse.FILE)
    with pytest.raises(Refusal, match="case-file-gone"):
        second_pass.start(bo, by=staff("caseworker"))
    assert Case.objects.count() == 1


KYC = """
[[source.collection]]
key = "kyc"
category = "kyc"
name = { sv = "Granskning", da = "Kontrol", en = "Screening" }
table = "kyc"
key_columns = ["id"]
find = { customer_no = "customer_no" }
record_kind = { column = "kind" }
on_erase = "delete"
"""


def test_of_what_secret_rules_touch_nothing_is_listed_for_everybody(
    ask: Callable[..., Case],
    staff: Callable[..., User],
    crm: sqlite3.Connection,
    configured: Callable[[str], None],
) -> None:
    configured(SMALL.connectors + KYC)
    crm.execute("CREATE TABLE kyc (id INTEGER PRIMARY KEY, customer_no TEXT, kind TEXT)")
    crm.execute("INSERT INTO kyc VALUES (1, 'C2', 'investigation')")
    case, worker = ask("erasure", "bo@example.com"), staff("caseworker")
    # The register does not know the category: then a mailed code is not enough for it.
    vouch(case.submission, level="substantial", evidence="shop", checked="A passport.", by=worker)
    case = approve(work(case), worker)
    crm.execute("INSERT INTO kyc VALUES (2, 'C2', 'investigation'), (3, 'C2', 'identity')")
    execute(case.pk)
    assert listed(case) == {}
    assert LaterRows.everything.get(case=case, collection="kyc").rows == 2
    Case.objects.filter(pk=case.pk).update(stage="delivery")
    with pytest.raises(Refusal, match="no-later-rows"):
        second_pass.start(case, by=staff("caseworker"))


def test_memory_holds_no_keys(bo: Case) -> None:
    """The keys that were gathered lie in a file of hashes; what can't be told from one another is never compared."""
    known = KeysOnDisk()
    known.add([(1,), ("1",), (1, 2)], marked=False)
    known.add([(1,)], marked=True)
    assert [known.marked(key) for key in ((1,), ("1",), (1, 2), (2,))] == [True, False, False, None]
    known.close()


def test_a_second_pass_is_for_the_same_people_and_of_the_same_numbers(
    bo: Case, crm: sqlite3.Connection, staff: Callable[..., User]
) -> None:
    worker = staff("caseworker")
    mark_protected(bo, by=worker)
    sealed = vault.seal(bo, KeyUse.FILE, b"+46701740605")
    told = {"kind": "msisdn", "digest": "d", "used_by": "other", "traffic": False, "location": False}
    NumberUse.objects.create(
        case=bo, sealed=sealed, until=date(2025, 1, 31), reason="Hers.", by=worker, **told
    )
    crm.executescript(NEW_CALLS)
    execute(bo.pk)
    again = second_pass.start(bo, by=worker)
    assert (again.named_only, again.protected_by) == (True, "staff")
    assert [one.user for one in again.named.all()] == [worker]
    copied = again.number_uses.get()
    assert (copied.until, vault.unseal(again, KeyUse.FILE, copied.sealed)) == (
        date(2025, 1, 31),
        b"+46701740605",
    )
