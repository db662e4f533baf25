import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import cases.models.sealing.text


def tell_of_originals(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    cuts = apps.get_model("exports", "CutFile").objects.select_related("handed__run")
    for cut in cuts.defer("why").iterator():
        cuts.filter(pk=cut.pk).update(case=cut.handed.run.case_id, digest=cut.handed.digest)


class Migration(migrations.Migration):
    dependencies = [("exports", "0011_own_hand_before")]

    operations = [
        migrations.AddField(
            "cutfile", "case",
            models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="cut_files", to="cases.case"),
        ),
        migrations.AddField(
            "cutfile", "digest",
            models.CharField(default="", help_text="The original's keyed hash", max_length=64),
            preserve_default=False,
        ),
        migrations.RunPython(tell_of_originals, migrations.RunPython.noop),
        # What these rows wait for is checked now, for a table with checks outstanding cannot be altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            "cutfile", "case",
            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="cut_files", to="cases.case"),
        ),
        migrations.AlterField(
            "cutfile", "handed",
            models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="cuts", to="cases.handedfile"),
        ),
        migrations.AlterField(
            "cutfile", "why",
            cases.models.sealing.text.SealedText(default="", help_text="What was left out, and why", under="case", use="file"),
        ),
    ]
