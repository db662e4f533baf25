"""What a migration needs to seal the words that stand in a column: the old column is read, the new one written."""

from django.db import migrations, models

from cases.models.sealing.case_keys import KeyDestroyed
from cases.models.sealing.text import SealedText

BATCH = 1000
# Under a key that has ended nothing can be sealed; what is read there is that there were words.
ENDED = b"\0"


def columns(texts):
    """The operations that put a sealed column in the place of each: {model: {column: field}}."""
    each = [(model, name, field) for model, fields in texts.items() for name, field in fields.items()]
    return [
        *(migrations.RenameField(model, name, f"{name}_plain") for model, name, _field in each),
        *(migrations.AddField(model, name, field) for model, name, field in each),
    ]


def plain_gone(texts):
    return [
        migrations.RemoveField(model, f"{name}_plain") for model, fields in texts.items() for name in fields
    ]


def seal_all(app, texts):
    """A RunPython's function: every row's words are sealed, a batch in memory at a time."""

    def run(apps, schema_editor):
        for model, fields in texts.items():
            _seal(apps.get_model(app, model), fields)
        # What waits for the end of the transaction would keep the tables from being altered.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    return run


def _seal(model, fields):
    written = models.Q()
    for name in fields:
        written |= ~models.Q(**{f"{name}_plain": ""}) & ~models.Q(**{f"{name}_plain": None})
    for row in model._base_manager.filter(written).iterator(BATCH):
        for name, field in fields.items():
            setattr(row, name, _sealed(row, field, getattr(row, f"{name}_plain")))
        row.save(update_fields=[*fields])


def _sealed(row, field: SealedText, text):
    if not text:
        return text
    try:
        return field.seal(row, text)
    except KeyDestroyed:
        return None if field.null else ENDED
