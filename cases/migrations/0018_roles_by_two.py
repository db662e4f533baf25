"""Some roles take two people; accounts are opened by a link, not by a password that somebody else has seen."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Lower

USER = settings.AUTH_USER_MODEL
ROLES = [
    ("caseworker", "Caseworker"), ("approver", "Approver"), ("legal", "Legal officer"), ("cleared", "Cleared officer"),
    ("auditor", "Auditor"), ("admin", "Administrator"), ("system", "Operator's system (API)"),
]

# An administrator knows these: their owners get a link instead.
FORGET_FIRST_PASSWORDS = "UPDATE cases_user SET password = '!' || md5(random()::text) WHERE must_change_password"


class Migration(migrations.Migration):
    dependencies = [("cases", "0017_secret_orders_over_time")]

    operations = [
        migrations.RunSQL(FORGET_FIRST_PASSWORDS, migrations.RunSQL.noop),
        migrations.RemoveField("user", "must_change_password"),
        migrations.AddField(
            "user",
            "sessions_ended",
            models.PositiveIntegerField(default=0, help_text="Counted up, every open session ends"),
        ),
        migrations.AddConstraint(
            "user",
            models.UniqueConstraint(Lower("email"), name="address_of_one_user", condition=~Q(email="")),
        ),
        migrations.AddField(
            "membership",
            "given_by",
            models.ForeignKey(
                USER, models.PROTECT, related_name="+", null=True, help_text="None: by a command on the server"
            ),
        ),
        migrations.AddField(
            "membership",
            "confirmed_by",
            models.ForeignKey(USER, models.PROTECT, related_name="+", null=True),
        ),
        migrations.AddConstraint(
            "membership",
            models.CheckConstraint(
                name="membership_not_by_oneself", condition=Q(given_by=None) | ~Q(given_by=F("user"))
            ),
        ),
        migrations.AddConstraint(
            "membership",
            models.CheckConstraint(
                name="membership_by_two",
                condition=~Q(role__in=("approver", "legal", "cleared", "admin"))
                | Q(given_by=None)
                | Q(confirmed_by__isnull=False) & ~Q(confirmed_by=F("given_by")) & ~Q(confirmed_by=F("user")),
            ),
        ),
        migrations.CreateModel(
            "ProposedRole",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user", models.ForeignKey(USER, models.CASCADE, related_name="+")),
                ("operator", models.ForeignKey("cases.operator", models.CASCADE, related_name="proposed_roles")),
                ("role", models.CharField(choices=ROLES, max_length=20)),
                ("proposed_by", models.ForeignKey(USER, models.CASCADE, related_name="+")),
                ("proposed_at", models.DateTimeField(auto_now_add=True)),
            ],
            {
                "constraints": [
                    models.UniqueConstraint(fields=["user", "operator", "role"], name="proposed_once"),
                    models.CheckConstraint(name="proposed_by_another", condition=~Q(proposed_by=F("user"))),
                ],
                "ordering": ["proposed_at", "pk"],
            },
        ),
        migrations.AlterField(
            "outgoingmail",
            "submission",
            models.ForeignKey("cases.submission", models.CASCADE, related_name="mails", null=True),
        ),
        migrations.AddField(
            "outgoingmail",
            "operator",
            models.ForeignKey(
                "cases.operator", models.CASCADE, related_name="+", null=True,
                help_text="Whose staff it goes to, if it is staff",
            ),
        ),
        migrations.AddConstraint(
            "outgoingmail",
            models.CheckConstraint(
                name="mail_about_one_thing",
                condition=Q(submission=None, operator__isnull=False) | Q(submission__isnull=False, operator=None),
            ),
        ),
    ]
