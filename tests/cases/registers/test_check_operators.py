"""`manage.py check_operators`: what an operator reads before going live, and the exit status a script needs."""

from io import StringIO
from pathlib import Path

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


def test_contact_details_still_to_be_set_are_told(tmp_path):
    out, _ = run(folder(tmp_path, SMALL))
    assert "org_number, address, email, phone, dpo" in out


def test_every_fault_is_printed_with_its_line_and_the_status_is_not_zero(tmp_path):
    broken = SMALL.replace('country = "SE"', 'country = "NO"').replace(
        'kind = "processor"', 'kind = "friend"'
    )
    _, err = run(folder(tmp_path, broken))
    assert ":3: country: " in err
    assert ":37: recipients.helper.kind: " in err
    assert err.endswith("not ready: small-se")


def test_a_required_setting_left_open_means_not_ready(tmp_path):
    _, err = run(folder(tmp_path, SMALL))
    assert "Fill in set_by_operator.retention.traffic." in err
    assert err.endswith("not ready: small-se")


def test_a_folder_without_operators_is_said(settings, tmp_path):
    settings.OPERATORS_DIR = tmp_path
    with pytest.raises(CommandError, match="no operator folder"):
        call_command("check_operators")
