"""The secrets of a new deployment, one file each, as docker-compose.yml mounts them."""

import secrets
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from pyrage import x25519


def fresh() -> dict[str, str]:
    """File name and content. The servers' passwords stand in their URLs too, so all are made together."""
    owner, app, redis = (secrets.token_urlsafe(32) for _each in range(3))
    orders = x25519.Identity.generate()
    return {
        "owner_password": owner,
        "app_password": app,
        "owner_database_url": f"postgres://dsar_owner:{owner}@postgres/dsar",
        "database_url": f"postgres://dsar_app:{app}@postgres/dsar",
        "redis_url": f"redis://:{redis}@redis:6379/0",
        # Nothing in it has to outlive Redis, so nothing is written to disk; and no message is dropped to make room.
        "redis_conf": f'requirepass {redis}\nsave ""\nappendonly no\nmaxmemory-policy noeviction',
        "secret_key": secrets.token_urlsafe(64),
        "master_key": str(x25519.Identity.generate()),
        "index_key": secrets.token_hex(32),
        # The one for cleared services alone, its public half for all.
        "orders_key": str(orders),
        "orders_recipient": str(orders.to_public()),
        # Any 32 bytes are an Ed25519 private key.
        "anchor_key": secrets.token_hex(32),
        "metrics_token": secrets.token_urlsafe(32),
    }


class Command(BaseCommand):
    help = "Write fresh secrets into a folder that is not there yet."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        folder: Path = options["folder"]
        try:
            folder.mkdir(mode=0o700)
            for name, content in fresh().items():
                path = folder / name
                path.write_text(f"{content}\n")
                # Mounted as they are; the services' users are not the folder's owner.
                path.chmod(0o444)
        except FileExistsError:
            raise CommandError(f"{folder} is there already; secrets are never written over") from None
        except OSError as error:
            raise CommandError(f"{folder} can't be written: {error.strerror}") from None
        self.stdout.write(
            f"Secrets written to {folder}. Keep a copy of master_key, index_key, orders_key and anchor_key in a "
            "safe place:"
        )
        self.stdout.write("without master_key and orders_key what they sealed can't be opened again.")
