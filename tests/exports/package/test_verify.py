"""What anybody finds out with verify.py alone, run by a bare Python that can import nothing but `cryptography`."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cases.casework.signing.keys import Signer
from cases.casework.signing.statements import FILE, PACKAGE, canonical, statement
from demo.walk.verified import alone
from exports.package import tree, verify
from exports.package.layout import DataFile
from exports.package.manifest import NAMED, PackageFacts
from exports.package.zipped import write

ROWS, LETTER = 2500, b"%PDF-1.7 a letter"
CALLS, NOTES = "data/network-calls.json", "data/crm-notes.json"
Said = dict[str, Any]


def key() -> Signer:
    private = Ed25519PrivateKey.generate()
    return Signer(private.public_key().public_bytes_raw().hex(), private)


OURS, THEIRS = key(), key()
FACTS = PackageFacts(
    reference="24-7KQ-19", operator="Tele2", operator_id="tele2-se", right="access", language="sv",
    dated=date(2026, 12, 14), sources=({"source": "network", "collection": "calls", "state": "nothing-held"},),
)  # fmt: skip


def listed(**changes: object) -> list[Said]:
    """The operator's list of keys: ours, unless told."""
    ours = {"operator": "tele2-se", "name": "Tele2", "key": OURS.key, "from": "2026-01-01", "until": None}
    return [{**ours, "withdrawn": None, **changes}]


def data(stem: str, rows: int) -> DataFile:
    lines = [orjson.dumps({"id": n, "text": "å\r" * (n % 3)}) for n in range(rows)]
    return DataFile(stem=stem, name=stem, source_name="Nätet", rows=lambda: lines)


@pytest.fixture(scope="module")
def package() -> bytes:
    out = io.BytesIO()
    files = [data("network-calls", ROWS), data("crm-notes", 3)]
    write(out, FACTS, letter=lambda _: LETTER, data=files, signer=OURS)
    return out.getvalue()


@dataclass
class Opened:
    """A package taken apart, to be put together otherwise by somebody who knows how it is made."""

    files: dict[str, bytes]
    manifest: Said

    @classmethod
    def of(cls, package: bytes) -> "Opened":
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        return cls(files, json.loads(files.pop("manifest.json")))

    @property
    def lines(self) -> list[Said]:
        return self.manifest["files"]

    def line(self, name: str) -> Said:
        return next(line for line in self.lines if line["name"] == name)

    def put(self, name: str, content: bytes) -> None:
        """Another file with its line, its hash, its rows: everything but the signature."""
        self.files[name] = content
        if not any(line["name"] == name for line in self.lines):
            self.lines.append({"name": name})
        told = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        self.line(name).update(told)
        if name in self.manifest["leaves"]:
            leaves = tree.Leaves()
            leaves.update(content)
            hashes = leaves.hashes()
            self.manifest["leaves"][name] = [one.hex() for one in hashes]
            self.line(name)["rows_root"] = tree.root(hashes).hex()

    def closed(self, signer: Signer | None = None) -> bytes:
        """Summed up anew, and signed anew where there is a key."""
        self.manifest["files_sha256"] = verify.files_sha256(self.lines)
        bare = [{k: v for k, v in line.items() if k != "signature"} for line in self.lines]
        self.manifest["root"] = tree.root([tree.leaf(canonical(line)) for line in bare]).hex()
        if signer:
            named = {name: self.manifest[name] for name in NAMED}
            self.manifest["key"] = signer.key
            for line, said in zip(self.lines, bare, strict=True):
                line["signature"] = signer.sign(statement(FILE, {**named, "file": said}))
            self.manifest.pop("signature")
            self.manifest["signature"] = signer.sign(statement(PACKAGE, self.manifest))
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, content in self.files.items():
                archive.writestr(name, content)
            archive.writestr("manifest.json", json.dumps(self.manifest))
        return out.getvalue()


def removed(it: Opened) -> None:
    del it.files[CALLS]
    del it.manifest["leaves"][CALLS]
    it.lines.remove(it.line(CALLS))


def last_removed(it: Opened) -> None:
    del it.files["readme.txt"]
    it.lines.remove(it.line("readme.txt"))


def row_changed(it: Opened) -> None:
    it.put(CALLS, it.files[CALLS].replace(b'"id":1700,', b'"id":9999,'))


def letter_replaced(it: Opened) -> None:
    it.put("letter.pdf", b"%PDF-1.7 another letter")


def operator_renamed(it: Opened) -> None:
    it.manifest.update(operator="Telenor")


def reference_changed(it: Opened) -> None:
    it.manifest.update(reference="24-000-00")


def added(it: Opened) -> None:
    it.put("data/extra.csv", b"a;b\r\n")


def added_with_a_place(it: Opened) -> None:
    it.put("data/extra.csv", b"a;b\r\n")
    it.line("data/extra.csv").update(it.line("readme.txt") | {"name": "data/extra.csv"} | it.lines[-1])


def sources_changed(it: Opened) -> None:
    it.manifest["sources"][0]["state"] = "searched"


def unsigned(it: Opened) -> None:
    del it.manifest["signature"]


def called_older(it: Opened) -> None:
    it.manifest["format"] = 2


