"""A phone may have stopped one clinic by a word to its number; rows of before have stopped none."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0009_fates_are_kept"),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="stopped_clinics",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                blank=True,
                db_default=[],
                default=list,
                help_text="Clinics of which this phone has stopped all but the essential, by a word to their own numbers.",
                size=None,
            ),
        ),
    ]
