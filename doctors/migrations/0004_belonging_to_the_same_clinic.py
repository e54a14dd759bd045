"""A doctor's branches, departments and photo are of the doctor's own clinic."""

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
    dependencies = [("doctors", "0003_profile_and_bookability")]

    operations = [
        same_clinic("doctors_doctorbranch", "doctor_id", "doctors_doctor"),
        same_clinic("doctors_doctorbranch", "branch_id", "clinics_branch"),
        same_clinic("doctors_doctordepartment", "doctor_id", "doctors_doctor"),
        same_clinic("doctors_doctordepartment", "department_id", "clinics_department"),
        same_clinic("doctors_photo", "doctor_id", "doctors_doctor"),
    ]
