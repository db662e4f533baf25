"""What only cleared processes may know lies sealed (docs/adr/0112): orders, schedules, tasks, findings, entries."""

import json
import secrets
from base64 import b64encode

import django.db.models.deletion
import pyrage
from django.core.management import CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import migrations, models, transaction
from django.utils import timezone

import cases.models.orders
from cases.sealed import orders_key, vault

WRITTEN = {"erased", "erased_at", "erased_by_id"}
NO_SECRET = ("sealed", "desk.restored")


def seal(apps, schema_editor):
    order, entry, task, finding = (
        apps.get_model("cases", name) for name in ("Order", "ScheduledErasure", "OverRetained", "Finding")
    )
    secret = {
        "order": order.objects.filter(secret=True),
        "erasure": entry.objects.filter(secret=True, erased_at=None).select_related("case"),
        "over-retained": task.objects.filter(erased_at=None).select_related("case"),
        "finding": finding.objects.filter(view="cleared").select_related("run__case"),
    }
    if any(rows.exists() for rows in secret.values()) and not orders_key.is_at_hand():
        raise CommandError(
            "There are secret orders, or what follows from them, and no key to seal them under: make one "
            "(docs/deploy.md, A new version), give it as DSAR_ORDERS_KEY, and migrate again. Nothing was changed."
        )
    for one in secret["order"]:
        keep(apps, "order", one.operator_id, f"{one.identifier_kind}\0{one.identifier_digest}", one, one.pk)
    for one in secret["over-retained"]:
        keep(apps, "over-retained", one.case.operator_id, str(one.case_id), one, one.pk)
    for one in secret["finding"]:
        case = one.run.case
        keep(apps, "finding", case.operator_id, str(case.pk), one, secrets.randbelow(2**52) + 1)
    for one in secret["erasure"]:
        keep(apps, "erasure", one.case.operator_id, str(one.case_id), one, secrets.randbelow(2**52) + 1)
    split_files(apps, {(one.case_id, one.name) for one in secret["erasure"]})
    order.objects.filter(secret=True).delete()
    entry.objects.filter(secret=True).delete()
    finding.objects.filter(view="cleared").delete()
    seal_entries(apps, schema_editor)
    # Or the tables that rows went from could not be given their constraints.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


def keep(apps, kind, operator, about, one, pk):
    fields = (field for field in one._meta.concrete_fields if not field.primary_key)
    said = {field.attname: getattr(one, field.attname) for field in fields if field.attname not in WRITTEN}
    mark = orders_key.mark(kind, operator, about)
    sealed = orders_key.lock(json.dumps(said, cls=DjangoJSONEncoder).encode(), f"{kind}\0{operator}\0{mark}\0{pk}")
    rows = apps.get_model("cases", "Secret").objects
    rows.create(pk=pk, kind=kind, operator_id=operator, mark=mark, sealed=sealed)


def split_files(apps, files):
    """What is kept in secret goes out of the files that the open workers can read."""
    entries = apps.get_model("cases", "ScheduledErasure").objects
    for number, name in sorted(files):
        case = apps.get_model("cases", "Case").objects.get(pk=number)
        opens = entries.filter(case=case, name=name, secret=False, erased_at=None)
        try:
            with vault.sealed_to(orders_key.recipient(), f"orders/{orders_key.mark('file', name)}") as file:
                copy_lines(case, name, file, secret=True)
            if opens.exists():
                with vault.sealed_file(case, "schedule", f"{name}-open") as file:
                    copy_lines(case, name, file, secret=False)
                opens.update(name=f"{name}-open")
        except (vault.KeyDestroyed, FileNotFoundError, pyrage.DecryptError):
            # On its day the entry says so.
            continue
        transaction.on_commit(lambda name=name: vault.delete(name))
        if not entries.filter(case=case, secret=False, erased_at=None).exists():
            keys = apps.get_model("cases", "WrappedKey").objects.filter(case=case, use="schedule")
            keys.update(wrapped=None, destroyed_at=timezone.now())


def copy_lines(case, name, file, *, secret):
    for number, line in enumerate(vault.unsealed_lines(case, "schedule", name)):
        # The first line is about all of them; each other begins with rule, last day, and whether it is secret.
        if number == 0 or json.loads(line)[0][2] is secret:
            file.write(line + b"\n")


def seal_entries(apps, schema_editor):
    """The hashes stay those of what the entries said: a checkpoint outside speaks of them."""
    schema_editor.execute("ALTER TABLE cases_auditentry DISABLE TRIGGER cases_audit_append_only")
    entries = apps.get_model("cases", "AuditEntry").objects.filter(stream="cleared")
    for one in entries.exclude(action__in=NO_SECRET):
        said = json.dumps({"action": one.action, "case": one.case, "data": one.data}).encode()
        data = {"sealed": b64encode(orders_key.seal(said)).decode(), "later": True}
        entries.filter(pk=one.pk).update(action="sealed", case="", data=data)
    schema_editor.execute("ALTER TABLE cases_auditentry ENABLE TRIGGER cases_audit_append_only")


class Migration(migrations.Migration):
    dependencies = [("cases", "0036_sealed_texts")]

    operations = [
        migrations.CreateModel(
            name="Secret",
            fields=[
                ("id", models.BigIntegerField(default=cases.models.orders.random_id, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("order", "Order"), ("erasure", "Erasure"), ("finding", "Finding"), ("over-retained", "Over Retained")], max_length=15)),
                ("mark", models.CharField(max_length=64)),
                ("sealed", models.BinaryField()),
                ("operator", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.operator")),
            ],
        ),
        migrations.AddIndex(
            model_name="secret", index=models.Index(fields=["kind", "operator", "mark"], name="secret_mark")
        ),
        migrations.RunPython(seal),
        migrations.DeleteModel(name="OverRetained"),
        migrations.CreateModel(
            name="OverRetained",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=60)),
                ("collection", models.CharField(max_length=60)),
                ("rows", models.PositiveBigIntegerField()),
                ("first_on", models.DateField(null=True)),
                ("last_on", models.DateField(null=True)),
                ("opens_on", models.DateField(null=True)),
                ("found_at", models.DateTimeField()),
                ("given_at", models.DateTimeField(null=True)),
            ],
            options={"managed": False},
        ),
        migrations.AddField(
            model_name="case",
            name="to_compare",
            field=models.BooleanField(default=False, help_text="What was gathered is still to be compared with every order, in each case alike"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(condition=models.Q(("to_compare", True)), fields=["id"], name="case_to_compare"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(condition=models.Q(("view", "open")), name="finding_cleared_is_sealed"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(condition=models.Q(("secret", False)), name="order_secret_is_sealed"),
        ),
        migrations.AddConstraint(
            model_name="schedulederasure",
            constraint=models.CheckConstraint(condition=models.Q(("secret", False)), name="scheduled_secret_is_sealed"),
        ),
    ]
