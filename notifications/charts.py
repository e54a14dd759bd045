"""Charts as plain SVG that obeys the page's colours and its policy against inline styles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from clinics.templatetags.words import rupees
from notifications.ledger import Row

WIDTH, HEIGHT = 600, 140
FATES = ("delivered", "sent", "failed", "dropped", "coming")
WORDS = {"delivered": "delivered", "sent": "sent", "failed": "failed", "dropped": "not wanted any more",
         "coming": "on the way"}  # fmt: skip

Days = Sequence[tuple[date, Row, int]]


def fates_chart(days: Days) -> SafeString:
    """Messages by day, each bar in as many colours as there are fates; the title of a day says its figures."""
    most = max((row.total for _, row, _ in days), default=0) or 1
    step = WIDTH / len(days)
    bars = []
    for n, (day, row, _) in enumerate(days):
        said = ", ".join(f"{getattr(row, fate)} {WORDS[fate]}" for fate in FATES if getattr(row, fate)) or "none"
        top, parts = float(HEIGHT), []
        for fate in FATES:
            if count := getattr(row, fate):
                tall = HEIGHT * count / most
                top -= tall
                parts.append((fate, f"{n * step + 1:.1f}", f"{top:.1f}", f"{step - 2:.1f}", f"{tall:.1f}"))
        rects = format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', parts)
        bars.append((f"{day:%a %d %b}: {said}", rects))
    drawn = format_html_join("", "<g><title>{}</title>{}</g>", bars)
    return _svg(f"Messages by day, at most {most}", drawn)


def rupees_chart(days: Days) -> SafeString:
    """What each day cost."""
    most = max((paise for _, _, paise in days), default=0)
    step = WIDTH / len(days)
    rows = (
        (f"{n * step + 1:.1f}", f"{HEIGHT - HEIGHT * paise / (most or 1):.1f}", f"{step - 2:.1f}",
         f"{HEIGHT * paise / (most or 1):.1f}", f"{day:%a %d %b}", rupees(paise))
        for n, (day, _, paise) in enumerate(days) if paise
    )  # fmt: skip
    bars = format_html_join(
        "", '<rect class="cost" x="{}" y="{}" width="{}" height="{}"><title>{}: {}</title></rect>', rows
    )
    return _svg(f"Cost by day, at most {rupees(most)}", bars)


def cap_bar(percent: int, level: str, mark: int) -> SafeString:
    """How much of the cap is spent, with the mark at which somebody is warned."""
    return format_html(
        '<svg class="cap" viewBox="0 0 100 4" preserveAspectRatio="none" role="img"><title>{}% of the cap is spent; '
        'the warning comes at {}%</title><rect class="rail" width="100" height="4"/><rect class="spent {}" '
        'width="{}" height="4"/><rect class="mark" x="{}" width=".4" height="4"/></svg>',
        percent, mark, level, percent, mark,
    )  # fmt: skip


def _svg(title: str, drawn: SafeString) -> SafeString:
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img"><title>{}</title>{}</svg>', WIDTH, HEIGHT, title, drawn
    )
