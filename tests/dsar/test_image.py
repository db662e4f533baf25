"""The Dockerfile's lines, done here: what is copied is enough to run, what is installed is enough to import."""

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.dsar.composed import COMPOSE, ROOT, dockerfile


@pytest.fixture
def image(tmp_path):
    """The folder as the image has it, and how to run something in it."""
    for line in dockerfile("COPY"):
        source, target = shlex.split(line)
        if (ROOT / source).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "*.mo")
            shutil.copytree(ROOT / source, tmp_path / target, ignore=ignored)
        else:
            shutil.copy(ROOT / source, tmp_path / target)

    def run(command, **env):
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"} | env,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return tmp_path, run


def ours():
    return [line for line in dockerfile("RUN") if line.startswith("python ")]


def test_texts_are_compiled_and_static_files_collected_without_a_secret(image):
    folder, run = image
    assert len(ours()) == 2
    for line in ours():
        run(shlex.split(line))
    assert {path.parent.parent.name for path in folder.glob("locale/*/LC_MESSAGES/django.mo")} == {"sv", "da"}
    assert (folder / "staticfiles" / "dsar.css.gz").exists()
    assert (
        folder / "staticfiles" / "drf_spectacular_sidecar" / "swagger-ui-dist" / "swagger-ui.css"
    ).exists()


def test_the_copied_folders_are_enough_to_start(image, production_env):
    _folder, run = image
    assert "no issues" in run(["python", "manage.py", "check"], **production_env)


def imported(folder):
    """The top-level names of all modules that our code imports."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


def test_everything_imported_is_copied_or_installed_by_requirements(image):
    folder, _run = image
    provided = packages_distributions()
    pinned = set(re.findall(r"(?m)^([a-z0-9._-]+)==", (ROOT / "requirements.txt").read_text().lower()))
    for name in set(imported(folder)) - sys.stdlib_module_names:
        installed = {part.lower().replace("_", "-") for part in provided.get(name, [])}
        assert (folder / name).is_dir() or installed & pinned, name


def test_the_image_runs_as_nobody_who_matters():
    assert dockerfile("USER") == ["desk"]
    (user_line,) = (line for line in dockerfile("RUN") if "useradd" in line)
    assert "--uid 10001" in user_line
    assert "uid=10001" in COMPOSE["services"]["web"]["tmpfs"][1]


def test_the_image_runs_what_compose_runs():
    (command,) = dockerfile("CMD")
    assert eval(command) == shlex.split(COMPOSE["services"]["web"]["command"])


def test_only_what_the_dockerfile_names_is_sent_to_the_builder():
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert sent == {shlex.split(line)[0] for line in dockerfile("COPY")}
    assert "*" in (ROOT / ".dockerignore").read_text().splitlines()
