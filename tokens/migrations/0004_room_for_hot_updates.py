"""Counters are updated in place: half-empty pages keep each update on its page, with no index to touch."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tokens", "0003_events_are_kept")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE tokens_queue SET (fillfactor = 50)", "ALTER TABLE tokens_queue RESET (fillfactor)"
        ),
    ]
