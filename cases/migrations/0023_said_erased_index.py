import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def number_keys(apps: StateApps, _schema: BaseDatabaseSchemaEditor) -> None:
    """Twelve bytes a row, of which the first eight are of its key."""
    for one in apps.get_model("cases", "SaidErased").objects.iterator(chunk_size=100):
        packed = bytes(one.hashes)
        starts = range(0, len(packed), 12)
        one.keys = sorted({int.from_bytes(packed[at : at + 8], signed=True) for at in starts})
        one.save(update_fields=["keys"])


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0022_eid_proof"),
    ]

    operations = [
        migrations.AddField(
            model_name="saiderased",
            name="keys",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None),
            preserve_default=False,
        ),
        migrations.RunPython(number_keys, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="saiderased",
            index=django.contrib.postgres.indexes.GinIndex(fields=["keys"], name="said_erased_keys"),
        ),
    ]
