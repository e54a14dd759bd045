"""An audit row is never changed and never deleted."""

from django.db import migrations

KEEP = """
CREATE FUNCTION clinics_auditevent_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'clinics_auditevent rows are kept as they were written' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER clinics_auditevent_is_kept BEFORE UPDATE OR DELETE ON clinics_auditevent
    FOR EACH ROW EXECUTE FUNCTION clinics_auditevent_is_kept();
"""
UNDO = "DROP TRIGGER clinics_auditevent_is_kept ON clinics_auditevent; DROP FUNCTION clinics_auditevent_is_kept();"


class Migration(migrations.Migration):
    dependencies = [("clinics", "0001_initial")]

    operations = [migrations.RunSQL(KEEP, UNDO)]
