"""Data of an answer straight to another provider; saying so is a hand in the answer."""

import cases.models.sealing.text
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


# The same deeds as cases.casework.members.hands.HANDS.
NOT_BY_OWN_HAND = """
CREATE OR REPLACE FUNCTION exports_answer_not_by_own_hand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        WITH RECURSIVE line(id) AS (
            SELECT NEW.case_id
            UNION
            SELECT c.follows_id FROM line JOIN cases_case c ON c.id = line.id WHERE c.follows_id IS NOT NULL
        )
        SELECT FROM line
        JOIN cases_case c ON c.id = line.id
        JOIN cases_user u ON u.id = NEW.approved_by_id
        JOIN cases_auditentry a ON a."case" = c.reference AND a.operator = c.operator_id
        WHERE a.stream = 'open'
          AND (a.actor = u.username OR a.data ->> 'second' = u.username)
          AND a.action IN (
            'decision.confirmed', 'decision.confirmed-all', 'decision.changed', 'review.recorded', 'abuse.found',
            'abuse.withdrawn', 'correction.proposed', 'correction.removed', 'correction.settled',
            'identifier.confirmed', 'identifier.added', 'identifier.rejected', 'number.found', 'number.taken-back',
            'authority.checked', 'child.heard', 'person.died', 'person.protected', 'person.not-protected',
            'proof.given', 'address.corrected', 'owner.gave', 'owner.took-back', 'owner.answered', 'run.left-out',
            'case.unsearched', 'words.written', 'text.marked', 'file.cut', 'transfer.chosen',
            'stage.approval')
    ) OR EXISTS (
        -- What was written past the commands left no record.
        SELECT FROM cases_decision d WHERE d.case_id = NEW.case_id AND d.decided_by_id = NEW.approved_by_id
    ) OR EXISTS (
        -- Given while another case of the request was open, and copied from there: its record is that case's.
        SELECT FROM cases_proof p JOIN cases_case c ON c.submission_id = p.submission_id
        WHERE c.id = NEW.case_id AND p.method = 'manual' AND NEW.approved_by_id IN (p.by_id, p.second_id)
    ) THEN
        RAISE EXCEPTION 'answer % is approved by somebody who had a hand in its case', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'answer_not_by_own_hand';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('exports', "0015_letter_on_the_status_page"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('receiver', models.CharField(help_text="Its key in the operator's receivers.toml", max_length=40)),
                ('receiver_name', models.CharField(help_text='As the person was told it', max_length=100)),
                ('sha256', models.CharField(help_text='Of the zip that is sent', max_length=64)),
                ('bytes', models.PositiveBigIntegerField()),
                ('files', models.PositiveIntegerField(help_text='How many data files are in it')),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_try_at', models.DateTimeField(help_text='Not before: the receiver was away', null=True)),
                ('refused', models.CharField(blank=True, help_text='Why a person has to look at it', max_length=60)),
                ('sent_at', models.DateTimeField(null=True)),
                ('receipt', cases.models.sealing.text.SealedText(blank=True, default='', help_text='What the receiver answered, as it stands', under='answer.case', use='file')),
                ('given_up_at', models.DateTimeField(null=True)),
                ('answer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='transfer', to='exports.answer')),
                ('given_up_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('sent_at', None), ('given_up_at', None), _connector='OR'), name='transfer_sent_or_given_up'), models.CheckConstraint(condition=models.Q(('sent_at', None), models.Q(('receipt', ''), _negated=True), _connector='XOR'), name='transfer_sent_has_receipt'), models.CheckConstraint(condition=models.Q(models.Q(('given_up_at', None), ('given_up_by', None)), models.Q(('given_up_at__isnull', False), ('given_up_by__isnull', False)), _connector='OR'), name='transfer_given_up_by_somebody')],
            },
        ),
        migrations.AddField(
            model_name="maskedtext",
            name="missing_at",
            field=models.DateTimeField(
                help_text="When a worker looked for its row among what is gathered, and did not find it",
                null=True,
            ),
        ),
        migrations.RunSQL(NOT_BY_OWN_HAND, migrations.RunSQL.noop),
    ]
