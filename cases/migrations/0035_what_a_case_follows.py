"""What a case follows another for, each once: a second pass of an erasure keeps no stronger proof out.

And to which mailbox a code went, which may be a new one.
"""

import django.db.models.deletion
from django.db import migrations, models

# The request that a case was asked in says what it follows for.
AS_ASKED = """
UPDATE cases_case SET follows_as = s.channel FROM cases_submission s
WHERE s.id = cases_case.submission_id AND cases_case.follows_id IS NOT NULL;
SET CONSTRAINTS ALL IMMEDIATE;
"""
# Older ones are counted no more.
OF_THE_LAST_DAY = """
UPDATE cases_mailedcode SET mailbox_digest = s.mailbox_digest FROM cases_submission s
WHERE s.id = cases_mailedcode.submission_id AND text_id IS NULL AND cases_mailedcode.created_at > now() - interval '1 day';
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0034_full_orders"),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='follows_as',
            field=models.CharField(blank=True, choices=[('second-pass', 'Second Pass'), ('once-more', 'Once More')], default="", max_length=11),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='case',
            name='follows',
            field=models.ForeignKey(help_text='The case that was over, of which something is done in this one', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followed_by', to='cases.case'),
        ),
        migrations.AddField(
            model_name='mailedcode',
            name='mailbox_digest',
            field=models.CharField(blank=True, db_index=True, default="", help_text="Keyed hash of the mailbox it went to, be it not the person's yet, until it is purged", max_length=64),
            preserve_default=False,
        ),
        migrations.RunSQL(AS_ASKED, migrations.RunSQL.noop),
        migrations.RunSQL(OF_THE_LAST_DAY, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.UniqueConstraint(fields=('follows', 'follows_as'), name='case_follows_once_each_way'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('follows', None), models.Q(('follows_as', ''), _negated=True), _connector='XOR'), name='case_follows_for_a_reason'),
        ),
    ]
