"""What make says before anything is installed, and that every place names the same Pythons."""

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PIP = """#!/bin/sh
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


def test_readme_and_package_name_the_same_pythons():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    prefix = "Programming Language :: Python :: "
    versions = [one.removeprefix(prefix) for one in project["classifiers"] if one.startswith(prefix)]
    assert versions == ["3.11", "3.12", "3.13", "3.14"]
    assert project["requires-python"] == ">=3.11,<3.15"
    assert f"Python {', '.join(versions[:-1])} or {versions[-1]}" in (ROOT / "README.md").read_text()
