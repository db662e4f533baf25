"""What began an identifier stays; who ties it to the person besides stands beside it. And where nobody may ask who uses
a number, nobody takes it that its holder does."""

from django.db import migrations, models

STAYS = """
CREATE FUNCTION cases_identifier_origin_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what began an identifier stays'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'identifier_origin_stays';
END $$;

CREATE TRIGGER identifier_origin_stays BEFORE UPDATE OF origin ON cases_identifier
    FOR EACH ROW WHEN (OLD.origin IS DISTINCT FROM NEW.origin) EXECUTE FUNCTION cases_identifier_origin_stays();
"""
GONE = """
DROP TRIGGER identifier_origin_stays ON cases_identifier;
DROP FUNCTION cases_identifier_origin_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0039_signing_keys_and_receipts"),
    ]

    operations = [
        migrations.AddField(
            model_name="identifier",
            name="tied_by",
            field=models.CharField(blank=True, help_text="Who says the same of it since: <source>/<collection>, or caseworker", max_length=200),
        ),
        migrations.AddConstraint(
            model_name="identifier",
            constraint=models.CheckConstraint(condition=models.Q(("tied_by", ""), ("tied_by__contains", "/"), ("tied_by", "caseworker"), _connector="OR"), name="identifier_tied_by_source_or_caseworker"),
        ),
        migrations.RunSQL(STAYS, GONE),
        migrations.AddField(
            model_name="case",
            name="users_unknown",
            field=models.BooleanField(default=False, help_text="A source that tells who uses a number may not be asked"),
        ),
    ]
