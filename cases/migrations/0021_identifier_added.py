from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0020_codes_and_limits")]

    operations = [
        # Empty for what was there before: it would else be newer than every measure that was taken for it.
        migrations.AddField("identifier", "added_at", models.DateTimeField(null=True)),
        migrations.AlterField(
            "identifier",
            "added_at",
            models.DateTimeField(auto_now_add=True, null=True, help_text="Empty: before this was noted"),
        ),
    ]
