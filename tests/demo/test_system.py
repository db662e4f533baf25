"""What is missing on the machine is told in the words of the machine."""

import pytest

from demo import system


@pytest.mark.parametrize(
    ("manager", "way"),
    [
        ("dnf", "Install: dnf install pango dejavu-sans-fonts"),
        ("brew", "Install: brew install pango"),
        ("none", "Install Pango as this system does it."),
    ],
)
def test_what_is_missing_is_named_with_what_installs_it_here(manager, way, tmp_path, monkeypatch, capsys):
    program = tmp_path / manager
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(system, "LIBRARIES", ("libof-nowhere.so.0",))
    assert not system.provide("pango")
    assert capsys.readouterr().out == f"Pango is missing (no PDF can be written). {way}\n"
