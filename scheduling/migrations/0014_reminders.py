"""How far reminding has come, and a way to the visits that come next."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinics", "0004_desk_rules"),
        ("doctors", "0006_fees_by_video"),
        ("patients", "0002_challenges_by_browser"),
        ("scheduling", "0013_past_slots"),
        ("tokens", "0010_sheets_count_their_tries"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Reminded",
            fields=[
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("code", "Sign-in code"),
                            ("booked", "Booking confirmed"),
                            ("together", "Booking of a family confirmed"),
                            ("to_pay", "Booking to be paid for"),
                            ("added", "Token given at the desk"),
                            ("moved", "Visit moved"),
                            ("cancelled", "Visit cancelled"),
                            ("affected", "Doctor away at the time"),
                            ("delayed", "Doctor late or away"),
                            ("offered", "A freed place offered"),
                            ("evening", "Reminder the evening before"),
                            ("soon", "Reminder two hours before"),
                            ("near", "Your turn is near"),
                            ("called", "Called in"),
                            ("late", "Marked late"),
                            ("follow_up", "Follow-up is due"),
                            ("thanks", "Thank you, and how was it"),
                            ("alert", "Alert to staff"),
                        ],
                        max_length=12,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("until", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "reminded",
            },
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("state", "confirmed")), fields=["starts_at"], name="appointments_to_come"
            ),
        ),
    ]
