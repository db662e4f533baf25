"""The alert rules do what they say, on figures as a desk tells them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

RULES = settings.BASE_DIR / "docs" / "alerts.yml"
CASES = Path(__file__).with_name("alerts_test.yml")


def test_every_rule_is_seen_to_alarm_and_to_be_silent() -> None:
    rules = set(re.findall(r"alert: (\w+)", RULES.read_text()))
    cases = re.split(r"(?m)^ +- .*?alertname: ", CASES.read_text())[1:]
    silent = {case.split(",")[0].split()[0] for case in cases if "exp_alerts: []" in case.splitlines()[0]}
    alarming = {case.split()[0] for case in cases if "exp_labels" in case}
    assert rules == silent == alarming


@pytest.mark.skipif(shutil.which("promtool") is None, reason="Debian's package `prometheus` is not here")
def test_the_rules_are_taken_and_do_what_they_say(tmp_path: Path) -> None:
    for file in (RULES, CASES):
        shutil.copy(file, tmp_path)
    for words in (["check", "rules", RULES.name], ["test", "rules", CASES.name]):
        done = subprocess.run(["promtool", *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
