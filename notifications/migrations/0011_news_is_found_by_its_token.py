"""What reached nobody is found by its token, too: it is withdrawn with what waits."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0010_stopped_at_a_clinic")]

    operations = [
        migrations.RemoveIndex(model_name="message", name="messages_about"),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(
                    ("about__isnull", False), ("state__in", ["waiting", "sending", "unknown", "awaited", "failed"])
                ),
                fields=["about"],
                name="messages_about",
            ),
        ),
    ]
