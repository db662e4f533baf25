"""The process that writes a Parquet file anew, as the worker sees it."""

import os
import pickle
import subprocess
import sys
from array import array
from collections.abc import Mapping
from pathlib import Path

from connectors.contract.base import SourceDown, SourceGarbage, SourceMisconfigured


def rewritten(
    source: Path,
    part: Path,
    rows: "array[int]",
    columns: Mapping[str, str | bytes | None],
    hash_key: bytes,
    seconds: float,
    *,
    sample: bool = False,
) -> None:
    """See `rewriting.Rewriting`. Raises SourceError, without what the file holds."""
    work = pickle.dumps((rows, dict(columns), hash_key, sample, source, part))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "connectors.files.parquet.rewriting"],
            input=work,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SourceDown("timeout") from None
    # Ended by a signal, as a machine without memory ends a process.
    if done.returncode < 0:
        raise SourceMisconfigured("memory", "the process that writes the file was ended")
    if done.returncode:
        # Of what it said only the name of the error: the rest may quote a row.
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise SourceGarbage("rewrite-failed", last.partition(":")[0].rpartition(".")[2])
