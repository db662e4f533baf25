from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0013_schedule_found")]

    operations = [
        migrations.CreateModel(
            name="Dispatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.CharField(max_length=60)),
                ("subject", models.BigIntegerField(help_text="The id the task is about")),
                ("sent_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["sent_at"], name="dispatched_since")],
                "constraints": [models.UniqueConstraint(fields=("task", "subject"), name="dispatched_once")],
            },
        ),
        migrations.AddField(
            model_name="case",
            name="blocked_why",
            field=models.CharField(
                blank=True, help_text="The fault behind it, if any: `code: detail`", max_length=300
            ),
        ),
    ]
