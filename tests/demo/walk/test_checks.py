"""The journey's checks can fail: a row too few, a row of somebody else, a changed file, a source that was not asked."""

import io
import json
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

from demo.systems.cast import Person
from demo.walk.checks import (
    COVERED,
    WAITS,
    CheckError,
    check_access,
    check_covered,
    check_erasure,
    check_own_rows_only,
    check_proof,
)
from demo.walk.package import MASK, Package, PackageError
from demo.walk.report import Board, Result, table
from demo.walk.sent_on import check_sent_on
from exports.paper.setting import laid_out

LETTERS = Path("exports/letter/texts")
NUMBERS = frozenset({"1", "2", "3"})


class Sources:
    """Sources that answer what a test says they hold: role -> rows."""

    slug = "telenor-dk"

    def __init__(self, after=None, unpaid=frozenset(), others=None):
        self.after, self.unpaid, self.others = after or {}, unpaid, others or {}

    def of_others(self, person):
        return self.others

    def rows_of(self, person):
        return self.after

    def unpaid_traffic(self, person):
        return self.unpaid


@pytest.fixture
def person():
    fields = dict.fromkeys(
        ("customer_no", "account_no", "email", "national_id", "street", "postcode", "city"), "x"
    )
    return Person(
        "former1", name="Anne Holst", holds_account=True, since=None, left=None, numbers=(), **fields
    )


def package(rows, *, letter=b"letter", change=None, parts=frozenset({"network-traffic"})):
    files = {
        "letter.pdf": letter,
        **{f"data/{name}.json": json.dumps(held).encode() for name, held in rows.items()},
    }
    listed = [{"name": name, "sha256": sha256(content).hexdigest()} for name, content in files.items()]
    files |= change or {}
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr("manifest.json", json.dumps({"files": listed}))
    return Package(out.getvalue(), parts)


def traffic(*ids):
    return {"network-traffic": [{"id": number} for number in ids]}


def test_a_row_too_few_or_too_many_is_noticed(person):
    for ids in ((1, 2), (1, 2, 3, 4), (1, 2, 4)):
        with pytest.raises(CheckError, match="network-traffic"):
            check_access(package(traffic(*ids)), Sources(), person, {"network-traffic": NUMBERS}, b"letter")


def test_a_collection_that_is_missing_altogether_is_noticed(person):
    with pytest.raises(CheckError, match="crm-invoice: 0 rows in the package, 3"):
        check_access(package({}), Sources(), person, {"crm-invoice": NUMBERS}, b"letter")


def test_a_row_of_somebody_else_is_noticed(monkeypatch, person):
    sources = Sources(after={"network-traffic": frozenset({"3", "9"})})
    sources.today = None
    monkeypatch.setattr("demo.walk.checks.played", lambda slug, today: {"earlier": person})
    with pytest.raises(CheckError, match="1 rows of the earlier"):
        check_own_rows_only(
            package(traffic(1, 2, 3)), sources, person.__class__(**{**vars(person), "role": "subscriber"})
        )


HIDDEN = {"network-traffic": {"1": {"other_number": "+46991234"}}}
SAID = "Det har vi dolt"


def covering(row, *more, letter=SAID, change=None):
    """A package with one row that tells of somebody else, and what its letter says."""
    made = package({"network-traffic": [{"id": 1, **row}, *more]}, change=change)
    made.__dict__["letter"] = letter  # as it would be read off the PDF
    return made


def test_a_hidden_number_in_clear_is_noticed(person):
    sources = Sources(others=HIDDEN)
    assert check_covered(covering({"other_number": MASK}), sources, person) == 1
    for row in ({"other_number": "+46991234"}, {"other_number": None}, {}):
        with pytest.raises(CheckError, match="network-traffic: other_number is in clear"):
            check_covered(covering(row), sources, person)


@pytest.mark.parametrize(
    ("row", "letter", "where"),
    [
        ({"note": "Ring +46991234 efter fem."}, SAID, "data/network-traffic.json"),
        ({"note": "+46991234"}, SAID, "data/network-traffic.json"),
        ({}, f"{SAID} +4699 1234", "letter.pdf"),
    ],
)
def test_a_hidden_number_in_another_column_or_in_the_letter_is_noticed(person, row, letter, where):
    with pytest.raises(CheckError, match=f"{where}: tells what network-traffic tells of others"):
        check_covered(covering({"other_number": MASK, **row}, letter=letter), Sources(others=HIDDEN), person)


def test_a_number_that_also_called_openly_may_stand_there(person):
    openly = covering({"other_number": MASK}, {"id": 2, "other_number": "+46991234"})
    assert check_covered(openly, Sources(others=HIDDEN), person) == 1


def test_a_letter_that_says_what_was_not_done_or_not_what_was_is_noticed(person):
    with pytest.raises(CheckError, match="0 values are masked, and the letter says so"):
        check_covered(covering({"other_number": "+46995555"}), Sources(), person)
    with pytest.raises(CheckError, match="1 values are masked, and the letter says nothing"):
        check_covered(covering({"other_number": MASK}, letter=""), Sources(others=HIDDEN), person)


def test_a_file_changed_after_the_manifest_was_written_is_noticed():
    changed = package(traffic(1), change={"data/network-traffic.json": b"[]"})
    with pytest.raises(PackageError, match="hashes"):
        changed.keys()


