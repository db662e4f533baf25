"""A second request tells nothing of a secret order: what the ordinary view says is gone does not come back."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from cases.assessment.assessing import assess
from cases.assessment.over_retained import kept_too_long
from cases.casework.secrecy import guarded
from cases.casework.workflow import Refusal
from cases.execution.amendments.lifting import lift_due
from cases.execution.carrying_out import _begin, execute
from cases.execution.erasure import erasing, over_retained, second_pass
from cases.execution.erasure.expiry import erase_due
from cases.identity.claimed import add_by_hand
from cases.identity.people.protection import mark_protected
from cases.models import AuditEntry, Case, Operator, OverRetained, RuleExtension, SaidErased, Secret
from cases.models.keys import KeyUse
from cases.orders import extensions
from cases.orders.cleared import hidden
from cases.orders.court_orders import end_order
from cases.sealed import vault
from cases.sources.ordinary_view import note_said_erased
from exports import delivery
from exports.answer import building
from exports.notices.lifting import lift_restriction
from tests.cases.orders.secrecy_over_time import (
    PAST,
    RETAINED,
    ROLES,
    days_ahead,
    preserve,
    retained,
)
from tests.cases.orders.uncleared import Views, looked_at, told_apart
from tests.operators.by_hand import carry_out
from tests.operators.line import Staff, approve, decide, decision_on, finish, work
from tests.operators.scenes import TELLING, Scene
from tests.operators.sealed import changed, entries, kept_too_long_in
from tests.whole_line.test_deeds import configure, only_by_hand

pytestmark = pytest.mark.django_db
Ask = Callable[..., Case]
BO = "bo@example.com"


@pytest.fixture
def scene() -> Scene:
    return TELLING


@pytest.fixture
def bo(crm: sqlite3.Connection, staff: Staff) -> sqlite3.Connection:
    """Bo has left; the customer card, which leads to him, is an old one that no erasure takes."""
    for role in ROLES:
        staff(role)
    crm.executescript(RETAINED)
    return crm


@contextmanager
def undone(crm: sqlite3.Connection) -> Iterator[None]:
    """Whatever happens here has happened nowhere afterwards: neither at the desk nor in the operator's systems."""
    before = sqlite3.connect(":memory:")
    crm.backup(before)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    before.backup(crm)


@pytest.fixture
def worlds(
    bo: sqlite3.Connection,
    staff: Staff,
    operator: Operator,
    capsys: pytest.CaptureFixture[str],
) -> Callable[[Callable[[str], Iterator[Views]]], dict[str, list[str]]]:
    """worlds(story): by what others could tell the story with a secret order from the same without."""
    capsys.readouterr()
    call_command("api_token", "portal", operator=["tele2-se"])
    token = capsys.readouterr().out.strip()

    def lived(story: Callable[[str], Iterator[Views]], *, secret: bool) -> list[Views]:
        with undone(bo):
            if secret:
                preserve(operator, staff)
            return list(story(token))

    def compare(story: Callable[[str], Iterator[Views]]) -> dict[str, list[str]]:
        return told_apart(lived(story, secret=False), lived(story, secret=True))

    return compare


def erased(ask: Ask, staff: Staff) -> Case:
    """Bo's erasure, carried out and answered. The retained rows without a kind go, as far as everybody knows."""
    case = work(ask("erasure", BO))
    decide(case, staff("caseworker"))
    finish(case, staff)
    return case


def back_again(bo: sqlite3.Connection) -> None:
    """Bo becomes a customer again under his number; nothing else is new about him."""
    bo.execute(
        "INSERT INTO customer VALUES ('C2', 'Bo Test', 'Lillgatan 2', 'bo@example.com', 3, NULL, 1, 0)"
    )


def test_after_an_erasure_a_second_request_tells_nothing(
    worlds: Callable[..., dict[str, list[str]]], ask: Ask, staff: Staff, bo: sqlite3.Connection
) -> None:
    """Of each right as if it were the only one."""

    def story(token: str) -> Iterator[Views]:
        erased(ask, staff)
        back_again(bo)
        for right in ("access", "erasure", "restriction", "objection", "rectification"):
            with undone(bo):
                case = work(ask(right, BO))
                decide(case, staff("caseworker"))
                finish(case, staff)
                yield {f"{right} {name}": text for name, text in looked_at(case, staff, token).items()}

    assert not worlds(story)


