"""Without clearance nothing depends on what is secret: by type, at run time, and to the byte."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from cases.law.situation import SECRET_KINDS, ClearedSituation, Record, SecretRecord, Situation

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(("category", "kind"), sorted(SECRET_KINDS))
def test_a_record_cannot_be_secret(category: str, kind: str) -> None:
    with pytest.raises(ValueError, match="is secret"):
        Record(category, kind)
    assert SecretRecord(category, kind).kind == kind


@pytest.mark.parametrize(
    ("category", "kind"), [("retained", "telephony"), ("kyc", "identity"), ("disclosures", "")]
)
def test_a_secret_record_cannot_be_anything_else(category: str, kind: str) -> None:
    with pytest.raises(ValueError, match="is not secret"):
        SecretRecord(category, kind)


def test_a_cleared_situation_is_no_situation() -> None:
    assert not issubclass(ClearedSituation, Situation)
    assert not issubclass(SecretRecord, Record)


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        ("judge(secret, situation)", 'incompatible type "SecretRecord"; expected "Record"'),
        ("judge(record, cleared)", 'incompatible type "ClearedSituation"; expected "Situation"'),
        ("holds_on(record, cleared)", 'incompatible type "ClearedSituation"; expected "Situation"'),
        ("judge_cleared(record, situation)", 'incompatible type "Situation"; expected "ClearedSituation"'),
        ("situation.secret_orders", '"Situation" has no attribute "secret_orders"'),
        ("replace(situation, orders=(order,))", 'incompatible type "tuple[Preservation]"'),
    ],
)
def test_the_type_checker_refuses_to_mix_them(call: str, complaint: str, tmp_path: Path) -> None:
    source = tmp_path / "mixed.py"
    source.write_text(
        dedent(
            f"""
            from dataclasses import replace
            from cases.law.decisions import judge, judge_cleared
            from cases.law.holds import holds_on
            from cases.law.situation import ClearedSituation, Preservation, Record, SecretRecord, Situation

            def mixed(
                record: Record, secret: SecretRecord, situation: Situation, cleared: ClearedSituation,
                order: Preservation,
            ) -> None:
                {call}
            """
        )
    )
    # Two at once would spoil each other's cache.
    cache = ROOT / ".mypy_cache" / f"secrecy-{os.environ.get('PYTEST_XDIST_WORKER', 'one')}"
    options = ["--config-file=", f"--cache-dir={cache}", "--follow-imports=silent"]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "--ignore-missing-imports", str(source)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert complaint in checked.stdout
