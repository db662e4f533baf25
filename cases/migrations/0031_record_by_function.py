"""The record is written by one function of the owner's, and by nothing else (docs/adr/0091)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Text as Python's json writes it with sorted keys, so that whoever checks an entry needs nothing but a JSON library.
TEXT = """
CREATE FUNCTION cases_audit_text(value jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    CASE jsonb_typeof(value)
    WHEN 'object' THEN
        RETURN '{' || coalesce((
            SELECT string_agg(to_json(name)::text || ': ' || cases_audit_text(item), ', ' ORDER BY name COLLATE "C")
            FROM jsonb_each(value) AS one(name, item)
        ), '') || '}';
    WHEN 'array' THEN
        RETURN '[' || coalesce((
            SELECT string_agg(cases_audit_text(item), ', ' ORDER BY place)
            FROM jsonb_array_elements(value) WITH ORDINALITY AS one(item, place)
        ), '') || ']';
    WHEN 'number' THEN
        -- Fractions are written in more than one way, and would not be read back as they were hashed.
        IF value::text !~ '^-?[0-9]+$' THEN
            RAISE EXCEPTION 'the audit log takes whole numbers only';
        END IF;
        RETURN value::text;
    ELSE
        RETURN value::text;
    END CASE;
END $$;

CREATE FUNCTION cases_audit_moment(at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
        || CASE WHEN date_trunc('second', at) = at THEN '' ELSE to_char(at AT TIME ZONE 'UTC', '.US') END || '+00:00'
$$;
"""

# Parts that have no account, and members who are signed in now: at a page, or as an operator's system with a token.
MAY_ACT = """
CREATE FUNCTION cases_audit_may_act(for_operator text, by_actor text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN by_actor IN ('system', 'data-subject', 'source-owner') OR EXISTS (
        SELECT 1 FROM cases_user AS member
        WHERE member.username = by_actor AND member.is_active
            AND EXISTS (
                SELECT 1 FROM cases_membership WHERE user_id = member.id AND operator_id = for_operator
            )
            AND (
                EXISTS (SELECT 1 FROM cases_session WHERE user_id = member.id AND expire_date > now())
                OR EXISTS (
                    SELECT 1 FROM knox_authtoken WHERE user_id = member.id AND (expiry IS NULL OR expiry > now())
                )
            )
    );
END $$;
"""

RECORD = """
CREATE FUNCTION cases_audit_record(
    for_operator text, in_stream text, by_actor text, of_action text, of_case text, with_data jsonb
) RETURNS cases_auditentry LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    head cases_audithead;
    entry cases_auditentry;
BEGIN
    IF NOT cases_audit_may_act(for_operator, by_actor) THEN
        RAISE EXCEPTION 'the audit log takes no entry of %: no member of % who is signed in', by_actor, for_operator
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT * INTO head FROM cases_audithead WHERE operator = for_operator AND stream = in_stream FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the audit log has no stream % of %', in_stream, for_operator;
    END IF;
    entry.number := head.number + 1;
    -- What somebody put beyond the head stays there to be found, and stops nobody.
    WHILE EXISTS (
        SELECT 1 FROM cases_auditentry
        WHERE operator = for_operator AND stream = in_stream AND number = entry.number
    ) LOOP
        entry.number := entry.number + 1;
    END LOOP;
    -- A clock that is set back does not make the record run backwards.
    SELECT greatest(clock_timestamp(), max(at)) INTO entry.at FROM cases_auditentry
        WHERE operator = for_operator AND stream = in_stream AND number = head.number;
    entry.content_sha256 := encode(sha256(convert_to(cases_audit_text(jsonb_build_array(
        for_operator, in_stream, entry.number, cases_audit_moment(entry.at), by_actor, of_action, of_case, with_data
    )), 'UTF8')), 'hex');
    entry.sha256 := encode(sha256(convert_to(head.sha256 || entry.content_sha256, 'UTF8')), 'hex');
    INSERT INTO cases_auditentry
        (operator, stream, number, at, actor, action, "case", data, previous, content_sha256, sha256)
        VALUES (for_operator, in_stream, entry.number, entry.at, by_actor, of_action, of_case, with_data,
            head.sha256, entry.content_sha256, entry.sha256)
        RETURNING * INTO entry;
    UPDATE cases_audithead SET number = entry.number, sha256 = entry.sha256 WHERE id = head.id;
    RETURN entry;
END $$;
REVOKE ALL ON FUNCTION cases_audit_record FROM PUBLIC;
"""

# A head moves on to an entry that is there and follows it, over whatever was put between.
HEADS = """
CREATE OR REPLACE FUNCTION cases_audit_head_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.number > OLD.number AND NEW.operator = OLD.operator AND NEW.stream = OLD.stream
        AND EXISTS (
            SELECT 1 FROM cases_auditentry
            WHERE operator = NEW.operator AND stream = NEW.stream AND number = NEW.number
                AND sha256 = NEW.sha256 AND previous = OLD.sha256
        )
    THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only: % of its head refused', TG_OP;
END $$;
"""
HEADS_BEFORE = """
CREATE OR REPLACE FUNCTION cases_audit_head_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.number = OLD.number + 1 AND NEW.operator = OLD.operator AND NEW.stream = OLD.stream
    THEN RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only: % of its head refused', TG_OP;
END $$;
"""

NOT_EMPTIED = """
CREATE TRIGGER cases_audit_not_emptied BEFORE TRUNCATE ON cases_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION cases_audit_append_only();
CREATE TRIGGER cases_audit_heads_not_emptied BEFORE TRUNCATE ON cases_audithead
    FOR EACH STATEMENT EXECUTE FUNCTION cases_audit_append_only();
"""

# Both streams are there from the first day, so that a missing one is missed.
STREAMS = """
CREATE FUNCTION cases_audit_begin() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO cases_audithead (operator, stream, number, sha256)
        SELECT NEW.slug, stream, 0, repeat('0', 64) FROM unnest(ARRAY['open', 'cleared']) AS stream
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER cases_audit_begin AFTER INSERT ON cases_operator
    FOR EACH ROW EXECUTE FUNCTION cases_audit_begin();
INSERT INTO cases_audithead (operator, stream, number, sha256)
    SELECT slug, stream, 0, repeat('0', 64) FROM cases_operator, unnest(ARRAY['open', 'cleared']) AS stream
    ON CONFLICT DO NOTHING;
"""

FORWARD = TEXT + MAY_ACT + RECORD + HEADS + NOT_EMPTIED + STREAMS
BACKWARD = HEADS_BEFORE + """
DROP TRIGGER cases_audit_begin ON cases_operator;
DROP TRIGGER cases_audit_not_emptied ON cases_auditentry;
DROP TRIGGER cases_audit_heads_not_emptied ON cases_audithead;
DROP FUNCTION cases_audit_begin();
DROP FUNCTION cases_audit_record;
DROP FUNCTION cases_audit_may_act;
DROP FUNCTION cases_audit_moment;
DROP FUNCTION cases_audit_text;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0030_authority_and_doubt"),
    ]

    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="content_sha256",
            field=models.CharField(blank=True, max_length=64, default="", help_text="Of everything but what it follows; empty for entries from before this was kept"),
        ),
        # Whatever lies beyond the head may not stop the next entry, which follows the same one.
        migrations.RemoveConstraint(model_name="auditentry", name="audit_no_fork"),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("session_key", models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key")),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("user", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="sessions", to=settings.AUTH_USER_MODEL)),
            ],
            options={"verbose_name": "session", "verbose_name_plural": "sessions", "abstract": False},
        ),
        migrations.CreateModel(
            name="Anchoring",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slot", models.DateTimeField()),
                ("operator", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="cases.operator")),
            ],
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(condition=~models.Q(username__in=("system", "data-subject", "source-owner")), name="user_is_no_part_of_the_record"),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
