"""An answer is read before it is sent to approval and before it is approved, with words and marks of the caseworker."""

import cases.models.sealing.text
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The same deeds as cases.casework.members.hands.HANDS.
NOT_BY_OWN_HAND = """
CREATE OR REPLACE FUNCTION exports_answer_not_by_own_hand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM cases_case c
        JOIN cases_user u ON u.id = NEW.approved_by_id
        JOIN cases_auditentry a ON a."case" = c.reference AND a.operator = c.operator_id
        WHERE c.id = NEW.case_id AND a.stream = 'open'
          AND (a.actor = u.username OR a.data ->> 'second' = u.username)
          AND a.action IN (
            'decision.confirmed', 'decision.confirmed-all', 'decision.changed', 'review.recorded', 'abuse.found',
            'correction.proposed', 'correction.settled', 'identifier.confirmed', 'identifier.added',
            'identifier.rejected', 'number.found', 'authority.checked', 'proof.given', 'address.corrected',
            'words.written', 'text.marked', 'stage.approval')
    ) OR EXISTS (
        -- What was written past the commands left no record.
        SELECT FROM cases_decision d WHERE d.case_id = NEW.case_id AND d.decided_by_id = NEW.approved_by_id
    ) THEN
        RAISE EXCEPTION 'answer % is approved by somebody who had a hand in its case', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'answer_not_by_own_hand';
    END IF;
    RETURN NULL;
END $$;
"""

