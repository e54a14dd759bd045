"""What a message and its dispatches may say of themselves; a dispatch never goes back."""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION notifications_dispatch_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.fate < OLD.fate THEN
        RAISE EXCEPTION 'a dispatch never goes back from % to %', OLD.fate, NEW.fate USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER notifications_dispatch_goes_forward BEFORE UPDATE OF fate ON notifications_dispatch
    FOR EACH ROW EXECUTE FUNCTION notifications_dispatch_goes_forward();
"""
UNDO = """
DROP TRIGGER notifications_dispatch_goes_forward ON notifications_dispatch;
DROP FUNCTION notifications_dispatch_goes_forward();
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0008_fates_of_before")]

    operations = [
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sent_at__isnull", False), ("state__in", ["awaited", "sent", "delivered"])),
                    models.Q(
                        models.Q(("state__in", ["awaited", "sent", "delivered"]), _negated=True),
                        ("sent_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="sent_messages_say_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["failed", "dropped"]), models.Q(("reason", ""), _negated=True)),
                    models.Q(models.Q(("state__in", ["failed", "dropped"]), _negated=True), ("reason", "")),
                    _connector="OR",
                ),
                name="messages_not_sent_say_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("once", ""), _negated=True), fields=("once",), name="told_only_once"
            ),
        ),
        migrations.RunSQL(FORWARD, UNDO),
    ]
