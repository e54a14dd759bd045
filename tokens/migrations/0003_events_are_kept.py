"""What happened to a token is never changed and never deleted."""

from django.db import migrations

KEEP = """
CREATE FUNCTION tokens_tokenevent_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'tokens_tokenevent rows are kept as they were written' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER tokens_tokenevent_is_kept BEFORE UPDATE OR DELETE ON tokens_tokenevent
    FOR EACH ROW EXECUTE FUNCTION tokens_tokenevent_is_kept();
"""
UNDO = "DROP TRIGGER tokens_tokenevent_is_kept ON tokens_tokenevent; DROP FUNCTION tokens_tokenevent_is_kept();"


class Migration(migrations.Migration):
    dependencies = [("tokens", "0002_same_clinic")]

    operations = [migrations.RunSQL(KEEP, UNDO)]
