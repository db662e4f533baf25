"""`receivers.toml`: every mistake is told with its line and key, before anybody's data are sent."""

from pathlib import Path
from shutil import copytree

import pytest

from cases.registers.elsewhere.receivers import load_receivers
from connectors.description.tomlfile import ConfigError
from tests.cases.registers.register_samples import OPERATORS
from tests.cases.registers.test_check_operators import run

FINE = """
[nordlind]
name = "Nordlind"
url = "https://take.example/data"
key = "env:KEY"
key_id = "us-1"
"""


def complaints(folder: Path, text: str) -> list[str]:
    (folder / "receivers.toml").write_text(text)
    with pytest.raises(ConfigError) as told:
        load_receivers(folder)
    return [str(fault).partition("receivers.toml:")[2] for fault in told.value.errors]


def test_without_the_file_there_are_none_and_with_it_by_their_keys(tmp_path: Path) -> None:
    assert load_receivers(tmp_path) == {}
    (tmp_path / "receivers.toml").write_text(FINE)
    assert load_receivers(tmp_path)["nordlind"].name == "Nordlind"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("https:", "http:", "4: nordlind.url: is an address that begins with https://"),
        (
            "https://take.example",
            "http://127.0.0.1:1",
            "4: nordlind.url: is an address that begins with https://",
        ),
        ('"env:KEY"', '"0123"', "5: nordlind.key: write `env:NAME` or `file:PATH`"),
        ('"us-1"', '"us\\"1"', "6: nordlind.key_id: "),
        ("key_id", "keyid", "6: nordlind.keyid: "),
        ('"us-1"', '"us-1"\nnetworks = ["inside"]', "7: nordlind.networks"),
        ("[nordlind]", "[Nordlind]", "2: Nordlind"),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert any(one.startswith(complaint) for one in complaints(tmp_path, FINE.replace(old, new)))


def test_two_of_one_name_could_not_be_told_apart(tmp_path: Path) -> None:
    both = FINE + FINE.replace("[nordlind]", "[other]")
    assert "nordlind.name: is the name of another one" in complaints(tmp_path, both)[0]


def test_check_operators_counts_them_and_tells_what_is_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "tele2-se"
    copytree(OPERATORS / "tele2-se", folder)
    assert run(folder)[0].splitlines()[0].endswith(", 1 receiver")
    (folder / "receivers.toml").write_text(FINE.replace("https:", "http:"))
    assert "receivers.toml:4: nordlind.url: is an address that begins with https://" in run(folder)[1]
