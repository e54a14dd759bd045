"""The hours in which nobody is woken: 21:00 to 8:00 on the clinic's clock."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

FROM, UNTIL = time(21), time(8)


def quiet_until(moment: datetime, tz: ZoneInfo) -> datetime | None:
    """When the quiet hours around a moment end; None outside them."""
    local = moment.astimezone(tz)
    if UNTIL <= local.time() < FROM:
        return None
    day = local.date() + timedelta(days=1) if local.time() >= FROM else local.date()
    return datetime.combine(day, UNTIL, tz)
