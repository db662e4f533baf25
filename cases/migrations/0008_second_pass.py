import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Dry runs are counted before anything is erased; rows that came later are listed, and erased in a second pass."""

    dependencies = [("cases", "0007_order_ids")]

    operations = [
        migrations.AddField(
            "action",
            "found",
            models.PositiveBigIntegerField(null=True, help_text="How many of the expected the dry run found"),
        ),
        migrations.AddField(
            "action",
            "strangers",
            models.PositiveBigIntegerField(
                default=0, help_text="Rows with these keys that are somebody else's by now, and left alone"
            ),
        ),
        migrations.AlterField(
            "action",
            "planned_on",
            models.DateField(
                null=True,
                help_text="The day the verdicts were given that it carries out; empty until all was tried dry",
            ),
        ),
        migrations.AddField(
            "case",
            "follows",
            models.OneToOneField(
                "cases.case",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="second_pass",
                help_text="The erasure after which these rows came to light",
            ),
        ),
        migrations.CreateModel(
            name="LaterRows",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=60)),
                ("collection", models.CharField(max_length=60)),
                ("secret", models.BooleanField(default=False)),
                ("rows", models.PositiveBigIntegerField(default=0)),
                (
                    "first_on",
                    models.DateField(
                        null=True, help_text="The earliest local day among them, where rows have one"
                    ),
                ),
                ("last_on", models.DateField(null=True)),
                ("since", models.DateTimeField(null=True, help_text="When the collection was gathered")),
                ("asked_at", models.DateTimeField(null=True, help_text="Empty until the source has answered")),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("error", models.CharField(max_length=300, blank=True)),
                (
                    "case",
                    models.ForeignKey(
                        "cases.case",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="later_rows",
                    ),
                ),
            ],
            options={"ordering": ["source", "collection"]},
        ),
        migrations.AddConstraint(
            "laterrows",
            models.UniqueConstraint(fields=("case", "source", "collection"), name="later_rows_once"),
        ),
    ]
