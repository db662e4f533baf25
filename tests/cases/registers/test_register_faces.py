"""`identity.toml`: every mistake is told with its line and key, before anybody meets it at a button."""

from pathlib import Path
from shutil import copytree

import pytest

from cases.registers.faces import Levels, load_faces
from connectors.description.tomlfile import ConfigError
from tests.cases.registers.register_samples import OPERATORS
from tests.cases.registers.test_check_operators import run

FACE = """[bankid]
issuer = "https://broker.example"
client_id = "desk"
client_secret = "env:SECRET"
number_claim = "https://broker.example/ssn"
[bankid.levels]
high = ["urn:high"]
"""


def faults(folder: Path, text: str) -> list[str]:
    (folder / "identity.toml").write_text(text)
    try:
        load_faces(folder)
    except ConfigError as error:
        return [str(fault).partition("identity.toml:")[2] for fault in error.errors]
    return []


def test_a_folder_without_the_file_offers_nothing(tmp_path: Path) -> None:
    assert load_faces(tmp_path) == {}
    assert faults(tmp_path, FACE) == []


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ('"https://broker.example"\nclient', '"http://broker.example"\nclient', "2: bankid.issuer: is an address that"),
        ('"env:SECRET"', '"hunter2"', "4: bankid.client_secret: write `env:NAME` or `file:PATH`"),
        ('client_secret = "env:SECRET"\n', "", "1: bankid.client_secret: give either"),
        ('"env:SECRET"\n', '"env:S"\nprivate_key = "file:k"\n', "4: bankid.client_secret: give either"),
        ('client_id = "desk"\n', 'client_id = "desk"\nkey_id = "k"\n', "4: bankid.key_id: names a `private_key`"),
        ('client_id = "desk"\n', 'client_id = "desk"\nscopes = ["ssn"]\n', '4: bankid.scopes: must have "openid"'),
        ('high = ["urn:high"]\n', "", "6: bankid.levels: is empty"),
        ('high = ["urn:high"]\n', 'high = ["a"]\nlow = ["a"]\n', "6: bankid.levels: `a` stands at two levels"),
        ("number_claim", "number_clam", "5: bankid.number_clam: unknown key; did you mean `number_claim`?"),
        ("[bankid]", "[bankidd]", "1: bankidd: unknown key; did you mean `bankid`?"),
        ("[bankid]", '[bankid]\nleast = "highest"', "2: bankid.least: "),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_key(
    tmp_path: Path, written: str, instead: str, told: str
) -> None:
    assert written in FACE
    found = faults(tmp_path, FACE.replace(written, instead))
    assert [one for one in found if one.startswith(told)], found


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("a", "low"),
        ("c", "high"),
        (["a", "b"], "substantial"),
        ("d", None),
        (None, None),
        (3, None),
        ({}, None),
    ],
)
def test_a_level_is_what_the_operator_says_it_means(value: object, level: str | None) -> None:
    assert Levels(low=("a",), substantial=("b",), high=("c",)).meaning(value) == level


@pytest.fixture
def telenor(tmp_path: Path) -> Path:
    return Path(copytree(OPERATORS / "telenor-dk", tmp_path / "telenor-dk"))


def test_a_face_of_another_country_is_a_fault(telenor: Path) -> None:
    (telenor / "identity.toml").write_text(FACE)
    assert (
        "identity.toml:1: bankid: tells national numbers of SE; the register's are those of DK"
        in run(telenor)[1]
    )


def test_a_number_that_finds_nobody_is_a_fault(telenor: Path) -> None:
    connectors = telenor / "connectors.toml"
    connectors.write_text(connectors.read_text().replace('link = ["national_id"]\n', ""))
    assert "mitid: finds nobody: a collection in connectors.toml has to have link" in run(telenor)[1]


def test_what_is_offered_is_told(telenor: Path) -> None:
    assert run(telenor)[0].splitlines()[0].endswith("collections, MitID")
