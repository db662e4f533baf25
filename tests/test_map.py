"""The map of the tree is true: what it names is there, what is there it names, and no room is a heap."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
MAP = (ROOT / "docs" / "map.md").read_text()
HOUSES = ("cases", "exports", "connectors", "dsar", "demo")
FLOORED = ("cases", "exports", "connectors")  # whose floors the map draws
MOST = 14  # modules that a reader takes in at a glance

# Packages that hold more than a docstring, and why.
SAY_MORE = {
    "cases/models": "Django looks for the models of an app in this one module",
    "exports/models": "Django looks for the models of an app in this one module",
    "dsar": "Celery looks for its application here, and so do the tasks",
}


def packages(*houses: str) -> dict[str, Path]:
    found = (init.parent for house in houses for init in sorted((ROOT / house).rglob("__init__.py")))
    return {path.relative_to(ROOT).as_posix(): path for path in found if path.name != "migrations"}


def modules(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.py") if path.name != "__init__.py"]


def named() -> set[tuple[str, str]]:
    """(path, what is looked up in it or ""), as the map writes them: `path` or `path::name`."""
    written = (text.partition("::") for text in re.findall(r"`([^`\n]+)`", MAP))
    return {(path, name) for path, _, name in written if "/" in path}


def rooms() -> dict[str, str]:
    """The rows of the table of rooms: the room, and the file to open first."""
    return dict(re.findall(r"^\| `([\w/]+)` \|.*\| `([\w.]+)` \|$", MAP, re.MULTILINE))


def is_there(path: str, name: str) -> bool:
    defined = rf"^(?:def|class) {name}\b|^{name}(?::[^=]+)? = "
    found = list(ROOT.glob(path))
    return bool(found) and all(not name or re.search(defined, file.read_text(), re.M) for file in found)


def test_what_the_map_names_is_there() -> None:
    assert [one for one in sorted(named()) if not is_there(*one)] == []


def test_every_room_stands_in_the_map() -> None:
    there = {name for name, folder in packages(*HOUSES).items() if modules(folder)} - set(HOUSES)
    assert rooms().keys() == there


def test_the_file_to_open_first_in_a_room_is_there() -> None:
    assert [room for room, first in rooms().items() if not (ROOT / room / first).is_file()] == []


@pytest.mark.parametrize("house", FLOORED)
def test_the_floors_drawn_are_the_floors_held(house: str) -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    held = next(one["layers"] for one in contracts if one.get("containers") == [house])
    drawn = MAP.partition(f"\n{house} ")[2].partition("\n\n")[0].partition("\n```")[0]
    # A word about a floor stands behind its rooms, well apart.
    assert [re.split(r" {2,}", line.strip())[0] for line in drawn.splitlines()] == held


def says_one_line(folder: Path) -> bool:
    match ast.parse((folder / "__init__.py").read_text()).body:
        case [ast.Expr(value=ast.Constant(value=str(said)))]:
            return "\n" not in said
    return False


def test_a_room_says_in_one_line_what_lives_there_and_nothing_else() -> None:
    every = packages(*HOUSES)
    assert {name for name, folder in every.items() if not says_one_line(folder)} == SAY_MORE.keys()


def test_no_room_is_a_heap() -> None:
    folders = [*packages(*HOUSES).values(), ROOT / "tests", *(ROOT / "tests").rglob("*/")]
    counted = {folder.relative_to(ROOT).as_posix(): len(modules(folder)) for folder in folders}
    assert {name: count for name, count in counted.items() if count > MOST} == {}


def test_what_is_proven_stands_under_the_name_of_its_room() -> None:
    """A folder of tests in a house is a room of the house."""
    tests = ROOT / "tests"
    proving = {
        file.parent.relative_to(tests) for house in HOUSES for file in (tests / house).rglob("test_*.py")
    }
    assert [folder.as_posix() for folder in sorted(proving) if not (ROOT / folder).is_dir()] == []
