"""`decide` and `due` at the prompt: exit status, streams, and neither database nor network."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from django.core.management import ManagementUtility

ROOT = Path(__file__).parents[3]
CASES = ROOT / "tests" / "cases" / "law" / "cases"
SECRET = CASES / "telenor-se-preserved-call.toml"


def prompted(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """manage.py as a process of its own, with an environment in which no server and no key is to be had."""
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": "postgres://localhost:1/none",
        "REDIS_URL": "redis://localhost:1/0",
    }
    command = [sys.executable, str(ROOT / "manage.py"), *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The same in this process, where a test without a mark for it is refused a database: seconds less each."""
    command = ["manage.py", *map(str, arguments)]
    status = 0
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        try:
            ManagementUtility(command).execute()
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else int(left.code is not None)
    return subprocess.CompletedProcess(command, status, out.getvalue(), err.getvalue())


def test_a_file_that_gets_what_it_expects() -> None:
    done = prompted("decide", SECRET)
    assert (done.returncode, done.stderr) == (0, "")
    assert "telenor-se, erasure, received 2026-11-24, decided 2026-12-01" in done.stdout
    assert "gone" in done.stdout
    assert done.stdout.endswith("as expected\n")
    assert "SE-LEK-ORDER" not in done.stdout
    assert "SE-LEK-ORDER" in run("decide", SECRET, "--cleared").stdout


def test_json_is_one_object_a_file_one_a_line() -> None:
    done = run("decide", SECRET, CASES / "tele2-takes-back-a-yes.toml", "--json")
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first["due"] == "2026-12-24"
    assert first["record"]["call"]["until"] == "2026-11-10"
    assert second["extended_due"] is None
    assert second["purpose"]["T2-P08"]["verdict"] == "stop"


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_mismatch_is_told_and_ends_in_1(options: list[str], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(SECRET.read_text().replace("due = 2026-12-24", "due = 2026-12-23"))
    done = run("decide", wrong, *options)
    assert done.returncode == 1
    told = done.stderr if options else done.stdout
    assert told.endswith("wrong.toml: due: expected 2026-12-23, got 2026-12-24\n")
    if options:
        assert len(done.stdout.splitlines()) == 1


def test_bad_input_is_one_line_and_ends_in_2_while_the_rest_is_decided(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(
        'operator = "tele2-se"\nright = "erasure"\nreceived = 2026-11-02\nsubject = { kind = "dog" }\n'
    )
    done = run("decide", bad, SECRET, "--json")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == len(done.stdout.splitlines()) == 1
    assert "bad.toml:4: subject.kind: " in done.stderr


def test_without_clearance_the_output_is_the_same_to_the_byte(tmp_path: Path) -> None:
    text = SECRET.read_text()
    before, rest = text.split("order = [")
    orderless = before + rest.split("\n]\n", 1)[1]
    plain = "".join(line for line in orderless.splitlines(keepends=True) if "police-asked" not in line)
    assert "SE-LEK-ORDER = {" in plain
    path = tmp_path / "case.toml"
    for options in ([], ["--json"]):
        outputs = []
        for content in (text, plain):
            path.write_text(content)
            outputs.append(run("decide", path, *options).stdout)
        assert outputs[0] == outputs[1] != ""


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        ("2026-03-02 --calendar DK --pause 2026-03-04:2026-03-14", "2026-04-13"),
        ("2026-03-02 --calendar DK --pause 2026-03-04:2026-03-14 --extended", "2026-06-12"),
        ("2026-03-02 --calendar SE+DK", "2026-04-02"),
        (
            "2026-03-02 --calendar SE --pause 2026-03-04:",
            "not running: a pause is open; not before 2026-04-02",
        ),
    ],
)
def test_due_prints_the_date_and_its_steps(arguments: str, first: str) -> None:
    done = run("due", *arguments.split())
    assert (done.returncode, done.stderr) == (0, "")
    date, *steps = done.stdout.splitlines()
    assert date == first
    assert steps[0] == "  Received on 2026-03-02, which is not counted (Regulation 1182/71, Article 3(1))."


def test_due_in_json() -> None:
    found = json.loads(prompted("due", "2026-05-19", "--calendar", "SE", "--json").stdout)
    assert (found["due"], found["extended_due"], found["lenient_due"]) == (
        "2026-06-19", "2026-08-19", "2026-06-22",
    )  # fmt: skip
    assert found["steps"][0] == {
        "code": "clock.received",
        "date": "2026-05-19",
        "text": "Received on 2026-05-19, which is not counted (Regulation 1182/71, Article 3(1)).",
    }
    waiting = json.loads(
        run("due", "2026-05-19", "--calendar", "SE", "--pause", "2026-05-20:", "--json").stdout
    )
    assert (waiting["due"], waiting["extended_due"], waiting["earliest"]) == (None, None, "2026-06-19")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("2026-02-30 --calendar SE", "`2026-02-30` is not a date"),
        ("9999-12-31 --calendar SE", "does not lie between 1950 and 2200"),
        ("2026-03-02 --calendar NO", "invalid choice"),
        ("2026-03-02", "--calendar"),
        ("2026-03-02 --calendar SE --pause 2026-03-04", "is not FROM:TO"),
        ("2026-03-02 --calendar SE --pause 2026-03-01:2026-03-05", "--pause: starts before RECEIVED"),
        ("2026-03-02 --calendar SE --pause 2026-03-05:2026-03-04", "--pause: ends before it starts"),
    ],
)
def test_due_refuses_what_it_cannot_read(arguments: str, complaint: str) -> None:
    done = run("due", *arguments.split())
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