ATTACKS: list[tuple[Callable[[Opened], None], str]] = [
    (removed, f"{CALLS} was taken out with its line"),
    (last_removed, "file 9 of 9 was taken out with its line"),
    (row_changed, f"{CALLS} was replaced after the package was signed"),
    (letter_replaced, "letter.pdf was replaced after the package was signed"),
    (operator_renamed, "operator: it is of Tele2, and says Telenor"),
    (reference_changed, "reference, operator, right, language or day are others than were signed"),
    (added, "data/extra.csv was added after the package was signed"),
    (added_with_a_place, "data/extra.csv was added after the package was signed"),
    (sources_changed, "such as of the sources that were asked, is not"),
    (unsigned, "it is not signed"),
    (called_older, "is signed, and says that it is of a format that was not"),
]


@pytest.mark.parametrize(("attack", "expected"), ATTACKS, ids=lambda one: getattr(one, "__name__", ""))
def test_what_was_changed_with_all_its_hashes_is_found_and_named(
    package: bytes, attack: Callable[[Opened], None], expected: str
) -> None:
    it = Opened.of(package)
    attack(it)
    verdict = verify.check(io.BytesIO(it.closed()), listed())
    assert not verdict.proven
    assert any(expected in fault for fault in verdict.faults), verdict.faults


def test_what_was_changed_without_its_hashes_is_named_by_its_rows(package: bytes) -> None:
    it = Opened.of(package)
    it.files[CALLS] = it.files[CALLS].replace(b'"id":1700,', b'"id":9999,')
    faults = verify.check(io.BytesIO(it.closed()), listed()).faults
    assert faults == [
        f"{CALLS} has another content than when it was written",
        f"{CALLS}: lines 1,001 to 2,000 are others than were written",
    ]


def test_a_package_as_it_was_written_is_proven_by_its_key_alone(package: bytes) -> None:
    assert verify.check(io.BytesIO(package), listed()).proven
    without = verify.check(io.BytesIO(package))
    assert (without.proven, without.faults, OURS.key in without.notes[0]) == (False, [], True)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([], "somebody else signed it"),
        (listed(withdrawn="2026-12-20", until="2026-12-20"), "its key was withdrawn on 2026-12-20"),
        (listed(until="2026-12-13"), "when its key did not sign"),
        (listed(**{"from": "2026-12-15"}), "when its key did not sign"),
        (
            listed(operator="telenor-dk", name="Telenor"),
            "signed with a key of Telenor, and says that it is of Tele2",
        ),
    ],
)
def test_a_key_is_worth_what_the_operators_list_says(package: bytes, keys: list[Said], expected: str) -> None:
    verdict = verify.check(io.BytesIO(package), keys)
    assert (verdict.proven, len(verdict.faults)) == (False, 1)
    assert expected in verdict.faults[0]


def test_a_key_that_was_turned_still_proves_what_it_signed(package: bytes) -> None:
    later = {**listed()[0], "key": THEIRS.key, "from": "2026-12-20"}
    assert verify.check(io.BytesIO(package), [*listed(until="2026-12-20"), later]).proven


def test_who_signs_all_of_it_anew_is_not_the_operator(package: bytes) -> None:
    it = Opened.of(package)
    row_changed(it)
    forged = it.closed(THEIRS)
    assert verify.check(io.BytesIO(forged)).faults == []
    [fault] = verify.check(io.BytesIO(forged), listed()).faults
    assert "none of those that were published" in fault


def test_a_name_twice_is_no_manifest(package: bytes) -> None:
    it = Opened.of(package)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("manifest.json", b'{"format": 3,' + json.dumps(it.manifest).encode()[1:])
    assert verify.check(out).faults == ["manifest.json is not a manifest"]


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
@pytest.mark.parametrize("lines", [0, 1, 999, 1000, 1001, 2000, 2500])
def test_both_sides_hash_the_same_leaves_however_the_bytes_come(size: int, lines: int) -> None:
    content = b"".join(b"%d\r\xc3\n" % n for n in range(lines)) + b"]"
    ours, theirs = tree.Leaves(), verify.Leaves(tree.ROWS)
    for at in range(0, len(content), size):
        ours.update(content[at : at + size])
        theirs.update(content[at : at + size])
    hashes = ours.hashes()
    assert hashes == theirs.hashes()
    assert len(hashes) == lines // 1000 + 1
    assert tree.root(hashes) == verify.root(hashes)


def test_the_tree_is_that_of_rfc_6962() -> None:
    """The roots of Certificate Transparency's own test vectors, for its first leaves."""
    leaves = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243")]
    hashes = [tree.leaf(one) for one in leaves]
    told = {
        0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    }
    assert {n: tree.root(hashes[:n]).hex() for n in told} == told


def test_a_bare_python_tells_a_proven_package_from_one_that_was_changed(
    package: bytes, tmp_path: Path
) -> None:
    script = tmp_path / "verify.py"
    script.write_bytes(Path(verify.__file__).read_bytes())
    keys, whole, changed = (tmp_path / name for name in ("keys.json", "whole.zip", "changed.zip"))
    keys.write_text(json.dumps({"format": 1, "keys": listed()}))
    whole.write_bytes(package)
    it = Opened.of(package)
    row_changed(it)
    changed.write_bytes(it.closed())
    proven = alone(script, whole, "--keys", keys)
    assert (proven.returncode, proven.stderr) == (0, "")
    assert proven.stdout == f"{whole}: proven (24-7KQ-19, Tele2, 2026-12-14)\n"
    assert alone(script, whole).returncode == 2
    both = alone(script, whole, changed, "--keys", keys)
    assert both.returncode == 1
    assert f"{CALLS} was replaced after the package was signed" in both.stdout
    assert alone(script, whole, "--keys", whole).stderr == "the keys can't be read: that is no list of keys\n"
