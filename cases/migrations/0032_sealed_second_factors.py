"""Seals the secrets of second factors that were kept as they are."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from cases.web.accounts import SecondFactors

SECRETS = ("secret", "seed")


def seal(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    adapter = SecondFactors()

    def sealed(data: dict[str, Any]) -> dict[str, Any]:
        found = {name: adapter.encrypt(data[name]) for name in SECRETS if name in data}
        if codes := data.get("migrated_codes"):
            found["migrated_codes"] = [adapter.encrypt(code) for code in codes]
        return data | found

    for each in apps.get_model("mfa", "Authenticator").objects.exclude(type="webauthn"):
        each.data = sealed(each.data)
        each.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [("cases", "0031_record_by_function"), ("mfa", "0003_authenticator_type_uniq")]
    operations = [migrations.RunPython(seal, migrations.RunPython.noop)]
