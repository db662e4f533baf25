"""A hand in an answer counts in the cases that follow as well, and more deeds are one."""

from django.db import migrations

# The same deeds as cases.casework.members.hands.HANDS. UNION keeps no case twice, so the way up has an end.
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
            'case.unsearched', 'words.written', 'text.marked', 'file.cut', 'stage.approval')
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
    dependencies = [("exports", "0010_approved_as_read")]

    operations = [migrations.RunSQL(NOT_BY_OWN_HAND, migrations.RunSQL.noop)]
