"""Those who wait, and what is offered to them, point only to rows of their own clinic."""

from django.db import migrations


def same_clinic(table: str, column: str, other: str) -> migrations.RunSQL:
    """A row and the row it points to belong to one clinic: the database refuses anything else."""
    name = f"{table}_{column}_same_clinic"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (clinic_id, {column}) "
        f"REFERENCES {other} (clinic_id, id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0007_waitlist"), ("doctors", "0002_same_clinic")]

    operations = [
        same_clinic("scheduling_waitlistentry", "doctor_id", "doctors_doctor"),
        same_clinic("scheduling_offer", "entry_id", "scheduling_waitlistentry"),
    ]
