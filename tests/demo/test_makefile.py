"""What make says before anything is installed, and that every place names the same Pythons."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
# As pip is: only where it may not compile does it name what has no wheel before it begins.
PIP = """#!/bin/sh
case "$*" in *--only-binary=:all:*) ;; *) exit 0 ;; esac
echo "ERROR: Could not find a version that satisfies the requirement nowhere==1.0 (from versions: none)" >&2
echo "ERROR: No matching distribution found for nowhere==1.0" >&2
exit 1
"""


@pytest.fixture
def checkout(tmp_path):
    """A Makefile and its requirements alone, with a PATH of one's own."""
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    for program in ("sh", "test", "touch", "sed", "cat"):
        (tmp_path / "bin" / program).symlink_to(str(shutil.which(program)))
    return tmp_path


def make(checkout, *args):
    command = [str(shutil.which("make")), "--no-print-directory", *args]
    return subprocess.run(
        command,
        cwd=checkout,
        env={"PATH": str(checkout / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


def put(path, script):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script)
    path.chmod(0o755)


def test_without_a_python_the_supported_ones_are_named(checkout):
    done = make(checkout, "install")
    assert done.returncode
    assert done.stdout.startswith("Python 3.11 to 3.14 is needed, with its venv module")


def test_the_newest_python_is_taken(checkout):
    for version in ("3.11", "3.13"):
        put(checkout / "bin" / f"python{version}", f"#!/bin/sh\necho {version} >> used\nexit 0\n")
    make(checkout, ".venv/.python")
    assert set((checkout / "used").read_text().split()) == {"3.13"}


def test_what_has_no_wheel_is_named_and_nothing_installed(checkout):
    put(checkout / ".venv/bin/pip", PIP)
    put(checkout / ".venv/bin/python", "#!/bin/sh\necho Python 3.14.1 on Plan9 mips\n")
    (checkout / ".venv/.python").touch()
    done = make(checkout, "install")
    assert done.returncode
    assert done.stdout.splitlines()[-1] == (
        "nowhere==1.0 has no wheel for Python 3.14.1 on Plan9 mips: nothing was installed."
    )
    assert not (checkout / ".venv/.installed").exists()


@pytest.fixture
def installed(checkout):
    """All is installed; pytest says what it was asked for, and ends as STATUS has it."""
    shutil.copy(ROOT / "requirements-dev.txt", checkout)
    put(checkout / ".venv/bin/python", "#!/bin/sh\n")
    put(checkout / ".venv/bin/pytest", '#!/bin/sh\necho "$SOAK $@"\nexit $(cat status)\n')
    (checkout / "status").write_text("0")
    for done in (".python", ".installed-dev"):
        (checkout / ".venv" / done).touch()
    return checkout


def test_a_part_of_the_soak_says_how_long_it_is_meant_to_take(installed):
    assert make(installed, "soak", "PART=chaos").stdout.splitlines() == [
        "chaos: about 180 minutes",
        "1 -q -n auto -m soak -k test_chaos",
    ]


def test_the_soak_is_its_parts_one_by_one(installed):
    told = make(installed, "soak").stdout.splitlines()
    assert [line.partition(":")[0] for line in told[::2]] == parts()
    assert [line.rpartition("test_")[2] for line in told[1::2]] == parts()


def test_a_part_that_is_not_there_is_named_with_those_that_are(installed):
    done = make(installed, "soak", "PART=weather")
    assert done.returncode
    assert done.stdout == f"weather: no such part; there are: {' '.join(parts())}\n"


@pytest.mark.parametrize(("status", "good"), [(0, True), (5, True), (1, False)])
def test_no_test_with_an_engine_is_no_failure_but_a_failed_one_is(installed, status, good):
    (installed / "status").write_text(str(status))
    assert (make(installed, "test-engines").returncode == 0) is good


def test_tests_with_an_engine_are_left_to_their_own_target(installed):
    assert make(installed, "test").stdout.endswith(" -q -n auto --dist loadgroup -m not engines\n")


def parts():
    """In the order they are run, quick ones first."""
    (line,) = re.findall(r"^PARTS := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return [one.partition(":")[0] for one in sorted(line.split(), key=lambda one: int(one.partition(":")[2]))]


def test_every_part_of_the_soak_is_a_module_of_tests():
    assert set(parts()) == {
        path.stem.removeprefix("test_")
        for path in (ROOT / "tests").rglob("test_*.py")
        if re.search(r"mark\.soak\b", path.read_text())
    }


def test_readme_and_package_name_the_same_pythons():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    prefix = "Programming Language :: Python :: "
    versions = [one.removeprefix(prefix) for one in project["classifiers"] if one.startswith(prefix)]
    assert versions == ["3.11", "3.12", "3.13", "3.14"]
    assert project["requires-python"] == ">=3.11,<3.15"
    assert f"Python {', '.join(versions[:-1])} or {versions[-1]}" in (ROOT / "README.md").read_text()
