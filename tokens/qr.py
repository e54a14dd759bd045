"""QR codes of our own addresses, as SVG without a style."""

from functools import lru_cache

import segno
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


def absolute(path: str) -> str:
    """An address of ours as another phone needs it."""
    return settings.PUBLIC_URL + path


@lru_cache(maxsize=512)
def qr(path: str, label: str) -> SafeString:
    """A QR code of an address that stays, drawn once."""
    return draw_qr(path, label)


def draw_qr(path: str, label: str) -> SafeString:
    """A QR code of one of our addresses; `label` says it to those who cannot see it."""
    drawn = segno.make(absolute(path), error="m", micro=False).svg_inline(
        omitsize=True, border=2, svgclass="qr", lineclass=None
    )
    return format_html('<svg role="img" aria-label="{}" {}', label, mark_safe(drawn.removeprefix("<svg ")))  # noqa: S308