def test_a_file_of_no_known_source_is_noticed():
    with pytest.raises(PackageError, match="no source"):
        package({"crm-secrets": []}).keys()


def test_a_row_that_was_not_erased_is_noticed(person):
    before = {"crm-profile": NUMBERS}
    with pytest.raises(CheckError, match="crm-profile: 1 of 3 rows are still there"):
        check_erasure(
            Sources(after={"crm-profile": frozenset({"2"})}), person, before, Result("x", "erasure", "x")
        )


def test_a_row_that_should_have_been_kept_is_noticed(person):
    with pytest.raises(CheckError, match="crm-invoice: 3 of 3 rows that must be kept are gone"):
        check_erasure(Sources(), person, {"crm-invoice": NUMBERS}, Result("x", "erasure", "x"))


def test_traffic_that_proves_the_claim_must_stay_and_no_other(person):
    owed = frozenset({"3"})
    for left in (NUMBERS, frozenset()):
        with pytest.raises(CheckError, match="network-traffic"):
            check_erasure(
                Sources(after={"network-traffic": left}, unpaid=owed),
                person,
                {"network-traffic": NUMBERS},
                Result("x", "erasure", "x"),
            )


def test_the_desk_must_not_claim_more_than_was_erased(person):
    with pytest.raises(CheckError, match="the desk says 5"):
        check_erasure(Sources(), person, {"crm-profile": NUMBERS}, Result("x", "erasure", "x", erased=5))


def test_the_table_fits_and_names_what_failed():
    good = Result(
        "telia-finance-dk", "marketing-objection", "x", "26-AAAAA-11", 1_000_000, 99_999, 12_345, 999, 10**7
    )
    bad = Result("tele2-se", "access", "x", "26-BBBBB-22", problem="CheckError: network-traffic: 1 rows")
    printed = table([good, bad])
    assert all(len(line) <= 100 for line in printed.splitlines())
    assert "26-BBBBB-22: CheckError" in printed
    assert "FAILED" in printed


def test_progress_is_a_line_a_change_where_lines_cannot_be_redrawn(capsys):
    board = Board(["a", "b"])
    board.show("a", "1 row", passing=True)
    board.show("b", "done")
    assert [line.split("s  ", 1)[1] for line in capsys.readouterr().out.splitlines()] == [f"{'b':<38} done"]


def test_rows_that_a_mailed_code_does_not_open_are_noticed(person):
    held = {"network-traffic": NUMBERS}
    with pytest.raises(CheckError, match="network-traffic: 3 rows in the package, 0"):
        check_access(package(traffic(1, 2, 3)), Sources(), person, held, b"letter", proven=False)


@pytest.mark.parametrize(("letter", "proven"), [("Allt.", False), ("Kräver en starkare legitimation.", True)])
def test_a_letter_that_is_wrong_about_what_waits_is_noticed(letter, proven):
    held, sent = {"network-traffic": NUMBERS}, package({})
    sent.__dict__["letter"] = letter
    with pytest.raises(CheckError, match="stronger proof"):
        check_proof(sent, held, proven=proven)
    check_proof(sent, held, proven=not proven)


@pytest.mark.parametrize(("number", "language"), list(enumerate(("sv", "da"))))
def test_what_is_looked_for_in_a_letter_is_what_letters_say(number, language):
    said = "".join((LETTERS / f"{language}.toml").read_text().split())
    assert WAITS[number] in said
    assert COVERED[number] in said


class Took:
    """Another provider that says what a test says it took."""

    def __init__(self, *zips):
        self.zips = {sha256(one).hexdigest(): one for one in zips}

    def hashes(self):
        return list(self.zips)

    def taken(self, sha256):
        return self.zips[sha256]


def parcel(**files):
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"data/{name}.json", content)
        archive.writestr("manifest.json", "{}")
    return out.getvalue()


def receipt(*said):
    return laid_out(
        f"<html lang=en><title>Receipt</title><p>{' '.join(said)}</p></html>", "26-7KQXA-19"
    ).content


@pytest.mark.pango
def test_what_another_provider_took_is_held_against_what_the_person_got():
    got, held = package(traffic(1, 2)), json.dumps([{"id": 1}, {"id": 2}])
    whole, other = parcel(**{"network-traffic": held}), parcel(**{"network-traffic": "[]"})
    told = receipt("Nordlind Mobil", sha256(whole).hexdigest())
    assert check_sent_on(got, told, Took(other, whole), "Nordlind Mobil") == 1
    with pytest.raises(CheckError, match="does not name the provider"):
        check_sent_on(got, told, Took(whole), "Another")
    with pytest.raises(CheckError, match="names 0 of the files"):
        check_sent_on(got, told, Took(other), "Nordlind Mobil")
    with pytest.raises(CheckError, match="is not what the person got"):
        check_sent_on(
            got, receipt("Nordlind Mobil", sha256(other).hexdigest()), Took(other), "Nordlind Mobil"
        )
    less = parcel()
    with pytest.raises(CheckError, match="took 0 files, the person got 1"):
        check_sent_on(got, receipt("Nordlind Mobil", sha256(less).hexdigest()), Took(less), "Nordlind Mobil")