# Both parts, opened by whoever approves, in the version that has the hash they approve.
APPROVED_AS_READ = """
CREATE FUNCTION exports_answer_approved_as_read() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- What was approved before readings were kept stays approved.
    IF TG_OP = 'UPDATE' AND (OLD.approved_by_id, OLD.approved_sha256) IS NOT DISTINCT FROM
        (NEW.approved_by_id, NEW.approved_sha256) THEN
        RETURN NULL;
    END IF;
    IF (
        SELECT count(DISTINCT r.part) FROM exports_reading r
        WHERE r.answer_id = NEW.id AND r.by_id = NEW.approved_by_id AND r.sha256 = NEW.approved_sha256
          AND r.part IN ('letter', 'files')
    ) < 2 THEN
        RAISE EXCEPTION 'answer % is approved by somebody who has not read it', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'answer_approved_as_read';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER answer_approved_as_read
    AFTER INSERT OR UPDATE OF approved_by_id, approved_sha256 ON exports_answer
    FOR EACH ROW WHEN (NEW.approved_by_id IS NOT NULL) EXECUTE FUNCTION exports_answer_approved_as_read();
"""
UNREAD = """
DROP TRIGGER answer_approved_as_read ON exports_answer;
DROP FUNCTION exports_answer_approved_as_read();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0036_sealed_texts'),
        ('exports', '0009_interim_letters'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Annex',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('name', models.CharField(blank=True, max_length=200)),
                ('sha256', models.CharField(max_length=64)),
                ('prepared_at', models.DateTimeField(auto_now_add=True)),
                ('approved_at', models.DateTimeField(null=True)),
                ('approved_sha256', models.CharField(blank=True, max_length=64)),
            ],
            options={
                'verbose_name_plural': 'annexes',
                'ordering': ['case', '-number'],
            },
        ),
        migrations.CreateModel(
            name='CutFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('name', models.CharField(help_text='Where it lies in the vault', max_length=200)),
                ('file', models.CharField(help_text='What it is called in the package', max_length=200)),
                ('type', models.CharField(help_text='Media type, by its content', max_length=100)),
                ('bytes', models.PositiveBigIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('why', cases.models.sealing.text.SealedText(default='', help_text='What was left out, and why', under='handed.run.case', use='file')),
                ('at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['handed', '-number'],
            },
        ),
        migrations.CreateModel(
            name='MaskedText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=60)),
                ('collection', models.CharField(max_length=60)),
                ('row', models.CharField(help_text='Keyed hash of the line as it was gathered', max_length=64)),
                ('column', models.CharField(max_length=200)),
                ('number', models.PositiveSmallIntegerField()),
                ('spans', models.JSONField(help_text='[[first, after the last], ...] in characters; empty where all was taken back')),
                ('why', cases.models.sealing.text.SealedText(default='', under='case', use='file')),
                ('at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['case', 'source', 'collection', 'row', 'column', '-number'],
            },
        ),
        migrations.CreateModel(
            name='OwnWords',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('sealed', models.BinaryField(help_text='JSON place: text; places left empty are not in it')),
                ('at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name_plural': 'own words',
                'ordering': ['case', '-number'],
            },
        ),
        migrations.CreateModel(
            name='Reading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(choices=[('letter', 'the letter'), ('files', 'the list of files')], max_length=10)),
                ('sha256', models.CharField(help_text='Of the package as it was then', max_length=64)),
                ('at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['at'],
            },
        ),
        migrations.CreateModel(
            name='StandardWords',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('language', models.CharField(max_length=2)),
                ('place', models.CharField(choices=[('opening', 'At the start, before the decision'), ('decision', 'After the decision'), ('closing', 'Before the contact details at the end')], max_length=10)),
                ('text', models.TextField()),
                ('number', models.PositiveSmallIntegerField(default=1)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name_plural': 'standard words',
                'ordering': ['operator', 'language', 'name', '-number'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='answer',
            name='answer_one_on_its_way',
        ),
        migrations.AddField(
            model_name='answer',
            name='returned_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='answer',
            name='returned_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='answer',
            name='sent_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='answer',
            name='sent_by',
            field=models.ForeignKey(help_text='Who read it and sent it to approval', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='answer',
            name='status',
            field=models.CharField(choices=[('building', 'Being prepared'), ('written', 'Written, not yet sent to approval'), ('ready', 'Ready for approval'), ('returned', 'Sent back'), ('taken-back', 'Taken back'), ('overtaken', 'Overtaken'), ('approved', 'Approved'), ('delivered', 'Delivered'), ('failed', 'Could not be prepared')], default='building', max_length=10),
        ),
        migrations.AddField(
            model_name='annex',
            name='approved_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='annex',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='annexes', to='cases.case'),
        ),
        migrations.AddField(
            model_name='annex',
            name='prepared_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cutfile',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cutfile',
            name='handed',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cuts', to='cases.handedfile'),
        ),
        migrations.AddField(
            model_name='maskedtext',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='maskedtext',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='masked_texts', to='cases.case'),
        ),
        migrations.AddField(
            model_name='ownwords',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='ownwords',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='own_words', to='cases.case'),
        ),
        migrations.AddField(
            model_name='answer',
            name='words',
            field=models.ForeignKey(help_text="The version of the caseworker's own words that stands in the letter", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='exports.ownwords'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['building', 'written', 'ready', 'approved'])), fields=('case',), name='answer_one_on_its_way'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by', None), ('sent_by', None), models.Q(('approved_by', models.F('sent_by')), _negated=True), _connector='OR'), name='answer_not_approved_by_its_sender'),
        ),
        migrations.AddField(
            model_name='reading',
            name='answer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='readings', to='exports.answer'),
        ),
        migrations.AddField(
            model_name='reading',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='standardwords',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='standardwords',
            name='operator',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='standard_words', to='cases.operator'),
        ),
        migrations.AddConstraint(
            model_name='annex',
            constraint=models.UniqueConstraint(fields=('case', 'number'), name='annex_version_once'),
        ),
        migrations.AddConstraint(
            model_name='annex',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by', None), models.Q(('approved_by', models.F('prepared_by')), _negated=True), _connector='OR'), name='annex_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='annex',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at', None), ('approved_by', None), ('approved_sha256', '')), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False), ('approved_sha256', models.F('sha256'))), _connector='OR'), name='annex_approval_is_of_this_hash'),
        ),
        migrations.AddConstraint(
            model_name='cutfile',
            constraint=models.UniqueConstraint(fields=('handed', 'number'), name='cut_file_version_once'),
        ),
        migrations.AddConstraint(
            model_name='cutfile',
            constraint=models.CheckConstraint(condition=models.Q(('why', ''), _negated=True), name='cut_file_says_why'),
        ),
        migrations.AddConstraint(
            model_name='maskedtext',
            constraint=models.UniqueConstraint(fields=('case', 'source', 'collection', 'row', 'column', 'number'), name='masked_text_version_once'),
        ),
        migrations.AddConstraint(
            model_name='maskedtext',
            constraint=models.CheckConstraint(condition=models.Q(('why', ''), _negated=True), name='masked_text_says_why'),
        ),
        migrations.AddConstraint(
            model_name='ownwords',
            constraint=models.UniqueConstraint(fields=('case', 'number'), name='own_words_version_once'),
        ),
        migrations.AddConstraint(
            model_name='reading',
            constraint=models.UniqueConstraint(fields=('answer', 'part', 'by', 'sha256'), name='reading_once'),
        ),
        migrations.AddConstraint(
            model_name='reading',
            constraint=models.CheckConstraint(condition=models.Q(('sha256', ''), _negated=True), name='reading_is_of_a_hash'),
        ),
        migrations.AddConstraint(
            model_name='standardwords',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('operator', 'language', 'name'), name='standard_words_one_in_force'),
        ),
        migrations.AddConstraint(
            model_name='standardwords',
            constraint=models.UniqueConstraint(fields=('operator', 'language', 'name', 'number'), name='standard_words_version_once'),
        ),
        migrations.AddConstraint(
            model_name='standardwords',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='standard_words_say_something'),
        ),
        migrations.RunSQL(NOT_BY_OWN_HAND, migrations.RunSQL.noop),
        migrations.RunSQL(APPROVED_AS_READ, UNREAD),
    ]
