"""Charts as plain SVG that obeys the page's colours and its policy against inline styles."""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from analytics.figures import Figures

WIDTH, HEIGHT = 600, 160


def days_chart(figures: Figures) -> SafeString:
    """Patients seen by day as bars; the title says the figures, the table beside it has them all."""
    most = max((seen for _, seen in figures.days), default=0) or 1
    step = WIDTH / max(len(figures.days), 1)
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}"><title>{}: {} seen</title></rect>',
        (
            (f"{n * step + 1:.1f}", f"{HEIGHT - HEIGHT * seen / most:.1f}", f"{step - 2:.1f}",
             f"{HEIGHT * seen / most:.1f}", f"{day:%a %d %b}", seen)
            for n, (day, seen) in enumerate(figures.days)
        ),
    )  # fmt: skip
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img"><title>Patients seen by day, at most {}</title>'
        '<g fill="currentColor">{}</g></svg>',
        WIDTH, HEIGHT, most, bars,
    )  # fmt: skip
