"""Makes the desk ready: tables, registers, static files, staff. `python -m demo.prepare PASSWORD SECRET`

Runs as a process of its own with the desk's environment. Repeating it changes nothing.
"""

import sys
from pathlib import Path

import django
from django.core.management import CommandError, call_command

LOGINS = {
    "caseworker": ("caseworker",),
    "approver": ("approver",),
    "senior": ("caseworker", "approver"),
    "legal": ("legal",),
    "cleared": ("cleared", "caseworker"),
    "auditor": ("auditor",),
    "dpo": ("dpo",),
    "admin": ("admin",),
}


def make_staff(password: str, secret: str) -> None:
    """A login a role, for every operator; the senior caseworker may approve what others prepared.

    ``secret``: of the app that shows the codes of all of them.
    """
    # Models can be imported only when Django is set up, which `main` does.
    from allauth.mfa.totp.internal.auth import TOTP

    from cases.casework.members.staff import add_from_server
    from cases.models import Operator, User
    from cases.models.operators import Role
    from cases.web.signing_in.second_factor import is_set_up

    for name, roles in LOGINS.items():
        given = {"username": name, "email": f"{name}@desk.example.org"}
        for operator in Operator.objects.order_by("pk"):
            # As on a server, so that the record tells of it.
            for role in roles:
                add_from_server(operator, **given, role=Role(role), alone=True)
        user = User.objects.get(username=name)
        if not user.has_usable_password():
            user.set_password(password)
            user.save()
        if not is_set_up(user):
            TOTP.activate(user, secret)


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


def main(password: str, secret: str) -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("load_operators", stdout=sys.stdout)
    collect_static()
    make_staff(password, secret)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except CommandError as error:
        sys.exit(str(error))
