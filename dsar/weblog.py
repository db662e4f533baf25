"""What the web server itself says, in the desk's own log."""

from typing import Any

from gunicorn.glogging import Logger


class Lines(Logger):  # type: ignore[misc]
    """gunicorn's lines through the desk's renderer: its own writes down addresses, and the texts of errors."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
