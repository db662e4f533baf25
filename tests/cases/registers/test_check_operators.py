"""`manage.py check_operators`: what an operator reads before going live, and the exit status a script needs."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from shutil import copytree

import pytest
from django.core.management import CommandError, call_command

from tests.cases.registers.register_samples import OPERATORS, SHIPPED, SMALL


def run(*folders: Path) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("check_operators", *map(str, folders), stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), f"{err.getvalue()}{error}"
    return out.getvalue(), err.getvalue()


def folder(root: Path, register: str) -> Path:
    made = root / "small-se"
    made.mkdir()
    (made / "register.toml").write_text(register)
    return made


def test_the_shipped_operators_are_ready():
    out, err = run(*(OPERATORS / slug for slug in SHIPPED))
    assert err == ""
    assert [slug for slug in SHIPPED if f"{slug}: " not in out] == []


def shipped(root: Path, change: Callable[[str], str]) -> Path:
    """A copy of a shipped operator whose connectors say something else."""
    made = Path(copytree(OPERATORS / "telenor-dk", root / "telenor-dk"))
    connectors = made / "connectors.toml"
    connectors.write_text(change(connectors.read_text()))
    return made


MARK = 'other_person = { column = "about_others", equals = true }\n'
MASKED = 'redact = ["note", "analysis"]\n'


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        ("", "data of this kind often tell of somebody else as well: say in `other_person`"),
        (MASKED, "no row says that it tells of somebody else, so `redact` masks only what a caseworker"),
        ("other_person = false\n", ""),
        (MARK + MASKED, ""),
    ],
)
def test_notes_that_do_not_say_which_rows_tell_of_others_are_remarked_on(tmp_path, instead, said):
    out, err = run(shipped(tmp_path, lambda text: text.replace(MARK + MASKED, instead)))
    assert err == ""
    assert ("crm: service-note: " in out, said in out) == (bool(said), True)


def test_a_register_can_say_that_its_own_rows_tell_of_others(tmp_path):
    made = shipped(tmp_path, str)
    register = made / "register.toml"
    register.write_text(
        register.read_text().replace("[categories.profile]", "[categories.profile]\nof_others = true")
    )
    assert "crm: profile: data of this kind often tell of somebody else" in run(made)[0]


def test_a_mark_without_columns_to_mask_is_a_fault_with_its_line(tmp_path):
    _, err = run(shipped(tmp_path, lambda text: text.replace(MASKED, "")))
    line = (tmp_path / "telenor-dk" / "connectors.toml").read_text().split(MARK)[0].count("\n") + 1
    assert f"connectors.toml:{line}: source[0].collection[2].other_person: needs `redact`" in err
    assert err.endswith("not ready: telenor-dk")


def test_contact_details_still_to_be_set_are_told(tmp_path):
    out, _ = run(folder(tmp_path, SMALL))
    assert "org_number, address, email, phone, dpo" in out


def test_every_fault_is_printed_with_its_line_and_the_status_is_not_zero(tmp_path):
    broken = SMALL.replace('country = "SE"', 'country = "NO"').replace(
        'kind = "processor"', 'kind = "friend"'
    )
    _, err = run(folder(tmp_path, broken))
    assert ":3: country: " in err
    assert ":40: recipients.helper.kind: " in err
    assert err.endswith("not ready: small-se")


def test_a_required_setting_left_open_means_not_ready(tmp_path):
    _, err = run(folder(tmp_path, SMALL))
    assert "Fill in set_by_operator.retention.traffic." in err
    assert err.endswith("not ready: small-se")


def test_a_folder_without_operators_is_said(settings, tmp_path):
    settings.OPERATORS_DIR = tmp_path
    with pytest.raises(CommandError, match="no operator folder"):
        call_command("check_operators")


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ('part.sv = "För loggningen"', 'part.sv = "För loggningen."', "part.sv: is printed inside a sentence: take"),
        ('part.sv = "För loggningen"', 'part.sv = "Loggning: den"', "bases[0].part.sv: is printed beside a colon"),
        ('law.da = "retsplejelovens', 'law.da = "Retsplejelovens', "bases[0].law.da: goes on with a sentence"),
        ("vill hålla nätet i drift.", "vill hålla nätet i drift", "interest.sv: is printed as a sentence: end it"),
        ("vill hålla nätet i drift.", "vill hålla nätet i drift..", "interest.sv: has two signs of punctuation"),
        ('"Partnerselskabet Eksempel A/S"', '"[Partner A]"', "[Partner A] has not been filled in yet. Write what"),
    ],
)  # fmt: skip
def test_a_text_that_a_letter_could_not_print_as_a_sentence_is_refused(tmp_path, written, instead, said):
    made = Path(copytree(OPERATORS / "telenor-dk", tmp_path / "telenor-dk"))
    register = made / "register.toml"
    content = register.read_text()
    assert written in content
    register.write_text(content.replace(written, instead, 1))
    _out, err = run(made)
    assert said in err
    assert "not ready: telenor-dk" in err


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ('description.sv = "Får loggade uppgifter bara', "recipients.police"),
        ('logic.sv = """Underlaget är', "set_by_operator.automated.TD-P04"),
        ('consequences.sv = """Får du nej', "set_by_operator.automated.TD-P04"),
        ('[categories.retained]\ncleared_only = true\ndescription.sv = "Var du var', "categories.retained"),
    ],
)
def test_a_place_to_fill_in_is_found_wherever_an_answer_would_say_it(tmp_path, written, key):
    made = shipped(tmp_path, str)
    register = made / "register.toml"
    content = register.read_text()
    assert content.count(written) == 1
    before, _, words = written.rpartition('"')
    register.write_text(content.replace(written, f'{before}"[Partner A] {words}'))
    _out, err = run(made)
    assert f"[Partner A] has not been filled in yet. Write what is to stand in {key}." in err
