"""A sheet that cannot be made is given up after a few tries; one for a power cut says how many numbers it has."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tokens", "0009_days_not_closed")]

    operations = [
        migrations.AddField(
            "sheet", "begun_at", models.DateTimeField(help_text="When a worker began to make it.", null=True)
        ),
        migrations.AddField(
            "sheet",
            "numbers",
            models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="How many kept numbers are on a power-cut sheet."
            ),
        ),
        migrations.AddField("sheet", "tries", models.PositiveSmallIntegerField(db_default=0, default=0)),
    ]
