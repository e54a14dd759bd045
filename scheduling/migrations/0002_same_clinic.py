"""Rows point only to rows of their own clinic."""

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
    dependencies = [("scheduling", "0001_initial"), ("tokens", "0002_same_clinic")]

    operations = [
        same_clinic("scheduling_weeklyhours", "doctor_id", "doctors_doctor"),
        same_clinic("scheduling_weeklyhours", "branch_id", "clinics_branch"),
        same_clinic("scheduling_slot", "doctor_id", "doctors_doctor"),
        same_clinic("scheduling_slot", "branch_id", "clinics_branch"),
        same_clinic("scheduling_hold", "doctor_id", "doctors_doctor"),
        same_clinic("scheduling_appointment", "doctor_id", "doctors_doctor"),
        same_clinic("scheduling_appointment", "token_id", "tokens_token"),
    ]