def test_the_rows_are_really_there(
    ask: Ask, staff: Staff, bo: sqlite3.Connection, operator: Operator
) -> None:
    """What the comparison is about: the source holds them for the order, and the second request finds none."""
    preserve(operator, staff)
    erased(ask, staff)
    assert retained(bo) == [1, 2, 3]
    back_again(bo)
    case = work(ask("access", BO))
    run = case.runs.get(collection="retained")
    assert run.rows == 1  # the one that everybody knows is kept
    assert sum(chunk.rows for chunk in run.chunks.filter(secret=True)) == 2
    assert not case.identifiers.filter(kind="account_no").exists()
    told = {(one.collection, one.verdict): one for one in hidden(case, by=staff("cleared"))}
    assert told["retained", "keep"].rule == "SE-LEK-ORDER"


def test_a_row_that_tells_of_two_people_is_not_found_by_the_other_one(
    worlds: Callable[..., dict[str, list[str]]], ask: Ask, staff: Staff, bo: sqlite3.Connection
) -> None:
    """Anna and Bo share no identifier; her number stands in a row that his letter says is gone."""
    find = r'(?ms)(key = "retained".*?)find = \{ customer_no = "customer_no" \}(.*?)yields = [^\n]*\n'
    both = r'\1find = { customer_no = "customer_no", msisdn = "account" }\2'
    configure(lambda text: re.sub(find, both, text, count=1))

    def story(token: str) -> Iterator[Views]:
        bo.execute("UPDATE retained SET account = '+46701740605' WHERE id = 2")
        erased(ask, staff)
        anna = work(ask("access"))
        add_by_hand(anna, kind="msisdn", value="0701740605", by=staff("caseworker"))
        yield looked_at(work(anna), staff, token)

    assert not worlds(story)


def test_a_second_pass_tells_nothing(
    worlds: Callable[..., dict[str, list[str]]], ask: Ask, staff: Staff, bo: sqlite3.Connection
) -> None:
    def story(token: str) -> Iterator[Views]:
        case = work(ask("erasure", BO))
        decide(case, staff("caseworker"))
        bo.execute("INSERT INTO note VALUES (9, 'C2', '2019-06-01', 'Wrote again.')")
        finish(case, staff)
        again = work(second_pass.start(case, by=staff("caseworker")))
        yield looked_at(again, staff, token)

    assert not worlds(story)


def test_a_schedule_that_has_run_out_tells_nothing(
    worlds: Callable[..., dict[str, list[str]]], ask: Ask, staff: Staff, bo: sqlite3.Connection
) -> None:
    def story(token: str) -> Iterator[Views]:
        bo.execute("UPDATE retained SET at = '2026-02-10 10:00:00' WHERE id = 3")
        case = erased(ask, staff)
        assert case.scheduled.get(collection="retained").until == date(2026, 12, 10)
        erase_due(date(2026, 12, 11))
        yield looked_at(case, staff, token)
        back_again(bo)
        yield looked_at(work(ask("access", BO)), staff, token)

    assert not worlds(story)


def test_what_a_source_erases_by_itself_shows_in_no_count(
    worlds: Callable[..., dict[str, list[str]]], ask: Ask, staff: Staff, bo: sqlite3.Connection
) -> None:
    """It keeps what an order names: on the day of the erasure, and on that of a schedule, it still holds more."""

    def tidied(*rows: int) -> None:
        if not Secret.objects.filter(kind="order").exists():
            bo.executemany("DELETE FROM retained WHERE id = ?", [(row,) for row in rows])

    def story(token: str) -> Iterator[Views]:
        bo.execute("UPDATE retained SET at = '2026-02-10 10:00:00' WHERE id = 3")
        case = work(ask("erasure", BO))
        decide(case, staff("caseworker"))
        approve(case, staff)
        tidied(1, 2)
        carry_out(case, staff("caseworker"))
        building.write_receipt(case.pk)
        delivery.deliver(case.pk)
        case.refresh_from_db()
        yield looked_at(case, staff, token)
        tidied(3)
        erase_due(date(2026, 12, 11))
        yield looked_at(case, staff, token)

    assert not worlds(story)


def test_a_schedule_of_an_ordinary_kind_is_remembered_too(
    ask: Ask, staff: Staff, bo: sqlite3.Connection
) -> None:
    erased(ask, staff)
    parts = set(SaidErased.objects.values_list("part", flat=True))
    assert parts == {"0"}
    erase_due(days_ahead(400))
    assert len(SaidErased.objects.filter(part__startswith="schedule-")) == 1


def test_a_restriction_from_before_ends_alike(
    restricts: None,
    worlds: Callable[..., dict[str, list[str]]],
    ask: Ask,
    staff: Staff,
    bo: sqlite3.Connection,
) -> None:
    tomorrow = days_ahead(1)

    def story(token: str) -> Iterator[Views]:
        first = work(ask("restriction", BO))
        decide(first, staff("caseworker"))
        finish(first, staff)
        erased(ask, staff)
        lift_restriction(first, on=tomorrow, reason="It is settled.", by=staff("caseworker"))
        assert lift_due(tomorrow)
        yield looked_at(first, staff, token)

    assert not worlds(story)


