"""Of a request whose time is over no hash of a mailbox has to be known."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("cases", "0047_figures")]

    operations = [
        migrations.RemoveConstraint(model_name="submission", name="submission_form_has_mailbox"),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=~Q(mailbox_digest="") | ~Q(channel__in=["form", "api"]) | Q(sealed=b""),
                name="submission_form_has_mailbox",
            ),
        ),
    ]
