"""The recipes for whoever carries on name files, constants and tests that are there."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
DOCUMENTS = ("CONTRIBUTING.md", "SECURITY.md", "README.md")
FOLDERS = ("cases/", "connectors/", "dsar/", "docs/", "exports/", "tests/", "operators/")


def quoted(document: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", (ROOT / document).read_text())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_is_there(document: str) -> None:
    paths = [one for one in quoted(document) if one.startswith(FOLDERS) and "<" not in one]
    assert [one for one in paths if not any(ROOT.glob(one.rstrip("/")))] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", (ROOT / document).read_text())
    assert [one for one in targets if not (ROOT / one).exists()] == []


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
    texts = [(ROOT / document).read_text() for document in (*DOCUMENTS, "CHANGELOG.md")]
    spoken = {name for text in texts for name in re.findall(r"(?:`|^)make ([a-z][\w-]*)", text, re.MULTILINE)}
    assert len(spoken) > 8
    assert spoken - targets == set()