@pytest.fixture
def restricts(crm: sqlite3.Connection, operator: Operator) -> None:
    """Retained rows can be restricted as well."""
    from django.conf import settings

    from cases.sources.configured import sources_of

    crm.execute("ALTER TABLE retained ADD COLUMN blocked INTEGER DEFAULT 0")
    path = settings.OPERATORS_DIR / operator.pk / "connectors.toml"
    text = path.read_text()
    path.write_text(text.rstrip() + "\nrestrict = { set = { blocked = 1 }, lift = { blocked = 0 } }\n")
    sources_of.cache_clear()


def test_what_is_past_its_period_is_in_nobodys_view_without_an_order_either(
    ask: Ask, staff: Staff, bo: sqlite3.Connection
) -> None:
    bo.executescript(PAST)
    case = work(ask("access", BO))
    run = case.runs.get(collection="retained")
    assert run.rows == 3
    known = {
        vault.unseal(case, KeyUse.FILE, one.sealed) for one in case.identifiers.filter(kind="account_no")
    }
    assert known == {b"A-2"}  # what the overdue row tells is not followed
    task = kept_too_long_in(case)
    assert (task.rows, task.first_on, task.opens_on) == (1, date(2024, 11, 5), None)
    assert not AuditEntry.objects.filter(stream="open", action__startswith="over-retained").exists()


def test_in_other_categories_rows_past_their_period_are_given_as_before(
    ask: Ask, staff: Staff, bo: sqlite3.Connection
) -> None:
    case = work(ask("access", BO))
    assert case.runs.get(collection="note").rows == 1
    assert case.runs.get(collection="profile").rows == 1
    again = work(ask("erasure", BO))
    assert decision_on(again, "correspondence").outcome == "erase"


def test_what_an_erasure_took_in_other_categories_and_is_back_is_given(
    ask: Ask, staff: Staff, bo: sqlite3.Connection
) -> None:
    erased(ask, staff)
    back_again(bo)
    bo.execute("INSERT INTO note VALUES (2, 'C2', '2019-05-01', 'Was content.')")
    assert work(ask("access", BO)).runs.get(collection="note").rows == 1


def test_a_key_that_is_used_again_on_another_day_is_no_row_that_was_erased(
    ask: Ask, staff: Staff, bo: sqlite3.Connection
) -> None:
    erased(ask, staff)
    back_again(bo)
    bo.execute("INSERT INTO retained VALUES (1, 'C2', '', '2026-11-20 10:00:00', NULL)")
    assert work(ask("access", BO)).runs.get(collection="retained").rows == 2


@pytest.fixture
def overdue(ask: Ask, staff: Staff, bo: sqlite3.Connection) -> OverRetained:
    """Bo asks what there is, and a retained row has been there a year too long; no order is about it."""
    bo.executescript(PAST)
    return kept_too_long_in(work(ask("access", BO)))


def test_a_cleared_officer_gives_them_and_erases_them(
    overdue: OverRetained, staff: Staff, bo: sqlite3.Connection
) -> None:
    client = Client()
    client.force_login(staff("cleared"))
    assert "Kept too long" in client.get("/desk/tasks/").content.decode()
    with pytest.raises(Refusal, match="over-retained-give-first"):
        over_retained.erase(overdue, by=staff("cleared"))
    taken = client.post(f"/desk/tasks/kept/{overdue.pk}/rows/")
    assert b'"id":7' in b"".join(taken.streaming_content).replace(b" ", b"")
    client.post(f"/desk/tasks/kept/{overdue.pk}/given/")
    client.post(f"/desk/tasks/kept/{overdue.pk}/erase/")
    assert not kept_too_long(overdue.case)
    assert retained(bo) == [1, 2, 3]
    steps = [each for each in entries() if each.action.startswith("over-retained.")]
    assert [each.action.partition(".")[2] for each in steps] == ["found", "read", "given", "erased"]
    assert (steps[-1].actor, steps[-1].data["rows"]) == (staff("cleared").get_username(), 1)
    assert "Kept too long" not in client.get("/desk/tasks/").content.decode()


