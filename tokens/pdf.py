"""PDF from our own HTML, with nothing from outside: no network, no file but our own style sheet."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from django.contrib.staticfiles import finders
from PIL import ImageFile

try:
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher, URLFetcherResponse
except OSError:  # Pango, a library of the system, is missing
    HTML, URLFetcher = None, object

# WeasyPrint switches this on for the whole process; elsewhere it is by this that a damaged photo is refused.
ImageFile.LOAD_TRUNCATED_IMAGES = False

MOST_PAGES = 60
MOST_BYTES = 8_000_000
OURS = "ours:"  # ours:sheet.css


class PdfError(Exception):
    """Why there is no PDF, in words for whoever asked."""


class OwnFiles(URLFetcher):
    """What a document may use: what it holds itself, and our static style sheets. Nothing is followed anywhere."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols={"data"}, allow_redirects=False)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        if not url.startswith(OURS):
            return super().fetch(url, headers)
        name = unquote(url.removeprefix(OURS))
        path = finders.find(name) if name.endswith(".css") else None
        if path is None:
            raise ValueError(f"No style sheet of ours: {name}")
        with open(path, "rb") as file:
            return URLFetcherResponse(url, file.read(), {"Content-Type": "text/css"})


def to_pdf(html: str) -> tuple[bytes, int]:
    """A document as PDF, and its number of pages."""
    if HTML is None:
        raise PdfError("This server cannot make PDF: its Pango library is missing (libpango-1.0-0, libpangoft2-1.0-0).")
    document = HTML(string=html, url_fetcher=OwnFiles()).render()
    pages = len(document.pages)
    if pages > MOST_PAGES:
        raise PdfError(f"That would be {pages} pages; up to {MOST_PAGES} can be printed.")
    made = document.write_pdf()
    if len(made) > MOST_BYTES:
        raise PdfError("The document is too large to be kept.")
    return made, pages
