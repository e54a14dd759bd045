"""What opens and closes a calendar points only to rows of its own clinic."""

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
    dependencies = [("scheduling", "0003_sources_of_hours"), ("doctors", "0002_same_clinic")]

    operations = [
        same_clinic("scheduling_weeklyhours", "room_id", "clinics_room"),
        same_clinic("scheduling_dateoverride", "doctor_id", "doctors_doctor"),
        same_clinic("scheduling_dateoverride", "branch_id", "clinics_branch"),
        same_clinic("scheduling_dateoverride", "room_id", "clinics_room"),
        same_clinic("scheduling_holiday", "branch_id", "clinics_branch"),
        same_clinic("scheduling_leaverequest", "doctor_id", "doctors_doctor"),
        same_clinic("scheduling_block", "doctor_id", "doctors_doctor"),
        same_clinic("scheduling_sitting", "doctor_id", "doctors_doctor"),
        same_clinic("scheduling_sitting", "branch_id", "clinics_branch"),
        same_clinic("scheduling_sitting", "room_id", "clinics_room"),
        same_clinic("scheduling_conflict", "doctor_id", "doctors_doctor"),
    ]
