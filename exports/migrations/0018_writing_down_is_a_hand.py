"""Whoever writes a request down, or has something added to an answer, had a hand in the case too."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("exports.migrations.0017_undoing_is_a_hand").NOT_BY_OWN_HAND
# The same deeds as cases.casework.members.hands.HANDS.
NOT_BY_OWN_HAND = BEFORE.replace(
    "'decision.confirmed',", "'case.received', 'supplement.started', 'decision.confirmed',"
)


class Migration(migrations.Migration):
    dependencies = [("exports", "0017_undoing_is_a_hand")]

    operations = [migrations.RunSQL(NOT_BY_OWN_HAND, BEFORE)]
