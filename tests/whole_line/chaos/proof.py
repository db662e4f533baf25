"""What has to be true of a round when the storm is over, against the sources and against itself."""

import io
from typing import Any
from zipfile import ZipFile

import orjson

from cases.casework import audit
from cases.models import Action, AuditEntry, Case, Run
from cases.rows import chunks
from exports.delivery import STAFF, fetch_receipt, open_package, preview_pdf
from exports.models import Answer
from exports.package import verify
from tests.whole_line.chaos.living import Customer, hashed
from tests.whole_line.chaos.people import member
from tests.whole_line.chaos.world import World

ONCE = ("case.closed", "answer.delivered")


def check_customer(world: World, customer: Customer, cases: dict[str, Case]) -> int:
    """Both cases of one person. Returns how many rows were compared with the sources."""
    compared = 0
    for case in cases.values():
        compared += _gathered_is_held(world, customer, case)
        _adds_up(case)
        _told_once(case)
    _package_is_whole(cases["access"])
    _erased(world, customer, cases["erasure"])
    return compared


def _same(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise AssertionError(f"{what}: {found} where {wanted} was expected")


def rows_of(case: Case, collection: str) -> list[dict[str, Any]]:
    run = Run.objects.select_related("case").get(case=case, collection=collection)
    return [orjson.loads(line) for line in chunks.lines(run)]


def _gathered_is_held(world: World, customer: Customer, case: Case) -> int:
    what, rows = f"{case.right} of {customer.number}", rows_of(case, "events")
    still = [(row["id"], row["note"]) for row in rows if row["id"] % 2 == 0 and row["id"] <= customer.still]
    _same(f"events, {what}", hashed(still), customer.held())
    ids = [row["id"] for row in rows]
    _same(f"events, {what}, each once and in order", ids, sorted(set(ids)))
    _same(f"events, {what}, restless", *_restless(world, customer, rows))
    count = len(rows)
    for name, held in customer.web.items():
        found = sorted((row["id"], row["what"]) for row in rows_of(case, name))
        _same(f"{name}, {what}", hashed(found), hashed((row["id"], row["what"]) for row in held))
        count += len(held)
    return count


def _restless(world: World, customer: Customer, rows: list[dict[str, Any]]) -> tuple[Any, Any]:
    """Rows that changed while they were read: each in a version it had, and none missing that was there all along."""
    with world.crm() as crm:
        known = set(
            crm.execute(
                "SELECT id, note FROM versions WHERE id > %s AND id <= %s + 1000000", [customer.first] * 2
            )
        )
    moving = {(row["id"], row["note"]) for row in rows if row["id"] % 2 or row["id"] > customer.still}
    there = set(range(customer.still + 2, customer.last + 1, 2))
    return (moving - known, there - {number for number, _ in moving}), (set(), set())


def _adds_up(case: Case) -> None:
    """Given and withheld are what was collected, and every chunk is counted."""
    for run in case.runs.all():
        _same(f"status of {run}", run.status, "done")
        _same(f"chunks of {run}", sum(run.chunks.values_list("rows", flat=True)), run.rows)
        judged = sum(run.findings.filter(view="open").values_list("rows", flat=True))
        _same(f"verdicts of {run}", judged, run.rows)


def _told_once(case: Case) -> None:
    """One letter approved and delivered, one mail that says so, one entry for each thing that happens once."""
    answer = Answer.objects.get(case=case, status=Answer.Status.DELIVERED)
    _same("approved hash", answer.approved_sha256, answer.sha256)
    _same("letter", preview_pdf(answer, by=member("caseworker"))[:5], b"%PDF-")
    entries = list(AuditEntry.objects.filter(case=case.reference).values_list("action", flat=True))
    for action in ONCE:
        _same(f"{action} of {case.right}", entries.count(action), 1)
    _same("open tasks", list(case.tasks.filter(done_at=None).values_list("kind", "detail")), [])


def _package_is_whole(case: Case) -> None:
    answer = Answer.objects.get(case=case, status=Answer.Status.DELIVERED)
    file = io.BytesIO(b"".join(open_package(answer)))
    _same("package", list(verify.problems(file)), [])
    with ZipFile(file) as archive:
        [name] = [name for name in archive.namelist() if name.endswith("events.json")]
        given = orjson.loads(archive.read(name))
    _same("rows in the package", given, rows_of(case, "events"))


def _erased(world: World, customer: Customer, case: Case) -> None:
    """Everything gathered is gone from the sources, with a receipt that counts it; what came later is there."""
    erasures = list(case.actions.filter(kind=Action.Kind.ERASE))
    for action in erasures:
        run = case.runs.get(source=action.source, collection=action.collection)
        erased = sum(run.findings.filter(verdict="erase").values_list("rows", flat=True))
        _same(f"receipt of {run}", (action.status, action.done, action.expected), ("done", erased, erased))
    wanted = {f"{run}" for run in case.runs.filter(findings__verdict="erase")}
    _same("what was erased", {f"{one.source}/{one.collection}" for one in erasures}, wanted)
    entries = AuditEntry.objects.filter(case=case.reference, action="rows.erased")
    _same("entries of erasing", entries.count(), len(erasures))
    _gone(world, customer, {row["id"] for row in rows_of(case, "events")})
    answer = Answer.objects.get(case=case, status=Answer.Status.DELIVERED)
    _same("receipt", fetch_receipt(answer, who=STAFF, by=member("caseworker"))[:5], b"%PDF-")


def _gone(world: World, customer: Customer, gathered: set[int]) -> None:
    with world.crm() as crm:
        found = crm.execute("SELECT id FROM events WHERE customer_no = %s", [customer.number]).fetchall()
        known = crm.execute("SELECT id FROM versions").fetchall()
    left = {number for (number,) in found}
    _same("gathered rows left", left & gathered, set())
    later = {n for (n,) in known if customer.first < n <= customer.last + 2000} - gathered
    _same("rows that came later and are gone", later - left, set())
    _same(
        "rows left on the web",
        world.web.get(f"/truth/{customer.number}").json(),
        {"orders": [], "tickets": []},
    )


def check_everything() -> None:
    _same("audit chain", audit.first_broken(), None)


def bystander(world: World, customer: Customer) -> tuple[Any, Any]:
    """What the sources hold of somebody who asked for nothing."""
    with world.crm() as crm:
        rows = crm.execute(
            "SELECT id, note FROM events WHERE customer_no = %s ORDER BY id", [customer.number]
        )
        return hashed(rows), world.web.get(f"/truth/{customer.number}").json()
