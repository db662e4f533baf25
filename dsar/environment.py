"""What the environment says, checked. A value that can't be used is one line that names its variable.

Every NAME can be given as NAME_FILE, the path of a file with the value: a mounted secret. Values are never
repeated in a message, since most of them are secrets.
"""

import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import SplitResult, unquote, urlsplit

import pyrage
from django.core.exceptions import ImproperlyConfigured
from environ import Env

IMAP_PORTS = {"imaps": 993, "imap+tls": 143, "imap": 143}
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Environment:
    """Reads and checks variables. Raises ImproperlyConfigured, one line, with the variable's name.

    ``offline``: commands that need neither a server nor a key get stand-ins for what is required.
    """

    def __init__(self, values: Mapping[str, str], *, offline: bool = False) -> None:
        self._values = values
        self._offline = offline

    def text(self, name: str, default: str = "") -> str:
        """The value without surrounding white space; the default where it is missing or empty."""
        return self._given(name) or default

    def required(self, name: str, what: str, stand_in: str = "offline") -> str:
        """The value, or a refusal to start; ``what`` tells the reader what to put there."""
        if value := self._given(name):
            return value
        if self._offline:
            return stand_in
        raise ImproperlyConfigured(f"{name} is not set, nor {name}_FILE: it takes {what}")

    def flag(self, name: str) -> bool:
        value = self._given(name).lower()
        if value not in ("", "0", "false", "no", "off", "1", "true", "yes", "on"):
            _refuse(name, "must be true or false")
        return value in ("1", "true", "yes", "on")

    def minutes(self, name: str, *, default: int, most: int) -> int:
        value = self._given(name) or str(default)
        if not (value.isascii() and value.isdigit() and 0 < int(value) <= most):
            _refuse(name, f"must be minutes, 1 to {most}")
        return int(value)

    def number(self, name: str, *, default: int, most: int) -> int:
        value = self._given(name) or str(default)
        if not (value.isascii() and value.isdigit() and int(value) <= most):
            _refuse(name, f"must be a whole number, 0 to {most}")
        return int(value)

    def words(self, name: str, default: Sequence[str]) -> list[str]:
        """Words between commas."""
        return [word for word in map(str.strip, self._given(name).split(",")) if word] or list(default)

    def pairs(self, name: str, *, of: Sequence[str], default: Sequence[str]) -> list[frozenset[str]]:
        """Pairs of known words between commas, `one+other`; `none` for no pair."""
        if (given := self.words(name, default)) == ["none"]:
            return []
        found = [frozenset(word.split("+")) for word in given]
        if any(len(pair) != 2 or not pair <= set(of) for pair in found):
            _refuse(
                name, f"must be none, or pairs between commas, such as {default[0]}; words: {', '.join(of)}"
            )
        return found

    def networks(self, name: str) -> list[IPv4Network | IPv6Network]:
        """Networks between commas, such as 10.0.0.0/8 or fd00::/8; one address is a network too."""
        found = []
        for word in self.words(name, default=()):
            try:
                found.append(ip_network(word))
            except ValueError:
                _refuse(name, "must be networks between commas, such as 10.0.0.0/8, 192.0.2.7")
        return found

    def together(self, *names: str) -> None:
        """Refuses where some are given and others are not."""
        missing = [name for name in names if not self._given(name)]
        if missing and len(missing) < len(names):
            _refuse(missing[0], f"is needed where {next(n for n in names if n not in missing)} is given")

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """One of the choices; the first is the default."""
        value = self._given(name) or choices[0]
        if value not in choices:
            _refuse(name, f"must be one of {', '.join(filter(None, choices))}")
        return value

    def folder(self, name: str, default: Path) -> Path:
        """A folder that is there."""
        path = Path(self._given(name) or default)
        if not path.is_dir() and not self._offline:
            _refuse(name, f"there is no folder {path}")
        return path

    def file(self, name: str) -> Path | None:
        """A file that is there, if one is named."""
        value = self._given(name)
        if value and not Path(value).is_file() and not self._offline:
            _refuse(name, f"there is no file {value}")
        return Path(value) if value else None

    def place(self, name: str, default: Path) -> str:
        """A folder, or s3://bucket/prefix."""
        value = self.text(name, str(default))
        if "://" in value and not re.match(r"s3://[^/]+", value):
            _refuse(name, "must be a folder or s3://bucket/prefix")
        return value

    def web_address(self, name: str, default: str) -> str:
        """https://host or http://host, without a slash at the end."""
        value = self.text(name, default).rstrip("/")
        parts = _split(name, value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            _refuse(name, "must look like https://host")
        return value

    def socket(self, name: str) -> str:
        """tcp://host:port or unix:///path; empty where there is none."""
        value = self.text(name)
        parts = _split(name, value)
        if value and not (
            (parts.scheme == "tcp" and parts.hostname) or (parts.scheme == "unix" and parts.path)
        ):
            _refuse(name, "must look like tcp://host:3310 or unix:///run/clamav/clamd.ctl")
        return value

    def age_identity(self, name: str) -> str:
        """An age X25519 identity, AGE-SECRET-KEY-1...; empty offline."""
        value = self.required(name, "an age identity (AGE-SECRET-KEY-1...)", stand_in="")
        try:
            if value:
                pyrage.x25519.Identity.from_str(value)
        except pyrage.IdentityError:
            _refuse(name, "is not an age identity (AGE-SECRET-KEY-1...)")
        return value

    def optional_identity(self, name: str) -> str:
        """The same where it is given; empty where it is not."""
        return self.age_identity(name) if self._given(name) else ""

    def age_recipient(self, name: str, *, of: str, given_with: str) -> str:
        """The public half, age1..., of an identity: taken from the identity ``of`` where that is there."""
        own = str(pyrage.x25519.Identity.from_str(of).to_public()) if of else ""
        what = f"the public half (age1...) of {given_with}, where the process is not given the key itself"
        value = self._given(name) or own or self.required(name, what, stand_in="")
        try:
            if value:
                pyrage.x25519.Recipient.from_str(value)
        except pyrage.RecipientError:
            _refuse(name, "is not an age recipient (age1...)")
        if own and value != own:
            _refuse(name, f"is not the public half of {given_with}, which is given too")
        return value

    def hex_key(self, name: str) -> str:
        """32 bytes as 64 hexadecimal digits; empty offline."""
        value = self.required(name, "64 hexadecimal digits", stand_in="")
        if value and not re.fullmatch(r"[0-9a-fA-F]{64}", value):
            _refuse(name, "must be 64 hexadecimal digits")
        return value

    def database(self, name: str) -> dict[str, Any]:
        """Django's settings for a postgres:// URL."""
        value = self.required(name, "a postgres://user:password@host/database URL", "postgres:///dsar")
        if _split(name, value).scheme not in ("postgres", "postgresql"):
            _refuse(name, "must be a postgres:// URL")
        try:
            settings: dict[str, Any] = Env.db_url_config(value)
        except ValueError:
            _refuse(name, "can't be read as a URL; are special characters in the password percent-encoded?")
        if not settings["NAME"]:
            _refuse(name, "names no database")
        return settings

    def redis(self, name: str) -> str:
        value = self.required(name, "a redis://host:6379/0 URL", "redis://localhost:6379/0")
        if _split(name, value).scheme not in ("redis", "rediss"):
            _refuse(name, "must be a redis:// URL")
        return value

    def mail(self, name: str, default: str) -> dict[str, Any]:
        """Django's settings for an smtp://, smtp+tls:// or smtp+ssl:// URL."""
        value = self.text(name, default)
        if _split(name, value).scheme not in ("smtp", "smtp+tls", "smtp+ssl", "smtps"):
            _refuse(name, "must be an smtp://, smtp+tls:// or smtp+ssl:// URL")
        settings: dict[str, Any] = Env.email_url_config(value)
        return settings

    def imap(self, name: str) -> dict[str, Any] | None:
        """Where a mailbox is read: imaps:// (encrypted), imap+tls:// (STARTTLS), or imap:// on this machine alone."""
        value = self._given(name)
        if not value:
            return None
        parts = _split(name, value)
        if parts.scheme not in IMAP_PORTS or not (parts.hostname and parts.username and parts.password):
            _refuse(name, "must be an imaps://user:password@host/folder or imap+tls:// URL")
        if parts.scheme == "imap" and parts.hostname not in LOOPBACK:
            _refuse(name, "would send the password readable to all: use imaps:// or imap+tls://")
        return {
            "host": parts.hostname,
            "port": parts.port or IMAP_PORTS[parts.scheme],
            "security": {"imaps": "ssl", "imap+tls": "tls", "imap": ""}[parts.scheme],
            "user": unquote(parts.username),
            "password": unquote(parts.password),
            "folder": unquote(parts.path.strip("/")) or "INBOX",
        }

    def mailbox(self, name: str, *, given_with: str, needed: bool) -> str:
        """An address whose name can be added to, as in box+more@host, given exactly where another variable is."""
        value = self._given(name)
        if bool(value) != needed:
            _refuse(name, f"goes with {given_with}: set both, or neither")
        # 64 characters before the @ is what servers take (RFC 5321, 4.5.3.1.1), and ours are 38 of them.
        if value and not re.fullmatch(r"[A-Za-z0-9._-]{1,24}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", value):
            _refuse(
                name,
                "must be an address such as bounces@desk.example, with at most 24 characters before the @",
            )
        return value

    def _given(self, name: str) -> str:
        if path := self._values.get(f"{name}_FILE"):
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or "it is not text"
                _refuse(f"{name}_FILE", f"{path} can't be read: {reason}")
        return self._values.get(name, "").strip()


def _refuse(name: str, reason: str) -> NoReturn:
    # Without the cause, whose words can hold the value.
    raise ImproperlyConfigured(f"{name}: {reason}") from None


def _split(name: str, value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        # Only asked for, since a port that is none shows here.
        _ = parts.port
    except ValueError:
        _refuse(name, "can't be read as a URL; are special characters in the password percent-encoded?")
    return parts
