"""The letters that the repository shows are those that are written today."""

import re

from demo.samples import fresh
from demo.samples.__main__ import SAMPLES


def test_samples_say_what_letters_say_today() -> None:
    noted, now = fresh.listed(SAMPLES), fresh.words()
    stale = sorted(name for name in noted.keys() | now.keys() if noted.get(name) != now.get(name))
    assert not stale, "write them anew: .venv/bin/python -m demo.samples"


def test_every_sample_is_there_with_its_pages_and_nothing_else() -> None:
    files = {str(path.relative_to(SAMPLES)) for path in SAMPLES.glob("*/*")}
    letters = {f"{name}.pdf" for name in fresh.words()}
    assert {name for name in files if name.endswith(".pdf")} == letters
    pictures = [re.sub(r"-\d+\.png$", ".pdf", name) for name in files if name.endswith(".png")]
    assert set(pictures) == letters
