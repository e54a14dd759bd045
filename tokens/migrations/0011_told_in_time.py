"""How far somebody lives, when to come back, whose turn is near, and what patients thought of a visit."""

import django.db.models.deletion
import django.utils.timezone
import uuid6
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinics", "0004_desk_rules"),
        ("patients", "0002_challenges_by_browser"),
        ("tokens", "0010_sheets_count_their_tries"),
    ]

    operations = [
        migrations.CreateModel(
            name="Rating",
            fields=[
                ("id", models.UUIDField(default=uuid6.uuid7, editable=False, primary_key=True, serialize=False)),
                ("stars", models.PositiveSmallIntegerField()),
                ("words", models.BinaryField(editable=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField(
            model_name="queue",
            name="near_look_at",
            field=models.DateTimeField(
                editable=False, help_text="When to look again although nothing has changed.", null=True
            ),
        ),
        migrations.AddField(
            model_name="queue",
            name="near_version",
            field=models.PositiveIntegerField(
                db_default=0, default=0, editable=False, help_text="The version at which was looked whose turn is near."
            ),
        ),
        migrations.AddField(
            model_name="token",
            name="travel_minutes",
            field=models.PositiveSmallIntegerField(
                help_text="How long the patient needs to the clinic, as they said: told in time to leave.", null=True
            ),
        ),
        migrations.AddIndex(
            model_name="token",
            index=models.Index(
                condition=models.Q(("follow_up_on__isnull", False)), fields=["follow_up_on"], name="tokens_to_come_back"
            ),
        ),
        migrations.AddConstraint(
            model_name="token",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("travel_minutes", None),
                    models.Q(("travel_minutes__gte", 1), ("travel_minutes__lte", 240)),
                    _connector="OR",
                ),
                name="patients_are_not_days_away",
            ),
        ),
        migrations.AddField(
            model_name="rating",
            name="clinic",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clinics.clinic"
            ),
        ),
        migrations.AddField(
            model_name="rating",
            name="token",
            field=models.OneToOneField(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rating",
                to="tokens.token",
            ),
        ),
        migrations.AddIndex(
            model_name="rating",
            index=models.Index(fields=["clinic", "created_at"], name="ratings_of_a_clinic"),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(("stars__gte", 1), ("stars__lte", 5)), name="ratings_are_one_to_five_stars"
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE tokens_rating ADD CONSTRAINT tokens_rating_token_id_same_clinic FOREIGN KEY "
            "(clinic_id, token_id) REFERENCES tokens_token (clinic_id, id) DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE tokens_rating DROP CONSTRAINT tokens_rating_token_id_same_clinic",
        ),
    ]
