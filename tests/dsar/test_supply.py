"""What is installed: pinned, known by its hash, used by something, and written down."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.conf import settings

from tests.dsar.composed import dockerfile

ROOT = Path(settings.BASE_DIR)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OURS = ("cases", "connectors", "exports", "dsar")
FILES = ("requirements.txt", "requirements-dev.txt")
# What no line imports, by the line of ours that uses it all the same.
USED = {
    "s3fs": ("connectors/files/storage.py", '"s3"'),
    "celery-types": ("pyproject.toml", "strict = true"),
    "cyclonedx-bom": ("Makefile", "cyclonedx-py"),
    "django-stubs": ("pyproject.toml", "mypy_django_plugin"),
    "djangorestframework-stubs": ("pyproject.toml", "mypy_drf_plugin"),
    "djlint": ("Makefile", "djlint"),
    "mutmut": ("pyproject.toml", "[tool.mutmut]"),
    "pymap": ("tests/cases/casework/bounces/post_office.py", "from pymap.main import main"),
    "pytest-timeout": ("pyproject.toml", "timeout = "),
    "pytest-xdist": ("Makefile", "-n auto"),
    "ruff": ("Makefile", "ruff check"),
    "types-python-dateutil": ("pyproject.toml", "strict = true"),
    "types-pyyaml": ("pyproject.toml", "strict = true"),
}


def pins(name: str) -> dict[str, str]:
    """Each pin with its hashes."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    return {line.partition("==")[0]: line for line in text.splitlines() if line.strip()}


def named(requirements: list[str]) -> set[str]:
    return {_normal(re.split(r"[\[<>=!~; ]", one)[0]) for one in requirements}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(*folders: str) -> set[str]:
    """The distributions that something below these folders imports, or names as a module in its settings."""
    found = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            found |= set(_modules(ast.parse(path.read_text())))
    provided = packages_distributions()
    return {_normal(one) for module in found for one in provided.get(module, [])}


def _modules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # Django's applications and middleware, and the web server that loads a class of ours.
            yield node.value.partition(".")[0]


def unused(requirements: list[str], *folders: str) -> set[str]:
    told = {name for name, (path, line) in USED.items() if line in (ROOT / path).read_text()}
    return named(requirements) - imported(*folders) - told


def test_what_the_desk_asks_for_it_imports() -> None:
    assert not unused(PROJECT["dependencies"], *OURS)


def test_what_the_work_on_it_asks_for_is_used() -> None:
    assert not unused(PROJECT["optional-dependencies"]["dev"], *OURS, "demo", "tests")


def test_what_is_told_as_used_is_asked_for() -> None:
    assert set(USED) <= named([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]])


@pytest.mark.parametrize("name", FILES)
def test_every_pin_has_its_hashes_and_none_says_where_it_comes_from(name: str) -> None:
    for pin in pins(name).values():
        assert re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; [^#]+?)?\s+(--hash=sha256:[0-9a-f]{64}\s*)+", pin), pin
    assert "//" not in (ROOT / name).read_text()


def test_both_files_pin_the_same() -> None:
    desk, work = pins(FILES[0]), pins(FILES[1])
    hashes = re.compile(r"\S+==\S+|--hash=\S+")
    for name, pin in desk.items():
        assert hashes.findall(work[name]) == hashes.findall(pin), name


def test_nothing_is_installed_without_its_hash() -> None:
    (image,) = (line for line in dockerfile("RUN") if "pip install" in line)
    makefile = (ROOT / "Makefile").read_text()
    for line in (image, *re.findall(r".*pip install.*", makefile)):
        assert "--require-hashes" in line
        assert "--only-binary=:all:" in line


def test_the_base_of_the_image_can_be_named_by_its_digest() -> None:
    assert dockerfile("ARG") == ["BASE=python:3.12-slim"]
    assert dockerfile("FROM") == ["${BASE}"]
    assert "--build-arg BASE=python:3.12-slim@sha256:" in (ROOT / "docs" / "deploy.md").read_text()


def test_the_bill_of_materials_has_every_pin_and_its_hashes(tmp_path: Path) -> None:
    (line,) = re.findall(r"@\$\(BIN\)/cyclonedx-py (.+)", (ROOT / "Makefile").read_text())
    command = [
        sys.executable,
        "-m",
        "cyclonedx_py",
        *line.replace("sbom.json", str(tmp_path / "sbom.json")).split(),
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    bill = json.loads((tmp_path / "sbom.json").read_text())
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "dsar"
    found = {part["name"]: part for part in bill["components"]}
    assert set(found) == set(pins(FILES[0]))
    for part in found.values():
        assert part["purl"].startswith("pkg:pypi/")
        assert part["version"]