def test_where_a_protected_person_lives_is_not_among_them(
    overdue: OverRetained, staff: Staff, folder_of_operator: Path, configured: Callable[[str], None]
) -> None:
    described = (folder_of_operator / "connectors.toml").read_text()
    configured(described.replace('table = "retained"', 'table = "retained"\naddress = ["account"]'))
    cleared = staff("cleared", "caseworker")
    assert b"A-7" in b"".join(over_retained.read_rows(overdue, by=cleared))
    mark_protected(overdue.case, by=cleared)
    [line] = over_retained.read_rows(overdue, by=cleared)
    assert json.loads(line)["id"] == 7
    assert b"A-7" not in line


@pytest.mark.parametrize("role", ["caseworker", "approver", "legal", "auditor"])
def test_nobody_else_knows_of_the_task(overdue: OverRetained, staff: Staff, role: str) -> None:
    client = Client()
    client.force_login(staff(role))
    assert "Kept too long" not in client.get("/desk/tasks/").content.decode()
    assert "too long" not in client.get(overdue.case.get_absolute_url()).content.decode()
    for what in ("rows", "given", "erase"):
        assert client.post(f"/desk/tasks/kept/{overdue.pk}/{what}/").status_code == 404
    with pytest.raises(PermissionDenied):
        over_retained.erase(overdue, by=staff(role))


def test_what_an_order_holds_is_nobodys_to_erase(
    ask: Ask, staff: Staff, bo: sqlite3.Connection, operator: Operator
) -> None:
    """Also where the order came after the row should have gone: it is there, so it is preserved."""
    bo.executescript(PAST)
    order = preserve(operator, staff)
    task = kept_too_long_in(work(ask("erasure", BO)))
    assert task.opens_on == days_ahead(88)
    with pytest.raises(Refusal, match="over-retained-held"):
        over_retained.erase(task, by=staff("cleared"))
    end_order(order, because="done", by=staff("cleared"))
    ended = timezone.localdate() - timedelta(days=5)
    changed(order, decided_on=ended, ended_on=ended)
    assert over_retained.erase(task, by=staff("cleared")) == 1
    assert retained(bo) == [1, 2, 3]


def test_what_a_person_has_to_erase_is_not_recorded_while_it_is_there_or_held(
    ask: Ask, staff: Staff, bo: sqlite3.Connection, operator: Operator
) -> None:
    only_by_hand("retained", "on_erase")
    bo.executescript(PAST)
    order = preserve(operator, staff)
    task = kept_too_long_in(work(ask("erasure", BO)))
    with pytest.raises(Refusal, match="over-retained-held"):
        over_retained.erase(task, by=staff("cleared"))
    changed(order, ended_on=order.decided_on)
    with pytest.raises(Refusal, match="over-retained-still-there"):
        over_retained.erase(task, by=staff("cleared"))
    bo.execute("DELETE FROM retained WHERE id = 7")
    assert over_retained.erase(task, by=staff("cleared")) == 1


def test_an_order_names_only_what_its_rule_reaches(staff: Staff, operator: Operator) -> None:
    with pytest.raises(Refusal, match="order-beyond-rule") as refused:
        preserve(operator, staff, categories=["retained", "correspondence"])
    assert "retained" not in refused.value.message.lower().partition(":")[2].partition(".")[0]
    assert preserve(operator, staff, categories=["retained"]).categories == ["retained"]


def test_an_order_on_what_nobody_can_see_would_never_match(staff: Staff, operator: Operator) -> None:
    with pytest.raises(Refusal, match="order-invalid") as refused:
        preserve(operator, staff, value="C2\x7f")
    assert "U+007F" in refused.value.message


def extend(operator: Operator, staff: Staff, *, confirmed: bool = True) -> RuleExtension:
    one = extensions.propose(operator, rule_id="SE-LEK-ORDER", category="correspondence", by=staff("legal"))
    if confirmed:
        extensions.confirm(one, by=staff("cleared"))
    return one


