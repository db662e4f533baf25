from django.db import migrations, models


class Migration(migrations.Migration):
    """Reasons stand as code and parameters, so that each reader gets them in the own language; the English
    sentences they replace can't be turned back and go. First passwords have to be changed."""

    dependencies = [("cases", "0005_sources")]

    operations = [
        migrations.RemoveField("finding", "why"),
        migrations.RemoveField("finding", "review"),
        migrations.RemoveField("decision", "review"),
        migrations.AddField(
            "finding",
            "why",
            models.JSONField(default=dict, help_text="A reason of cases.reasons, in no language yet"),
        ),
        migrations.AddField(
            "finding",
            "review",
            models.JSONField(default=dict, help_text="Why a person has to look; empty where none has to"),
        ),
        migrations.AddField(
            "decision",
            "review",
            models.JSONField(default=dict, help_text="Why a person has to look; empty where none has to"),
        ),
        migrations.AddField(
            "user",
            "must_change_password",
            models.BooleanField(default=False, help_text="Signs in with a password somebody else has seen"),
        ),
    ]
