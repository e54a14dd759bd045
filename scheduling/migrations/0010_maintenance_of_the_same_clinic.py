"""Rooms and equipment that are out of use, or needed, are of the row's own clinic."""

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
    dependencies = [("scheduling", "0009_maintenance_of_rooms"), ("clinics", "0003_equipment")]

    operations = [
        same_clinic("clinics_equipment", "room_id", "clinics_room"),
        same_clinic("scheduling_maintenance", "room_id", "clinics_room"),
        same_clinic("scheduling_maintenance", "equipment_id", "clinics_equipment"),
        same_clinic("scheduling_weeklyhours", "equipment_id", "clinics_equipment"),
        same_clinic("scheduling_dateoverride", "equipment_id", "clinics_equipment"),
    ]
