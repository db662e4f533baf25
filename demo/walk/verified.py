"""A package checked as a stranger would: by the one-file verifier and the keys that the desk publishes.

It is run by a bare Python: no site, no path, no environment of the project, and nothing to import but what the verifier
names, `cryptography` and what that needs.
"""

import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import httpx

from demo.walk.checks import must

LIBRARY = ("cryptography", "cffi", "_cffi_backend", "pycparser")
BEGIN = (
    "import sys, runpy; sys.path.append(sys.argv[1]); sys.argv = sys.argv[2:]; "
    "runpy.run_path(sys.argv[0], run_name='__main__')"
)


def check_verified(content: bytes, desk: str) -> None:
    """``desk``: its address, where verifier and keys lie for everybody."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name in ("dsar-verify.py", "dsar-package-keys.json"):
            (folder / name).write_bytes(httpx.get(f"{desk}/.well-known/{name}").raise_for_status().content)
        (folder / "package.zip").write_bytes(content)
        found = alone(folder / "dsar-verify.py", "package.zip", "--keys", "dsar-package-keys.json")
    must(found.returncode == 0, f"verify.py does not find the package proven: {found.stdout}{found.stderr}")


def alone(script: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """The script in its folder, by a Python that knows `cryptography` and nothing else that was installed."""
    library = script.parent / "library"
    library.mkdir(exist_ok=True)
    for origin in filter(None, map(_origin, LIBRARY)):
        if not (link := library / origin.name).exists():
            link.symlink_to(origin)
    command = [sys.executable, "-I", "-S", "-c", BEGIN, library, script, *arguments]
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, cwd=script.parent, env={}, check=False
    )


def _origin(name: str) -> Path | None:
    found = find_spec(name)
    if found is None or found.origin is None:
        return None
    origin = Path(found.origin)
    return origin.parent if origin.name == "__init__.py" else origin
