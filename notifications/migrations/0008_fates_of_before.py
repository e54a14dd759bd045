"""Messages of before: what was withdrawn, failed or still waiting says why; it cannot be sent from its words any more."""

from django.db import migrations

FATES = """
UPDATE notifications_message SET state = 'dropped', reason = 'withdrawn', useful_until = created_at
    WHERE state = 'withdrawn';
UPDATE notifications_message SET reason = 'tries', useful_until = created_at + interval '1 day' WHERE state = 'failed';
UPDATE notifications_message SET state = 'failed', reason = 'template', useful_until = created_at + interval '1 day'
    WHERE state IN ('waiting', 'sending');
UPDATE notifications_message SET useful_until = created_at + interval '1 day' WHERE state = 'sent';
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0007_telling_people")]

    operations = [migrations.RunSQL(FATES, migrations.RunSQL.noop)]
