"""Nobody approves what they had a hand in; staff come in by two factors; sessions, tokens and their rights have an end."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The same deeds as cases.casework.members.hands.HANDS.
NOT_BY_OWN_HAND = """
CREATE FUNCTION exports_answer_not_by_own_hand() RETURNS trigger LANGUAGE plpgsql AS $$
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
            'identifier.rejected', 'number.found', 'authority.checked', 'proof.given', 'address.corrected')
    ) OR EXISTS (
        -- What was written past the commands left no record.
        SELECT FROM cases_decision d WHERE d.case_id = NEW.case_id AND d.decided_by_id = NEW.approved_by_id
    ) THEN
        RAISE EXCEPTION 'answer % is approved by somebody who had a hand in its case', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'answer_not_by_own_hand';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER answer_not_by_own_hand
    AFTER INSERT OR UPDATE OF approved_by_id, case_id ON exports_answer
    FOR EACH ROW WHEN (NEW.approved_by_id IS NOT NULL) EXECUTE FUNCTION exports_answer_not_by_own_hand();
"""
FREELY = """
DROP TRIGGER answer_not_by_own_hand ON exports_answer;
DROP FUNCTION exports_answer_not_by_own_hand();
"""

# Tokens made before could do everything, for ever.
AN_END_FOR_OLD_TOKENS = """
UPDATE knox_authtoken SET expiry = now() + interval '90 days' WHERE expiry IS NULL;
INSERT INTO cases_tokenscope (token_id, scope)
SELECT digest, scope FROM knox_authtoken, unnest(ARRAY['hand-in', 'follow', 'packages', 'stop-list']) AS scope;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0032_sealed_second_factors"),
        ('exports', '0004_case_letters'),
        ('knox', '0009_extend_authtoken_field'),
        migrations.swappable_dependency(settings.KNOX_TOKEN_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TokenUse',
            fields=[
                ('token', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='use', serialize=False, to=settings.KNOX_TOKEN_MODEL)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='OpenSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('session_key', models.CharField(max_length=40, unique=True)),
                ('browser', models.CharField(blank=True, max_length=200)),
                ('began_at', models.DateTimeField(auto_now_add=True)),
                ('seen_at', models.DateTimeField(auto_now=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-seen_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Elsewhere',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('issuer', models.CharField(max_length=300)),
                ('subject', models.CharField(max_length=255)),
                ('tied_at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('issuer', 'subject'), name='subject_of_one_user'), models.UniqueConstraint(fields=('issuer', 'user'), name='user_of_one_subject')],
            },
        ),
        migrations.CreateModel(
            name='LostFactor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('said_at', models.DateTimeField(auto_now_add=True)),
                ('operator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lost_factors', to='cases.operator')),
                ('said_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['said_at', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('said_by', models.F('user')), _negated=True), name='lost_said_by_another')],
            },
        ),
        migrations.CreateModel(
            name='Partial',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('why', models.CharField(choices=[('self', 'is the person'), ('close', 'is close to the person')], max_length=5)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='partial', to='cases.case')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('case', 'user'), name='partial_once'), models.CheckConstraint(condition=models.Q(('why__in', ['self', 'close'])), name='partial_known_why')],
            },
        ),
        migrations.CreateModel(
            name='TokenScope',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(choices=[('hand-in', 'hand in requests'), ('follow', 'follow cases'), ('packages', 'fetch packages'), ('stop-list', 'ask the stop list')], max_length=10)),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scopes', to=settings.KNOX_TOKEN_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('token', 'scope'), name='token_scope_once'), models.CheckConstraint(condition=models.Q(('scope__in', ['hand-in', 'follow', 'packages', 'stop-list'])), name='token_scope_known')],
            },
        ),
        migrations.RunSQL(NOT_BY_OWN_HAND, FREELY),
        migrations.RunSQL(AN_END_FOR_OLD_TOKENS, migrations.RunSQL.noop),
    ]