def test_two_people_extend_a_rule(staff: Staff, operator: Operator) -> None:
    one = extend(operator, staff, confirmed=False)
    both = staff("legal", "cleared")
    with pytest.raises(PermissionDenied):
        extensions.confirm(one, by=staff("caseworker"))
    with pytest.raises(Refusal, match="extension-same-person"):
        extensions.confirm(one, by=staff("legal"))
    assert "correspondence" not in guarded(operator.pk)
    extensions.confirm(one, by=both)
    assert "correspondence" in guarded(operator.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleExtension.objects.filter(pk=one.pk).update(cleared_by=staff("legal"))


def test_it_does_not_matter_which_of_the_two_begins(staff: Staff, operator: Operator) -> None:
    one = extensions.propose(operator, rule_id="SE-LEK-ORDER", category="profile", by=staff("cleared"))
    with pytest.raises(PermissionDenied):
        extensions.confirm(one, by=staff("cleared", "caseworker"))
    extensions.confirm(one, by=staff("legal"))
    one.refresh_from_db()
    assert (one.legal_by, one.cleared_by) == (staff("legal"), staff("cleared"))


def test_until_both_have_agreed_nobodys_rows_of_the_category_are_erased(
    ask: Ask, staff: Staff, bo: sqlite3.Connection, operator: Operator
) -> None:
    case = work(ask("erasure", BO))
    decide(case, staff("caseworker"))
    approve(case, staff)
    one = extend(operator, staff, confirmed=False)
    preserve(operator, staff, categories=["correspondence"])
    execute(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("execution", "waits-for-rule")
    assert bo.execute("SELECT count(*) FROM note WHERE customer_no = 'C2'").fetchone() == (1,)
    extensions.confirm(one, by=staff("cleared"))
    case.refresh_from_db()
    assert case.stage == "holds"


def test_a_rule_that_is_proposed_while_rows_go_stops_the_next_page(
    ask: Ask, staff: Staff, bo: sqlite3.Connection, operator: Operator
) -> None:
    """What is said to be gone is remembered, so that what an order kept is not found when both have agreed."""
    case = work(ask("erasure", BO))
    decide(case, staff("caseworker"))
    approve(case, staff)
    begun = _begin(case.pk)
    assert begun
    one = extend(operator, staff, confirmed=False)
    preserve(operator, staff, categories=["correspondence"])
    assert erasing.work(begun) == ""
    assert bo.execute("SELECT count(*) FROM note WHERE customer_no = 'C2'").fetchone() == (1,)
    assert case.actions.get(collection="note").status == "waiting"
    execute(case.pk)
    case.refresh_from_db()
    assert case.blocked_by == "waits-for-rule"
    extensions.confirm(one, by=staff("cleared"))
    assess(case.pk)
    case.refresh_from_db()
    decide(case, staff("caseworker"))
    finish(case, staff)
    back_again(bo)
    assert work(ask("access", BO)).runs.get(collection="note").rows == 0


def test_rows_that_go_while_two_officers_think_are_remembered(
    ask: Ask, staff: Staff, bo: sqlite3.Connection, operator: Operator
) -> None:
    case = work(ask("erasure", BO))
    one = extend(operator, staff, confirmed=False)
    note_said_erased(case, "crm", "note", "0", [((2,), date(2019, 5, 1))])
    extensions.confirm(one, by=staff("cleared"))
    assert work(ask("access", BO)).runs.get(collection="note").rows == 0


def test_from_then_on_the_category_is_as_silent_as_the_others(
    worlds: Callable[..., dict[str, list[str]]],
    ask: Ask,
    staff: Staff,
    bo: sqlite3.Connection,
    operator: Operator,
) -> None:
    extend(operator, staff)

    def story(token: str) -> Iterator[Views]:
        case = work(ask("erasure", BO))
        decide(case, staff("caseworker"))
        finish(case, staff)
        yield looked_at(case, staff, token)
        back_again(bo)
        yield looked_at(work(ask("access", BO)), staff, token)

    assert not worlds(story)


def test_it_is_taken_back_by_who_knows_whether_an_order_needs_it(staff: Staff, operator: Operator) -> None:
    one = extend(operator, staff, confirmed=False)
    order = preserve(operator, staff, categories=["correspondence"])
    with pytest.raises(PermissionDenied):
        extensions.withdraw(one, by=staff("legal"))
    with pytest.raises(Refusal, match="extension-in-use"):
        extensions.withdraw(one, by=staff("cleared"))
    end_order(order, because="done", by=staff("cleared"))
    extensions.withdraw(one, by=staff("cleared"))
    assert not RuleExtension.objects.exists()


def test_officers_agree_on_the_page_of_orders(staff: Staff, operator: Operator) -> None:
    clients = {}
    for role in ("legal", "cleared"):
        clients[role] = Client()
        clients[role].force_login(staff(role))
    values = {"rule": "SE-LEK-ORDER", "category": "correspondence"}
    clients["legal"].post(f"/desk/orders/{operator.pk}/extend/", values)
    one = RuleExtension.objects.get()
    assert (
        f"/desk/orders/extensions/{one.pk}/confirm/"
        not in clients["legal"].get("/desk/orders/").content.decode()
    )
    page = clients["cleared"].get("/desk/orders/").content.decode()
    assert f"/desk/orders/extensions/{one.pk}/confirm/" in page
    clients["cleared"].post(f"/desk/orders/extensions/{one.pk}/confirm/")
    one.refresh_from_db()
    assert one.confirmed_at is not None
