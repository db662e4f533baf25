"""Makes the desk ready: tables, registers, static files, staff. `python -m demo.prepare PASSWORD`

Runs as a process of its own with the desk's environment. Repeating it changes nothing.
"""

import sys
from pathlib import Path

import django
from django.core.management import CommandError, call_command

ROLES = ("caseworker", "approver", "legal", "cleared", "auditor", "admin")


def make_staff(password: str) -> None:
    """One login a role, for every operator; the login has the role's name."""
    from cases.models import Membership, Operator, User

    for role in ROLES:
        user, new = User.objects.get_or_create(username=role, defaults={"email": f"{role}@desk.example.org"})
        if new:
            user.set_password(password)
            user.save()
        for operator in Operator.objects.all():
            Membership.objects.get_or_create(user=user, operator=operator, role=role)


def collect_static() -> None:
    """Compressing takes seconds, so only when a file is newer than the last time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders

    done = Path(settings.STATIC_ROOT) / ".collected"
    files = ((storage, name) for finder in get_finders() for name, storage in finder.list([]))
    if not done.exists() or any(
        Path(storage.path(name)).stat().st_mtime > done.stat().st_mtime for storage, name in files
    ):
        call_command("collectstatic", interactive=False, verbosity=0)
        done.touch()


def main(password: str) -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("load_operators", stdout=sys.stdout)
    collect_static()
    make_staff(password)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except CommandError as error:
        sys.exit(str(error))
