"""`text-messages.toml`: every mistake is told with its line and key, before anybody waits for a code."""

from pathlib import Path
from shutil import copytree

import pytest

from cases.registers.gateway import load_gateway
from connectors.description.tomlfile import ConfigError
from tests.cases.registers.register_samples import OPERATORS
from tests.cases.registers.test_check_operators import run

GATEWAY = """url = "https://gateway.example/messages"
token = "env:TOKEN"
[fields]
to = "{number}"
text = "{text}"
[accepted]
at = "status"
values = ["queued"]
"""


def faults(folder: Path, text: str) -> list[str]:
    (folder / "text-messages.toml").write_text(text)
    try:
        load_gateway(folder)
    except ConfigError as error:
        return [str(fault).partition("text-messages.toml:")[2] for fault in error.errors]
    return []


def test_a_folder_without_the_file_sends_none(tmp_path: Path) -> None:
    assert load_gateway(tmp_path) is None
    assert faults(tmp_path, GATEWAY) == []


def test_what_is_left_out_is_what_proves_least(tmp_path: Path) -> None:
    faults(tmp_path, GATEWAY)
    gateway = load_gateway(tmp_path)
    assert gateway
    assert (gateway.level, gateway.method, gateway.accepted.status) == ("low", "POST", (200, 201, 202))


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("https://gateway", "http://gateway", "1: url: is an address that begins with https://"),
        ('"env:TOKEN"', '"hunter2"', "2: token: write `env:NAME` or `file:PATH`"),
        ('token = "env:TOKEN"\n', 'user = "env:U"\n', "2: user: give `user` and `password`, or neither"),
        ('"env:TOKEN"\n', '"env:T"\nuser = "env:U"\npassword = "env:P"\n', "2: token: give either `token`, or"),
        ('"env:TOKEN"\n', '"env:T"\nheaders = { X-Api-Key = "abc" }\n', "3: headers.X-Api-Key: write `env:NAME`"),
        ('"env:TOKEN"\n', '"env:T"\nmethod = "GET"\n', "3: method: "),
        ('"env:TOKEN"\n', '"env:T"\nlevel = "highest"\n', "3: level: "),
        ('"env:TOKEN"\n', '"env:T"\nseconds = 0\n', "3: seconds: "),
        ('to = "{number}"\n', "", "3: fields: must have {text} in it, and {number} or {digits}"),
        ('"{text}"', '"{code}"', "3: fields: names {code}; there are {digits}, {id}, {number}, {text}"),
        ('at = "status"\n', "", "6: accepted: give `at` and `values`, or neither"),
        ("[accepted]", "[acepted]", "6: acepted: unknown key; did you mean `accepted`?"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_key(
    tmp_path: Path, written: str, instead: str, told: str
) -> None:
    assert written in GATEWAY
    found = faults(tmp_path, GATEWAY.replace(written, instead))
    assert [one for one in found if told in one], found


def test_a_form_has_texts_alone(tmp_path: Path) -> None:
    form = GATEWAY.replace("[fields]", 'sent_as = "form"\n[fields]').replace('"{number}"', '["{number}"]')
    [told] = faults(tmp_path, form)
    assert told.startswith('4: fields: are texts where `sent_as = "form"`')


def test_text_messages_without_a_source_that_tells_numbers_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "telenor-se"
    copytree(OPERATORS / "telenor-se", folder)
    connectors = folder / "connectors.toml"
    assert run(folder)[0].splitlines()[0].endswith("collections, text messages")
    connectors.write_text(connectors.read_text().replace('kind = "msisdn"', 'kind = "imsi"'))
    assert "text-messages.toml:3: url: could prove no number" in run(folder)[1]
