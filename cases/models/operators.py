from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A member of staff, or an operator's own system that calls the API."""

    must_change_password = models.BooleanField(
        default=False, help_text="Signs in with a password somebody else has seen"
    )


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
        ordering = ["-loaded_at"]

    def __str__(self) -> str:
        return f"{self.operator_id} {self.sha256[:12]}"


class Role(models.TextChoices):
    CASEWORKER = "caseworker", _("Caseworker")
    APPROVER = "approver", _("Approver")
    LEGAL = "legal", _("Legal officer")
    CLEARED = "cleared", _("Cleared officer")
    AUDITOR = "auditor", _("Auditor")
    ADMIN = "admin", _("Administrator")
    SYSTEM = "system", _("Operator's system (API)")


class Membership(models.Model):
    """Who works for which operator in which role. One person may hold several roles."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    operator = models.ForeignKey(Operator, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "operator", "role"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.operator_id}"
