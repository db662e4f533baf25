from importlib import import_module

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

# Who acts without an account, as the record names them.
PARTS = ("system", "data-subject", "source-owner")


class User(AbstractUser):
    """A member of staff, or an operator's own system that calls the API."""

    # Permissions that the person's roles grant and this session does not: set by the pages, kept nowhere.
    withheld: frozenset[str] = frozenset()

    sessions_ended = models.PositiveIntegerField(default=0, help_text="Counted up, every open session ends")

    class Meta(AbstractUser.Meta):
        # Or a second account could be made for one's own mailbox.
        constraints = [
            models.UniqueConstraint(Lower("email"), name="address_of_one_user", condition=~Q(email="")),
            models.CheckConstraint(condition=~Q(username__in=PARTS), name="user_is_no_part_of_the_record"),
        ]

    def get_session_auth_hash(self) -> str:
        """What an open session is checked against: it ends with the password, and when a role is taken away."""
        return salted_hmac("cases.User.session", f"{self.sessions_ended}:{self.password}").hexdigest()


class Session(AbstractBaseSession):
    """A browser's session, and who is signed in there: the record asks whether an actor is (`cases_audit_may_act`)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sessions", null=True)

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store


class Operator(models.Model):
    """A tenant: a company that answers for the data. The folder under DSAR_OPERATORS has the same slug."""

    slug = models.SlugField(primary_key=True)
    name = models.CharField(max_length=100)
    register = models.ForeignKey("RegisterVersion", models.PROTECT, related_name="+", null=True)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class RegisterVersion(models.Model):
    """The text of a register.toml, kept for ever: a case points at the version it was decided under."""

    operator = models.ForeignKey(Operator, models.PROTECT, related_name="register_versions")
    sha256 = models.CharField(max_length=64)
    content = models.TextField()
    loaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operator", "sha256"], name="register_version_once")]
        ordering = ["-loaded_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.operator_id} {self.sha256[:12]}"


class Role(models.TextChoices):
    CASEWORKER = "caseworker", _("Caseworker")
    APPROVER = "approver", _("Approver")
    LEGAL = "legal", _("Legal officer")
    CLEARED = "cleared", _("Cleared officer")
    AUDITOR = "auditor", _("Auditor")
    DPO = "dpo", _("Data protection officer")
    ADMIN = "admin", _("Administrator")
    SYSTEM = "system", _("Operator's system (API)")


# Nobody gets these from one person: they open secrets, let data out, lift holds, or give roles.
TWO_PERSON_ROLES = (Role.APPROVER, Role.LEGAL, Role.CLEARED, Role.ADMIN)


class Membership(models.Model):
    """Who works for which operator in which role, in force. One person may hold several roles."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    operator = models.ForeignKey(Operator, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    given_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, help_text="None: by a command on the server"
    )
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "operator", "role"], name="membership_once"),
            models.CheckConstraint(
                name="membership_not_by_oneself", condition=Q(given_by=None) | ~Q(given_by=F("user"))
            ),
            models.CheckConstraint(
                name="membership_by_two",
                condition=~Q(role__in=TWO_PERSON_ROLES)
                | Q(given_by=None)
                | Q(confirmed_by__isnull=False) & ~Q(confirmed_by=F("given_by")) & ~Q(confirmed_by=F("user")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.operator_id}"


class ProposedRole(models.Model):
    """A role that waits for a second person. It grants nothing: only a membership does."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    operator = models.ForeignKey(Operator, models.CASCADE, related_name="proposed_roles")
    role = models.CharField(max_length=20, choices=Role)
    proposed_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "operator", "role"], name="proposed_once"),
            models.CheckConstraint(name="proposed_by_another", condition=~Q(proposed_by=F("user"))),
        ]
        ordering = ["proposed_at", "pk"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.operator_id}"
