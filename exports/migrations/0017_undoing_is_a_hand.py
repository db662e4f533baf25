"""Undoing what was said of an identifier is a hand in the case too."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("exports.migrations.0016_sent_to_another_provider").NOT_BY_OWN_HAND
# The same deeds as cases.casework.members.hands.HANDS.
NOT_BY_OWN_HAND = BEFORE.replace("'identifier.rejected',", "'identifier.rejected', 'identifier.open-again',")


class Migration(migrations.Migration):
    dependencies = [("exports", "0016_sent_to_another_provider")]

    operations = [migrations.RunSQL(NOT_BY_OWN_HAND, BEFORE)]
