"""What the demo remembers from start to start."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any


@dataclass
class Memory:
    """What one start tells the next: the demo's date, keys, ports, the staff's password, results."""

    path: Path
    values: dict[str, Any]

    @classmethod
    def load(cls, path: Path) -> "Memory":
        return cls(path, json.loads(path.read_text()) if path.exists() else {})

    def keep(self, **values: Any) -> None:
        self.values |= values
        # Whole or not at all: a demo that is killed in the middle has to find its keys again.
        waiting = self.path.with_suffix(".part")
        # For its owner alone before anything stands in it: there are keys and a password.
        waiting.touch(mode=0o600)
        waiting.write_text(json.dumps(self.values, indent=1))
        waiting.replace(self.path)

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """The value made at the first start."""
        if name not in self.values:
            self.keep(**{name: make()})
        return self.values[name]

    @property
    def date(self) -> date:
        """The day the operators' data end."""
        return date.fromisoformat(self.once("date", date.today().isoformat))
