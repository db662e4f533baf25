"""The recipes for whoever carries on name files, constants and tests that are there."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
FOLDERS = ("cases", "connectors", "demo", "docs", "dsar", "exports", "operators", "templates", "tests")
OF_THE_ROOT = ("CONTRIBUTING.md", "SECURITY.md", "README.md")
DOCUMENTS = (*OF_THE_ROOT, *sorted(str(one.relative_to(ROOT)) for one in (ROOT / "docs").rglob("*.md")))
FILES = [one.as_posix() for folder in FOLDERS for one in (ROOT / folder).rglob("*.*")]
FENCED = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
# `X` and `Y` in `a/file.py`, `b/file.py` and `file.py`
PLACED = re.compile(
    r"(`\w+`(?:(?:,| and)\s+`\w+`)*)\s+in\s+(`[\w/]+\.py`(?:(?:,| and|, and)\s+`[\w/]+\.py`)*)"
)


def quoted(document: str) -> list[str]:
    """What stands between backticks, and the words of the code between fences."""
    text = (ROOT / document).read_text()
    words = [word for code in FENCED.findall(text) for word in code.split()]
    return re.findall(r"`([^`\n]+)`", FENCED.sub("", text)) + words


def files_called(name: str) -> list[Path]:
    """Files with this name, or with a path that ends so."""
    at_the_root = [ROOT / name] if (ROOT / name).is_file() else []
    return at_the_root or [Path(one) for one in FILES if one.endswith(f"/{name}")]


def module_is_there(dotted: str) -> bool:
    """A module, or what one defines."""
    path = ROOT.joinpath(*dotted.split("."))
    if path.is_dir() or path.with_suffix(".py").is_file():
        return True
    module = path.parent.with_suffix(".py")
    return module.is_file() and bool(re.search(rf"\b{path.name}\b", module.read_text()))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_is_there(document: str) -> None:
    paths = [one for one in quoted(document) if re.fullmatch(rf"(?:{'|'.join(FOLDERS)})/[\w./*-]*", one)]
    assert [one for one in paths if not any(ROOT.glob(one.rstrip("/")))] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_and_module_is_there(document: str) -> None:
    files = [one for one in quoted(document) if re.fullmatch(r"[\w/]+\.py", one)]
    assert [one for one in files if not files_called(one)] == []
    modules = [
        one for one in quoted(document) if re.fullmatch(rf"(?:{'|'.join(FOLDERS)})(?:\.(?!toml)\w+)+", one)
    ]
    assert [one for one in modules if not module_is_there(one)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_said_to_be_in_a_file_is_in_that_file(document: str) -> None:
    said = [
        (name, file)
        for names, files in PLACED.findall((ROOT / document).read_text())
        for name in re.findall(r"\w+", names)
        for file in re.findall(r"[\w/]+\.py", files)
    ]
    assert document != "CONTRIBUTING.md" or len(said) > 15
    assert [
        (name, file)
        for name, file in said
        if not any(re.search(rf"\b{name}\b", one.read_text()) for one in files_called(file))
    ] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", (ROOT / document).read_text())
    assert [one for one in targets if not ((ROOT / document).parent / one).exists()] == []


def test_every_constant_and_test_of_the_recipes_is_there() -> None:
    names = [one for one in quoted("CONTRIBUTING.md") if re.fullmatch(r"_?[A-Z]+(_[A-Z]+)+|test_\w+", one)]
    assert len(names) > 15
    code = "\n".join(
        path.stem + "\n" + path.read_text()
        for folder in ("cases", "connectors", "dsar", "exports", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != Path(__file__).name
    )
    assert [name for name in names if not re.search(rf"\b{name}\b", code)] == []


def test_every_target_that_is_spoken_of_can_be_made() -> None:
    targets = set(re.findall(r"^([\w-]+):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE))
    texts = [(ROOT / document).read_text() for document in (*OF_THE_ROOT, "CHANGELOG.md")]
    spoken = {name for text in texts for name in re.findall(r"(?:`|^)make ([a-z][\w-]*)", text, re.MULTILINE)}
    assert len(spoken) > 8
    assert spoken - targets == set()
