"""The desk's new rows point to rows of their own clinic, and what happened to a day is kept as it was written."""

from django.db import migrations

KEEP = """
CREATE FUNCTION tokens_queueevent_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'tokens_queueevent rows are kept as they were written' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER tokens_queueevent_is_kept BEFORE UPDATE OR DELETE ON tokens_queueevent
    FOR EACH ROW EXECUTE FUNCTION tokens_queueevent_is_kept();
"""
UNDO = "DROP TRIGGER tokens_queueevent_is_kept ON tokens_queueevent; DROP FUNCTION tokens_queueevent_is_kept();"


def same_clinic(table: str, column: str, other: str) -> migrations.RunSQL:
    """A row and the row it points to belong to one clinic: the database refuses anything else."""
    name = f"{table}_{column}_same_clinic"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (clinic_id, {column}) "
        f"REFERENCES {other} (clinic_id, id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("tokens", "0007_the_day_at_the_desk"), ("doctors", "0002_same_clinic")]

    operations = [
        same_clinic("tokens_queueevent", "queue_id", "tokens_queue"),
        same_clinic("tokens_reservednumber", "queue_id", "tokens_queue"),
        same_clinic("tokens_reservednumber", "token_id", "tokens_token"),
        same_clinic("tokens_sheet", "queue_id", "tokens_queue"),
        same_clinic("tokens_standingblock", "doctor_id", "doctors_doctor"),
        same_clinic("tokens_laterule", "doctor_id", "doctors_doctor"),
        migrations.RunSQL(KEEP, UNDO),
    ]
