"""The audit table takes new rows only: an UPDATE or DELETE is refused by the database itself."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION cases_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % refused', TG_OP;
END $$;
CREATE TRIGGER cases_audit_append_only BEFORE UPDATE OR DELETE ON cases_auditentry
    FOR EACH ROW EXECUTE FUNCTION cases_audit_append_only();
"""
ALLOW = "DROP TRIGGER cases_audit_append_only ON cases_auditentry; DROP FUNCTION cases_audit_append_only();"


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
