"""How Oozham says times, money and ranges; loaded in every template."""

from datetime import date, datetime, timedelta

from django import template
from django.utils import timezone

register = template.Library()


def _in_kerala(moment: datetime) -> datetime:
    # Nobody's zone is another; to ask for the current one takes longer than the rest, hundreds of times a page.
    return moment.astimezone(timezone.get_default_timezone())


def _clock(moment: datetime) -> str:
    hour = moment.hour % 12 or 12
    return f"{hour}:{moment.minute:02d}"


@register.filter
def clock(moment: datetime | None) -> str:
    """4:20 pm, on India's wall clock; nothing for nothing."""
    if moment is None:
        return ""
    moment = _in_kerala(moment)
    return f"{_clock(moment)} {'am' if moment.hour < 12 else 'pm'}"


@register.filter
def short_clock(moment: datetime | None) -> str:
    """4:20, where morning or evening is said beside it."""
    return "" if moment is None else _clock(_in_kerala(moment))


@register.filter
def day(value: date | datetime) -> str:
    """Today, Tomorrow, Yesterday, or Tue 24 Nov."""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    near = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}
    return near.get((value - timezone.localdate()).days) or f"{value:%a} {value.day} {value:%b}"


@register.filter
def full_day(value: date | datetime) -> str:
    """Tue 24 Nov, whatever today is."""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return f"{value:%a} {value.day} {value:%b}"


@register.filter
def rupees(paise: int | None) -> str:
    """₹300 from 30000 paise; paise are said only when there are some."""
    if paise is None:
        return ""
    whole, part = divmod(paise, 100)
    return f"₹{whole:,}" if not part else f"₹{whole:,}.{part:02d}"


@register.filter
def minutes(span: timedelta | None) -> int:
    """Whole minutes of a span, at least zero."""
    return 0 if span is None else max(0, int(span.total_seconds() // 60))


@register.filter
def people(count: int) -> str:
    """3 people, 1 person, nobody."""
    return {0: "nobody", 1: "1 person"}.get(count) or f"{count} people"


@register.filter
def spoken(phone: str | None) -> str:
    """98470 00112, from +919847000112."""
    national = (phone or "")[-10:]
    return f"{national[:5]} {national[5:]}".strip()
