"""Nobody approves what they had a hand in; staff come in by two factors, and their sessions and tokens have an end."""

from django.db import migrations

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


class Migration(migrations.Migration):
    dependencies = [("cases", "0029_bounces_and_vouching"), ("exports", "0004_case_letters")]

    operations = [
        migrations.RunSQL(NOT_BY_OWN_HAND, FREELY),
    ]
