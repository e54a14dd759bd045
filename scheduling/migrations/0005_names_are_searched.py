"""Doctors and clinics are found by the beginnings of their names' words, and by how alike a name is spelt."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

# As `SearchVector("name", config="simple")` writes it, so that the index fits.
WORDS = "to_tsvector('simple'::regconfig, COALESCE(name, ''))"


def searched(table: str, whose: str) -> migrations.RunSQL:
    """Both ways into a table of names."""
    return migrations.RunSQL(
        f"CREATE INDEX {whose}_by_words ON {table} USING gin ({WORDS}) WITH (fastupdate = off);"
        f"CREATE INDEX {whose}_by_likeness ON {table} USING gin (name gin_trgm_ops) WITH (fastupdate = off)",
        f"DROP INDEX {whose}_by_words; DROP INDEX {whose}_by_likeness",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0004_sources_of_the_same_clinic"),
        ("doctors", "0001_initial"),
        ("clinics", "0001_initial"),
    ]

    operations = [
        TrigramExtension(),
        searched("doctors_doctor", "doctors"),
        searched("clinics_clinic", "clinics"),
    ]
