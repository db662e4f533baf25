"""Whoever says what is answered later, or whether a request is passed on, had a hand in the answer."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("exports.migrations.0018_writing_down_is_a_hand").NOT_BY_OWN_HAND
# The same deeds as cases.casework.members.hands.HANDS.
NOT_BY_OWN_HAND = BEFORE.replace(
    "'decision.confirmed',", "'case.split', 'case.together', 'forward.pass-on', 'forward.keep-here', 'decision.confirmed',"
)


class Migration(migrations.Migration):
    dependencies = [("exports", "0018_writing_down_is_a_hand")]

    operations = [migrations.RunSQL(NOT_BY_OWN_HAND, BEFORE)]
