import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0046_conversation"),
    ]

    operations = [
        migrations.CreateModel(
            name='Figure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('right', models.CharField(choices=[('access', 'Access to your data'), ('portability', 'Your data to take elsewhere'), ('erasure', 'Erasure'), ('objection', 'Objection to a use'), ('marketing-objection', 'No more marketing'), ('consent-withdrawal', 'Withdrawal of consent'), ('rectification', 'Correction'), ('restriction', 'Restriction'), ('automated-decision', 'Review of an automated decision')], max_length=20)),
                ('month', models.DateField(help_text='Its first day; none for what stands open now', null=True)),
                ('name', models.CharField(choices=[('received', 'Received'), ('answered', 'Answered'), ('days', 'Days'), ('timely', 'Timely'), ('otherwise', 'Otherwise'), ('extended', 'Extended'), ('ground', 'Ground'), ('open', 'Open'), ('waiting', 'Waiting'), ('due', 'Due')], max_length=10)),
                ('of', models.CharField(blank=True, max_length=40)),
                ('count', models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Reminded',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(help_text='The day of which they were told: a day that moves is told anew')),
                ('late', models.BooleanField(help_text='Whether it was past by then')),
                ('on', models.DateField(help_text='The day on which they were told')),
            ],
        ),
        migrations.AlterField(
            model_name='membership',
            name='role',
            field=models.CharField(choices=[('caseworker', 'Caseworker'), ('approver', 'Approver'), ('legal', 'Legal officer'), ('cleared', 'Cleared officer'), ('auditor', 'Auditor'), ('dpo', 'Data protection officer'), ('admin', 'Administrator'), ('system', "Operator's system (API)")], max_length=20),
        ),
        migrations.AlterField(
            model_name='proposedrole',
            name='role',
            field=models.CharField(choices=[('caseworker', 'Caseworker'), ('approver', 'Approver'), ('legal', 'Legal officer'), ('cleared', 'Cleared officer'), ('auditor', 'Auditor'), ('dpo', 'Data protection officer'), ('admin', 'Administrator'), ('system', "Operator's system (API)")], max_length=20),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('outcome__in', ['refused', 'partly'])), fields=['-closed_at'], name='case_refused'),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(condition=models.Q(('status', 'overridden')), fields=['-decided_at'], name='decision_changed'),
        ),
        migrations.AddIndex(
            model_name='schedulederasure',
            index=models.Index(condition=models.Q(('erased_at', None)), fields=['until'], name='scheduled_by_day'),
        ),
        migrations.AddField(
            model_name='figure',
            name='operator',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='figures', to='cases.operator'),
        ),
        migrations.AddField(
            model_name='reminded',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='cases.case'),
        ),
        migrations.AddField(
            model_name='reminded',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='figure',
            index=models.Index(fields=['operator', 'month'], name='figure_by_month'),
        ),
        migrations.AddConstraint(
            model_name='figure',
            constraint=models.UniqueConstraint(fields=('operator', 'right', 'month', 'name', 'of'), name='figure_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='figure',
            constraint=models.CheckConstraint(condition=models.Q(('count__gt', 0)), name='figure_of_something'),
        ),
        migrations.AddConstraint(
            model_name='figure',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('month', None), ('name__in', ('open', 'waiting', 'due'))), models.Q(('month__day', 1), models.Q(('name__in', ('open', 'waiting', 'due')), _negated=True)), _connector='OR'), name='figure_of_a_month_or_of_now'),
        ),
        migrations.AddIndex(
            model_name='reminded',
            index=models.Index(fields=['user', 'on'], name='reminded_by_day'),
        ),
        migrations.AddConstraint(
            model_name='reminded',
            constraint=models.UniqueConstraint(fields=('case', 'user', 'day', 'late'), name='reminded_once'),
        ),
    ]
